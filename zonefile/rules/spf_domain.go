package rules

import (
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// wrongDomainSpec says what is wrong with a domain-spec of SPF (RFC 7208 §7.1), or "".
func wrongDomainSpec(text string) string {
	if text == "" {
		return "it needs a domain"
	}
	last, wrong := scanMacros(text)
	switch {
	case wrong != "":
		return wrong
	case last == len(text):
		return "" // it ends with a macro
	}
	tail := strings.TrimSuffix(text[last:], ".")
	dot := strings.LastIndexByte(tail, '.')
	if dot < 0 && last == 0 {
		return fmt.Sprintf("%.60q is no domain name of two labels or more", text)
	}
	if dot < 0 || !isTopLabel(tail[dot+1:]) {
		return fmt.Sprintf("%.60q does not end like a domain name", text)
	}
	if last == 0 {
		if _, err := parseDomain(text); err != nil {
			return fmt.Sprintf("%.60q is no domain name", text)
		}
	}
	return ""
}

// parseDomain reads a domain of two labels or more as it is written outside of DNS: absolute, with or without a dot at the end, and without escapes.
func parseDomain(text string) (zonefile.Name, error) {
	return zonefile.ParseName(strings.ReplaceAll(text, `\`, `\\`), zonefile.Root)
}

// isTopLabel reports whether a label can be the last one of a domain-spec: letters, digits and, between them, "-"; not digits alone.
func isTopLabel(label string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return label != "" && strings.Trim(label, letters+"0123456789-") == "" && !isDigits(label) && label[0] != '-' && label[len(label)-1] != '-'
}

// scanMacros looks at the macros of a macro-string (RFC 7208 §7.1), and returns where what is behind the last of them begins, and what is wrong, or "".
func scanMacros(text string) (last int, wrong string) {
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			continue
		}
		rest := text[i+1:]
		switch {
		case rest != "" && strings.IndexByte("%_-", rest[0]) >= 0:
			i++
		case strings.HasPrefix(rest, "{"):
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return 0, "a macro without its closing brace"
			}
			if wrong := wrongMacro(rest[1:end]); wrong != "" {
				return 0, wrong
			}
			i += 1 + end
		default:
			return 0, "a percent sign that begins no macro: itself it is written %%"
		}
		last = i + 1
	}
	return last, ""
}

// wrongMacro says what is wrong with what is between the braces of a macro, or "".
func wrongMacro(text string) string {
	if text == "" {
		return "a macro without a letter"
	}
	if strings.IndexByte("slodiphv", text[0]|0x20) < 0 { // c, r and t are for the text that exp names
		return fmt.Sprintf("there is no macro %.20q here", text)
	}
	digits := strings.TrimLeft(text[1:], "0123456789")
	count := text[1 : len(text)-len(digits)]
	if count != "" && strings.Trim(count, "0") == "" {
		return fmt.Sprintf("the macro %.20q keeps no labels", text)
	}
	rest := digits
	if rest != "" && rest[0]|0x20 == 'r' {
		rest = rest[1:]
	}
	if strings.Trim(rest, ".-+,/_=") != "" {
		return fmt.Sprintf("%.20q is no macro", text)
	}
	return ""
}
