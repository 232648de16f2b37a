package glaucatest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// problems is what is wrong with an object, by field: a list of texts, or the problems of what is in the field.
type problems map[string]any

// general is the field for what is wrong with an object as a whole.
const general = "non_field_errors"

// mode says how an object is looked at.
type mode struct {
	partial bool // fields may be left out, at any depth
	lenient bool // unknown fields are passed over
}

// rule says what there may be in the place of a value.
type rule int

const (
	required rule = 0
	nullable rule = 1 << (iota - 1) // null
	optional                        // nothing, if the object need not be partial for it
)

// form reads the fields of an object, and collects what is wrong with them as the framework's serializers do.
type form struct {
	mode
	values map[string]any
	known  []string
	wrong  problems
}

// newForm returns a form for an object, or what is wrong with it.
func newForm(v any, m mode) (*form, any) {
	values, ok := v.(map[string]any)
	if !ok {
		return nil, problems{general: say("Invalid data. Expected a dictionary, but got %s.", pythonType(v))}
	}
	return &form{mode: m, values: values, wrong: problems{}}, nil
}

// body returns a form for what a client sent.
func (s *Server) body(c *call, partial bool) (*form, error) {
	dec := json.NewDecoder(bytes.NewReader(c.body))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	if err == nil {
		if _, err = dec.Token(); errors.Is(err, io.EOF) {
			err = nil
		} else {
			err = errors.New("something follows")
		}
	}
	if len(c.body) == 0 {
		v, err = map[string]any{}, nil // what the framework makes of nothing
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "JSON parse error - Expecting value: line 1 column 1 (char 0)")
	}
	f, wrong := newForm(v, mode{partial: partial, lenient: s.opts.Lenient})
	if wrong != nil {
		return nil, invalid(wrong)
	}
	return f, nil
}

// take returns the value of a field, and whether there is one that is right. Null is the zero value.
func take[T any](f *form, name string, r rule, parse func(any) (T, any)) (value T, there bool) {
	f.known = append(f.known, name)
	v, there := f.values[name]
	switch {
	case !there && !f.partial && r&optional == 0:
		f.wrong[name] = say("This field is required.")
	case !there:
	case v == nil && r&nullable != 0:
		return value, true
	case v == nil:
		f.wrong[name] = say("This field may not be null.")
	default:
		value, wrong := parse(v)
		if wrong == nil {
			return value, true
		}
		f.wrong[name] = wrong
	}
	return value, false
}

// need reports the fields that are not there, in words of Glauca's own, which only a partial object gets to.
func (f *form) need(names ...string) {
	for _, name := range names {
		if _, there := f.values[name]; !there {
			f.wrong[name] = say("this field is required")
		}
	}
}

// end returns all that is wrong, nil if nothing is.
func (f *form) end() any {
	if !f.lenient {
		for name := range f.values {
			if !slices.Contains(f.known, name) {
				f.wrong[name] = say("Field that would be passed over.")
			}
		}
	}
	if len(f.wrong) == 0 {
		return nil
	}
	return maps.Clone(f.wrong)
}

func say(format string, args ...any) []string { return []string{fmt.Sprintf(format, args...)} }

// text reads a text of 255 characters at most.
func text(v any) (string, any) {
	t, ok := v.(string)
	t = strings.TrimSpace(t)
	switch {
	case !ok:
		return "", say("Not a valid string.")
	case t == "":
		return "", say("This field may not be blank.")
	case utf8.RuneCountInString(t) > 255:
		return "", say("Ensure this field has no more than 255 characters.")
	}
	return t, nil
}

func integer(v any) (int, any) {
	if n, ok := v.(json.Number); ok {
		if i, err := strconv.Atoi(n.String()); err == nil {
			return i, nil
		}
	}
	return 0, say("A valid integer is required.")
}

func boolean(v any) (bool, any) {
	if b, ok := v.(bool); ok {
		return b, nil
	}
	return false, say("Must be a valid boolean.")
}

func address(v any) (string, any) {
	if t, ok := v.(string); ok {
		if a, err := netip.ParseAddr(t); err == nil && a.Zone() == "" {
			return a.String(), nil
		}
	}
	return "", say("Enter a valid IPv4 or IPv6 address.")
}

// listOf reads a list. What is wrong with its items is under their numbers.
func listOf[T any](item func(any) (T, any)) func(any) ([]T, any) {
	return func(v any) ([]T, any) {
		all, ok := v.([]any)
		if !ok {
			return nil, say("Expected a list of items but got type %q.", pythonType(v))
		}
		values, wrong := []T{}, problems{}
		for i, v := range all {
			value, w := item(v)
			if w != nil {
				wrong[strconv.Itoa(i)] = w
			}
			values = append(values, value)
		}
		if len(wrong) > 0 {
			return nil, wrong
		}
		return values, nil
	}
}

// pythonType returns what Python calls the type of a value of JSON.
func pythonType(v any) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case string:
		return "str"
	case json.Number:
		if _, err := strconv.Atoi(v.String()); err != nil {
			return "float"
		}
		return "int"
	case []any:
		return "list"
	default:
		return "dict"
	}
}
