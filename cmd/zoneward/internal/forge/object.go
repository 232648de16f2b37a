package forge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// maxText is the most octets of a string in a payload that is looked at.
const maxText = 1024

// object is what is wanted of a JSON object: its members by name, each once.
type object map[string]json.RawMessage

// readObject reads the members of a JSON object that names has, and skips the others. Names are compared exactly, as encoding/json's
// structs do not. A name that comes twice is an error, since another reader might take the other one.
//
// Values that are nested deeper than encoding/json allows (10,000) are an error, and no recursion.
func readObject(data []byte, names ...string) (object, error) {
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrPayload)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	start, err := decoder.Token()
	if err != nil {
		return nil, notJSON(err)
	}
	if start != json.Delim('{') {
		return nil, fmt.Errorf("%w: not a JSON object", ErrPayload)
	}
	members := object{}
	var value json.RawMessage // one for all, as most are skipped
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		name, _ := token.(string) // the decoder takes nothing else for a key
		if err := decoder.Decode(&value); err != nil {
			return nil, notJSON(err)
		}
		if !slices.Contains(names, name) {
			continue
		}
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("%w: %s is there twice", ErrPayload, name)
		}
		members[name] = bytes.Clone(value)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: there is something behind the JSON object", ErrPayload)
	}
	return members, nil
}

func notJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the JSON ends too early", ErrPayload)
	}
	return fmt.Errorf("%w: not JSON: %.100s", ErrPayload, err.Error())
}

// text returns a member that is a string, "" if it is missing or null. Control and format characters are an error, and so is U+FFFD,
// which is what half a surrogate pair becomes.
func (o object) text(name string) (string, error) {
	raw, ok := o[name]
	if !ok {
		return "", nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", fmt.Errorf("%w: %s is not a string", ErrPayload, name)
	}
	if len(s) > maxText {
		return "", fmt.Errorf("%w: %s has more than %d octets", ErrPayload, name, maxText)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return "", fmt.Errorf("%w: %s has characters that do not print", ErrPayload, name)
		}
	}
	return s, nil
}

// texts returns several members that are strings.
func (o object) texts(names ...string) ([]string, error) {
	all := make([]string, len(names))
	for i, name := range names {
		var err error
		if all[i], err = o.text(name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// object returns a member that is an object, nil if it is missing or null.
func (o object) object(name string, names ...string) (object, error) {
	raw, ok := o[name]
	if !ok || string(raw) == "null" {
		return nil, nil
	}
	members, err := readObject(raw, names...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return members, nil
}

// number returns a member that is a whole number from 0 on, 0 if it is missing or null.
func (o object) number(name string) (int64, error) {
	raw, ok := o[name]
	if !ok || string(raw) == "null" {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%w: %s is not a whole number", ErrPayload, name)
	}
	return n, nil
}

// pullNumber is number for that of a pull request.
func (o object) pullNumber(name string) (int64, error) {
	n, err := o.number(name)
	if err == nil && n > math.MaxInt32 {
		err = fmt.Errorf("%w: %s is no number of a pull request", ErrPayload, name)
	}
	return n, err
}

// flag returns a member that is true or false, false if it is missing or null.
func (o object) flag(name string) (bool, error) {
	switch string(o[name]) {
	case "", "null", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, fmt.Errorf("%w: %s is neither true nor false", ErrPayload, name)
}
