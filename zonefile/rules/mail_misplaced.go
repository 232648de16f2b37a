package rules

import (
	"github.com/zoneward/zoneward/zonefile"
)

// ofMailTexts are the rules about records of mail that are somewhere else, or not quite what they should be.
func ofMailTexts() []Rule {
	return []Rule{
		{ID: "mail-text-misplaced", Severity: zonefile.Warning, Summary: "A record of SPF, DMARC, DKIM and so on at a name where nobody looks for it", checkName: checkMisplaced},
		{ID: "mail-text-mangled", Severity: zonefile.Warning, Summary: "A record of SPF, DMARC, DKIM and so on that is not seen as one, for quotes, spaces or letter case", types: ofTXT, checkSet: checkMangled},
	}
}

// checkMisplaced finds records of one protocol at the names of another one, and at those of hosts and domains, where those that are elsewhere than at
// "_dmarc" and the like are for nobody. At other names they may be what a CNAME leads to.
func checkMisplaced(p *pass, at []zonefile.RRset) {
	var txt zonefile.RRset
	host := false
	for _, s := range at {
		switch s.Key.Type {
		case zonefile.TypeTXT:
			txt = s
		case zonefile.TypeSOA, zonefile.TypeMX, zonefile.TypeA, zonefile.TypeAAAA:
			host = true
		}
	}
	if txt.IsZero() {
		return
	}
	here, looked := noProtocol, false
	for text := range mailTexts(txt) {
		found := protocolOf(text)
		if found == noProtocol {
			continue
		}
		if !looked {
			here, looked = placeOf(txt.Key.Name).protocol(), true
			host = host || txt.Key.Name == p.origin()
		}
		if found != here && (here != noProtocol || host && found != protocolSPF) {
			p.report(txt.Key, "a record of %s, which is looked for at %s", found, found.home())
		}
	}
}

func checkMangled(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		text := joined(rdata)
		found := meant(text)
		if found == noProtocol || found.is(text) || found != protocolSPF && placeOf(s.Key.Name).protocol() != found {
			continue
		}
		if first, _ := cutString(rdata); found.is(first) {
			continue // the strings are joined without a space
		}
		p.report(s.Key, "a record of %s begins with %q, and this one with %.20q: as it is, it is not seen", found, "v="+found.version(), text)
	}
}
