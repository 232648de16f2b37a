package rules

import (
	"iter"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// protocol is what a TXT record about mail belongs to.
type protocol int

const (
	noProtocol protocol = iota
	protocolSPF
	protocolDMARC
	protocolDKIM
	protocolMTASTS
	protocolTLSRPT
	protocolBIMI
)

// version returns the value of the v tag of a protocol. But for SPF its letter case counts.
func (p protocol) version() string {
	switch p {
	case protocolSPF:
		return "spf1"
	case protocolDMARC:
		return "DMARC1"
	case protocolDKIM:
		return "DKIM1"
	case protocolMTASTS:
		return "STSv1"
	case protocolTLSRPT:
		return "TLSRPTv1"
	case protocolBIMI:
		return "BIMI1"
	case noProtocol:
	}
	return ""
}

// String returns the name of the protocol.
func (p protocol) String() string {
	switch p {
	case protocolSPF:
		return "SPF"
	case protocolDMARC:
		return "DMARC"
	case protocolDKIM:
		return "DKIM"
	case protocolMTASTS:
		return "MTA-STS"
	case protocolTLSRPT:
		return "TLS-RPT"
	case protocolBIMI:
		return "BIMI"
	case noProtocol:
	}
	return "no protocol"
}

// home returns where the records of a protocol are, below the domain that they are about.
func (p protocol) home() string {
	switch p {
	case protocolSPF, noProtocol:
		return "the domain itself"
	case protocolDMARC:
		return "_dmarc below the domain"
	case protocolDKIM:
		return "SELECTOR._domainkey below the domain"
	case protocolMTASTS:
		return "_mta-sts below the domain"
	case protocolTLSRPT:
		return "_smtp._tls below the domain"
	case protocolBIMI:
		return "SELECTOR._bimi below the domain"
	}
	return ""
}

// withVersion are the protocols whose records begin with a version.
var withVersion = []protocol{protocolSPF, protocolDMARC, protocolDKIM, protocolMTASTS, protocolTLSRPT, protocolBIMI}

// place is what an owner name says about the TXT records there.
type place int

const (
	anyPlace place = iota
	placeDMARC
	placeDMARCReport // DOMAIN._report._dmarc.DESTINATION (RFC 9990 §4)
	placeDKIM
	placeADSP // _adsp._domainkey
	placeMTASTS
	placeTLSRPT
	placeBIMI
)

// placeOf returns what the labels of a name make it.
func placeOf(name zonefile.Name) place {
	text := name.String()
	if !strings.Contains(text, "_") {
		return anyPlace
	}
	first, rest, _ := strings.Cut(text, ".")
	second, _, _ := strings.Cut(rest, ".")
	switch {
	case first == "_dmarc":
		return placeDMARC
	case strings.Contains(rest, "_report._dmarc."):
		return placeDMARCReport
	case first == "_adsp" && second == "_domainkey":
		return placeADSP
	case first == "_report" && second == "_domainkey":
		return anyPlace // where failures of DKIM are to be reported (RFC 6651 §4.1)
	case strings.HasPrefix(rest, "_domainkey.") || strings.Contains(rest, "._domainkey."):
		return placeDKIM
	case first == "_mta-sts":
		return placeMTASTS
	case first == "_smtp" && second == "_tls":
		return placeTLSRPT
	case second == "_bimi":
		return placeBIMI
	}
	return anyPlace
}

// protocol returns the one whose records have that place, noProtocol for any place.
func (p place) protocol() protocol {
	switch p {
	case placeDMARC, placeDMARCReport:
		return protocolDMARC
	case placeDKIM:
		return protocolDKIM
	case placeMTASTS:
		return protocolMTASTS
	case placeTLSRPT:
		return protocolTLSRPT
	case placeBIMI:
		return protocolBIMI
	case anyPlace, placeADSP:
	}
	return noProtocol
}

// mailTexts gives the records of a TXT RRset as those read them who ask about mail: the strings of each joined without anything between (RFC 7208 §3.3).
func mailTexts(s zonefile.RRset) iter.Seq[string] {
	return func(yield func(string) bool) {
		for rdata := range s.RDATA() {
			if !yield(joined(rdata)) {
				return
			}
		}
	}
}

// is reports whether a text is a record of p: it begins with the version, and that ends there.
func (p protocol) is(text string) bool {
	if p == protocolSPF {
		return isSPF(text)
	}
	value, ok := strings.CutPrefix(text, "v")
	if !ok {
		return false
	}
	if value, ok = strings.CutPrefix(strings.TrimLeft(value, tagSpace), "="); !ok {
		return false
	}
	value, _, _ = strings.Cut(value, ";")
	return strings.Trim(value, tagSpace) == p.version()
}

// protocolOf returns the protocol that a text is a record of.
func protocolOf(text string) protocol {
	if len(text) == 0 || text[0]|0x20 != 'v' {
		return noProtocol
	}
	for _, p := range withVersion {
		if p.is(text) {
			return p
		}
	}
	return noProtocol
}

// meant returns the protocol that a text is likely meant for, also where it is wrong in letter case, spaces, quotes or what is behind the version.
func meant(text string) protocol {
	const head = 40 // octets in which the version is, with what may be in front
	text = strings.ToLower(strings.TrimLeft(text[:min(len(text), head)], "\"'\\ \t\r\n\u00a0\ufeff\u200b\u201c\u201d"))
	text, ok := strings.CutPrefix(text, "v")
	if !ok {
		return noProtocol
	}
	if text, ok = strings.CutPrefix(strings.TrimLeft(text, tagSpace), "="); !ok {
		return noProtocol
	}
	text = strings.TrimLeft(text, "\"'\\ \t")
	for _, p := range withVersion {
		if rest, ok := strings.CutPrefix(text, strings.ToLower(p.version())); ok && (rest == "" || rest[0] < '0' || rest[0] > '9') {
			return p
		}
	}
	return noProtocol
}
