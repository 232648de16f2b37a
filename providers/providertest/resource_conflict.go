package providertest

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
)

// testResourceConflict writes with a base that is not right any more.
func testResourceConflict(t *testing.T, s *resources) {
	for i, c := range s.Cases {
		for _, field := range s.mutable() {
			t.Run(c.Resource.String()+"/"+field, func(t *testing.T) { s.again(t).testStale(t, s.Cases[i], field) })
		}
		t.Run(c.Resource.String()+"/gone", func(t *testing.T) { s.again(t).testGone(t, s.Cases[i]) })
	}
}

// testStale writes to a resource, and removes it, when somebody else has changed a field since.
func (s *resources) testStale(t *testing.T, c ResourceCase, field string) {
	base := s.begin(t, c.Resource).ResourceSnapshot
	theirs, ok := s.other(t, c, field, base.Fields[field])
	if !ok {
		t.Log("not tested: the case has one value for it only")
		return
	}
	now := s.edit(t, theirs, field)
	ours, ok := s.other(t, c, field, base.Fields[field], now.Fields[field])
	if !ok {
		ours = theirs // it is as it is to be, and not as it was
	}
	for _, name := range s.together(t, ours, []string{field}) {
		call := "UpdateResource of " + name + " with an outdated base"
		wraps(t, call, s.Provider.UpdateResource(timeout(t), base, ours, []string{name}), providers.ErrConflict)
		s.sameResource(t, now)
	}
	if s.typ.Removal == providers.NeverRemoved {
		return
	}
	wraps(t, "RemoveResource with an outdated base", s.Provider.RemoveResource(timeout(t), base), providers.ErrConflict)
	s.sameResource(t, now)
}

// testGone writes to a resource that somebody else has removed, and to another one of that name.
func (s *resources) testGone(t *testing.T, c ResourceCase) {
	if !s.canEnd(t) {
		return
	}
	now := s.begin(t, c.Resource)
	base := now.ResourceSnapshot
	s.end(t, base)
	var normal providers.Resource
	var fields []string
	for _, declared := range c.declarations() {
		normal = s.normalize(t, declared)
		fields = s.changes(now, normal)
	}
	if len(fields) > 0 {
		wraps(t, "UpdateResource of what is gone", s.Provider.UpdateResource(timeout(t), base, normal, fields), providers.ErrNoResource, providers.ErrConflict)
	}
	if s.typ.Removal != providers.NeverRemoved {
		wraps(t, "RemoveResource of what is gone", s.Provider.RemoveResource(timeout(t), base), providers.ErrNoResource)
	}
	s.absent(t, base.Resource)
	again := s.begin(t, c.Resource).ResourceSnapshot
	if again.ID == base.ID {
		t.Log("not tested: the provider names another one as it has named the first")
		return
	}
	if len(fields) > 0 {
		wraps(t, "UpdateResource of another one of that name", s.Provider.UpdateResource(timeout(t), base, normal, fields), providers.ErrConflict)
	}
	if s.typ.Removal != providers.NeverRemoved {
		wraps(t, "RemoveResource of another one of that name", s.Provider.RemoveResource(timeout(t), base), providers.ErrConflict)
	}
	s.sameResource(t, again)
}

// testWriteOnce checks that where a resource is stays as it is, and that it is found wherever it is.
func testWriteOnce(t *testing.T, s *resources) {
	for i, c := range s.Cases {
		t.Run(c.Resource.String(), func(t *testing.T) { s.again(t).testElsewhere(t, s.Cases[i]) })
	}
}

func (s *resources) testElsewhere(t *testing.T, c ResourceCase) {
	base := s.begin(t, c.Resource).ResourceSnapshot
	elsewhere := s.normalize(t, c.Resource.With(c.Elsewhere))
	for _, spec := range s.typ.Fields {
		if spec.Rule != providers.WriteOnce {
			continue
		}
		wraps(t, "UpdateResource of "+spec.Name, s.Provider.UpdateResource(timeout(t), base, elsewhere, []string{spec.Name}),
			providers.ErrInvalid, providers.ErrUnsupported)
		s.sameResource(t, base)
	}
	unknown := elsewhere.With(map[string]string{"no-such-field": "1"})
	wraps(t, "UpdateResource of a field that there is not", s.Provider.UpdateResource(timeout(t), base, unknown, []string{"no-such-field"}),
		providers.ErrInvalid, providers.ErrUnsupported)
	s.sameResource(t, base)
	if len(c.Elsewhere) == 0 {
		t.Log("not tested: the case could not be elsewhere")
		return
	}
	there := s.fetch(t, elsewhere)
	if there.ID != base.ID {
		t.Errorf("FetchResource elsewhere returns %q, want %q", there.ID, base.ID)
	}
	for name, value := range base.Fields {
		if there.Fields[name] != value {
			t.Errorf("%s is %q when it is asked for elsewhere, want %q", name, there.Fields[name], value)
		}
	}
}
