package reconcile

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// panicReader panics with one zone.
type panicReader struct {
	providers.ZoneReader
	zone zonefile.Name
}

func (r panicReader) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	if origin == r.zone {
		panic("the reader of the test")
	}
	return r.ZoneReader.Fetch(ctx, origin)
}

// panicFS panics with one file.
type panicFS struct {
	fstest.MapFS
	file string
}

func (f panicFS) Open(name string) (fs.File, error) {
	if name == f.file {
		panic("no such thing")
	}
	return f.MapFS.Open(name)
}

// TestPanicStaysWithItsZone: it is an error of the zone, whose error says where, and others are planned.
func TestPanicStaysWithItsZone(t *testing.T) {
	bad := zonefile.MustParseName("bad.example.")
	for _, test := range []struct {
		name string
		do   func(h *house, tree *Tree)
		want string
	}{
		{"what the provider says", func(h *house, _ *Tree) {
			target := h.planner.Targets["live"]
			target.Reader = panicReader{target.Reader, bad}
			h.planner.Targets["live"] = target
		}, "the reader of the test, at panic_test.go:"},
		{"what the zone file says", func(_ *house, tree *Tree) {
			tree.FS = panicFS{tree.FS.(fstest.MapFS), "bad.example.zone"}
		}, "no such thing, at panic_test.go:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHouse(t)
			for _, origin := range []zonefile.Name{bad, zonefile.MustParseName("good.example.")} {
				h.target("live").AddZone(zonefile.NewZone(origin))
			}
			tree := treeOf("head", map[string]string{"bad.example.zone": "www 300 A 192.0.2.1\n", "good.example.zone": "www 300 A 192.0.2.1\n"})
			test.do(h, &tree)
			plan, err := h.planner.Plan(t.Context(), tree, Selection{})
			if err != nil || len(plan.Zones) != 2 {
				t.Fatalf("%+v, %v; want two zones", plan, err)
			}
			if err := plan.Zones[0].Err; !errors.Is(err, ErrPanic) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v; want ErrPanic and %q", err, test.want)
			}
			if err := plan.Zones[1].Err; err != nil {
				t.Error(err)
			}
		})
	}
}
