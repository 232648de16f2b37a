package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// zone carries out the change of a zone itself, and reports whether the plan goes on. Afterwards s.live is the zone, nil if it is retired.
func (s *writing) zone(ctx context.Context, change Change) bool {
	writing, cancel := s.unhurried(ctx)
	defer cancel()
	switch change.Action {
	case Retire:
		return s.retireZone(writing, change)
	case Purge:
		return s.purgeZone(writing, change)
	case Create, Restore, Update:
	}
	return s.createZone(writing, change)
}

// createZone creates the zone, with the SOA and NS that the plan has for its apex, and its properties. Where the provider keeps what it removes it brings
// that back: what is in it then has to be what the plan has.
func (s *writing) createZone(ctx context.Context, change Change) bool {
	creator, ok := providers.As[providers.ZoneCreator](s.provider)
	if !ok {
		s.fail(Failed, fmt.Errorf("create %s: %w", s.plan.Ref, providers.ErrUnsupported))
		return false
	}
	_, sets, properties := split(s.plan.Changes)
	spec := providers.ZoneSpec{Origin: s.plan.Zone, Kind: s.plan.desired.rule.Kind, Properties: propertiesOf(properties)}
	if s.plan.spec == nil {
		s.plan.spec = s.retired()
	}
	if stone := s.plan.spec; stone != nil {
		var kind string
		kind, spec.Settings, spec.Export = settingsOf(*stone)
		if spec.Kind == "" || s.plan.why == "restore" {
			spec.Kind = kind
		}
	}
	changes := []Change{change}
	for _, c := range sets {
		apex := c.New != nil && c.Key.Name == s.plan.Zone && (c.Key.Type == zonefile.TypeSOA || c.Key.Type == zonefile.TypeNS)
		if apex {
			spec.Apex = append(spec.Apex, *c.New)
		}
		if apex || s.plan.kept {
			changes = append(changes, c)
		}
	}
	changes = append(changes, properties...)
	id, ok := s.begin(ctx, s.intent(changes, nil))
	if !ok {
		return false
	}
	s.Planner.progress(s.plan.Ref, Writing)
	conclusion := Conclusion{Live: make([]bool, len(changes))}
	if err := creator.CreateZone(ctx, spec); errors.Is(err, providers.ErrPartial) {
		// It is there and lacks some of its settings: its records are of more use with it than without.
		s.lacks = fmt.Errorf("create %s: %w", s.plan.Ref, err)
		conclusion.Err = err.Error()
	} else if err != nil {
		s.outcome.Written = writtenAfter(err, 0)
		s.fail(Failed, fmt.Errorf("create %s: %w", s.plan.Ref, err))
		if s.outcome.Written == NotWritten {
			s.conclude(ctx, id, Conclusion{Result: Refused, Err: err.Error()})
		}
		return false
	}
	s.outcome.Written = IsWritten
	live, err := s.provider.Fetch(ctx, s.plan.Zone)
	if state := blockedState(err); state != nil {
		// It is there, and its records have to wait.
		conclusion.Live[0], conclusion.Result = true, resultOf(1, len(changes))
		s.conclude(ctx, id, conclusion)
		s.outcome.Status, s.outcome.State, s.outcome.Changes = cmp.Or(s.outcome.Status, Held), state, changes[:1]
		return false
	}
	if err != nil {
		s.fail(Failed, fmt.Errorf("read %s, which was created: %w", s.plan.Ref, err))
		return false
	}
	s.live, conclusion.Serial = live, live.Serial
	if other := s.unplanned(); len(other) > 0 {
		// It is there, and nothing in it is ours before somebody has seen it: it is not known, so that new-target holds what would update or retire.
		err := fmt.Errorf("%w: the provider had kept %s and brought it back, and in it %s not as planned: %s; a new plan shows what to do about it",
			ErrStale, s.plan.Ref, plural(len(other), "RRset is", "RRsets are"), list(other))
		conclusion.Result, conclusion.Err = NotDone, err.Error()
		s.conclude(ctx, id, conclusion)
		s.outcome.Changes = changes[:1]
		s.fail(Stale, err)
		return false
	}
	n := 0
	for i, c := range changes {
		if conclusion.Live[i] = isLive(c, live); conclusion.Live[i] {
			n++
		}
	}
	conclusion.Result = resultOf(n, len(changes))
	if s.plan.spec != nil {
		conclusion.Restored = []string{s.plan.spec.ID}
	}
	s.conclude(ctx, id, conclusion)
	s.plan.known, s.suspended = true, true
	return !s.broken()
}

// unplanned returns the RRsets of a zone that was just created that are neither what the plan has at their keys, nor the SOA and NS that any new zone has:
// nobody has seen them when it was planned.
func (s *writing) unplanned() []zonefile.Key {
	planned := make(map[zonefile.Key]Change, len(s.plan.Changes))
	for _, c := range s.plan.Changes {
		if c.Kind == KindRRset {
			planned[c.Key] = c
		}
	}
	var other []zonefile.Key
	for set := range s.live.Zone.All() {
		key := set.Key
		if key.Name == s.plan.Zone && (key.Type == zonefile.TypeSOA || key.Type == zonefile.TypeNS) || key.Type.Signing() {
			continue
		}
		if c, ok := planned[key]; !ok || !isLive(c, s.live) {
			other = append(other, key)
		}
	}
	return other
}

// settingsOf returns what a tombstone has of a zone beside its RRsets, see providers.ZoneSpec.
func settingsOf(stone Tombstone) (kind string, settings, export map[string]string) {
	settings, export = map[string]string{}, map[string]string{}
	for name, value := range stone.Settings {
		if of, ok := strings.CutPrefix(name, exportSetting); ok {
			export[of] = value
		} else if name != kindSetting {
			settings[name] = value
		}
	}
	return stone.Settings[kindSetting], settings, export
}

// retired returns the newest tombstone of the zone, if it was retired: a zone that comes back into git comes back with the settings that it had.
func (s *writing) retired() *Tombstone {
	var newest *Tombstone
	for i := range s.plan.stones {
		stone := &s.plan.stones[i]
		if stone.Kind == KindZone && stone.State == Retired && (newest == nil || stone.BuriedAt.After(newest.BuriedAt)) {
			newest = stone
		}
	}
	return newest
}

// The keys of the settings in a tombstone that are not the provider's own: the kind of the zone, and with the name of a form behind it what the provider
// exported of it.
const (
	kindSetting   = "zoneward.kind"
	exportSetting = "zoneward.export."
)

// retireZone writes all of the zone into a tombstone, makes sure that it can be read back, and removes the zone.
func (s *writing) retireZone(ctx context.Context, change Change) bool {
	fail := func(err error) bool {
		s.fail(Failed, fmt.Errorf("retire %s: %w", s.plan.Ref, err))
		return false
	}
	remover, ok := providers.As[providers.ZoneRemover](s.provider)
	if !ok {
		return fail(providers.ErrUnsupported)
	}
	kind, settings, err := remover.ZoneSettings(ctx, s.plan.Zone)
	if err != nil {
		return fail(err)
	}
	stone := s.tombstone(change)
	stone.Settings = map[string]string{kindSetting: kind}
	maps.Copy(stone.Settings, settings)
	if exporter, ok := providers.As[providers.ZoneExporter](s.provider); ok {
		exported, err := exporter.ExportZone(ctx, s.plan.Zone)
		if err != nil {
			return fail(fmt.Errorf("export it: %w", err))
		}
		for name, value := range exported {
			stone.Settings[exportSetting+name] = value
		}
	}
	_, stone.Hidden = providers.As[providers.ZonePurger](s.provider)
	if stone.Export, err = export(s.live, s.plan.Ref); err != nil {
		return fail(err)
	}
	id, ok := s.begin(ctx, s.intent([]Change{change}, []Tombstone{stone}))
	if !ok {
		return false
	}
	s.Planner.progress(s.plan.Ref, Writing)
	removed := remover.RemoveZone(ctx, s.live)
	if s.outcome.Written = writtenAfter(removed, 0); removed != nil && s.outcome.Written == NotWritten {
		s.conclude(ctx, id, Conclusion{Result: Refused, Err: removed.Error()})
		if errors.Is(removed, providers.ErrConflict) {
			s.fail(Stale, fmt.Errorf("retire %s: %w", s.plan.Ref, removed))
			return false
		}
		return fail(removed)
	}
	s.Planner.progress(s.plan.Ref, Reading)
	// The answer may have been lost and the work done: a second look is what counts.
	_, err = s.provider.Fetch(ctx, s.plan.Zone)
	switch {
	case errors.Is(err, providers.ErrNoZone):
		s.outcome.Written = IsWritten
	case err != nil:
		return fail(errors.Join(removed, fmt.Errorf("look whether it is gone: %w", err)))
	case removed == nil:
		removed = errors.New("the provider reported success, and the zone is still there")
		fallthrough
	default:
		// It may be gone later: the intent stays open, and the next run settles it.
		return fail(removed)
	}
	s.conclude(ctx, id, Conclusion{Result: Done, Live: []bool{true}})
	s.live, s.outcome.Tombstones = nil, []string{stone.ID}
	return !s.broken()
}

// purgeZone has the provider remove for good what it has kept of a zone that was retired.
func (s *writing) purgeZone(ctx context.Context, change Change) bool {
	fail := func(err error) bool {
		s.fail(Failed, fmt.Errorf("purge %s: %w", s.plan.Ref, err))
		return false
	}
	purger, ok := providers.As[providers.ZonePurger](s.provider)
	if !ok {
		return fail(providers.ErrUnsupported)
	}
	stone, err := s.Store.Tombstone(ctx, change.Stone)
	if err != nil {
		return fail(err)
	}
	_, _, export := settingsOf(stone)
	id, ok := s.begin(ctx, s.intent([]Change{change}, nil))
	if !ok {
		return false
	}
	s.Planner.progress(s.plan.Ref, Writing)
	purged := purger.PurgeZone(ctx, s.plan.Zone, export)
	end := Conclusion{Result: Done, Live: []bool{true}, Purged: append([]string{stone.ID}, s.plan.ending...)}
	switch written := writtenAfter(purged, 0); {
	case errors.Is(purged, providers.ErrConflict):
		end.Err = purged.Error() // what is there now is not what the tombstone is about: that is gone, and this stays
	case purged != nil && written == NotWritten:
		s.conclude(ctx, id, Conclusion{Result: Refused, Err: purged.Error()})
		return fail(purged)
	case purged != nil:
		// Whether it is gone nobody knows. Purging it again does no harm.
		s.outcome.Written = written
		s.conclude(ctx, id, Conclusion{Result: NotDone, Live: []bool{false}, Err: purged.Error()})
		return fail(purged)
	default:
		s.outcome.Written = IsWritten
	}
	s.conclude(ctx, id, end)
	return !s.broken()
}

// export returns a zone as a BIND file that reads back as the same zone. What the provider keeps and does not serve is in it as comments.
func export(live *providers.Snapshot, ref Ref) (string, error) {
	var b strings.Builder
	header := fmt.Sprintf("%s, as it was when it was retired", ref)
	if live.Disabled != nil {
		header += "\ndisabled there, and not served:"
		for set := range live.Disabled.All() {
			for _, text := range set.Text() {
				header += fmt.Sprintf("\n  %s %d %s %s", set.Key.Name, set.TTL, set.Key.Type, text)
			}
		}
	}
	if err := zonefile.FormatBIND(&b, live.Zone, zonefile.FormatOptions{Header: header}); err != nil {
		return "", fmt.Errorf("write it as a zone file: %w", err)
	}
	back, err := exported(b.String(), ref.Zone)
	if err != nil {
		return "", err
	}
	if !back.Equal(live.Zone) {
		return "", errors.New("the zone file for the tombstone does not read back as the zone")
	}
	return b.String(), nil
}

// exported reads what export wrote.
func exported(text string, origin zonefile.Name) (*zonefile.Zone, error) {
	const name = "tombstone.zone"
	file, err := zonefile.ParseBIND(oneFile{name, text}, name, zonefile.BINDOptions{Origin: origin})
	if err != nil {
		return nil, fmt.Errorf("read the zone file of the tombstone: %w", err)
	}
	if err := file.Err(); err != nil {
		return nil, fmt.Errorf("read the zone file of the tombstone: %w", err)
	}
	return file.Zone, nil
}

// oneFile is a file system with one file.
type oneFile struct{ name, text string }

// Open opens the file.
func (f oneFile) Open(name string) (fs.File, error) {
	if name != f.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openFile{Reader: strings.NewReader(f.text), file: f}, nil
}

// openFile is the file, and what there is to know of it.
type openFile struct {
	*strings.Reader
	file oneFile
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *openFile) Close() error               { return nil }
func (f *openFile) Name() string               { return f.file.name }
func (f *openFile) Size() int64                { return int64(len(f.file.text)) }
func (f *openFile) Mode() fs.FileMode          { return 0o444 }
func (f *openFile) ModTime() time.Time         { return time.Time{} }
func (f *openFile) IsDir() bool                { return false }
func (f *openFile) Sys() any                   { return nil }
