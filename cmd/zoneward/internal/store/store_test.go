package store

import (
	"path/filepath"
	"testing"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/storetest"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	example = zonefile.MustParseName("example.com.")
	onLive  = reconcile.Ref{Zone: example, Target: "live"}
)

func openStore(t testing.TB, file string) *Store {
	t.Helper()
	s, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func stateFile(t testing.TB) string { return filepath.Join(t.TempDir(), "state.db") }

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opened {
		file := stateFile(t)
		again := func(t *testing.T) reconcile.Store { return openStore(t, file) }
		return storetest.Opened{Store: again(t), Again: again, Tamper: tampering(file)}
	})
}
