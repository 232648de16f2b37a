package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery/preview"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// TestZoneAfterAPlan makes the changes of plans in a live zone.
func TestZoneAfterAPlan(t *testing.T) {
	set := func(head, text string) *zonefile.RRset { s := zonefile.MustParseRRset(head, text); return &s }
	rrset := func(action reconcile.Action, old, set *zonefile.RRset) reconcile.Change {
		c := reconcile.Change{Kind: reconcile.KindRRset, Action: action, Old: old, New: set}
		if set != nil {
			c.Key = set.Key
		} else {
			c.Key = old.Key
		}
		return c
	}
	www, www2 := set("www.example.com. 300 A", "192.0.2.1"), set("www.example.com. 300 A", "192.0.2.2")
	old, soa := set("old.example.com. 300 A", "192.0.2.9"), set("example.com. 300 SOA", "ns.invalid. h.invalid. 1 2 3 4 5")
	soa2 := set("example.com. 300 SOA", "ns.invalid. h.invalid. 99 2 3 4 6")
	for _, test := range []struct {
		name    string
		plan    reconcile.ZonePlan
		want    string // the zone, "gone" if there is none
		remarks []string
	}{
		{"nothing", reconcile.ZonePlan{}, "SOA 1, old 192.0.2.9, www 192.0.2.1", nil},
		{"an update and a retire", reconcile.ZonePlan{Changes: []reconcile.Change{rrset(reconcile.Retire, old, nil), rrset(reconcile.Update, www, www2)}}, "SOA 1, www 192.0.2.2", nil},
		{"a create", reconcile.ZonePlan{Changes: []reconcile.Change{rrset(reconcile.Create, nil, set("new.example.com. 300 A", "192.0.2.3"))}}, "SOA 1, new 192.0.2.3, old 192.0.2.9, www 192.0.2.1", nil},
		{"an SOA, whose serial says nothing", reconcile.ZonePlan{Changes: []reconcile.Change{rrset(reconcile.Update, set("example.com. 300 SOA", "ns.invalid. h.invalid. 7 2 3 4 5"), soa2)}}, "SOA 99, old 192.0.2.9, www 192.0.2.1", nil},
		{"a purge of a hidden copy", reconcile.ZonePlan{Changes: []reconcile.Change{rrset(reconcile.Purge, www, nil)}}, "SOA 1, old 192.0.2.9, www 192.0.2.1", nil},
		{"a property", reconcile.ZonePlan{Changes: []reconcile.Change{{Kind: reconcile.KindProperty, Action: reconcile.Update}}}, "SOA 1, old 192.0.2.9, www 192.0.2.1", nil},
		{"a zone that is retired", reconcile.ZonePlan{Changes: []reconcile.Change{{Kind: reconcile.KindZone, Action: reconcile.Retire}}}, "gone", []string{"the plan retires it"}},
		{
			"live has moved",
			reconcile.ZonePlan{Changes: []reconcile.Change{rrset(reconcile.Update, www2, www), rrset(reconcile.Create, nil, old)}},
			"SOA 1, old 192.0.2.9, www 192.0.2.1",
			[]string{"live is not what the plan was made from, so that it cannot be applied: www.example.com. A, old.example.com. A"},
		},
		{
			"held, in part deferred",
			reconcile.ZonePlan{Holds: []reconcile.Hold{{Guard: reconcile.GuardMaxDeletes}}, Deferred: make([]reconcile.Deferred, 2)},
			"SOA 1, old 192.0.2.9, www 192.0.2.1",
			[]string{"answered as if nothing held it: max-deletes does", "left out is what has to wait: 2 changes"},
		},
		{"without a plan", reconcile.ZonePlan{Err: errors.New("one\ntwo\nthree")}, "SOA 1, old 192.0.2.9, www 192.0.2.1", []string{"the plan has nothing for it: one (and 2 more)"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			live, err := zonefile.ZoneOf(zonefile.MustParseName("example.com."), *www, *old, *soa)
			if err != nil {
				t.Fatal(err)
			}
			test.plan.Ref = reconcile.Ref{Zone: live.Origin(), Target: "live"}
			content, remarks := after(live, &test.plan)
			got := "gone"
			if content != nil {
				var texts []string
				for set := range content.All() {
					if data, err := zonefile.ParseSOA(set); err == nil {
						texts = append(texts, fmt.Sprintf("SOA %d", data.Serial))
						continue
					}
					texts = append(texts, set.Key.Name.Relative(live.Origin())+" "+strings.Join(set.Text(), " "))
				}
				got = strings.Join(texts, ", ")
			}
			for i, remark := range test.remarks {
				test.remarks[i] = "example.com. on live: " + remark
			}
			if diff := cmp.Diff([]any{test.want, test.remarks}, []any{got, remarks}); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// scriptedSource is a source that gives one tree after another, or an error.
type scriptedSource struct {
	hints chan struct{}
	trees []any        // fstest.MapFS or error
	at    atomic.Int32 // how many were asked for
}

func (s *scriptedSource) Changed() <-chan struct{} { return s.hints }
func (s *scriptedSource) Close() error             { return nil }
func (s *scriptedSource) Tree(context.Context) (reconcile.Tree, error) {
	at := int(s.at.Add(1))
	now := s.trees[min(at, len(s.trees))-1]
	if err, bad := now.(error); bad {
		return reconcile.Tree{}, err
	}
	return reconcile.Tree{FS: now.(fstest.MapFS), Revision: fmt.Sprint(at)}, nil
}

// TestFollowingASource has states of the zones one after the other, some of which cannot be read: what was read last is answered, what is wrong is said
// once, and after an error it is tried again soon.
func TestFollowingASource(t *testing.T) {
	server, err := preview.Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:0")) // outside of the bubble; nobody asks it
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	file := func(lines ...string) fstest.MapFS {
		return fstest.MapFS{"example.com.zone": {Data: []byte("$TTL 300\n" + strings.Join(lines, "\n") + "\n")}}
	}
	var many []string
	for n := range 2 * mostChanges {
		many = append(many, fmt.Sprintf("host-%02d A 192.0.2.%d", n, n))
	}
	split := fstest.MapFS{"example.com.yaml": {Data: []byte("www: {type: A, value: 192.0.2.1}\nin: {type: A, value: 192.0.2.1, octodns: {included: [one]}}\n")}}
	source := &scriptedSource{hints: make(chan struct{}), trees: []any{
		file("www A 192.0.2.1"), file("www A 192.0.2.1", "; the same"), errors.New("not now"), errors.New("not now"), fstest.MapFS{}, file("www A 192.0.2.2"), split, file(many...),
	}}
	var out strings.Builder
	synctest.Test(t, func(t *testing.T) {
		stderr := newOutput(&out)
		planner := &reconcile.Planner{Folder: "zones", Rules: []reconcile.Rule{{Match: []string{"*"}, Targets: []string{"one", "two"}}}}
		p := &previewed{env: env{stdout: newOutput(&out), stderr: stderr, lookup: os.LookupEnv}, server: server, zones: map[zonefile.Name]*previewedZone{}}
		source.hints = make(chan struct{}) // of the bubble
		w := &previewSource{source: source, statements: planner.Statements(), interval: time.Minute, to: p}
		if err := w.read(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go w.follow(ctx)
		begin := time.Now()
		for source.at.Load() < 3 { // a hint each, then it goes on by itself
			source.hints <- struct{}{}
			synctest.Wait()
		}
		if took := time.Since(begin); took > 0 {
			t.Errorf("hints took %s", took)
		}
		time.Sleep(3*afterFailure + afterFailure/2)
		synctest.Wait()
		if at := source.at.Load(); at != 6 {
			t.Errorf("after errors: %d states were read", at)
		}
		time.Sleep(2 * time.Minute)
		cancel()
		synctest.Wait()
		if z := p.zones[zonefile.MustParseName("example.com.")]; z.content.Len() != 2*mostChanges || z.serial != 3 {
			t.Errorf("the zone has %d RRsets and the serial %d", z.content.Len(), z.serial)
		}
	})
	got := out.String()
	for _, want := range []string{
		"error: read the source: not now\n  answered is what was there before\nerror: no zone files", // each once
		"example.com.: 1 changed\n  ~ www.example.com.  A - 300  192.0.2.1  zones/example.com.zone:2\n",
		"error: example.com. is not the same on its targets: one (zones/example.com.yaml), two (zones/example.com.yaml)\n  example.com. is answered as it was before\n",
		"example.com.: 100 added, 1 removed\n",
		"  and 51 more\n",
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("it does not say once: %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}
