package dnsquery

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// delegation is what one name server of a parent zone has of a delegation. A set that it does not have is the zero RRset.
type delegation struct {
	ns, ds zonefile.RRset
	// negative is how long a resolver remembers that there is no DS, 0 if there is one.
	negative zonefile.TTL
}

// Parent implements reconcile.Prober. The name servers are asked themselves, so that nothing comes from a cache and the TTLs are those of the zone. One
// that does not answer with authority for the parent zone is left out if another does; the error is that none does, or that none was found. If they
// differ the NS are those of all of them together too, and the TTLs the longest. NegativeTTL is 0 if all of them have a DS.
//
// Of a server that serves the child zone as well, NS may be those at the child's apex.
func (p *Prober) Parent(ctx context.Context, origin zonefile.Name) (reconcile.ParentView, error) {
	view, err := p.parent(ctx, origin)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return reconcile.ParentView{}, fmt.Errorf("ask for the delegation of %s: %w", origin, err)
	}
	return view, nil
}

// parent is Parent.
func (p *Prober) parent(ctx context.Context, origin zonefile.Name) (reconcile.ParentView, error) {
	targets, err := p.parentTargets(ctx, origin)
	if err != nil {
		return reconcile.ParentView{}, err
	}
	found, errs := make([]delegation, len(targets)), make([]error, len(targets))
	each(len(targets), func(i int) { found[i], errs[i] = p.delegation(ctx, targets[i], origin) })
	var answers []delegation
	var failures []string
	for i, err := range errs {
		if err != nil {
			failures = append(failures, fmt.Sprintf("%s: %v", targets[i].label, err))
			continue
		}
		answers = append(answers, found[i])
	}
	if len(answers) == 0 {
		return reconcile.ParentView{}, fmt.Errorf("no name server of its parent zone answers: %s", list(failures))
	}
	return together(answers)
}

// parentTargets returns where the name servers of the parent zone are asked.
func (p *Prober) parentTargets(ctx context.Context, origin zonefile.Name) ([]target, error) {
	if len(p.parents) > 0 {
		targets, _ := p.resolver.targets(ctx, p.parents)
		return targets, nil
	}
	parent, err := p.resolver.parentOf(ctx, origin)
	if err != nil {
		return nil, fmt.Errorf("find its parent zone: %w", err)
	}
	servers, err := p.resolver.nameServers(ctx, parent)
	if err != nil {
		return nil, fmt.Errorf("find the name servers of its parent zone %s: %w", parent, err)
	}
	return slices.Concat(p.locate(ctx, servers, nil)...), nil
}

// delegation asks one name server of the parent zone.
func (p *Prober) delegation(ctx context.Context, t target, origin zonefile.Name) (d delegation, err error) {
	if t.err != nil {
		return delegation{}, t.err
	}
	lines := newPair(t.addr, p.timeout, false)
	defer lines.close()
	ns, ds := zonefile.Key{Name: origin, Type: zonefile.TypeNS}, zonefile.Key{Name: origin, Type: zonefile.TypeDS}
	m, err := lines.ask(ctx, ns)
	if err == nil {
		d.ns, err = delegatedNS(ns, m)
	}
	if err != nil {
		return delegation{}, answerError(ns, err)
	}
	m, err = lines.ask(ctx, ds)
	if err == nil {
		d.ds, d.negative, err = delegatedDS(ds, m)
	}
	if err != nil {
		return delegation{}, answerError(ds, err)
	}
	return d, nil
}

// delegatedNS returns the NS of a delegation. They are in a referral, or in the answer of a server that serves the child zone too.
func delegatedNS(key zonefile.Key, m *message) (zonefile.RRset, error) {
	r := read(zonefile.Root, key, m) // whichever zone is the parent: the answer for DS says it
	switch {
	case r.err != nil:
		return zonefile.RRset{}, r.err
	case !r.cut.IsZero() && r.cut != key.Name:
		return zonefile.RRset{}, notAuthoritative(m)
	case !r.dname.IsZero():
		return zonefile.RRset{}, fmt.Errorf("the DNAME at %s answers for it", r.dname)
	case len(r.found) == 0:
		return zonefile.RRset{}, nil
	}
	set, _, err := setOf(r.found)
	return set, err
}

// delegatedDS returns the DS of a delegation, which are in the parent zone (RFC 4035 §3.1.4.1), or how long resolvers remember that there are none.
func delegatedDS(key zonefile.Key, m *message) (zonefile.RRset, zonefile.TTL, error) {
	r, zone := read(zonefile.Root, key, m), zoneOf(m)
	switch {
	case r.err != nil:
		return zonefile.RRset{}, 0, r.err
	case !r.cut.IsZero():
		return zonefile.RRset{}, 0, notAuthoritative(m)
	case len(r.found) > 0:
		set, _, err := setOf(r.found)
		return set, 0, err
	case zone.IsZero():
		return zonefile.RRset{}, 0, errors.New("the answer is that there are none, without the SOA that says in which zone (RFC 2308 §3)")
	case !key.Name.Below(zone):
		return zonefile.RRset{}, 0, fmt.Errorf("the answer is from the zone %s, and not from its parent", zone)
	}
	set, _, err := setOf(records(m.authority, zonefile.Key{Name: zone, Type: zonefile.TypeSOA}))
	if err != nil {
		return zonefile.RRset{}, 0, err
	}
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		return zonefile.RRset{}, 0, err
	}
	return zonefile.RRset{}, min(set.TTL, zonefile.TTL(soa.Minimum)), nil
}

// together returns what several name servers have of a delegation.
func together(answers []delegation) (reconcile.ParentView, error) {
	var view reconcile.ParentView
	var err error
	for _, d := range answers {
		if view.NS, err = union(view.NS, d.ns); err != nil {
			return reconcile.ParentView{}, err
		}
		if view.DS, err = union(view.DS, d.ds); err != nil {
			return reconcile.ParentView{}, err
		}
		view.NegativeTTL = max(view.NegativeTTL, d.negative)
	}
	return view, nil
}

// union returns the records of two RRsets of the same key with the longer TTL. Either may be the zero RRset.
func union(a, b zonefile.RRset) (zonefile.RRset, error) {
	switch {
	case a.IsZero():
		return b, nil
	case b.IsZero():
		return a, nil
	}
	var rdata [][]byte
	for _, set := range []zonefile.RRset{a, b} {
		for octets := range set.RDATA() {
			rdata = append(rdata, []byte(octets))
		}
	}
	return zonefile.NewRRset(a.Key, max(a.TTL, b.TTL), rdata...)
}
