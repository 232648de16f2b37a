package runner

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/providers"
)

// environment reads variables, and keeps the first error there is with one. A variable that is missing is "" or 0, as one that is empty.
type environment struct {
	lookup Lookup
	err    error
}

// isTrue reports whether a variable is "true".
func (e *environment) isTrue(name string) bool {
	value, _ := e.lookup(name)
	return value == "true"
}

// firstSet returns the first name of a variable that is not empty, and the first of all if none is.
func (e *environment) firstSet(names ...string) string {
	for _, name := range names {
		if value, _ := e.lookup(name); value != "" {
			return name
		}
	}
	return names[0]
}

// checked returns a variable that check accepts.
func (e *environment) checked(name string, check func(string) error) string {
	value, _ := e.lookup(name)
	if value == "" {
		return ""
	}
	if err := check(value); err != nil {
		e.keep(fmt.Errorf("%s: %w", name, err))
		return ""
	}
	return value
}

// text returns a variable that prints.
func (e *environment) text(name string) string { return e.checked(name, checkText) }

// commit returns a variable that is a commit, "" if it is all zeros.
func (e *environment) commit(name string) string { return commitOrNone(e.checked(name, checkCommit)) }

// repository returns a variable that is the path of a repository.
func (e *environment) repository(name string) string { return e.checked(name, checkRepository) }

// url returns a variable that is a URL, without a slash at its end.
func (e *environment) url(name string) string {
	return strings.TrimRight(e.checked(name, checkURL), "/")
}

// path returns a variable that is an absolute path.
func (e *environment) path(name string) string {
	return e.checked(name, func(value string) error {
		if !filepath.IsAbs(value) || strings.ContainsRune(value, 0) {
			return fmt.Errorf("%.100q is not an absolute path", value)
		}
		return nil
	})
}

// number returns a variable that is a positive number.
func (e *environment) number(name string) int64 {
	value, _ := e.lookup(name)
	if value == "" {
		return 0
	}
	number, err := strconv.ParseInt(value, 10, 64)
	if err != nil || number <= 0 {
		e.keep(fmt.Errorf("%s: %.40q is not a positive number", name, value))
		return 0
	}
	return number
}

// secret returns a variable as a secret.
func (e *environment) secret(name string) providers.Secret {
	value, _ := e.lookup(name)
	return secretOf(name, value)
}

// required keeps an error if one of the variables is not there.
func (e *environment) required(names ...string) {
	for _, name := range names {
		if value, _ := e.lookup(name); value == "" {
			e.keep(errors.New(name + " is not set"))
		}
	}
}

func (e *environment) keep(err error) {
	if e.err == nil {
		e.err = err
	}
}
