package scaleway_test

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
	"github.com/zoneward/zoneward/zonefile"
)

// oddNames are owner names that nobody knows how to send, as a list may have them.
func oddNames() map[string]string {
	return map[string]string{
		"bücher": `b\195\188cher`, "a b": `a\032b`, "\ufffd": `\239\191\189`, "a.*.b": "a.*.b", `a\.b`: `a\.b`, "a/b": "a/b",
	}
}

// A record whose owner cannot be spelled is shown, and left alone.
func TestOddOwners(t *testing.T) {
	for owner, text := range oddNames() {
		t.Run(owner, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a(owner, "192.0.2.1"), a("www", "192.0.2.1"))
			base := fetched(t, p)
			diff(t, "foreign", []string{text + ".zone.example.com. 300 IN A 192.0.2.1"}, lines(base.Foreign))
			diff(t, "zone", []string{"www.zone.example.com. 300 IN A 192.0.2.1"}, lines(base.Zone))

			old := zonefile.MustParseRRset(text+".zone.example.com. 300 A", "192.0.2.1")
			gone := []zonefile.Change{{Old: &old}}
			_, err := p.Apply(t.Context(), origin, providers.NewBatch(base, gone))
			wants(t, err, providers.ErrBlocked, "in an owner name")
			// A snapshot of somebody who knew less.
			zone := base.Zone.With([]zonefile.Change{{New: &old}})
			_, err = p.Apply(t.Context(), origin, providers.NewBatch(&providers.Snapshot{Zone: zone, Version: base.Version}, gone))
			wants(t, err, providers.ErrUnsupported, "in an owner name")
			wants(t, p.RemoveZone(t.Context(), base), providers.ErrBlocked, "in an owner name")
			diff(t, "PATCHes", 0, s.Faults.Log().Count(scalewaytest.PatchRecords))

			if _, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2"))); err != nil {
				t.Error(err)
			}
			diff(t, "foreign", lines(base.Foreign), lines(fetched(t, p).Foreign))
		})
	}
}

// What is foreign is so for a reason.
func TestWhyForeign(t *testing.T) {
	base := &providers.Snapshot{Zone: zonefile.NewZone(origin)}
	for want, text := range map[string]string{
		"no records of this type": "www.zone.example.com. 300 OPENPGPKEY mQENBFVHm5sBCAC2",
		"in an owner name":        `a\032b.zone.example.com. 300 A 192.0.2.1`,
		"depends on who asks":     "www.zone.example.com. 300 A 192.0.2.1",
	} {
		_, p := start(t, scalewaytest.Options{})
		old := set(text)
		base.Foreign = zonefile.NewZone(origin).With([]zonefile.Change{{New: &old}})
		_, err := p.Apply(t.Context(), origin, providers.NewBatch(base, []zonefile.Change{{Old: &old}}))
		wants(t, err, providers.ErrBlocked, want)
	}
}
