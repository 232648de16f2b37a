package reconcile

import (
	"context"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

func (s *fakeStore) AppliedResources(_ context.Context, ref Ref) ([]AppliedResource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.beside[ref]), func(a, b AppliedResource) int { return a.Name.Compare(b.Name) }), nil
}

func (s *fakeStore) SetAppliedResources(_ context.Context, ref Ref, state AppliedState, resources []AppliedResource) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return s.lost
	}
	s.know(ref, state)
	s.beside[ref] = map[zonefile.Name]AppliedResource{}
	for _, r := range resources {
		s.beside[ref][r.Name] = r
	}
	return nil
}

// carryResource brings a live change of a resource into what is applied.
func (s *fakeStore) carryResource(e *Entry, change Change) {
	if s.known[e.Ref].System != e.System {
		delete(s.beside, e.Ref) // what was applied to another system says nothing of this one
	}
	var before *AppliedResource
	if r, ok := s.beside[e.Ref][change.Key.Name]; ok {
		before = &r
	}
	next := CarryResource(before, change)
	if next == nil {
		delete(s.beside[e.Ref], change.Key.Name)
		return
	}
	s.know(e.Ref, AppliedState{System: e.System, Commit: e.Commit})
	if s.beside[e.Ref] == nil {
		s.beside[e.Ref] = map[zonefile.Name]AppliedResource{}
	}
	s.beside[e.Ref][change.Key.Name] = *next
}
