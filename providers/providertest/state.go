package providertest

import (
	"errors"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testState brings the zone into the states that the fixture has, each with a fixture of its own.
func testState(t *testing.T, s *subject) {
	if len(s.States) == 0 {
		t.Log("not tested: the fixture has no states")
		return
	}
	for name := range s.States {
		t.Run(name, func(t *testing.T) { start(t, s.open).testBlocked(t, name) })
	}
}

// testBlocked brings the zone into a state.
func (s *subject) testBlocked(t *testing.T, name string) {
	base := s.become(t, parse(t, s.Origin, core))
	leave := s.States[name](t)
	_, err := s.Provider.Fetch(timeout(t), s.Origin)
	state, ok := errors.AsType[*providers.StateError](err)
	if !ok {
		t.Fatalf("Fetch: error %v, want a StateError", err)
	}
	oneKind(t, err)
	s.checkState(t, state, providers.ErrBlocked)
	if state.State != name {
		t.Errorf("the state is %q, want %q", state.State, name)
	}
	s.listed(t, s.Origin, providers.Primary, 0)

	result, err := s.Provider.Apply(timeout(t), s.Origin, providers.NewBatch(base, changesTo(base.Zone, s.set(t, "www 300 A 192.0.2.99"))))
	if !errors.Is(err, providers.ErrBlocked) || len(result.Applied) > 0 {
		t.Errorf("Apply: %d operations applied, error %v, want none and one that wraps ErrBlocked", len(result.Applied), err)
	}
	if c, ok := providers.As[providers.ZoneConfigurer](s.Provider); ok && len(settable(base)) > 0 {
		if err := c.Configure(timeout(t), base, settable(base)); !errors.Is(err, providers.ErrBlocked) {
			t.Errorf("Configure: error %v, want one that wraps ErrBlocked", err)
		}
	}
	if leave == nil {
		t.Log("not tested: the fixture does not know how to leave the state")
		return
	}
	leave(t)
	s.sameContent(t, base)
	s.become(t, nil)
}

// checkState checks that a state says all that a person needs, and is of a kind.
func (s *subject) checkState(t *testing.T, state *providers.StateError, kind error) {
	t.Helper()
	if !errors.Is(state, kind) {
		t.Errorf("the state is of the kind %v, want one that wraps %q", state.Kind, kind)
	}
	if state.State == "" || state.Needs == "" {
		t.Errorf("the state is %q and needs %q, want both", state.State, state.Needs)
	}
	for _, output := range state.Outputs {
		set := output.RRset
		if output.Name == "" || set.IsZero() || set.Len() == 0 {
			t.Errorf("an output has the name %q and the RRset %q, want both", output.Name, set)
			continue
		}
		again, err := zonefile.ParseRRset(set.Key, set.TTL, s.Origin, set.Text()...)
		if err != nil || again != set {
			t.Errorf("the output %s cannot be written in a zone file: %v\n%s", output.Name, err, set)
		}
	}
}
