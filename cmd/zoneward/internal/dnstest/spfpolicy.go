package dnstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
)

// mostLookups is how many mechanisms and modifiers that need a look-up an SPF record may have, with those of the records that it includes (RFC 7208 §4.6.4).
const mostLookups = 10

// spfPolicy is what the SPF record of a domain should be like.
type spfPolicy struct {
	all      byte // the qualifier that all has at its end: one of + - ~ ?; 0 for any
	includes []zonefile.Name
	lookups  int // the most
}

// spf reads what an SPF record should be like: how it ends, or a mapping.
func (b block) spf(n *yaml.Node) (spfPolicy, bool) {
	p := spfPolicy{lookups: mostLookups}
	what := b.Label("spf")
	n, ok := b.Resolve(n)
	if !ok {
		return p, false
	}
	if n.Kind != yaml.MappingNode {
		text, ok := b.scalar(n, what)
		if ok {
			p.all, ok = b.allAt(text, n, what)
		}
		return p, ok
	}
	m, ok := b.block(n, what, "all", "include", "lookups")
	if !ok {
		return p, false
	}
	if text, at, ok := m.text("all"); ok {
		p.all, _ = b.allAt(text, at, m.Label("all"))
	}
	texts, nodes := m.list("include")
	for i, text := range texts {
		if name, ok := b.nameAt(text, nodes[i], m.Label("include")); ok {
			p.includes = append(p.includes, name)
		}
	}
	if text, at, ok := m.text("lookups"); ok {
		if _, err := fmt.Sscan(text, &p.lookups); err != nil || p.lookups < 0 || p.lookups > mostLookups || fmt.Sprint(p.lookups) != text {
			b.fail(at, "bad-value", "%s: %s is not a number from 0 to %d", m.Label("lookups"), quoted(text), mostLookups)
		}
	}
	if len(m.Fields) == 0 {
		b.fail(n, "missing-key", "%s: want all, include or lookups", what)
	}
	return p, true
}

// allAt reads how an SPF record ends.
func (d *document) allAt(text string, n *yaml.Node, what string) (byte, bool) {
	if !slices.Contains([]string{"-all", "~all", "?all", "+all"}, text) {
		d.fail(n, "bad-value", "%s: %s is not one of -all, ~all, ?all, +all", what, quoted(text))
		return 0, false
	}
	return text[0], true
}

// String says what is expected.
func (p spfPolicy) String() string {
	text := "an SPF record"
	if p.all != 0 {
		text += fmt.Sprintf(" with %call", p.all)
	}
	if p.includes != nil {
		text += " that includes " + listed(p.includes)
	}
	return text + fmt.Sprintf("; at most %d look-ups", p.lookups)
}

func (p spfPolicy) judge(domain zonefile.Name) func(context.Context, looker) verdict {
	return func(ctx context.Context, l looker) verdict {
		s := spfReading{looker: l}
		record, err := s.record(ctx, domain)
		if err != nil {
			return verdictOn(err)
		}
		s.text = record.text
		if err := s.read(ctx, record, p.lookups); err != nil {
			return verdictOn(err)
		}
		return p.verdict(&s)
	}
}

// verdict is the one on a record that was read with all that it includes.
func (p spfPolicy) verdict(s *spfReading) verdict {
	got := fmt.Sprintf("%s (look-ups: %d", printable(s.text), s.lookups)
	if len(s.unread) > 0 {
		got += " at least, since what these take is not known here: " + printable(strings.Join(s.unread, ", "))
	}
	got += ")"
	for _, name := range p.includes {
		if !slices.Contains(s.included, name) {
			return verdict{Failed, got}
		}
	}
	switch {
	case s.lookups > p.lookups:
		return verdict{Failed, got}
	case p.all == 0 || s.all == p.all:
		return verdict{Passed, got}
	case s.all == 0 && s.elsewhere:
		return verdict{Undecided, got + "; how it ends is said by the record that it redirects to"}
	}
	return verdict{Failed, got}
}

// spfReading is an SPF record as it is read with all that it includes.
type spfReading struct {
	looker
	text      string
	lookups   int
	all       byte            // how it ends, 0 if it does not
	elsewhere bool            // how it ends is said by a record that is not at hand
	included  []zonefile.Name // by the record, or by the one that it redirects to
	unread    []string        // domains whose records are not at hand
}

// domainRecord is the SPF record of a domain.
type domainRecord struct {
	spfRecord
	text string
}

// record returns the SPF record of a domain.
func (s *spfReading) record(ctx context.Context, domain zonefile.Name) (domainRecord, error) {
	texts, err := s.texts(ctx, domain)
	if err != nil {
		return domainRecord{}, err
	}
	texts = slices.DeleteFunc(texts, func(text string) bool { return !isSPF(text) })
	if len(texts) != 1 { // RFC 7208 §4.5
		return domainRecord{}, fmt.Errorf("%s has %s; there has to be one", domain, recordsText(len(texts), "SPF"))
	}
	record, err := parseSPF(texts[0])
	if err != nil {
		return domainRecord{}, fmt.Errorf("the SPF record of %s: %s: %w", domain, printable(texts[0]), err)
	}
	return domainRecord{record, texts[0]}, nil
}

// read counts the look-ups of a record, and of those that it includes or redirects to, and notes how it ends. It stops where there are more than the most.
func (s *spfReading) read(ctx context.Context, record domainRecord, most int) error {
	s.included = append(s.included, record.includes()...)
	if err := s.count(ctx, record.spfRecord, most); err != nil {
		return err
	}
	if all, ok := record.all(); ok {
		s.all = all
		return nil
	}
	if record.redirect == "" || s.lookups > most {
		return nil
	}
	s.lookups++
	next, err := s.at(ctx, record.redirect)
	if err != nil || next == nil {
		s.elsewhere = next == nil
		return err
	}
	return s.read(ctx, *next, most)
}

// count counts the look-ups of the mechanisms of a record.
func (s *spfReading) count(ctx context.Context, record spfRecord, most int) error {
	for _, term := range record.terms {
		switch {
		case s.lookups > most || term.name == "all":
			return nil
		case !term.asks():
			continue
		}
		s.lookups++
		if term.name != "include" || s.lookups > most {
			continue
		}
		included, err := s.at(ctx, term.domain)
		if err != nil {
			return err
		}
		if included != nil {
			err = s.countIncluded(ctx, *included, most)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// countIncluded counts the look-ups of a record that another one includes.
func (s *spfReading) countIncluded(ctx context.Context, record domainRecord, most int) error {
	inner := spfReading{looker: s.looker, lookups: s.lookups, unread: s.unread}
	err := inner.read(ctx, record, most)
	s.lookups, s.unread = inner.lookups, inner.unread
	return err
}

// at returns the SPF record of a domain that another one names, nil if it is not at hand.
func (s *spfReading) at(ctx context.Context, domain string) (*domainRecord, error) {
	if hasMacro(domain) {
		s.unread = append(s.unread, domain)
		return nil, nil
	}
	name, err := zonefile.ParseName(domain, zonefile.Root)
	if err != nil {
		return nil, fmt.Errorf("%s in an SPF record: %w", quoted(domain), err)
	}
	record, err := s.record(ctx, name)
	if _, unknown := errors.AsType[*UndecidedError](err); unknown {
		s.unread = append(s.unread, name.String())
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &record, nil
}

// includes returns the domains that a record includes, without those that are another one for each message.
func (r spfRecord) includes() []zonefile.Name {
	var names []zonefile.Name
	for _, t := range r.terms {
		if t.name != "include" || hasMacro(t.domain) {
			continue
		}
		if name, err := zonefile.ParseName(t.domain, zonefile.Root); err == nil {
			names = append(names, name)
		}
	}
	return names
}
