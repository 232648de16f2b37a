package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

func TestPlanChanges(t *testing.T) {
	for _, tc := range []struct {
		name string
		live []string
		file []string
		rule func(*Rule)
		want []string
	}{
		{
			name: "what is equal does not change",
			live: []string{"www 300 A 192.0.2.1"},
			file: []string{"www 300 A 192.0.2.1"},
		}, {
			name: "create, update, retire",
			live: []string{"b 300 A 192.0.2.1", "c 300 A 192.0.2.1"},
			file: []string{"a 300 A 192.0.2.1", "b 300 A 192.0.2.2"},
			want: []string{"retire c A zones/example.com.zone", "create a A zones/example.com.zone:1", "update b A zones/example.com.zone:2"},
		}, {
			name: "a TTL alone is an update",
			live: []string{"b 300 A 192.0.2.1"},
			file: []string{"b 301 A 192.0.2.1"},
			want: []string{"update b A zones/example.com.zone:1"},
		}, {
			name: "a CNAME takes the place of other data after it is gone",
			live: []string{"a 300 A 192.0.2.1", "a 300 TXT x"},
			file: []string{"a 300 CNAME b.example.net."},
			want: []string{"retire a A zones/example.com.zone", "retire a TXT zones/example.com.zone", "create a CNAME zones/example.com.zone:1"},
		}, {
			name: "the SOA and NS of the apex are left alone if the file has none",
			file: []string{"a 300 A 192.0.2.1"},
			want: []string{"create a A zones/example.com.zone:1"},
		}, {
			name: "a serial alone changes nothing",
			file: []string{"@ 3600 SOA " + strings.Replace(soaText, " 7 ", " 99 ", 1)},
		}, {
			name: "a timer of the SOA does",
			file: []string{"@ 3600 SOA " + strings.Replace(soaText, " 7200 ", " 3600 ", 1)},
			want: []string{"update @ SOA zones/example.com.zone:1"},
		}, {
			name: "an ACME challenge is left alone",
			live: []string{"_acme-challenge.www 60 TXT x"},
			file: []string{"a 300 A 192.0.2.1"},
			want: []string{"create a A zones/example.com.zone:1"},
		}, {
			name: "what a signer has added is left alone",
			live: []string{"@ 60 NSEC3PARAM 1 0 0 -", "a 300 A 192.0.2.1"},
			file: []string{"a 300 A 192.0.2.1"},
		}, {
			name: "but not if the file has it",
			live: []string{"_acme-challenge 60 TXT x"},
			file: []string{"_acme-challenge 60 TXT y"},
			want: []string{"update _acme-challenge TXT zones/example.com.zone:1"},
		}, {
			name: "what is ignored is left alone",
			live: []string{"x.dyn 60 A 192.0.2.9", "x.dyn 60 TXT x"},
			file: []string{"a 300 A 192.0.2.1"},
			rule: func(r *Rule) {
				r.Policy.Ignore = []Pattern{{Name: "*.dyn", Types: []zonefile.Type{zonefile.TypeA}}}
			},
			want: []string{"retire x.dyn TXT zones/example.com.zone", "create a A zones/example.com.zone:1"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.serve(tc.live...)
			h.write(tc.file...)
			if tc.rule != nil {
				tc.rule(&h.planner.Rules[0])
			}
			z := h.plan().Zones[0]
			if z.Err != nil {
				t.Fatal(z.Err)
			}
			if d := cmp.Diff(changes(z), tc.want); d != "" {
				t.Errorf("changes (-got +want):\n%s", d)
			}
		})
	}
}

func TestPlanErrors(t *testing.T) {
	for _, tc := range []struct {
		name  string
		setup func(*house)
		want  string
	}{
		{
			"a broken file", func(h *house) { h.write("www 300 A 192.0.2.1", "www 300 A 192.0.2.256") },
			"zones/example.com.zone:2",
		}, {
			"the file names what is ignored", func(h *house) {
				h.planner.Rules[0].Policy.Ignore = []Pattern{{Name: "www"}}
				h.write("www 300 A 192.0.2.1")
			},
			"zones/example.com.zone:1:1: www A: the zone file states it, and ignore: in the policy leaves it to others",
		}, {
			"a CNAME where something foreign is", func(h *house) {
				h.planner.Rules[0].Policy.Ignore = []Pattern{{Name: "www", Types: []zonefile.Type{zonefile.TypeTXT}}}
				h.serve("www 60 TXT x")
				h.write("www 300 CNAME a.example.net.")
			},
			"zones/example.com.zone:1:1: www CNAME: live has TXT at this name, which is left to others, and a CNAME cannot stand beside other data",
		}, {
			"what the server makes", func(h *house) {
				h.targets["live"].SetForeign(example, zonefile.MustParseRRset("example.com. 300 CDS", "0 0 0 00"))
				h.write("@ 300 CDS 0 0 0 00")
			},
			"zones/example.com.zone:1:1: @ CDS: the server of live makes it by itself, or has it in a form that cannot be written, so it cannot be stated here",
		}, {
			"a type that the target does not have", func(h *house) {
				traits := memory.DefaultTraits()
				traits.Types = []zonefile.Type{zonefile.TypeA, zonefile.TypeNS, zonefile.TypeSOA}
				h.target("live", memory.WithTraits(traits)).AddZone(h.zone())
				h.write("www 300 A 192.0.2.1", "www 300 TXT x")
			},
			"zones/example.com.zone:2:1: www TXT: cannot be put on live: ",
		}, {
			"a provider that is down", func(h *house) {
				h.planner.Targets["live"] = Target{Reader: failing{h.planner.Targets["live"].Reader, example}, System: "live"}
			},
			"example.com. on live: connection refused",
		}, {
			"a zone that is not there", func(h *house) { h.targets["live"].DropZone(example) },
			"create_zone: true",
		}, {
			"two files", func(h *house) { h.files["sub/example.com.yaml"] = "www: {type: A, value: 192.0.2.1}\n" },
			"zones/example.com.zone, zones/sub/example.com.yaml",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.serve("old 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.1")
			h.files["example.net.zone"] = "other 300 A 192.0.2.1\n"
			other, err := zonefile.ZoneOf(zonefile.MustParseName("example.net."), zonefile.MustParseRRset("example.net. 300 SOA", soaText))
			if err != nil {
				t.Fatal(err)
			}
			h.targets["live"].AddZone(other)
			tc.setup(h)
			if p := h.targets["live"]; p.Served(other.Origin()) == nil {
				p.AddZone(other)
			}
			before := h.targets["live"].Served(example)
			plan := h.plan()
			z := plan.Zones[0]
			if z.Err == nil || !strings.Contains(z.Err.Error(), tc.want) {
				t.Errorf("error %v\nwant %s", z.Err, tc.want)
			}
			outcomes := h.apply(plan)
			if outcomes[0].Status != Failed {
				t.Errorf("outcome %s; want failed", outcomes[0].Status)
			}
			if got := h.targets["live"].Served(example); got != nil && !got.Equal(before) {
				t.Error("the zone with the error was written to")
			}
			if outcomes[1].Status != Applied {
				t.Errorf("the other zone: %s, %v; want applied", outcomes[1].Status, outcomes[1].Err)
			}
		})
	}
}

// failing is a provider that is down for one zone.
type failing struct {
	providers.ZoneReader
	zone zonefile.Name
}

func (f failing) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	if origin == f.zone {
		return nil, errors.New("connection refused")
	}
	return f.ZoneReader.Fetch(ctx, origin)
}

func TestGuards(t *testing.T) {
	many := func(n int, from int) (lines []string) {
		for i := range n {
			lines = append(lines, fmt.Sprintf("h%d 300 A 192.0.2.%d", i+from, i%250+1))
		}
		return lines
	}
	for _, tc := range []struct {
		name string
		live []string
		file []string
		rule func(*Rule)
		want []Guard
	}{
		{"40 of 100 records go", many(100, 0), many(60, 0), nil, []Guard{GuardMaxDeletes}},
		{"30 of 100 records go", many(100, 0), many(70, 0), nil, nil},
		{"9 of 10 go", many(10, 0), many(1, 0), nil, nil},
		{"values of one RRset go", []string{}, nil, nil, nil},
		{"a quota of our own", many(10, 0), many(7, 0), func(r *Rule) { r.Policy.MaxDeletes = Count(2) }, []Guard{GuardMaxDeletes}},
		{"too many creates", nil, many(6, 0), func(r *Rule) { r.Policy.MaxChanges = Count(5) }, []Guard{GuardMaxChanges}},
		{"the file is empty", many(3, 0), []string{"; nothing"}, nil, []Guard{GuardEmptyZone}},
		{"only the apex NS is left", many(3, 0), []string{"@ 3600 NS ns1.example.net."}, nil, []Guard{GuardEmptyZone}},
		{"the apex NS changes", nil, []string{"@ 3600 NS ns2.example.net."}, nil, []Guard{GuardApexNS}},
		{"the MNAME changes", nil, []string{"@ 3600 SOA " + strings.Replace(soaText, "ns1.", "ns2.", 1)}, nil, []Guard{GuardSOA}},
		{"a timer leaves its bounds", nil, []string{"@ 3600 SOA " + strings.Replace(soaText, " 1209600 ", " 86400 ", 1)}, nil, []Guard{GuardSOA}},
		{"a timer stays inside", nil, []string{"@ 3600 SOA " + strings.Replace(soaText, " 1209600 ", " 1300000 ", 1)}, nil, nil},
		{"MINIMUM is nobody's business", nil, []string{"@ 3600 SOA " + strings.Replace(soaText, " 300", " 1", 1)}, nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.serve(tc.live...)
			h.write(tc.file...)
			if tc.rule != nil {
				tc.rule(&h.planner.Rules[0])
			}
			plan := h.plan()
			if plan.Zones[0].Err != nil {
				t.Fatal(plan.Zones[0].Err)
			}
			if d := cmp.Diff(guards(plan.Zones[0]), tc.want); d != "" {
				t.Errorf("holds (-got +want):\n%s", d)
			}
			outcome := h.apply(plan)[0]
			calls := h.targets["live"].Calls(providers.OperationApply)
			if len(tc.want) == 0 {
				if outcome.Status == Held {
					t.Error("held without a hold")
				}
				return
			}
			if outcome.Status != Held || calls != 0 {
				t.Errorf("outcome %s with %d writes; want held with none", outcome.Status, calls)
			}
			if outcome := h.apply(plan, tc.want...)[0]; outcome.Status != Applied {
				t.Errorf("overridden: %s, %v; want applied", outcome.Status, outcome.Err)
			}
		})
	}
}

func TestNewTarget(t *testing.T) {
	h := newHouse(t)
	h.targets["live"].AddZone(h.zone("old 300 A 192.0.2.1", "www 300 A 192.0.2.1"))

	h.write("old 300 A 192.0.2.1", "www 300 A 192.0.2.1", "new 300 A 192.0.2.1")
	plan := h.plan()
	if len(plan.Zones[0].Holds) > 0 {
		t.Fatalf("creates alone are held: %v", plan.Zones[0].Holds)
	}

	h.write("www 300 A 192.0.2.1")
	if got := guards(h.plan().Zones[0]); !cmp.Equal(got, []Guard{GuardNewTarget}) {
		t.Fatalf("holds %v; want new-target", got)
	}
	if _, err := h.applier.Adopt(t.Context(), h.tree(), Selection{}); err != nil {
		t.Fatal(err)
	}
	plan = h.plan()
	if len(plan.Zones[0].Holds) > 0 {
		t.Fatalf("held after adoption: %v", plan.Zones[0].Holds)
	}
	if got := h.apply(plan)[0]; got.Status != Applied {
		t.Fatalf("outcome %s, %v; want applied", got.Status, got.Err)
	}
}

func TestHeldTogether(t *testing.T) {
	for _, together := range []bool{true, false} {
		t.Run(fmt.Sprint(together), func(t *testing.T) {
			h := newHouse(t)
			h.rule("example.com", "a", "b").Policy.Together = together
			h.targets["a"].AddZone(h.zone())
			h.targets["b"].AddZone(h.zone("old 300 A 192.0.2.1"))
			h.write("www 300 A 192.0.2.1") // creates on a, retires on b, which was never applied
			plan := h.plan()
			want := []Guard{GuardNewTarget}
			if got := guards(plan.Zones[1]); !cmp.Equal(got, want) {
				t.Errorf("holds on b: %v; want %v", got, want)
			}
			if !together {
				want = nil
			}
			if got := guards(plan.Zones[0]); !cmp.Equal(got, want) {
				t.Errorf("holds on a: %v; want %v", got, want)
			}
		})
	}
}

func TestNothingToReadIsAnError(t *testing.T) {
	h := newHouse(t)
	h.serve("old 300 A 192.0.2.1")
	h.files["README.md"] = "no zones here\n"
	h.files[".hidden/example.com.zone"] = "www 300 A 192.0.2.1\n"
	h.files["tests/example.com.zone"] = "www 300 A 192.0.2.1\n"
	h.files["example.com.domain.yaml"] = "domain: example.com\n"
	if plan, err := h.planner.Plan(t.Context(), h.tree(), Selection{}); !errors.Is(err, ErrNoZones) {
		t.Fatalf("plan %v, %v; want ErrNoZones", plan, err)
	}
}

func TestZoneThatIsGoneIsKept(t *testing.T) {
	h := newHouse(t)
	h.serve("old 300 A 192.0.2.1")
	h.files["example.net.zone"] = "www 300 A 192.0.2.1\n"
	plan := h.plan()
	want := "example.com. on live: not in the zones repository any more, and it is served on as it is (zone_removal: keep); it is not managed"
	if len(plan.Notices) != 1 || plan.Notices[0] != want {
		t.Errorf("notices %q; want %q", plan.Notices, want)
	}
	if plan.Zone(Ref{example, "live"}) != nil {
		t.Error("there is a plan for a zone that is gone")
	}
}

func TestRules(t *testing.T) {
	h := newHouse(t)
	h.planner.Rules = nil
	h.rule("*", "public")
	h.rule("internal.example", "internal").File = "internal/{origin}.zone"
	h.rule("parked*.example", "public").File = "templates/parked.zone"
	h.planner.Rules[0].Match = []string{"parked1.example", "parked2.example"}
	for _, name := range []string{"internal/internal.example.zone", "public/internal.example.zone", "deep/er/example.com.zone", "templates/parked.zone"} {
		h.files[name] = "www 300 A 192.0.2.1\n"
	}
	findings, _, err := h.planner.Check(t.Context(), h.tree(), Selection{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, fmt.Sprintf("%s %v %s %v", f.Zone, f.Targets, f.Source, f.Err))
	}
	want := []string{
		"example.com. [public] zones/deep/er/example.com.zone <nil>",
		"internal.example. [internal] zones/internal/internal.example.zone <nil>",
		"internal.example. [public] zones/public/internal.example.zone <nil>",
		"parked1.example. [public] zones/templates/parked.zone <nil>",
		"parked2.example. [public] zones/templates/parked.zone <nil>",
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("zones (-got +want):\n%s", d)
	}
}
