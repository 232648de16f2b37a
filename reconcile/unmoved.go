package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// markLasts is how long a mark is good: what a provider's list of zones does not tell is found after that at the latest.
const markLasts = 24 * time.Hour

// fewZones is up to how many zones of a target are fetched without asking for its list of zones first.
const fewZones = 3

// list returns the versions of a target's zones, from one request, nil if that is not worth while: there are only a few zones to plan, or
// of too few it is known what they looked like. Then, and for those that are not in the list, every zone is fetched.
func (p *Planner) list(ctx context.Context, target string, zones, marked int) map[zonefile.Name]string {
	t, ok := p.Targets[target]
	if !ok || p.Thorough || zones <= fewZones || marked < zones/2 {
		return nil
	}
	all, err := t.Reader.Zones(ctx)
	if err != nil {
		return nil // what is wrong, if anything is, comes up where the zones are fetched
	}
	versions := make(map[zonefile.Name]string, len(all))
	for _, z := range all {
		if z.Kind == providers.Primary && z.Version != "" {
			versions[z.Origin] = z.Version
		}
	}
	return versions
}

// unmoved returns the empty plan of a zone that is live as it was when both sides were last seen to be equal, and whose file and policy are
// what they were then.
func (p *Planner) unmoved(zone *desiredZone, listed map[zonefile.Name]string, r remembered) (ZonePlan, bool) {
	known, version := r.known[zone.Ref], listed[zone.Zone]
	if zone.gives != nil || zone.parent != nil { // what it is to be does not follow from its file alone
		return ZonePlan{}, false
	}
	if version == "" || known.Mark == "" || r.open[zone.Ref] || zone.broken() || len(r.pins[zone.Ref])+len(r.graces[zone.Ref]) > 0 {
		return ZonePlan{}, false
	}
	if first, ok := r.standing[zone.Ref]; ok && r.clock.Due(first) {
		return ZonePlan{}, false
	}
	target := p.Targets[zone.Target]
	if known.System != target.System || !marked(known.Mark, zone.state(version, target.System, p.Version), r.clock.Wall, markLasts) {
		return ZonePlan{}, false
	}
	plan := ZonePlan{Ref: zone.Ref, ID: digestChanges(zone.Ref, nil), Unmoved: true}
	plan.desired, plan.system, plan.known, plan.marked, plan.why = zone, target.System, true, known.Mark, "apply"
	return plan, true
}

// siftWithin is how long a target has for its list of zones before all of them are fetched.
const siftWithin = 20 * time.Second

// sift returns which zones need not be looked at, as far as the targets' lists of zones tell, and when they were last seen to be as they should be.
func (p *Planner) sift(ctx context.Context, state desiredState, r remembered) map[Ref]time.Time {
	byTarget := map[string][]*desiredZone{}
	for _, zone := range state.zones {
		byTarget[zone.Target] = append(byTarget[zone.Target], zone)
	}
	ctx, cancel := context.WithTimeout(ctx, siftWithin)
	defer cancel()
	found := make(chan map[Ref]time.Time, len(byTarget))
	for target, zones := range byTarget {
		go func() {
			marked := count(zones, func(zone *desiredZone) bool { return marked(r.known[zone.Ref].Mark, "", r.clock.Wall, markLasts) })
			listed := p.list(ctx, target, len(zones), marked)
			unmoved := map[Ref]time.Time{}
			for _, zone := range zones {
				if _, same := p.unmoved(zone, listed, r); same {
					unmoved[zone.Ref] = markedAt(r.known[zone.Ref].Mark)
				}
			}
			found <- unmoved
		}()
	}
	unmoved := map[Ref]time.Time{}
	for range byTarget {
		select {
		case some := <-found:
			maps.Copy(unmoved, some)
		case <-ctx.Done(): // a provider that does not heed it is not waited for either
			return unmoved
		}
	}
	return unmoved
}

// state names a state of both sides: the version of the live zone, the zone file, what of the policy says which RRsets are ours, and the program that
// compared them. It is empty if the provider names no versions.
func (d *desiredZone) state(version, system, program string) string {
	if version == "" {
		return ""
	}
	policy := d.rule.Policy
	h := sha256.New()
	h.Write(fmt.Appendf(nil, "1 %q %q %q %s %+v %+v %t %+v", program, version, system, d.digest(), policy.Ignore, policy.ExternalDNS, policy.Additive, policy.Drift))
	h.Write(fmt.Appendf(nil, " %q", d.rule.Properties)) // in the order of their names
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// markOf returns the mark for a state in which both sides were seen to be equal at a time, empty if the state is.
func markOf(state string, at time.Time) string {
	if state == "" {
		return ""
	}
	return fmt.Sprintf("%s at %s", state, at.UTC().Format(time.RFC3339))
}

// markedAt returns when both sides were seen to be equal, as a mark has it; zero if it is none.
func markedAt(mark string) time.Time {
	_, text, _ := strings.Cut(mark, " at ")
	at, _ := time.Parse(time.RFC3339, text)
	return at
}

// marked reports whether a mark is for a state, and of the time before now that lasts says. That is so for any state if that is empty.
func marked(mark, state string, now time.Time, lasts time.Duration) bool {
	was, text, _ := strings.Cut(mark, " at ")
	at, err := time.Parse(time.RFC3339, text)
	return err == nil && (state == "" || was == state) && !now.Before(at) && now.Before(at.Add(lasts))
}

// sameGraces reports whether the store has just those graces.
func sameGraces(now []Grace, stored map[zonefile.Key]Grace) bool {
	if len(now) != len(stored) {
		return false
	}
	keys := slices.Collect(maps.Keys(stored))
	return !slices.ContainsFunc(now, func(g Grace) bool { return !slices.Contains(keys, g.Key) })
}
