package providertest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/zoneward/zoneward/providers"
)

// testResourceFaults has all calls made while something goes wrong.
func testResourceFaults(t *testing.T, s *resources) {
	if len(s.Faults) == 0 {
		t.Log("not tested: the fixture has no faults")
		return
	}
	for i, fault := range s.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			again := s.again(t)
			again.testFault(t, again.Faults[i])
		})
	}
}

// testFault makes, reads, changes and removes a resource while something goes wrong, and then as it should.
func (s *resources) testFault(t *testing.T, f ResourceFault) {
	all := s.Cases[0].declarations()
	first, last := s.normalize(t, all[0]), s.normalize(t, all[len(all)-1])
	now := s.createDuring(t, f, first)
	s.readDuring(t, f, now)
	if fields := s.changes(now, last); len(fields) > 0 {
		now = s.updateDuring(t, f, now, last, fields)
	}
	if s.typ.Removal != providers.NeverRemoved {
		s.removeDuring(t, f, now)
	}
}

// during makes a call while something goes wrong, and checks how it fails.
func (s *resources) during(t *testing.T, f ResourceFault, about providers.Resource, name string, call func(context.Context) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	end := f.Begin(about, cancel)
	err := call(ctx)
	end()
	if err == nil {
		return nil
	}
	if errors.Is(err, providers.ErrNoResource) {
		t.Errorf("%s: error %v: that is not known", name, err)
	}
	if _, busy := errors.AsType[*providers.BusyError](err); f.Busy && !busy && !errors.Is(err, providers.ErrPartial) {
		t.Errorf("%s: error %v, want a BusyError", name, err)
	}
	if ctx.Err() != nil && !errors.Is(err, context.Canceled) && !promisesNothing(err) {
		t.Errorf("%s: error %v, want one that wraps %q", name, err, context.Canceled)
	}
	return err
}

// promisesNothing reports whether an error of a call that writes promises that nothing was written.
func promisesNothing(err error) bool {
	if errors.Is(err, providers.ErrPartial) {
		return false
	}
	_, busy := errors.AsType[*providers.BusyError](err)
	return busy || slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
}

// there fetches a resource that may be there or not.
func (s *resources) there(t *testing.T, what providers.Resource) (*providers.ResourceSnapshot, bool) {
	t.Helper()
	snapshot, err := s.Provider.FetchResource(timeout(t), what)
	if err != nil && !errors.Is(err, providers.ErrNoResource) {
		t.Fatalf("FetchResource of %s: %v", what, err)
	}
	return snapshot, err == nil
}

// createDuring makes a resource while something goes wrong, and whatever is left to do afterwards.
func (s *resources) createDuring(t *testing.T, f ResourceFault, normal providers.Resource) state {
	t.Helper()
	if s.CreatesNone {
		return s.begin(t, normal)
	}
	err := s.during(t, f, normal, "CreateResource", func(ctx context.Context) error { return s.Provider.CreateResource(ctx, normal) })
	s.settle(t, normal)
	snapshot, there := s.there(t, normal)
	switch {
	case err == nil && !there:
		t.Fatal("CreateResource: no error, and it is not there")
	case err == nil:
		return s.found(t, normal)
	case there && promisesNothing(err):
		t.Errorf("CreateResource: error %v promises that nothing was done, and it is there", err)
	case !there:
		return s.begin(t, normal)
	}
	made := state{snapshot, map[string]string{}} // nobody knows what was written
	return s.update(t, made, normal, s.changes(made, normal))
}

// readDuring reads a resource while something goes wrong: what comes back is right, or an error.
func (s *resources) readDuring(t *testing.T, f ResourceFault, now state) {
	t.Helper()
	_ = s.during(t, f, now.Resource, "FetchResource", func(ctx context.Context) error {
		got, err := s.Provider.FetchResource(ctx, now.Resource)
		if err == nil {
			s.sameAs(t, "FetchResource", got, now)
		}
		return err
	})
	_ = s.during(t, f, now.Resource, "Resources", func(ctx context.Context) error {
		all, err := s.Provider.Resources(ctx, s.whereOnly(now.Resource))
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, named(now.ResourceSnapshot))
		if i < 0 {
			t.Errorf("Resources: no error, and no %s", now)
			return nil
		}
		s.sameAs(t, "Resources", all[i], now)
		return nil
	})
	s.sameResource(t, now.ResourceSnapshot)
}

// sameAs checks that what a call returned is what is there.
func (s *resources) sameAs(t *testing.T, call string, got *providers.ResourceSnapshot, now state) {
	t.Helper()
	if got.ID != now.ID {
		t.Errorf("%s: the id is %q, want %q", call, got.ID, now.ID)
	}
	for _, spec := range s.typ.Fields {
		if got, want := got.Fields[spec.Name], now.Fields[spec.Name]; got != want {
			t.Errorf("%s: %s is %q, want %q", call, spec.Name, got, want)
		}
	}
}

// updateDuring writes fields while something goes wrong, and once more afterwards.
func (s *resources) updateDuring(t *testing.T, f ResourceFault, now state, normal providers.Resource, fields []string) state {
	t.Helper()
	err := s.during(t, f, now.Resource, "UpdateResource", func(ctx context.Context) error {
		return s.Provider.UpdateResource(ctx, now.ResourceSnapshot, normal, fields)
	})
	s.settle(t, normal)
	switch {
	case err == nil:
		s.updated(t, now, normal, fields)
	case promisesNothing(err):
		s.sameResource(t, now.ResourceSnapshot)
	default:
		after, together := s.fetch(t, now.Resource), s.together(t, normal, fields)
		for _, spec := range s.typ.Fields {
			got := after.Fields[spec.Name]
			if written := slices.Contains(together, spec.Name) && got == normal.Fields[spec.Name]; !written && got != now.Fields[spec.Name] {
				t.Errorf("after %v %s is %q, and was %q", err, spec.Name, got, now.Fields[spec.Name])
			}
		}
	}
	now.ResourceSnapshot = s.fetch(t, now.Resource)
	return s.update(t, now, normal, fields)
}

// removeDuring removes a resource while something goes wrong, and once more if it is still there.
func (s *resources) removeDuring(t *testing.T, f ResourceFault, now state) {
	t.Helper()
	err := s.during(t, f, now.Resource, "RemoveResource", func(ctx context.Context) error {
		return s.Provider.RemoveResource(ctx, now.ResourceSnapshot)
	})
	base, there := s.there(t, now.Resource)
	switch {
	case !there && err != nil && promisesNothing(err):
		t.Errorf("RemoveResource: error %v promises that nothing was done, and it is not there", err)
	case there && err == nil:
		t.Error("RemoveResource: no error, and it is there")
	}
	if !there {
		return
	}
	s.sameResource(t, now.ResourceSnapshot)
	if err := s.Provider.RemoveResource(timeout(t), base); err != nil {
		t.Errorf("RemoveResource once more: %v", err)
	}
	s.absent(t, now.Resource)
}
