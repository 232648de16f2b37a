package zonefile

import (
	"strconv"
	"strings"
)

// mnemonic returns the number that a mnemonic in upper case stands for in a field.
func mnemonic(part byte, upper string) (uint64, bool) {
	var table map[string]uint64
	switch part {
	case 'g':
		table = algorithms
	case 'd':
		table = digestTypes
	case 'p':
		table = keyProtocols
	case 'c':
		table = certificateTypes
	case 'y':
		table = syncSchemes
	case 'f':
		return keyFlagsOf(upper)
	}
	n, ok := table[upper]
	return n, ok
}

// keyFlagsOf returns the sum of flags that have "|" between them. What begins with a digit and is no decimal number is one in hex, as in BIND.
func keyFlagsOf(upper string) (uint64, bool) {
	if upper != "" && '0' <= upper[0] && upper[0] <= '9' {
		n, err := strconv.ParseUint(strings.TrimPrefix(upper, "0X"), 16, 16)
		return n, err == nil
	}
	flags := uint64(0)
	for flag := range strings.SplitSeq(upper, "|") {
		n, ok := keyFlags[flag]
		if !ok && flag != "" {
			return 0, false
		}
		flags |= n
	}
	return flags, true
}

// The mnemonics that BIND reads. Of algorithms it has names of its own for those that IANA's registry calls DSA-NSEC3-SHA1, RSASHA1-NSEC3-SHA1
// and ECC-GOST; both are here, and so are the flags REVOKE and SEP.
var (
	algorithms = map[string]uint64{
		"RSAMD5": 1, "DH": 2, "DSA": 3, "RSASHA1": 5, "NSEC3DSA": 6, "DSA-NSEC3-SHA1": 6, "NSEC3RSASHA1": 7, "RSASHA1-NSEC3-SHA1": 7,
		"RSASHA256": 8, "RSASHA512": 10, "ECCGOST": 12, "ECC-GOST": 12, "ECDSAP256SHA256": 13, "ECDSA256": 13, "ECDSAP384SHA384": 14, "ECDSA384": 14,
		"ED25519": 15, "ED448": 16, "INDIRECT": 252, "PRIVATEDNS": 253, "PRIVATEOID": 254,
	}
	digestTypes = map[string]uint64{"SHA-1": 1, "SHA1": 1, "SHA-256": 2, "SHA256": 2, "GOST": 3, "SHA-384": 4, "SHA384": 4}
	// RFC 4398 §2.1.
	certificateTypes = map[string]uint64{
		"PKIX": 1, "SPKI": 2, "PGP": 3, "IPKIX": 4, "ISPKI": 5, "IPGP": 6, "ACPKIX": 7, "IACPKIX": 8, "URI": 253, "OID": 254,
	}
	// RFC 2535 §3.1.2, RFC 4034 §2.1, RFC 5011 §3.
	keyFlags = map[string]uint64{
		"NOCONF": 0x4000, "NOAUTH": 0x8000, "NOKEY": 0xc000, "FLAG2": 0x2000, "EXTEND": 0x1000, "FLAG4": 0x800, "FLAG5": 0x400,
		"USER": 0, "ZONE": 0x100, "HOST": 0x200, "NTYP3": 0x300, "FLAG8": 0x80, "REVOKE": 0x80, "FLAG9": 0x40, "FLAG10": 0x20, "FLAG11": 0x10,
		"KSK": 1, "SEP": 1, "SIG0": 0, "SIG1": 1, "SIG2": 2, "SIG3": 3, "SIG4": 4, "SIG5": 5, "SIG6": 6, "SIG7": 7,
		"SIG8": 8, "SIG9": 9, "SIG10": 10, "SIG11": 11, "SIG12": 12, "SIG13": 13, "SIG14": 14, "SIG15": 15,
	}
	// RFC 2535 §7.1.
	keyProtocols = map[string]uint64{"NONE": 0, "TLS": 1, "EMAIL": 2, "DNSSEC": 3, "IPSEC": 4, "ALL": 255}
	// RFC 9859 §2.1.
	syncSchemes = map[string]uint64{"NOTIFY": 1}
)
