package scaleway_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
	"github.com/zoneward/zoneward/zonefile"
)

const page = "../../docs/providers/scaleway.md"

// TestCalls counts the calls of the API for a plan and an apply, and compares them with the table in the docs.
func TestCalls(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 100, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, many(n)...)
			s.Faults.Log().Reset()
			base := fetched(t, p)
			fetch := len(s.Faults.Log().All())

			// Each RRset gets another TTL.
			var changes []zonefile.Change
			for set := range base.Zone.All() {
				if set.Key.Name != origin {
					other := set.WithTTL(600)
					changes = append(changes, zonefile.Change{Old: &set, New: &other})
				}
			}
			diff(t, "changes", n, len(changes))
			s.Faults.Log().Reset()
			if _, err := p.Apply(t.Context(), origin, providers.NewBatch(base, changes)); err != nil {
				t.Fatal(err)
			}
			apply := len(s.Faults.Log().All())
			diff(t, "PATCHes", 1, s.Faults.Log().Count(scalewaytest.PatchRecords))

			// An apply reads the zone for its plan, when it is the zone's turn, and behind what it wrote.
			row := fmt.Sprintf("| %s | %d | %d |", thousands(n), fetch, 2*fetch+apply+fetch)
			if !strings.Contains(string(text), row) {
				t.Errorf("%s has no line %q", page, row)
			}
		})
	}
}

// thousands writes a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
