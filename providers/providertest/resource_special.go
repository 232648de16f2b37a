package providertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testExclusive has fields that only one resource can have go from one to another.
func testExclusive(t *testing.T, s *resources) {
	tested := false
	for _, spec := range s.typ.Fields {
		a, b, ok := s.rivals(t, spec)
		if !ok {
			continue
		}
		tested = true
		t.Run(spec.Name, func(t *testing.T) { s.again(t).testRivals(t, spec, a, b) })
	}
	if !tested {
		t.Log("not tested: there is no exclusive field, or there are no two cases that could have it")
	}
}

// rivals returns two resources of which one can have an exclusive field.
func (s *resources) rivals(t testing.TB, spec providers.FieldSpec) (a, b providers.Resource, ok bool) {
	t.Helper()
	if spec.Exclusive == "" {
		return a, b, false
	}
	for i, c := range s.Cases {
		for _, other := range s.Cases[i+1:] {
			a, b = s.normalize(t, c.Resource), s.normalize(t, other.Resource)
			if a.Fields[spec.Exclusive] == b.Fields[spec.Exclusive] {
				return a, b, true
			}
		}
	}
	return a, b, false
}

// testRivals has an exclusive field go from a to b.
func (s *resources) testRivals(t *testing.T, spec providers.FieldSpec, a, b providers.Resource) {
	give := func(r providers.Resource, value string) providers.Resource {
		return r.With(map[string]string{spec.Name: value})
	}
	holder, other := s.begin(t, give(a, "true")), s.begin(t, give(b, "false"))
	s.held(t, spec, other.Resource, a.Name)
	s.held(t, spec, holder.Resource, zonefile.Name{})
	other.ResourceSnapshot = s.fetch(t, b)
	holder.ResourceSnapshot = s.fetch(t, a)

	// Both are written with what they were before: so a plan does it.
	s.update(t, holder, give(a, "false"), []string{spec.Name})
	s.update(t, other, give(b, "true"), []string{spec.Name})
	if got := s.fetch(t, a).Fields[spec.Name]; got == "true" {
		t.Errorf("both have %s", spec.Name)
	}
	s.held(t, spec, a, b.Name)
	s.held(t, spec, b, zonefile.Name{})
}

// held checks which other resource has an exclusive field, the zero Name for none.
func (s *resources) held(t *testing.T, spec providers.FieldSpec, r providers.Resource, want zonefile.Name) {
	t.Helper()
	if got := s.fetch(t, r).Holders[spec.Name]; got != want {
		t.Errorf("%s of %s is held by %q, want %q", spec.Name, r, got, want)
	}
}

// testBlockedResource writes to a resource that cannot be written.
func testBlockedResource(t *testing.T, s *resources) {
	if s.Block == nil {
		t.Log("not tested: the fixture cannot block a resource")
		return
	}
	c := s.Cases[0]
	before := s.begin(t, c.Resource)
	leave := s.Block(t, before.Resource)
	base := s.fetch(t, before.Resource)
	if base.Status.Phase != providers.Blocked {
		t.Errorf("it is %s, want it blocked", base.Status.Phase)
	}
	s.sameResource(t, before.ResourceSnapshot)
	blocked := func(call string, err error) {
		t.Helper()
		if _, ok := errors.AsType[*providers.StateError](err); !ok || !errors.Is(err, providers.ErrBlocked) {
			t.Errorf("%s: error %v, want a StateError that wraps ErrBlocked", call, err)
		}
		s.sameResource(t, before.ResourceSnapshot)
	}
	for _, declared := range c.declarations() {
		normal := s.normalize(t, declared)
		if fields := s.changes(before, normal); len(fields) > 0 {
			blocked("UpdateResource", s.Provider.UpdateResource(timeout(t), base, normal, fields))
		}
	}
	if s.typ.Removal != providers.NeverRemoved {
		blocked("RemoveResource", s.Provider.RemoveResource(timeout(t), base))
	}
	if leave == nil {
		t.Log("not tested: the fixture does not know how to leave the state")
		return
	}
	leave(t)
	for _, declared := range c.declarations() {
		normal := s.normalize(t, declared)
		before.ResourceSnapshot = s.fetch(t, before.Resource)
		before = s.update(t, before, normal, s.changes(before, normal))
	}
}

// testCheckResource has the provider look at a resource.
func testCheckResource(t *testing.T, s *resources) {
	checker, ok := providers.AsResource[providers.ResourceChecker](s.Provider)
	if !ok {
		t.Log("not tested: the provider is no ResourceChecker")
		return
	}
	base := s.begin(t, s.Cases[0].Resource).ResourceSnapshot
	if err := checker.CheckResource(timeout(t), base); err != nil {
		t.Errorf("CheckResource: %v", err)
	}
	s.sameResource(t, base)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wraps(t, "CheckResource with a context that is done", checker.CheckResource(ctx, base), context.Canceled)
	if !s.canEnd(t) {
		return
	}
	s.end(t, base)
	wraps(t, "CheckResource of what is gone", checker.CheckResource(timeout(t), base), providers.ErrNoResource)
}

// testCancelResource makes each call with a context that is done.
func testCancelResource(t *testing.T, s *resources) {
	c := s.Cases[0]
	all := c.declarations()
	now := s.begin(t, c.Resource)
	normal := s.normalize(t, all[len(all)-1])
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, errFetch := s.Provider.FetchResource(ctx, normal)
	_, errList := s.Provider.Resources(ctx, s.whereOnly(normal))
	calls := map[string]error{"FetchResource": errFetch, "Resources": errList}
	if fields := s.changes(now, normal); len(fields) > 0 {
		calls["UpdateResource"] = s.Provider.UpdateResource(ctx, now.ResourceSnapshot, normal, fields)
	}
	if s.typ.Removal != providers.NeverRemoved {
		calls["RemoveResource"] = s.Provider.RemoveResource(ctx, now.ResourceSnapshot)
	}
	if !s.CreatesNone {
		calls["CreateResource"] = s.Provider.CreateResource(ctx, s.normalize(t, s.Cases[len(s.Cases)-1].Resource))
	}
	for call, err := range calls {
		wraps(t, call, err, context.Canceled)
	}
	s.sameResource(t, now.ResourceSnapshot)
	if last := s.Cases[len(s.Cases)-1].Resource; last.Name != c.Resource.Name {
		s.absent(t, last)
	}
}

// testParallelResources reads from many goroutines at once, for the race detector.
func testParallelResources(t *testing.T, s *resources) {
	want := s.begin(t, s.Cases[0].Resource)
	ctx := timeout(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := s.Provider.FetchResource(ctx, want.Resource)
			if err != nil || fmt.Sprint(got.Fields) != fmt.Sprint(want.Fields) {
				t.Errorf("FetchResource beside others: %v, %v; want %v", got, err, want.Fields)
			}
			if _, err := s.Provider.Resources(ctx, s.whereOnly(want.Resource)); err != nil {
				t.Errorf("Resources beside others: %v", err)
			}
			for _, c := range s.Cases {
				if _, err := s.Provider.NormalizeResource(c.Resource); err != nil {
					t.Errorf("NormalizeResource beside others: %v", err)
				}
			}
			_ = s.Provider.ResourceType()
		})
	}
	wg.Wait()
}
