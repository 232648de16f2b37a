package zonefile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// Type is the type of a resource record (RFC 6895 §3.1).
type Type uint16

// The types that the code has something to say about. [ParseType] knows all others too.
const (
	TypeA          Type = 1
	TypeNS         Type = 2
	TypeCNAME      Type = 5
	TypeSOA        Type = 6
	TypeNULL       Type = 10
	TypePTR        Type = 12
	TypeHINFO      Type = 13
	TypeMX         Type = 15
	TypeTXT        Type = 16
	TypeRP         Type = 17
	TypeSIG        Type = 24
	TypeKEY        Type = 25
	TypeAAAA       Type = 28
	TypeLOC        Type = 29
	TypeNXT        Type = 30
	TypeSRV        Type = 33
	TypeNAPTR      Type = 35
	TypeDNAME      Type = 39
	TypeAPL        Type = 42
	TypeDS         Type = 43
	TypeSSHFP      Type = 44
	TypeIPSECKEY   Type = 45
	TypeRRSIG      Type = 46
	TypeNSEC       Type = 47
	TypeDNSKEY     Type = 48
	TypeNSEC3      Type = 50
	TypeNSEC3PARAM Type = 51
	TypeTLSA       Type = 52
	TypeSMIMEA     Type = 53
	TypeCDS        Type = 59
	TypeCDNSKEY    Type = 60
	TypeOPENPGPKEY Type = 61
	TypeCSYNC      Type = 62
	TypeZONEMD     Type = 63
	TypeSVCB       Type = 64
	TypeHTTPS      Type = 65
	TypeSPF        Type = 99
	TypeURI        Type = 256
	TypeCAA        Type = 257
	TypeAMTRELAY   Type = 260
	TypeALIAS      Type = 65401 // PowerDNS: the addresses of another name, also at the apex
	TypeLUA        Type = 65402 // PowerDNS: a program that makes the answer
	TypeSigning    Type = 65534 // BIND: the state of its own signing
)

// ownTypes are the types that miekg/dns has no mnemonics of.
var ownTypes = map[string]Type{"DSYNC": typeDSYNC, "HHIT": typeHHIT, "BRID": typeBRID, "WALLET": typeWALLET, "ALIAS": TypeALIAS, "LUA": TypeLUA}

const (
	typeDSYNC  Type = 66  // RFC 9859
	typeHHIT   Type = 67  // RFC 9886
	typeBRID   Type = 68  // RFC 9886
	typeWALLET Type = 262 // of the registry at IANA
)

// ParseType reads a mnemonic ("AAAA", in any letter case) or the generic form of RFC 3597 §5 ("TYPE28").
// It refuses what is not the type of data: 0, OPT, and the query and meta types 128 to 255 (RFC 6895 §3.1).
func ParseType(text string) (Type, error) {
	t, ok := typeByName(text)
	if !ok {
		return 0, fmt.Errorf("%q is not a record type; a type without a name is written TYPEnnn with \\# data (RFC 3597)", text)
	}
	if t.isMeta() {
		return 0, fmt.Errorf("%s is not a type of data in a zone", t)
	}
	return t, nil
}

// MustParseType is [ParseType] for types that are known to be good. It panics on others.
func MustParseType(text string) Type {
	t, err := ParseType(text)
	if err != nil {
		panic(err)
	}
	return t
}

func typeByName(text string) (Type, bool) {
	switch text { // most records of most zones
	case "A":
		return TypeA, true
	case "AAAA":
		return TypeAAAA, true
	case "CNAME":
		return TypeCNAME, true
	case "MX":
		return TypeMX, true
	case "NS":
		return TypeNS, true
	case "PTR":
		return TypePTR, true
	case "SRV":
		return TypeSRV, true
	case "TXT":
		return TypeTXT, true
	}
	upper := text
	if !isUpper(text) {
		upper = strings.ToUpper(text)
	}
	if digits, ok := strings.CutPrefix(upper, "TYPE"); ok {
		n, err := strconv.ParseUint(digits, 10, 16)
		return Type(n), err == nil && digits[0] != '+'
	}
	if n, ok := dns.StringToType[upper]; ok {
		return Type(n), upper != "RESERVED" && upper != "NONE"
	}
	t, ok := ownTypes[upper]
	return t, ok
}

func isUpper(s string) bool {
	for i := range len(s) {
		if 'a' <= s[i] && s[i] <= 'z' {
			return false
		}
	}
	return true
}

// isMeta reports whether t can never be the type of a record in a zone.
func (t Type) isMeta() bool {
	return t == 0 || t == Type(dns.TypeOPT) || 128 <= t && t <= 255
}

// String returns the mnemonic, or TYPEnnn for a type without one.
func (t Type) String() string {
	switch t {
	case typeDSYNC:
		return "DSYNC"
	case typeHHIT:
		return "HHIT"
	case typeBRID:
		return "BRID"
	case typeWALLET:
		return "WALLET"
	case TypeALIAS:
		return "ALIAS"
	case TypeLUA:
		return "LUA"
	}
	if s, ok := dns.TypeToString[uint16(t)]; ok && t != 0 && t != 65535 {
		return s
	}
	return "TYPE" + strconv.Itoa(int(t))
}

// signingTypes are what a server that signs a zone makes by itself (RFC 4034, RFC 5155).
var signingTypes = []Type{TypeSIG, TypeNXT, TypeRRSIG, TypeNSEC, TypeNSEC3, TypeNSEC3PARAM, TypeDNSKEY, TypeSigning}

// Signing reports whether records of type t are made by the server that signs the zone, so that they are not changed from git:
// RRSIG, NSEC, NSEC3, NSEC3PARAM, DNSKEY and BIND's 65534. CDS and CDNSKEY are not among them: a provider says if its server makes them.
func (t Type) Signing() bool { return slices.Contains(signingTypes, t) }

// portable returns the mnemonic of a type whose RDATA BIND 9.18, Knot 3.2 and NSD 4.6 all read in the text that this package
// writes, and TYPEnnn for the other types.
func (t Type) portable() string {
	switch t {
	case TypeA, TypeNS, TypeCNAME, TypeSOA, TypePTR, TypeHINFO, 14 /* MINFO */, TypeMX, TypeTXT, TypeRP, 18 /* AFSDB */, 21, /* RT */
		TypeKEY, TypeAAAA, TypeLOC, TypeSRV, TypeNAPTR, 36 /* KX */, 37 /* CERT */, TypeDNAME, TypeAPL, TypeDS, TypeSSHFP,
		TypeIPSECKEY, TypeRRSIG, TypeNSEC, TypeDNSKEY, 49 /* DHCID */, TypeNSEC3, TypeNSEC3PARAM, TypeTLSA, TypeSMIMEA, TypeCDS,
		TypeCDNSKEY, TypeOPENPGPKEY, TypeCSYNC, TypeZONEMD, TypeSVCB, TypeHTTPS, TypeSPF, 104 /* NID */, 105 /* L32 */, 106, /* L64 */
		107 /* LP */, 108 /* EUI48 */, 109 /* EUI64 */, TypeURI, TypeCAA:
		return t.String()
	}
	return "TYPE" + strconv.Itoa(int(t))
}
