package zonefile

// A form says what the RDATA of a type is made of: one field after the other, which come in the same order on the wire and in text.
// Each field is a letter:
//
//	1 2 4  a number of that many octets
//	t      a time of four octets, in seconds or with units
//	a A    an IPv4 or an IPv6 address
//	n N    a domain name; n is made lower case (the types of RFC 4034 §6.2, as RFC 6840 §5.1 leaves them), N keeps its letter case
//	Q      as N, and BIND lets it be in quotes
//	s      a character-string (RFC 1035 §3.3)
//	S      one or more character-strings
//	I      one or two character-strings
//	o      one string up to the end, without a length
//	l      the tag of CAA
//	x      octets in hex up to the end, at least one
//	b      octets in base64 up to the end, at least one
//	B K    the same for the keys of IPSECKEY and KEY, which are missing if the algorithm or the flags say so
//	T      a type of record
//	g      an algorithm of DNSSEC, by number or mnemonic
//	d      a digest type of DS, by number or mnemonic
//	f p    the flags and the protocol of a key, by number or mnemonic
//	c      the type of a certificate, by number or mnemonic
//	y      the scheme of DSYNC, by number or mnemonic
//	D      a time in four octets, in text as YYYYMMDDHHMMSS
//	z      the salt of NSEC3
//	h      a hash in base32, behind its length
//	m M    a bitmap of types; M has one at least
//	e E    48 or 64 bits of hardware address
//	q      64 bits of locator
//	G      the gateway of IPSECKEY, of the kind that the second octet of the RDATA says
//	R      the discovery bit, kind and relay of AMTRELAY
//	P      the prefixes of APL
//	H      all of HIP
//	L      all of LOC
//	v      the parameters of SVCB
//	*      any octets up to the end, which have no text but that of RFC 3597
//
// A type without a form may have any RDATA, and its text is that of RFC 3597.
var forms = [...]string{
	TypeA:          "a",
	TypeNS:         "n",
	3:              "n", // MD
	4:              "n", // MF
	TypeCNAME:      "n",
	TypeSOA:        "nn4tttt",
	7:              "n", // MB
	8:              "n", // MG
	9:              "n", // MR
	TypePTR:        "n",
	TypeHINFO:      "ss",
	14:             "nn", // MINFO
	TypeMX:         "2n",
	TypeTXT:        "S",
	TypeRP:         "nn",
	18:             "2n", // AFSDB
	19:             "s",  // X25
	20:             "I",  // ISDN
	21:             "2n", // RT
	23:             "n",  // NSAP-PTR
	TypeSIG:        "Tg14DD2nb",
	TypeKEY:        "fpgK",
	26:             "2nn", // PX
	27:             "sss", // GPOS
	TypeAAAA:       "A",
	TypeLOC:        "L",
	TypeNXT:        "n*",
	31:             "x", // EID
	32:             "x", // NIMLOC
	TypeSRV:        "222n",
	TypeNAPTR:      "22sssn",
	36:             "2n",   // KX
	37:             "c2gb", // CERT
	TypeDNAME:      "n",
	TypeAPL:        "P",
	TypeDS:         "2gdx",
	TypeSSHFP:      "11x",
	TypeIPSECKEY:   "111GB",
	TypeRRSIG:      "Tg14DD2nb",
	TypeNSEC:       "NM",
	TypeDNSKEY:     "fpgb",
	49:             "b", // DHCID
	TypeNSEC3:      "112zhm",
	TypeNSEC3PARAM: "112z",
	TypeTLSA:       "111x",
	TypeSMIMEA:     "111x",
	55:             "H",    // HIP
	56:             "S",    // NINFO
	57:             "fpgb", // RKEY
	58:             "NN",   // TALINK
	TypeCDS:        "2gdx",
	TypeCDNSKEY:    "fpgb",
	TypeOPENPGPKEY: "b",
	TypeCSYNC:      "42m",
	TypeZONEMD:     "411x",
	TypeSVCB:       "2Qv",
	TypeHTTPS:      "2Qv",
	typeDSYNC:      "Ty2N",
	typeHHIT:       "b",
	typeBRID:       "b",
	TypeSPF:        "S",
	104:            "2q", // NID
	105:            "2a", // L32
	106:            "2q", // L64
	107:            "2N", // LP
	108:            "e",  // EUI48
	109:            "E",  // EUI64
	TypeURI:        "22o",
	TypeCAA:        "1lo",
	258:            "S", // AVC
	TypeAMTRELAY:   "1R",
	261:            "S", // RESINFO
	typeWALLET:     "S",
}

// formOf returns the form of a type, or "" for a type without one.
func formOf(t Type) string {
	if int(t) < len(forms) {
		return forms[t]
	}
	switch t {
	case 32768, 32769: // TA, DLV
		return "2gdx"
	case TypeALIAS:
		return "n"
	case TypeLUA:
		return "TS"
	}
	return ""
}

// fieldOctets are the lengths of the fields that always have the same.
var fieldOctets = [128]uint8{
	'1': 1, '2': 2, '4': 4, 't': 4, 'a': 4, 'A': 16, 'T': 2, 'g': 1, 'd': 1, 'f': 2, 'p': 1, 'c': 2, 'D': 4, 'y': 1, 'e': 6, 'E': 8, 'q': 8,
}

// The kinds of a gateway (RFC 4025 §2.3, RFC 8777 §4.2.3).
const (
	gatewayNone = iota
	gatewayIPv4
	gatewayIPv6
	gatewayName
)
