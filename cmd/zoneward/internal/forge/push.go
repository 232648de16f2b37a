package forge

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"unicode"
)

// claim is what forges say of a push and its repository, each under names of its own.
type claim struct {
	name, http, ssh    string
	ref, before, after string
}

// push returns the delivery that tells of a push.
func (c claim) push(event string) (Delivery, error) {
	if c.ref == "" {
		return Delivery{}, fmt.Errorf("%w: no ref", ErrPayload)
	}
	return c.delivery(event)
}

// delivery returns what the claim says, with or without a ref.
func (c claim) delivery(event string) (Delivery, error) {
	d := Delivery{Event: event}
	if err := c.repository(&d); err != nil {
		return Delivery{}, err
	}
	if err := c.commits(&d); err != nil {
		return Delivery{}, err
	}
	return d, nil
}

// repository sets where the repository is. All that is said of it has to agree, so that nobody sees one repository, and another one counts.
func (c claim) repository(d *Delivery) error {
	for _, where := range []struct {
		url string
		to  *Repository
	}{{c.http, &d.HTTP}, {c.ssh, &d.SSH}} {
		if where.url == "" {
			continue
		}
		repository, err := ParseRepository(where.url)
		if err != nil {
			return fmt.Errorf("%w: URL of the repository: %w", ErrPayload, err)
		}
		if c.name != "" && !repository.endsWith(c.name) {
			return fmt.Errorf("%w: the repository is called %.100q, and its URL is of another", ErrPayload, c.name)
		}
		*where.to = repository
	}
	if d.HTTP == (Repository{}) && d.SSH == (Repository{}) {
		return fmt.Errorf("%w: no URL of a repository", ErrPayload)
	}
	d.Name = c.name
	return nil
}

// commits sets what was pushed.
func (c claim) commits(d *Delivery) error {
	if c.ref != "" {
		if !ValidRef(c.ref) {
			return fmt.Errorf("%w: %.100q is not a ref", ErrPayload, c.ref)
		}
		branch, ok := strings.CutPrefix(c.ref, "refs/heads/")
		if !ok {
			return fmt.Errorf("%w: %.100q is not a branch", ErrIgnored, c.ref)
		}
		d.Ref, d.Branch = c.ref, branch
	}
	for _, commit := range []struct {
		id string
		to *string
	}{{c.before, &d.Before}, {c.after, &d.After}} {
		if commit.id != "" && !ValidCommit(commit.id) {
			return fmt.Errorf("%w: %.70q is not the id of a commit", ErrPayload, commit.id)
		}
		*commit.to = withoutZero(commit.id)
	}
	return nil
}

// ValidCommit reports whether it is the whole id of a git object, by SHA-1 or SHA-256, as git writes it.
func ValidCommit(id string) bool {
	switch len(id) {
	case 40, 64:
		_, err := hex.DecodeString(id)
		return err == nil && id == strings.ToLower(id)
	}
	return false
}

// ValidRef reports whether it is the full name of a ref: https://git-scm.com/docs/git-check-ref-format.
func ValidRef(ref string) bool {
	if len(ref) > 255 || !strings.HasPrefix(ref, "refs/") || strings.HasSuffix(ref, ".") || strings.ContainsAny(ref, " ~^:?*[\\\x7f") ||
		strings.Contains(ref, "..") || strings.Contains(ref, "@{") || strings.ContainsFunc(ref, unicode.IsControl) {
		return false
	}
	for part := range strings.SplitSeq(ref, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return true
}

// headerText returns a header that has printable ASCII only: the name of an event, or the id of a delivery.
func headerText(header http.Header, name string) (string, error) {
	value, err := only(header, name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPayload, err)
	}
	if len(value) > 128 {
		return "", fmt.Errorf("%w: the header %s has more than 128 octets", ErrPayload, name)
	}
	for _, c := range []byte(value) {
		if c < ' ' || c > '~' {
			return "", fmt.Errorf("%w: the header %s is not printable ASCII", ErrPayload, name)
		}
	}
	return value, nil
}

// firstHeader is headerText of the first of the headers that is there.
func firstHeader(header http.Header, names ...string) (string, error) {
	for _, name := range names {
		if value, err := headerText(header, name); err != nil || value != "" {
			return value, err
		}
	}
	return "", nil
}
