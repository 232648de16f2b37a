package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// zoneInput is all that the plan of one zone on one target is made of.
type zoneInput struct {
	Ref
	file   *zonefile.File
	source string              // the zone's file
	gone   bool                // the repository does not have the zone
	live   *providers.Snapshot // nil if the target does not have the zone and it is to be created
	policy Policy
	known  bool // there is applied state
	// formerly is the system that the applied state is of, if that is another one than the target is now.
	formerly string
	// keepless says that nothing keeps what is retired.
	keepless  bool
	clock     Clock
	suspended *Suspension
	pins      []Pin // in force
	graces    map[zonefile.Key]Grace
	writer    Writer // of what leaves the repository now
	// purging says that tombstones may be due.
	purging bool
	// normalize returns what the target will read back, see providers.ZoneReader.
	normalize func(zonefile.RRset) (zonefile.RRset, error)
	// kind and declared are the kind and the properties that the rule has for the zone. normalizeProperties returns what the target will read back of
	// them, nil if its zones have none.
	kind                string
	declared            map[string]string
	normalizeProperties func(origin zonefile.Name, kind string, properties map[string]string) (map[string]string, error)
	// canPurge says that the target can be asked to remove for good the zones that it has kept.
	canPurge bool
	// kept says that the target has removed the zone and keeps it: creating it brings it back.
	kept bool
	// applied returns what was last applied at keys, nil if nothing keeps that, and stones the tombstones that stand. They are only asked if there is
	// something to know.
	applied func(keys []zonefile.Key) (map[zonefile.Key]zonefile.RRset, error)
	stones  func() ([]Tombstone, error)
	// gives is what resources give the zone, and parent what is known of its delegation; both may be nil.
	gives  *published
	parent *parentSide
	// pointed is what a reverse zone has that its file does not state, nil for none. served returns which zones were applied and not retired, leaves whether one that
	// was applied is to be retired, neighbour how another zone is live, and folder is put in front of the places that a hold names.
	pointed   *pointed
	served    func([]Ref) (map[Ref]bool, error)
	leaves    func(Ref) bool
	neighbour func(Ref) (neighbour, error)
	folder    string
}

// planZone returns the plan of one zone on one target. It is a function of its input, and of what that looks up.
func planZone(in zoneInput) ZonePlan {
	plan := ZonePlan{Ref: in.Ref}
	for _, p := range in.file.Problems {
		if p.Severity == zonefile.Warning {
			plan.Warnings = append(plan.Warnings, p)
		}
	}
	if err := in.file.Err(); err != nil {
		plan.Err = err
		return plan
	}
	own := newOwnership(in)
	live, made := zonefile.NewZone(in.Zone), (*zonefile.Zone)(nil)
	traits := providers.Traits{SOAWritable: true, ApexNSWritable: true}
	if in.live != nil {
		live, made, traits = in.live.Zone, in.live.Foreign, in.live.Traits
	}

	stated := in.state(own, live, made, traits)
	plan.Warnings = append(plan.Warnings, stated.warnings...)
	if len(stated.errors) > 0 {
		plan.Err = &zonefile.ProblemsError{Zone: in.Zone, Problems: stated.errors}
		return plan
	}
	plan.Warnings, plan.Deferred = append(plan.Warnings, in.given().warnings...), slices.Clone(in.given().pending)
	desired := in.file.Zone.With(stated.edits)
	changes := slices.Collect(zonefile.Diff(live, desired))
	if stated.foreign > 0 {
		if clashes := in.clashes(changes, desired, own); len(clashes) > 0 {
			plan.Err = &zonefile.ProblemsError{Zone: in.Zone, Problems: clashes}
			return plan
		}
	}
	cut, err := in.cut(in.order(changes), desired)
	if err != nil {
		plan.Err = err
		return plan
	}
	if len(cut.problems) > 0 {
		plan.Err = &zonefile.ProblemsError{Zone: in.Zone, Problems: cut.problems}
		return plan
	}
	if len(cut.stay) > 0 {
		desired = desired.With(cut.stay)
	}
	plan.Deferred = append(plan.Deferred, cut.later...)
	plan.Warnings = append(plan.Warnings, in.keptWarnings(cut.kept)...)
	plan.will, plan.served = desired, in.live
	if in.purging || len(cut.changes) > 0 {
		if plan.stones, err = in.stones(); err != nil {
			plan.Err = fmt.Errorf("read the tombstones of %s: %w", in.Ref, err)
			return plan
		}
	}
	plan.own, plan.Foreign = own, stated.foreign+len(cut.others)
	plan.Base = baseOf(live, func(key zonefile.Key) bool { return own.foreign(key) || stated.left[key] || cut.others[key] })
	plan.Waiting, plan.Drift, plan.graces = cut.waiting, cut.drift, cut.graces
	plan.Pinned = in.pins
	purges, closed, ending := in.purges(plan.stones)
	plan.Changes, plan.expired, plan.ending = append(cut.changes, purges...), closed, ending
	plan.kept = in.kept
	if in.live != nil || len(plan.Drift) == 0 { // a zone that somebody removed and policy leaves so has none
		properties, fixed, err := in.properties()
		if err != nil {
			plan.Err = fmt.Errorf("%s: %w", in.Ref, err)
			return plan
		}
		now, later := in.secured(properties)
		plan.Changes, plan.Deferred, plan.Warnings = append(plan.Changes, now...), append(plan.Deferred, later...), append(plan.Warnings, fixed...)
	}
	plan.NegativeTTL = negativeTTL(live)
	plan.Warnings = append(plan.Warnings, in.advice(plan.Changes, own)...)
	g := guarded{
		ref: in.Ref, changes: plan.guardedChanges(), desired: desired, live: live,
		stated: stated.records, foreign: stated.foreignRecords + cut.otherRecords, known: in.known, formerly: in.formerly, policy: in.policy,
		suspended: in.suspended, keepless: in.keepless, now: in.clock.Wall, outputs: in.given().outputs,
		unhooked: in.parent != nil && !in.parent.removed.IsZero(), contested: stated.contested, folder: in.folder,
		emptied: in.file.EmptyFiles(),
	}
	if in.live == nil && len(plan.Drift) == 0 {
		g.live = nil
		action := Create
		if in.kept {
			action = Restore
		}
		plan.Changes = slices.Insert(plan.Changes, 0, Change{
			Kind: KindZone, Action: action, Key: zonefile.Key{Name: in.Zone}, Source: zonefile.Position{File: in.source}, Cause: CauseGit,
		})
	}
	plan.Holds = g.holds()
	plan.ID = digestPlan(&plan)
	return plan
}

// given returns what resources give the zone.
func (in zoneInput) given() *published {
	if in.gives == nil {
		return &published{}
	}
	return in.gives
}

// statement is what a zone file comes to for one target.
type statement struct {
	edits   []zonefile.Change // what turns the file's zone into the desired one
	left    map[zonefile.Key]bool
	foreign int // live RRsets that are left alone
	// foreignRecords is the number of records in them.
	foreignRecords int
	records        int // RRsets stated, without the SOA and NS of the apex
	errors         []zonefile.Problem
	warnings       []zonefile.Problem
	contested      []contested
}

// state goes through the RRsets of the zone file and of the live zone, and notes where the desired zone differs from the file:
// what the target writes in its own way, what does not go to this target, and what is foreign, which is desired to be as it is.
func (in zoneInput) state(own ownership, live, made *zonefile.Zone, traits providers.Traits) statement {
	s := statement{left: map[zonefile.Key]bool{}}
	refuse := func(key zonefile.Key, rule, format string, args ...any) {
		s.errors = append(s.errors, in.problem(key, rule, zonefile.Error, format, args...))
	}
	for set := range in.file.Zone.All() {
		key := set.Key
		if own.elsewhere(key) || own.pinned[key] {
			s.edits = append(s.edits, zonefile.Change{Old: &set})
			continue
		}
		if in.pointed.has(key) && (own.others(key) || made != nil && made.Has(key) || own.leavesNoRoom(key, live)) { // nobody has stated it, so it makes way
			s.edits = append(s.edits, zonefile.Change{Old: &set})
			continue
		}
		if who := own.taken[key]; who != "" {
			refuse(key, "written-elsewhere", "%s writes it by itself (autoconfig), so it cannot be stated here", who)
			continue
		}
		if own.external[key] {
			refuse(key, "external-dns", "a TXT record at %s says that external-dns owns it, so it cannot be stated here", in.Target)
			continue
		}
		if own.ignored(key) {
			refuse(key, "ignored-key", "the zone file states it, and ignore: in the policy leaves it to others")
			continue
		}
		if made != nil && made.Has(key) {
			refuse(key, "server-makes-it", "the server of %s makes it by itself, or has it in a form that cannot be written, so it cannot be stated here", in.Target)
			continue
		}
		normal, err := in.adapt(set, live, traits)
		switch {
		case err != nil && (errors.Is(err, errLeftAlone) || in.file.Options(key).Lenient || in.pointed.has(key)):
			s.warnings = append(s.warnings, in.problem(key, "not-for-this-target", zonefile.Warning, "left out on %s: %v", in.Target, err))
			s.edits = append(s.edits, zonefile.Change{Old: &set})
			s.left[key] = true
			continue
		case err != nil:
			refuse(key, "unsupported", "cannot be put on %s: %v", in.Target, err)
			continue
		case normal != set:
			s.edits = append(s.edits, zonefile.Change{Old: &set, New: &normal})
		}
		if key.Name != in.Zone || key.Type != zonefile.TypeSOA && key.Type != zonefile.TypeNS {
			s.records++
		}
	}
	s.contest(in, own, live, made, func(set zonefile.RRset) (zonefile.RRset, error) { return in.adapt(set, live, traits) })
	for set := range live.All() {
		if own.foreign(set.Key) || s.left[set.Key] {
			s.foreign++
			s.foreignRecords += set.Len()
			s.edits = append(s.edits, zonefile.Change{New: &set})
		}
	}
	return s
}

// errLeftAlone is wrapped where a target does not let something be set that it always has.
var errLeftAlone = errors.New("the target keeps its own")

// adapt returns set as the target will read it back.
func (in zoneInput) adapt(set zonefile.RRset, live *zonefile.Zone, traits providers.Traits) (zonefile.RRset, error) {
	if set.Key.Name == in.Zone {
		if set.Key.Type == zonefile.TypeSOA && !traits.SOAWritable || set.Key.Type == zonefile.TypeNS && !traits.ApexNSWritable {
			return set, errLeftAlone
		}
	}
	normal, err := in.normalize(set)
	if err != nil {
		return set, err
	}
	if traits.MaxRecords > 0 && normal.Len() > traits.MaxRecords {
		return set, fmt.Errorf("%w: %d records, and at most %d are possible", providers.ErrUnsupported, normal.Len(), traits.MaxRecords)
	}
	if set.Key.Type == zonefile.TypeSOA {
		return withLiveSerial(normal, live)
	}
	return normal, nil
}

// withLiveSerial returns the stated SOA with the serial that it has as long as nothing else in it changes, and the next one if something does.
func withLiveSerial(stated zonefile.RRset, live *zonefile.Zone) (zonefile.RRset, error) {
	served, ok := live.Get(stated.Key)
	if !ok {
		return stated, nil
	}
	want, err := zonefile.ParseSOA(stated)
	if err != nil {
		return stated, err
	}
	have, err := zonefile.ParseSOA(served)
	if err != nil {
		return stated, err
	}
	want.Serial = have.Serial
	if same := want.RRset(stated.Key.Name, stated.TTL); same == served {
		return same, nil
	}
	want.Serial = zonefile.NextSerial(have.Serial, have.Serial)
	return want.RRset(stated.Key.Name, stated.TTL), nil
}

// clashes returns the problems of stated RRsets that cannot stand beside what is foreign at the same name (RFC 1034 §3.6.2).
func (in zoneInput) clashes(changes []zonefile.Change, desired *zonefile.Zone, own ownership) []zonefile.Problem {
	var problems []zonefile.Problem
	for _, c := range changes {
		if c.New == nil {
			continue
		}
		for other := range desired.At(c.New.Key.Name) {
			if other.Key == c.New.Key || other.Key.Type.Signing() || !own.foreign(other.Key) {
				continue
			}
			if c.New.Key.Type == zonefile.TypeCNAME || other.Key.Type == zonefile.TypeCNAME {
				problems = append(problems, in.problem(c.New.Key, "foreign-in-the-way", zonefile.Error,
					"%s has %s at this name, which is left to others, and a CNAME cannot stand beside other data", in.Target, other.Key.Type))
			}
		}
	}
	return problems
}

// order returns changes as they are carried out: first what is retired, so that a CNAME can take the place of other data, then the rest.
func (in zoneInput) order(changes []zonefile.Change) []Change {
	puts := make([]Change, 0, len(changes))
	var retires []Change
	for _, c := range changes {
		change := Change{Kind: KindRRset, Key: c.Key(), Old: c.Old, New: c.New, Source: in.position(c.Key()).WithoutColumn()}
		if c.New != nil {
			change.From = in.given().outputs[c.Key()].from
		}
		switch {
		case c.New == nil:
			change.Action = Retire
			change.Source = zonefile.Position{File: in.fileOf(c.Key())}
			retires = append(retires, change)
			continue
		case c.Old == nil:
			change.Action = Create
		default:
			change.Action = Update
		}
		puts = append(puts, change)
	}
	if retires == nil {
		return puts
	}
	return append(retires, puts...)
}

// fileOf returns the file of the zone that an RRset belongs in which none states.
func (in zoneInput) fileOf(key zonefile.Key) string { return cmp.Or(in.file.FileOf(key), in.source) }

// position returns where the RRset of a key is stated, or the address of which it is the PTR.
func (in zoneInput) position(key zonefile.Key) zonefile.Position {
	if at := in.file.Position(key); !at.IsZero() || !in.pointed.has(key) {
		return at
	}
	for _, c := range in.pointed.contests {
		if c.key == key {
			return c.claims[0].at
		}
	}
	return zonefile.Position{}
}

// problem is a problem of one RRset on this target, at the place where the file states it.
func (in zoneInput) problem(key zonefile.Key, rule string, severity zonefile.Severity, format string, args ...any) zonefile.Problem {
	at := in.position(key)
	if at.IsZero() {
		at.File = in.fileOf(key)
	}
	return zonefile.Problem{
		Position: at, Rule: rule, Severity: severity,
		Message: key.Name.Relative(in.Zone) + " " + key.Type.String() + ": " + fmt.Sprintf(format, args...),
	}
}

// baseOf returns the digest of what of a live zone counts for a plan: all but what is foreign and the serial of the SOA, so that signing,
// ACME challenges and other programs' records do not make a plan stale.
func baseOf(live *zonefile.Zone, foreign func(zonefile.Key) bool) zonefile.Digest {
	return zonefile.DigestOf(func(yield func(zonefile.RRset) bool) {
		for set := range live.All() {
			if !foreign(set.Key) && !yield(withoutSerial(set)) {
				return
			}
		}
	})
}

// under puts a folder in front of a place's file, as people see it from the configuration.
func under(folder string, at zonefile.Position) zonefile.Position {
	if at.File != "" && folder != "" && folder != "." {
		at.File = strings.TrimSuffix(folder, "/") + "/" + at.File
	}
	return at
}
