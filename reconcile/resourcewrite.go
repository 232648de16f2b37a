package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
)

// unitWrite is the application of the plan of a domain's resources: keep others out, say what became of writes that were interrupted, look again and
// compare, and then change by change: note the intent and bury, write, look at what came of it, note the outcome.
type unitWrite struct {
	zoneWrite
	resources providers.ResourceProvider
	outcome   Outcome
}

// applyUnit applies the plan of a unit.
func (a *Applier) applyUnit(ctx context.Context, tree Tree, plan *ZonePlan, approval Approval) Outcome {
	w := &unitWrite{zoneWrite: zoneWrite{Applier: a, plan: plan, tree: tree, approval: approval}, resources: a.Resources[plan.Target]}
	release, err := w.lock(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return Outcome{Status: Interrupted, Err: err}
	case err != nil:
		return Outcome{Status: Failed, Err: err}
	}
	defer release()
	settled, err := w.look(ctx)
	w.outcome.Settled = settled
	switch {
	case err != nil && ctx.Err() != nil:
		w.fail(Interrupted, err)
	case errors.Is(err, ErrStale):
		w.fail(Stale, err)
	case err != nil:
		w.fail(Failed, err)
	default:
		w.write(ctx)
	}
	return w.outcome
}

// look settles what was interrupted and plans the unit again, from what is there now. It is an error that wraps ErrStale if that is another plan.
func (w *unitWrite) look(ctx context.Context) (settled int, err error) {
	w.Planner.progress(w.plan.Ref, Fetching)
	if settled, err = w.settleOpen(ctx); err != nil {
		return settled, err
	}
	planner := *w.Planner
	planner.Progress = nil
	r, err := planner.remember(ctx, w.plan.Ref)
	if err != nil {
		return settled, err
	}
	now := w.plan.again(ctx, &planner, r)
	switch {
	case now.Err != nil && ctx.Err() != nil:
		return settled, now.Err
	case now.Err != nil:
		return settled, fmt.Errorf("%w: %w", ErrStale, now.Err)
	case now.Base != w.plan.Base || now.ID != w.plan.ID:
		return settled, staleError(w.plan, &now)
	}
	for _, hold := range now.Holds {
		if !w.plan.heldBy(hold.Guard) && now.Held(w.approval) {
			return settled, fmt.Errorf("%w: %s: held by %s since it was planned: %s", ErrStale, w.plan.Ref, hold.Guard, hold.Reason)
		}
	}
	w.plan.provenance = now.provenance
	return settled, nil
}

// write makes the changes, one after the other. One that fails keeps no other from being made, unless nobody knows what became of it.
func (w *unitWrite) write(ctx context.Context) {
	ctx, cancel := w.lasting(ctx)
	defer cancel()
	for i, c := range w.plan.Changes {
		if ctx.Err() != nil {
			w.fail(Failed, fmt.Errorf("apply %s: stopped, and %s not begun: %w", w.plan.Ref, plural(len(w.plan.Changes)-i, "change was", "changes were"), context.Cause(ctx)))
			break
		}
		if !w.change(ctx, c) {
			break
		}
	}
	w.fill(ctx)
	if w.outcome.Err == nil {
		w.outcome.Status = Unchanged
		if len(w.plan.Changes) > 0 {
			w.outcome.Status = Applied
		}
		if err := w.noteUnit(ctx); err != nil {
			w.fail(Failed, err)
		}
	}
	w.Planner.progress(w.plan.Ref, Finished)
}

// fill notes all fields of what was brought back, of which the changes have only those that were written.
func (w *unitWrite) fill(ctx context.Context) {
	if w.Planner.Stateless || !slices.ContainsFunc(w.outcome.Changes, func(c Change) bool { return c.Action == Restore }) {
		return
	}
	writing, cancel := w.unhurried(ctx)
	defer cancel()
	all, err := w.Store.AppliedResources(writing, w.plan.Ref)
	for i := range all {
		l := w.plan.unit.resource(all[i].Name)
		if l == nil || !slices.ContainsFunc(w.outcome.Changes, func(c Change) bool { return c.Key.Name == l.name && c.Action == Restore }) {
			continue
		}
		l.applied = &all[i]
		if fields, more := l.filled(w.plan.unit.typ); more {
			all[i].Fields = fields
		}
	}
	if err == nil {
		err = w.Store.SetAppliedResources(writing, w.plan.Ref, AppliedState{System: w.plan.system, Commit: w.tree.Revision}, all)
	}
	if err != nil {
		w.fail(Failed, fmt.Errorf("note what is applied to %s: %w", w.plan.Ref, err))
	}
}

// fail notes an error. The first status stays.
func (w *unitWrite) fail(status Status, err error) {
	if w.outcome.Err == nil {
		w.outcome.Status = status
	}
	w.outcome.Err = errors.Join(w.outcome.Err, err)
}

// change makes one change, and reports false if nobody knows what became of it.
func (w *unitWrite) change(ctx context.Context, c Change) bool {
	writing, cancel := w.unhurried(ctx)
	defer cancel()
	l := w.plan.unit.resource(c.Key.Name)
	if l == nil {
		w.fail(Failed, fmt.Errorf("%s: nothing is known of %s", w.plan.Ref, c.Key.Name))
		return true
	}
	stones := w.stonesOf(c)
	id, err := w.Store.Begin(writing, w.intent([]Change{c}, stones))
	if err != nil {
		w.fail(Failed, fmt.Errorf("note what is about to be written to %s, before anything else: %w", w.plan.Ref, err))
		return false
	}
	w.Planner.progress(w.plan.Ref, Writing)
	wrote := w.send(writing, l, c)
	written := writtenAfter(wrote, 0)
	if w.calls(c) {
		w.outcome.Written = max(w.outcome.Written, written)
	}
	name := fmt.Sprintf("%s %s %s on %s", c.Action, c.Resource.Kind, c.Key.Name, w.plan.Target)
	if written == NotWritten && !errors.Is(wrote, providers.ErrNoResource) {
		w.conclude(writing, id, Conclusion{Result: Refused, Err: wrote.Error()})
		w.refuse(name, c, wrote)
		return true
	}
	reading, cancel := w.unhurried(ctx)
	defer cancel()
	w.Planner.progress(w.plan.Ref, Reading)
	after, err := w.fetch(reading, l, c)
	if err != nil { // nobody knows what is there: the intent stays open, and the next run settles it
		w.fail(Failed, errors.Join(wrote, fmt.Errorf("%s: read it back: %w", name, err)))
		return false
	}
	end := Conclusion{Result: NotDone, Live: []bool{w.isLive(c, after, wrote == nil)}}
	switch {
	case end.Live[0]:
		end.Result = Done
		w.outcome.Written = max(w.outcome.Written, written)
		w.outcome.Changes = append(w.outcome.Changes, c)
		w.ends(c, &end)
		for _, stone := range stones {
			w.outcome.Tombstones = append(w.outcome.Tombstones, stone.ID)
		}
	case wrote != nil:
		end.Err = wrote.Error()
		w.refuse(name, c, wrote)
	default:
		end.Err = "the provider reported success, and it is not as it was to be"
		w.fail(Failed, fmt.Errorf("%s: %s", name, end.Err))
	}
	w.conclude(reading, id, end)
	return true
}

// ends notes which tombstones end with a change.
func (w *unitWrite) ends(c Change, end *Conclusion) {
	switch {
	case c.Action == Purge:
		end.Purged = append([]string{c.Stone}, w.plan.ending...)
	case c.Stone != "" && !slices.ContainsFunc(w.plan.Deferred, func(d Deferred) bool { return d.Key == c.Key }): // of which the rest is still to come
		end.Restored = []string{c.Stone}
	}
}

// refuse notes that a change could not be made.
func (w *unitWrite) refuse(name string, c Change, err error) {
	status := Failed
	switch {
	case errors.Is(err, providers.ErrConflict):
		status = Conflict
	case blockedState(err) != nil:
		status, w.outcome.State = Held, blockedState(err)
	case errors.Is(err, providers.ErrInvalid):
		w.outcome.Refused = append(w.outcome.Refused, Refusal{[]Change{c}, err})
	}
	w.fail(status, fmt.Errorf("%s: %w", name, err))
}

func (w *unitWrite) conclude(ctx context.Context, id int64, c Conclusion) {
	c.At = w.now()
	if err := w.Store.Conclude(ctx, id, c); err != nil {
		w.fail(Failed, fmt.Errorf("note what was applied to %s: %w", w.plan.Ref, err))
	}
}

// idSetting is what a tombstone has the provider's own name of a resource under, among its fields: none is called so.
const idSetting = "#id"

// stonesOf returns the tombstone of a resource that a change retires.
func (w *unitWrite) stonesOf(c Change) []Tombstone {
	if c.Action != Retire {
		return nil
	}
	stone := w.tombstone(c)
	stone.Resource, stone.References, stone.Settings = c.Resource.Kind, c.Resource.References, map[string]string{}
	for _, f := range c.Resource.Fields {
		stone.Settings[f.Name] = f.Old
	}
	if l := w.plan.unit.resource(c.Key.Name); l != nil && l.live != nil {
		stone.Settings[idSetting] = l.live.ID
	}
	return []Tombstone{stone}
}

// calls reports whether the provider is called for a change.
func (w *unitWrite) calls(c Change) bool {
	switch c.Action {
	case Retire:
		l := w.plan.unit.resource(c.Key.Name)
		return w.plan.unit.typ.Removal == providers.RemovedAtRetire && l.live != nil
	case Restore:
		l := w.plan.unit.resource(c.Key.Name)
		return l.live == nil || len(c.Resource.Fields) > 0
	case Create, Update, Purge:
	}
	return true
}

// send has the provider make a change.
func (w *unitWrite) send(ctx context.Context, l *liveResource, c Change) error {
	if !w.calls(c) {
		return nil
	}
	switch {
	case c.Action == Retire || c.Action == Purge:
		return w.resources.RemoveResource(ctx, l.live)
	case l.live == nil:
		return w.resources.CreateResource(ctx, l.wantedWith(c))
	}
	var fields []string
	for _, f := range c.Resource.Fields {
		fields = append(fields, f.Name)
	}
	return w.resources.UpdateResource(ctx, l.live, l.wantedWith(c), fields)
}

// wantedWith returns a resource with the values that a change gives it.
func (l *liveResource) wantedWith(c Change) providers.Resource {
	wanted := l.wanted
	wanted.Kind, wanted.Name = c.Resource.Kind, l.name
	values := map[string]string{}
	for _, f := range c.Resource.Fields {
		values[f.Name] = f.New
	}
	return wanted.With(values)
}

// fetch looks at a resource after a change, and returns nil if it is not there.
func (w *unitWrite) fetch(ctx context.Context, l *liveResource, c Change) (*providers.ResourceSnapshot, error) {
	what := l.wantedWith(c)
	if l.live != nil {
		what = l.live.Resource
	}
	after, err := w.resources.FetchResource(ctx, what)
	if errors.Is(err, providers.ErrNoResource) {
		return nil, nil
	}
	if err == nil {
		l.live = after // what comes next in this plan is made from it
	}
	return after, err
}

// isLive reports whether a change is live, given the resource as it is now, nil if it is not there. Of fields that cannot be read it is taken to be so if the provider said so.
func (w *unitWrite) isLive(c Change, now *providers.ResourceSnapshot, said bool) bool {
	typ := w.Planner.Resources[w.plan.Target].Reader.ResourceType()
	return isLiveResource(c, typ, now, said)
}

func isLiveResource(c Change, typ providers.ResourceType, now *providers.ResourceSnapshot, said bool) bool {
	switch c.Action {
	case Retire:
		return typ.Removal != providers.RemovedAtRetire || now == nil
	case Purge:
		return now == nil
	case Create, Update, Restore:
	}
	if now == nil {
		return false
	}
	for _, f := range c.Resource.Fields {
		spec, _ := typ.Field(f.Name)
		switch {
		case spec.Rule == providers.WriteOnly:
			if !said {
				return false
			}
		case now.Fields[f.Name] != f.New:
			return false
		}
	}
	return true
}

// settleOpen says of each intent of the unit that nobody concluded what became of it, as far as the provider tells.
func (w *unitWrite) settleOpen(ctx context.Context) (settled int, err error) {
	if !w.plan.open {
		return 0, nil
	}
	intents, err := w.Store.Open(ctx, w.plan.Ref)
	if err != nil {
		return 0, fmt.Errorf("read what was interrupted at %s: %w", w.plan.Ref, err)
	}
	for _, intent := range intents {
		end := Conclusion{At: w.now(), Live: make([]bool, len(intent.Changes)), Settled: true}
		live := 0
		for i, c := range intent.Changes {
			if c.Kind != KindResource { // the provider had another type then
				continue
			}
			fields := map[string]string{}
			for _, f := range c.Resource.Fields {
				fields[f.Name] = f.New
				if c.Action == Retire {
					fields[f.Name] = f.Old
				}
			}
			now, err := w.resources.FetchResource(ctx, providers.Resource{Kind: c.Resource.Kind, Name: c.Key.Name, Fields: fields})
			if err != nil && !errors.Is(err, providers.ErrNoResource) {
				return settled, fmt.Errorf("%s: look at what became of %s, which was interrupted: %w", w.plan.Ref, c.Key.Name, err)
			}
			if end.Live[i] = w.isLive(c, now, false); end.Live[i] {
				live++
				if c.Stone != "" && c.Action == Purge {
					end.Purged = append(end.Purged, c.Stone)
				} else if c.Stone != "" {
					end.Restored = append(end.Restored, c.Stone)
				}
			}
		}
		end.Result = resultOf(live, len(intent.Changes))
		switch err := w.Store.Conclude(ctx, intent.ID, end); {
		case errors.Is(err, ErrConcluded):
		case err != nil:
			return settled, fmt.Errorf("note what became of a write to %s that was interrupted: %w", w.plan.Ref, err)
		default:
			settled++
		}
	}
	return settled, nil
}

// noteUnit brings the store up to date with what is as it is declared.
func (w *unitWrite) noteUnit(ctx context.Context) error {
	if err := w.lookAt(ctx, w.tree, w.plan); err != nil {
		return fmt.Errorf("note what is applied to %s: %w", w.plan.Ref, err)
	}
	if w.Planner.Stateless || w.plan.why != "apply" || len(w.plan.Changes) > 0 { // what those came to is looked at first
		return nil
	}
	noted, moved := w.plan.unit.noted(w.plan)
	if !moved {
		return nil
	}
	state := AppliedState{System: w.plan.system, Commit: w.tree.Revision}
	if err := w.Store.SetAppliedResources(ctx, w.plan.Ref, state, noted); err != nil {
		return fmt.Errorf("note what is applied to %s: %w", w.plan.Ref, err)
	}
	return nil
}

// noteAlone is noteUnit for a plan without changes, with the lock where something is to be noted.
func (a *Applier) noteAlone(ctx context.Context, tree Tree, plan *ZonePlan) Outcome {
	w := &unitWrite{zoneWrite: zoneWrite{Applier: a, plan: plan, tree: tree}, resources: a.Resources[plan.Target]}
	if _, moved := plan.unit.noted(plan); moved && plan.why == "apply" && !a.Planner.Stateless {
		release, err := w.lock(ctx)
		if err != nil {
			return Outcome{Status: Failed, Err: err}
		}
		defer release()
		if _, err := w.look(ctx); err != nil {
			return Outcome{Status: Stale, Err: err}
		}
	}
	if err := w.noteUnit(ctx); err != nil {
		return Outcome{Status: Failed, Err: err}
	}
	if plan.check {
		a.checkAll(ctx, plan)
	}
	return Outcome{Status: Unchanged}
}

// checkAll has the provider look at the resources that are not ready although all that they want is published. What comes of it is seen when they are
// looked at the next time, so an error is worth nothing.
func (a *Applier) checkAll(ctx context.Context, plan *ZonePlan) {
	a.inspect(ctx, plan, func(s providers.ResourceStatus) bool { return s.Phase == providers.Pending })
}
