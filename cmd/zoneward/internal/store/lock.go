package store

import (
	"context"
	"fmt"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/zonelock"
	"github.com/zoneward/zoneward/reconcile"
)

// Lock waits until nobody else who has the same file writes a zone on a target, see zonelock.
func (s *Store) Lock(ctx context.Context, ref reconcile.Ref) (release func(), err error) {
	if s.writer == nil {
		return nil, fmt.Errorf("the state %s: %w", s.file, ErrReadOnly)
	}
	return zonelock.Dir(s.file+".locks").Lock(ctx, ref)
}
