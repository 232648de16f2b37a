package reconcile

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// TestRestoreOfWhatCannotBe: a store that others have changed is an error, and nothing is planned.
func TestRestoreOfWhatCannotBe(t *testing.T) {
	www := zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1")
	for _, tc := range []struct {
		name   string
		change func(*Tombstone)
		want   string
	}{
		{"another zone's name", func(s *Tombstone) {
			s.RRset = www.WithName(zonefile.MustParseName("www.other.example."))
			s.Key = s.RRset.Key
		}, "www.other.example. is not in the zone example.com."},
		{"no records", func(s *Tombstone) { s.RRset = zonefile.RRset{Key: s.Key, TTL: 300} }, "www.example.com. A has no records"},
		{"the records of another", func(s *Tombstone) { s.RRset = www.WithName(example) }, "the records of www.example.com. A are those of example.com. A"},
		{"a TTL that is too long", func(s *Tombstone) { s.RRset.TTL = zonefile.MaxTTL + 1 }, "the TTL of www.example.com. A"},
		{"no zone", func(s *Tombstone) { s.Zone = zonefile.Name{} }, "it names no zone"},
		{"no state", func(s *Tombstone) { s.State = "lost" }, `its state is "lost"`},
		{"no kind", func(s *Tombstone) { s.Kind = "" }, "neither that of an RRset nor that of a zone"},
		{"a zone with records", func(s *Tombstone) { s.Kind, s.Key = KindZone, zonefile.Key{Name: example} }, "neither that of an RRset nor that of a zone"},
		{"a resource with records", func(s *Tombstone) {
			s.Kind, s.Key.Type, s.Resource = KindResource, 0, providers.App
		}, "neither that of an RRset nor that of a zone or a resource"},
		{"a resource of no kind", func(s *Tombstone) {
			s.Kind, s.Key.Type, s.RRset = KindResource, 0, zonefile.RRset{}
		}, "neither that of an RRset nor that of a zone or a resource"},
		{"no time", func(s *Tombstone) { s.BuriedAt = time.Time{} }, "buried at 0001"},
		{"times in the wrong order", func(s *Tombstone) { s.PurgeAt = s.BuriedAt.Add(-time.Second) }, "to be kept until"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.target("live")
			h.serve("mail 300 A 192.0.2.1")
			stone := Tombstone{
				ID: "0123456789abcdef", Ref: Ref{example, "live"}, Kind: KindRRset, Key: www.Key, RRset: www, State: Retired,
				BuriedAt: time.Unix(1, 0), PurgeAt: time.Unix(2, 0),
			}
			if err := stone.Check(); err != nil {
				t.Fatal(err)
			}
			tc.change(&stone)
			h.store.stones = []Tombstone{stone}
			plan, err := h.planner.Restore(t.Context(), h.tree(), Restoration{Stone: "0123"})
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "0123456789abcdef") {
				t.Errorf("plan %v, error %v; want none, and %q", plan, err, tc.want)
			}
		})
	}
}

// TestEditOfWhatCannotBe: nor is what the audit log has of another zone.
func TestEditOfWhatCannotBe(t *testing.T) {
	h := newHouse(t)
	h.target("live")
	h.serve("mail 300 A 192.0.2.1")
	outside := zonefile.MustParseRRset("www.other.example. 300 A", "192.0.2.1")
	none := zonefile.RRset{Key: zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1").Key, TTL: 300}
	r, err := h.planner.remember(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]map[zonefile.Key]*zonefile.RRset{
		"outside": {outside.Key: &outside}, "nothing outside": {outside.Key: nil}, "no records": {none.Key: &none}, "of another": {none.Key: &outside},
	} {
		e := edit{ref: Ref{example, "live"}, why: "rollback", want: want}
		plan, err := h.planner.planEdits(t.Context(), h.tree(), []edit{e}, r)
		if err == nil {
			err = plan.Zones[0].Err
		}
		if err == nil || !strings.Contains(err.Error(), "not as it was written") {
			t.Errorf("%s: error %v; want one", name, errors.Unwrap(err))
		}
	}
}
