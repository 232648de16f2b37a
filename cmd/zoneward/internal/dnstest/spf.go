package dnstest

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// spfVersion begins an SPF record (RFC 7208 §4.5).
const spfVersion = "v=spf1"

// spfRecord is an SPF record (RFC 7208 §12).
type spfRecord struct {
	terms    []spfTerm
	redirect string // the domain of the modifier, empty if there is none
}

// spfTerm is a mechanism.
type spfTerm struct {
	qualifier byte // one of + - ~ ?
	name      string
	domain    string // behind the colon; empty if there is none
}

// isSPF reports whether a TXT record is one of SPF (RFC 7208 §4.5).
func isSPF(text string) bool {
	version, _, _ := strings.Cut(text, " ")
	return strings.EqualFold(version, spfVersion)
}

// parseSPF reads an SPF record.
func parseSPF(text string) (spfRecord, error) {
	var r spfRecord
	words := strings.Split(text, " ")
	modifiers := map[string]bool{}
	for _, word := range words[1:] {
		if word == "" {
			continue
		}
		if name, value, ok := modifier(word); ok {
			if modifiers[name] && (name == "redirect" || name == "exp") {
				return r, fmt.Errorf("%s= comes twice", name)
			}
			modifiers[name] = true
			if name == "redirect" || name == "exp" {
				if err := checkDomain(value); err != nil {
					return r, fmt.Errorf("%s: %w", quoted(word), err)
				}
			}
			if name == "redirect" {
				r.redirect = value
			}
			continue
		}
		term, err := parseMechanism(word)
		if err != nil {
			return r, fmt.Errorf("%s: %w", quoted(word), err)
		}
		r.terms = append(r.terms, term)
	}
	return r, nil
}

// modifierName is the name of a modifier.
var modifierName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*$`)

// modifier parts a word that is a modifier.
func modifier(word string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(word, "=")
	return strings.ToLower(name), value, ok && modifierName.MatchString(name)
}

// Errors of a mechanism.
var (
	errMechanism = errors.New("not a mechanism or modifier of SPF")
	errNoValue   = errors.New("it takes no value")
	errNeeds     = errors.New("it needs a value behind a colon")
	errPrefix    = errors.New("the length of the prefix is not right")
)

// parseMechanism reads a mechanism with its qualifier (RFC 7208 §5).
func parseMechanism(word string) (spfTerm, error) {
	term := spfTerm{qualifier: '+'}
	if strings.ContainsRune("+-~?", rune(word[0])) {
		term.qualifier, word = word[0], word[1:]
	}
	name, value, hasValue := strings.Cut(word, ":")
	prefix := ""
	if !hasValue {
		name, prefix, _ = strings.Cut(name, "/")
	}
	term.name = strings.ToLower(name)
	var err error
	switch term.name {
	case "all":
		if hasValue || prefix != "" {
			err = errNoValue
		}
	case "include", "exists":
		term.domain, err = value, checkDomain(value)
		if !hasValue || value == "" {
			err = errNeeds
		}
	case "a", "mx":
		if hasValue {
			term.domain, prefix, _ = strings.Cut(value, "/")
			err = checkDomain(term.domain)
		}
		if err == nil && prefix != "" {
			err = checkPrefixes(prefix)
		}
	case "ptr":
		if term.domain = value; hasValue {
			err = checkDomain(value)
		}
	case "ip4", "ip6":
		if err = errNeeds; hasValue {
			err = checkNetwork(value, term.name == "ip4")
		}
	default:
		err = errMechanism
	}
	return term, err
}

// checkPrefixes checks the lengths of prefixes for IPv4 and IPv6: "24", "24//64" and "/64".
func checkPrefixes(text string) error {
	four, six, both := strings.Cut(text, "//")
	if !both && strings.HasPrefix(text, "/") {
		four, six = "", text[1:]
	}
	for _, prefix := range []struct{ text, address string }{{four, "0.0.0.0"}, {six, "::"}} {
		if prefix.text == "" {
			continue
		}
		if _, err := netip.ParsePrefix(prefix.address + "/" + prefix.text); err != nil {
			return errPrefix
		}
	}
	return nil
}

// checkNetwork checks an address, with a prefix length or without.
func checkNetwork(text string, four bool) error {
	address, _, prefixed := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Is4() != four || addr.Zone() != "" {
		return errors.New("not an address of that kind")
	}
	if prefixed {
		if _, err := netip.ParsePrefix(text); err != nil {
			return errPrefix
		}
	}
	return nil
}

// macro is a macro of RFC 7208 §7.1.
var macro = regexp.MustCompile(`%(\{[slodiphcrvtSLODIPHCRVT][0-9]*[rR]?[.+,/_=-]*\}|%|_|-)`)

// checkDomain checks the name of a domain, in which there may be macros.
func checkDomain(text string) error {
	plain := macro.ReplaceAllString(text, "")
	switch {
	case text == "":
		return errNeeds
	case strings.Contains(plain, "%"):
		return errors.New("a macro that is none")
	case strings.ContainsFunc(plain, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("not a domain name")
	}
	return nil
}

// hasMacro reports whether a domain is another one for each message.
func hasMacro(domain string) bool { return strings.Contains(domain, "%") }

// asks reports whether a mechanism takes a look-up of the ten that there may be (RFC 7208 §4.6.4).
func (t spfTerm) asks() bool {
	return slices.Contains([]string{"include", "a", "mx", "ptr", "exists"}, t.name)
}

// all returns the qualifier of the mechanism all, and whether there is one. What comes behind it never counts (RFC 7208 §5.1).
func (r spfRecord) all() (qualifier byte, ok bool) {
	for _, t := range r.terms {
		if t.name == "all" {
			return t.qualifier, true
		}
	}
	return 0, false
}
