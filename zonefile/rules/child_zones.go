package rules

import (
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ofChildZones are the rules about zones that are in the repository together with the zone above them.
func ofChildZones() []Rule {
	return []Rule{
		{ID: "missing-delegation", Severity: zonefile.Warning, Summary: "A zone whose parent zone is in the repository and does not delegate it", acrossZones: checkMissingDelegation},
		{ID: "record-of-child-zone", Severity: zonefile.Warning, Summary: "A record that belongs in a zone below, which the repository has", acrossZones: checkRecordOfChild},
		{ID: "delegation-differs", Severity: zonefile.Warning, Summary: "NS records of a delegation that are not those of the zone itself", acrossZones: checkDelegationDiffers},
		{ID: "glue-differs", Severity: zonefile.Warning, Summary: "Glue that is not what the zone below has for the name server", acrossZones: checkGlueDiffers},
		{ID: "ds-without-key", Severity: zonefile.Warning, Summary: "DS records of which none is of a key of the zone below, which the repository has", acrossZones: checkDSWithoutKey},
	}
}

func checkMissingDelegation(p *pass, repo *Repository) {
	parent, ok := repo.parents[p.origin()]
	if !ok || p.lookup.policy {
		return // nobody asks for the names of a response policy
	}
	for _, v := range repo.zones[parent] {
		if v.part || v.hidden(p.origin()) || v.leftAlone(p.origin(), zonefile.TypeNS) {
			return // by this cut or by one above it, which is for others to follow
		}
	}
	for _, t := range []zonefile.Type{zonefile.TypeNS, zonefile.TypeSOA} {
		if key := (zonefile.Key{Name: p.origin(), Type: t}); p.zone().Has(key) {
			p.report(key, "the zone %s is in this repository, and does not delegate %s: it has no NS records there", parent, p.origin())
			return
		}
	}
	at := zonefile.Position{}
	if files := p.file.Files(); len(files) > 0 {
		at.File = files[0]
	}
	p.reportAt(at, "the zone %s is in this repository, and does not delegate %s: it has no NS records there", parent, p.origin())
}

// checkRecordOfChild finds records at and below zones of the repository that are not delegated. Where they are, package zonefile finds what is hidden.
func checkRecordOfChild(p *pass, repo *Repository) {
	children := map[zonefile.Name]bool{}
	for _, child := range repo.children[p.origin()] {
		if p.zone().HasName(child) && !p.lookup.hidden(child) {
			children[child] = true
		}
	}
	if len(children) == 0 {
		return
	}
	for s := range p.zone().All() {
		for name := s.Key.Name; name != p.origin(); name = name.Parent() {
			if children[name] && (name != s.Key.Name || s.Key.Type != zonefile.TypeDS) {
				p.report(s.Key, "it belongs in the zone %s, which is in this repository", name)
				break
			}
		}
	}
}

// eachDelegation calls check with the zones of the repository that a zone delegates.
func eachDelegation(p *pass, repo *Repository, check func(child zonefile.Name, ns zonefile.RRset)) {
	for _, child := range repo.children[p.origin()] {
		if ns, ok := p.zone().Get(zonefile.Key{Name: child, Type: zonefile.TypeNS}); ok {
			check(child, ns)
		}
	}
}

// agree reports whether some view of a zone and some view of a zone below it agree, or the one or the other is not known as a whole.
func (r *Repository) agree(parent, child zonefile.Name, agree func(upper, lower view) bool) bool {
	for _, upper := range r.zones[parent] {
		for _, lower := range r.zones[child] {
			if upper.part || lower.part || agree(upper, lower) {
				return true
			}
		}
	}
	return false
}

func checkDelegationDiffers(p *pass, repo *Repository) {
	eachDelegation(p, repo, func(child zonefile.Name, ns zonefile.RRset) {
		var apex zonefile.RRset
		if repo.agree(p.origin(), child, func(upper, lower view) bool {
			delegated, ok := upper.zone.Get(ns.Key)
			own, there := lower.zone.Get(ns.Key)
			apex = own
			return !ok || !there || own.SameData(delegated) // the provider may own those of the apex
		}) {
			return
		}
		p.report(ns.Key, "it is delegated to %s, and the zone itself has %s", listed(ns), listed(apex))
	})
}

// listed returns the names in an RRset for a message.
func listed(s zonefile.RRset) string {
	const most = 5
	var texts []string
	names := namesIn(s)
	for _, name := range names[:min(len(names), most)] {
		texts = append(texts, name.String())
	}
	if len(names) > most {
		texts = append(texts, "others")
	}
	return strings.Join(texts, ", ")
}

func checkGlueDiffers(p *pass, repo *Repository) {
	eachDelegation(p, repo, func(child zonefile.Name, ns zonefile.RRset) {
		for _, server := range namesIn(ns) {
			if !server.In(child) {
				continue
			}
			for _, t := range []zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA} {
				key := zonefile.Key{Name: server, Type: t}
				if p.zone().Has(key) && !repo.agree(p.origin(), child, func(upper, lower view) bool { return sameGlue(upper, lower, key) }) {
					p.report(key, "the zone %s, which this is glue of, does not have the same addresses for it", child)
				}
			}
		}
	})
}

// sameGlue reports whether glue in the upper zone is what the lower zone answers with, as far as that is known.
func sameGlue(upper, lower view, key zonefile.Key) bool {
	glue, ok := upper.zone.Get(key)
	own, k := lower.find(key.Name, key.Type)
	return !ok || k == unknown || k == some && (own.Key.Type != key.Type || own.SameData(glue))
}

func checkDSWithoutKey(p *pass, repo *Repository) {
	eachDelegation(p, repo, func(child zonefile.Name, _ zonefile.RRset) {
		key := zonefile.Key{Name: child, Type: zonefile.TypeDS}
		if p.zone().Has(key) && !repo.agree(p.origin(), child, func(upper, lower view) bool { return signedAs(upper, lower, child) }) {
			p.report(key, "none of them is of a DNSKEY record of the zone %s, so that those who validate get nothing from it", child)
		}
	})
}

// signedAs reports whether a DS in the upper zone is of a key of the lower one, as far as that is known: keys that are not in the file are the server's own.
func signedAs(upper, lower view, child zonefile.Name) bool {
	set, _ := upper.zone.Get(zonefile.Key{Name: child, Type: zonefile.TypeDS})
	records, err := zonefile.ParseDS(set)
	keys, ok := lower.zone.Get(zonefile.Key{Name: child, Type: zonefile.TypeDNSKEY})
	if err != nil || len(records) == 0 || !ok {
		return true
	}
	return slices.ContainsFunc(records, func(d zonefile.DS) bool { return d.Matches(child, keys) || !knownDigest(d) })
}

// knownDigest reports whether digests of the type can be made, so that it is known whether a DS matches a key.
func knownDigest(d zonefile.DS) bool {
	return d.DigestType == zonefile.DigestSHA1 || d.DigestType == zonefile.DigestSHA256 || d.DigestType == zonefile.DigestSHA384
}
