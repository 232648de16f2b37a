package reconcile

import (
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Lingers returns for how long resolvers may still give the old answer after the change: the old TTL, or for something new
// how long they remember that it was not there. 0 if nobody can have asked for it.
func (z *ZonePlan) Lingers(c Change) time.Duration {
	switch {
	case c.Kind != KindRRset || c.Action == Purge:
		return 0
	case c.Old != nil:
		return time.Duration(c.Old.TTL) * time.Second
	}
	return time.Duration(z.NegativeTTL) * time.Second
}

// LongestLingering returns the longest of [ZonePlan.Lingers] for the changes of the plan.
func (z *ZonePlan) LongestLingering() time.Duration {
	var longest time.Duration
	for _, c := range z.Changes {
		longest = max(longest, z.Lingers(c))
	}
	return longest
}

// negativeTTL returns for how long a zone's servers let it be remembered that something is not there (RFC 2308 §5), in seconds.
func negativeTTL(live *zonefile.Zone) zonefile.TTL {
	set, ok := live.Get(zonefile.Key{Name: live.Origin(), Type: zonefile.TypeSOA})
	if !ok {
		return 0
	}
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		return 0
	}
	return min(set.TTL, zonefile.TTL(soa.Minimum))
}

// longTTL is above which the TTL of something that much depends on is worth lowering before it changes, in seconds.
const longTTL = 3600

// advice returns what a person might look at before such changes: whether external-dns is understood, before anything is retired; and where mail, a delegation or the domain itself moves and the old answer lives long, to
// lower the TTL, wait, and change it then.
func (in zoneInput) advice(changes []Change, own ownership) []zonefile.Problem {
	var advice []zonefile.Problem
	if len(own.idle) > 0 && slices.ContainsFunc(changes, func(c Change) bool { return c.Action == Retire }) {
		advice = append(advice, zonefile.Problem{
			Position: zonefile.Position{File: in.source}, Rule: "external-dns-prefix", Severity: zonefile.Warning,
			Message: fmt.Sprintf("%s of external-dns on %s for nothing that is live (%s): if external_dns in the policy has another prefix or suffix than it has, what it owns looks like nobody's",
				plural(len(own.idle), "marker is", "markers are"), in.Target, list(own.idle)),
		})
	}
	for _, c := range changes {
		if c.Kind != KindRRset || c.Action == Purge || c.Old == nil || c.Old.TTL <= longTTL || !in.risky(c.Key) {
			continue
		}
		if c.New != nil && c.Old.WithTTL(c.New.TTL) == *c.New {
			continue // only the TTL changes
		}
		advice = append(advice, in.problem(c.Key, "slow-change", zonefile.Warning, "resolvers may give the old answer for %s after the change; "+
			"to change it faster, lower its TTL first, and wait that long", time.Duration(c.Old.TTL)*time.Second))
	}
	return advice
}

// risky reports whether much depends on the RRset of that key.
func (in zoneInput) risky(key zonefile.Key) bool {
	switch key.Type {
	case zonefile.TypeNS, zonefile.TypeMX, zonefile.TypeDS:
		return true
	case zonefile.TypeA, zonefile.TypeAAAA:
		return key.Name == in.Zone
	}
	return false
}
