package pulls

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the most octets of a login, a name of a branch, a context and the like.
const maxName = 1024

// checker collects what is wrong with an answer.
type checker struct {
	what  string
	wrong []string
}

// err returns an error that wraps ErrAnswer if anything is wrong.
func (c *checker) err() error {
	if len(c.wrong) == 0 {
		return nil
	}
	return &Error{What: c.what, kind: ErrAnswer, Messages: c.wrong}
}

func (c *checker) add(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// id wants a number that identifies something.
func (c *checker) id(name string, id int64) int64 {
	if id <= 0 {
		c.add("%s is missing", name)
	}
	return id
}

// commit wants the name of a commit, or nothing.
func (c *checker) commit(name, commit string) string {
	if commit != "" && !isCommit(commit) {
		c.add("%s is not the name of a commit", name)
	}
	return commit
}

// text wants a text of one line that is not too long: a login, a name.
func (c *checker) text(name, text string) string {
	switch {
	case len(text) > maxName:
		c.add("%s has more than %d octets", name, maxName)
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }):
		c.add("%s has characters that do not print", name)
	}
	return text
}

// needed wants a text that is not empty.
func (c *checker) needed(name, text string) string {
	if text == "" {
		c.add("%s is missing", name)
	}
	return c.text(name, text)
}

// page returns the address of a web page, which can be put into markdown, "" if it is none: nothing depends on it.
func page(address string) string {
	u, err := url.Parse(address)
	if err != nil || len(address) > 4*maxName || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.ContainsAny(u.String(), " <>\"`") {
		return ""
	}
	return u.String()
}

// isCommit reports whether s is the name of a commit, with SHA-1 or SHA-256, in lower case.
func isCommit(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// wantCommit returns an error if somebody asks for a commit by something else. Forges take names of branches as well, which lead elsewhere later.
func wantCommit(what, commit string) error {
	if !isCommit(commit) {
		return &Error{What: what, kind: ErrInvalid, Messages: []string{fmt.Sprintf("%.80q is not the whole name of a commit", commit)}}
	}
	return nil
}

// wantNumber returns an error if a number cannot be that of a pull request.
func wantNumber(number int64) error {
	if number <= 0 {
		return &Error{What: "pull request", kind: ErrInvalid, Messages: []string{fmt.Sprintf("%d is not the number of one", number)}}
	}
	return nil
}

// numbered is a status with the number by which the forge has it: it is greater for one that came later.
type numbered struct {
	id int64
	Status
}

// newest returns the newest status of each context, in the order of the contexts.
func newest(all []numbered) []Status {
	latest := map[string]numbered{}
	for _, s := range all {
		if old, has := latest[s.Context]; !has || s.id > old.id {
			latest[s.Context] = s
		}
	}
	var statuses []Status
	for _, s := range latest {
		statuses = append(statuses, s.Status)
	}
	slices.SortFunc(statuses, func(a, b Status) int { return strings.Compare(a.Context, b.Context) })
	return statuses
}

// labelEvent is that a label was given or taken away.
type labelEvent struct {
	Label
	added bool
}

// labelled returns the labels of that name with who gave them last, as the events say, which are in the order of time.
func labelled(now []string, events []labelEvent) []Label {
	last := map[string]Label{}
	for _, e := range events {
		if e.added {
			last[e.Name] = e.Label
		} else {
			delete(last, e.Name)
		}
	}
	var labels []Label
	for _, name := range slices.Compact(slices.Sorted(slices.Values(now))) {
		label := last[name]
		label.Name = name
		labels = append(labels, label)
	}
	return labels
}
