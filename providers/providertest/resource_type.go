package providertest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
)

// testResourceType checks that the type adds up.
func testResourceType(t *testing.T, s *resources) {
	typ := s.typ
	if !reflect.DeepEqual(typ, s.Provider.ResourceType()) {
		t.Error("the type is another each time")
	}
	switch typ.Kind {
	case providers.Mail, providers.App, providers.Delegation:
	default:
		t.Errorf("%q is no kind", typ.Kind)
	}
	switch typ.Removal {
	case providers.RemovedAtRetire, providers.RemovedAtPurge, providers.NeverRemoved:
	default:
		t.Errorf("%d is no removal", typ.Removal)
	}
	names := map[string]bool{}
	for _, spec := range typ.Fields {
		if spec.Name == "" || names[spec.Name] {
			t.Errorf("a field has the name %q, want another for each", spec.Name)
		}
		names[spec.Name] = true
		s.checkSpec(t, spec)
	}
	outputs := map[string]bool{}
	for _, name := range typ.Outputs {
		if name == "" || outputs[name] {
			t.Errorf("an output has the name %q, want another for each", name)
		}
		outputs[name] = true
	}
}

// checkSpec checks what there is to know of a field.
func (s *resources) checkSpec(t *testing.T, spec providers.FieldSpec) {
	t.Helper()
	switch spec.Rule {
	case providers.Mutable, providers.WriteOnce:
	case providers.WriteOnly:
		if spec.Default != "" || spec.Set {
			t.Errorf("%s cannot be read, and has a default or is a set", spec.Name)
		}
	default:
		t.Errorf("the rule of %s is %d, which is none", spec.Name, spec.Rule)
	}
	if spec.Exclusive != "" {
		if where, _ := s.typ.Field(spec.Exclusive); where.Rule != providers.WriteOnce || spec.Rule != providers.Mutable || spec.Set {
			t.Errorf("%s is exclusive within %q: want the one to be mutable, and the other a field that is written once", spec.Name, spec.Exclusive)
		}
	}
	if spec.Default == "" {
		return
	}
	declared := s.Cases[0].Resource.With(map[string]string{spec.Name: spec.Default})
	if got := s.normalize(t, declared).Fields[spec.Name]; got != spec.Default {
		t.Errorf("the default of %s is %q, and is normalized to %q", spec.Name, spec.Default, got)
	}
}

// testNormalizeResource checks what is said of a resource without asking anybody.
func testNormalizeResource(t *testing.T, s *resources) {
	for _, c := range s.Cases {
		for i, declared := range c.declarations() {
			s.testNormal(t, declared, i)
		}
		s.testSecretsDiffer(t, c)
	}
	t.Run("nobody is asked", func(t *testing.T) {
		if len(s.Faults) == 0 {
			t.Log("not tested: the fixture has no faults")
			return
		}
		declared := s.Cases[0].Resource
		want := s.normalize(t, declared)
		end := s.Faults[0].Begin(declared, func() {})
		defer end()
		if d := cmp.Diff(s.normalize(t, declared).Fields, want.Fields); d != "" {
			t.Errorf("while %s happens it is otherwise (-got +want):\n%s", s.Faults[0].Name, d)
		}
	})
	for name, bad := range s.Bad {
		t.Run(name, func(t *testing.T) { s.again(t).testBad(t, bad) })
	}
}

// testSecretsDiffer checks that other secrets make other fields.
func (s *resources) testSecretsDiffer(t *testing.T, c ResourceCase) {
	t.Helper()
	seen := map[string]string{} // the fields, by the values of the secrets
	for i, declared := range c.declarations() {
		if len(declared.Secrets) == 0 {
			continue
		}
		var values string
		for _, name := range slices.Sorted(maps.Keys(declared.Secrets)) {
			value, _ := declared.Secrets[name].Value() // the fixture's can be read
			values += name + "\n" + value + "\n"
		}
		fields := fmt.Sprint(s.writeOnly(s.normalize(t, declared).Fields))
		for others, theirs := range seen {
			if (others == values) != (theirs == fields) {
				t.Errorf("%s, after %d updates: what cannot be read of other secrets is the same, or of the same another", declared, i)
			}
		}
		seen[values] = fields
	}
}

// testNormal checks how a resource that is declared after i updates is normalized.
func (s *resources) testNormal(t *testing.T, declared providers.Resource, i int) {
	t.Helper()
	fields := maps.Clone(declared.Fields)
	normal := s.normalize(t, declared)
	if !maps.Equal(fields, declared.Fields) {
		t.Errorf("%s, after %d updates: NormalizeResource changes what it is given", declared, i)
	}
	if normal.Kind != declared.Kind || normal.Name != declared.Name {
		t.Errorf("%s, after %d updates, is normalized to %s", declared, i, normal)
	}
	if d := cmp.Diff(s.normalize(t, normal).Fields, normal.Fields); d != "" {
		t.Errorf("%s, after %d updates, is normalized otherwise the second time (-got +want):\n%s", declared, i, d)
	}
	follow := s.following(t, declared)
	if hidden := s.writeOnly(normal.Fields); len(declared.Secrets) > 0 && !intersect(follow, slices.Collect(maps.Keys(hidden))) {
		t.Errorf("%s, after %d updates, has secrets, and no field that says which ones they are", declared, i)
	}
	for name := range normal.Fields {
		_, known := s.typ.Field(name)
		if _, ok := fields[name]; !known || !ok && !slices.Contains(follow, name) {
			t.Errorf("%s, after %d updates, gets a field %s that nobody declares", declared, i, name)
		}
	}
	for name := range fields {
		if _, ok := normal.Fields[name]; !ok {
			t.Errorf("%s, after %d updates, loses the field %s", declared, i, name)
		}
	}
}

// testBad checks that a resource that cannot be is refused.
func (s *resources) testBad(t *testing.T, bad providers.Resource) {
	normal, err := s.Provider.NormalizeResource(bad)
	if err != nil {
		named := bad
		named.Name = s.Cases[0].Resource.Name
		_, still := s.Provider.NormalizeResource(named)
		if _, ok := errors.AsType[*providers.FieldError](err); !ok && still != nil {
			t.Errorf("NormalizeResource: error %v, want a FieldError, as it is not the name", err)
		}
		wraps(t, "NormalizeResource", err, providers.ErrInvalid, providers.ErrUnsupported)
		return
	}
	wraps(t, "CreateResource of what NormalizeResource takes", s.Provider.CreateResource(timeout(t), normal),
		providers.ErrInvalid, providers.ErrUnsupported)
	if _, err := s.Provider.FetchResource(timeout(t), normal); err == nil {
		t.Errorf("%s is there", bad)
	}
}
