package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	// Store is asked which zones have applied state.
	Store OldStore
	// Folder is the source directory as people know it; it is put in front of the files that plans and problems name.
	Folder string
	// DefaultTTL is that of YAML records without one, in seconds; 0 is 3600.
	DefaultTTL zonefile.TTL
	// Limits bound what reading a zone may cost.
	Limits zonefile.Limits
}

// Target is a provider that zones are written to, as planning sees it.
type Target struct {
	Reader providers.ZoneReader
	// System says which system it is: its type and address. What was applied to another system, under the same name, counts for nothing.
	System string
	// CreateZones says that a zone that the provider does not have is created there unless a rule says otherwise.
	CreateZones bool
	// CanCreate says that the provider is able to create zones.
	CanCreate bool
}

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

// all reports whether the selection leaves nothing out.
func (s Selection) all() bool { return len(s.Zones) == 0 && len(s.Targets) == 0 }

// ErrNoZone is wrapped where a zone was asked for by name and no rule brings it from the zones repository to a target that was asked for.
var ErrNoZone = errors.New("the zones repository has no such zone for these targets")

// Finding is what reading the file of one zone came to.
type Finding struct {
	Zone            zonefile.Name
	Targets         []string
	Source          string // the file, below Folder
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
		if zone.file != nil {
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
	plan, err := p.plan(ctx, tree, state, only.all())
	if err != nil {
		return nil, err
	}
	plan.Zones = slices.DeleteFunc(plan.Zones, func(z ZonePlan) bool { return !only.Has(z.Ref) })
	return plan, nil
}

// plan makes the plan for zones that were read. With all it also looks for zones that are not in the repository any more.
func (p *Planner) plan(ctx context.Context, tree Tree, state desiredState, all bool) (*Plan, error) {
	known, err := p.known(ctx)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Commit: tree.Revision, CreatedAt: time.Now().UTC().Truncate(time.Second), Notices: slices.Clone(state.notices)}
	zones := slices.DeleteFunc(slices.Clone(state.zones), func(d *desiredZone) bool { return d.optional && !known.has(d.Ref) })
	if plan.Zones, err = p.planZones(ctx, zones, known); err != nil {
		return nil, err
	}
	holdTogether(plan.Zones)
	if all {
		for _, ref := range slices.SortedFunc(maps.Keys(known), Ref.Compare) {
			if plan.Zone(ref) == nil {
				plan.Notices = append(plan.Notices, fmt.Sprintf("%s: not in the zones repository any more; it is kept as it is, and not managed", ref))
			}
		}
	}
	return plan, nil
}

// knownZones is what the store says of zones on targets.
type knownZones map[Ref]OldKnown

func (k knownZones) has(ref Ref) bool {
	_, ok := k[ref]
	return ok
}

func (p *Planner) known(ctx context.Context) (knownZones, error) {
	all, err := p.Store.Known(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the applied state: %w", err)
	}
	known := make(knownZones, len(all))
	for _, k := range all {
		known[k.Ref] = k
	}
	return known, nil
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
func (p *Planner) planZones(ctx context.Context, zones []*desiredZone, known knownZones) ([]ZonePlan, error) {
	plans := make([]ZonePlan, len(zones))
	var all errgroup.Group
	byTarget := map[string][]int{}
	for i, zone := range zones {
		byTarget[zone.Target] = append(byTarget[zone.Target], i)
	}
	for _, indexes := range byTarget {
		all.Go(func() error {
			var group errgroup.Group
			group.SetLimit(parallelPlans)
			down := &breaker{}
			for _, i := range indexes {
				group.Go(func() error {
					k, ok := known[zones[i].Ref]
					plans[i] = p.planZone(ctx, zones[i], k, ok, down)
					return ctx.Err()
				})
			}
			return group.Wait()
		})
	}
	return plans, all.Wait()
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
	if err == nil || errors.Is(err, providers.ErrNoZone) || errors.Is(err, providers.ErrBlocked) || errors.Is(err, providers.ErrInvalid) {
		b.failures = 0
		return
	}
	b.failures++
	b.err = err
}

// planZone fetches one zone and plans it. known is what the store says of it, if it is in the store.
func (p *Planner) planZone(ctx context.Context, zone *desiredZone, known OldKnown, inStore bool, down *breaker) ZonePlan {
	target, ok := p.Targets[zone.Target]
	plan := ZonePlan{Ref: zone.Ref}
	switch {
	case !ok:
		plan.Err = fmt.Errorf("%s: there is no provider of that name", zone.Ref)
	case zone.err != nil:
		plan.Err = zone.err
	case zone.file.Err() != nil:
		plan = planZone(zoneInput{Ref: zone.Ref, file: zone.file})
	default:
		live, err := p.fetch(ctx, zone, target, down)
		if err != nil {
			plan.Err = fmt.Errorf("%s: %w", zone.Ref, err)
			break
		}
		in := zoneInput{Ref: zone.Ref, file: zone.file, source: zone.source, live: live, policy: zone.rule.Policy, normalize: target.Reader.Normalize}
		in.known = inStore && known.System == target.System
		if inStore && !in.known {
			in.formerly = known.System
		}
		plan = planZone(in)
		if plan.settled = in.known && !known.Open; !plan.settled && live != nil {
			plan.live = live.Zone
		}
	}
	p.locate(&plan)
	plan.desired, plan.system = zone, target.System
	if plan.Err != nil {
		plan.ID, plan.Base = zonefile.Digest{}, zonefile.Digest{}
	}
	return plan
}

// fetch returns the live zone, nil if the target does not have it and it is to be created.
func (p *Planner) fetch(ctx context.Context, zone *desiredZone, target Target, down *breaker) (*providers.Snapshot, error) {
	if err := down.open(); err != nil {
		return nil, err
	}
	live, err := target.Reader.Fetch(ctx, zone.Zone)
	down.note(err)
	if errors.Is(err, providers.ErrNoZone) {
		return nil, p.mayCreate(zone, target, err)
	}
	return live, err
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
