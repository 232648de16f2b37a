package reconcile

import (
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
	if change.Action == Retire {
		return s.retireZone(writing, change)
	}
	return s.createZone(writing, change)
}

// createZone creates the zone, with the SOA and NS that the plan has for its apex.
func (s *writing) createZone(ctx context.Context, change Change) bool {
	creator, ok := providers.As[providers.ZoneCreator](s.provider)
	if !ok {
		s.fail(Failed, fmt.Errorf("create %s: %w", s.plan.Ref, providers.ErrUnsupported))
		return false
	}
	spec := providers.ZoneSpec{Origin: s.plan.Zone, Kind: s.plan.desired.rule.Kind}
	if s.plan.spec == nil {
		s.plan.spec = s.retired()
	}
	if stone := s.plan.spec; stone != nil {
		if spec.Settings = maps.Clone(stone.Settings); spec.Kind == "" || s.plan.why == "restore" {
			spec.Kind = stone.Settings[kindSetting]
		}
		delete(spec.Settings, kindSetting) // the others are the provider's own
	}
	changes := []Change{change}
	for _, c := range s.plan.Changes {
		if c.New != nil && c.Key.Name == s.plan.Zone && (c.Key.Type == zonefile.TypeSOA || c.Key.Type == zonefile.TypeNS) {
			spec.Apex = append(spec.Apex, *c.New)
			changes = append(changes, c)
		}
	}
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
	if err != nil {
		s.fail(Failed, fmt.Errorf("read %s, which was created: %w", s.plan.Ref, err))
		return false
	}
	s.live, conclusion.Serial = live, live.Serial
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

// kindSetting is the key under which the settings in a tombstone have the kind of the zone.
const kindSetting = "zoneward.kind"

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
