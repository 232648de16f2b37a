package dnstest

import (
	"fmt"
	"strings"
)

// tagList is what the records of DKIM, DMARC, MTA-STS and TLS-RPT are: names with values, which semicolons part (RFC 6376 §3.2).
type tagList []tag

type tag struct{ name, value string }

// parseTags reads a list of tags. There may be a semicolon at its end.
func parseTags(text string) (tagList, error) {
	var tags tagList
	parts := strings.Split(text, ";")
	for i, part := range parts {
		if part = strings.TrimSpace(part); part == "" && i == len(parts)-1 {
			break
		}
		name, value, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		switch {
		case !ok || name == "":
			return nil, fmt.Errorf("%s is not a tag with a value", quoted(part))
		case tags.has(name):
			return nil, fmt.Errorf("the tag %s comes twice", quoted(name))
		}
		tags = append(tags, tag{name, strings.TrimSpace(value)})
	}
	return tags, nil
}

func (t tagList) has(name string) bool {
	for _, tag := range t {
		if tag.name == name {
			return true
		}
	}
	return false
}

// value returns the value of a tag, empty if it is not there.
func (t tagList) value(name string) string {
	for _, tag := range t {
		if tag.name == name {
			return tag.value
		}
	}
	return ""
}
