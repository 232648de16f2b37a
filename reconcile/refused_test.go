package reconcile

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
)

func TestRefusedError(t *testing.T) {
	h := newHouse(t)
	h.target("live", poison("new"))
	h.serve("old 300 A 192.0.2.1", "stays 300 A 192.0.2.1")
	h.write("new 300 A 192.0.2.1", "good 300 A 192.0.2.1", "stays 300 A 192.0.2.1")
	o := h.must(Failed)
	refused, ok := errors.AsType[*RefusedError](o.Err)
	if !ok || len(refused.Refused) != 1 || len(refused.Skipped) != 1 || !errors.Is(o.Err, providers.ErrInvalid) {
		t.Fatalf("%#v; want a RefusedError with one refused and one skipped, that is ErrInvalid", o.Err)
	}
	want := "apply example.com. on live: new.example.com. A: " + refused.Refused[0].Err.Error() +
		"\napply example.com. on live: 1 RRset was not retired, since not all that is new is live: old.example.com. A"
	if d := cmp.Diff(o.Err.Error(), want); d != "" {
		t.Error(d)
	}
	// What went wrong besides is another error.
	h.store.lost = errors.New("the disk is full")
	h.write("new 300 A 192.0.2.1", "good 300 A 192.0.2.2", "stays 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	if _, ok := errors.AsType[*RefusedError](h.must(Failed).Err); ok {
		t.Error("that the store is lost goes under")
	}
}
