package reconcile

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/zoneward/zoneward/zonefile"
)

// view is the zones whose addresses count for the reverse zones of a rule on a target.
type view struct {
	*AutoPTR
	targets []string
	// zones says why it is not known which addresses a zone has, empty if it is.
	zones map[zonefile.Name]string
	// on are the targets that each of them goes to.
	on    map[zonefile.Name][]string
	files []string // theirs
	// missing are the zones that From names, and that are not there.
	missing []zonefile.Name
	// reverse are those that have the PTR records, and at finds them.
	reverse []*desiredZone
	at      reverseZones
	claims  []claim
	// silent are the claims that ask for no PTR record.
	silent map[claimed]bool
}

// claimed is an address and a name that claims it.
type claimed struct {
	address netip.Addr
	name    zonefile.Name
}

// viewOf names a view.
type viewOf struct {
	spec   *AutoPTR
	target string
}

// pointed is a reverse zone with what it has beside what its file states.
type pointed struct {
	view     *view
	zone     reverseZone
	stated   *parsed        // without it
	file     *zonefile.File // with it
	auto     map[zonefile.Key]bool
	contests []contest
	digest   zonefile.Digest
	// claims and lost are what it was made from: lost are the zones of which it is not known what addresses they have, or what they have below this one.
	claims []claim
	lost   []zonefile.Name
	// broken are the zones below it on its target that cannot be read, and why.
	broken map[zonefile.Name]string
	// present are all zones of the tree.
	present map[Ref]bool
}

// has reports whether the RRset of that key is one that the file does not state itself.
func (p *pointed) has(key zonefile.Key) bool { return p != nil && p.auto[key] }

// point adds to the reverse zones that were read the PTR records of their rules. aside are the zones of the tree that are not meant: those that count are read
// as well, some at a time, as nothing of them is kept but what is wanted of them.
func (r reader) point(ctx context.Context, tree fs.FS, state *desiredState, aside []*desiredZone) error {
	views := viewsOf(state.zones)
	if len(views) == 0 {
		return nil
	}
	var all []reverseZone
	for _, v := range views {
		all = append(all, v.at.zones...)
	}
	wanted := newReverseZones(all)
	for _, zone := range state.zones {
		r.collect(views, zone, wanted)
	}
	aside = slices.DeleteFunc(aside, func(zone *desiredZone) bool {
		return !slices.ContainsFunc(views, func(v *view) bool { return v.of(zone) })
	})
	for some := range slices.Chunk(aside, readAside) {
		if err := r.parse(ctx, tree, some); err != nil {
			return err
		}
		for _, zone := range some {
			r.collect(views, zone, wanted)
			zone.file, zone.parsed = nil, nil
		}
	}
	for _, v := range views {
		r.distribute(v, *state)
	}
	return nil
}

// readAside is how many zones that are not meant are in memory at once.
const readAside = 64

// viewsOf returns the views of the reverse zones among zones that can have PTR records.
func viewsOf(zones []*desiredZone) []*view {
	byName := map[viewOf]*view{}
	var views []*view
	reverse := map[*view][]reverseZone{}
	for _, zone := range zones {
		spec := zone.rule.AutoPTR
		if spec == nil || zone.err != nil || !IsReverse(zone.Zone) && !spec.Network.IsValid() {
			continue
		}
		of, err := spec.reverseZone(zone.Zone)
		if err != nil {
			warned := *zone.file
			warned.Problems = append(slices.Clone(warned.Problems), zone.warns(
				"auto_ptr: %v: say it with network under auto_ptr, as 192.0.2.0/25", err))
			zone.file = &warned
			continue
		}
		key := viewOf{spec, zone.Target}
		v := byName[key]
		if v == nil {
			v = &view{AutoPTR: spec, targets: spec.Targets, zones: map[zonefile.Name]string{}, on: map[zonefile.Name][]string{}, silent: map[claimed]bool{}}
			if len(v.targets) == 0 {
				v.targets = []string{zone.Target}
			}
			byName[key] = v
			views = append(views, v)
		}
		v.reverse, reverse[v] = append(v.reverse, zone), append(reverse[v], of)
	}
	for _, v := range views {
		v.at = newReverseZones(reverse[v])
	}
	return views
}

// warns returns a warning about a zone with PTR records.
func (d *desiredZone) warns(format string, args ...any) zonefile.Problem {
	return zonefile.Problem{Position: zonefile.Position{File: d.source}, Rule: autoPTRRule, Severity: zonefile.Warning, Message: fmt.Sprintf(format, args...)}
}

// autoPTRRule is the rule of the problems that have to do with added PTR records.
const autoPTRRule = "auto-ptr"

// mostContests is how many addresses that two names claim are told of one by one.
const mostContests = 100

// of reports whether the addresses of a zone on a target count. Those in reverse zones do not, and a file that is not there is no zone.
func (v *view) of(zone *desiredZone) bool {
	return !zone.optional && slices.Contains(v.targets, zone.Target) && !IsReverse(zone.Zone) && v.counts(zone.Zone)
}

// collect adds what a zone says to the views that it counts for.
func (r reader) collect(views []*view, zone *desiredZone, wanted reverseZones) {
	var claims []claim
	read := false
	for _, v := range views {
		if !v.of(zone) {
			continue
		}
		why := r.unknown(zone)
		v.zones[zone.Zone] = cmp.Or(v.zones[zone.Zone], why)
		v.on[zone.Zone] = append(v.on[zone.Zone], zone.Target)
		v.files = append(append(v.files, zone.source), zone.beside...)
		if zone.file != nil {
			v.files = append(v.files, zone.file.Files()...)
		}
		if why == "" && !read {
			claims, read = zone.parsed.claims.of(zone.parsed.file, zone.Target, wanted), true
		}
		for _, c := range claims {
			switch {
			case !v.at.has(c.address) || v.leavesOut(c.name, c.zone):
			case c.silent:
				v.silent[claimed{c.address, c.name}] = true
			default:
				v.claims = append(v.claims, c)
			}
		}
	}
}

// unknown returns why it is not known which addresses a zone has, empty if it is. A file that has nothing in it says nothing: it does not mean that there are none.
func (r reader) unknown(zone *desiredZone) string {
	why := ""
	switch {
	case zone.err != nil:
		why = "cannot be read"
	case zone.file.Err() != nil:
		why = "has errors"
	case !statesAnything(zone.file.Zone):
		why = "has no records"
	default:
		return ""
	}
	return under(r.folder, zonefile.Position{File: zone.source}).String() + " " + why
}

// statesAnything reports whether there is more in a zone than what every zone has.
func statesAnything(zone *zonefile.Zone) bool {
	for set := range zone.All() {
		if !isApex(set.Key, zone.Origin()) {
			return true
		}
	}
	return false
}

// distribute gives the reverse zones of a view what is claimed in them.
func (r reader) distribute(v *view, state desiredState) {
	slices.SortFunc(v.claims, claim.compare)
	claims := make([][]claim, len(v.reverse))
	for _, c := range v.claims {
		for i := range v.at.of(c.address) {
			if !state.within(v.reverse[i].Ref, v.at.zones[i].name(c.address)) {
				claims[i] = append(claims[i], c)
			}
		}
	}
	v.claims = nil
	v.missing = v.absent()
	for _, name := range v.missing {
		v.zones[name] = fmt.Sprintf("no zone %s goes to %s", name, strings.Join(v.targets, " or "))
	}
	lost := v.lost()
	broken := r.brokenBelow(v, state)
	for i, zone := range v.reverse {
		p := &pointed{view: v, zone: v.at.zones[i], stated: zone.parsed, claims: claims[i], lost: lost, broken: broken[zone.Ref], present: state.present}
		if len(p.broken) > 0 {
			p.lost = slices.Concat(lost, slices.SortedFunc(maps.Keys(p.broken), zonefile.Name.Compare))
		}
		zone.pointed = r.cache.pointed(p, zone.Ref, func(p *pointed) {
			r.make(p, zone, v.at.zones[i])
		})
		zone.file = zone.pointed.file
	}
}

// brokenBelow returns the zones that cannot be read below the reverse zones of a view, by these, and why. A name that is in one of them leaves no other zone.
func (r reader) brokenBelow(v *view, state desiredState) map[Ref]map[zonefile.Name]string {
	above := make(map[Ref]bool, len(v.reverse))
	for _, zone := range v.reverse {
		above[zone.Ref] = true
	}
	all := map[Ref]map[zonefile.Name]string{}
	for _, zone := range state.zones {
		if zone.optional || !zone.broken() {
			continue
		}
		for name := range ancestors(zone.Zone) {
			ref := Ref{name, zone.Target}
			if !above[ref] {
				continue
			}
			if all[ref] == nil {
				all[ref] = map[zonefile.Name]string{}
			}
			all[ref][zone.Zone] = r.unknown(zone)
		}
	}
	return all
}

// within reports whether a name in a zone is in another zone of the target, which is below that.
func (s desiredState) within(ref Ref, name zonefile.Name) bool {
	for ; name.Below(ref.Zone); name = name.Parent() {
		if s.present[Ref{name, ref.Target}] {
			return true
		}
	}
	return false
}

// absent returns the zones that From names, and that are not there.
func (v *view) absent() []zonefile.Name {
	var names []zonefile.Name
	for _, text := range v.From {
		name, err := zonefile.ParseName(text, zonefile.Root)
		if _, ok := v.zones[name]; err == nil && !ok && !strings.Contains(text, "*") {
			names = append(names, name)
		}
	}
	return names
}

// lost returns the zones of which it is not known what addresses they have, in order.
func (v *view) lost() []zonefile.Name {
	var names []zonefile.Name
	for name, why := range v.zones {
		if why != "" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, zonefile.Name.Compare)
	return names
}

// make makes the reverse zone with what is claimed in it. In a file that has errors nothing is looked for.
func (r reader) make(p *pointed, zone *desiredZone, of reverseZone) {
	file := *zone.file
	file.Problems = slices.DeleteFunc(slices.Clone(file.Problems), func(p zonefile.Problem) bool { return p.Rule == "empty-file" }) // it need not state anything
	p.file = &file
	if file.Err() != nil {
		p.digest = zone.parsed.digest()
		return
	}
	pointers := p.view.pointTo(of, &file, p.claims)
	with := *file.With(pointers.additions)
	problems := slices.Clone(with.Problems)
	if pointers.problem != nil {
		problems = append(problems, *pointers.problem)
	}
	for i, c := range pointers.contests {
		if i == mostContests {
			problems = append(problems, zonefile.Problem{
				Position: zonefile.Position{File: zone.source}, Rule: autoPTRRule, Severity: zonefile.Warning,
				Message: fmt.Sprintf("%d more addresses are of two names or more; %s", len(pointers.contests)-i, settleContest),
			})
			break
		}
		problems = append(problems, zonefile.Problem{
			Position: c.claims[1].at, Rule: autoPTRRule, Severity: zonefile.Warning,
			Message: fmt.Sprintf("%s PTR: %s; %s", c.key.Name.Relative(zone.Zone), c.text(r.folder), settleContest),
		})
	}
	for _, name := range p.view.missing {
		problems = append(problems, zonefile.Problem{
			Position: zonefile.Position{File: zone.source}, Rule: autoPTRRule, Severity: zonefile.Warning,
			Message: "auto_ptr: from: " + p.view.zones[name] + "; targets says where the zones go that it is from",
		})
	}
	slices.SortStableFunc(problems, func(a, b zonefile.Problem) int { return a.Position.Compare(b.Position) })
	with.Problems = problems
	p.file, p.contests = &with, pointers.contests
	p.auto = make(map[zonefile.Key]bool, len(pointers.additions)+len(p.contests))
	for _, addition := range pointers.additions {
		p.auto[addition.RRset.Key] = true
	}
	for _, c := range p.contests {
		p.auto[c.key] = true
	}
	p.digest = p.sum(pointers)
}

// sum returns the digest of the file and of all that comes to it.
func (p *pointed) sum(pointers pointers) zonefile.Digest {
	h := sha256.New()
	file := p.stated.digest()
	h.Write(file[:])
	var buf []byte
	for _, addition := range pointers.additions {
		buf = addition.RRset.AppendCanonical(buf[:0])
		h.Write(buf)
	}
	for _, c := range pointers.contests {
		h.Write(fmt.Append(nil, c.key))
		for _, one := range c.claims {
			h.Write(fmt.Append(nil, " ", one.name))
		}
	}
	h.Write(fmt.Append(nil, p.lost))
	return zonefile.Digest(h.Sum(nil))
}

// settleContest says what ends a contest.
const settleContest = "state the PTR in the file of the reverse zone, or leave out all names but one with except under auto_ptr"

// text says who claims an address.
func (c contest) text(folder string) string {
	var names []string
	for _, one := range c.claims {
		one.at = under(folder, one.at)
		names = append(names, one.String())
	}
	return fmt.Sprintf("%s is the address of %s", c.claims[0].address, list(names))
}

// claimCache has the claims of a zone file, by target. It may be used concurrently.
type claimCache struct {
	mu       sync.Mutex
	byTarget map[string]cachedClaims
}

type cachedClaims struct {
	wanted string
	claims []claim
}

// of returns the claims of the file that it is of.
func (c *claimCache) of(file *zonefile.File, target string, wanted reverseZones) []claim {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cached, ok := c.byTarget[target]; ok && cached.wanted == wanted.text {
		return cached.claims
	}
	if c.byTarget == nil {
		c.byTarget = map[string]cachedClaims{}
	}
	claims := claimsOf(file, target, wanted.has)
	c.byTarget[target] = cachedClaims{wanted.text, claims}
	return claims
}

// pointed returns p as make completes it, or what was made of the same before.
func (c *parseCache) pointed(p *pointed, ref Ref, make func(*pointed)) *pointed {
	if c == nil {
		make(p)
		return p
	}
	was := c.pointedBefore[ref]
	if was != nil && was.stated == p.stated && was.view.AutoPTR == p.view.AutoPTR && slices.Equal(was.claims, p.claims) && slices.Equal(was.lost, p.lost) {
		same := *was
		same.view, same.broken, same.present, p = p.view, p.broken, p.present, &same
	} else {
		make(p)
	}
	c.pointedNow[ref] = p
	return p
}
