package providertest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
)

// testCreateResource makes resources, and makes them once more.
func testCreateResource(t *testing.T, s *resources) {
	t.Run("not there", func(t *testing.T) { s.again(t).absent(t, s.Absent) })
	for i, c := range s.Cases {
		for j, declared := range c.declarations() {
			t.Run(fmt.Sprintf("%s after %d updates", declared, j), func(t *testing.T) { s.again(t).testCreate(t, s.Cases[i], j) })
		}
	}
}

// testCreate makes a resource as it is declared after some updates.
func (s *resources) testCreate(t *testing.T, c ResourceCase, updates int) {
	normal := s.normalize(t, c.declarations()[updates])
	s.absent(t, normal)
	if s.CreatesNone {
		wraps(t, "CreateResource", s.Provider.CreateResource(timeout(t), normal), providers.ErrUnsupported, providers.ErrInvalid)
		s.absent(t, normal)
		before := s.begin(t, normal)
		if err := s.Provider.CreateResource(timeout(t), normal); err == nil {
			t.Error("CreateResource of one that is there: no error")
		}
		s.sameResource(t, before.ResourceSnapshot)
		return
	}
	if err := s.Provider.CreateResource(timeout(t), normal); err != nil {
		t.Fatalf("CreateResource: %v", err)
	}
	s.settle(t, normal)
	before := s.found(t, normal)
	for _, declared := range c.declarations() {
		wraps(t, "CreateResource of one that is there", s.Provider.CreateResource(timeout(t), s.normalize(t, declared)), providers.ErrConflict)
		s.sameResource(t, before.ResourceSnapshot)
	}
}

// testUpdateResource takes resources through all that they are declared to be.
func testUpdateResource(t *testing.T, s *resources) {
	for i, c := range s.Cases {
		t.Run(c.Resource.String(), func(t *testing.T) {
			if len(c.Updates) == 0 {
				t.Log("not tested: the case has no updates")
				return
			}
			s.again(t).testUpdates(t, s.Cases[i])
		})
	}
}

// testUpdates takes a resource from one declaration to the next, and back to the first; and then one field at a time.
func (s *resources) testUpdates(t *testing.T, c ResourceCase) {
	all := c.declarations()
	now := s.begin(t, all[0])
	for _, declared := range append(all[1:], all[0]) {
		normal := s.normalize(t, declared)
		now = s.update(t, now, normal, s.changes(now, normal))
		now = s.update(t, now, normal, s.changes(now, normal)) // what is as it is to be can be written again
	}
	for _, declared := range append(all[1:], all[0]) {
		normal := s.normalize(t, declared)
		for _, field := range s.changes(now, normal) {
			if slices.Contains(s.changes(now, normal), field) { // not written together with one before
				now = s.update(t, now, normal, []string{field})
			}
		}
	}
	t.Run("what is not declared", func(t *testing.T) { s.testUndeclared(t, c, now) })
}

// testUndeclared checks that a field which somebody else has changed since stays so when another one is written.
func (s *resources) testUndeclared(t *testing.T, c ResourceCase, now state) {
	for _, theirs := range s.mutable() {
		for _, ours := range s.mutable() {
			left, ok := s.other(t, c, theirs, now.Fields[theirs])
			if !ok || slices.Contains(s.together(t, left, []string{theirs}), ours) {
				continue
			}
			now.ResourceSnapshot = s.edit(t, left, theirs)
			want, ok := s.other(t, c, ours, now.Fields[ours])
			if !ok {
				continue
			}
			bare := providers.Resource{Kind: want.Kind, Name: want.Name, Fields: map[string]string{}, Secrets: want.Secrets}
			for name, value := range want.Fields {
				if spec, _ := s.typ.Field(name); spec.Rule == providers.WriteOnce {
					bare.Fields[name] = value
				}
			}
			fields := s.together(t, want, []string{ours})
			for _, name := range fields {
				bare.Fields[name] = want.Fields[name]
			}
			now = s.update(t, now, s.normalize(t, bare), fields)
		}
	}
}

// update writes fields, and checks that they are written and nothing else is.
func (s *resources) update(t *testing.T, base state, normal providers.Resource, fields []string) state {
	t.Helper()
	was := maps.Clone(base.Fields)
	if err := s.Provider.UpdateResource(timeout(t), base.ResourceSnapshot, normal, slices.Clone(fields)); err != nil {
		t.Fatalf("UpdateResource of %q: %v", fields, err)
	}
	s.settle(t, normal)
	if d := cmp.Diff(base.Fields, was); d != "" {
		t.Errorf("the base was changed (-got +want):\n%s", d)
	}
	return s.updated(t, base, normal, fields)
}

// updated checks that a resource has the values of normal in these fields, and those of base in the others.
func (s *resources) updated(t *testing.T, base state, normal providers.Resource, fields []string) state {
	t.Helper()
	want, written := copied(base.Fields), copied(base.written)
	for _, name := range s.together(t, normal, fields) {
		value := normal.Fields[name]
		if spec, _ := s.typ.Field(name); spec.Rule == providers.WriteOnly {
			written[name] = value
		} else {
			want[name] = value
		}
	}
	return state{s.hasFields(t, base.ResourceSnapshot, want), written}
}

// testRemoveResource removes resources, and what is not there any more.
func testRemoveResource(t *testing.T, s *resources) {
	for i, c := range s.Cases {
		t.Run(c.Resource.String(), func(t *testing.T) { s.again(t).testRemove(t, s.Cases[i]) })
	}
}

func (s *resources) testRemove(t *testing.T, c ResourceCase) {
	base := s.begin(t, c.Resource).ResourceSnapshot
	if s.typ.Removal == providers.NeverRemoved {
		wraps(t, "RemoveResource", s.Provider.RemoveResource(timeout(t), base), providers.ErrUnsupported)
		s.sameResource(t, base)
		return
	}
	if err := s.Provider.RemoveResource(timeout(t), base); err != nil {
		t.Fatalf("RemoveResource: %v", err)
	}
	s.absent(t, base.Resource)
	wraps(t, "RemoveResource of what is removed", s.Provider.RemoveResource(timeout(t), base), providers.ErrNoResource)
	if s.CreatesNone {
		return
	}
	// It can come back, and what was made from the one that was there is not about it.
	again := s.begin(t, c.Resource).ResourceSnapshot
	if again.ID == base.ID {
		t.Log("the provider names another one as it has named the first")
		return
	}
	wraps(t, "RemoveResource of another one of that name", s.Provider.RemoveResource(timeout(t), base), providers.ErrConflict)
	s.sameResource(t, again)
}

// testListResources checks that the list has what is fetched.
func testListResources(t *testing.T, s *resources) {
	var there []*providers.ResourceSnapshot
	for _, c := range s.Cases {
		there = append(there, s.begin(t, c.Resource).ResourceSnapshot)
	}
	everywhere := providers.Resource{Kind: s.typ.Kind}
	for i, want := range there {
		s.listed(t, everywhere, want)
		s.listed(t, s.whereOnly(want.Resource), want)
		c := s.Cases[i]
		if len(c.Elsewhere) == 0 {
			continue
		}
		like := s.normalize(t, providers.Resource{Kind: s.typ.Kind, Name: want.Name, Fields: c.Elsewhere})
		if all := s.list(t, like); slices.ContainsFunc(all, named(want)) {
			t.Errorf("Resources where %s is not has it", want)
		}
	}
	if all := s.list(t, everywhere); slices.ContainsFunc(all, named(&providers.ResourceSnapshot{Resource: s.Absent})) {
		t.Errorf("Resources has %s, which is not there", s.Absent)
	}
}

// list returns the resources that are like one.
func (s *resources) list(t *testing.T, like providers.Resource) []*providers.ResourceSnapshot {
	t.Helper()
	all, err := s.Provider.Resources(timeout(t), like)
	if err != nil {
		t.Fatalf("Resources with %v: %v", like.Fields, err)
	}
	return all
}

// listed checks that a resource is in the list once, as it is fetched.
func (s *resources) listed(t *testing.T, like providers.Resource, want *providers.ResourceSnapshot) {
	t.Helper()
	all := slices.DeleteFunc(s.list(t, like), func(got *providers.ResourceSnapshot) bool { return !named(want)(got) })
	if len(all) != 1 {
		t.Errorf("Resources with %v has %s %d times, want once", like.Fields, want, len(all))
		return
	}
	got := all[0]
	if !maps.Equal(got.Fields, want.Fields) || got.ID != want.ID || !slices.Equal(got.Outputs, want.Outputs) {
		t.Errorf("%s with the id %q and %d outputs in the list, and %q and %d when it is fetched; fields (-list +fetched):\n%s",
			want, got.ID, len(got.Outputs), want.ID, len(want.Outputs), cmp.Diff(got.Fields, want.Fields))
	}
}

// whereOnly returns r with its write-once fields and no others.
func (s *resources) whereOnly(r providers.Resource) providers.Resource {
	r.Fields = maps.Clone(r.Fields)
	maps.DeleteFunc(r.Fields, func(name, _ string) bool {
		spec, _ := s.typ.Field(name)
		return spec.Rule != providers.WriteOnce
	})
	r.Secrets = nil
	return r
}

func named(want *providers.ResourceSnapshot) func(*providers.ResourceSnapshot) bool {
	return func(got *providers.ResourceSnapshot) bool { return got.Name == want.Name }
}
