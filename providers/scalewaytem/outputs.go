package scalewaytem

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// proposedTTL is that of the outputs, in seconds, because the API has none. Receivers ask for the DKIM key and the DMARC policy with each mail, so that a short
// one costs queries; with a long one they keep for as long the key of a domain that was revoked and registered again.
const proposedTTL zonefile.TTL = 3600

// maxString is the most octets of one of the strings of a TXT record (RFC 1035 §3.3.14).
const maxString = 255

// wanted is a record that a domain wants to have, nil if it is not known.
type wanted struct {
	output string
	typ    zonefile.Type
	at     string // its name, relative to the domain; "*" is any selector
	prefix string // of its text: the version, which says what a TXT record is for
	record *record
}

// all returns the records in the order of the outputs.
func (r records) all() []wanted {
	return []wanted{
		{outputDKIM, zonefile.TypeTXT, "*._domainkey", "v=DKIM1;", r.DKIM}, // RFC 6376 §3.6.2.1 and §3.6.1
		{outputDMARC, zonefile.TypeTXT, "_dmarc", "v=DMARC1;", r.DMARC},    // RFC 7489 §6.1 and §6.3
		{outputMX, zonefile.TypeMX, "@", "", r.MX},
		{outputSPF, zonefile.TypeTXT, "@", "v=spf1 ", r.SPF}, // RFC 7208 §3 and §4.5
	}
}

// outputsOf returns the records of a domain that can be published as they are. One whose name is relative or not where such a record is, and one whose value
// is relative, in another form or for something else, is left out: what it was to be would be a guess, and it would be written into the zone all the same.
func outputsOf(r records, domain zonefile.Name) []providers.Output {
	var outputs []providers.Output
	for _, w := range r.all() {
		if set, ok := w.rrset(domain); ok {
			outputs = append(outputs, providers.Output{Name: w.output, RRset: set})
		}
	}
	return outputs
}

func (w wanted) rrset(domain zonefile.Name) (zonefile.RRset, bool) {
	if w.record == nil {
		return zonefile.RRset{}, false
	}
	owner, err := zonefile.ParseName(w.record.Name, zonefile.Name{})
	if err != nil || !w.isAt(owner.Relative(domain)) {
		return zonefile.RRset{}, false
	}
	text := w.record.Value
	if w.typ == zonefile.TypeTXT {
		if !isPlain(text) || !strings.HasPrefix(text, w.prefix) {
			return zonefile.RRset{}, false
		}
		text = quote(text)
	}
	set, err := zonefile.ParseRRset(zonefile.Key{Name: owner, Type: w.typ}, proposedTTL, zonefile.Name{}, text)
	return set, err == nil
}

// isAt reports whether a name, relative to the domain, is where the record belongs.
func (w wanted) isAt(name string) bool {
	below, ok := strings.CutPrefix(w.at, "*")
	if !ok {
		return name == w.at
	}
	selector, ok := strings.CutSuffix(name, below)
	return ok && strings.Trim(selector, hostChars) == ""
}

// isPlain reports whether a text is one as the API has it: of printable ASCII, without quotes and backslashes, as those of DKIM (RFC 6376 §3.2), DMARC
// (RFC 7489 §6.4) and SPF (RFC 7208 §4.6.1) are.
func isPlain(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' })
}

// quote returns a plain text as it stands in a zone file, divided into strings as long as they may be.
func quote(text string) string {
	var all []string
	for part := range slices.Chunk([]byte(text), maxString) {
		all = append(all, fmt.Sprintf(`"%s"`, part))
	}
	return strings.Join(all, " ")
}

// missing returns the names of the outputs that are not there.
func missing(outputs []providers.Output) []string {
	var names []string
	for _, w := range (records{}).all() {
		if !slices.ContainsFunc(outputs, func(o providers.Output) bool { return o.Name == w.output }) {
			names = append(names, w.output)
		}
	}
	return names
}
