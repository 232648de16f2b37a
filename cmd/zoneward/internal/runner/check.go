package runner

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the most octets of a variable, or of a string of an event.
const maxText = 1024

// checkText accepts what prints: no control characters, and none that only change how others are shown.
func checkText(s string) error {
	if len(s) > maxText {
		return fmt.Errorf("it has more than %d octets", maxText)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return errors.New("it has characters that do not print")
		}
	}
	return nil
}

// checkCommit accepts the id of a git object, by SHA-1 or SHA-256.
func checkCommit(s string) error {
	if _, err := hex.DecodeString(s); err != nil || len(s) != 40 && len(s) != 64 || s != strings.ToLower(s) {
		return fmt.Errorf("%.70q is not the id of a commit", s)
	}
	return nil
}

// commitOrNone returns an id, "" for the one that stands for no commit.
func commitOrNone(id string) string {
	if strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}

// checkRepository accepts owner/name, and a path of groups as GitLab has them.
func checkRepository(s string) error {
	if err := checkText(s); err != nil {
		return err
	}
	parts := strings.Split(s, "/")
	for _, part := range parts {
		if part == "" || part == "." || part == ".." || strings.Trim(part, nameCharacters) != "" {
			return fmt.Errorf("%.100q is not a repository", s)
		}
	}
	if len(parts) < 2 {
		return fmt.Errorf("%.100q is not a repository: there is no owner", s)
	}
	return nil
}

// nameCharacters are those that the forges take in names of users, groups and repositories.
const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+"

// checkURL accepts an absolute URL by HTTP. Its error does not quote it, as there may be a password in it.
func checkURL(s string) error {
	if err := checkText(s); err != nil {
		return err
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.Opaque != "" {
		return errors.New("it is not an absolute URL by https or http")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return errors.New("the URL has a user, a query or a fragment")
	}
	return nil
}

// sameName compares names of repositories as forges do: in any case.
func sameName(a, b string) bool { return strings.EqualFold(a, b) }
