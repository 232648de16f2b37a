package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/zoneward/zoneward/providers"
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
	stone, err := s.zoneStone(ctx, change, remover)
	if err != nil {
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
	if err := s.gone(ctx, removed); err != nil {
		return fail(err) // it may be gone later: the intent stays open, and the next run settles it
	}
	s.conclude(ctx, id, Conclusion{Result: Done, Live: []bool{true}})
	s.live, s.outcome.Tombstones = nil, []string{stone.ID}
	return !s.broken()
}

// zoneStone returns the tombstone of the zone: all that is in it, what its provider needs to make it again, and what that says of it in its own forms.
func (s *writing) zoneStone(ctx context.Context, change Change, remover providers.ZoneRemover) (Tombstone, error) {
	stone := s.tombstone(change)
	kind, settings, err := remover.ZoneSettings(ctx, s.plan.Zone)
	if err != nil {
		return stone, err
	}
	stone.Settings = map[string]string{kindSetting: kind}
	maps.Copy(stone.Settings, settings)
	if exporter, ok := providers.As[providers.ZoneExporter](s.provider); ok {
		exported, err := exporter.ExportZone(ctx, s.plan.Zone)
		if err != nil {
			return stone, fmt.Errorf("export it: %w", err)
		}
		for name, value := range exported {
			stone.Settings[exportSetting+name] = value
		}
	}
	_, stone.Hidden = providers.As[providers.ZonePurger](s.provider)
	stone.Export, err = export(s.live, s.plan.Ref)
	return stone, err
}

// gone looks whether the zone is gone. removed is the error of its removal: its answer may have been lost and the work done, so a second look is what counts.
func (s *writing) gone(ctx context.Context, removed error) error {
	s.Planner.progress(s.plan.Ref, Reading)
	_, err := s.provider.Fetch(ctx, s.plan.Zone)
	switch {
	case errors.Is(err, providers.ErrNoZone):
		s.outcome.Written = IsWritten
		return nil
	case err != nil:
		return errors.Join(removed, fmt.Errorf("look whether it is gone: %w", err))
	case removed == nil:
		return errors.New("the provider reported success, and the zone is still there")
	}
	return removed
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
