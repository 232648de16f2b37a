package powerdns

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// The SOA goes its own way, and a hidden one is rare: PowerDNS takes none beside one that is served.
func TestPurgeOfAnSOA(t *testing.T) {
	origin := zonefile.MustParseName("example.com.")
	soa := func(mname string) zonefile.RRset {
		return zonefile.MustParseRRset("example.com. 60 SOA", mname+" h. 7 1 2 3 4")
	}
	hidden, put := soa("hidden."), soa("new.")
	zone := func(sets ...zonefile.RRset) *zonefile.Zone {
		z, err := zonefile.ZoneOf(origin, sets...)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	purge := providers.Op{Verb: providers.Purge, Change: zonefile.Change{Old: &hidden}}
	for _, tt := range []struct {
		name string
		base providers.Snapshot
		ops  []providers.Op
		want string
	}{
		{
			"alone",
			providers.Snapshot{Zone: zone(), Disabled: zone(hidden)},
			[]providers.Op{purge},
			`{"rrsets":[{"name":"example.com.","type":"SOA","changetype":"DELETE"}]}`,
		},
		{
			"and another is put",
			providers.Snapshot{Zone: zone(), Disabled: zone(hidden)},
			[]providers.Op{purge, {Verb: providers.Put, Change: zonefile.Change{New: &put}}},
			`{"rrsets":[{"name":"example.com.","type":"SOA","ttl":60,"changetype":"REPLACE","records":[{"content":"new. h. 9 1 2 3 4","disabled":false}]}]}`,
		},
		{
			"beside one that is served",
			providers.Snapshot{Zone: zone(put), Disabled: zone(hidden)},
			[]providers.Op{purge},
			`{"rrsets":[{"name":"example.com.","type":"SOA","ttl":60,"changetype":"REPLACE","records":[{"content":"new. h. 9 1 2 3 4","disabled":false}]}]}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, err := newWrite(origin, providers.Batch{Base: &tt.base, Ops: tt.ops})
			if err != nil {
				t.Fatal(err)
			}
			soa, err := w.soaToAPI(9, w.putSOA)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, string(w.parts[0].body(soa))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// What is served stays when something hidden beside it is purged, so a CNAME cannot come in its place.
func TestPurgeMakesNoRoom(t *testing.T) {
	origin := zonefile.MustParseName("example.com.")
	served, hidden := zonefile.MustParseRRset("www.example.com. 60 A", "192.0.2.1"), zonefile.MustParseRRset("www.example.com. 60 A", "192.0.2.7")
	alias := zonefile.MustParseRRset("www.example.com. 60 CNAME", "a.example.")
	var base providers.Snapshot
	for _, z := range []struct {
		to  **zonefile.Zone
		set zonefile.RRset
	}{{&base.Zone, served}, {&base.Disabled, hidden}} {
		var err error
		if *z.to, err = zonefile.ZoneOf(origin, z.set); err != nil {
			t.Fatal(err)
		}
	}
	_, err := newWrite(origin, providers.Batch{Base: &base, Ops: []providers.Op{
		{Verb: providers.Purge, Change: zonefile.Change{Old: &hidden}}, {Verb: providers.Put, Change: zonefile.Change{New: &alias}},
	}})
	if !errors.Is(err, providers.ErrInvalid) {
		t.Errorf("got %v, want ErrInvalid", err)
	}
}
