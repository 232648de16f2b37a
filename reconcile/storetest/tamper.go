package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/reconcile"
)

// runTamper changes entries of the audit log in all ways that there are, each in a store of its own.
func runTamper(t *testing.T, open func(t *testing.T) Opened) {
	names := open(t).Tamper
	if len(names) == 0 {
		t.Log("there is no way to change the audit log behind the store's back")
	}
	for name := range names {
		for _, which := range []struct {
			name  string
			place int
		}{{"the first", 0}, {"one in the middle", 2}, {"the last", 4}} {
			t.Run(name+" of "+which.name, func(t *testing.T) {
				opened := open(t)
				s := &subject{T: t, Opened: opened, Store: opened.Store, other: opened.Again(t)}
				var seqs []int64
				for n := range 5 {
					in := full5(n)
					in.At = at(10, n)
					seqs = append(seqs, s.write(in, true, false))
				}
				s.verified(5)
				opened.Tamper[name](t, seqs[which.place])
				for _, store := range []reconcile.Store{s.Store, s.other} {
					n, err := store.VerifyAudit(s.Context())
					if err == nil {
						t.Fatalf("all %d entries are as they were written", n)
					}
					// One that is gone altogether is named, or the one that is next to it.
					place := fmt.Sprintf("entry %d ", seqs[which.place])
					if !strings.Contains(err.Error(), place) && !strings.Contains(name, "remove") {
						t.Errorf("error %q; want it to name %q", err, place)
					}
					if n > which.place {
						t.Errorf("%d entries are said to be good, and the one behind %d is not", n, which.place)
					}
				}
			})
		}
	}
}
