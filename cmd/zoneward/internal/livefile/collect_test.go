package livefile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/filestore"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// planText returns a plan as JSON, but for the time at which it was made.
func planText(t *testing.T, targets map[string]reconcile.Target, tree reconcile.Tree) string {
	t.Helper()
	var names []string
	for name := range targets {
		names = append(names, name)
	}
	planner := reconcile.Planner{
		Rules: []reconcile.Rule{{Match: []string{"*"}, Targets: names, Policy: reconcile.DefaultPolicy()}}, Targets: targets, Store: &filestore.Nothing{}, Stateless: true, Keepless: true,
	}
	plan, err := planner.Plan(t.Context(), tree, reconcile.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	plan.CreatedAt = time.Time{}
	var text bytes.Buffer
	if err := plan.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestSamePlan: whatever a provider is like, the plan from a file is the plan that it gives itself.
func TestSamePlan(t *testing.T) {
	tree := reconcile.Tree{Revision: "c0ffee", FS: fstest.MapFS{
		"example.com.zone":     {Data: []byte("www 300 A 192.0.2.2\nnew 300 TXT \"a\"\nsigned 60 A 192.0.2.1\nlong 700000 A 192.0.2.1\n")},
		"missing.example.zone": {Data: []byte("www 300 A 192.0.2.1\n")},
		"blocked.example.zone": {Data: []byte("www 300 A 192.0.2.1\n")},
	}}
	for name, traits := range map[string]providers.Traits{
		"promises nothing": {},
		"by RRset":         {Atomicity: providers.AtomicRRset, SOAWritable: true, ApexNSWritable: true, CanDisable: true},
		"small batches":    {Atomicity: providers.AtomicBatch, Limits: providers.BatchLimits{Ops: 2}},
		"few types":        {Atomicity: providers.AtomicZone, Types: []zonefile.Type{zonefile.TypeA}, MaxTTL: 600000, MaxRecords: 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := memory.New(memory.WithTraits(traits))
			p.AddZone(zoneOf(t, www, odd, zonefile.MustParseRRset("example.com. 3600 NS", "ns1.example.net."), zonefile.MustParseRRset("old.example.com. 60 A", "192.0.2.3")))
			p.SetForeign(example, zonefile.MustParseRRset("signed.example.com. 60 A", "192.0.2.9"))
			blocked := zonefile.MustParseName("blocked.example.")
			p.AddZone(zonefile.NewZone(blocked))
			p.SetState(blocked, &providers.StateError{State: "inactive", Needs: "switch it on", Kind: providers.ErrBlocked})
			target := reconcile.NewTarget(p, "memory")
			live := planText(t, map[string]reconcile.Target{"dns": target}, tree)
			var zones []reconcile.Ref
			for file := range tree.FS.(fstest.MapFS) {
				zones = append(zones, reconcile.Ref{Zone: zonefile.MustParseName(strings.TrimSuffix(file, "zone")), Target: "dns"})
			}
			f := mustRead(t, written(t, func(w *Writer) {
				if failed, err := Collect(t.Context(), w, Sources{Zones: map[string]reconcile.Target{"dns": target}}, Wanted{Zones: zones}); err != nil || failed != nil {
					t.Errorf("errors %v, %v", err, failed)
				}
			}))
			target.Reader = f.Zones("dns", "memory", p.Normalize, false)
			from := planText(t, map[string]reconcile.Target{"dns": target}, tree)
			if d := cmp.Diff(from, live); d != "" {
				t.Errorf("the plan from the file is another one (-file +live):\n%s", d)
			}
			var plan struct{ Summary struct{ Create, Errors int } }
			if err := json.Unmarshal([]byte(live), &plan); err != nil || plan.Summary.Create+plan.Summary.Errors == 0 {
				t.Errorf("the plan has nothing: %v", err)
			}
		})
	}
}

// TestCollectFailed: what could not be told is said, and in the file too; the others are there.
func TestCollectFailed(t *testing.T) {
	p := memory.New()
	p.AddZone(zoneOf(t, www))
	other := zonefile.MustParseName("other.example.")
	reader := failing{p, other}
	var failed []error
	f := mustRead(t, written(t, func(w *Writer) {
		var err error
		failed, err = Collect(t.Context(), w, Sources{Zones: map[string]reconcile.Target{"dns": {Reader: reader, System: "memory"}}},
			Wanted{Zones: []reconcile.Ref{{Zone: other, Target: "dns"}, {Zone: example, Target: "dns"}, {Zone: example, Target: "dns"}, {Zone: example, Target: "gone"}}})
		if err != nil {
			t.Error(err)
		}
	}))
	if len(failed) != 1 || failed[0].Error() != "other.example. on dns: nobody answers" {
		t.Errorf("the errors are %v", failed)
	}
	from := f.Zones("dns", "memory", nil, false)
	if _, err := from.Fetch(t.Context(), other); err == nil || err.Error() != "nobody answers" {
		t.Errorf("error %v for the zone that could not be read", err)
	}
	if live, err := from.Fetch(t.Context(), example); err != nil || !live.Zone.Has(www.Key) {
		t.Errorf("the other zone: %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := NewWriter(io.Discard, Made{At: noon})
	if _, err := Collect(ctx, w, Sources{Zones: map[string]reconcile.Target{"dns": {Reader: reader}}}, Wanted{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
}

// failing is a provider that does not answer for a zone.
type failing struct {
	providers.ZoneReader
	origin zonefile.Name
}

func (f failing) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	if origin == f.origin {
		return nil, errors.New("nobody answers")
	}
	return f.ZoneReader.Fetch(ctx, origin)
}

// BenchmarkRead reads a file with a zone of many records, and says how much of the memory is left in use.
func BenchmarkRead(b *testing.B) {
	const records = 1_000_000
	zone := zonefile.NewBuilder(example)
	for i := range records {
		label := []byte{'h', byte('0' + i/100_000%10), byte('0' + i/10_000%10), byte('0' + i/1000%10), byte('0' + i/100%10), byte('0' + i/10%10), byte('0' + i%10)}
		set := zonefile.MustParseRRset(string(label)+".example.com. 300 A", "192.0.2.1")
		if err := zone.AddRRset(set); err != nil {
			b.Fatal(err)
		}
	}
	content := written(b, func(w *Writer) {
		w.Provider("dns", "memory", false, nil, nil)
		w.Zone(example, &providers.Snapshot{Zone: zone.Zone()}, nil, nil, nil)
	})
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		mustRead(b, content)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f := mustRead(b, content)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if _, n := f.Counts(); n != records {
		b.Fatalf("%d records", n)
	}
	runtime.KeepAlive(content)
	b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/records, "B/record")
}
