package livefile

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	noon    = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	example = zonefile.MustParseName("example.com.")
	www     = zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1", "192.0.2.2")
	odd     = zonefile.MustParseRRset(`o\.d\032d.example.com. 2147483647 TXT`, `"quote \" backslash \\ \255"`, `""`)
	hidden  = zonefile.MustParseRRset("www.example.com. 60 A", "192.0.2.9")
	own     = zonefile.MustParseRRset("example.com. 3600 TYPE65280", `\# 3 abcdef`)
)

// compare has names, RRsets and zones compared as they compare themselves.
var compare = cmp.Options{
	cmp.Comparer(func(a, b zonefile.Name) bool { return a == b }),
	cmp.Comparer(func(a, b zonefile.RRset) bool { return a == b }),
	cmp.Comparer(func(a, b *zonefile.Zone) bool { return a == b || a != nil && b != nil && a.Equal(b) }),
}

func zoneOf(t testing.TB, sets ...zonefile.RRset) *zonefile.Zone {
	t.Helper()
	zone, err := zonefile.ZoneOf(example, sets...)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// written returns a file to which write has written.
func written(t testing.TB, write func(*Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, Made{noon, "1.2.3", "zoneward.yaml"})
	write(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func mustRead(t testing.TB, content []byte) *File {
	t.Helper()
	f, err := Read(bytes.NewReader(content), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// fill gives all that is in a value, as far as it is exported, something that is not its zero value.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(5)
	case reflect.String:
		v.SetString("text \u202e <b>")
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.SetMapIndex(key, value)
	case reflect.Struct:
		switch to := v.Addr().Interface().(type) {
		case *time.Time:
			*to = noon
		case *zonefile.Name:
			*to = example
		case *zonefile.RRset:
			*to = www
		case *providers.Secret: // there is none in what a provider answers
		default:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		}
	case reflect.Pointer: // zones, which the tests put in
	default:
		panic(fmt.Sprintf("a %s: what is written of it?", v.Kind()))
	}
}

func filled[T any]() T {
	var all T
	fill(reflect.ValueOf(&all).Elem())
	return all
}

// TestSnapshotAgain: all that a provider can say of a zone comes back, also in fields that there are not yet.
func TestSnapshotAgain(t *testing.T) {
	snapshot, signing := filled[providers.Snapshot](), filled[providers.Signing]()
	snapshot.Zone, snapshot.Foreign, snapshot.Disabled = zoneOf(t, www, odd), zoneOf(t, own), zoneOf(t, hidden)
	plain := providers.Snapshot{Zone: zoneOf(t)}
	plainOrigin := zonefile.MustParseName("plain.example.")
	plain.Zone = zonefile.NewZone(plainOrigin)
	listed := []providers.ZoneInfo{filled[providers.ZoneInfo]()}
	listed[0].Kind = providers.Secondary
	f := mustRead(t, written(t, func(w *Writer) {
		w.Provider("dns", "memory", false, listed, nil)
		w.Zone(example, &snapshot, nil, &signing, nil)
		w.Zone(plainOrigin, &plain, nil, nil, nil)
	}))
	if got, want := f.Made(), (Made{noon, "1.2.3", "zoneward.yaml"}); got != want {
		t.Errorf("it was made %v, want %v", got, want)
	}
	if zones, records := f.Counts(); zones != 2 || records != 6 {
		t.Errorf("it has %d zones and %d records, want 2 and 6", zones, records)
	}
	reader := f.Zones("dns", "memory", nil, false)
	for origin, want := range map[zonefile.Name]*providers.Snapshot{example: &snapshot, plainOrigin: &plain} {
		got, err := reader.Fetch(t.Context(), origin)
		if d := cmp.Diff(got, want, compare); d != "" || err != nil {
			t.Errorf("%s is %v (-got +want):\n%s", origin, err, d)
		}
	}
	got, err := f.Signer("dns", "memory").Signing(t.Context(), example)
	if d := cmp.Diff(got, signing, compare); d != "" || err != nil {
		t.Errorf("it is signed %v (-got +want):\n%s", err, d)
	}
	if _, err := f.Signer("dns", "memory").Signing(t.Context(), plainOrigin); !errors.Is(err, ErrNotInFile) {
		t.Errorf("error %v for how a zone is signed of which nobody asked, want ErrNotInFile", err)
	}
	all, err := reader.Zones(t.Context())
	if d := cmp.Diff(all, listed, compare); d != "" || err != nil {
		t.Errorf("the list %v (-got +want):\n%s", err, d)
	}
}

// TestErrorsAgain: an error is what it was, and no reason to ask again.
func TestErrorsAgain(t *testing.T) {
	state := &providers.StateError{State: "pending_validation", Needs: "publish it", Outputs: []providers.Output{filled[providers.Output]()}, Kind: providers.ErrBlocked}
	for name, want := range map[string]error{
		"no zone":     fmt.Errorf("fetch example.com.: %w", providers.ErrNoZone),
		"not allowed": fmt.Errorf("fetch example.com.: %w: 403", providers.ErrAuth),
		"busy":        &providers.BusyError{After: time.Second, Err: errors.New("429")},
		"a time-out":  errors.New("nobody answers"),
		"a state":     fmt.Errorf("fetch example.com.: %w", state),
	} {
		t.Run(name, func(t *testing.T) {
			f := mustRead(t, written(t, func(w *Writer) {
				w.Provider("dns", "memory", false, nil, want)
				w.Zone(example, nil, want, nil, nil)
			}))
			reader := f.Zones("dns", "memory", nil, false)
			_, listErr := reader.Zones(t.Context())
			_, err := reader.Fetch(t.Context(), example)
			for _, got := range []error{err, listErr} {
				if got == nil || got.Error() != want.Error() {
					t.Fatalf("error %v, want %v", got, want)
				}
				for _, kind := range failureKinds() {
					if errors.Is(got, kind.err) != errors.Is(want, kind.err) {
						t.Errorf("it is %t that it is %v", errors.Is(got, kind.err), kind.err)
					}
				}
				if providers.Passing(got) {
					t.Error("it could be gone the next time")
				}
			}
			was, isState := errors.AsType[*providers.StateError](want)
			is, _ := errors.AsType[*providers.StateError](err)
			if isState && !reflect.DeepEqual(is, was) {
				t.Errorf("the state is %+v, want %+v", is, was)
			}
		})
	}
}

// TestNotAsked: of a zone that nobody asked for, the list says whether it is there, unless it may be kept.
func TestNotAsked(t *testing.T) {
	unlisted, listed := zonefile.MustParseName("new.example."), zonefile.MustParseName("other.example.")
	f := mustRead(t, written(t, func(w *Writer) {
		w.Provider("lists", "memory", false, []providers.ZoneInfo{{Origin: listed, Kind: providers.Primary}}, nil)
		w.Provider("silent", "memory", false, nil, providers.ErrUnsupported)
		w.Provider("resources", "memory", true, nil, nil)
	}))
	for _, tc := range []struct {
		name     string
		provider string
		system   string
		origin   zonefile.Name
		keeps    bool
		want     error
		text     string
	}{
		{"not in the list", "lists", "memory", unlisted, false, providers.ErrNoZone, "fetch new.example."},
		{"in the list", "lists", "memory", listed, false, ErrNotInFile, "the snapshot of 2026-07-01T12:00:00Z does not have what is live of the zone other.example."},
		{"not in the list, and may be kept", "lists", "memory", unlisted, true, ErrNotInFile, "new.example."},
		{"no list", "silent", "memory", unlisted, false, ErrNotInFile, "new.example."},
		{"no such provider", "other", "memory", unlisted, false, ErrNotInFile, "the provider other"},
		{"another system", "lists", "memory at another address", unlisted, false, ErrNotInFile, "lists is another system"},
		{"of another kind", "resources", "memory", unlisted, false, ErrNotInFile, "resources is another system"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := f.Zones(tc.provider, tc.system, nil, tc.keeps).Fetch(t.Context(), tc.origin)
			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.text) || providers.Passing(err) {
				t.Errorf("error %v, want %v with %q", err, tc.want, tc.text)
			}
		})
	}
}

// TestProber: what parent zones have is known, and nobody is asked for anything else.
func TestProber(t *testing.T) {
	view := filled[reconcile.ParentView]()
	view.NS = zonefile.MustParseRRset("example.com. 3600 NS", "ns1.example.net.")
	p := mustRead(t, written(t, func(w *Writer) { w.Parent(example, view) })).Prober()
	got, err := p.Parent(t.Context(), example)
	if d := cmp.Diff(got, view, compare); d != "" || err != nil {
		t.Errorf("the parent side %v (-got +want):\n%s", err, d)
	}
	if _, err := p.Parent(t.Context(), zonefile.MustParseName("example.org.")); !errors.Is(err, ErrNotInFile) {
		t.Errorf("error %v for a parent side that is not there, want ErrNotInFile", err)
	}
	if _, err := p.Probe(t.Context(), example, nil, nil, nil); !errors.Is(err, ErrNotInFile) {
		t.Errorf("error %v for what name servers answer, want ErrNotInFile", err)
	}
}

func TestFresh(t *testing.T) {
	f := mustRead(t, written(t, func(*Writer) {}))
	for _, tc := range []struct {
		name string
		now  time.Time
		want string
	}{
		{"at once", noon, ""},
		{"just in time", noon.Add(24 * time.Hour), ""},
		{"too late", noon.Add(24*time.Hour + time.Second), "made at 2026-07-01T12:00:00Z, 24h0m1s ago, and 24h0m0s is the most"},
		{"by a clock that is a little behind", noon.Add(-5 * time.Minute), ""},
		{"to come", noon.Add(-time.Hour), "still to come"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := f.Fresh(tc.now, 24*time.Hour)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}
