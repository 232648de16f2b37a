package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ofDMARC are the rules about DMARC (RFC 9989, and RFC 7489 before it).
func ofDMARC() []Rule {
	return []Rule{
		{ID: "dmarc-multiple", Severity: zonefile.Warning, Summary: "More than one DMARC record at a name, so that none counts", types: ofTXT, checkSet: checkDMARCMultiple},
		{ID: "dmarc-syntax", Severity: zonefile.Warning, Summary: "A DMARC record with tags or values that receivers do not take", types: ofTXT, checkSet: checkDMARCSyntax},
		{
			ID: "dmarc-report-destination", Severity: zonefile.Warning, Summary: "Reports of DMARC to another domain of the repository, which does not say that it takes them",
			acrossZones: checkReportDestinations,
		},
		{ID: "dmarc-historic-tag", Severity: Off, Summary: "A tag of DMARC that RFC 9989 no longer has", types: ofTXT, checkSet: checkDMARCHistoric},
		{ID: "dmarc-policy-none", Severity: Off, Summary: "A DMARC record that asks for reports, and no more", types: ofTXT, checkSet: checkDMARCNone},
	}
}

// dmarcTexts returns the DMARC records of a TXT RRset, and its place. There are none where nobody looks for them.
func dmarcTexts(s zonefile.RRset) ([]string, place) {
	var found []string
	for text := range mailTexts(s) {
		if protocolDMARC.is(text) {
			found = append(found, text)
		}
	}
	if found == nil {
		return nil, anyPlace
	}
	at := placeOf(s.Key.Name)
	if at.protocol() != protocolDMARC {
		return nil, anyPlace
	}
	return found, at
}

func checkDMARCMultiple(p *pass, s zonefile.RRset) {
	if found, at := dmarcTexts(s); len(found) > 1 && at == placeDMARC {
		p.report(s.Key, "%d DMARC records, where a domain can have one, so that receivers take none (RFC 9989 §4.10)", len(found))
	}
}

func checkDMARCSyntax(p *pass, s zonefile.RRset) {
	found, at := dmarcTexts(s)
	for _, text := range found {
		for _, wrong := range wrongDMARC(text, at) {
			p.report(s.Key, "%s", wrong)
		}
	}
}

// wrongDMARC says what is wrong with a DMARC record.
func wrongDMARC(text string, at place) []string {
	list, wrong := parseTags(text)
	for i, t := range list {
		list[i].name = strings.ToLower(t.name)
	}
	if at == placeDMARC {
		switch _, ok := list.value("p"); {
		case len(list) == 1 && len(wrong) == 0:
			wrong = append(wrong, onlyVersion)
		case !ok:
			wrong = append(wrong, "no tag p: many receivers take no record without it, and the others take it for p=none (RFC 9989 §4.7)")
		}
	}
	for _, t := range list {
		if w := t.wrongInDMARC(); w != "" && len(wrong) < maxWrong {
			wrong = append(wrong, w)
		}
	}
	return wrong
}

// onlyVersion is said of a record that has nothing behind its version.
const onlyVersion = `nothing but the version: in a master file a semicolon outside of quotes begins a comment, so put the whole text into quotes`

// dmarcValues are the values of the tags of DMARC that have a few (RFC 9989 §4.7).
var dmarcValues = map[string][]string{
	"p": {"none", "quarantine", "reject"}, "sp": {"none", "quarantine", "reject"}, "np": {"none", "quarantine", "reject"},
	"adkim": {"r", "s"}, "aspf": {"r", "s"}, "psd": {"y", "n", "u"}, "t": {"y", "n"},
}

// wrongInDMARC says what is wrong with a tag of a DMARC record, or "".
func (t tag) wrongInDMARC() string {
	if values, ok := dmarcValues[t.name]; ok {
		if !slices.Contains(values, strings.ToLower(t.value)) {
			return fmt.Sprintf("%s=%.40s: the values are %s", t.name, quoted(t.value), strings.Join(values, ", "))
		}
		return ""
	}
	switch t.name {
	case "v":
	case "rua", "ruf":
		_, wrong := reportAddresses(t.value)
		if wrong != "" {
			return t.name + ": " + wrong
		}
	case "fo":
		for option := range strings.SplitSeq(t.value, ":") {
			if option = strings.Trim(option, tagSpace); len(option) != 1 || !strings.Contains("01dsDS", option) {
				return fmt.Sprintf("fo: %.20q is none of 0, 1, d and s", option)
			}
		}
	case "pct":
		if n, err := strconv.ParseUint(t.value, 10, 16); err != nil || n > 100 {
			return fmt.Sprintf("pct=%.20s is no number from 0 to 100", quoted(t.value))
		}
	case "ri":
		if _, err := strconv.ParseUint(t.value, 10, 32); err != nil {
			return fmt.Sprintf("ri=%.20s is no number of seconds", quoted(t.value))
		}
	case "rf": // of RFC 7489 too; afrf was all there is
	default:
		return fmt.Sprintf("DMARC has no tag %.20s, so that receivers ignore it", t.name)
	}
	return ""
}

// quoted returns text as it can be shown: as it is if it is a word, otherwise quoted.
func quoted(text string) string {
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' }) {
		return strconv.Quote(text)
	}
	return text
}

func checkDMARCHistoric(p *pass, s zonefile.RRset) {
	found, _ := dmarcTexts(s)
	for _, text := range found {
		list, _ := parseTags(text)
		for _, name := range []string{"pct", "rf", "ri"} {
			if _, ok := list.value(name); ok {
				p.report(s.Key, "the tag %s is historic (RFC 9989 appendix C), and newer receivers ignore it", name)
			}
		}
	}
}

func checkDMARCNone(p *pass, s zonefile.RRset) {
	found, at := dmarcTexts(s)
	for _, text := range found {
		list, _ := parseTags(text)
		if value, _ := list.value("p"); at == placeDMARC && strings.EqualFold(value, "none") {
			p.report(s.Key, "p=none asks for reports alone: mail that fails is delivered like any other")
		}
	}
}
