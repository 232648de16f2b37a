package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// maxService is the most octets of the name of a service, without the underscore (RFC 6335 §5.1).
const maxService = 15

// longServices are in use, longer than that, and not to be mended by who writes a zone.
var longServices = []string{"sipfederationtls"}

func ownerFormTypes() []zonefile.Type {
	return []zonefile.Type{zonefile.TypeSRV, zonefile.TypeURI, zonefile.TypeTLSA, zonefile.TypeSMIMEA, zonefile.TypeOPENPGPKEY}
}

// checkOwnerForm looks at the first labels of the owner. A wildcard may stand for any of them.
func checkOwnerForm(p *pass, s zonefile.RRset) {
	first := slices.Collect(labels(string(p.lookup.wire(s.Key.Name))))
	for len(first) < 3 {
		first = append(first, "")
	}
	switch s.Key.Type {
	case zonefile.TypeSRV:
		checkService(p, s.Key, first)
	case zonefile.TypeURI:
		if !isUnderscored(first[0]) {
			p.report(s.Key, "looked for at _service._proto.name, or another name that begins with an underscore (RFC 7553 §4.1)")
		}
	case zonefile.TypeTLSA:
		port, numeric := strings.CutPrefix(first[0], "_")
		n, err := strconv.ParseUint(port, 10, 16)
		switch {
		case first[0] == "*":
		case isUnderscored(first[0]) && !isProtocol(first[0]) && strings.Trim(port, "0123456789") != "":
			// A client's certificate, or another use with a name of its own.
		case !numeric || err != nil || n == 0 && port != "0" || !isUnderscored(first[1]):
			p.report(s.Key, "looked for at _port._proto.name, as in _443._tcp.www (RFC 6698 §3)")
		}
	case zonefile.TypeSMIMEA:
		checkHashed(p, s.Key, first, "_smimecert", "RFC 8162 §3")
	case zonefile.TypeOPENPGPKEY:
		checkHashed(p, s.Key, first, "_openpgpkey", "RFC 7929 §3")
	}
}

// checkService looks for _service._proto, which an instance's name may be in front of (RFC 6763 §4.1).
func checkService(p *pass, key zonefile.Key, first []string) {
	service := first[0]
	switch {
	case isUnderscored(first[0]) && isUnderscored(first[1]), first[0] == "*":
	case isUnderscored(first[1]) && isUnderscored(first[2]):
		service = first[1]
	default:
		p.report(key, "looked for at _service._proto.name, as in _sip._tcp (RFC 2782)")
		return
	}
	if name := strings.TrimPrefix(service, "_"); len(name) > maxService && !slices.Contains(longServices, name) {
		p.report(key, "the service %.63q has %d characters, where the name of a service has at most %d (RFC 6335 §5.1)", name, len(name), maxService)
	}
}

// checkHashed looks for the hash of a user's name in front of a label.
func checkHashed(p *pass, key zonefile.Key, first []string, label, source string) {
	const hash = 56 // hex digits of 28 octets
	if first[1] != label && first[0] != label || first[0] != "*" && (len(first[0]) != hash || strings.Trim(first[0], "0123456789abcdef") != "") {
		p.report(key, "looked for at the SHA-256 of the local part, cut to %d hex digits, below %s (%s)", hash, label, source)
	}
}

func isUnderscored(label string) bool { return len(label) > 1 && label[0] == '_' }

func isProtocol(label string) bool {
	return slices.Contains([]string{"_tcp", "_udp", "_sctp", "_dccp"}, label)
}
