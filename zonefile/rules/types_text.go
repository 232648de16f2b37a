package rules

import (
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

func textTypes() []zonefile.Type { return []zonefile.Type{zonefile.TypeTXT, zonefile.TypeSPF} }

// oddities are what programs for writing letters make of quotes, hyphens and spaces, in UTF-8.
var oddities = map[string]string{
	"\u201c": "a curly quote", "\u201d": "a curly quote", "\u201e": "a curly quote", "\u2018": "a curly quote", "\u2019": "a curly quote",
	"\u2013": "a long dash", "\u2014": "a long dash", "\u00a0": "a space that does not break", "\u200b": "a space of no width", "\ufeff": "a byte order mark",
}

// checkText looks at each record as those that read it do: its strings joined. Between two of them a space belongs there.
func checkText(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		first, rest := cutString(rdata)
		text := first
		if rest != "" {
			text = joined(rdata)
		}
		switch {
		case text == "":
		case isSpace(text[0]):
			p.report(s.Key, "the text begins with white space: %.60q", text)
		case isSpace(text[len(text)-1]):
			p.report(s.Key, "the text ends with white space: %.60q", text[max(0, len(text)-60):])
		case len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"':
			p.report(s.Key, "there are quotes in the text around it, beside those of the file: %.60q", text)
		default:
			if what := oddity(text); what != "" {
				p.report(s.Key, "there is %s in the text: %+.60q", what, text)
			}
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// oddity says what is odd in a text, or nothing. Most texts are ASCII.
func oddity(text string) string {
	for i := range len(text) {
		if text[i] < 0x80 {
			continue
		}
		for _, r := range text[i:] {
			if what, odd := oddities[string(r)]; odd {
				return what
			}
		}
		return ""
	}
	return ""
}

// joined returns the strings of a TXT record as one.
func joined(rdata string) string {
	if first, rest := cutString(rdata); rest == "" {
		return first // most have one
	}
	var b strings.Builder
	for text := range texts(rdata) {
		b.WriteString(text)
	}
	return b.String()
}
