package zonefile

import (
	"errors"
	"fmt"

	"github.com/miekg/dns"
)

// layouts says how the RDATA of a type is built, for the types that have names to fold or whose form is checked here:
// a digit is that many octets, n a domain name in lower case (the types of RFC 4034 §6.2 as RFC 6840 §5.1 leaves them),
// N a domain name that keeps its letter case, s a character-string, S one or more of them, * the rest, and + the rest, which is not empty.
// The form of other types is checked by unpacking them.
var layouts = map[Type]string{
	TypeA: "4", TypeAAAA: "88", TypeTXT: "S", TypeSPF: "S", TypeHINFO: "ss", TypeALIAS: "n", TypeLUA: "2S", TypeNULL: "*",
	TypeNS: "n", 3: "n", 4: "n", TypeCNAME: "n", TypePTR: "n", TypeDNAME: "n", 7: "n", 8: "n", 9: "n", 23: "n",
	TypeSOA: "nn44444", 14: "nn", TypeRP: "nn", TypeMX: "2n", 18: "2n", 21: "2n", 36: "2n", 26: "2nn",
	TypeSRV: "222n", TypeNAPTR: "22sssn", TypeRRSIG: "2114442n+", TypeSIG: "2114442n+",
	TypeURI: "22*", TypeDNSKEY: "211+", TypeCDNSKEY: "211+", TypeKEY: "211*", TypeTLSA: "111+", TypeSMIMEA: "111+",
	TypeNSEC3PARAM: "112s", TypeCSYNC: "42*", TypeOPENPGPKEY: "+", 20: "S", 19: "s", 106: "24", 104: "28", 105: "28", 107: "2N", 108: "6", 109: "8", 49: "+",
}

// digestSizes are the octets of a digest by its type, for the records that carry one (RFC 4034 §5.1.4, RFC 4509, RFC 5933, RFC 6605, RFC 9558).
var digestSizes = map[byte]int{1: 20, 2: 32, 3: 32, 4: 48, 5: 32, 6: 32}

// fingerprintSizes and zonemdSizes are the same for SSHFP (RFC 4255, RFC 6594) and ZONEMD (RFC 8976 §2.2.3).
var (
	fingerprintSizes = map[byte]int{1: 20, 2: 32}
	zonemdSizes      = map[byte]int{1: 48, 2: 64}
)

var (
	errNoRDATA    = errors.New("no data")
	errShort      = errors.New("data ends too early")
	errTrailing   = errors.New("data goes on behind its end")
	errDigestSize = errors.New("the digest does not have the length of its digest type")
	errLongRDATA  = errors.New("data of more than 65535 octets")
)

// canonicalRDATA returns raw, uncompressed RDATA of type t, in canonical form, or an error if it is not RDATA of that type.
// The result may be raw itself.
func canonicalRDATA(t Type, raw []byte) ([]byte, error) {
	if len(raw) > 65535 {
		return nil, errLongRDATA
	}
	if t.isMeta() {
		return nil, fmt.Errorf("%s is not a type of data in a zone", t)
	}
	layout, ok := layouts[t]
	if !ok {
		return raw, checkByUnpacking(t, raw)
	}
	return walk(layout, raw)
}

// walk checks raw against a layout and lowers the letters of its names. It copies raw before it changes it.
func walk(layout string, raw []byte) ([]byte, error) {
	copied := false
	at := 0
	for i := range len(layout) {
		switch part := layout[i]; part {
		case 'n', 'N':
			name, length, err := NameFromWire(raw[at:])
			if err != nil {
				return nil, err
			}
			if folded := name.AppendWire(nil); part == 'n' && string(folded) != string(raw[at:at+length]) {
				if !copied {
					raw, copied = append([]byte(nil), raw...), true
				}
				copy(raw[at:], folded)
			}
			at += length
		case 's', 'S':
			for more := true; more; more = part == 'S' && at < len(raw) {
				if at >= len(raw) || at+1+int(raw[at]) > len(raw) {
					return nil, errShort
				}
				at += 1 + int(raw[at])
			}
		case '+', '*':
			if part == '+' && at == len(raw) {
				return nil, errShort
			}
			at = len(raw)
		default:
			if at += int(part - '0'); at > len(raw) {
				return nil, errShort
			}
		}
	}
	if at < len(raw) {
		return nil, errTrailing
	}
	return raw, nil
}

// checkByUnpacking leaves the check of RDATA to miekg/dns, with what it does not look at. Types that it does not know may have any data.
func checkByUnpacking(t Type, raw []byte) error {
	if _, known := dns.TypeToRR[uint16(t)]; !known {
		return nil
	}
	if len(raw) == 0 && t != TypeAPL {
		return errNoRDATA
	}
	rr, off, err := dns.UnpackRRWithHeader(dns.RR_Header{Name: ".", Rrtype: uint16(t), Class: dns.ClassINET, Rdlength: uint16(len(raw))}, raw, 0)
	if err != nil {
		return fmt.Errorf("not data of type %s: %w", t, err)
	}
	if off != len(raw) {
		return errTrailing
	}
	return checkSizes(rr, raw)
}

// checkSizes checks the digests of DS, CDS, DLV, TA, SSHFP and ZONEMD, whose types are known.
func checkSizes(rr dns.RR, raw []byte) error {
	sizes, kind, digest := digestSizes, 3, 4
	switch rr.Header().Rrtype {
	case dns.TypeDS, dns.TypeCDS, dns.TypeDLV, dns.TypeTA:
		if len(raw) == 5 && rr.Header().Rrtype == dns.TypeCDS && raw[2] == 0 && raw[3] == 0 {
			return nil // the request to delete: RFC 8078 §4
		}
	case dns.TypeSSHFP:
		sizes, kind, digest = fingerprintSizes, 1, 2
	case dns.TypeZONEMD:
		sizes, kind, digest = zonemdSizes, 5, 6
	default:
		return nil
	}
	if len(raw) <= digest {
		return errShort
	}
	if want, known := sizes[raw[kind]]; known && len(raw)-digest != want {
		return fmt.Errorf("%w: %d octets, want %d", errDigestSize, len(raw)-digest, want)
	}
	return nil
}
