package reconcile

import (
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Waiting is an RRset, or a zone, that has left the zones repository and is served until its grace is over.
type Waiting struct {
	Kind Kind
	Key  zonefile.Key
	Old  *zonefile.RRset // nil for a zone
	// Since is when it was first seen to be gone, Until when it will be retired.
	Since, Until time.Time
	// Noted says that the store knows of it. Otherwise its time begins with the next apply.
	Noted bool
}

// cut is the differences between live and desired, parted into those that are carried out and those that are not.
type cut struct {
	changes []Change
	stay    []zonefile.Change // what makes of desired what will be there
	waiting []Waiting
	graces  []Grace // of what waits, as they are to be noted
	drift   []Change
	// others are keys of what others have put there, and otherRecords the number of records in them.
	others       map[zonefile.Key]bool
	otherRecords int
	problems     []zonefile.Problem
	// later are retires that wait until it is known whose the RRsets are.
	later []Deferred
	// kept are PTR records that stay, and why; waits are those that stay until another zone is applied.
	kept  map[zonefile.Key]string
	waits map[zonefile.Key]*Deferred
}

// cut parts the changes: what others own, what somebody changed and is left, what is served until its grace is over, and the rest.
func (in zoneInput) cut(changes []Change, desired *zonefile.Zone) (cut, error) {
	c := cut{changes: changes}
	if len(changes) == 0 {
		return c, nil
	}
	if in.live == nil && in.known && in.policy.Drift.Detect {
		// Somebody removed the zone. A zone with some of its records would be worse than none.
		c.drift, c.changes = changes, nil
		return c, nil
	}
	var applied map[zonefile.Key]zonefile.RRset
	var err error
	if in.known && in.applied != nil {
		if applied, err = in.applied(keysOf(changes)); err != nil {
			return c, fmt.Errorf("read what was applied to %s: %w", in.Ref, err)
		}
		for i := range changes {
			changes[i].Cause = causeOf(changes[i], applied)
		}
	}
	if c.kept, c.waits, err = in.keeps(changes, desired); err != nil {
		return c, err
	}
	c.changes = changes[:0]
	for _, change := range changes {
		_, ours := applied[change.Key]
		switch {
		case in.policy.Additive && change.Old != nil && !ours:
			c.leave(change)
			if c.others == nil {
				c.others = map[zonefile.Key]bool{}
			}
			c.others[change.Key] = true
			c.otherRecords += change.Old.Len()
			switch {
			case change.New != nil && in.pointed.has(change.Key): // nobody has stated it, so it makes way
				c.kept[change.Key] = fmt.Sprintf("%s has another value that zoneward did not write, and ownership is additive", in.Target)
			case change.New != nil:
				c.problems = append(c.problems, in.problem(change.Key, "not-ours", zonefile.Error,
					"%s has another value that zoneward did not write, and ownership is additive; take it over with: zoneward adopt --zone %s --target %s", in.Target, in.Zone, in.Target))
			}
		case change.Old == nil && in.crowded(change.Key, c.others):
			c.leave(change)
			if in.pointed.has(change.Key) {
				c.kept[change.Key] = fmt.Sprintf("%s has other data at this name that zoneward did not write, and ownership is additive", in.Target)
				continue
			}
			c.problems = append(c.problems, in.problem(change.Key, "foreign-in-the-way", zonefile.Error,
				"%s has other data at this name that zoneward did not write, ownership is additive, and a CNAME cannot stand beside other data", in.Target))
		case change.Cause == CauseDrift && in.policy.Drift.ignores(change, in.Zone):
			c.leave(change)
		case change.Cause == CauseDrift && in.policy.Drift.Detect:
			c.leave(change)
			c.drift = append(c.drift, change)
		case c.kept[change.Key] != "":
			c.leave(change)
		case c.waits[change.Key] != nil:
			c.leave(change)
			c.later = append(c.later, *c.waits[change.Key])
		case change.Action == Retire && len(in.given().unread) > 0 && !inTheWay(change.Key, desired):
			// It may be an output of what cannot be read.
			c.leave(change)
			c.later = append(c.later, Deferred{Change: change, For: "once it is known what is published by " + list(in.given().unread)})
		case change.Action == Retire && in.policy.Grace > 0 && in.known && !inTheWay(change.Key, desired):
			// What was never ours has no grace to be over: the guard new-target holds it.
			if wait, still := in.wait(change); still {
				c.leave(change)
				c.waiting = append(c.waiting, wait)
				c.graces = append(c.graces, in.grace(change.Key))
				continue
			}
			c.changes = append(c.changes, change)
		default:
			c.changes = append(c.changes, change)
		}
	}
	slices.SortStableFunc(c.later, func(a, b Deferred) int { return a.on.Compare(b.on) }) // what waits for one zone is shown together
	return c, nil
}

// crowded reports whether others have put something there that cannot stand beside the RRset of that key.
func (in zoneInput) crowded(key zonefile.Key, others map[zonefile.Key]bool) bool {
	if in.live == nil || len(others) == 0 {
		return false
	}
	for other := range in.live.Zone.At(key.Name) {
		if others[other.Key] && cannotStandBeside(key, other.Key) {
			return true
		}
	}
	return false
}

// leave leaves live what a change would change.
func (c *cut) leave(change Change) {
	c.stay = append(c.stay, zonefile.Change{Old: change.New, New: change.Old})
}

func keysOf(changes []Change) []zonefile.Key {
	keys := make([]zonefile.Key, len(changes))
	for i, c := range changes {
		keys[i] = c.Key
	}
	return keys
}

// causeOf says who made a change necessary: what was applied is compared with both sides.
func causeOf(c Change, applied map[zonefile.Key]zonefile.RRset) Cause {
	var was *zonefile.RRset
	if set, ok := applied[c.Key]; ok {
		was = &set
	}
	switch {
	case sameSide(was, c.Old):
		return CauseGit
	case sameSide(was, c.New):
		return CauseDrift
	}
	return CauseBoth
}

// ignores reports whether a change that somebody made at the provider is not worth a word.
func (d Drift) ignores(c Change, origin zonefile.Name) bool {
	matches := func(p Pattern) bool { return p.Matches(c.Key, origin) }
	if slices.ContainsFunc(d.Ignore, matches) {
		return true
	}
	return c.Old != nil && c.New != nil && c.Old.WithTTL(c.New.TTL) == *c.New && slices.ContainsFunc(d.TTLs, matches)
}

// inTheWay reports whether desired has something that cannot stand beside the RRset of that key: then it is retired without grace.
func inTheWay(key zonefile.Key, desired *zonefile.Zone) bool {
	for other := range desired.At(key.Name) {
		if cannotStandBeside(key, other.Key) {
			return true
		}
	}
	return false
}

// cannotStandBeside reports whether an RRset of one key keeps away another at its name: a CNAME, all but signatures (RFC 1034 §3.6.2, RFC 4035 §2.5).
func cannotStandBeside(key, other zonefile.Key) bool {
	return other != key && !other.Type.Signing() && (other.Type == zonefile.TypeCNAME || key.Type == zonefile.TypeCNAME)
}

// grace returns since when the repository does not have a key any more.
func (in zoneInput) grace(key zonefile.Key) Grace {
	if g, ok := in.graces[key]; ok {
		return g
	}
	return Grace{Ref: in.Ref, Key: key, Since: in.clock.Wall.UTC().Truncate(time.Second), Writer: in.writer}
}

// wait returns what there is to say of something that leaves, and whether it is still served.
func (in zoneInput) wait(c Change) (Waiting, bool) {
	g, noted := in.grace(c.Key), false
	if _, ok := in.graces[c.Key]; ok {
		noted = true
	}
	until := in.clock.End(g.Since, g.Since.Add(in.policy.Grace))
	return Waiting{Kind: c.Kind, Key: c.Key, Old: c.Old, Since: g.Since, Until: until, Noted: noted}, !noted || !in.clock.Due(until)
}

// hides reports whether what is retired at a key is hidden: where the provider can, and nobody has hidden something there before. Otherwise it is
// removed, since nobody could tell afterwards which of the hidden records are ours.
func hides(live *providers.Snapshot, key zonefile.Key) bool {
	return live.Traits.CanDisable && (live.Disabled == nil || !live.Disabled.Has(key))
}

// hidden returns what the provider still keeps of what a tombstone is about, if it is ours to remove.
func (in zoneInput) hidden(stone Tombstone) (zonefile.RRset, bool) {
	if in.live == nil || in.live.Disabled == nil || !stone.Hidden {
		return zonefile.RRset{}, false
	}
	kept, ok := in.live.Disabled.Get(stone.Key)
	if !ok {
		return zonefile.RRset{}, false
	}
	return common(stone.RRset, kept)
}
