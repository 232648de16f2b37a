package memory_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

func TestSettingsComeBack(t *testing.T) {
	p, batch := begin(t)
	settings := map[string]string{"account": "customer 7"}
	p.SetSettings(origin, "Master", settings)
	kind, got, err := p.ZoneSettings(t.Context(), origin)
	if err != nil || kind != "Master" || !cmp.Equal(got, settings) {
		t.Fatalf("ZoneSettings: %q, %v, %v", kind, got, err)
	}
	got["account"] = "changed in a copy"
	if err := p.RemoveZone(t.Context(), batch.Base); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.ZoneSettings(t.Context(), origin); !errors.Is(err, providers.ErrNoZone) {
		t.Errorf("ZoneSettings of a zone that was removed: error %v, want one that wraps ErrNoZone", err)
	}
	if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin, Kind: kind, Settings: settings}); err != nil {
		t.Fatal(err)
	}
	if kind, got, err := p.ZoneSettings(t.Context(), origin); err != nil || kind != "Master" || !cmp.Equal(got, settings) {
		t.Errorf("ZoneSettings of the zone that was made again: %q, %v, %v", kind, got, err)
	}
}

func TestRemoveZone(t *testing.T) {
	changed := func(p *memory.Provider) { p.Write(origin, zonefile.Change{New: &theirs}) }
	nothing := func(*memory.Provider) {}
	for _, test := range []struct {
		name      string
		meanwhile func(*memory.Provider)
		fault     memory.Fault
		err       error
		there     bool
	}{
		{"as it was", nothing, memory.Fault{}, nil, false},
		{"signed again", func(p *memory.Provider) { p.SetForeign(origin, first) }, memory.Fault{}, nil, false},
		{"changed", changed, memory.Fault{}, providers.ErrConflict, true},
		{"hidden copies changed", func(p *memory.Provider) { p.Hide(origin, first) }, memory.Fault{}, providers.ErrConflict, true},
		{"another in its place", func(p *memory.Provider) { p.AddZone(zoneNamed(t, origin)) }, memory.Fault{}, providers.ErrConflict, true},
		{"not there", func(p *memory.Provider) { p.DropZone(origin) }, memory.Fault{}, providers.ErrNoZone, false},
		{"a secondary zone", func(p *memory.Provider) { p.AddSecondary(zoneNamed(t, origin)) }, memory.Fault{}, providers.ErrBlocked, true},
		{"server down", nothing, memory.Fault{Err: errDown}, errDown, true},
		{"answer lost", nothing, memory.Fault{Err: errDown, Written: memory.All}, errDown, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, batch := begin(t)
			test.meanwhile(p)
			p.Inject(providers.OperationRemoveZone, test.fault)
			if err := p.RemoveZone(t.Context(), batch.Base); !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if there := p.Served(origin) != nil; there != test.there {
				t.Errorf("the zone is there: %t, want %t", there, test.there)
			}
		})
	}
}

// TestAfterTheWrite has a caller die between a write and its answer.
func TestAfterTheWrite(t *testing.T) {
	p, batch := begin(t)
	p.Inject(providers.OperationApply, memory.Fault{After: func() {
		if got := len(addresses(p.Served(origin))); got != 2 {
			t.Errorf("After sees %d RRsets, want 2", got)
		}
		panic("the end")
	}})
	func() {
		defer func() { _ = recover() }()
		_, err := p.Apply(t.Context(), origin, batch)
		t.Errorf("Apply returned %v", err)
	}()
	if _, err := p.Fetch(t.Context(), origin); err != nil {
		t.Errorf("Fetch after the crash: %v", err)
	}
}
