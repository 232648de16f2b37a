package store

import (
	"path/filepath"
	"testing"

	"github.com/zoneward/zoneward/reconcile"
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

func TestSmoke(t *testing.T) {
	s := openStore(t, stateFile(t))
	www := zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1")
	z, _ := zonefile.ZoneOf(example, www)
	if err := s.SetApplied(t.Context(), onLive, reconcile.AppliedState{System: "sys"}, z); err != nil {
		t.Fatal(err)
	}
	in := reconcile.Intent{Ref: onLive, Why: "apply", Changes: []reconcile.Change{{Kind: reconcile.KindRRset, Action: reconcile.Retire, Key: www.Key, Old: &www}}}
	in.Stones = []reconcile.Tombstone{{ID: "0123456789abcdef", Ref: onLive, Kind: reconcile.KindRRset, Key: www.Key, RRset: www}}
	id, err := s.Begin(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Overview(t.Context()))
	t.Log(s.Open(t.Context(), onLive))
	if err := s.Conclude(t.Context(), id, reconcile.Conclusion{Result: reconcile.Done, Live: []bool{true}}); err != nil {
		t.Fatal(err)
	}
	t.Log(s.Tombstone(t.Context(), "01"))
	t.Log(s.Applied(t.Context(), onLive))
	for e, err := range s.History(t.Context(), reconcile.HistoryQuery{Name: www.Key.Name}) {
		t.Log(e, err)
	}
	t.Log(s.VerifyAudit(t.Context()))
	release, err := s.Lock(t.Context(), onLive)
	if err != nil {
		t.Fatal(err)
	}
	release()
}
