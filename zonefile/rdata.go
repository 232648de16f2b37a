package zonefile

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// ParseRDATA reads the presentation form of RDATA of type t, also the generic form "\# LENGTH HEX" of RFC 3597 §5, and returns its
// canonical wire form. Relative names are completed with origin; they are an error if it is the zero Name.
func ParseRDATA(t Type, text string, origin Name) ([]byte, error) {
	if t.isMeta() {
		return nil, fmt.Errorf("%s is not a type of data in a zone", t)
	}
	line := ". 0 IN " + t.String() + " " + text
	zp := dns.NewZoneParser(strings.NewReader(line+"\n"), origin.String(), "")
	rr, ok := zp.Next()
	if !ok || zp.Err() != nil {
		return nil, fmt.Errorf("%s %q: %w", t, text, zp.Err())
	}
	wire := make([]byte, dns.Len(rr)+16)
	n, err := dns.PackRR(rr, wire, 0, nil, false)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", t, text, err)
	}
	return canonicalRDATA(t, wire[1+10:n])
}

// FormatRDATA returns the presentation form of RDATA of type t, which must be in canonical wire form, with absolute names.
// [ParseRDATA] reads it as the same octets. What has no such form is written as RFC 3597 §5 has it.
func FormatRDATA(t Type, rdata string) string {
	if rr, n, err := dns.UnpackRRWithHeader(dns.RR_Header{Name: ".", Rrtype: uint16(t), Class: dns.ClassINET, Rdlength: uint16(len(rdata))}, []byte(rdata), 0); err == nil && n == len(rdata) {
		return strings.TrimPrefix(rr.String(), rr.Header().String())
	}
	return fmt.Sprintf(`\# %d %s`, len(rdata), hex.EncodeToString([]byte(rdata)))
}
