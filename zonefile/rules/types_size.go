package rules

import (
	"github.com/zoneward/zoneward/zonefile"
)

// Sizes of an answer, in octets.
const (
	maxUDP     = 1232              // what is sent over UDP, whatever the path (RFC 9715 §3)
	fixedSize  = 12 + 4 + 11       // the header, the question but its name, and EDNS (RFC 1035 §4.1, RFC 6891 §6.1.2)
	recordSize = 2 + 2 + 2 + 4 + 2 // a record but its data, with the owner as a pointer to the question
	pointer    = 2                 // to a name that was there before (RFC 1035 §4.1.4)
	maxName    = 255
)

// compressible are the types whose data is a name that may be compressed (RFC 3597 §4), and how many octets are in front of it.
var compressible = map[zonefile.Type]int{zonefile.TypeNS: 0, zonefile.TypeCNAME: 0, zonefile.TypePTR: 0, zonefile.TypeMX: 2}

// checkSize counts the octets of an answer without its signatures, which are in no file.
func checkSize(p *pass, s zonefile.RRset) {
	size := fixedSize + maxName
	for rdata := range s.RDATA() {
		size += recordSize + len(rdata)
	}
	if size <= maxUDP {
		return // whatever the names are, as with most
	}
	if size = answerSize(s); size > maxUDP {
		p.report(s.Key, "%d records, with which an answer has %d octets, signatures not counted: beyond %d it is asked for again over TCP (RFC 9715)", s.Len(), size, maxUDP)
	}
}

// answerSize counts as a server would that compresses names.
func answerSize(s zonefile.RRset) int {
	seen := map[string]bool{}
	size := fixedSize + nameOctets(string(s.Key.Name.AppendWire(nil)), seen)
	at, compress := compressible[s.Key.Type]
	record := recordSize
	if s.Key.Name.IsRoot() {
		record-- // shorter than a pointer
	}
	for rdata := range s.RDATA() {
		size += record
		if compress {
			size += at + nameOctets(rdata[at:], seen)
		} else {
			size += len(rdata)
		}
	}
	return size
}

// nameOctets returns the octets that a name takes in a message that has others already, and notes the name.
func nameOctets(wire string, seen map[string]bool) int {
	for at := 0; ; at += 1 + int(wire[at]) {
		switch {
		case wire[at] == 0:
			return at + 1
		case seen[wire[at:]]:
			return at + pointer
		}
		seen[wire[at:]] = true
	}
}
