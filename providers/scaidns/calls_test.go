package scaidns_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
	"github.com/zoneward/zoneward/zonefile"
)

const page = "../../docs/providers/scaidns.md"

// TestCalls counts the calls of the API for a plan and an apply, and compares them with the table in the docs. A thousand records one after the other
// are counted with ZONEWARD_SOAK=1.
func TestCalls(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	h := start(t, variant{})
	bulk := open(t, h.URL, h.MintKey(scaidnstest.Key{}), scaidns.Options{BulkDeleteField: "record_ids"})
	for _, n := range []int{1, 100, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			name := fmt.Sprintf("calls%d.example.", n)
			h.AddZone(t, scaidnstest.Zone{Name: name})
			origin := zonefile.MustParseName(name)
			want := row(t, string(text), n)
			check := func(what string, column, got int) {
				if want[column] != thousands(got) {
					t.Errorf("%s takes %s calls, and %s has %s", what, thousands(got), page, want[column])
				}
			}
			plan := calls(t, h, h.p, origin, nil)
			check("a plan", 0, plan)
			// An apply reads the zone for its plan, again when it is the zone's turn, and once more behind what it wrote.
			check("creating", 1, 3*plan+calls(t, h, h.p, origin, hosts(origin, n, 300)))
			if n < 1000 || os.Getenv("ZONEWARD_SOAK") == "1" {
				check("changing", 2, 3*plan+calls(t, h, h.p, origin, hosts(origin, n, 600)))
				check("deleting one by one", 3, 3*plan+calls(t, h, h.p, origin, hosts(origin, n, 0)))
				calls(t, h, h.p, origin, hosts(origin, n, 300))
			}
			check("deleting together", 4, 3*plan+calls(t, h, bulk, origin, hosts(origin, n, 0)))
		})
	}
}

// row returns the numbers of the table in the docs for n RRsets.
func row(t *testing.T, text string, n int) []string {
	t.Helper()
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "| "+thousands(n)+" | "); ok {
			if fields := strings.Split(strings.TrimSuffix(strings.TrimSpace(rest), " |"), " | "); len(fields) == 5 {
				return fields
			}
		}
	}
	t.Fatalf("%s has no line with 5 numbers for %s RRsets", page, thousands(n))
	return nil
}

// calls returns how many requests it takes to fetch a zone, or to bring it to what change says of a snapshot.
func calls(t *testing.T, h *house, p *scaidns.Provider, origin zonefile.Name, change func(*zonefile.Zone) []zonefile.Change) int {
	t.Helper()
	base, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	h.Faults.Log().Reset()
	if change == nil {
		_, err = p.Fetch(t.Context(), origin)
	} else {
		_, err = p.Apply(t.Context(), origin, providers.NewBatch(base, change(base.Zone)))
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(h.Faults.Log().All())
}

// hosts returns what changes n RRsets to a TTL, or deletes them if that is 0.
func hosts(origin zonefile.Name, n int, ttl zonefile.TTL) func(*zonefile.Zone) []zonefile.Change {
	return func(z *zonefile.Zone) []zonefile.Change {
		changes := make([]zonefile.Change, n)
		for i := range changes {
			set := zonefile.MustParseRRset(fmt.Sprintf("host-%d.%s %d A", i, origin, ttl), "192.0.2.1")
			if old, ok := z.Get(set.Key); ok {
				changes[i].Old = &old
			}
			if ttl > 0 {
				changes[i].New = &set
			}
		}
		return changes
	}
}

// thousands writes a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
