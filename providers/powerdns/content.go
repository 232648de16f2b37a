package powerdns

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// The API has RDATA as text, and takes it only as it would write it itself: "Not in expected format (parsed as ...)" is what it says
// to everything else. That text differs from zonefile.FormatRDATA in the escapes of names, in the quotes of SVCB, in LOC,
// and more. So the text of each type that PowerDNS 4.7 knows is made here, and read here.

// texts say what the content of a type is made of, a letter a field, with a space between two fields:
//
//	1 2 4  a number of that many octets
//	a A    an IPv4 or an IPv6 address
//	n      a domain name
//	s      a character-string
//	S      one or more character-strings
//	l      the tag of CAA
//	o      a string up to the end of the RDATA, not empty
//	x b    octets in hex or base64 up to the end, not empty
//	T      a type of record
//	G      the gateway of IPSECKEY, nothing if there is none, and the key behind it
//	L      all of LOC
//	v      the parameters of SVCB
//	=      all of it as zonefile has it
var texts = map[zonefile.Type]string{
	zonefile.TypeA:          "a",
	zonefile.TypeNS:         "n",
	zonefile.TypeCNAME:      "n",
	zonefile.TypeSOA:        "nn44444",
	7:                       "n", // MB
	8:                       "n", // MG
	9:                       "n", // MR
	zonefile.TypePTR:        "n",
	zonefile.TypeHINFO:      "ss",
	14:                      "nn", // MINFO
	zonefile.TypeMX:         "2n",
	zonefile.TypeTXT:        "S",
	zonefile.TypeRP:         "nn",
	18:                      "2n", // AFSDB
	zonefile.TypeKEY:        "211b",
	zonefile.TypeAAAA:       "A",
	zonefile.TypeLOC:        "L",
	zonefile.TypeSRV:        "222n",
	zonefile.TypeNAPTR:      "22sssn",
	36:                      "2n",   // KX
	37:                      "221b", // CERT
	zonefile.TypeDNAME:      "n",
	zonefile.TypeAPL:        "=",
	zonefile.TypeDS:         "211x",
	zonefile.TypeSSHFP:      "11x",
	zonefile.TypeIPSECKEY:   "111G",
	zonefile.TypeRRSIG:      "=",
	zonefile.TypeNSEC:       "=",
	zonefile.TypeDNSKEY:     "211b",
	49:                      "b", // DHCID
	zonefile.TypeNSEC3:      "=",
	zonefile.TypeNSEC3PARAM: "=",
	zonefile.TypeTLSA:       "111x",
	zonefile.TypeSMIMEA:     "111x",
	57:                      "211b", // RKEY
	zonefile.TypeCDS:        "211x",
	zonefile.TypeCDNSKEY:    "211b",
	zonefile.TypeOPENPGPKEY: "b",
	zonefile.TypeCSYNC:      "=",
	zonefile.TypeZONEMD:     "411x",
	zonefile.TypeSVCB:       "2nv",
	zonefile.TypeHTTPS:      "2nv",
	zonefile.TypeSPF:        "S",
	104:                     "=",  // NID
	105:                     "2a", // L32
	106:                     "=",  // L64
	107:                     "2n", // LP
	108:                     "=",  // EUI48
	109:                     "=",  // EUI64
	zonefile.TypeURI:        "22o",
	zonefile.TypeCAA:        "1lo",
	32769:                   "211x", // DLV
	zonefile.TypeALIAS:      "n",
	zonefile.TypeLUA:        "TS",
}

// typeText returns what the API calls a type: the mnemonic of one that PowerDNS 4.7 knows, and TYPEnnn for others.
func typeText(t zonefile.Type) string {
	if texts[t] != "" {
		return t.String()
	}
	return "TYPE" + strconv.Itoa(int(t))
}

// parseType reads what the API calls a type.
func parseType(text string) (zonefile.Type, error) {
	if text == "A6" { // its one mnemonic that zonefile does not have
		return 38, nil
	}
	return zonefile.ParseType(text)
}

// octets are the lengths of the fields that always have the same.
var octets = map[byte]int{'1': 1, '2': 2, '4': 4, 'a': 4, 'A': 16, 'T': 2}

var errMalformed = errors.New("RDATA that is not of its type")

// formatContent returns the content of RDATA in canonical wire form. The error says what PowerDNS cannot hold.
func formatContent(t zonefile.Type, rdata string) (string, error) {
	form := texts[t]
	switch form {
	case "":
		return fmt.Sprintf(`\# %d %x`, len(rdata), rdata), nil // also with the space of no data
	case "=":
		return strings.TrimSuffix(zonefile.FormatRDATA(t, rdata), " "), nil
	}
	text := make([]byte, 0, 2*len(rdata)+16)
	rest := rdata
	for i := range len(form) {
		if i > 0 && rest != "" {
			text = append(text, ' ')
		}
		var err error
		if text, rest, err = appendFieldText(text, form[i], rest, rdata); err != nil {
			return "", err
		}
	}
	if rest != "" {
		return "", errMalformed
	}
	return string(text), nil
}

// appendFieldText appends the field that b starts with, and returns what is behind it. The RDATA is all that b is a part of.
func appendFieldText(dst []byte, part byte, b, rdata string) (text []byte, rest string, err error) {
	if n := octets[part]; n > 0 {
		if len(b) < n {
			return nil, "", errMalformed
		}
		return appendFixedText(dst, part, b[:n]), b[n:], nil
	}
	switch part {
	case 'n':
		return appendNameText(dst, b)
	case 's':
		return appendStringText(dst, b)
	case 'l':
		if b == "" || len(b) < 1+int(b[0]) {
			return nil, "", errMalformed
		}
		return append(dst, b[1:1+int(b[0])]...), b[1+int(b[0]):], nil
	case 'v':
		text, err = appendParametersText(dst, b, strings.HasPrefix(rdata, "\x00\x00"))
		return text, "", err
	}
	if part != 'S' && part != 'G' && b == "" {
		return nil, "", errors.New("PowerDNS cannot hold an empty value in it")
	}
	switch part {
	case 'S':
		for i := 0; i == 0 || b != ""; i++ {
			if i > 0 {
				dst = append(dst, ' ')
			}
			if dst, b, err = appendStringText(dst, b); err != nil {
				return nil, "", err
			}
		}
		return dst, "", nil
	case 'o':
		return appendQuoted(dst, b), "", nil
	case 'x':
		return hex.AppendEncode(dst, []byte(b)), "", nil
	case 'b':
		return base64.StdEncoding.AppendEncode(dst, []byte(b)), "", nil
	case 'G':
		text, err = appendGatewayText(dst, b, rdata)
		return text, "", err
	case 'L':
		text, err = appendLocationText(dst, b)
		return text, "", err
	}
	panic("powerdns: no such field: " + string(part))
}

// appendFixedText appends a field whose octets are b.
func appendFixedText(dst []byte, part byte, b string) []byte {
	switch part {
	case 'a':
		return netip.AddrFrom4([4]byte([]byte(b))).AppendTo(dst)
	case 'A':
		addr := netip.AddrFrom16([16]byte([]byte(b)))
		if addr.Is4In6() { // PowerDNS takes no dots in the content of AAAA, though it writes them
			v4 := addr.As4()
			return fmt.Appendf(dst, "::ffff:%x:%x", binary.BigEndian.Uint16(v4[:2]), binary.BigEndian.Uint16(v4[2:]))
		}
		return addr.AppendTo(dst)
	case 'T':
		return append(dst, typeText(zonefile.Type(number(b)))...)
	}
	return strconv.AppendUint(dst, number(b), 10)
}

func number(b string) uint64 {
	n := uint64(0)
	for i := range len(b) {
		n = n<<8 | uint64(b[i])
	}
	return n
}

// appendNameText appends the name that b starts with as PowerDNS writes names: only the dot and the backslash within a label are
// escaped, and what does not print.
func appendNameText(dst []byte, b string) (text []byte, rest string, err error) {
	for at := 0; at < len(b); {
		size := int(b[at])
		if size == 0 {
			if at == 0 {
				dst = append(dst, '.')
			}
			return dst, b[at+1:], nil
		}
		if size > 63 || at+1+size > len(b) {
			break
		}
		for _, c := range []byte(b[at+1 : at+1+size]) {
			switch {
			case c == '.' || c == '\\':
				dst = append(dst, '\\', c)
			case c <= ' ' || c >= 0x7f:
				dst = appendDecimal(dst, c)
			default:
				dst = append(dst, c)
			}
		}
		dst = append(dst, '.')
		at += 1 + size
	}
	return nil, "", errMalformed
}

// nameText returns an owner name as PowerDNS writes it.
func nameText(name zonefile.Name) string {
	text, _, err := appendNameText(nil, string(name.AppendWire(nil)))
	if err != nil {
		panic("powerdns: " + err.Error()) // a Name is good
	}
	return string(text)
}

func appendDecimal(dst []byte, c byte) []byte {
	return append(dst, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
}

// appendStringText appends the character-string that b starts with.
func appendStringText(dst []byte, b string) (text []byte, rest string, err error) {
	if b == "" || len(b) < 1+int(b[0]) {
		return nil, "", errMalformed
	}
	end := 1 + int(b[0])
	return appendQuoted(dst, b[1:end]), b[end:], nil
}

// appendQuoted appends octets in quotes.
func appendQuoted(dst []byte, b string) []byte {
	dst = append(dst, '"')
	for _, c := range []byte(b) {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c >= 0x7f:
			dst = appendDecimal(dst, c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
