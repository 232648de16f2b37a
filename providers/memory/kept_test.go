package memory_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// find returns the provider as one that it must be.
func find[T any](t *testing.T, p *memory.Provider) T {
	t.Helper()
	found, ok := providers.As[T](p)
	if !ok {
		t.Fatalf("it is not a %T", *new(T))
	}
	return found
}

// removed returns a fake that keeps zones, and has removed one which serves first, and the export of that.
func removed(t *testing.T) (*memory.Provider, map[string]string) {
	t.Helper()
	p := memory.New(memory.Keeping())
	p.AddZone(zoneNamed(t, origin))
	p.Write(origin, zonefile.Change{New: &first})
	return p, remove(t, p)
}

func remove(t *testing.T, p *memory.Provider) (export map[string]string) {
	t.Helper()
	export, err := find[providers.ZoneExporter](t, p).ExportZone(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	base, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.RemoveZone(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	return export
}

// TestOptionalInterfaces checks that the fake is what it was asked to be and nothing else.
func TestOptionalInterfaces(t *testing.T) {
	is := func(p providers.ZoneProvider) map[string]bool {
		_, purges := providers.As[providers.ZonePurger](p)
		_, exports := providers.As[providers.ZoneExporter](p)
		_, configures := providers.As[providers.ZoneConfigurer](p)
		_, signs := providers.As[providers.Signer](p)
		_, revises := providers.As[providers.Revisions](p)
		return map[string]bool{"purges": purges, "exports": exports, "configures": configures, "signs": signs, "revises": revises}
	}
	for _, test := range []struct {
		name    string
		options []memory.Option
		is      []string
	}{
		{"nothing", nil, nil},
		{"keeping", []memory.Option{memory.Keeping()}, []string{"purges", "exports"}},
		{"exporting", []memory.Option{memory.Exporting()}, []string{"exports"}},
		{"properties", []memory.Option{memory.WithProperties(memory.Property{Name: "color"})}, []string{"configures"}},
		{"signing", []memory.Option{memory.Signing()}, []string{"configures", "signs"}},
		{"revisions", []memory.Option{memory.KeepingRevisions()}, []string{"revises"}},
		{"all", []memory.Option{memory.Keeping(), memory.Signing(), memory.KeepingRevisions()}, []string{"purges", "exports", "configures", "signs", "revises"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := is(struct{ providers.ZoneProvider }{memory.New()})
			for _, what := range test.is {
				want[what] = true
			}
			if d := cmp.Diff(is(memory.New(test.options...)), want); d != "" {
				t.Errorf("what it is (-got +want):\n%s", d)
			}
		})
	}
}

func TestRemovedZonesAreKept(t *testing.T) {
	p, export := removed(t)
	state, ok := errors.AsType[*providers.StateError](fetchError(t, p))
	if !ok || !errors.Is(state, providers.ErrNoZone) || state.State != "deleted" {
		t.Errorf("Fetch of a zone that is kept: %v", state)
	}
	if d := cmp.Diff(addresses(p.Kept(origin)), []string{first.String()}); d != "" || p.Served(origin) != nil {
		t.Errorf("what is kept (-got +want):\n%s", d)
	}
	p.WriteKept(origin, zonefile.Change{New: &second})
	if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin, Kind: "other"}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(addresses(p.Served(origin)), []string{first.String(), second.String()}); d != "" || p.Kept(origin) != nil {
		t.Errorf("what came back (-got +want):\n%s", d)
	}
	if again := remove(t, p); again["id"] != export["id"] {
		t.Errorf("the zone that came back has the id %q, and had %q", again["id"], export["id"])
	}
	if !p.DropKept(origin) || p.DropKept(origin) {
		t.Error("DropKept did not destroy what is kept, once")
	}
	if err := fetchError(t, p); !errors.Is(err, providers.ErrNoZone) {
		t.Errorf("Fetch of a zone that is kept no more: %v", err)
	}
	if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}); err != nil || len(addresses(p.Served(origin))) != 0 {
		t.Errorf("the zone is not made anew: %v", err)
	}
}

// fetchError returns the error of a Fetch.
func fetchError(t *testing.T, p *memory.Provider) error {
	t.Helper()
	_, err := p.Fetch(t.Context(), origin)
	return err
}

func TestPurgeZone(t *testing.T) {
	errDenied := errors.New("denied")
	for _, test := range []struct {
		name      string
		meanwhile func(p *memory.Provider, export map[string]string)
		err       error
		kept      bool
	}{
		{"as it was removed", func(*memory.Provider, map[string]string) {}, nil, false},
		{"changed", func(p *memory.Provider, _ map[string]string) { p.WriteKept(origin, zonefile.Change{New: &second}) }, nil, false},
		{"gone", func(p *memory.Provider, _ map[string]string) { p.DropKept(origin) }, nil, false},
		{"another export", func(_ *memory.Provider, export map[string]string) { export["id"] += "0" }, providers.ErrConflict, true},
		{"there again", func(p *memory.Provider, _ map[string]string) { p.AddZone(zoneNamed(t, origin)) }, providers.ErrConflict, true},
		{"another that was removed", func(p *memory.Provider, _ map[string]string) {
			p.AddZone(zoneNamed(t, origin))
			remove(t, p)
		}, providers.ErrConflict, true},
		{"refused", func(p *memory.Provider, _ map[string]string) { p.FailNext(providers.OperationPurgeZone, errDenied) }, errDenied, true},
		{"answer lost", func(p *memory.Provider, _ map[string]string) {
			p.Inject(providers.OperationPurgeZone, memory.Fault{Err: errDown, Written: memory.All})
		}, errDown, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, export := removed(t)
			test.meanwhile(p, export)
			if err := find[providers.ZonePurger](t, p).PurgeZone(t.Context(), origin, export); !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if kept := p.Kept(origin) != nil; kept != test.kept {
				t.Errorf("the zone is kept: %t, want %t", kept, test.kept)
			}
		})
	}
}

func TestStates(t *testing.T) {
	pending := &providers.StateError{State: "pending", Needs: "publish it", Outputs: []providers.Output{{Name: "validation", RRset: first}}}
	p := memory.New(memory.BeginningIn(func(zonefile.Name) *providers.StateError { return pending }))
	if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}); err != nil {
		t.Fatal(err)
	}
	check := func(want *providers.StateError) {
		t.Helper()
		got, ok := errors.AsType[*providers.StateError](fetchError(t, p))
		if !ok || !errors.Is(got, providers.ErrBlocked) || got.State != want.State || len(got.Outputs) != len(want.Outputs) {
			t.Errorf("Fetch: %v, want the state %q", got, want.State)
		}
		if zones, err := p.Zones(t.Context()); err != nil || len(zones) != 1 {
			t.Errorf("Zones: %v, %v", zones, err)
		}
	}
	check(pending)
	p.SetState(origin, nil)
	base, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	inactive := &providers.StateError{State: "inactive", Needs: "switch it on"}
	p.SetState(origin, inactive)
	check(inactive)
	if _, err := p.Apply(t.Context(), origin, providers.NewBatch(base, []zonefile.Change{{New: &first}})); !errors.Is(err, providers.ErrBlocked) {
		t.Errorf("Apply: error %v, want one that wraps ErrBlocked", err)
	}
	if err := p.RemoveZone(t.Context(), base); !errors.Is(err, providers.ErrBlocked) {
		t.Errorf("RemoveZone: error %v, want one that wraps ErrBlocked", err)
	}
}
