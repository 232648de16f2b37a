package main

import (
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// TestAppliable says what a person is asked about: all that may be written while the plan is followed.
func TestAppliable(t *testing.T) {
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "glauca"}
	change := rendertest.OnResource(providers.Delegation, reconcile.Update, "example.com.", 2, reconcile.FieldChange{Name: "ds", New: "12345 13 2 AB"})
	waits := func(until time.Time) reconcile.ZonePlan {
		return reconcile.ZonePlan{Ref: ref, Deferred: []reconcile.Deferred{{Change: change, Until: until}}}
	}
	held := reconcile.ZonePlan{Ref: ref, Changes: []reconcile.Change{change}, Holds: []reconcile.Hold{{Guard: reconcile.GuardLastNS}}}
	zone := reconcile.ZonePlan{Ref: ref, Changes: []reconcile.Change{changing("www", reconcile.Create, 0, 60)}}
	wait := 10 * time.Minute
	for _, tc := range []struct {
		name  string
		how   carrying
		zones []reconcile.ZonePlan
		want  string
	}{
		{"a zone and a domain", carrying{}, []reconcile.ZonePlan{zone, {Ref: ref, Changes: []reconcile.Change{change}}}, "1 zone and 1 domain"},
		{"what waits for others", carrying{follow: &wait}, []reconcile.ZonePlan{waits(time.Time{})}, "1 domain"},
		{"what comes in time", carrying{follow: &wait}, []reconcile.ZonePlan{waits(rendertest.At().Add(wait))}, "1 domain"},
		{"what comes too late", carrying{follow: &wait}, []reconcile.ZonePlan{waits(rendertest.At().Add(wait + time.Second))}, "0 zones"},
		{"what waits, and nobody follows it", carrying{}, []reconcile.ZonePlan{waits(time.Time{})}, "0 zones"},
		{"what is held", carrying{follow: &wait}, []reconcile.ZonePlan{held}, "0 zones"},
		{"what is overridden", carrying{approval: reconcile.Approval{Overrides: []reconcile.Guard{reconcile.GuardLastNS}}}, []reconcile.ZonePlan{held}, "1 domain"},
	} {
		if got := tc.how.appliable(&reconcile.Plan{CreatedAt: rendertest.At(), Zones: tc.zones}).String(); got != tc.want {
			t.Errorf("%s: %s; want %s", tc.name, got, tc.want)
		}
	}
}

// TestOverridesOfWhatWaits says nothing of an override that may be for what comes later.
func TestOverridesOfWhatWaits(t *testing.T) {
	approval := reconcile.Approval{Overrides: []reconcile.Guard{reconcile.GuardLastNS}}
	for _, tc := range []struct {
		deferred []reconcile.Deferred
		want     string
	}{
		{nil, "warning: --override last-ns: this guard holds nothing\n"},
		{make([]reconcile.Deferred, 1), ""},
	} {
		var b strings.Builder
		c := &common{env: env{stderr: newOutput(&b)}}
		c.warnOverrides(&reconcile.Plan{Zones: []reconcile.ZonePlan{{Deferred: tc.deferred}}}, approval)
		if b.String() != tc.want {
			t.Errorf("%d changes wait: %q; want %q", len(tc.deferred), b.String(), tc.want)
		}
	}
}
