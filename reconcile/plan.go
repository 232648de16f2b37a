package reconcile

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Plan is what would be done to make live equal to desired. It is a value: it can be saved, shown, and compared by its id.
type Plan struct {
	// Commit is the revision of the zones repository that the plan was made from.
	Commit    string
	CreatedAt time.Time
	// Zones are ordered by zone, then by target. Zones without changes are among them.
	Zones []ZonePlan
	// Notices are what a person should know about zones that are in no plan.
	Notices []string

	clock   Clock      // as it was when the plan was made
	noted   Clock      // as the store had it then
	expired []ZonePlan // see Planner.expired
}

// ZonePlan is the plan of one zone on one target, or of the resources of one domain at one provider.
type ZonePlan struct {
	Ref
	// ID is the digest of zone, target and changes, and of nothing else: what a person approves.
	ID zonefile.Digest
	// Base is the digest of what of the live zone counts, see [Planner.Plan]. A plan whose base is not live any more is stale.
	Base zonefile.Digest
	// Changes are in the order in which they are carried out at once: the zone's creation, what is retired, then the rest by name, and its properties. What
	// cannot be written at once is written in another order, see Parts.
	Changes []Change
	// Deferred are the changes that have to wait for others, of this plan or of time. They are carried out as soon as they can be, by this apply or a later one.
	Deferred []Deferred
	// Holds keep the plan from being applied unless each is overridden.
	Holds []Hold
	// Warnings are problems of the zone file that do not stop it, and what was left out for this target.
	Warnings []zonefile.Problem
	// Foreign is the number of live RRsets that are not ours to touch.
	Foreign int
	// Pinned are the pins in force.
	Pinned []Pin
	// Waiting is what has left the zones repository and is served until its grace is over.
	Waiting []Waiting
	// Drift is what somebody changed at the provider and policy leaves as it is. Each change is what would put it right.
	Drift []Change
	// Parts says why the changes cannot be written all at once or not at all, empty if they can.
	Parts string
	// Unmoved says that the zone was not fetched, since the provider's list of zones and the store tell that nothing has changed.
	Unmoved bool
	// NegativeTTL is how long resolvers remember that a name or type is not there (RFC 2308 §5), in seconds.
	NegativeTTL zonefile.TTL
	// Resources says how the resources of the domain were found, for a plan of resources.
	Resources []ResourceView
	// State is nil, or the state that the zone is in at its provider and in which nothing can be written to it. Then there are no changes.
	State *State
	// Err says why there is no plan. Then there are no changes and the zone is not touched. It may be a *zonefile.ProblemsError.
	Err error

	provenance
}

// provenance is what a plan is made from, and what applying it needs to know beside its changes.
type provenance struct {
	desired *desiredZone
	system  string // of the target, see Target.System
	own     ownership
	known   bool   // there is applied state of this system
	open    bool   // somebody was interrupted writing it
	version string // of the live zone if it is as it should be, see providers.Snapshot
	marked  string // the mark that the store has, see AppliedState
	why     string // what the changes are part of, see Intent
	// again makes the plan anew from what is live then.
	again func(ctx context.Context, p *Planner, r remembered) ZonePlan
	// vanished says that the zone is gone on both sides: what the store has of it is of no use any more.
	vanished bool
	live     *zonefile.Zone // the live zone if nothing was applied so far: what is to be noted as applied
	// graces are those of what waits, and gracesMoved says that the store has others.
	graces      []Grace
	gracesMoved bool
	leaving     map[zonefile.Key]Grace // what the store has of them
	ended       []Pin                  // that are over
	stones      []Tombstone            // that stand
	expired     []string               // tombstones that are to be closed
	ending      []string               // tombstones that end with the purge at their key, beside the one that the change names
	pins        []Pin                  // that come with the changes
	suspend     *Suspension            // that comes with the changes
	released    bool                   // the suspension of the zone is over, since its file has changed
	spec        *Tombstone             // of the zone that is restored
	kept        bool                   // the target has the zone still, and brings it back
	restated    []zonefile.Change      // see Restatement
	will        *zonefile.Zone         // what the zone has once the changes are made; nil if that is not known
	served      *providers.Snapshot    // as it was fetched
	prove       bool                   // what its state asks for is published
	unit        *liveUnit              // of a plan of resources
	check       bool                   // its provider is to look at its resources
	inZones     map[zonefile.Name]bool // the resources all of whose outputs are published
	since       string                 // the commit that was applied last
	// review is the one in which the plan was agreed to, nil for none, and unreviewed says that it waits for one.
	review     *Review
	unreviewed bool
	// vanishedResources are those that were applied, are not declared any more, and are gone.
	vanishedResources []zonefile.Name
}

// OfResources reports whether it is the plan of a domain's resources, and not that of a zone. Of one that was read, and has nothing in it, nobody can tell.
func (z *ZonePlan) OfResources() bool {
	return z.unit != nil || z.desired != nil && z.desired.unit != nil || len(z.Resources) > 0 ||
		slices.ContainsFunc(z.all(), func(c Change) bool { return c.Kind == KindResource })
}

// Ref says which zone on which target is meant.
type Ref struct {
	Zone   zonefile.Name
	Target string
}

// Compare orders by zone, then by target.
func (r Ref) Compare(other Ref) int {
	return cmp.Or(r.Zone.Compare(other.Zone), strings.Compare(r.Target, other.Target))
}

// String returns "example.com. on pdns".
func (r Ref) String() string { return r.Zone.String() + " on " + r.Target }

// Kind says what a change is about.
type Kind string

// The kinds of change.
const (
	KindRRset Kind = "rrset"
	KindZone  Kind = "zone"
	// KindProperty is a property of a zone, see Property.
	KindProperty Kind = "property"
	// KindResource is something beside zones, see ResourceChange.
	KindResource Kind = "resource"
)

// Action says what a change does.
type Action string

// The actions. Retire takes something out of service so that it can be restored, Restore brings it back, and Purge removes what the provider
// has kept of it.
const (
	Create  Action = "create"
	Update  Action = "update"
	Retire  Action = "retire"
	Restore Action = "restore"
	Purge   Action = "purge"
)

// Cause says who made a change necessary, as far as the applied state tells.
type Cause string

// The causes.
const (
	CauseUnknown Cause = ""      // there is no applied state
	CauseGit     Cause = "git"   // the zones repository has changed
	CauseDrift   Cause = "drift" // somebody changed what is live
	CauseBoth    Cause = "both"
)

// Change is one thing that a plan does.
type Change struct {
	Kind   Kind
	Action Action
	// Key is the RRset's; for a zone and its properties its origin and no type, for a resource its name and no type. An RRset that is not known before
	// something else was done has no name, see Deferred.
	Key zonefile.Key
	// Old is what is live, nil for a create; New what will be, nil for a retire. Both are nil for a zone and its properties.
	// In an SOA the serials say nothing: they are chosen when it is written.
	Old, New *zonefile.RRset
	// Source is where the zone file states New. For a retire it is the file that does not state it any more.
	Source zonefile.Position
	// Cause says who made it necessary. It is no part of the plan's id.
	Cause Cause
	// Property is what a change of KindProperty does, the zero Property for others.
	Property Property
	// Resource is what a change of KindResource does, nil for others.
	Resource *ResourceChange
	// From says which output of a resource the RRset is, empty if it is none: "dkim of mail example.com. on tem".
	From string
	// Stone is the id of the tombstone that is restored or purged, empty for other actions, and for a restore that comes from the history or from what
	// the provider has kept.
	Stone string
}

// Hold keeps a plan from being applied until a person overrides the guard.
type Hold struct {
	Guard  Guard
	Reason string // a sentence
}

// Summary counts the changes of a plan.
type Summary struct {
	Create, Update, Retire, Restore, Purge int

	Deferred int // changes that have to wait for others, or for a time
	Waiting  int // RRsets and zones in their grace
	Drift    int // RRsets that were changed elsewhere and are left
	Held     int // zone plans with changes that are held, and those of zones that are in a State
	Errors   int // zone plans with an error
}

// Changes returns the number of changes that can be made now.
func (s Summary) Changes() int { return s.Create + s.Update + s.Retire + s.Restore + s.Purge }

// Summary counts the changes of p.
func (p *Plan) Summary() Summary {
	var s Summary
	for _, z := range p.Zones {
		if z.Err != nil {
			s.Errors++
			continue
		}
		if len(z.Holds) > 0 || z.State != nil {
			s.Held++
		}
		s.Deferred += len(z.Deferred)
		s.Waiting += len(z.Waiting)
		s.Drift += len(z.Drift)
		for _, c := range z.Changes {
			switch c.Action {
			case Create:
				s.Create++
			case Update:
				s.Update++
			case Retire:
				s.Retire++
			case Restore:
				s.Restore++
			case Purge:
				s.Purge++
			}
		}
	}
	return s
}

// ID returns the digest of the ids of the plan's zones: it says whether two plans do the same, whenever and from whatever they were made.
func (p *Plan) ID() zonefile.Digest {
	h := sha256.New()
	for _, z := range p.Zones {
		h.Write(z.ID[:])
	}
	return zonefile.Digest(h.Sum(nil))
}

// Zone returns the plan of a zone on a target, nil if there is none.
func (p *Plan) Zone(ref Ref) *ZonePlan {
	i, ok := slices.BinarySearchFunc(p.Zones, ref, func(z ZonePlan, ref Ref) int { return z.Ref.Compare(ref) })
	if !ok {
		return nil
	}
	return &p.Zones[i]
}

// digestChanges returns the id of a zone plan.
func digestChanges(ref Ref, changes []Change) zonefile.Digest {
	h := sha256.New()
	field := func(s string) { h.Write(append([]byte(s), 0)) }
	field("zoneward plan 1")
	field(ref.Zone.String())
	field(ref.Target)
	var buf []byte
	for _, c := range changes {
		field(string(c.Kind))
		field(string(c.Action))
		field(c.Key.String())
		if c.Kind == KindResource {
			field(string(c.Resource.Kind))
			for _, f := range c.Resource.Fields {
				field(f.Name)
				field(f.Old)
				field(f.New)
				field(f.After)
			}
		}
		if c.Kind == KindRRset && c.Old == nil && c.New == nil {
			field(c.From)
		}
		if c.Kind == KindProperty {
			field(c.Property.Name)
			field(c.Property.Old)
			field(c.Property.New)
		}
		for _, side := range []*zonefile.RRset{c.Old, c.New} {
			if side == nil {
				field("none")
				continue
			}
			field("some")
			buf = withoutSerial(*side).AppendCanonical(buf[:0])
			h.Write(buf)
		}
	}
	return zonefile.Digest(h.Sum(nil))
}

// withoutSerial returns an SOA with serial 0, and any other RRset as it is.
func withoutSerial(s zonefile.RRset) zonefile.RRset {
	if s.Key.Type != zonefile.TypeSOA {
		return s
	}
	soa, err := zonefile.ParseSOA(s)
	if err != nil {
		return s // more than one SOA record: all of it counts
	}
	soa.Serial = 0
	return soa.RRset(s.Key.Name, s.TTL)
}
