package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// spoken is a report with something to say in every way.
func spoken(t testing.TB) *Report {
	r := example(t)
	r.Proposal = propose(t,
		files{
			"example.com": "www 3600 A 192.0.2.1\nold 300 A 192.0.2.9\nmoved 300 A 192.0.2.77\nspf 300 TXT \"v=spf1 -all\"\n", "example.net": "www 300 A 192.0.2.1\n",
			"gone.example": "www 300 A 192.0.2.1\n",
		},
		files{
			"example.com": "www 3600 A 192.0.2.1\nold 300 A 192.0.2.9\nmoved 300 A 192.0.2.70\nadrift 300 A 192.0.2.50\n", "example.net": "www 300 A 192.0.2.1\n",
			"gone.example": "www 300 A 192.0.2.1\n",
		},
		files{
			"example.com": "www 3600 A 192.0.2.2\nnew 300 A 192.0.2.3\nmoved 300 A 192.0.2.77\nadrift 300 A 192.0.2.50\nspf 300 TXT \"v=spf1 -all\"\n",
			"example.net": "www 300 A 192.0.2.300\n",
		},
		func(p *reconcile.Policy) {
			p.Protected = []reconcile.Pattern{{Name: "www"}}
		})
	r.Problems = []zonefile.Problem{{
		Position: zonefile.Position{File: "zones/example.com.zone", Line: 1}, Rule: "long-ttl", Severity: zonefile.Warning, Message: "www A: an hour is long",
	}, {
		Position: zonefile.Position{File: "zones/example.net.zone", Line: 1}, Rule: "rdata", Severity: zonefile.Error, Message: "www A: 192.0.2.300 is no IPv4 address",
	}}
	r.Conflicts, r.ConfigFiles = []string{"zones/example.org.zone"}, []string{"zoneward.yaml"}
	r.Tests = []dnstest.Result{
		{File: "tests/web.yaml", Line: 3, Name: "the site", Query: "www.example.com. A", Zone: "example.com.", Target: "pdns", Status: dnstest.Passed, Want: "192.0.2.2", Got: "192.0.2.2"},
		{File: "tests/web.yaml", Line: 9, Name: "the shop", Query: "shop.example.com. A", Zone: "example.com.", Target: "pdns", Status: dnstest.Failed, Want: "192.0.2.8", Got: "NXDOMAIN"},
		{File: "tests/web.yaml", Line: 15, Name: "www.example.org. A", Query: "www.example.org. A", Status: dnstest.Undecided, Want: "192.0.2.2", Got: "none of the zones has it"},
	}
	r.SnapshotAt, r.Stateless, r.Details = at.Add(-time.Hour), true, "https://ci.example.com/runs/7"
	return r
}

func TestForms(t *testing.T) {
	for _, tc := range []struct {
		file  string
		write func(r *Report, w io.Writer) error
	}{
		{"spoken.txt", func(r *Report, w io.Writer) error { return r.WriteText(w, render.Style{}) }},
		{"spoken.md", (*Report).WriteMarkdown},
		{"spoken.sarif", (*Report).WriteSARIF},
		{"spoken.json", (*Report).WriteJSON},
		{"redacted.json", func(r *Report, w io.Writer) error {
			r.Redact = Redaction{Zones: []string{"example.com"}, Types: []zonefile.Type{zonefile.TypeTXT}}
			return r.WriteJSON(w)
		}},
	} {
		t.Run(tc.file, func(t *testing.T) {
			var b bytes.Buffer
			if err := tc.write(spoken(t), &b); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", tc.file)
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(b.String(), string(want)); d != "" {
				t.Errorf("got and, with +, want:\n%s", d)
			}
		})
	}
}

func TestClass(t *testing.T) {
	for _, tc := range []struct {
		name   string
		report *Report
		want   Class
		status string // behind the id, if there is one
	}{
		{"nothing", &Report{Proposal: propose(t, files{"example.com": ""}, files{"example.com": "; a\n"}, files{"example.com": "; b\n"}, nil)}, Unchanged, "no changes"},
		{"changes", example(t), Changes, "2 create, 1 update, 1 retire"},
		{"a test fails", func() *Report {
			r := example(t)
			r.Tests = []dnstest.Result{{Status: dnstest.Failed}}
			return r
		}(), Failed, "1 DNS test fails"},
		{"a problem", func() *Report {
			r := example(t)
			r.Problems = []zonefile.Problem{{Severity: zonefile.Error}}
			return r
		}(), Failed, "zone files have errors"},
		{"a conflict", func() *Report {
			r := example(t)
			r.Conflicts = []string{"zones/example.com.zone"}
			return r
		}(), Failed, "the branch has to be updated"},
		{"a guard", &Report{Proposal: propose(t, files{"example.com": "www 300 A 192.0.2.1\n"}, files{"example.com": "www 300 A 192.0.2.1\n"}, files{"example.com": "www 300 A 192.0.2.2\n"},
			func(p *reconcile.Policy) { p.Protected = []reconcile.Pattern{{Name: "www"}} })}, Held, "1 update; 1 held"},
		{
			"a zone that cannot be read", &Report{Proposal: propose(t, files{"example.com": ""}, files{"example.com": ""}, files{"example.com": "www 300 A x\n"}, nil)},
			Failed, "1 zone could not be planned",
		},
	} {
		if got := tc.report.Class(); got != tc.want {
			t.Errorf("%s: %s; want %s", tc.name, got, tc.want)
		}
		want := tc.status
		if tc.want != Failed {
			want = tc.report.Proposal.Plan.ID().String() + " " + want
		}
		if got := tc.report.StatusDescription(); got != want || len(got) > MaxStatus {
			t.Errorf("%s: %q; want %q", tc.name, got, want)
		}
	}
}

// TestStatusFits: forges cut what is longer, and then the id may be gone.
func TestStatusFits(t *testing.T) {
	id := zonefile.Digest{1}
	for _, n := range []int{10, MaxStatus - len(id.String()) - 1, MaxStatus - len(id.String()), 1000} {
		words := strings.Repeat("x", n)
		want := id.String() + " " + words
		if len(want) > MaxStatus {
			want = id.String()
		}
		if got := described(id, words); got != want || len(got) > MaxStatus {
			t.Errorf("%d octets of words: %q; want %q", n, got, want)
		}
	}
}

// TestWhatFollowsAnyway: of what waits, only what comes from this change is told as its own.
func TestWhatFollowsAnyway(t *testing.T) {
	plan := rendertest.Domain()
	z := &plan.Zones[0]
	for _, tc := range []struct {
		name          string
		later         []reconcile.Deferred
		caused, other int
	}{
		{"none of it", nil, 0, 2}, {"the first", z.Deferred[:1], 1, 1}, {"the last", z.Deferred[1:], 1, 1}, {"all of it", z.Deferred, 2, 0},
	} {
		got := zoneOf(reconcile.ProposedZone{ZonePlan: z, Later: tc.later}, plan.CreatedAt)
		if following(got.later) != tc.caused || following(got.others) != tc.other {
			t.Errorf("%s: %d and %d; want %d and %d", tc.name, following(got.later), following(got.others), tc.caused, tc.other)
		}
	}
}
