package rules

import (
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// ofMail are the rules about mail: SPF, DMARC, DKIM, MTA-STS, TLS-RPT, BIMI, MX.
func ofMail() []Rule {
	return slices.Concat(ofMailTexts(), ofSPF(), ofSPFLookups(), ofDMARC(), ofDKIM(), ofMailTransport(), ofMailOpinions())
}

// ofTXT are the types of a rule about TXT records.
var ofTXT = []zonefile.Type{zonefile.TypeTXT}
