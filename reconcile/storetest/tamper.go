package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// runTamper changes entries of the audit log in all ways that there are, each in a store of its own.
func runTamper(t *testing.T, open func(t *testing.T) Opened) {
	names := open(t).Tamper
	if len(names) == 0 {
		t.Log("there is no way to change the audit log behind the store's back")
	}
	for name := range names {
		for _, of := range []struct {
			name  string
			entry func(n int) reconcile.Intent
		}{{"", full5}, {"a resource, ", resource5}} {
			for _, which := range []struct {
				name  string
				place int
			}{{"the first", 0}, {"one in the middle", 2}, {"the last", 4}} {
				t.Run(name+" of "+of.name+which.name, func(t *testing.T) {
					opened := open(t)
					s := &subject{T: t, Opened: opened, Store: opened.Store, other: opened.Again(t)}
					s.tampered(name, of.entry, which.place)
				})
			}
		}
	}
}

// tampered writes five entries, changes one of them, and checks that this is found.
func (s *subject) tampered(way string, entry func(n int) reconcile.Intent, place int) {
	var seqs []int64
	for n := range 5 {
		in := entry(n)
		in.At = at(10, n)
		seqs = append(seqs, s.write(in, true, false))
	}
	s.verified(5)
	s.Tamper[way](s.T, seqs[place])
	for _, store := range []reconcile.Store{s.Store, s.other} {
		n, err := store.VerifyAudit(s.Context())
		if err == nil {
			s.Fatalf("all %d entries are as they were written", n)
		}
		// One that is gone altogether is named, or the one that is next to it.
		if named := fmt.Sprintf("entry %d ", seqs[place]); !strings.Contains(err.Error(), named) && !strings.Contains(way, "remove") {
			s.Errorf("error %q; want it to name %q", err, named)
		}
		if n > place {
			s.Errorf("%d entries are said to be good, and the one behind %d is not", n, place)
		}
	}
}

// resource5 is an intent with resources for the audit log, one of several.
func resource5(n int) reconcile.Intent {
	in := on(onApps, intent(app(reconcile.Retire, field("address", "192.0.2.9", "")), resource(reconcile.Update, providers.App, example, field("canonical", "true", "false"))))
	in.Stones = []reconcile.Tombstone{resourceStone(n, onApps, providers.App, wwwName)}
	return in
}
