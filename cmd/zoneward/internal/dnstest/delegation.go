package dnstest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/yamldoc"
)

// noDS is the value of ds that says that there is no DS.
const noDS = "none"

// referral is what the zone above should say of a delegated one.
type referral struct {
	child zonefile.Name
	ns    zonefile.RRset
	// glue is, by name server, the addresses that should come with it. Those of servers that are not among them can be any.
	glue map[zonefile.Name][]zonefile.RRset
}

// delegation reads a test of kind delegation.
func (b block) delegation() []check {
	child, n, ok := b.name("delegation")
	if !ok {
		return nil
	}
	if child.IsRoot() {
		b.fail(n, "bad-name", "delegation: nobody delegates the root")
		return nil
	}
	if !b.need("ns", "the names of the name servers that it is delegated to") {
		return nil
	}
	r := referral{child: child}
	r.ns, _ = b.set("ns", zonefile.Key{Name: child, Type: zonefile.TypeNS})
	b.glue(&r)
	checks := []check{{
		at: b.Position(b.Node), subject: zonefile.Key{Name: child.Parent(), Type: zonefile.TypeNS}, query: "delegation of " + child.String(), want: r.String(), judge: r.judge,
	}}
	if b.has("ds") {
		e := expectation{question: zonefile.Key{Name: child, Type: zonefile.TypeDS}}
		if texts, _ := b.list("ds"); slices.Equal(texts, []string{noDS}) {
			e.nothing = answerNODATA
		} else {
			e.exactly, _ = b.set("ds", e.question)
		}
		checks = append(checks, e.check(b.keyAt("ds")))
	}
	return checks
}

// glue reads the addresses of name servers.
func (b block) glue(r *referral) {
	n, ok := b.Value("glue")
	if !ok {
		return
	}
	what := b.Label("glue")
	if n, ok = b.Resolve(n); !ok {
		return
	}
	if n.Kind != yaml.MappingNode {
		b.fail(n, "yaml-shape", "%s: want a mapping from name servers to their addresses, and this is %s", what, yamldoc.Shape(n))
		return
	}
	r.glue = map[zonefile.Name][]zonefile.RRset{}
	hosts, values := b.namesOf(n, what)
	for i, host := range hosts {
		if ns := string(host.AppendWire(nil)); !hasRDATA(r.ns, ns) {
			b.fail(values[i], "bad-value", "%s: %s is not among the name servers", what, host)
			continue
		}
		r.glue[host] = b.addresses(host, values[i], what)
	}
}

// addresses reads the addresses of a host.
func (b block) addresses(host zonefile.Name, n *yaml.Node, what string) []zonefile.RRset {
	texts, nodes := map[zonefile.Type][]string{}, map[zonefile.Type][]*yaml.Node{}
	for _, element := range b.values(n, what) {
		if text, ok := b.scalar(element, what); ok {
			typ := zonefile.TypeA
			if strings.Contains(text, ":") {
				typ = zonefile.TypeAAAA
			}
			texts[typ], nodes[typ] = append(texts[typ], text), append(nodes[typ], element)
		}
	}
	var sets []zonefile.RRset
	for _, typ := range []zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA} {
		if set, ok := b.setAt(zonefile.Key{Name: host, Type: typ}, texts[typ], nodes[typ], what); ok {
			sets = append(sets, set)
		}
	}
	return sets
}

// String says what is expected.
func (r referral) String() string {
	text := "NS " + strings.Join(r.ns.Text(), ", ")
	for host := range hostsOf(r.ns) {
		if sets, ok := r.glue[host]; ok {
			text += "; " + glueText(host, sets)
		}
	}
	return text
}

// hostsOf gives the name servers of an NS RRset, in order.
func hostsOf(ns zonefile.RRset) iter.Seq[zonefile.Name] {
	return func(yield func(zonefile.Name) bool) {
		for rdata := range ns.RDATA() {
			if host, _, err := zonefile.NameFromWire([]byte(rdata)); err == nil && !yield(host) {
				return
			}
		}
	}
}

// glueText says which addresses a host has.
func glueText(host zonefile.Name, sets []zonefile.RRset) string {
	var addresses []string
	for _, set := range sets {
		addresses = append(addresses, set.Text()...)
	}
	return fmt.Sprintf("glue of %s %s", host, strings.Join(addresses, ", "))
}

func (r referral) judge(ctx context.Context, l looker) verdict {
	question := zonefile.Key{Name: r.child, Type: zonefile.TypeNS}
	above := l.Zone(zonefile.Key{Name: r.child.Parent(), Type: zonefile.TypeNS})
	f, err := l.Look(ctx, above, question)
	switch {
	case err != nil:
		return verdictOn(err)
	case !f.Set.IsZero():
		return verdict{Undecided, fmt.Sprintf("who is asked for %s serves %s too, and does not say what is delegated", above, r.child)}
	case f.Cut.IsZero():
		return verdict{Failed, fmt.Sprintf("not delegated: %s", describe(f))}
	case f.Cut.Key.Name != r.child:
		return verdict{Undecided, fmt.Sprintf("%s is delegated already, at %s", r.child, f.Cut.Key.Name)}
	}
	got := "NS " + strings.Join(f.Cut.Text(), ", ")
	ok := f.Cut.SameData(r.ns)
	for host := range hostsOf(f.Cut) {
		sets := gluedAt(host, f)
		if want, named := r.glue[host]; named && !slices.EqualFunc(want, sets, zonefile.RRset.SameData) {
			ok = false
		}
		switch {
		case len(sets) > 0:
			got += "; " + glueText(host, sets)
		case host.In(r.child): // nobody gets there without (RFC 9471 §3.1)
			ok = false
			got += fmt.Sprintf("; no glue of %s", host)
		}
	}
	return judged(ok, got)
}

// gluedAt returns the addresses of a host that come with a referral, in canonical order.
func gluedAt(host zonefile.Name, f dnsquery.Finding) []zonefile.RRset {
	var sets []zonefile.RRset
	for _, set := range f.Glue {
		if set.Key.Name == host {
			sets = append(sets, set)
		}
	}
	slices.SortFunc(sets, func(a, b zonefile.RRset) int { return a.Key.Compare(b.Key) })
	return sets
}
