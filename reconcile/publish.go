package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// published is what resources give a zone on a target.
type published struct {
	added []zonefile.Addition
	// outputs says which of them are outputs of what kind of resource.
	outputs map[zonefile.Key]publishedOutput
	// pending are those that are not known yet, and expected stands for those of which name and type are.
	pending  []Deferred
	expected []zonefile.Addition
	// unread says which resources could not be read: nobody knows what of the zone is theirs.
	unread []string
	// left are the keys at which there may be an output of what is not declared any more, and stays as it is.
	left map[zonefile.Key]bool
	// taken are the keys that a resource writes by itself, and which.
	taken map[zonefile.Key]string
	// warnings are about what the zone lacks.
	warnings []zonefile.Problem
}

// publishedOutput is one output.
type publishedOutput struct {
	from string
	kind providers.ResourceKind
	// moved says that it is another one than was published last, without anything having been declared, and unsure that nobody remembers what that was.
	moved, unsure bool
}

// outputName names an output for people, and in plans.
func outputName(output string, what providers.Resource, target string) string {
	return fmt.Sprintf("%s of %s on %s", output, what, target)
}

// publications returns what the resources of units give to each zone on a target, and for units what is wrong with that. What is left has outputs in the zones too,
// which stay.
func publications(units, left []*liveUnit, present map[Ref]bool, stateless bool) (gives map[Ref]*published, problems map[Ref][]zonefile.Problem) {
	p := publisher{gives: map[Ref]*published{}, stateless: stateless}
	if len(units)+len(left) > 0 {
		p.zones = kinOf(func(yield func(zonefile.Name, Ref) bool) {
			for ref := range present {
				if !yield(ref.Zone, ref) {
					return
				}
			}
		})
	}
	problems = map[Ref][]zonefile.Problem{}
	for _, u := range units {
		if u.err != nil {
			p.unknown(u.Zone, "what is declared for "+u.Ref.String())
			continue
		}
		for i := range u.resources {
			problems[u.Ref] = append(problems[u.Ref], p.publish(u, &u.resources[i])...)
		}
	}
	for _, u := range left {
		p.leave(u)
	}
	return p.gives, problems
}

// publisher gives the outputs of resources to the zones that they belong to.
type publisher struct {
	zones kin[Ref]
	gives map[Ref]*published
	// stateless says that nobody remembers what was published.
	stateless bool
}

func newPublished() *published {
	return &published{outputs: map[zonefile.Key]publishedOutput{}, taken: map[zonefile.Key]string{}, left: map[zonefile.Key]bool{}}
}

// of returns what a zone is given on a target.
func (p publisher) of(ref Ref) *published {
	if p.gives[ref] == nil {
		p.gives[ref] = newPublished()
	}
	return p.gives[ref]
}

// to returns what the zone is given that a name is in, the lowest of them.
func (p publisher) to(name zonefile.Name) []*published {
	var all []*published
	var lowest zonefile.Name
	for ref := range p.zones.above(name) {
		if lowest.IsZero() {
			lowest = ref.Zone
		}
		if ref.Zone != lowest {
			break
		}
		all = append(all, p.of(ref))
	}
	return all
}

// unknown notes that nobody knows what is published at and below a name, and why: nothing leaves the zones that may have it.
func (p publisher) unknown(name zonefile.Name, why string) {
	for ref := range p.zones.around(name) {
		if zone := p.of(ref); !slices.Contains(zone.unread, why) {
			zone.unread = append(zone.unread, why)
		}
	}
}

// keep notes that what is at a key stays as it is unless the zone file states it.
func (p publisher) keep(key zonefile.Key) {
	for _, zone := range p.to(key.Name) {
		zone.left[key] = true
	}
}

// leave keeps the outputs of resources that are not declared any more, and stay as they are.
func (p publisher) leave(u *liveUnit) {
	if u.err != nil && len(u.resources) == 0 {
		p.unknown(u.Zone, "what was declared for "+u.Ref.String())
	}
	for i := range u.resources {
		l := &u.resources[i]
		remembered := l.remembered()
		for _, key := range remembered {
			p.keep(key)
		}
		if l.applied != nil && len(remembered) == 0 && (l.unread != nil || l.live == nil || u.err != nil) {
			p.unknown(l.name, u.named(l))
		}
		if l.live == nil || l.applied == nil {
			continue
		}
		for _, output := range l.live.Outputs {
			if u.mayPublish(l, output) == nil {
				p.keep(output.RRset.Key)
			}
		}
	}
}

// publish gives the outputs of a resource to its zones.
func (p publisher) publish(u *liveUnit, l *liveResource) (problems []zonefile.Problem) {
	d := l.declaration
	if d == nil {
		return nil
	}
	if d.Resource.Fields["autoconfig"] == "true" { // what somebody switched on elsewhere is switched off again
		p.take(u, l)
	}
	what := providers.Resource{Kind: u.typ.Kind, Name: l.name}
	for _, publication := range d.Publish {
		o := publishing{u: u, l: l, at: publication, from: outputName(publication.Output, what, u.Target)}
		if err := p.one(o); err != nil {
			problems = append(problems, zonefile.Problem{
				Position: publication.Position, Rule: "publish", Severity: zonefile.Error, Message: fmt.Sprintf("publish: %s: %v", publication.Output, err),
			})
		}
	}
	return problems
}

// publishing is one output of a resource that is to be published.
type publishing struct {
	u    *liveUnit
	l    *liveResource
	at   domainfile.Publication
	from string
}

// pending returns that the output is published once something is so.
func (o publishing) pending(what string, planned bool) Deferred {
	change := Change{Kind: KindRRset, Action: Create, Key: zonefile.Key{Name: o.l.name}, Source: o.at.Position, Cause: CauseGit, From: o.from}
	return Deferred{Change: change, For: what, planned: planned}
}

// expected returns what stands for an output that is not known yet, where its name and type are: so that what cannot stand beside it is found before anything is made.
func (o publishing) expected() []zonefile.Addition {
	forms := map[string]string{"mx": "MX", "cname": "CNAME", "dmarc": "TXT"}
	rdata := map[string]string{"mx": "10 mail.invalid.", "cname": "app.invalid.", "dmarc": `"v=DMARC1"`}
	typ, known := forms[o.at.Output]
	if !known {
		return nil
	}
	name := o.l.name
	if o.at.Output == "dmarc" {
		var err error
		if name, err = zonefile.ParseName("_dmarc", o.l.name); err != nil {
			return nil
		}
	}
	set, err := zonefile.ParseRRset(zonefile.Key{Name: name, Type: zonefile.MustParseType(typ)}, 300, zonefile.Root, rdata[o.at.Output])
	if err != nil {
		return nil
	}
	return []zonefile.Addition{{RRset: set, Position: o.at.Position, For: o.from}}
}

// one gives one output to its zone. What was published of it before stays until it is known what takes its place.
func (p publisher) one(o publishing) error {
	l := o.l
	zones := p.to(l.name)
	if len(zones) == 0 {
		return fmt.Errorf("the zones repository has no zone that %s is in", l.name)
	}
	if l.unread != nil || l.problem != nil {
		p.unsure(o)
		return nil
	}
	if l.live == nil {
		if l.applied != nil { // somebody removed it, or the provider does not tell
			p.unsure(o)
		}
		for _, zone := range zones {
			zone.pending = append(zone.pending, o.pending("once "+o.u.named(l)+" is there", true))
			zone.expected = append(zone.expected, o.expected()...)
		}
		return nil
	}
	output, ok := l.live.Output(o.at.Output)
	if !ok {
		if l.live.Status.Phase == providers.Ready && o.u.typ.Kind == providers.App {
			return nil // it is not needed any more
		}
		p.unsure(o)
		for _, zone := range zones {
			zone.pending = append(zone.pending, o.pending(fmt.Sprintf("once %s says what it is (%s)", o.u.named(l), l.live.Status.State), false))
		}
		return nil
	}
	if err := o.u.mayPublish(l, output); err != nil {
		p.unsure(o)
		return err
	}
	set := output.RRset
	if l.declaration.TTL > 0 {
		set = set.WithTTL(l.declaration.TTL)
	}
	moved := l.moved(o.at.Output)
	if key, ok := l.rememberedAs(o.at.Output); ok && key != set.Key {
		p.keep(key) // until somebody has said that the other one is right
	}
	for _, zone := range p.to(set.Key.Name) {
		zone.added = append(zone.added, zonefile.Addition{RRset: set, Position: o.at.Position, For: o.from})
		zone.outputs[set.Key] = publishedOutput{o.from, o.u.typ.Kind, moved, p.stateless}
	}
	return nil
}

// unsure keeps what was published of an output, of which it is not known what it is now.
func (p publisher) unsure(o publishing) {
	if key, ok := o.l.rememberedAs(o.at.Output); ok {
		p.keep(key)
		return
	}
	p.unknown(o.l.name, o.from)
}

// take notes which RRsets a resource writes by itself.
func (p publisher) take(u *liveUnit, l *liveResource) {
	keys := l.remembered()
	if l.live != nil {
		for _, output := range l.live.Outputs {
			if u.mayPublish(l, output) == nil {
				keys = append(keys, output.RRset.Key)
			}
		}
	}
	if len(keys) == 0 && (l.applied != nil || l.unread != nil) {
		p.unknown(l.name, u.named(l))
	}
	for _, key := range keys {
		for _, zone := range p.to(key.Name) {
			zone.taken[key] = u.named(l)
		}
	}
}

// named names a resource where the reader knows nothing of it yet.
func (u *liveUnit) named(l *liveResource) string {
	return fmt.Sprintf("%s %s on %s", u.typ.Kind, l.name, u.Target)
}

// spfAdvice returns what the SPF record of a name that sends mail lacks (RFC 7208 §5.2). A name may have one such record, and only people know what else is to
// be in it.
func (u *liveUnit) spfAdvice(zone *zonefile.Zone) []zonefile.Problem {
	var advice []zonefile.Problem
	for i := range u.resources {
		l := &u.resources[i]
		if l.declaration == nil || l.live == nil || !l.name.In(zone.Origin()) || l.declaration.Resource.Fields["autoconfig"] == "true" {
			continue
		}
		output, ok := l.live.Output("spf")
		if !ok {
			continue
		}
		missing := includesOf(textsOf(output.RRset))
		set, _ := zone.Get(zonefile.Key{Name: l.name, Type: zonefile.TypeTXT})
		has := includesOf(textsOf(set))
		missing = slices.DeleteFunc(missing, func(include string) bool { return slices.Contains(has, include) })
		if len(missing) > 0 {
			advice = append(advice, zonefile.Problem{
				Position: l.declaration.Position, Rule: "missing-include", Severity: zonefile.Warning,
				Message: fmt.Sprintf("%s: the SPF record of %s lacks %s, so that mail through %s may be refused", u.named(l), l.name, strings.Join(missing, " "), u.Target),
			})
		}
	}
	return advice
}

// includesOf returns the include mechanisms of SPF records among texts.
func includesOf(texts []string) []string {
	var includes []string
	for _, text := range texts {
		fields := strings.Fields(strings.ToLower(text))
		if len(fields) == 0 || fields[0] != "v=spf1" {
			continue
		}
		for _, field := range fields[1:] {
			if strings.HasPrefix(strings.TrimPrefix(field, "+"), "include:") {
				includes = append(includes, strings.TrimPrefix(field, "+"))
			}
		}
	}
	return includes
}

// textsOf returns the texts of a TXT RRset, the strings of each joined (RFC 7208 §3.3).
func textsOf(set zonefile.RRset) []string {
	var texts []string
	for rdata := range set.RDATA() {
		var b strings.Builder
		for octets := []byte(rdata); len(octets) > 0 && len(octets) > int(octets[0]); octets = octets[1+int(octets[0]):] {
			b.Write(octets[1 : 1+int(octets[0])])
		}
		texts = append(texts, b.String())
	}
	return texts
}
