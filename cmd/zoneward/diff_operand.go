package main

import (
	"errors"
	"fmt"
	"strings"
)

// operand is one of the two things that diff compares, as somebody wrote it.
type operand struct {
	text string
	// Of these one is set: the path of a file or directory, a commit of the repository, with what is meant in it, or the name of a provider.
	path     string
	revision string
	within   string // of a commit: a path from the top of the repository, or relative to the directory if it begins with "./"; "" is the directory
	provider string
}

// The prefixes of operands that are no paths. A path that begins so has "./" in front.
const (
	gitPrefix      = "git:"
	providerPrefix = "provider:"
)

// parseOperand reads an operand: "git:REVISION", "git:REVISION:PATH", "provider:NAME", or else a path.
func parseOperand(text string) (operand, error) {
	o := operand{text: text}
	if rest, ok := strings.CutPrefix(text, gitPrefix); ok {
		if o.revision, o.within, _ = strings.Cut(rest, ":"); o.revision == "" {
			return o, fmt.Errorf("%q: want git:REVISION, or git:REVISION:PATH, such as git:HEAD~1:zones", text)
		}
		return o, nil
	}
	if name, ok := strings.CutPrefix(text, providerPrefix); ok {
		if o.provider = name; name == "" {
			return o, fmt.Errorf("%q: want provider:NAME, a provider of the configuration", text)
		}
		return o, nil
	}
	if o.path = text; text == "" {
		return o, errors.New("an operand is empty: want a file, a directory, git:REVISION, or provider:NAME")
	}
	return o, nil
}
