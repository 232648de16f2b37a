package reconcile

import "context"

// zone carries out the change of a zone itself, and reports whether the plan goes on. Afterwards s.live is the zone, nil if it is not there.
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
