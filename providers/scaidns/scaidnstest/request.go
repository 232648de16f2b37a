package scaidnstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"slices"
	"strconv"
	"strings"
)

// kind is what a field of a body is.
type kind int

const (
	text kind = iota
	integer
	boolean
	object
	list
)

// field is a field of a body.
type field struct {
	name     string
	kind     kind
	required bool
	nullable bool
}

// checkQuery refuses parameters that the endpoint does not have, and those that are there twice.
func (c *call) checkQuery(known []string) error {
	var problems []problem
	for name, values := range c.URL.Query() {
		switch {
		case !slices.Contains(known, name):
			problems = append(problems, problem{[]any{"query", name}, "extra fields not permitted", "value_error.extra"})
		case len(values) > 1:
			problems = append(problems, problem{[]any{"query", name}, "ensure this parameter is given once", "value_error.list"})
		}
	}
	if problems != nil {
		return refuseProblems(problems...)
	}
	return nil
}

// checkBody refuses a body that is not said to be JSON, is not, or is not wanted.
func (c *call) checkBody(wanted bool) error {
	if len(c.body) == 0 {
		return nil
	}
	if !wanted {
		return refuseProblems(problem{[]any{"body"}, "extra fields not permitted", "value_error.extra"})
	}
	if kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refuseProblems(problem{[]any{"body"}, "value is not a valid dict", "type_error.dict"})
	}
	if !json.Valid(c.body) {
		return refuseProblems(problem{[]any{"body", 0}, "Expecting value: line 1 column 1 (char 0)", "value_error.jsondecode"})
	}
	return nil
}

// decode reads the body into out, which has the fields.
func (c *call) decode(out any, fields []field) error {
	if len(c.body) == 0 {
		return refuseProblems(problem{[]any{"body"}, "field required", "value_error.missing"})
	}
	return decode([]any{"body"}, c.body, out, fields)
}

// decode reads an object into out, if it has the fields that it needs, no others, and all of their kind.
func decode(at []any, raw json.RawMessage, out any, fields []field) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil || values == nil {
		return refuseProblems(problem{at, "value is not a valid dict", "type_error.dict"})
	}
	if problems := check(at, values, fields); len(problems) > 0 {
		return refuseProblems(problems...)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return refuseProblems(problem{at, err.Error(), "value_error"})
	}
	return nil
}

func check(at []any, values map[string]json.RawMessage, fields []field) []problem {
	var problems []problem
	report := func(name, message, kind string) {
		problems = append(problems, problem{slices.Concat(at, []any{name}), message, kind})
	}
	for _, f := range fields {
		value, there := values[f.name]
		switch {
		case !there && f.required:
			report(f.name, "field required", "value_error.missing")
		case !there, f.nullable && string(value) == "null":
		case string(value) == "null":
			report(f.name, "none is not an allowed value", "type_error.none.not_allowed")
		case !f.kind.is(value):
			message, kind := f.kind.problem()
			report(f.name, message, kind)
		}
	}
	for name := range values {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			report(name, "extra fields not permitted", "value_error.extra")
		}
	}
	return problems
}

// is reports whether a JSON value is of the kind. An integer written as a text or with a fraction is none.
func (k kind) is(value json.RawMessage) bool {
	value = bytes.TrimSpace(value)
	switch k {
	case text:
		return value[0] == '"'
	case integer:
		_, err := strconv.ParseInt(string(value), 10, 64)
		return err == nil
	case boolean:
		return string(value) == "true" || string(value) == "false"
	case object:
		return value[0] == '{'
	case list:
		return value[0] == '['
	}
	return false
}

func (k kind) problem() (message, typ string) {
	switch k {
	case text:
		return "str type expected", "type_error.str"
	case integer:
		return "value is not a valid integer", "type_error.integer"
	case boolean:
		return "value could not be parsed to a boolean", "type_error.bool"
	case object:
		return "value is not a valid dict", "type_error.dict"
	case list:
		return "value is not a valid list", "type_error.list"
	}
	return "invalid value", "value_error"
}

// number returns a parameter that is a number from low to high, and without where it is not there.
func (c *call) number(name string, without, low, high int) (int, error) {
	value := c.URL.Query().Get(name)
	if !c.URL.Query().Has(name) {
		return without, nil
	}
	n, err := strconv.Atoi(value)
	at := []any{"query", name}
	switch {
	case err != nil:
		return 0, refuseProblems(problem{at, "value is not a valid integer", "type_error.integer"})
	case n < low:
		return 0, refuseProblems(problem{at, fmt.Sprintf("ensure this value is greater than or equal to %d", low), "value_error.number.not_ge"})
	case n > high:
		return 0, refuseProblems(problem{at, fmt.Sprintf("ensure this value is less than or equal to %d", high), "value_error.number.not_le"})
	}
	return n, nil
}

// flag returns a parameter that is true or false, and whether it is there.
func (c *call) flag(name string) (value, there bool, err error) {
	if !c.URL.Query().Has(name) {
		return false, false, nil
	}
	switch strings.ToLower(c.URL.Query().Get(name)) {
	case "true", "1", "on", "t", "y", "yes":
		return true, true, nil
	case "false", "0", "off", "f", "n", "no":
		return false, true, nil
	}
	return false, true, refuseProblems(problem{[]any{"query", name}, "value could not be parsed to a boolean", "type_error.bool"})
}

// choice refuses a value that is none of those.
func choice[T ~string](at []any, value T, of ...T) error {
	if slices.Contains(of, value) {
		return nil
	}
	quoted := make([]string, len(of))
	for i, v := range of {
		quoted[i] = "'" + string(v) + "'"
	}
	message := "value is not a valid enumeration member; permitted: " + strings.Join(quoted, ", ")
	return refuseProblems(problem{at, message, "type_error.enum"})
}

// checkTTL refuses what is no TTL (RFC 2181 §8).
func checkTTL(at []any, ttl *int64) error {
	if ttl != nil && (*ttl < 0 || *ttl > 1<<31-1) {
		return refuseProblems(problem{at, "ensure this value is between 0 and 2147483647", "value_error.number"})
	}
	return nil
}
