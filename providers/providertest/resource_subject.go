package providertest

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// resources is a fixture that is being tested.
type resources struct {
	ResourceFixture
	open func(t *testing.T) ResourceFixture
	typ  providers.ResourceType
}

// startResources opens a fixture and checks that it is one. From here on whatever its provider returns is looked at.
func startResources(t *testing.T, open func(t *testing.T) ResourceFixture) *resources {
	t.Helper()
	fixture := open(t)
	if fixture.Provider == nil || len(fixture.Cases) == 0 || fixture.CreatesNone && fixture.Begin == nil {
		t.Fatal("the fixture has no provider, or no cases, or no way to have one of them be there")
	}
	s := &resources{fixture, open, fixture.Provider.ResourceType()}
	s.Provider = &watched{fixture.Provider, t, s.typ, s.unspeakable(t)}
	if s.Absent.Name.IsZero() {
		s.Absent = s.Cases[0].Resource
		s.Absent.Name, s.Absent.Secrets = zonefile.MustParseName("not-there.invalid."), nil
	}
	return s
}

// again returns the subject with a fixture of its own.
func (s *resources) again(t *testing.T) *resources {
	t.Helper()
	return startResources(t, s.open)
}

// declarations returns what is declared of a resource one after the other: as it begins, and after each update.
func (c ResourceCase) declarations() []providers.Resource {
	all := []providers.Resource{c.Resource}
	for _, update := range c.Updates {
		next := all[len(all)-1].With(update.Fields)
		if update.Secrets != nil {
			next.Secrets = update.Secrets
		}
		all = append(all, next)
	}
	return all
}

// state is what is known of a resource that is there.
type state struct {
	*providers.ResourceSnapshot
	written map[string]string // the fields that cannot be read
}

// normalize returns r as the provider has it.
func (s *resources) normalize(t testing.TB, r providers.Resource) providers.Resource {
	t.Helper()
	normal, err := s.Provider.NormalizeResource(r)
	if err != nil {
		t.Fatalf("NormalizeResource of %s: %v", r, err)
	}
	return normal
}

// fetch returns a resource that has to be there.
func (s *resources) fetch(t *testing.T, what providers.Resource) *providers.ResourceSnapshot {
	t.Helper()
	snapshot, err := s.Provider.FetchResource(timeout(t), what)
	if err != nil {
		t.Fatalf("FetchResource of %s: %v", what, err)
	}
	if snapshot.Name != what.Name {
		t.Fatalf("FetchResource of %s returns %s", what, snapshot)
	}
	return snapshot
}

// absent checks that a resource is not there.
func (s *resources) absent(t *testing.T, what providers.Resource) {
	t.Helper()
	if _, err := s.Provider.FetchResource(timeout(t), what); !errors.Is(err, providers.ErrNoResource) {
		t.Errorf("FetchResource of %s, which is not there: error %v, want one that wraps ErrNoResource", what, err)
	}
}

// begin has a resource be there as it is declared.
func (s *resources) begin(t *testing.T, declared providers.Resource) state {
	t.Helper()
	normal := s.normalize(t, declared)
	if s.Begin != nil {
		s.Begin(t, normal)
	} else if err := s.Provider.CreateResource(timeout(t), normal); err != nil {
		t.Fatalf("CreateResource of %s: %v", declared, err)
	}
	s.settle(t, normal)
	return s.found(t, normal)
}

// found returns the state of a resource that was just written with all the fields of normal, which it checks.
func (s *resources) found(t *testing.T, normal providers.Resource) state {
	t.Helper()
	now := state{s.fetch(t, normal), s.writeOnly(normal.Fields)}
	for _, spec := range s.typ.Fields {
		want, declared := normal.Fields[spec.Name]
		if !declared {
			want, declared = spec.Default, spec.Default != ""
		}
		if got := now.Fields[spec.Name]; declared && spec.Rule != providers.WriteOnly && got != want {
			t.Errorf("%s of %s is %q, want %q", spec.Name, normal, got, want)
		}
	}
	return now
}

// settle waits until a resource can be written again.
func (s *resources) settle(t testing.TB, r providers.Resource) {
	t.Helper()
	if s.Settle != nil {
		s.Settle(t, r)
	}
}

// writeOnly returns those of fields that cannot be read.
func (s *resources) writeOnly(fields map[string]string) map[string]string {
	hidden := map[string]string{}
	for _, spec := range s.typ.Fields {
		if value, ok := fields[spec.Name]; ok && spec.Rule == providers.WriteOnly {
			hidden[spec.Name] = value
		}
	}
	return hidden
}

// changes returns the fields in which a resource differs from what it is to be, in the order of the type.
func (s *resources) changes(now state, normal providers.Resource) []string {
	var fields []string
	for _, spec := range s.typ.Fields {
		have := now.Fields[spec.Name]
		if spec.Rule == providers.WriteOnly {
			have = now.written[spec.Name]
		}
		if want, ok := normal.Fields[spec.Name]; ok && spec.Rule != providers.WriteOnce && want != have {
			fields = append(fields, spec.Name)
		}
	}
	return fields
}

// together returns fields with those that are written with them, since they follow from secrets of r too.
func (s *resources) together(t testing.TB, r providers.Resource, fields []string) []string {
	t.Helper()
	follow := s.following(t, r)
	if !intersect(fields, follow) {
		return fields
	}
	all := slices.Sorted(slices.Values(slices.Concat(fields, follow)))
	return slices.Compact(all)
}

// following returns the fields that follow from the secrets of r. They are one group: a certificate and its key are written together.
func (s *resources) following(t testing.TB, r providers.Resource) []string {
	t.Helper()
	if len(r.Secrets) == 0 {
		return nil
	}
	bare := r
	bare.Secrets, bare.Fields = nil, map[string]string{}
	for name, value := range r.Fields {
		if spec, _ := s.typ.Field(name); spec.Rule == providers.WriteOnce {
			bare.Fields[name] = value
		}
	}
	with := bare
	with.Secrets = r.Secrets
	without := s.normalize(t, bare).Fields
	var follow []string
	for name := range s.normalize(t, with).Fields {
		if _, ok := without[name]; !ok {
			follow = append(follow, name)
		}
	}
	return follow
}

// copied returns a copy that can be written to, also of nil.
func copied(fields map[string]string) map[string]string {
	fields = maps.Clone(fields)
	if fields == nil {
		fields = map[string]string{}
	}
	return fields
}

func intersect(a, b []string) bool {
	return slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
}

// sameResource checks that a resource is as it was.
func (s *resources) sameResource(t *testing.T, before *providers.ResourceSnapshot) {
	t.Helper()
	s.hasFields(t, before, before.Fields)
}

// hasFields checks that the resource of base is there, and has these fields that can be read, and no others.
func (s *resources) hasFields(t *testing.T, base *providers.ResourceSnapshot, want map[string]string) *providers.ResourceSnapshot {
	t.Helper()
	after := s.fetch(t, base.Resource)
	if after.ID != base.ID {
		t.Errorf("%s is %q, and was %q", base, after.ID, base.ID)
	}
	for _, spec := range s.typ.Fields {
		if got, want := after.Fields[spec.Name], want[spec.Name]; spec.Rule != providers.WriteOnly && got != want {
			t.Errorf("%s of %s is %q, want %q", spec.Name, base, got, want)
		}
	}
	return after
}

// edit changes fields as somebody else would, to what they are in normal. The secrets that they follow from go with them.
func (s *resources) edit(t *testing.T, normal providers.Resource, fields ...string) *providers.ResourceSnapshot {
	t.Helper()
	before := s.fetch(t, normal)
	fields = s.together(t, normal, fields)
	theirs := providers.Resource{Kind: normal.Kind, Name: normal.Name, Fields: map[string]string{}}
	for _, name := range fields {
		theirs.Fields[name] = normal.Fields[name]
	}
	if intersect(fields, s.following(t, normal)) {
		theirs.Secrets = normal.Secrets
	}
	if s.Edit != nil {
		s.Edit(t, theirs)
	} else if err := s.Provider.UpdateResource(timeout(t), before, normal, fields); err != nil {
		t.Fatalf("UpdateResource in the place of somebody else: %v", err)
	}
	s.settle(t, normal)
	want := copied(before.Fields)
	maps.Copy(want, theirs.Fields)
	return s.hasFields(t, before, want)
}

// canEnd reports whether a resource can be ended, with a line in the log if not.
func (s *resources) canEnd(t testing.TB) bool {
	t.Helper()
	if s.End == nil && s.typ.Removal == providers.NeverRemoved {
		t.Log("not tested: nobody removes a resource")
		return false
	}
	return true
}

// end has a resource be gone as somebody else would.
func (s *resources) end(t *testing.T, base *providers.ResourceSnapshot) {
	t.Helper()
	if s.End != nil {
		s.End(t, base.Resource)
	} else if err := s.Provider.RemoveResource(timeout(t), base); err != nil {
		t.Fatalf("RemoveResource in the place of somebody else: %v", err)
	}
	s.absent(t, base.Resource)
}

// other returns a value that a mutable field is declared to have in a case, and that is not one of these; false if there is none. It is
// that of the resource with the field.
func (s *resources) other(t testing.TB, c ResourceCase, field string, not ...string) (providers.Resource, bool) {
	t.Helper()
	for _, declared := range c.declarations() {
		normal := s.normalize(t, declared)
		if value, ok := normal.Fields[field]; ok && !slices.Contains(not, value) {
			return normal, true
		}
	}
	return providers.Resource{}, false
}

// mutable returns the names of the fields that can be set and read.
func (s *resources) mutable() []string {
	var names []string
	for _, spec := range s.typ.Fields {
		if spec.Rule == providers.Mutable {
			names = append(names, spec.Name)
		}
	}
	return names
}

// wraps checks that an error wraps one of the kinds.
func wraps(t testing.TB, call string, err error, want ...error) {
	t.Helper()
	if !slices.ContainsFunc(want, func(kind error) bool { return errors.Is(err, kind) }) {
		t.Errorf("%s: error %v, want one that wraps one of %q", call, err, want)
	}
}
