package scaleway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaleway"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
	"github.com/zoneward/zoneward/zonefile"
)

// deletes is a batch that deletes A RRsets.
func deletes(t *testing.T, base *providers.Snapshot, owners ...string) providers.Batch {
	t.Helper()
	var changes []zonefile.Change
	for _, owner := range owners {
		old, ok := base.Zone.Get(zonefile.Key{Name: name(owner + "." + zone + "."), Type: zonefile.TypeA})
		if !ok {
			t.Fatalf("%s is not there", owner)
		}
		changes = append(changes, zonefile.Change{Old: &old})
	}
	return providers.NewBatch(base, changes)
}

// A record that somebody deletes between the look at the zone and the PATCH is missing, and not the zone.
func TestRecordIsGone(t *testing.T) {
	for _, tt := range []struct {
		name    string
		partial bool
		hidden  bool // their version
		kind    error
		live    []string
	}{
		{"as a whole", false, false, providers.ErrConflict, []string{"a", "c"}},
		{"as a whole, and no version tells", false, true, providers.ErrConflict, []string{"a", "c"}},
		{"in part", true, false, providers.ErrPartial, []string{"c"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{Partial: tt.partial}, a("a", "192.0.2.1"), a("b", "192.0.2.1"), a("c", "192.0.2.1"))
			base := fetched(t, p)
			between(s, func() {
				s.Drop(zone, "b", "A")
				if tt.hidden {
					hide(s, s.Versions(zone)[1:])
				}
			})
			_, err := p.Apply(t.Context(), origin, deletes(t, base, "a", "b"))
			wants(t, err, tt.kind, "resource is not found")
			var want []string
			for _, owner := range tt.live {
				want = append(want, owner+".zone.example.com. 300 IN A 192.0.2.1")
			}
			diff(t, "zone", want, lines(fetched(t, p).Zone))
		})
	}
}

// The zone is deleted in front of the PATCH, and the list of zones says so.
func TestZoneGoesBeforeThePatch(t *testing.T) {
	for name, opts := range map[string]scalewaytest.Options{"403": {}, "404": {UnknownZone404: true}} {
		t.Run(name, func(t *testing.T) {
			s, p := start(t, opts, a("www", "192.0.2.1"))
			base := fetched(t, p)
			between(s, func() { s.RemoveZone(zone) })
			_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
			wants(t, err, providers.ErrNoZone)
		})
	}
}

// serverErrors are errors of the server with types that, with another status, promise that nothing was done.
func serverErrors() map[string]*scwtest.Error {
	all := map[string]*scwtest.Error{"out_of_stock": scwtest.OutOfStock("x")}
	for _, status := range []int{500, 502, 503} {
		for _, kind := range []string{"invalid_arguments", "not_found", "permissions_denied", "quotas_exceeded", "locked", "transient_state", "resource_expired"} {
			all[fmt.Sprint(status, " ", kind)] = &scwtest.Error{Status: status, Fields: map[string]any{"type": kind, "message": "x"}}
		}
	}
	return all
}

// An error of the server says nothing about what was done, whatever its type.
func TestServerErrorsPromiseNothing(t *testing.T) {
	for name, e := range serverErrors() {
		t.Run(name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			base := fetched(t, p)
			fail(s, scalewaytest.PatchRecords, httpfault.After(e.Fault()))
			_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
			wants(t, err, nil, "PATCH")

			base = fetched(t, p)
			fail(s, scalewaytest.DeleteZone, httpfault.After(e.Fault()))
			wants(t, p.RemoveZone(t.Context(), base), nil, "DELETE")

			fail(s, scalewaytest.CreateZone, httpfault.After(e.Fault()))
			wants(t, p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}), nil, "POST")
		})
	}
}

// Whatever a PATCH is refused with, what was written of it counts.
func TestRefusedAfterTheWrite(t *testing.T) {
	for _, tt := range refusals() {
		if status := tt.err.Status; status/100 != 4 || status == http.StatusUnauthorized || status == http.StatusTooManyRequests {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			base := fetched(t, p)
			fail(s, scalewaytest.PatchRecords, httpfault.After(tt.err.Fault()))
			result, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
			wants(t, err, providers.ErrPartial, "it was refused", "zoneward rollback zone.example.com --revision "+base.Version)
			diff(t, "applied", []string{"www.zone.example.com. A"}, keys(result.Applied))
		})
	}
}

// What is refused at the door is refused: nothing more is asked.
func TestRefusedAtTheDoor(t *testing.T) {
	for status, kind := range map[int]error{401: providers.ErrAuth, 429: errBusy} {
		for call, do := range map[string]func(p *scaleway.Provider, base *providers.Snapshot) error{
			scalewaytest.PatchRecords: func(p *scaleway.Provider, base *providers.Snapshot) error {
				_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
				return err
			},
			scalewaytest.DeleteZone: func(p *scaleway.Provider, base *providers.Snapshot) error { return p.RemoveZone(t.Context(), base) },
		} {
			t.Run(fmt.Sprint(status, " ", call), func(t *testing.T) {
				s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
				base := fetched(t, p)
				s.Faults.Log().Reset()
				fail(s, call, scwtest.Message(status, "no").Fault())
				isKind(t, do(p, base), kind, `"no"`)
				all := s.Faults.Log().All()
				diff(t, "status of the last answer", status, all[len(all)-1].Status)
			})
		}
	}
}

// Where it cannot be found out whether a zone is still there, no promise is made that it is.
func TestRemovalRefusedAndNoList(t *testing.T) {
	for _, status := range []int{400, 403, 404, 409} {
		s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
		base := fetched(t, p)
		fail(s, scalewaytest.DeleteZone, httpfault.After(httpfault.Call(func(*http.Request) { fail(s, scalewaytest.ListZones, httpfault.Proxy(502)) })))
		fail(s, scalewaytest.DeleteZone, scwtest.Message(status, "no").Fault())
		wants(t, p.RemoveZone(t.Context(), base), nil, "the list of zones could not be read")
	}
}

// A list of versions that is behind does not hide what was written.
func TestRefusedInPartAndNoVersion(t *testing.T) {
	s, p := start(t, scalewaytest.Options{Partial: true, FixedApexNS: true}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	fail(s, scalewaytest.PatchRecords, httpfault.After(httpfault.Call(func(*http.Request) { hide(s, s.Versions(zone)[1:]) })))
	_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2"), set("zone.example.com. 300 NS ns.example.net.")))
	wants(t, err, providers.ErrPartial, "www.zone.example.com. A is not what it was", "the NS records of the apex cannot be changed")
}

// A refusal while somebody else writes something else is a conflict: nothing of ours is live.
func TestRefusedWhileSomebodyElseWrites(t *testing.T) {
	s, p := start(t, scalewaytest.Options{FixedApexNS: true}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	between(s, func() { s.Put(zone, a("theirs", "192.0.2.9")) })
	result, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2"), set("zone.example.com. 300 NS ns.example.net.")))
	wants(t, err, providers.ErrConflict, "the NS records of the apex cannot be changed")
	diff(t, "applied", 0, len(result.Applied))
}

// When there is no time left to find out what a refusal means, the error says that.
func TestRefusedAndNoTime(t *testing.T) {
	for name, e := range map[string]*scwtest.Error{"403": scwtest.Message(403, "no"), "404": scwtest.NotFound("record", ""), "400": scwtest.Message(400, "no")} {
		t.Run(name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			base := fetched(t, p)
			ctx, cancel := context.WithCancel(t.Context())
			fail(s, scalewaytest.PatchRecords, httpfault.After(httpfault.Call(func(*http.Request) {
				s.Faults.Add(httpfault.Rule{Pattern: "GET /", Fault: httpfault.Call(func(*http.Request) { cancel() })})
			})))
			fail(s, scalewaytest.PatchRecords, e.Fault())
			_, err := p.Apply(ctx, origin, puts(base, www("192.0.2.2")))
			if wants(t, err, nil, fmt.Sprint(e.Status)); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
		})
	}
}

// A refusal that says a lot is read all the same, and shown in few words.
func TestLongRefusal(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
	base := fetched(t, p)
	var details []any
	for i := range 100 {
		details = append(details, map[string]any{"argument_name": fmt.Sprintf("changes.%d.add.records.0.data", i), "reason": "constraint", "help_message": strings.Repeat("no ", 100)})
	}
	e := &scwtest.Error{Status: 400, Fields: map[string]any{"type": "invalid_arguments", "message": "invalid argument(s)", "details": details}}
	fail(s, scalewaytest.PatchRecords, e.Fault())
	_, err := p.Apply(t.Context(), origin, puts(base, www("192.0.2.2")))
	wants(t, err, providers.ErrInvalid, "invalid argument(s); changes.0.add.records.0.data: constraint")
	if n := len(err.Error()); n > 1000 {
		t.Errorf("the error has %d octets", n)
	}
}

// What would be another zone's is refused before anything is asked.
func TestApplyToAnotherZone(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
	s.AddZone("other.example.com", scalewaytest.Zone{})
	base := fetched(t, p)
	s.Faults.Log().Reset()
	_, err := p.Apply(t.Context(), name("other.example.com."), puts(base, set("www.other.example.com. 300 A 192.0.2.1")))
	wants(t, err, providers.ErrInvalid, "zone.example.com.")
	_, err = p.Apply(t.Context(), origin, providers.Batch{Ops: puts(base, www("192.0.2.2")).Ops})
	wants(t, err, providers.ErrInvalid)
	diff(t, "requests", 0, len(s.Faults.Log().All()))
}
