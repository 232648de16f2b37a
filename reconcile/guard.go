package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Guard is a rule that holds the plan of a zone until a person says that it is meant so.
type Guard string

// The guards.
const (
	// GuardMaxDeletes: the plan removes more records than the policy's MaxDeletes.
	GuardMaxDeletes Guard = "max-deletes"
	// GuardMaxChanges: the plan changes more RRsets than the policy's MaxChanges.
	GuardMaxChanges Guard = "max-changes"
	// GuardEmptyZone: the zone file has nothing left but the apex SOA and NS.
	GuardEmptyZone Guard = "empty-zone"
	// GuardApexNS: the NS RRset of the apex changes, which moves the zone to other servers, or one of those servers loses its addresses.
	GuardApexNS Guard = "apex-ns"
	// GuardSOA: the SOA names another primary, or a timer leaves the bounds of RFC 1912 §2.2.
	GuardSOA Guard = "soa"
	// GuardNewTarget: this zone was never applied to this target, and the plan would change or retire what is there.
	GuardNewTarget Guard = "new-target"
	// GuardProtected: the plan updates or retires an RRset that the policy protects.
	GuardProtected Guard = "protected"
	// GuardTTL: the plan sets a TTL outside the bounds of the policy.
	GuardTTL Guard = "ttl"
	// GuardFreeze: at this time nothing is to be changed.
	GuardFreeze Guard = "freeze"
	// GuardSuspended: somebody has suspended the zone, its target, or everything.
	GuardSuspended Guard = "suspended"
	// GuardNoStore: the plan retires, and there is no store that would keep the tombstones.
	GuardNoStore Guard = "no-store"
	// GuardTaken: what is restored would take the place of something else.
	GuardTaken Guard = "taken"
	// GuardDNSSEC: the zone would not be signed any more, or with another algorithm, and resolvers that have its DS refuse it then.
	GuardDNSSEC Guard = "dnssec"
	// GuardOutputChanged: what a resource wants to be published has changed by itself.
	GuardOutputChanged Guard = "output-changed"
	// GuardMailKeyChange: the key that mail is signed with has changed at its provider, or would if a mail domain were made again.
	GuardMailKeyChange Guard = "mail-key-change"
	// GuardDelegationNotServing: a new name server of a domain does not answer for it with the content that it is to have.
	GuardDelegationNotServing Guard = "delegation-not-serving"
	// GuardDSWithoutDNSKEY: a name server of the domain does not serve the key of a DS that the parent zone has or gets.
	GuardDSWithoutDNSKEY Guard = "ds-without-dnskey"
	// GuardLastNS: the domain would be left with less than two name servers, or its zone is removed from those that it is delegated to.
	GuardLastNS Guard = "last-ns"
	// GuardAppStillCNAMEd: a name leads to an application that would not answer for it any more.
	GuardAppStillCNAMEd Guard = "app-still-cnamed"
	// GuardRegistrationBlocked: the registry or the registrar does not let the domain be changed.
	GuardRegistrationBlocked Guard = "registration-blocked"
	// GuardAutoPTR: more than one name claims an address, and a reverse zone is to have one PTR record for it.
	GuardAutoPTR Guard = "auto-ptr"
	// GuardUnsignedCommit: a commit that the plan comes from is not signed by somebody who is trusted, see Vetter.
	GuardUnsignedCommit Guard = "unsigned-commit"
	// GuardApproval: the policy wants a person to approve each plan, and nobody is there who has seen it.
	GuardApproval Guard = "approval"
)

// Guards are all guards, in the order in which they are told.
var Guards = [...]Guard{
	GuardSuspended, GuardFreeze, GuardUnsignedCommit, GuardNewTarget, GuardTaken, GuardNoStore, GuardEmptyZone, GuardMaxDeletes, GuardMaxChanges,
	GuardApexNS, GuardSOA, GuardDNSSEC, GuardProtected, GuardTTL, GuardAutoPTR,
	GuardOutputChanged, GuardMailKeyChange, GuardRegistrationBlocked, GuardDelegationNotServing, GuardDSWithoutDNSKEY, GuardLastNS, GuardAppStillCNAMEd,
	GuardApproval,
}

// guarded is what guards look at.
type guarded struct {
	ref     Ref
	changes []Change
	live    *zonefile.Zone // nil if the zone is to be created
	desired *zonefile.Zone // with what is foreign
	stated  int            // RRsets that the zone file gives this target, without the apex SOA and NS
	foreign int            // live records that are left alone
	known   bool           // there is applied state
	// formerly is the system that the applied state is of, if that is another one than the target is now.
	formerly  string
	policy    Policy
	suspended *Suspension
	keepless  bool
	now       time.Time
	whole     bool   // the zone itself is retired
	taken     string // what stands where something is restored
	// unhooked says that the zone's DS has been out of the parent zone for so long that a change that ends its signatures is in the plan.
	unhooked bool
	// outputs say which RRsets are outputs of resources.
	outputs map[zonefile.Key]publishedOutput
	// contested are the addresses that more than one name claims, and folder is put in front of the places.
	contested []contested
	folder    string
	// emptied are those of several files of the zone that state nothing.
	emptied []string
}

// holds returns the holds that the guards put on a plan.
func (g guarded) holds() []Hold {
	if len(g.changes) == 0 {
		return nil
	}
	var holds []Hold
	checks := map[Guard]func() string{
		GuardMaxDeletes: g.maxDeletes, GuardMaxChanges: g.maxChanges, GuardEmptyZone: g.emptyZone,
		GuardApexNS: g.apexNS, GuardSOA: g.soa, GuardNewTarget: g.newTarget,
		GuardProtected: g.protected, GuardTTL: g.ttl, GuardFreeze: g.freeze, GuardSuspended: g.isSuspended, GuardNoStore: g.noStore,
		GuardTaken: func() string { return g.taken }, GuardDNSSEC: g.dnssec,
		GuardOutputChanged: g.outputChanged, GuardMailKeyChange: g.mailKeyChange, GuardAutoPTR: g.autoPTR,
	}
	for _, guard := range Guards {
		check, ok := checks[guard]
		if !ok {
			continue // it is for resources
		}
		if reason := check(); reason != "" {
			holds = append(holds, Hold{guard, reason})
		}
	}
	return holds
}

// lost returns how many records of the live zone are not in it any more after the changes. A record with another value is another record.
func lost(changes []Change) int {
	n := 0
	for _, c := range changes {
		switch {
		case c.Old == nil || c.Key.Type == zonefile.TypeSOA || c.Action == Purge:
		case c.New == nil:
			n += c.Old.Len()
		default:
			kept := slices.Collect(c.New.RDATA())
			for rdata := range c.Old.RDATA() {
				if _, ok := slices.BinarySearch(kept, rdata); !ok {
					n++
				}
			}
		}
	}
	return n
}

func (g guarded) maxDeletes() string {
	if g.live == nil {
		return ""
	}
	n, total := lost(g.changes), g.live.Records()-g.foreign
	if g.whole {
		// However few they are: nothing is left.
		if n = max(n, 1); g.policy.MaxDeletes.exceededByAll(n) {
			return fmt.Sprintf("the zone would be gone with all of its %s, more than max_deletes allows (%s)", plural(total, "record", "records"), g.policy.MaxDeletes)
		}
		return ""
	}
	if !g.policy.MaxDeletes.Exceeded(n, total) {
		return ""
	}
	return fmt.Sprintf("%d of %d records would be gone or replaced, more than max_deletes allows (%s)", n, total, g.policy.MaxDeletes)
}

func (g guarded) maxChanges() string {
	n := count(g.changes, func(c Change) bool { return c.Action != Purge && c.Kind != KindProperty }) // which changes nothing that is served
	total := g.desired.Len()                                                                          // a new zone is no more than itself
	if g.live != nil {
		total = max(total, g.live.Len())
	}
	if !g.policy.MaxChanges.Exceeded(n, total) {
		return ""
	}
	return fmt.Sprintf("%d RRsets would change in a zone of %d, more than max_changes allows (%s)", n, total, g.policy.MaxChanges)
}

func (g guarded) emptyZone() string {
	retires := slices.ContainsFunc(g.changes, func(c Change) bool { return c.Action == Retire })
	if !retires || g.whole {
		return ""
	}
	if g.stated > 0 {
		return g.emptyFile()
	}
	return "the zone file has no records left besides the SOA and NS of the apex, and all others would be retired"
}

// emptyFile is emptyZone for one of several files: nobody knows whether what left git was in it.
func (g guarded) emptyFile() string {
	for _, file := range g.emptied {
		n := count(g.changes, func(c Change) bool { return c.Action == Retire && c.Cause != CauseDrift && c.Source.File == file })
		if n > 0 {
			return fmt.Sprintf("%s, one of the files of the zone, has no records left, and %s that may have been there would be retired",
				under(g.folder, zonefile.Position{File: file}), plural(n, "RRset", "RRsets"))
		}
	}
	return ""
}

func (g guarded) apexNS() string {
	for _, c := range g.changes {
		if c.Key == (zonefile.Key{Name: g.ref.Zone, Type: zonefile.TypeNS}) && c.Old != nil {
			return "the NS records of the apex change, which moves the zone to other name servers"
		}
	}
	return g.lostServer()
}

// lostServer returns that a name server of the zone loses its addresses in it: nobody finds the zone there any more.
func (g guarded) lostServer() string {
	servers, ok := g.desired.Get(zonefile.Key{Name: g.ref.Zone, Type: zonefile.TypeNS})
	if !ok || g.live == nil {
		return ""
	}
	for rdata := range servers.RDATA() {
		server, _, err := zonefile.NameFromWire([]byte(rdata))
		if err == nil && hasAddress(g.live, server) && !hasAddress(g.desired, server) {
			return fmt.Sprintf("the addresses of %s, a name server of the zone, would be gone", server)
		}
	}
	return ""
}

// protected returns that the plan changes what the policy protects. What is not there yet may be created.
func (g guarded) protected() string {
	var keys []zonefile.Key
	for _, c := range g.changes {
		if c.Kind != KindRRset || c.Old == nil || c.Action == Purge {
			continue
		}
		if slices.ContainsFunc(g.policy.Protected, func(p Pattern) bool { return p.Matches(c.Key, g.ref.Zone) }) {
			keys = append(keys, c.Key)
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return fmt.Sprintf("protected: in the policy has %s that would change: %s", plural(len(keys), "RRset", "RRsets"), list(keys))
}

// ttl returns that the plan moves TTLs out of the policy's bounds. Creates are not held, and what was outside may stay there.
func (g guarded) ttl() string {
	inside := func(ttl zonefile.TTL) bool {
		return ttl >= g.policy.MinTTL && (g.policy.MaxTTL == 0 || ttl <= g.policy.MaxTTL)
	}
	var keys []string
	for _, c := range g.changes {
		if c.Old != nil && c.New != nil && inside(c.Old.TTL) && !inside(c.New.TTL) {
			keys = append(keys, fmt.Sprintf("%s would have %d", c.Key, c.New.TTL))
		}
	}
	if len(keys) == 0 {
		return ""
	}
	bounds := fmt.Sprintf("from %d", g.policy.MinTTL)
	if g.policy.MaxTTL != 0 {
		bounds += fmt.Sprintf(" to %d", g.policy.MaxTTL)
	}
	return fmt.Sprintf("TTLs are to be %s seconds: %s", bounds, list(keys))
}

func (g guarded) freeze() string {
	reason, until := g.policy.Freeze.Closed(g.now)
	if reason != "" && !until.IsZero() {
		reason += ", until " + until.UTC().Format(time.RFC3339)
	}
	return reason
}

// dnssec returns that a signed zone would not be signed as it is any more (RFC 6781 §4.1.4, §4.3).
func (g guarded) dnssec() string {
	for _, c := range g.changes {
		p := c.Property
		if p.Name != providers.PropertyDNSSEC || p.Old == "" || p.Old == "off" {
			continue
		}
		if p.New == "off" {
			if g.unhooked {
				continue
			}
			return "the zone would not be signed any more: take its DS out of the parent zone first, and wait until no resolver has it"
		}
		return fmt.Sprintf("the zone would be signed with %s, and is signed with %s: resolvers that have its DS refuse it until the parent zone has another", p.New, p.Old)
	}
	return ""
}

func (g guarded) outputChanged() string {
	return g.changedOutputs(func(kind providers.ResourceKind) bool { return kind != providers.Mail })
}

func (g guarded) mailKeyChange() string {
	return g.changedOutputs(func(kind providers.ResourceKind) bool { return kind == providers.Mail })
}

// changedOutputs returns which outputs of some kinds of resource are not any more what is published. What somebody else changed in the zone is no such thing.
func (g guarded) changedOutputs(of func(providers.ResourceKind) bool) string {
	if g.policy.AutoOutputs {
		return ""
	}
	var all []string
	for _, c := range g.changes {
		if output, ok := g.outputs[c.Key]; ok && (output.moved || output.unsure && c.Old != nil) && of(output.kind) && c.New != nil && c.Cause != CauseDrift {
			all = append(all, output.from)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "not any more what is published, without a commit: " + list(all)
}

func (g guarded) isSuspended() string {
	if g.suspended == nil {
		return ""
	}
	return g.suspended.String()
}

func (g guarded) noStore() string {
	n := count(g.changes, func(c Change) bool { return c.Action == Retire })
	if !g.keepless || n == 0 {
		return ""
	}
	return fmt.Sprintf("%s would be retired, and without a store nothing keeps a tombstone; give --tombstones DIR", plural(n, "RRset", "RRsets"))
}

func hasAddress(z *zonefile.Zone, name zonefile.Name) bool {
	return z.Has(zonefile.Key{Name: name, Type: zonefile.TypeA}) || z.Has(zonefile.Key{Name: name, Type: zonefile.TypeAAAA})
}

// soaBounds are the bounds of RFC 1912 §2.2, in seconds. It gives none for retry but that it is less than refresh.
const (
	minRefresh, maxRefresh = 20 * 60, 12 * 3600
	minRetry               = 180
	minExpire, maxExpire   = 14 * 86400, 28 * 86400
)

func (g guarded) soa() string {
	for _, c := range g.changes {
		if c.Key.Type != zonefile.TypeSOA || c.Old == nil || c.New == nil {
			continue
		}
		from, err := zonefile.ParseSOA(*c.Old)
		if err != nil {
			return fmt.Sprintf("the live SOA cannot be compared: %v", err)
		}
		to, err := zonefile.ParseSOA(*c.New)
		if err != nil {
			return fmt.Sprintf("the SOA cannot be compared: %v", err)
		}
		var reasons []string
		if from.MName != to.MName {
			reasons = append(reasons, fmt.Sprintf("the primary (MNAME) changes from %s to %s", from.MName, to.MName))
		}
		for _, timer := range []struct {
			name               string
			from, to           uint32
			fromInside, inside bool
			bounds             string
		}{
			{"refresh", from.Refresh, to.Refresh, within(from.Refresh, minRefresh, maxRefresh), within(to.Refresh, minRefresh, maxRefresh), "20 minutes to 12 hours"},
			{"retry", from.Retry, to.Retry, within(from.Retry, minRetry, from.Refresh), within(to.Retry, minRetry, to.Refresh), "3 minutes up to the refresh time"},
			{"expire", from.Expire, to.Expire, within(from.Expire, minExpire, maxExpire), within(to.Expire, minExpire, maxExpire), "2 to 4 weeks"},
		} {
			if timer.fromInside && !timer.inside {
				reasons = append(reasons, fmt.Sprintf("the SOA's %s goes from %d to %d seconds, out of the bounds of RFC 1912 (%s)", timer.name, timer.from, timer.to, timer.bounds))
			}
		}
		return strings.Join(reasons, "; ")
	}
	return ""
}

func within(v, least, most uint32) bool { return least <= v && v <= most }

func (g guarded) newTarget() string {
	if g.known || g.live == nil {
		return ""
	}
	updates, retires := 0, 0
	for _, c := range g.changes {
		if c.Kind == KindProperty {
			continue
		}
		switch c.Action {
		case Update:
			updates++
		case Retire:
			retires++
		case Create, Restore, Purge:
		}
	}
	if updates+retires == 0 {
		return ""
	}
	never := "this zone was never applied to " + g.ref.Target
	if g.formerly != "" {
		never = fmt.Sprintf("this zone was applied to %s when that was another system (%s)", g.ref.Target, g.formerly)
	}
	return fmt.Sprintf("%s, and %d RRsets there would be updated and %d retired; take over what is there with: zoneward adopt --zone %s --target %s",
		never, updates, retires, g.ref.Zone, g.ref.Target)
}
