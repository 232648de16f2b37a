package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Planner makes plans. It reads zone files and live zones, and holds nothing that can write to a provider.
// Its methods may be called concurrently.
type Planner struct {
	// Rules say which zones go where, in their order.
	Rules []Rule
	// Targets are the providers by name. Each rule's targets are among them.
	Targets map[string]Target
	// Store remembers what was applied and retired.
	Store Store
	// Stateless says that the Store keeps no applied state: every zone is taken to be known.
	Stateless bool
	// Keepless says that the Store keeps no tombstones: what would retire is held.
	Keepless bool
	// Thorough fetches every zone, also those that have not changed on either side as far as the provider's list of zones tells.
	Thorough bool
	// Version names the version of the program: zones that another one left as they should be are fetched, since it may have read them otherwise.
	Version string
	// Clock reads the clocks of the machine, nil for the wall clock alone.
	Clock func() Clock
	// Progress is told what is begun and ended, and may be nil. It may be called concurrently.
	Progress func(Ref, Phase)
	// Folder is the source directory as people know it; it is put in front of the files that plans and problems name.
	Folder string
	// DefaultTTL is that of YAML records without one, in seconds; 0 is 3600.
	DefaultTTL zonefile.TTL
	// Limits bound what reading a zone may cost.
	Limits zonefile.Limits
}

// Phase is where a zone is on its way.
type Phase string

// The phases. What is to be planned or written is Queued at first, and Planned or Finished at last.
const (
	Queued    Phase = "queued"
	Locking   Phase = "waiting for its turn" // others may be writing the zone
	Fetching  Phase = "fetching"
	Planned   Phase = "planned"
	Writing   Phase = "writing"
	Reading   Phase = "reading back"
	Verifying Phase = "verifying"
	Finished  Phase = "finished"
)

// Selection says which zones are meant. The zero Selection means all.
type Selection struct {
	Zones   []zonefile.Name // empty for all
	Targets []string        // empty for all
	// Lenient leaves out Zones that the zones repository does not have. Without it they are an error.
	Lenient bool
}

// Has reports whether a zone on a target is meant.
func (s Selection) Has(ref Ref) bool {
	return s.hasZone(ref) && (len(s.Targets) == 0 || slices.Contains(s.Targets, ref.Target))
}

func (s Selection) hasZone(ref Ref) bool {
	return len(s.Zones) == 0 || slices.Contains(s.Zones, ref.Zone)
}

// ErrNoZone is wrapped where a zone was asked for by name and no rule brings it from the zones repository to a target that was asked for.
var ErrNoZone = errors.New("the zones repository has no such zone for these targets")

// Finding is what reading the file of one zone came to.
type Finding struct {
	Zone    zonefile.Name
	Targets []string
	Source  string // the file, below Folder
	// Files are all files that were read for it, those that it includes too, relative to the source directory.
	Files           []string
	Problems        []zonefile.Problem
	RRsets, Records int
	Err             error // why the file could not be read at all
}

// Check reads all zone files of a tree and returns what was found in each, by zone and file. It asks no provider.
// The notices are about files that go nowhere.
func (p *Planner) Check(ctx context.Context, tree Tree, only Selection) (findings []Finding, notices []string, err error) {
	state, err := p.read(ctx, tree, only)
	if err != nil {
		return nil, nil, err
	}
	state.zones = slices.DeleteFunc(state.zones, func(d *desiredZone) bool { return d.optional })
	type source struct {
		zone zonefile.Name
		file string
	}
	seen := map[source]int{}
	for _, zone := range state.zones {
		s := source{zone.Zone, zone.source}
		if i, ok := seen[s]; ok {
			findings[i].Targets = append(findings[i].Targets, zone.Target)
			continue
		}
		seen[s] = len(findings)
		f := Finding{Zone: zone.Zone, Targets: []string{zone.Target}, Source: p.under(zonefile.Position{File: zone.source}).File, Err: p.located(zone.err)}
		f.Files = []string{zone.source}
		if zone.file != nil {
			f.Files = zone.file.Files()
			f.Problems = p.problems(zone.file.Problems)
			f.RRsets, f.Records = zone.file.Zone.Len(), zone.file.Zone.Records()
		}
		findings = append(findings, f)
	}
	return findings, state.notices, nil
}

// Plan makes the plan for a tree. The error is for what concerns all zones: a tree without zones, a store that cannot be read, a
// context that ended. What goes wrong with one zone is in its ZonePlan.
//
// The base of a zone plan is the digest of the live RRsets without what is foreign, what the server makes by itself,
// what is disabled, and the serial of the SOA.
//
// A zone that is meant on some of its targets, and is held together on all, is looked at on the others too.
func (p *Planner) Plan(ctx context.Context, tree Tree, only Selection) (*Plan, error) {
	wanted := only.Has
	if len(only.Targets) > 0 {
		wanted = only.hasZone
	}
	state, err := p.reader(wanted).read(ctx, tree.FS)
	if err != nil {
		return nil, err
	}
	state.zones = slices.DeleteFunc(state.zones, func(d *desiredZone) bool { return !only.Has(d.Ref) && !d.rule.Policy.Together })
	if err := only.complete(state); err != nil {
		return nil, err
	}
	plan, err := p.plan(ctx, tree, state, only.Has)
	if err != nil {
		return nil, err
	}
	plan.Zones = slices.DeleteFunc(plan.Zones, func(z ZonePlan) bool { return !only.Has(z.Ref) })
	return plan, nil
}

// plan makes the plan for zones that were read, and of those that also wants for zones that are not in the repository any more. It may be nil for none.
func (p *Planner) plan(ctx context.Context, tree Tree, state desiredState, also func(Ref) bool) (*Plan, error) {
	r, err := p.remember(ctx)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Commit: tree.Revision, CreatedAt: r.clock.Wall.UTC().Truncate(time.Second), Notices: slices.Clone(state.notices), clock: r.clock}
	if doubt := r.clock.Doubt(); doubt != "" {
		plan.Notices = append(plan.Notices, doubt)
	}
	gone := func(d *desiredZone) bool { return d.optional && (!r.has(d.Ref) || d.rule.Policy.RetireZones) }
	zones := slices.DeleteFunc(slices.Clone(state.zones), gone)
	if plan.Zones, err = p.planZones(ctx, tree, zones, r); err != nil {
		return nil, err
	}
	if also != nil {
		state.zones = zones
		removals, notices := p.removals(ctx, tree, state, r, also)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var purges []ZonePlan
		if plan.expired, purges, err = p.expired(ctx, tree, state, r, also); err != nil {
			return nil, err
		}
		plan.Zones, plan.Notices = slices.Concat(plan.Zones, removals, purges), append(plan.Notices, notices...)
		slices.SortFunc(plan.Zones, func(a, b ZonePlan) int { return a.Compare(b.Ref) })
	}
	holdTogether(plan.Zones)
	return plan, nil
}

// reader returns a reader of the zones that are wanted.
func (p *Planner) reader(wanted func(Ref) bool) reader {
	return reader{rules: p.Rules, limits: p.Limits, ttl: p.DefaultTTL, only: wanted}
}

// read returns the desired state of the zones that are meant.
func (p *Planner) read(ctx context.Context, tree Tree, only Selection) (desiredState, error) {
	state, err := p.reader(only.Has).read(ctx, tree.FS)
	if err != nil {
		return desiredState{}, err
	}
	return state, only.complete(state)
}

// complete returns an error if a zone that is meant is not there.
func (s Selection) complete(state desiredState) error {
	for _, zone := range s.Zones {
		if !s.Lenient && !slices.ContainsFunc(state.zones, func(d *desiredZone) bool { return d.Zone == zone && s.Has(d.Ref) }) {
			return fmt.Errorf("%w: %s", ErrNoZone, zone)
		}
	}
	return nil
}

// planZones plans each zone, many at a time on each target, so that a target that is slow keeps none but its own zones waiting. How many
// requests a provider gets at once is bounded at the provider.
func (p *Planner) planZones(ctx context.Context, tree Tree, zones []*desiredZone, r remembered) ([]ZonePlan, error) {
	plans := make([]ZonePlan, len(zones))
	var all errgroup.Group
	byTarget := map[string][]int{}
	for i, zone := range zones {
		p.progress(zone.Ref, Queued)
		byTarget[zone.Target] = append(byTarget[zone.Target], i)
	}
	for target, indexes := range byTarget {
		all.Go(func() error {
			var group errgroup.Group
			group.SetLimit(parallelPlans)
			down := &breaker{}
			equal := func(i int) bool { return marked(r.known[zones[i].Ref].Mark, "", r.clock.Wall, markLasts) }
			listed := p.list(ctx, target, len(indexes), count(indexes, equal))
			for _, i := range indexes {
				group.Go(func() error {
					defer p.progress(zones[i].Ref, Planned)
					if plan, same := p.unmoved(zones[i], listed, r); same {
						plans[i] = plan
						return nil
					}
					p.progress(zones[i].Ref, Fetching)
					plans[i] = p.planZone(ctx, tree, zones[i], r, down)
					return ctx.Err()
				})
			}
			return group.Wait()
		})
	}
	return plans, all.Wait()
}

func count[T any](all []T, is func(T) bool) int {
	n := 0
	for _, one := range all {
		if is(one) {
			n++
		}
	}
	return n
}

func (p *Planner) progress(ref Ref, phase Phase) {
	if p.Progress != nil {
		p.Progress(ref, phase)
	}
}

// parallelPlans is how many zones of a target are planned at once: most of the time of most of them is waiting for it.
const parallelPlans = 16

// breaker stops asking a target that does not answer, so that a server that is down costs a few time-outs and not one for each zone.
type breaker struct {
	mu       sync.Mutex
	failures int // in a row, that say nothing about a zone
	err      error
}

// breakAfter is how many failures in a row are enough.
const breakAfter = 3

// open returns an error if the target is not asked any more.
func (b *breaker) open() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return nil
	}
	return fmt.Errorf("not asked for, after %d zones in a row could not be fetched there: %w", breakAfter, b.err)
}

// note notes how a fetch ended.
func (b *breaker) note(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil || !providers.Passing(err) {
		b.failures = 0
		return
	}
	b.failures++
	b.err = err
}

// planZone fetches one zone and plans it.
func (p *Planner) planZone(ctx context.Context, tree Tree, zone *desiredZone, r remembered, down *breaker) ZonePlan {
	target, ok := p.Targets[zone.Target]
	plan := ZonePlan{Ref: zone.Ref}
	var unread error // of the live zone; a file that it names is none of the zones repository
	switch {
	case !ok:
		plan.Err = fmt.Errorf("%s: there is no provider of that name", zone.Ref)
	case zone.err != nil:
		plan.Err = zone.err
	case zone.file.Err() != nil:
		plan = planZone(zoneInput{Ref: zone.Ref, file: zone.file})
	default:
		live, kept, err := p.fetch(ctx, zone, target, down)
		if plan.State = blockedState(err); plan.State != nil {
			plan.ID = digestChanges(zone.Ref, nil)
			break
		}
		if err != nil {
			unread = fmt.Errorf("%s: %w", zone.Ref, err)
			break
		}
		in := p.input(ctx, tree, zone, live, r)
		in.kept = kept
		plan = planZone(in)
		p.made(&plan, in, zone, r)
	}
	p.locate(&plan)
	plan.Err = cmp.Or(plan.Err, unread)
	plan.desired, plan.system, plan.why = zone, target.System, "apply"
	plan.again = func(ctx context.Context, p *Planner, r remembered) ZonePlan {
		return p.planZone(ctx, tree, zone, r, &breaker{})
	}
	if plan.Err != nil {
		plan.ID, plan.Base = zonefile.Digest{}, zonefile.Digest{}
	}
	return plan
}

// input returns what the plan of a zone is made of.
func (p *Planner) input(ctx context.Context, tree Tree, zone *desiredZone, live *providers.Snapshot, r remembered) zoneInput {
	target, known := p.Targets[zone.Target], r.known[zone.Ref]
	in := zoneInput{
		Ref: zone.Ref, file: zone.file, source: zone.source, gone: zone.gone, live: live, policy: zone.rule.Policy, normalize: target.Reader.Normalize,
		known: p.Stateless || r.has(zone.Ref) && known.System == target.System, keepless: p.Keepless,
		clock: r.clock, graces: r.graces[zone.Ref], writer: Writer{Commit: tree.Revision, Author: tree.Author},
		kind: zone.rule.Kind, declared: zone.rule.Properties, normalizeProperties: target.NormalizeProperties,
		canPurge: target.CanPurge,
	}
	in.suspended, in.pins = r.suspended(zone), r.pinned(zone)
	switch {
	case in.known:
	case r.has(zone.Ref):
		in.formerly = known.System
	case r.open[zone.Ref]:
		in.known = p.creating(ctx, zone.Ref, target.System) && live != nil && zone.made(live.Zone)
	}
	if first, ok := r.standing[zone.Ref]; ok {
		in.purging = r.clock.Due(first)
	}
	if !p.Stateless {
		in.applied = func(keys []zonefile.Key) (map[zonefile.Key]zonefile.RRset, error) {
			return p.Store.AppliedAt(ctx, zone.Ref, keys)
		}
	}
	in.stones = func() ([]Tombstone, error) {
		if _, standing := r.standing[zone.Ref]; !standing {
			return nil, nil
		}
		return p.Store.Tombstones(ctx, TombstoneQuery{Zone: zone.Zone, Target: zone.Target})
	}
	return in
}

// creating reports whether somebody was interrupted creating the zone there.
func (p *Planner) creating(ctx context.Context, ref Ref, system string) bool {
	intents, err := p.Store.Open(ctx, ref)
	return err == nil && slices.ContainsFunc(intents, func(i Intent) bool { return i.System == system && creates(i) })
}

// made notes in a plan what applying it needs to know.
func (p *Planner) made(plan *ZonePlan, in zoneInput, zone *desiredZone, r remembered) {
	known := r.known[zone.Ref]
	plan.known, plan.open, plan.marked = in.known, r.open[zone.Ref], known.Mark
	for _, pin := range r.pins[zone.Ref] {
		if !slices.Contains(in.pins, pin) {
			plan.ended = append(plan.ended, pin)
		}
	}
	plan.released = r.released(zone)
	plan.leaving = in.graces
	plan.gracesMoved = !sameGraces(plan.graces, in.graces)
	if plan.Err != nil || in.live == nil {
		return
	}
	if !plan.known {
		plan.live = in.live.Zone
	}
	if len(plan.Changes) == 0 {
		plan.version = in.live.Version
	}
	plan.Parts = p.parts(plan, in)
}

// fetch returns the live zone, nil if the target does not have it and it is to be created. kept says that creating it brings back the one that was removed.
func (p *Planner) fetch(ctx context.Context, zone *desiredZone, target Target, down *breaker) (live *providers.Snapshot, kept bool, err error) {
	if err := down.open(); err != nil {
		return nil, false, err
	}
	live, err = target.Reader.Fetch(ctx, zone.Zone)
	down.note(err)
	if errors.Is(err, providers.ErrNoZone) {
		return nil, isKept(err), p.mayCreate(zone, target, err)
	}
	return live, false, err
}

// mayCreate returns nil if a zone that a target does not have is to be created there, and otherwise why it is not.
func (p *Planner) mayCreate(zone *desiredZone, target Target, missing error) error {
	create := target.CreateZones
	if zone.rule.CreateZone != nil {
		create = *zone.rule.CreateZone
	}
	switch {
	case !create:
		return fmt.Errorf("%w; create it there, or set create_zone: true in its rule", missing)
	case !target.CanCreate:
		return fmt.Errorf("%w, and zones cannot be created through it", missing)
	}
	return nil
}

// locate puts the folder in front of all places of a plan.
func (p *Planner) locate(plan *ZonePlan) {
	for i := range plan.Changes {
		plan.Changes[i].Source = p.under(plan.Changes[i].Source)
	}
	plan.Warnings = p.problems(plan.Warnings)
	plan.Err = p.located(plan.Err)
}

func (p *Planner) under(at zonefile.Position) zonefile.Position { return under(p.Folder, at) }

func (p *Planner) problems(problems []zonefile.Problem) []zonefile.Problem {
	located := make([]zonefile.Problem, len(problems))
	for i, problem := range problems {
		problem.Position = p.under(problem.Position)
		located[i] = problem
	}
	return located
}

// located returns err with the folder in front of the files that it names.
func (p *Planner) located(err error) error {
	if problems, ok := errors.AsType[*zonefile.ProblemsError](err); ok {
		return &zonefile.ProblemsError{Zone: problems.Zone, Problems: p.problems(problems.Problems)}
	}
	if two, ok := errors.AsType[*TwoFilesError](err); ok {
		files := make([]string, len(two.Files))
		for i, file := range two.Files {
			files[i] = p.under(zonefile.Position{File: file}).File
		}
		return &TwoFilesError{Ref: two.Ref, Files: files}
	}
	return err
}

// holdTogether holds a zone on all targets where its policy wants that, if it is held on one of them and has changes on others.
func holdTogether(plans []ZonePlan) {
	for start := 0; start < len(plans); {
		end := start + 1
		for end < len(plans) && plans[end].Zone == plans[start].Zone {
			end++
		}
		group := plans[start:end]
		start = end
		held := make([][]Hold, len(group))
		for i := range group {
			held[i] = group[i].Holds
		}
		for i := range group {
			if group[i].Err != nil || len(group[i].Changes) == 0 || !group[i].desired.rule.Policy.Together {
				continue
			}
			for j, holds := range held {
				for _, hold := range holds {
					if i != j && !group[i].heldBy(hold.Guard) {
						reason := fmt.Sprintf("held on %s (%s), and the targets of this zone are applied together", group[j].Target, hold.Reason)
						group[i].Holds = append(group[i].Holds, Hold{hold.Guard, reason})
					}
				}
			}
		}
	}
}

// heldBy reports whether that guard holds the plan.
func (z *ZonePlan) heldBy(guard Guard) bool {
	return slices.ContainsFunc(z.Holds, func(h Hold) bool { return h.Guard == guard })
}
