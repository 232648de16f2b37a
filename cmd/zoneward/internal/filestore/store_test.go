package filestore

import (
	"path/filepath"
	"testing"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/storetest"
)

func openStore(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opened {
		dir := filepath.Join(t.TempDir(), "tombstones")
		again := func(t *testing.T) reconcile.Store { return openStore(t, dir) }
		return storetest.Opened{Store: again(t), Again: again, Stateless: true}
	})
}
