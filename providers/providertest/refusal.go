package providertest

import (
	"errors"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testRefusal sends batches that must not succeed.
func testRefusal(t *testing.T, s *subject) {
	t.Run("one among good ones", func(t *testing.T) {
		if s.Refused.IsZero() {
			t.Log("not tested: the fixture names nothing that the server refuses")
			return
		}
		base := s.become(t, parse(t, s.Origin, "www 300 A 192.0.2.1\nold 300 A 192.0.2.1"))
		bad, err := s.Provider.Normalize(s.Refused)
		if err != nil {
			t.Fatalf("Normalize of the fixture's Refused: %v", err)
		}
		s.refuse(t, providers.NewBatch(base, []zonefile.Change{
			{Old: live(base.Zone, s.set(t, "old 300 A 192.0.2.1").Key)},
			changesTo(base.Zone, s.set(t, "www 300 A 192.0.2.2"))[0],
			{New: &bad},
			changesTo(base.Zone, s.set(t, "new 300 A 192.0.2.2"))[0],
		}), providers.ErrInvalid, providers.ErrConflict)
	})
	t.Run("name outside the zone", func(t *testing.T) {
		base := s.become(t, nil)
		outside := s.set(t, "www 300 A 192.0.2.1").WithName(zonefile.MustParseName("www.outside.invalid."))
		s.refuse(t, providers.NewBatch(base, append(changesTo(base.Zone, s.set(t, "new 300 A 192.0.2.2")), zonefile.Change{New: &outside})),
			providers.ErrInvalid)
	})
	t.Run("CNAME beside other data", func(t *testing.T) {
		base := s.become(t, parse(t, s.Origin, "www 300 A 192.0.2.1"))
		s.refuse(t, providers.NewBatch(base, changesTo(base.Zone, s.set(t, "new 300 A 192.0.2.2"), s.set(t, "www 300 CNAME other.invalid."))),
			providers.ErrInvalid, providers.ErrConflict)
	})
	t.Run("other data beside a CNAME", func(t *testing.T) {
		base := s.become(t, parse(t, s.Origin, "www 300 CNAME other.invalid."))
		s.refuse(t, providers.NewBatch(base, changesTo(base.Zone, s.set(t, "new 300 A 192.0.2.2"), s.set(t, "www 300 A 192.0.2.1"))),
			providers.ErrInvalid, providers.ErrConflict)
	})
	t.Run("two CNAMEs", func(t *testing.T) {
		base := s.become(t, nil)
		two := parse(t, s.Origin, "www 300 CNAME a.invalid.\nwww 300 CNAME b.invalid.")[0]
		two, err := s.Provider.Normalize(two)
		if errors.Is(err, providers.ErrUnsupported) {
			return
		}
		s.refuse(t, providers.NewBatch(base, changesTo(base.Zone, two)), providers.ErrInvalid, providers.ErrUnsupported)
	})
	for _, verb := range []providers.Verb{providers.Delete, providers.Disable} {
		for name, set := range map[string]func(*providers.Snapshot) zonefile.RRset{
			"SOA": func(base *providers.Snapshot) zonefile.RRset { return s.someSOA(t, base) },
			"NS":  func(base *providers.Snapshot) zonefile.RRset { return *live(base.Zone, s.ns()) },
		} {
			t.Run(verb.String()+" the "+name, func(t *testing.T) {
				base := s.become(t, parse(t, s.Origin, "www 300 A 192.0.2.1"))
				old := set(base)
				s.refuse(t, providers.Batch{Base: base, Ops: []providers.Op{{Verb: verb, Change: zonefile.Change{Old: &old}}}},
					providers.ErrInvalid, providers.ErrUnsupported, providers.ErrBlocked)
			})
		}
	}
	t.Run("verbs that the traits do not have", func(t *testing.T) {
		base := s.become(t, parse(t, s.Origin, "www 300 A 192.0.2.1"))
		if base.Traits.CanDisable {
			t.Log("not tested: the traits have them all")
			return
		}
		www := live(base.Zone, s.set(t, "www 300 A 192.0.2.1").Key)
		s.refuse(t, providers.Batch{Base: base, Ops: []providers.Op{disable(*www)}}, providers.ErrUnsupported)
		s.refuse(t, providers.Batch{Base: base, Ops: []providers.Op{enable(s.set(t, "other 300 A 192.0.2.1"))}}, providers.ErrUnsupported)
		s.refuse(t, providers.Batch{Base: base, Ops: []providers.Op{purge(s.set(t, "other 300 A 192.0.2.1"))}}, providers.ErrUnsupported)
	})
	t.Run("what the server makes", func(t *testing.T) {
		base := s.become(t, nil)
		if base.Foreign == nil || base.Foreign.Len() == 0 {
			t.Log("not tested: the zone has nothing foreign")
			return
		}
		for foreign := range base.Foreign.All() {
			s.refuse(t, providers.NewBatch(base, []zonefile.Change{{New: &foreign}}),
				providers.ErrInvalid, providers.ErrUnsupported, providers.ErrBlocked, providers.ErrConflict)
			return
		}
	})
}

// refuse sends a batch that must not succeed, and checks that the error is one of want and that its promise is kept. A provider that
// writes RRsets one after the other may have written some, and then says so with ErrPartial.
func (s *subject) refuse(t *testing.T, batch providers.Batch, want ...error) {
	t.Helper()
	result, err := s.Provider.Apply(timeout(t), s.Origin, batch)
	if err == nil {
		t.Fatalf("Apply: no error for a batch that cannot be carried out\n%s", describeOps(batch.Ops))
	}
	oneKind(t, err)
	partial := batch.Base.Traits.Atomicity < providers.AtomicBatch && errors.Is(err, providers.ErrPartial)
	if partial {
		s.appliedIsLive(t, result)
		return
	}
	wanted := false
	for _, kind := range want {
		wanted = wanted || errors.Is(err, kind)
	}
	if !wanted {
		t.Errorf("Apply: error %v, want one that wraps one of %q", err, want)
	}
	if len(result.Applied) > 0 {
		t.Errorf("the result has %d operations as applied, want none", len(result.Applied))
	}
	s.unchanged(t, batch.Base)
}

// appliedIsLive checks that what a result has as applied can be fetched.
func (s *subject) appliedIsLive(t *testing.T, result providers.Result) {
	t.Helper()
	z := s.fetch(t).Zone
	for _, op := range result.Applied {
		got, want := live(z, op.Change.Key()), op.Change.New
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s of %s is said to be applied, and the zone has\n%v", op.Verb, op.Change.Key(), got)
		}
	}
}
