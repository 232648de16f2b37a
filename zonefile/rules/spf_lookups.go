package rules

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/zoneward/zoneward/zonefile"
)

// ofSPFLookups are the rules about what an SPF record has receivers ask for, as far as the repository knows.
func ofSPFLookups() []Rule {
	return []Rule{
		{ID: "spf-lookups", Severity: zonefile.Warning, Summary: "An SPF record that takes more than ten look-ups, so that it does not count", acrossZones: checkSPFLookups},
		{ID: "spf-void-lookups", Severity: zonefile.Warning, Summary: "An SPF record with more than two look-ups that find nothing, so that it does not count", acrossZones: checkSPFVoid},
		{ID: "spf-include", Severity: zonefile.Warning, Summary: "Include or redirect to a name of the repository that has no SPF record, or leads back", acrossZones: checkSPFInclude},
	}
}

// Limits of RFC 7208 §4.6.4.
const (
	spfMaxLookups = 10
	spfMaxVoid    = 2
	spfMaxMX      = 10 // exchanges of one name
)

// Where counting ends, whatever a record leads to.
const (
	spfMaxCount  = 40      // look-ups
	spfMaxOctets = 1 << 15 // of the records that are included
)

// spfCount is what is counted for one SPF record and all that it leads to.
type spfCount struct {
	repo    *Repository
	lookups int
	void    int
	outside bool            // records that are not known are among what it leads to
	octets  int             // of the records that are included
	open    []zonefile.Name // domains whose records are being counted
	fatal   string          // an include or redirect that ends in an error, "" if there is none
	large   string          // a name with more mail exchanges than are looked at, "" if there is none
}

// countSPF counts what the SPF record of a domain takes.
func countSPF(repo *Repository, domain zonefile.Name, text string) spfCount {
	c := spfCount{repo: repo}
	c.record(domain, text)
	return c
}

// notable reports whether one of the rules has something to say.
func (c *spfCount) notable() bool {
	return c.lookups > spfMaxLookups || c.void > spfMaxVoid || c.fatal != "" || c.large != ""
}

func (c *spfCount) record(domain zonefile.Name, text string) {
	c.open = append(c.open, domain)
	defer func() { c.open = c.open[:len(c.open)-1] }()
	terms := parseSPF(text)
	all := slices.ContainsFunc(terms, func(t spfTerm) bool { return t.kind == spfAll })
	behind := false // all
	for _, t := range terms {
		if c.lookups >= spfMaxCount {
			return
		}
		behind = behind || t.kind == spfAll
		if t.wrong == "" && t.lookup() && !behind && (t.kind != spfRedirect || !all) {
			c.term(domain, t)
		}
	}
}

// term counts a term that takes look-ups, in the record of a domain.
func (c *spfCount) term(domain zonefile.Name, t spfTerm) {
	c.lookups++
	target, known := t.target(domain)
	if !known {
		c.outside = c.outside || t.kind == spfInclude || t.kind == spfRedirect
		return
	}
	switch t.kind {
	case spfInclude, spfRedirect:
		c.include(t, target)
	case spfA, spfExists:
		if c.repo.lookup(target, hostTypes...) == none {
			c.void++
		}
	case spfMX:
		c.exchanges(target)
	case spfUnknown, spfModifier, spfAll, spfPTR, spfIP4, spfIP6, spfExp: // nothing more is known
	}
}

// exchanges counts what the mechanism mx takes beyond its own look-up.
func (c *spfCount) exchanges(name zonefile.Name) {
	sets, k := c.repo.follow(name, zonefile.TypeMX)
	if k == none {
		c.void++
	}
	for _, s := range sets {
		if s.Key.Type == zonefile.TypeMX && s.Len() > spfMaxMX {
			c.large = name.String()
		}
	}
}

// include counts the record that include or redirect leads to.
func (c *spfCount) include(t spfTerm, target zonefile.Name) {
	if slices.Contains(c.open, target) {
		c.note("the SPF term %.80q leads back to %s, so that the record is in error (RFC 7208 §4.6.4)", t.text, target)
		return
	}
	sets, k := c.repo.follow(target, zonefile.TypeTXT)
	switch k {
	case unknown:
		c.outside = true
		return
	case none:
		c.void++
		c.note("the SPF term %.80q: %s has no TXT record, so that the record is in error (RFC 7208 §5.2)", t.text, target)
		return
	case some:
	}
	for _, s := range sets {
		if s.Key.Type != zonefile.TypeTXT {
			c.outside = true
			return
		}
		if found := spfTexts(s); len(found) > 0 {
			if c.octets += len(found[0]); c.octets > spfMaxOctets {
				c.outside = true
				return
			}
			c.record(target, found[0])
			return
		}
	}
	c.note("the SPF term %.80q: %s has no SPF record, so that the record is in error (RFC 7208 §5.2)", t.text, target)
}

// note keeps the first include or redirect that ends in an error.
func (c *spfCount) note(format string, args ...any) {
	if c.fatal == "" {
		c.fatal = fmt.Sprintf(format, args...)
	}
}

// countedSPF is an SPF record that is the only one at its name, with what it takes.
type countedSPF struct {
	key zonefile.Key
	spfCount
}

// eachSPF calls check with each SPF record of a zone that is the only one at its name. It is counted once for all rules.
func eachSPF(p *pass, repo *Repository, check func(zonefile.Key, spfCount)) {
	l := p.lookup
	if !l.spfIsCounted {
		l.spfIsCounted = true
		for s := range p.zone().All() {
			if s.Key.Type != zonefile.TypeTXT {
				continue
			}
			if found := spfTexts(s); len(found) == 1 {
				if c := countSPF(repo, s.Key.Name, found[0]); c.notable() {
					l.spfCounted = append(l.spfCounted, countedSPF{s.Key, c})
				}
			}
		}
	}
	for _, c := range l.spfCounted {
		check(c.key, c.spfCount)
	}
}

func checkSPFLookups(p *pass, repo *Repository) {
	eachSPF(p, repo, func(key zonefile.Key, c spfCount) {
		n := strconv.Itoa(c.lookups)
		if c.lookups >= spfMaxCount {
			n += " or more"
		}
		switch {
		case c.lookups <= spfMaxLookups:
		case c.outside:
			p.report(key, "the SPF record takes at least %s look-ups, with one for each include of what is not in this repository, where receivers make %d (RFC 7208 §4.6.4)", n, spfMaxLookups)
		default:
			p.report(key, "the SPF record takes %s look-ups, where receivers make %d (RFC 7208 §4.6.4)", n, spfMaxLookups)
		}
		if c.large != "" {
			p.report(key, "the SPF mechanism mx leads to %s, which has more than %d mail exchanges (RFC 7208 §4.6.4)", c.large, spfMaxMX)
		}
	})
}

func checkSPFVoid(p *pass, repo *Repository) {
	eachSPF(p, repo, func(key zonefile.Key, c spfCount) {
		if c.void > spfMaxVoid {
			p.report(key, "%d terms of the SPF record ask for what is not there, where receivers put up with %d (RFC 7208 §4.6.4)", c.void, spfMaxVoid)
		}
	})
}

func checkSPFInclude(p *pass, repo *Repository) {
	eachSPF(p, repo, func(key zonefile.Key, c spfCount) {
		if c.fatal != "" {
			p.report(key, "%s", c.fatal)
		}
	})
}
