package providertest

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// fetch returns the zone as the provider has it, and checks what is true of every snapshot.
func (s *subject) fetch(t *testing.T) *providers.Snapshot {
	t.Helper()
	snapshot, err := s.Provider.Fetch(timeout(t), s.Origin)
	if err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	s.checkSnapshot(t, snapshot)
	return snapshot
}

func (s *subject) checkSnapshot(t *testing.T, snapshot *providers.Snapshot) {
	t.Helper()
	if snapshot == nil || snapshot.Zone == nil {
		t.Fatal("Fetch returned no error and no zone")
	}
	for what, z := range map[string]*zonefile.Zone{"Zone": snapshot.Zone, "Foreign": snapshot.Foreign, "Disabled": snapshot.Disabled} {
		if z != nil && z.Origin() != s.Origin {
			t.Fatalf("%s of the snapshot has the origin %s, want %s", what, z.Origin(), s.Origin)
		}
	}
	if snapshot.Foreign != nil {
		for set := range snapshot.Foreign.All() {
			if snapshot.Zone.Has(set.Key) {
				t.Errorf("%s is in Zone and in Foreign", set.Key)
			}
		}
	}
	serial := uint32(0)
	if set := live(snapshot.Zone, s.soa()); set != nil {
		soa, err := zonefile.ParseSOA(*set)
		if err != nil {
			t.Fatal(err)
		}
		serial = soa.Serial
	} else if snapshot.Traits.SOAWritable {
		t.Error("the zone has no SOA, and its traits say that it can be set")
	}
	if snapshot.Serial != serial {
		t.Errorf("Serial of the snapshot is %d, and its SOA has %d", snapshot.Serial, serial)
	}
	for set := range snapshot.Zone.All() {
		if set.Key.Type == zonefile.TypeSOA {
			continue
		}
		normal, err := s.Provider.Normalize(set)
		if err == nil && normal != set {
			t.Errorf("Fetch returned\n%s\nand Normalize of that is\n%s", set, normal)
		}
	}
}

// normalized returns the sets as the provider will have them, without those that it says it cannot hold.
func (s *subject) normalized(t *testing.T, traits providers.Traits, sets []zonefile.RRset) []zonefile.RRset {
	t.Helper()
	var normal []zonefile.RRset
	for _, set := range sets {
		n, err := s.Provider.Normalize(set)
		switch {
		case errors.Is(err, providers.ErrUnsupported), err == nil && !traits.Supports(set.Key.Type):
			t.Logf("left out as unsupported: %s: %v", set.Key, err)
		case err != nil:
			t.Fatalf("Normalize %s: %v, want no error or one that wraps ErrUnsupported", set.Key, err)
		case n.Key != set.Key:
			t.Fatalf("Normalize %s: returned %s", set.Key, n.Key)
		default:
			normal = append(normal, n)
		}
	}
	return normal
}

// become brings the zone to the state that has sets beside its SOA and apex NS, and checks the law.
func (s *subject) become(t *testing.T, sets []zonefile.RRset) *providers.Snapshot {
	t.Helper()
	base := s.fetch(t)
	desired, err := zonefile.ZoneOf(s.Origin, s.normalized(t, base.Traits, sets)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range s.apex(base) {
		if err := desired.Put(set); err != nil {
			t.Fatal(err)
		}
	}
	return s.apply(t, providers.NewBatch(base, slices.Collect(zonefile.Diff(base.Zone, desired))))
}

// apply carries out a batch that has to succeed, and checks the law. It returns the zone afterwards.
func (s *subject) apply(t *testing.T, batch providers.Batch) *providers.Snapshot {
	t.Helper()
	base := batch.Base
	before := base.Zone.Digest()
	result, err := s.Provider.Apply(timeout(t), s.Origin, batch)
	if err != nil {
		t.Fatalf("Apply: %v\n%s", err, describeOps(batch.Ops))
	}
	if base.Zone.Digest() != before {
		t.Error("Apply changed the snapshot that the batch was made from")
	}
	if len(result.Applied) != len(batch.Ops) {
		t.Errorf("the result has %d operations as applied, want all %d", len(result.Applied), len(batch.Ops))
	}
	after := s.fetch(t)
	if d := difference(after.Zone, base.Zone.With(batch.Changes())); d != "" {
		t.Errorf("after Apply of\n%s\nthe zone is not what it should be:\n%s", describeOps(batch.Ops), d)
	}
	checkForeign(t, base, after)
	checkDisabled(t, batch, after)
	checkProperties(t, base, after)
	checkSerial(t, batch, result, after)
	if again := s.fetch(t); difference(again.Zone, after.Zone) != "" {
		t.Errorf("a second Fetch differs from the first:\n%s", difference(again.Zone, after.Zone))
	}
	return after
}

// unchanged checks that the zone is as it was before, in everything that a write could change.
func (s *subject) unchanged(t *testing.T, before *providers.Snapshot) {
	t.Helper()
	after := s.fetch(t)
	if d := difference(after.Zone, before.Zone); d != "" {
		t.Errorf("the zone was changed:\n%s", d)
	}
	if after.Serial != before.Serial && !signed(before) {
		t.Errorf("the serial went from %d to %d, though nothing was to be written", before.Serial, after.Serial)
	}
	if after.Version != before.Version && !signed(before) {
		t.Errorf("Version went from %q to %q, though nothing was to be written", before.Version, after.Version)
	}
	checkForeign(t, before, after)
	checkDisabled(t, providers.Batch{Base: before}, after)
	checkProperties(t, before, after)
}

// signed reports whether the server signs the zone, and so writes to it when it likes.
func signed(s *providers.Snapshot) bool {
	if s.Foreign == nil {
		return false
	}
	for set := range s.Foreign.All() {
		if set.Key.Type.Signing() {
			return true
		}
	}
	return false
}

// checkProperties checks that what there is to say of the zone beside its records is what it was.
func checkProperties(t *testing.T, before, after *providers.Snapshot) {
	t.Helper()
	if d := cmp.Diff(after.Properties, before.Properties, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("properties were changed (-got +want):\n%s", d)
	}
}

// checkForeign checks that what cannot be managed was left alone. What a server makes by signing changes with the zone.
func checkForeign(t *testing.T, before, after *providers.Snapshot) {
	t.Helper()
	if d := difference(withoutSigning(after), withoutSigning(before)); d != "" {
		t.Errorf("foreign RRsets were changed:\n%s", d)
	}
}

func withoutSigning(s *providers.Snapshot) *zonefile.Zone {
	z := zonefile.NewBuilder(s.Zone.Origin())
	if s.Foreign == nil {
		return z.Zone()
	}
	for set := range s.Foreign.All() {
		switch t := set.Key.Type; {
		case t.Signing(), t == zonefile.TypeCDS, t == zonefile.TypeCDNSKEY, t == zonefile.TypeZONEMD:
		default:
			if err := z.AddRRset(set); err != nil {
				panic("providertest: " + err.Error())
			}
		}
	}
	return z.Zone()
}

// checkSerial checks that the serial has risen (RFC 1982) if and only if something was written, and that the result does not lie.
func checkSerial(t *testing.T, batch providers.Batch, result providers.Result, after *providers.Snapshot) {
	t.Helper()
	before := batch.Base.Serial
	nothing := idle(batch)
	switch {
	case before == 0:
	case nothing && after.Serial == before: // writing all the same does no harm
	case len(batch.Ops) > 0 && !zonefile.SerialAfter(after.Serial, before):
		t.Errorf("the serial is %d after the write, which is not after %d", after.Serial, before)
	case len(batch.Ops) == 0 && after.Serial != before && !signed(after):
		t.Errorf("a batch without operations took the serial from %d to %d", before, after.Serial)
	}
	late := signed(after) && zonefile.SerialAfter(after.Serial, result.Serial)
	if result.Serial != 0 && result.Serial != after.Serial && !late {
		t.Errorf("the result has the serial %d, and the zone %d", result.Serial, after.Serial)
	}
	if v := batch.Base.Version; len(batch.Ops) > 0 && !nothing && v != "" && v == after.Version {
		t.Errorf("the zone has changed, and Version is still %q", v)
	}
}

// idle reports whether there is nothing left to do for a batch: all that it has are purges of what is not hidden any more.
func idle(batch providers.Batch) bool {
	hidden := hiddenIn(batch.Base.Disabled)
	for _, op := range batch.Ops {
		if op.Verb != providers.Purge || op.Change.Old == nil {
			return false
		}
		for rdata := range op.Change.Old.RDATA() {
			if hidden[hiddenRecord{op.Change.Key(), rdata}] {
				return false
			}
		}
	}
	return len(batch.Ops) > 0
}

// hiddenRecord is one record that is kept and not served. The TTL is left out: a provider may keep one TTL for the whole RRset.
type hiddenRecord struct {
	key   zonefile.Key
	rdata string
}

func hiddenIn(z *zonefile.Zone) map[hiddenRecord]bool {
	all := map[hiddenRecord]bool{}
	if z != nil {
		for set := range z.All() {
			for rdata := range set.RDATA() {
				all[hiddenRecord{set.Key, rdata}] = true
			}
		}
	}
	return all
}

// checkDisabled checks that the batch hid and purged what it was to, and that all else that was hidden still is.
func checkDisabled(t *testing.T, batch providers.Batch, after *providers.Snapshot) {
	t.Helper()
	want := hiddenIn(batch.Base.Disabled)
	for _, op := range batch.Ops { // the purges are first
		key := op.Change.Key()
		switch op.Verb {
		case providers.Purge:
			for rdata := range op.Change.Old.RDATA() {
				delete(want, hiddenRecord{key, rdata})
			}
		case providers.Disable:
			for rdata := range op.Change.Old.RDATA() {
				want[hiddenRecord{key, rdata}] = true
			}
		case providers.Put, providers.Enable: // what is served is not kept aside as well
			for rdata := range op.Change.New.RDATA() {
				delete(want, hiddenRecord{key, rdata})
			}
		case providers.Delete:
		}
	}
	got := hiddenIn(after.Disabled)
	for h := range want {
		if !got[h] {
			t.Errorf("%s %s is not among the disabled records", h.key, zonefile.FormatRDATA(h.key.Type, h.rdata))
		}
	}
	for h := range got {
		if !want[h] {
			t.Errorf("%s %s is among the disabled records, and should not be", h.key, zonefile.FormatRDATA(h.key.Type, h.rdata))
		}
	}
}
