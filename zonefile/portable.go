package zonefile

import "strings"

// Portable returns the type and the data of each record of s as [FormatBIND] writes them: in the text that BIND, Knot, NSD and [ParseBIND] read as these
// records, and in the form of RFC 3597 §5 where one of them has no such text. ALIAS and LUA never have one.
func (s RRset) Portable() (typ string, records []string) {
	typ = s.Key.Type.portable()
	for rdata := range s.RDATA() {
		records = append(records, string(appendPortable(nil, s.Key.Type, typ, rdata)))
	}
	return typ, records
}

// appendPortable appends RDATA to dst as it stands behind its type, which is written as portable has it.
func appendPortable(dst []byte, t Type, portable, rdata string) []byte {
	if strings.HasPrefix(portable, "TYPE") {
		return appendGeneric(dst, rdata)
	}
	return appendRDATAText(dst, t, rdata)
}
