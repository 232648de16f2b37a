package reconcile

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// LoopOptions say what a loop works with.
type LoopOptions struct {
	Source Source
	// Applier carries out what its Planner plans. Nothing that a guard holds is applied before somebody has approved it.
	Applier *Applier
	// Interval is the time from one look at the source to the next; it varies by a tenth so that many programs do not ask at once.
	Interval time.Duration
	// DriftInterval is the time after which a zone is compared with what is live although nothing has changed, with the same variation for each zone. A
	// policy may have another one.
	DriftInterval time.Duration
	Log           *slog.Logger
	// OnLook is told of each look at the source, OnRound of each group of zones that was worked on, and OnBeat that the loop is alive, every few seconds
	// at least. They may be nil, and may be called concurrently.
	OnLook  func(Look)
	OnRound func(Round)
	OnBeat  func()
}

// Loop keeps live equal to desired: it looks for a new state of the zones repository again and again, plans the zones that have changed, applies what no
// guard holds, and now and then compares every zone to correct what was changed elsewhere. Each zone waits for its turn by itself, so that a provider
// which is slow or down costs nothing but its zones.
//
// Its methods may be called concurrently.
type Loop struct {
	LoopOptions
	cache parseCache
	ring  chan struct{} // something is to be done; holds one

	mu      sync.Mutex
	running bool
	// What is known of the source.
	tree     Tree
	state    desiredState
	readAt   time.Time // the tree
	lookAt   time.Time // when the source is looked at next
	looking  bool
	lastLook time.Time // when it was last begun
	okLook   time.Time // when it last went well
	failing  time.Time // since when it does not
	lookErr  error
	// What is known of zones.
	groups map[Ref]*group
	known  map[Ref]bool // what was applied, or has tombstones that stand, as far as somebody has seen
	zones  map[Ref]*ZoneStatus
	queue  *queue
	diary  *diary
	busy   map[Ref]Trigger // members of groups that are worked on, and why
	parked []*queued       // whose turn has come while they are
	follow map[Ref]followed
	awaiting
	said    map[Ref]string // what was last logged of a zone, so that it is not said again and again
	notices map[string]bool
	// unreviewed is how long a zone waited last until it was looked at whether it is reviewed by now.
	unreviewed map[Ref]time.Duration
	// failure is why the source could not be read the last time, and roundFailure why nothing could be planned, not to say it again and again.
	failure, roundFailure string
}

// Look is what one look at the source came to.
type Look struct {
	Start time.Time
	// Fetched and Parsed are how long it took to get the files, and to read them.
	Fetched, Parsed time.Duration
	// Revision is empty if the source could not be read.
	Revision string
	// Changed says that it is another one than before, and Files how many zone files were read for it.
	Changed bool
	Files   int
	Err     error
}

// Round is what was done once about a group of zones that are planned together.
type Round struct {
	Trigger Trigger
	Start   time.Time
	// Waited is how long it waited for its turn; Planned and Applied are how long these took.
	Waited, Planned, Applied time.Duration
	Revision, Author         string // of the source
	Plan                     *Plan
	Outcomes                 []Outcome // one for each zone of the plan
	// Err is why there is no plan: then no zone was touched.
	Err error
}

// NewLoop returns a loop that does nothing before Run.
func NewLoop(opts LoopOptions) *Loop {
	return &Loop{
		LoopOptions: opts, ring: make(chan struct{}, 1), known: map[Ref]bool{}, zones: map[Ref]*ZoneStatus{}, queue: newQueue(), diary: newDiary(),
		busy: map[Ref]Trigger{}, follow: map[Ref]followed{}, awaiting: newAwaiting(), said: map[Ref]string{}, unreviewed: map[Ref]time.Duration{}, notices: map[string]bool{},
	}
}

const (
	// beat is how often a loop that has nothing to do says that it is alive.
	beat = 10 * time.Second
	// lookGap is the shortest time from one look at the source to the next, however many ask for it.
	lookGap = time.Second
)

// Run works until ctx is done: what is being written then is finished first. It may be called once.
func (l *Loop) Run(ctx context.Context) {
	var workers sync.WaitGroup
	l.mu.Lock()
	l.running = true
	l.mu.Unlock()
	defer func() {
		l.wait(&workers)
		l.end()
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		l.live()
		timer.Reset(l.begin(ctx, &workers))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-l.ring:
		case <-l.Source.Changed():
			l.Look()
		}
	}
}

// wait waits until what was begun is finished, which is bounded and may take minutes.
func (l *Loop) wait(workers *sync.WaitGroup) {
	done := make(chan struct{})
	go func() { defer close(done); workers.Wait() }()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			l.live()
		}
	}
}

// live says that the loop is alive.
func (l *Loop) live() {
	if l.OnBeat != nil {
		l.OnBeat()
	}
}

// begin begins what is to be done now, and returns how long there is nothing more to do unless something happens.
func (l *Loop) begin(ctx context.Context, workers *sync.WaitGroup) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if !l.looking && !now.Before(l.lookAt) {
		l.looking, l.lastLook = true, now
		l.lookAt = now.Add(vary(l.Interval))
		workers.Go(func() { l.look(ctx) })
	}
	for a, ok := l.diary.due(now); ok; a, ok = l.diary.due(now) {
		if z := l.zones[a.ref]; z != nil && z.Failures > 0 {
			a.trigger = TriggerRetry // which an earlier end of something is too
		}
		l.enqueue(a.ref, a.trigger)
	}
	for one := l.queue.next(l.may); one != nil; one = l.queue.next(l.may) {
		g := l.groups[one.key]
		if g == nil { // it has left on both sides
			l.queue.done(one)
			answerAll(one.asked, nil, nil, ErrNoSuchPlan)
			continue
		}
		if slices.ContainsFunc(g.refs, func(ref Ref) bool { _, ok := l.busy[ref]; return ok }) {
			l.queue.done(one)
			l.parked = append(l.parked, one)
			continue
		}
		one.turn = l.turn
		for _, ref := range g.refs {
			l.busy[ref] = one.trigger
			l.diary.cancel(ref)
		}
		tree, waited, still := l.tree, now.Sub(one.since), l.lookErr != nil
		workers.Go(func() { l.work(ctx, g, tree, one, waited, still) })
	}
	next := now.Add(beat)
	if !l.looking && l.lookAt.Before(next) {
		next = l.lookAt
	}
	if at := l.diary.next(); !at.IsZero() && at.Before(next) {
		next = at
	}
	return max(time.Until(next), 0)
}

// may reports whether something may be begun. While the source cannot be read that is only what was read before and what was asked for: whether what ends
// now is still absent from the zones repository nobody can tell.
func (l *Loop) may(trigger Trigger) bool {
	return l.lookErr == nil || trigger.urgency() <= TriggerRetry.urgency()
}

// enqueue has the group of a zone wait for its turn, if there is one.
func (l *Loop) enqueue(ref Ref, trigger Trigger, asked ...*petition) {
	g := l.groups[ref]
	if g == nil {
		answerAll(asked, nil, nil, ErrNoSuchPlan)
		return
	}
	l.queue.add(g.key(), g.lane, trigger, time.Now(), asked...)
}

// requeue has what has waited wait again: its group may be another one by now.
func (l *Loop) requeue(one *queued) {
	if g := l.groups[one.key]; g != nil {
		l.queue.add(g.key(), g.lane, one.trigger, one.since, one.asked...)
		return
	}
	answerAll(one.asked, nil, nil, ErrNoSuchPlan)
}

// wake has Run look for what is to be done.
func (l *Loop) wake() {
	select {
	case l.ring <- struct{}{}:
	default:
	}
}

// end answers those who wait for something that will not be done.
func (l *Loop) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = false
	for _, one := range slices.Concat(l.queue.drain(), l.parked) {
		answerAll(one.asked, nil, nil, ErrNotRunning)
	}
	l.parked = nil
}

// vary returns d more or less a tenth.
func vary(d time.Duration) time.Duration {
	if d < 10 {
		return d
	}
	return d - d/10 + rand.N(d/5)
}

// look looks at the source once, and has the zones wait for their turn that have changed in it.
func (l *Loop) look(ctx context.Context) {
	look := Look{Start: time.Now()}
	read, err := l.read(ctx, &look)
	look.Err = err
	l.mu.Lock()
	l.looking = false
	if err == nil {
		l.okLook, l.lookErr, l.failing = time.Now(), nil, time.Time{}
		if look.Changed {
			l.take(read)
		}
		for _, ref := range read.free {
			l.enqueue(ref, TriggerDue)
		}
	} else if ctx.Err() == nil {
		if l.lookErr = err; l.failing.IsZero() {
			l.failing = look.Start
		}
	}
	l.mu.Unlock()
	if ctx.Err() == nil || err == nil {
		l.reportLook(look)
	}
	l.wake()
}

// findings are what a look found.
type findings struct {
	tree  Tree
	state desiredState
	// known is what the store knows of, and unmoved what needs not be looked at; both only of the first reading.
	known   []Ref
	unmoved map[Ref]time.Time
	// standing is when the first tombstone may be purged, for those that are unmoved.
	standing map[Ref]time.Time
	// free are those that are not suspended any more.
	free []Ref
}

// read reads the source, and what is in it if that has changed.
func (l *Loop) read(ctx context.Context, look *Look) (r findings, err error) {
	r.tree, err = l.Source.Tree(ctx)
	look.Fetched = time.Since(look.Start)
	if err != nil {
		return r, err
	}
	look.Revision = r.tree.Revision
	l.mu.Lock()
	first, before := l.groups == nil, l.tree.Revision
	var suspended []Ref
	for ref, zone := range l.zones {
		if zone.Suspended {
			suspended = append(suspended, ref)
		}
	}
	l.mu.Unlock()
	planner := l.Applier.Planner
	if look.Changed = first || r.tree.Revision != before; look.Changed {
		reader := planner.reader(Selection{}.Has)
		reader.cache = &l.cache
		if r.state, err = reader.read(ctx, r.tree.FS); err != nil {
			return r, err
		}
		look.Parsed, look.Files = time.Since(look.Start)-look.Fetched, l.cache.parsedFiles()
	}
	if first {
		known, err := planner.remember(ctx)
		if err != nil {
			return r, err
		}
		refs := maps.Clone(known.standing)
		for ref := range known.known {
			refs[ref] = time.Time{}
		}
		r.known, r.standing = slices.Collect(maps.Keys(refs)), known.standing
		r.unmoved = planner.sift(ctx, r.state, known)
	} else if len(suspended) > 0 {
		if r.free, err = l.resumed(ctx, suspended); err != nil {
			return r, err
		}
	}
	return r, nil
}

// fewRefs is up to how many the store is asked about one by one.
const fewRefs = 100

// resumed returns which zones are not suspended any more: another process may have resumed them.
func (l *Loop) resumed(ctx context.Context, suspended []Ref) ([]Ref, error) {
	wanted := suspended
	if len(wanted) > fewRefs {
		wanted = nil
	}
	r, err := l.Applier.Planner.remember(ctx, wanted...)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return having(suspended, func(ref Ref) bool {
		g := l.groups[ref]
		return g != nil && !slices.ContainsFunc(g.members(), func(zone *desiredZone) bool { return zone.Ref == ref && r.suspended(zone) != nil })
	}), nil
}

// take takes over what was read.
func (l *Loop) take(r findings) {
	first, before := l.groups == nil, l.groups
	for _, ref := range r.known {
		l.known[ref] = true
	}
	for _, zone := range slices.Concat(r.state.zones, r.state.domains.all) {
		l.known[zone.Ref] = true // it may leave the next time
	}
	l.tree, l.state, l.readAt = r.tree, r.state, time.Now()
	l.groups = groupsOf(r.state, slices.Collect(maps.Keys(l.known)), func(ref Ref) bool { _, ok := l.Applier.Planner.Resources[ref.Target]; return ok })
	for _, one := range l.queue.drain() {
		l.requeue(one)
	}
	for ref := range l.zones {
		if l.groups[ref] == nil {
			l.forget(ref)
		}
	}
	for ref, g := range l.groups {
		zone := l.zone(ref)
		switch {
		case first && g.unmoved(r.unmoved):
			zone.Status, zone.Revision, zone.Succeeded = Unchanged, r.tree.Revision, r.unmoved[ref]
			l.diary.set(appointment{time.Now().Add(rand.N(l.driftInterval(g))), ref, TriggerDrift})
			if due, ok := r.standing[ref]; ok {
				l.meet(appointment{due, ref, TriggerDue})
			}
		case first:
			l.enqueue(ref, TriggerDrift)
		case before[ref] == nil || before[ref].digest != g.digest:
			l.enqueue(ref, TriggerSource)
		}
	}
}

// forget forgets a zone that is gone on both sides.
func (l *Loop) forget(ref Ref) {
	delete(l.zones, ref)
	delete(l.known, ref)
	delete(l.said, ref)
	delete(l.unreviewed, ref)
	delete(l.follow, ref)
	delete(l.awaits, ref)
	delete(l.settled, ref)
	l.diary.cancel(ref)
}

// zone returns what is known of a zone.
func (l *Loop) zone(ref Ref) *ZoneStatus {
	z, ok := l.zones[ref]
	if !ok {
		z = &ZoneStatus{Ref: ref}
		l.zones[ref] = z
	}
	return z
}

// driftInterval is how long the members of a group are not compared with what is live as long as nothing changes.
func (l *Loop) driftInterval(g *group) time.Duration {
	shortest := time.Duration(0)
	for _, zone := range g.members() {
		if d := cmp.Or(zone.rule.Policy.DriftInterval, l.DriftInterval); shortest == 0 || d < shortest {
			shortest = d
		}
	}
	return max(cmp.Or(shortest, l.DriftInterval), time.Second)
}

// members are those of the zones repository.
func (g *group) members() []*desiredZone { return slices.Concat(g.state.zones, g.state.domains.units) }

// unmoved reports whether none of the members need be looked at.
func (g *group) unmoved(all map[Ref]time.Time) bool {
	return !g.gone && len(g.state.domains.units) == 0 && !slices.ContainsFunc(g.refs, func(ref Ref) bool { _, ok := all[ref]; return !ok })
}
