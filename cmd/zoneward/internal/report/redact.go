package report

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Redaction says of which RRsets the RDATA is not shown. The zero Redaction shows all.
//
// Names, types, TTLs and places in files are shown of all. What programs and servers say in their own words may have RDATA in it: it is shown if that cannot be.
type Redaction struct {
	// Zones are patterns of the zones of which no RDATA is shown, as [reconcile.Glob] takes them.
	Zones []string
	// Types are those of which no RDATA is shown in any zone.
	Types []zonefile.Type
}

// zone reports whether no RDATA of a zone is shown.
func (x Redaction) zone(name zonefile.Name) bool {
	text := strings.TrimSuffix(name.String(), ".")
	return slices.ContainsFunc(x.Zones, func(pattern string) bool { return reconcile.Glob(strings.TrimSuffix(pattern, "."), text) })
}

// hides reports whether the RDATA of an RRset is not shown.
func (x Redaction) hides(zone zonefile.Name, typ zonefile.Type) bool {
	return slices.Contains(x.Types, typ) || x.zone(zone)
}

// proposal returns a proposal without what is not shown: an RRset has no records then, see [render.NotShown], and its ids stay what they are.
func (x Redaction) proposal(p *reconcile.Proposal) *reconcile.Proposal {
	if len(x.Zones)+len(x.Types) == 0 {
		return p
	}
	plan, shown := *p.Plan, *p
	plan.Zones = make([]reconcile.ZonePlan, len(p.Plan.Zones))
	for i, z := range p.Plan.Zones {
		plan.Zones[i] = x.zonePlan(z)
	}
	plan.Notices = x.notices(p)
	shown.Plan, shown.Zones = &plan, make([]reconcile.ProposedZone, len(p.Zones))
	for i, z := range p.Zones {
		shown.Zones[i] = reconcile.ProposedZone{
			ZonePlan: plan.Zone(z.Ref), Caused: x.changes(z.Zone, z.Caused), Adrift: x.changes(z.Zone, z.Adrift), Settled: x.changes(z.Zone, z.Settled),
			Later: x.deferred(z.Zone, z.Later), Leaving: z.Leaving,
		}
	}
	return &shown
}

// notices returns the notices of a plan that name no zone of which nothing is shown.
func (x Redaction) notices(p *reconcile.Proposal) []string {
	if len(x.Types) == 0 && !slices.ContainsFunc(p.Plan.Zones, func(z reconcile.ZonePlan) bool { return x.zone(z.Zone) }) {
		return p.Plan.Notices
	}
	return blanks(p.Plan.Notices)
}

// blanks returns as many texts that say nothing.
func blanks(texts []string) []string {
	all := make([]string, len(texts))
	for i := range texts {
		all[i] = render.NotShown
	}
	return all
}

func (x Redaction) zonePlan(z reconcile.ZonePlan) reconcile.ZonePlan {
	hidden := x.zone(z.Zone)
	z.Changes, z.Drift, z.Deferred = x.changes(z.Zone, z.Changes), x.changes(z.Zone, z.Drift), x.deferred(z.Zone, z.Deferred)
	if z.Err != nil && (hidden || len(x.Types) > 0) {
		z.Err = x.failure(z.Zone, z.Err)
	}
	z.Holds = slices.Clone(z.Holds)
	for i := range z.Holds {
		z.Holds[i].Reason = x.words(hidden, z.Holds[i].Reason)
	}
	z.Warnings = slices.Clone(z.Warnings)
	for i, w := range z.Warnings {
		z.Warnings[i] = x.problem(hidden, w)
	}
	z.Pinned = slices.Clone(z.Pinned)
	for i := range z.Pinned {
		z.Pinned[i].Reason = x.words(hidden, z.Pinned[i].Reason)
	}
	z.Resources = slices.Clone(z.Resources)
	for i := range z.Resources {
		z.Resources[i].Status.Reason = x.words(hidden, z.Resources[i].Status.Reason)
	}
	if z.State != nil {
		state := *z.State
		state.Needs, state.Outputs = x.words(hidden, state.Needs), slices.Clone(state.Outputs)
		for i, o := range state.Outputs {
			if x.hides(z.Zone, o.RRset.Key.Type) {
				state.Outputs[i].RRset = blank(o.RRset)
			}
		}
		z.State = &state
	}
	z.Parts = x.words(hidden, z.Parts)
	return z
}

// words returns what a program says in words of its own: nothing if any RDATA that is not shown may be in it.
func (x Redaction) words(hidden bool, text string) string {
	if text != "" && (hidden || len(x.Types) > 0) {
		return render.NotShown
	}
	return text
}

// blank returns an RRset without its records.
func blank(s zonefile.RRset) zonefile.RRset { return zonefile.RRset{Key: s.Key, TTL: s.TTL} }

func (x Redaction) changes(zone zonefile.Name, changes []reconcile.Change) []reconcile.Change {
	all := slices.Clone(changes)
	for i := range all {
		all[i] = x.change(zone, all[i])
	}
	return all
}

func (x Redaction) deferred(zone zonefile.Name, deferred []reconcile.Deferred) []reconcile.Deferred {
	all := slices.Clone(deferred)
	for i := range all {
		all[i].Change = x.change(zone, all[i].Change)
		all[i].For = x.words(x.zone(zone), all[i].For)
	}
	return all
}

// change returns a change with none of what is not shown in it.
func (x Redaction) change(zone zonefile.Name, c reconcile.Change) reconcile.Change {
	hidden := x.zone(zone)
	if x.hides(zone, c.Key.Type) {
		for _, side := range []**zonefile.RRset{&c.Old, &c.New} {
			if *side != nil {
				*side = new(blank(**side))
			}
		}
	}
	if hidden {
		c.Property.Old, c.Property.New = blankText(c.Property.Old), blankText(c.Property.New)
	}
	if c.Resource == nil {
		return c
	}
	r := *c.Resource
	r.Fields = slices.Clone(r.Fields)
	for i, f := range r.Fields {
		if hidden || slices.ContainsFunc(publishedAs(c.Resource.Kind, f.Name), func(typ zonefile.Type) bool { return slices.Contains(x.Types, typ) }) {
			f.Old, f.New = blankText(f.Old), blankText(f.New)
			r.Fields[i] = f
		}
	}
	if hidden {
		r.References = maps.Clone(r.References)
		for name := range r.References {
			r.References[name] = render.NotShown
		}
	}
	c.Resource = &r
	return c
}

func blankText(text string) string {
	if text == "" {
		return ""
	}
	return render.NotShown
}

// publishedAs returns the types of the RRsets that a field of a resource is published in.
func publishedAs(kind providers.ResourceKind, field string) []zonefile.Type {
	switch {
	case kind != providers.Delegation:
		return nil
	case field == "name_servers":
		return []zonefile.Type{zonefile.TypeNS}
	case field == "ds", field == "key_data":
		return []zonefile.Type{zonefile.TypeDS, zonefile.TypeDNSKEY}
	}
	return nil
}

// failure returns why there is no plan of a zone, with of problems only where they are.
func (x Redaction) failure(zone zonefile.Name, err error) error {
	if problems, ok := errors.AsType[*zonefile.ProblemsError](err); ok {
		shown := &zonefile.ProblemsError{}
		for _, p := range problems.Problems {
			shown.Problems = append(shown.Problems, x.problem(x.zone(zone), p))
		}
		return shown
	}
	return errors.New(render.NotShown)
}

// aboutType matches messages of problems that begin with an owner and a type, as [zonefile.Problem] has them.
var aboutType = regexp.MustCompile(`^\S+ ([A-Z0-9-]+): `)

// problem returns a problem without its message if that may have RDATA in it that is not shown: in words of others there may be any.
func (x Redaction) problem(hidden bool, p zonefile.Problem) zonefile.Problem {
	if !hidden && len(x.Types) == 0 {
		return p
	}
	if found := aboutType.FindStringSubmatch(p.Message); found != nil && !hidden {
		if typ, err := zonefile.ParseType(found[1]); err == nil && !slices.Contains(x.Types, typ) {
			return p
		}
	}
	if p.Message = render.NotShown; p.Rule != "" {
		p.Message = p.Rule + ": " + render.NotShown
	}
	return p
}

// Tests returns results without what is not shown.
func (x Redaction) Tests(results []dnstest.Result) []dnstest.Result {
	shown := make([]dnstest.Result, len(results))
	for i, t := range results {
		shown[i] = x.test(t)
	}
	return shown
}

// test returns the result of a test without its data if that may not be shown.
func (x Redaction) test(t dnstest.Result) dnstest.Result {
	if len(x.Zones)+len(x.Types) == 0 {
		return t
	}
	hidden := func(name string) bool {
		zone, err := zonefile.ParseName(name, zonefile.Name{})
		return err != nil || x.zone(zone)
	}
	_, word, _ := strings.Cut(t.Query, " ")
	typ, typErr := zonefile.ParseType(word)
	isLed := func(typ zonefile.Type) bool { return typ == zonefile.TypeCNAME || typ == zonefile.TypeNS } // what is there instead is said of any query
	if hidden(t.Zone) || slices.ContainsFunc(t.Beside, hidden) ||
		len(x.Types) > 0 && (typErr != nil || t.Status == dnstest.Undecided || slices.Contains(x.Types, typ) || slices.ContainsFunc(x.Types, isLed)) {
		t.Name, t.Why, t.Want, t.Got = t.Query, blankText(t.Why), blankText(t.Want), blankText(t.Got)
	}
	return t
}

// redacted returns the report without what is not shown.
func (r *Report) redacted() *Report {
	shown := *r
	x := r.Redact
	shown.Proposal = x.proposal(r.Proposal)
	shown.Problems, shown.Tests = r.problems(), x.Tests(r.Tests)
	files := x.filesOf(r.Proposal)
	for i, p := range shown.Problems {
		shown.Problems[i] = x.problem(len(x.Zones) > 0 && !files[p.Position.File], p)
	}
	return &shown
}

// filesOf returns the files that are of zones whose RDATA is shown, and of no other, as far as the plans tell. What is not known of is not among them.
func (x Redaction) filesOf(p *reconcile.Proposal) map[string]bool {
	files := map[string]bool{}
	for _, z := range p.Plan.Zones {
		note := func(at zonefile.Position) {
			seen, known := files[at.File]
			files[at.File] = !x.zone(z.Zone) && (seen || !known)
		}
		for _, c := range z.Changes {
			note(c.Source)
		}
		problems := z.Warnings
		if wrong, ok := errors.AsType[*zonefile.ProblemsError](z.Err); ok {
			problems = slices.Concat(problems, wrong.Problems)
		}
		for _, p := range problems {
			note(p.Position)
		}
	}
	return files
}

// hidesAny reports whether a report has anything in it that is not shown.
func (r *Report) hidesAny() bool {
	x := r.Redact
	if len(x.Types) > 0 {
		return true
	}
	return slices.ContainsFunc(r.Proposal.Plan.Zones, func(z reconcile.ZonePlan) bool { return x.zone(z.Zone) })
}
