package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
)

// jsonList writes the elements of a list in indented JSON one after the other, so that there need not be all of them at once. Its writer keeps the first error.
type jsonList struct {
	w      *bufio.Writer
	indent string // of the line in which the list begins
	some   bool
}

// newJSONList begins a list behind the text that is in front of it, whose last line is so far in.
func newJSONList(w *bufio.Writer, head, indent string) *jsonList {
	_, _ = w.WriteString(head + "[")
	return &jsonList{w: w, indent: indent}
}

// element begins an element, and returns how far in its lines are.
func (l *jsonList) element() (indent string) {
	separator := "\n"
	if l.some {
		separator = ",\n"
	}
	l.some = true
	indent = l.indent + "  "
	_, _ = l.w.WriteString(separator + indent)
	return indent
}

// end ends the list, with the text behind it.
func (l *jsonList) end(tail string) {
	if l.some {
		tail = "\n" + l.indent + "]" + tail
	} else {
		tail = "]" + tail
	}
	_, _ = l.w.WriteString(tail)
}

// indentedJSON returns a value as output.writeJSON writes it, all lines but the first so far in. The value can be marshalled.
func indentedJSON(value any, indent string) string {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent(indent, "  ")
	if err := enc.Encode(value); err != nil {
		panic(err) // a value of a type that has no JSON
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// cutJSON returns the JSON of a value in front of and behind one of its lists, which is empty.
func cutJSON(value any, list, indent string) (head, tail string) {
	// No text in JSON has quotes as they are: this is the list.
	key := `"` + list + `": `
	head, tail, _ = strings.Cut(indentedJSON(value, indent), key+"[]")
	return head + key, tail
}
