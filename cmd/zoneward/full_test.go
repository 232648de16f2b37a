package main

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/filestore"
	"github.com/zoneward/zoneward/reconcile"
)

// TestFull: plan and apply have the flag, and the planner fetches every zone if it is given.
func TestFull(t *testing.T) {
	e := env{stderr: newOutput(&strings.Builder{}), lookup: func(string) (string, bool) { return "", false }}
	for _, command := range []string{"plan", "apply"} {
		cmd, _, err := newRoot(&common{env: e}, nil).Find([]string{command})
		if err != nil || cmd.Flags().Lookup("full") == nil {
			t.Errorf("%s has no --full (%v)", command, err)
		}
	}
	for _, full := range []bool{false, true} {
		c := &common{env: e, full: full}
		w := &workspace{planner: &reconcile.Planner{Store: &filestore.Nothing{}}, tree: reconcile.Tree{FS: fstest.MapFS{}}}
		if _, err := c.makePlan(t.Context(), w); !errors.Is(err, reconcile.ErrNoZones) {
			t.Fatal(err)
		}
		if w.planner.Thorough != full {
			t.Errorf("--full=%t: the planner is thorough: %t", full, w.planner.Thorough)
		}
	}
}
