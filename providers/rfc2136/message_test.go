package rfc2136

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// batchOf returns a batch on a zone of sets: news are put in the place of what has their key, and those of gone are deleted.
func batchOf(t testing.TB, sets, news []zonefile.RRset, gone ...zonefile.RRset) providers.Batch {
	t.Helper()
	base, err := zonefile.ZoneOf(example, append([]zonefile.RRset{soaSet, nsSet}, sets...)...)
	if err != nil {
		t.Fatal(err)
	}
	var changes []zonefile.Change
	for _, set := range gone {
		changes = append(changes, zonefile.Change{Old: &set})
	}
	for _, set := range news {
		c := zonefile.Change{New: &set}
		if old, ok := base.Get(set.Key); ok {
			c.Old = &old
		}
		changes = append(changes, c)
	}
	return providers.NewBatch(&providers.Snapshot{Zone: base, Serial: 1}, changes)
}

var (
	soaSet = rrset("example.com. 300 SOA", "ns1.invalid. hostmaster.invalid. 1 3600 600 604800 300")
	nsSet  = rrset("example.com. 300 NS", "ns1.invalid.", "ns2.invalid.")
	rrset  = zonefile.MustParseRRset
)

// lines returns records as text, with names relative to the zone, and the class where it is not IN.
func lines(all []record) []string {
	var texts []string
	for _, r := range all {
		text := fmt.Sprintf("%s %d %s", r.name.Relative(example), r.ttl, r.typ)
		switch {
		case r.class == dns.ClassNONE && r.rdata == "":
			text = fmt.Sprintf("no %s %s", r.name.Relative(example), strings.Replace(r.typ.String(), "TYPE255", "ANY", 1))
		case r.class == dns.ClassNONE:
			text = fmt.Sprintf("remove %s %s", r.name.Relative(example), r.typ)
		case r.class == dns.ClassANY:
			text = fmt.Sprintf("delete %s %s", r.name.Relative(example), r.typ)
		}
		if r.rdata != "" {
			text += " " + zonefile.FormatRDATA(r.typ, r.rdata)
		}
		texts = append(texts, text)
	}
	return texts
}

func TestCompose(t *testing.T) {
	for _, test := range []struct {
		name          string
		batch         providers.Batch
		profile       Profile
		prerequisites []string
		updates       []string
	}{
		{
			name:          "create",
			batch:         batchOf(t, nil, []zonefile.RRset{rrset("www.example.com. 300 A", "192.0.2.1", "192.0.2.2")}),
			prerequisites: []string{"no www A", "no www CNAME"},
			updates:       []string{"www 300 A 192.0.2.1", "www 300 A 192.0.2.2"},
		},
		{
			name: "change one of two",
			batch: batchOf(t, []zonefile.RRset{rrset("www.example.com. 300 A", "192.0.2.1", "192.0.2.2")},
				[]zonefile.RRset{rrset("www.example.com. 300 A", "192.0.2.1", "192.0.2.3")}),
			prerequisites: []string{"www 0 A 192.0.2.1", "www 0 A 192.0.2.2", "no www CNAME"},
			updates:       []string{"delete www A", "www 300 A 192.0.2.1", "www 300 A 192.0.2.3"},
		},
		{
			name: "delete",
			batch: batchOf(t, []zonefile.RRset{rrset("www.example.com. 300 A", "192.0.2.1")}, nil,
				rrset("www.example.com. 300 A", "192.0.2.1")),
			prerequisites: []string{"www 0 A 192.0.2.1"},
			updates:       []string{"delete www A"},
		},
		{
			name: "A to CNAME",
			batch: batchOf(t, []zonefile.RRset{rrset("www.example.com. 300 A", "192.0.2.1")},
				[]zonefile.RRset{rrset("www.example.com. 300 CNAME", "other.invalid.")}, rrset("www.example.com. 300 A", "192.0.2.1")),
			prerequisites: []string{"www 0 A 192.0.2.1", "no www CNAME"},
			updates:       []string{"delete www A", "www 300 CNAME other.invalid."},
		},
		{
			name: "CNAME to A",
			batch: batchOf(t, []zonefile.RRset{rrset("www.example.com. 300 CNAME", "other.invalid.")},
				[]zonefile.RRset{rrset("www.example.com. 300 A", "192.0.2.1")}, rrset("www.example.com. 300 CNAME", "other.invalid.")),
			prerequisites: []string{"www 0 CNAME other.invalid.", "no www A"},
			updates:       []string{"delete www CNAME", "www 300 A 192.0.2.1"},
		},
		{
			name: "CNAME to CNAME",
			batch: batchOf(t, []zonefile.RRset{rrset("www.example.com. 300 CNAME", "other.invalid.")},
				[]zonefile.RRset{rrset("www.example.com. 600 CNAME", "more.invalid.")}),
			prerequisites: []string{"www 0 CNAME other.invalid."},
			updates:       []string{"www 600 CNAME more.invalid."},
		},
		{
			name:          "CNAME where nothing is",
			batch:         batchOf(t, nil, []zonefile.RRset{rrset("www.example.com. 300 CNAME", "other.invalid.")}),
			prerequisites: []string{"no www ANY"},
			updates:       []string{"www 300 CNAME other.invalid."},
		},
		{
			name: "CNAME above other names",
			batch: batchOf(t, []zonefile.RRset{rrset("a.www.example.com. 300 A", "192.0.2.1")},
				[]zonefile.RRset{rrset("www.example.com. 300 CNAME", "other.invalid.")}),
			prerequisites: []string{"no www CNAME"},
			updates:       []string{"www 300 CNAME other.invalid."},
		},
		{
			name:          "two types at one name",
			batch:         batchOf(t, nil, []zonefile.RRset{rrset("www.example.com. 300 A", "192.0.2.1"), rrset("www.example.com. 300 AAAA", "2001:db8::1")}),
			prerequisites: []string{"no www A", "no www CNAME", "no www AAAA"},
			updates:       []string{"www 300 A 192.0.2.1", "www 300 AAAA 2001:db8::1"},
		},
		{
			name:          "no prerequisites about CNAMEs",
			batch:         batchOf(t, nil, []zonefile.RRset{rrset("a.example.com. 300 A", "192.0.2.1"), rrset("b.example.com. 300 CNAME", "other.invalid.")}),
			profile:       Profile{NoCNAMEPrerequisite: true},
			prerequisites: []string{"no a A"},
			updates:       []string{"a 300 A 192.0.2.1", "b 300 CNAME other.invalid."},
		},
		{
			name:          "apex NS: one replaced",
			batch:         batchOf(t, nil, []zonefile.RRset{rrset("example.com. 300 NS", "ns2.invalid.", "ns3.invalid.")}),
			prerequisites: []string{"@ 0 NS ns1.invalid.", "@ 0 NS ns2.invalid."},
			updates:       []string{"@ 300 NS ns3.invalid.", "remove @ NS ns1.invalid."},
		},
		{
			name:          "apex NS: TTL only",
			batch:         batchOf(t, nil, []zonefile.RRset{nsSet.WithTTL(600)}),
			prerequisites: []string{"@ 0 NS ns1.invalid.", "@ 0 NS ns2.invalid."},
			updates: []string{
				"@ 600 NS zoneward.invalid.", "@ 600 NS ns1.invalid.", "@ 600 NS ns2.invalid.", "remove @ NS zoneward.invalid.",
			},
		},
		{
			name:          "SOA with a serial that is too low",
			batch:         batchOf(t, nil, []zonefile.RRset{rrset("example.com. 300 SOA", "ns9.invalid. hostmaster.invalid. 1 3600 600 604800 300")}),
			prerequisites: nil,
			updates:       []string{"@ 300 SOA ns9.invalid. hostmaster.invalid. 42 3600 600 604800 300"},
		},
		{
			name: "deletes first, then puts, apex NS last",
			batch: batchOf(t, []zonefile.RRset{rrset("old.example.com. 300 A", "192.0.2.1")},
				[]zonefile.RRset{rrset("example.com. 300 NS", "ns.example.com."), rrset("ns.example.com. 300 A", "192.0.2.53")},
				rrset("old.example.com. 300 A", "192.0.2.1")),
			prerequisites: []string{"no ns A", "no ns CNAME", "@ 0 NS ns1.invalid.", "@ 0 NS ns2.invalid.", "old 0 A 192.0.2.1"},
			updates: []string{
				"delete old A", "ns 300 A 192.0.2.53", "@ 300 NS ns.example.com.", "remove @ NS ns1.invalid.", "remove @ NS ns2.invalid.",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			parts, err := compose(example, test.batch, test.profile, 41, 60_000)
			if err != nil {
				t.Fatal(err)
			}
			if len(parts) != 1 {
				t.Fatalf("%d parts, want one", len(parts))
			}
			if d := cmp.Diff(test.prerequisites, lines(parts[0].prerequisites)); d != "" {
				t.Errorf("prerequisites (-want +got):\n%s", d)
			}
			if d := cmp.Diff(test.updates, lines(parts[0].updates())); d != "" {
				t.Errorf("updates (-want +got):\n%s", d)
			}
		})
	}
}

func TestComposeParts(t *testing.T) {
	text := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
	sets := []zonefile.RRset{
		rrset("old.example.com. 300 TXT", text(200)), rrset("swap.example.com. 300 TXT", text(200)),
	}
	batch := batchOf(t, sets, []zonefile.RRset{
		rrset("a.example.com. 300 TXT", text(250)), rrset("b.example.com. 300 TXT", text(250)), rrset("c.example.com. 300 TXT", text(250)),
		rrset("swap.example.com. 300 CNAME", "other.invalid."), nsSet.WithTTL(600),
		rrset("example.com. 600 SOA", "ns1.invalid. hostmaster.invalid. 1 3600 600 604800 300"),
	}, sets...)
	const limit = 600
	parts, err := compose(example, batch, Profile{}, 1, limit)
	if err != nil {
		t.Fatal(err)
	}
	where := map[string]int{}
	var order []string
	for i, p := range parts {
		if size := p.size(example); size > limit {
			t.Errorf("part %d has %d octets, want at most %d", i, size, limit)
		}
		for _, op := range p.ops {
			name := op.Change.Key().Name.Relative(example) + " " + op.Change.Key().Type.String()
			where[name] = i
			order = append(order, name)
		}
		// Whatever is compared in a part is changed there: nothing depends on what another part does.
		for _, r := range p.prerequisites {
			if !strings.Contains(fmt.Sprint(lines(p.updates())), " "+r.name.Relative(example)+" ") &&
				!strings.Contains(fmt.Sprint(lines(p.updates())), "["+r.name.Relative(example)+" ") {
				t.Errorf("part %d compares %v and does not change it", i, lines([]record{r}))
			}
		}
	}
	want := []string{"@ SOA", "swap TXT", "swap CNAME", "a TXT", "b TXT", "c TXT", "@ NS", "old TXT"}
	if d := cmp.Diff(want, order); d != "" {
		t.Errorf("order (-want +got):\n%s", d)
	}
	if len(parts) < 3 {
		t.Errorf("%d parts, want more", len(parts))
	}
	if where["swap TXT"] != where["swap CNAME"] {
		t.Error("the operations on one name are in two parts")
	}
}

func TestComposeLarge(t *testing.T) {
	var texts []string
	for i := range 20 {
		texts = append(texts, fmt.Sprintf(`"%03d%s"`, i, strings.Repeat("x", 200)))
	}
	old := rrset("www.example.com. 300 TXT", texts...)
	size := 0
	for _, r := range records(old, 1, 0) {
		size += r.size(example)
	}
	t.Run("one record of an RRset that fits once", func(t *testing.T) {
		set := rrset("www.example.com. 300 TXT", append(texts[1:], `"new"`)...)
		parts, err := compose(example, batchOf(t, []zonefile.RRset{old}, []zonefile.RRset{set}), Profile{}, 1, size*3/2)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{`www 300 TXT "new"`, "remove www TXT " + texts[0]}
		if d := cmp.Diff(want, lines(parts[0].updates())); d != "" {
			t.Errorf("updates (-want +got):\n%s", d)
		}
	})
	t.Run("more than a message", func(t *testing.T) {
		_, err := compose(example, batchOf(t, nil, []zonefile.RRset{old}), Profile{}, 1, size-1)
		if !errors.Is(err, providers.ErrInvalid) || !strings.Contains(err.Error(), "www.example.com. TXT") {
			t.Errorf("got %v, want ErrInvalid with the name", err)
		}
	})
	t.Run("several RRsets at one name", func(t *testing.T) {
		more := rrset("www.example.com. 300 SPF", texts...)
		parts, err := compose(example, batchOf(t, nil, []zonefile.RRset{old, more}), Profile{}, 1, size*3/2)
		if err != nil || len(parts) != 2 {
			t.Errorf("got %d parts and %v, want two", len(parts), err)
		}
	})
}
