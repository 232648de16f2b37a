package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Restoration says what is to be brought back: a tombstone, or an RRset as it was.
type Restoration struct {
	// Stone is the id of a tombstone, or how it begins. If it is empty, Key is what counts.
	Stone string
	// Key is an RRset of one of the zones that are known.
	Key zonefile.Key
	// Zone and Target narrow down where, the zero Name and "" not.
	Zone   zonefile.Name
	Target string
	// At is the point whose state of the RRset is brought back. The zero Point brings back the newest tombstone.
	At Point
	// For is how long what is restored is kept, although the zones repository does not have it: 24 hours if it is 0.
	For time.Duration
	// Reason is why, for the pin.
	Reason string
	// Actor is who restores.
	Actor string
}

// defaultPin is how long a restored RRset is kept if nobody says.
const defaultPin = 24 * time.Hour

// ErrNothingToRestore is wrapped if there is no tombstone, and no entry in the audit log, of what was asked for.
var ErrNothingToRestore = errors.New("nothing to restore")

// Restore makes the plan that brings something back. [Applier.Apply] applies it, and pins it: plans leave it as it is until the zones
// repository says something else of it than now, or the time is over. Something else in its place is shown, and the guard taken holds the plan.
func (p *Planner) Restore(ctx context.Context, tree Tree, what Restoration) (*Plan, error) {
	r, err := p.remember(ctx)
	if err != nil {
		return nil, err
	}
	if what.Stone != "" {
		stone, err := p.Store.Tombstone(ctx, what.Stone)
		if err != nil {
			return nil, err
		}
		if stone.Kind == KindResource {
			if err := stone.Check(); err != nil {
				return nil, fmt.Errorf("tombstone %s: %w", stone.ID, err)
			}
			plan := &Plan{Commit: tree.Revision, CreatedAt: r.clock.Wall.UTC().Truncate(time.Second), clock: r.clock, noted: r.noted}
			plan.Zones = []ZonePlan{p.restoreResource(ctx, tree, stone, what, r)}
			return plan, nil
		}
	}
	edits, err := p.restorations(ctx, r, what)
	if err != nil {
		return nil, err
	}
	return p.planEdits(ctx, tree, edits, r)
}

// restorations returns what a restoration comes to, on each target.
func (p *Planner) restorations(ctx context.Context, r remembered, what Restoration) ([]edit, error) {
	if what.Stone != "" {
		stone, err := p.Store.Tombstone(ctx, what.Stone)
		if err != nil {
			return nil, err
		}
		e, err := p.editOf(stone, what)
		return []edit{e}, err
	}
	refs := r.holding(what)
	if len(refs) == 0 {
		return nil, fmt.Errorf("%w: %s is in no zone that was applied", ErrNothingToRestore, what.Key)
	}
	var edits []edit
	var none error // why there is nothing to restore on a target
	for _, ref := range refs {
		if !what.At.IsZero() {
			e, err := p.editAt(ctx, ref, what)
			switch {
			case errors.Is(err, ErrNothingToRestore):
				none = err
			case err != nil:
				return nil, err
			default:
				edits = append(edits, e)
			}
			continue
		}
		stones, err := p.Store.Tombstones(ctx, TombstoneQuery{Zone: ref.Zone, Target: ref.Target, Name: what.Key.Name, Type: what.Key.Type})
		if err != nil {
			return nil, err
		}
		if len(stones) > 0 {
			e, err := p.editOf(stones[0], what)
			if err != nil {
				return nil, err
			}
			edits = append(edits, e)
		}
	}
	switch {
	case len(edits) == 0 && none != nil:
		return nil, none
	case len(edits) == 0:
		return nil, fmt.Errorf("%w: there is no tombstone of %s; a value that was updated is in the history: give --at", ErrNothingToRestore, what.Key)
	}
	return edits, nil
}

// holding returns the zones on targets that a key may be in: of all zones that were applied, those with the longest name.
func (r remembered) holding(what Restoration) []Ref {
	var refs []Ref
	longest := 0
	for ref := range r.known {
		if !what.Key.Name.In(ref.Zone) || r.isUnit(ref) || !what.Zone.IsZero() && what.Zone != ref.Zone || what.Target != "" && what.Target != ref.Target {
			continue
		}
		switch n := len(ref.Zone.AppendWire(nil)); {
		case n < longest:
			continue
		case n > longest:
			longest, refs = n, nil
		}
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, Ref.Compare)
	return refs
}

// editOf returns the edit that brings back what a tombstone is about.
func (p *Planner) editOf(stone Tombstone, what Restoration) (edit, error) {
	e := edit{ref: stone.Ref, why: "restore", pin: what, hold: true}
	if err := stone.Check(); err != nil {
		return e, fmt.Errorf("tombstone %s: %w", stone.ID, err)
	}
	if stone.Kind == KindZone {
		whole, err := exported(stone.Export, stone.Zone)
		if err != nil {
			return e, fmt.Errorf("tombstone %s: %w", stone.ID, err)
		}
		e.zone, e.whole = &stone, whole
		return e, nil
	}
	e.want = map[zonefile.Key]*zonefile.RRset{stone.Key: &stone.RRset}
	e.stone = stone.ID
	return e, nil
}

// editAt returns the edit that brings an RRset back to what it was at a point.
func (p *Planner) editAt(ctx context.Context, ref Ref, what Restoration) (edit, error) {
	was, err := p.stateAt(ctx, ref, what.At, what.Key)
	if err != nil {
		return edit{}, err
	}
	switch set, ok := was[what.Key]; {
	case !ok:
		return edit{}, fmt.Errorf("%w: %s has not changed on %s since %s", ErrNothingToRestore, what.Key, ref.Target, what.At)
	case set == nil:
		return edit{}, fmt.Errorf("%w: %s was not on %s at %s", ErrNothingToRestore, what.Key, ref.Target, what.At)
	}
	return edit{ref: ref, why: "restore", pin: what, want: was}, nil
}

// edit is a change of what is live that does not come from the zones repository.
type edit struct {
	ref Ref
	why string // see Intent
	err error  // why nobody knows what is to be done
	// want is what each RRset is to be, nil for absent. Other RRsets stay.
	want map[zonefile.Key]*zonefile.RRset
	// zone is the tombstone of a zone that is brought back, and whole what was in it.
	zone  *Tombstone
	whole *zonefile.Zone
	stone string // the tombstone of the RRset
	// revision is what the zone was in a state that its provider has kept, nil if that is not what is wanted: see edit.back.
	revision *zonefile.Zone
	// hold holds the plan if something else is in the place.
	hold bool
	// pin says how long it is kept, for a restore; suspend comes with a rollback.
	pin     Restoration
	suspend *Suspension
}

// planEdits makes the plan of edits, of which each is for another zone or target.
func (p *Planner) planEdits(ctx context.Context, tree Tree, edits []edit, r remembered) (*Plan, error) {
	state, err := p.statedBy(ctx, tree, func(ref Ref) bool {
		return slices.ContainsFunc(edits, func(e edit) bool { return e.ref == ref })
	})
	if err != nil {
		return nil, err
	}
	plan := &Plan{Commit: tree.Revision, CreatedAt: r.clock.Wall.UTC().Truncate(time.Second), clock: r.clock, noted: r.noted}
	for _, e := range edits {
		plan.Zones = append(plan.Zones, p.planEdit(ctx, tree, p.zoneOf(state, e.ref), e, r))
	}
	slices.SortFunc(plan.Zones, func(a, b ZonePlan) int { return a.Compare(b.Ref) })
	holdTogether(plan.Zones)
	return plan, nil
}

// statedBy reads what a tree says of zones. A tree without zones says nothing: that is no reason not to bring one back.
func (p *Planner) statedBy(ctx context.Context, tree Tree, wanted func(Ref) bool) (desiredState, error) {
	state, err := p.reader(wanted).read(ctx, tree.FS)
	if errors.Is(err, ErrNoZones) {
		return desiredState{}, nil
	}
	return state, err
}

// zoneOf returns what was read of a zone, and that it is not there if it was not, or could not be read.
func (p *Planner) zoneOf(state desiredState, ref Ref) *desiredZone {
	zone := p.absent(ref)
	i := slices.IndexFunc(state.zones, func(d *desiredZone) bool { return d.Ref == ref })
	switch {
	case i < 0:
		if files := zone.rule.filesOf(ref.Zone); len(files) > 0 {
			zone.source, zone.beside = files[0], files[1:]
		}
	case state.zones[i].err == nil:
		return state.zones[i]
	default:
		zone.source, zone.beside, zone.unread = state.zones[i].source, state.zones[i].beside, p.located(state.zones[i].err)
	}
	return zone
}

// planEdit makes the plan of an edit.
func (p *Planner) planEdit(ctx context.Context, tree Tree, zone *desiredZone, e edit, r remembered) ZonePlan {
	if e.err == nil {
		e.err = e.check()
	}
	target, ok := p.Targets[e.ref.Target]
	plan := ZonePlan{Ref: e.ref}
	plan.desired, plan.system, plan.why = zone, target.System, e.why
	plan.again = func(ctx context.Context, p *Planner, r remembered) ZonePlan {
		return p.planEdit(ctx, tree, zone, e, r)
	}
	switch {
	case e.err != nil:
		plan.Err = e.err
		return plan
	case !ok:
		plan.Err = fmt.Errorf("%s: there is no provider of that name", e.ref)
		return plan
	}
	p.progress(e.ref, Fetching)
	defer p.progress(e.ref, Planned)
	live, err := target.Reader.Fetch(ctx, e.ref.Zone)
	kept := isKept(err)
	if errors.Is(err, providers.ErrNoZone) && e.zone != nil {
		live, err = nil, nil
		if !target.CanCreate {
			err = fmt.Errorf("%w: it cannot create zones", providers.ErrUnsupported)
		}
	}
	if plan.State = blockedState(err); plan.State != nil {
		plan.ID = digestChanges(plan.Ref, nil)
		return plan
	}
	if err != nil {
		plan.Err = fmt.Errorf("%s: %w", e.ref, err)
		return plan
	}
	in := p.input(ctx, tree, zone, live, r)
	in.pins = slices.DeleteFunc(slices.Clone(in.pins), func(pin Pin) bool { _, over := e.want[pin.Key]; return over || e.zone != nil })
	p.carry(&plan, in, e)
	plan.kept = kept
	plan.Warnings = p.Located(plan.Warnings)
	p.made(&plan, in, zone, r)
	plan.version, plan.live, plan.ended, plan.expired, plan.gracesMoved = "", nil, nil, nil, false
	if plan.Err != nil {
		plan.ID, plan.Base = zonefile.Digest{}, zonefile.Digest{}
	}
	return plan
}

// carry makes the changes of an edit.
func (p *Planner) carry(plan *ZonePlan, in zoneInput, e edit) {
	own := newOwnership(in)
	plan.own = own
	have := zonefile.NewZone(in.Zone)
	if in.live != nil {
		have = in.live.Zone
	}
	if e.revision != nil {
		e.want = e.back(have, own)
	}
	if e.suspend != nil {
		e.want = plan.withoutOthers(in, own, have, e.want)
	}
	want, taken := p.target(have, in, e)
	for c := range zonefile.Diff(have, want) {
		key := c.Key()
		if key.Type.Signing() || sameSide(c.Old, c.New) {
			continue
		}
		if in.live != nil && own.others(key) { // in a zone that is made anew there is nothing of others
			plan.Err = fmt.Errorf("%s: %s is left to others", e.ref, key)
			return
		}
		change := Change{Kind: KindRRset, Action: Restore, Key: key, Old: c.Old, New: c.New, Stone: e.stone}
		switch {
		case c.New == nil:
			change.Action = Retire
		case c.Old != nil && e.stone == "":
			change.Action = Update
		}
		plan.Changes = append(plan.Changes, change)
	}
	slices.SortStableFunc(plan.Changes, func(a, b Change) int { return boolCompare(a.New != nil, b.New != nil) })
	plan.Base = baseOf(have, own.foreign)
	plan.NegativeTTL = negativeTTL(have)
	plan.restated = in.restate(own, have, want, e)
	if len(plan.Changes) > 0 && in.live != nil {
		stones, err := in.stones()
		if err != nil {
			plan.Err = fmt.Errorf("read the tombstones of %s: %w", in.Ref, err)
			return
		}
		plan.stones = stones
	}
	g := guarded{
		ref: in.Ref, changes: plan.Changes, live: have, desired: want, stated: want.Len(), known: true, policy: in.policy,
		suspended: in.suspended, keepless: in.keepless, now: in.clock.Wall, taken: taken,
	}
	if in.live == nil {
		plan.Changes = slices.Insert(plan.Changes, 0, Change{Kind: KindZone, Action: Restore, Key: zonefile.Key{Name: in.Zone}, Stone: e.zone.ID})
		g.changes, g.live = plan.Changes, nil
	}
	plan.Holds = g.holds()
	plan.ID = digestChanges(plan.Ref, plan.Changes)
	plan.spec = e.zone
	if e.suspend != nil {
		suspend := *e.suspend
		suspend.File = plan.desired.digest()
		plan.suspend = &suspend
	}
	plan.pins = in.pinned(plan.Changes, e)
}

// withoutOthers returns what of a rollback is ours to change. The plan warns of the rest.
func (z *ZonePlan) withoutOthers(
	in zoneInput, own ownership, have *zonefile.Zone, want map[zonefile.Key]*zonefile.RRset,
) map[zonefile.Key]*zonefile.RRset {
	ours := maps.Clone(want)
	for _, key := range slices.SortedFunc(maps.Keys(want), zonefile.Key.Compare) {
		why := ""
		if own.others(key) {
			why = "it is left to others"
		} else if want[key] != nil {
			for other := range have.At(key.Name) {
				if own.others(other.Key) && cannotStandBeside(key, other.Key) {
					why = fmt.Sprintf("it cannot stand beside the %s at its name, which is left to others", other.Key.Type)
				}
			}
		}
		if why != "" {
			delete(ours, key)
			z.Warnings = append(z.Warnings, in.problem(key, "left-to-others", zonefile.Warning, "not rolled back: %s", why))
		}
	}
	return ours
}

// target returns what is to be live after an edit, and what is in the place that it takes.
func (p *Planner) target(have *zonefile.Zone, in zoneInput, e edit) (want *zonefile.Zone, taken string) {
	if e.zone != nil {
		if in.live != nil {
			taken = fmt.Sprintf("%s is there, with %s, and what the tombstone has would take its place", in.Ref, plural(have.Len(), "RRset", "RRsets"))
		}
		return e.whole, taken
	}
	var edits []zonefile.Change
	var others []zonefile.Key
	for key, set := range e.want {
		var old *zonefile.RRset
		if was, ok := have.Get(key); ok {
			old = &was
		}
		if sameSide(old, set) {
			continue
		}
		edits = append(edits, zonefile.Change{Old: old, New: set})
		if old != nil && e.hold {
			others = append(others, key)
		}
		if set == nil {
			continue
		}
		for other := range have.At(key.Name) {
			if cannotStandBeside(key, other.Key) {
				if _, also := e.want[other.Key]; also {
					continue
				}
				other = other.Clone()
				others = append(others, other.Key)
				edits = append(edits, zonefile.Change{Old: &other})
			}
		}
	}
	if len(others) > 0 {
		slices.SortFunc(others, zonefile.Key.Compare)
		taken = fmt.Sprintf("in the place of what is restored %s by now, which would be gone: %s", plural(len(others), "RRset stands", "RRsets stand"), list(others))
	}
	return have.With(edits), taken
}

// pinned returns the pins that come with the changes of a restore: what is restored, and what made way for it.
func (in zoneInput) pinned(changes []Change, e edit) []Pin {
	if e.why != "restore" {
		return nil
	}
	last := defaultPin
	if e.pin.For > 0 {
		last = e.pin.For
	}
	now := in.clock.Wall.UTC().Truncate(time.Second)
	var pins []Pin
	for _, c := range changes {
		if e.zone != nil && c.Kind != KindZone && in.live == nil {
			continue // the zone is pinned as a whole
		}
		pins = append(pins, Pin{
			Ref: in.Ref, Key: c.Key, Stated: statedDigest(in.file.Zone, c.Key), Since: now, Until: now.Add(last), Actor: e.pin.Actor, Reason: e.pin.Reason,
		})
	}
	return pins
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
