package providertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// patience is how long one call may take: much longer than any good one does, so that a test ends with the call that hangs.
const patience = 3 * time.Minute

// subject is a fixture that is being tested.
type subject struct {
	Fixture
	open func(t *testing.T) Fixture
}

// start opens a fixture and checks that it is one.
func start(t *testing.T, open func(t *testing.T) Fixture) *subject {
	t.Helper()
	s := &subject{open(t), open}
	if s.Provider == nil || s.Origin.IsZero() {
		t.Fatal("the fixture has no provider or no origin")
	}
	return s
}

// at returns the subject with another zone of the same provider, in which nobody else can write.
func (s *subject) at(origin zonefile.Name) *subject {
	other := s.Fixture
	other.Origin, other.Write, other.WriteHidden, other.WriteProperties, other.States = origin, nil, nil, nil, nil
	return &subject{other, s.open}
}

func timeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// soa returns the key of the zone's SOA.
func (s *subject) soa() zonefile.Key { return zonefile.Key{Name: s.Origin, Type: zonefile.TypeSOA} }

// ns returns the key of the NS of the zone's apex.
func (s *subject) ns() zonefile.Key { return zonefile.Key{Name: s.Origin, Type: zonefile.TypeNS} }

// apex returns the SOA and the apex NS of a snapshot, as far as it has them.
func (s *subject) apex(snapshot *providers.Snapshot) []zonefile.RRset {
	var apex []zonefile.RRset
	for _, key := range []zonefile.Key{s.soa(), s.ns()} {
		if set := live(snapshot.Zone, key); set != nil {
			apex = append(apex, *set)
		}
	}
	return apex
}

// someSOA returns the zone's SOA, or one made up if the provider does not show it.
func (s *subject) someSOA(t *testing.T, base *providers.Snapshot) zonefile.RRset {
	t.Helper()
	if set := live(base.Zone, s.soa()); set != nil {
		return *set
	}
	return parse(t, s.Origin, "@ 3600 SOA ns1.example. hostmaster.example. 1 7200 3600 1209600 300")[0]
}

// create creates a zone, or brings it back, so that it can be written. It returns nil if that cannot be, and says why in the log.
func (s *subject) create(t *testing.T, creator providers.ZoneCreator, spec providers.ZoneSpec) *providers.Snapshot {
	t.Helper()
	if err := creator.CreateZone(timeout(t), spec); err != nil {
		t.Fatalf("CreateZone: %v", err)
	}
	created := s.at(spec.Origin)
	_, err := s.Provider.Fetch(timeout(t), spec.Origin)
	if state, ok := errors.AsType[*providers.StateError](err); ok {
		created.checkState(t, state, providers.ErrBlocked)
		if s.Activate == nil {
			t.Logf("not tested: a zone that was created cannot be written: %v", err)
			return nil
		}
		s.Activate(t, spec.Origin)
	}
	return created.fetch(t)
}
