package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// published is what resources give a zone on a target.
type published struct {
	added []zonefile.Addition
	// outputs says which of them are outputs of what kind of resource.
	outputs map[zonefile.Key]publishedOutput
	// pending are those that are not known yet.
	pending []Deferred
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
	// moved says that it is another one than was published last, without anything having been declared.
	moved bool
}

// outputName names an output for people, and in plans.
func outputName(output string, what providers.Resource, target string) string {
	return fmt.Sprintf("%s of %s on %s", output, what, target)
}

// zoneOfName returns the zone that a name is in: the lowest of those that are there.
func zoneOfName(name zonefile.Name, zones map[zonefile.Name]bool) (zonefile.Name, bool) {
	for !name.IsZero() {
		if zones[name] {
			return name, true
		}
		if name == zonefile.Root {
			break
		}
		name = name.Parent()
	}
	return zonefile.Name{}, false
}

// publications returns what the resources of units give to each zone on a target, and for units what is wrong with that. What is left has outputs in the zones too,
// which stay.
func publications(units, left []*liveUnit, present map[Ref]bool) (gives map[Ref]*published, problems map[Ref][]zonefile.Problem) {
	zones, targets := map[zonefile.Name]bool{}, map[zonefile.Name][]Ref{}
	for ref := range present {
		zones[ref.Zone] = true
		targets[ref.Zone] = append(targets[ref.Zone], ref)
	}
	gives, problems = map[Ref]*published{}, map[Ref][]zonefile.Problem{}
	to := func(name zonefile.Name) []*published {
		zone, ok := zoneOfName(name, zones)
		if !ok {
			return nil
		}
		var all []*published
		for _, ref := range targets[zone] {
			if gives[ref] == nil {
				gives[ref] = newPublished()
			}
			all = append(all, gives[ref])
		}
		return all
	}
	for _, u := range units {
		if u.err != nil {
			for _, one := range to(u.Zone) {
				one.unread = append(one.unread, "what is declared for "+u.Ref.String())
			}
			continue
		}
		for i := range u.resources {
			problems[u.Ref] = append(problems[u.Ref], u.publish(&u.resources[i], to)...)
		}
	}
	for _, u := range left {
		u.leaveOutputs(to)
	}
	return gives, problems
}

// leaveOutputs notes where the zones may have outputs of resources that are not declared any more, and stay as they are.
func (u *liveUnit) leaveOutputs(to func(zonefile.Name) []*published) {
	for i := range u.resources {
		l := &u.resources[i]
		if l.unread != nil || u.err != nil {
			for _, zone := range to(l.name) {
				zone.unread = append(zone.unread, u.named(l))
			}
			continue
		}
		if l.live == nil || l.applied == nil {
			continue
		}
		for _, output := range l.live.Outputs {
			for _, zone := range to(output.RRset.Key.Name) {
				zone.left[output.RRset.Key] = true
			}
		}
	}
}

func newPublished() *published {
	return &published{outputs: map[zonefile.Key]publishedOutput{}, taken: map[zonefile.Key]string{}, left: map[zonefile.Key]bool{}}
}

// publish gives the outputs of a resource to the zones that they belong to.
func (u *liveUnit) publish(l *liveResource, to func(zonefile.Name) []*published) (problems []zonefile.Problem) {
	d := l.declaration
	if d == nil {
		return nil
	}
	if d.Resource.Fields["autoconfig"] == "true" { // what somebody switched on elsewhere is switched off again
		u.take(l, to)
	}
	what := providers.Resource{Kind: u.typ.Kind, Name: l.name}
	for _, publication := range d.Publish {
		from := outputName(publication.Output, what, u.Target)
		zones := to(l.name)
		switch {
		case len(zones) == 0:
			problems = append(problems, zonefile.Problem{
				Position: publication.Position, Rule: "publish", Severity: zonefile.Error,
				Message: fmt.Sprintf("publish: %s: the zones repository has no zone that %s is in", publication.Output, l.name),
			})
			continue
		case l.unread != nil || l.problem != nil:
			for _, zone := range zones {
				zone.unread = append(zone.unread, u.named(l))
			}
			continue
		case l.live == nil:
			change := Change{Kind: KindRRset, Action: Create, Key: zonefile.Key{Name: l.name}, Source: publication.Position, Cause: CauseGit, From: from}
			for _, zone := range zones {
				zone.pending = append(zone.pending, Deferred{Change: change, For: "once " + u.named(l) + " is there", planned: true})
			}
			continue
		}
		output, ok := l.live.Output(publication.Output)
		if !ok {
			if l.live.Status.Phase != providers.Ready { // it may have had one, and has none at the moment
				change := Change{Kind: KindRRset, Action: Create, Key: zonefile.Key{Name: l.name}, Source: publication.Position, Cause: CauseGit, From: from}
				for _, zone := range zones {
					zone.unread = append(zone.unread, from)
					zone.pending = append(zone.pending, Deferred{Change: change, For: fmt.Sprintf("once %s says what it is (%s)", u.named(l), l.live.Status.State)})
				}
			}
			continue
		}
		if err := u.mayPublish(l, output); err != nil {
			problems = append(problems, zonefile.Problem{
				Position: publication.Position, Rule: "publish", Severity: zonefile.Error,
				Message: fmt.Sprintf("publish: %s: %v", publication.Output, err),
			})
			for _, zone := range zones {
				zone.unread = append(zone.unread, from)
			}
			continue
		}
		set := output.RRset
		if d.TTL > 0 {
			set = set.WithTTL(d.TTL)
		}
		for _, zone := range to(set.Key.Name) {
			zone.added = append(zone.added, zonefile.Addition{RRset: set, Position: publication.Position, For: from})
			zone.outputs[set.Key] = publishedOutput{from, u.typ.Kind, l.moved(publication.Output)}
		}
	}
	return problems
}

// mayPublish returns why an output is not published: a provider has no say in any records but those that its outputs are for. The address of an application and
// the exchange of mail are at the name of the resource, and texts below it, at names that no host has (RFC 8552 §1.1).
func (u *liveUnit) mayPublish(l *liveResource, o providers.Output) error {
	key, base := o.RRset.Key, l.name
	if base.IsWildcard() && o.Name != "cname" {
		base = base.Parent()
	}
	types := map[string]zonefile.Type{"mx": zonefile.TypeMX, "cname": zonefile.TypeCNAME}
	want, own := types[o.Name]
	switch {
	case own && key == zonefile.Key{Name: base, Type: want}:
		return nil
	case !own && key.Type == zonefile.TypeTXT && key.Name.Below(base) && underscored(key.Name, base):
		return nil
	}
	return fmt.Errorf("%s wants %s for %s, which is no place for it", u.Target, key, u.named(l))
}

// underscored reports whether one of the labels of a name below a base begins with an underscore.
func underscored(name, base zonefile.Name) bool {
	for ; name != base; name = name.Parent() {
		if strings.HasPrefix(name.String(), "_") {
			return true
		}
	}
	return false
}

// outputWatch is how the name of what is remembered of an output begins, among what is watched.
const outputWatch = "output "

// outputText returns what is remembered of an output.
func outputText(o providers.Output) string {
	return o.RRset.Key.String() + " " + strings.Join(o.RRset.Text(), " ")
}

// moved reports whether an output is another one than was published last.
func (l *liveResource) moved(output string) bool {
	now, ok := l.live.Output(output)
	if !ok || l.applied == nil {
		return false
	}
	was, ok := l.applied.Watched[outputWatch+output]
	return ok && was != outputText(now)
}

// named names a resource where the reader knows nothing of it yet.
func (u *liveUnit) named(l *liveResource) string {
	return fmt.Sprintf("%s %s on %s", u.typ.Kind, l.name, u.Target)
}

// take notes which RRsets a resource writes by itself.
func (u *liveUnit) take(l *liveResource, to func(zonefile.Name) []*published) {
	if l.live == nil {
		return
	}
	for _, output := range l.live.Outputs {
		for _, zone := range to(output.RRset.Key.Name) {
			zone.taken[output.RRset.Key] = u.named(l)
		}
	}
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
				Position: l.declaration.Position, Rule: "spf-include", Severity: zonefile.Warning,
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
