package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// crowd adds zones with one record to a target, named n0.example. and so on, as applied.
func (h *house) crowd(target string, n int) {
	for i := range n {
		h.anyZone(target, fmt.Sprintf("n%d.%s.example.", i, target))
	}
}

// anyZone adds a zone with one record to a target, as applied, and to the zones repository.
func (h *house) anyZone(target, origin string) Ref {
	name := zonefile.MustParseName(origin)
	z, err := zonefile.ZoneOf(name,
		zonefile.MustParseRRset(origin+" 300 SOA", soaText), zonefile.MustParseRRset("www."+origin+" 300 A", "192.0.2.1"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.target(target).AddZone(z)
	ref := Ref{name, target}
	_ = h.store.SetApplied(h.t.Context(), ref, AppliedState{System: target}, z)
	h.files[origin+"zone"] = "www 300 A 192.0.2.1\n"
	return ref
}

// hang has the next n fetches of a target wait until the function is called that it returns.
func (h *house) hang(target string, n int) (release func()) {
	free := make(chan struct{})
	for range n {
		h.targets[target].Inject(providers.OperationFetch, memory.Fault{Before: func() { <-free }, Err: errors.New("it hung")})
	}
	return func() { close(free) }
}

func TestProviderThatHangsCostsOnlyItsZones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.planner.Rules[0].Match = []string{"example.com", "both.example"}
		h.rule("*.down.example", "down")
		h.crowd("down", 3*laneWidth)
		h.rule("both.example", "down")
		h.anyZone("live", "both.example.")
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		release := h.hang("down", 1000)
		r := run(t, h)
		defer r.stop()
		defer release()

		h.write("www 300 A 192.0.2.2")
		r.source.push(h.tree(), "2", nil)
		r.source.hint <- struct{}{}
		r.after(2 * time.Second)
		if got := r.value("www"); got != "192.0.2.2" {
			t.Errorf("%s while another provider hangs; want 192.0.2.2", got)
		}
		s := r.loop.Status()
		if s.Running > 2*laneWidth || s.Queued[TriggerDrift] == 0 {
			t.Errorf("%d are worked on and %d wait; want no more than %d for a lane", s.Running, s.Queued[TriggerDrift], laneWidth)
		}
	})
}

// TestStatusOfPushThatHangs: what git says of a zone is not live as long as it is worked on, and nobody can take it for that.
func TestStatusOfPushThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()
		r.after(time.Minute)
		release := h.hang("live", 1000)
		defer release()
		h.write("www 300 A 192.0.2.2")
		r.source.push(h.tree(), "2", nil)
		r.source.hint <- struct{}{}
		r.after(10 * time.Second)
		s := r.loop.Status()
		if z := s.Zones[0]; s.Running != 1 || z.Trigger != TriggerSource || !z.Next.IsZero() {
			t.Errorf("%d are worked on, and %s is due at %v because of %q; want it worked on because of %q", s.Running, z.Ref, z.Next, z.Trigger, TriggerSource)
		}
	})
}

func TestPushGoesBeforeDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.crowd("live", 10*laneWidth)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		for range 20 * laneWidth { // a provider that is slow
			h.targets["live"].Inject(providers.OperationFetch, memory.Fault{Before: func() { time.Sleep(10 * time.Second) }})
		}
		r := run(t, h)
		defer r.stop()
		r.after(3 * time.Second)
		h.write("www 300 A 192.0.2.2")
		r.source.push(h.tree(), "2", nil)
		r.source.hint <- struct{}{}
		r.after(31 * time.Second) // for the plan, before and after the write
		if got := r.value("www"); got != "192.0.2.2" {
			t.Errorf("%s; want 192.0.2.2 while %d wait to be compared", got, r.loop.Status().Queued[TriggerDrift])
		}
		if r.loop.Status().Queued[TriggerDrift] < laneWidth {
			t.Errorf("too few wait to be compared for that to say anything")
		}
	})
}

func TestFailuresBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		for range 1000 {
			h.targets["live"].FailNext(providers.OperationFetch, errors.New("down"))
		}
		r := run(t, h)
		defer r.stop()
		r.after(2 * time.Hour)
		var waits []time.Duration
		for i := 1; i < len(r.rounds); i++ {
			waits = append(waits, r.rounds[i].Start.Sub(r.rounds[i-1].Start))
		}
		if len(waits) < 10 || len(waits) > 40 {
			t.Fatalf("%d tries in two hours: %v", len(waits), waits)
		}
		for i, wait := range waits {
			usual := min(firstRetry<<i, lastRetry)
			if wait < usual*9/10 || wait > usual*11/10+time.Second {
				t.Errorf("try %d after %s; want about %s", i+1, wait, usual)
			}
		}
		if z := r.loop.Status().Zones[0]; z.Failures != len(r.rounds) || z.Err == nil || z.Trigger != TriggerRetry {
			t.Errorf("status %+v; want %d failures", z, len(r.rounds))
		}

		h.targets["live"].Lift()
		h.write("www 300 A 192.0.2.2")
		r.source.push(h.tree(), "2", nil)
		r.source.hint <- struct{}{}
		r.after(time.Second)
		if got := r.value("www"); got != "192.0.2.2" {
			t.Errorf("%s right after a push; want 192.0.2.2: it does not wait for the next try", got)
		}
		if z := r.loop.Status().Zones[0]; z.Failures != 0 || z.Status != Applied {
			t.Errorf("status %+v; want no failures", z)
		}
	})
}

func TestBusyProviderIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.2")
		h.targets["live"].FailNext(providers.OperationFetch, &providers.BusyError{After: 5 * time.Minute})
		r := run(t, h)
		defer r.stop()
		r.after(5*time.Minute - time.Second)
		if n := h.targets["live"].Calls(providers.OperationFetch); n != 1 {
			t.Errorf("%d fetches within the time that it asked for; want 1", n)
		}
		r.after(time.Minute)
		if got := r.value("www"); got != "192.0.2.2" {
			t.Errorf("%s after that; want 192.0.2.2", got)
		}
	})
}

// TestNothingEndsWhileTheSourceIsGone: whether what is due is still absent from git nobody can tell.
func TestNothingEndsWhileTheSourceIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.planner.Rules[0].Policy.Grace = 10 * time.Minute
		h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()
		r.after(time.Minute)
		r.source.push(Tree{}, "", errors.New("repository not found"))
		r.after(24 * time.Hour)
		if r.value("old") == "" {
			t.Error("it was retired while the source was gone")
		}
		s := r.loop.Status()
		if s.SourceErr == nil || s.SourceFailing.IsZero() || time.Since(s.SourceRead) < 23*time.Hour {
			t.Errorf("status %+v; want it to say since when the source fails", s)
		}
		if n := strings.Count(r.log.String(), "repository not found"); n != 1 {
			t.Errorf("said %d times; want once", n)
		}
		r.source.push(h.tree(), "1", nil)
		r.after(2 * time.Minute)
		if r.value("old") != "" || r.loop.Status().SourceErr != nil {
			t.Errorf("old is %q when the source is back; want it retired", r.value("old"))
		}
	})
}

// TestNothingEndsThatIsLookedAtWhileTheSourceIsGone: nor does it when somebody asks for it, or when it is tried again.
func TestNothingEndsThatIsLookedAtWhileTheSourceIsGone(t *testing.T) {
	for name, look := range map[string]func(r *running){
		"asked for": func(r *running) {
			if _, err := r.loop.Reconcile(t.Context(), Selection{}); err != nil {
				t.Fatal(err)
			}
		},
		"tried again": func(r *running) { r.targets["live"].Lift() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				h.planner.Rules[0].Policy.Grace, h.planner.Rules[0].Policy.Retention = 10*time.Minute, 20*time.Minute
				h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1", "older 300 A 192.0.2.1")
				h.write("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
				r := run(t, h)
				defer r.stop()
				r.after(12 * time.Minute) // older is retired
				h.write("www 300 A 192.0.2.1")
				r.source.push(h.tree(), "2", nil)
				r.after(2 * time.Minute)
				h.write("www 300 A 192.0.2.2")
				r.source.push(h.tree(), "3", nil)
				for range 1000 {
					h.targets["live"].FailNext(providers.OperationFetch, errors.New("down"))
				}
				r.after(2 * time.Minute)
				r.source.push(Tree{}, "", errors.New("repository not found"))
				r.after(time.Hour)
				if name == "asked for" {
					h.targets["live"].Lift()
				}
				look(r)
				r.after(time.Hour)
				stones, err := h.store.Tombstones(t.Context(), TombstoneQuery{})
				if err != nil || len(stones) != 1 || r.value("old") == "" {
					t.Errorf("%d tombstones, %v, and old is %q; want nothing to end", len(stones), err, r.value("old"))
				}
				if got := r.value("www"); got != "192.0.2.2" {
					t.Errorf("%s; want what was pushed before: 192.0.2.2", got)
				}
				r.source.push(h.tree(), "3", nil)
				r.after(2 * time.Hour)
				if r.value("older")+r.value("old") != "" {
					t.Error("it has not ended when the source is back")
				}
			})
		})
	}
}

// TestEmptySourceTouchesNothing has trees that are no trees: nothing is read from them, and the last good one stays.
func TestEmptySourceTouchesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.planner.Rules[0].Policy.RetireZones = true
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()
		files := h.files
		h.files = map[string]string{"README": "nothing"}
		r.source.push(h.tree(), "2", nil)
		r.after(3 * time.Hour)
		if got := r.value("www"); got != "192.0.2.1" {
			t.Errorf("%q after a tree without zones; want 192.0.2.1", got)
		}
		if s := r.loop.Status(); !errors.Is(s.SourceErr, ErrNoZones) || s.Revision != "1" {
			t.Errorf("status %q, %v; want revision 1 and that there are no zones", s.Revision, s.SourceErr)
		}
		h.files = files
		r.source.push(h.tree(), "3", nil)
		r.after(2 * time.Minute)
		if s := r.loop.Status(); s.SourceErr != nil || s.Revision != "3" {
			t.Errorf("status %q, %v; want revision 3", s.Revision, s.SourceErr)
		}
	})
}

// TestDriftIntervalOfARule has zones of their own intervals, and counts how often they are compared.
func TestDriftIntervalOfARule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.planner.Rules[0].Match = []string{"example.com"}
		often := h.rule("often.example", "often")
		often.Policy.DriftInterval = 10 * time.Minute
		h.anyZone("often", "often.example.")
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()
		r.after(10 * time.Hour)
		for target, want := range map[string]int{"often": 60, "live": 10} {
			if n := h.targets[target].Calls(providers.OperationFetch); n < want*9/10 || n > want*12/10+1 {
				t.Errorf("%s: %d fetches in ten hours; want about %d", target, n, want)
			}
		}
	})
}

// TestDriftIsSpread has zones of one interval, which all begin at once, come apart.
func TestDriftIsSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.crowd("live", 200)
		r := run(t, h)
		defer r.stop()
		r.after(90 * time.Minute)
		perMinute := map[int]int{}
		start := r.rounds[0].Start
		for _, round := range r.rounds[200:] {
			perMinute[int(round.Start.Sub(start).Minutes())]++
		}
		for minute, n := range perMinute {
			if n > 200/4 {
				t.Errorf("%d of 200 zones are compared in minute %d; want them spread", n, minute)
			}
			if minute < 53 || minute > 67 {
				t.Errorf("%d zones are compared in minute %d; want them within a tenth of an hour", n, minute)
			}
		}
	})
}

func TestReconcileNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		loop := NewLoop(LoopOptions{})
		if _, err := loop.Reconcile(t.Context(), Selection{}); !errors.Is(err, ErrNotRunning) {
			t.Errorf("before it runs: %v; want ErrNotRunning", err)
		}
		r := run(t, h)
		h.targets["live"].Write(example, change("www", "www.example.com. 300 A", "192.0.2.66"))
		n, err := r.loop.Reconcile(t.Context(), Selection{Zones: []zonefile.Name{example}})
		if n != 1 || err != nil {
			t.Errorf("queued %d, %v; want 1", n, err)
		}
		r.after(0)
		if got := r.value("www"); got != "192.0.2.1" {
			t.Errorf("%s; want the drift put right at once", got)
		}
		if _, err := r.loop.Reconcile(t.Context(), Selection{Zones: []zonefile.Name{zonefile.MustParseName("other.example.")}}); !errors.Is(err, ErrNoZone) {
			t.Errorf("another zone: %v; want ErrNoZone", err)
		}
		r.stop()
		if _, err := r.loop.Reconcile(t.Context(), Selection{}); !errors.Is(err, ErrNotRunning) {
			t.Errorf("after it has ended: %v; want ErrNotRunning", err)
		}
	})
}

// TestManyLooksAreOne has a thousand hooks a second, which cost the git server one look a second.
func TestManyLooksAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()
		r.after(5 * time.Second)
		before := r.source.reads()
		for range 10_000 {
			r.loop.Look()
			time.Sleep(time.Millisecond)
		}
		if n := r.source.reads() - before; n < 9 || n > 11 {
			t.Errorf("%d looks in ten seconds; want one a second", n)
		}
	})
}

// TestStopFinishesWhatIsBegun: a write that has begun is finished and noted, and nothing else is begun.
func TestStopFinishesWhatIsBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.crowd("live", 2*laneWidth)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.2")
		h.targets["live"].Inject(providers.OperationApply, memory.Fault{Before: func() { time.Sleep(20 * time.Second) }})
		for range 3 * laneWidth {
			h.targets["live"].Inject(providers.OperationFetch, memory.Fault{Before: func() { time.Sleep(time.Second) }})
		}
		r := run(t, h)
		for h.targets["live"].Calls(providers.OperationApply) == 0 {
			time.Sleep(time.Second)
		}
		fetched := h.targets["live"].Calls(providers.OperationFetch)
		r.stop()
		if got := r.value("www"); got != "192.0.2.2" {
			t.Errorf("%s; want 192.0.2.2", got)
		}
		applied, _, err := h.store.Applied(t.Context(), Ref{example, "live"})
		if err != nil {
			t.Fatal(err)
		}
		if set, _ := applied.Get(zonefile.Key{Name: zonefile.MustParseName("www.example.com."), Type: zonefile.TypeA}); !slices.Equal(set.Text(), []string{"192.0.2.2"}) {
			t.Errorf("noted as applied: %s", set)
		}
		if n := h.targets["live"].Calls(providers.OperationFetch) - fetched; n > 2 {
			t.Errorf("%d fetches after it was told to stop; want none but those of the write", n)
		}
	})
}

// TestLookThatHangsHoldsUpNothing has a source that does not answer for an hour.
func TestLookThatHangsHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		var beats atomic.Int64
		source := &hangingSource{tree: h.tree()}
		loop := NewLoop(LoopOptions{
			Source: source, Applier: h.applier, Interval: time.Minute, DriftInterval: time.Hour, Log: slog.New(slog.DiscardHandler), OnBeat: func() { beats.Add(1) },
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); loop.Run(ctx) }()
		time.Sleep(2 * time.Minute)
		before := beats.Load()
		h.targets["live"].Write(example, change("www", "www.example.com. 300 A", "192.0.2.66"))
		time.Sleep(80 * time.Minute)
		synctest.Wait()
		if got := h.live("www", zonefile.TypeA); got != "192.0.2.1" {
			t.Errorf("%s; want the drift put right", got)
		}
		if n := beats.Load() - before; n < 80*60/11 {
			t.Errorf("%d beats in 80 minutes; want one every ten seconds", n)
		}
		cancel()
		<-done
	})
}

// hangingSource answers once, and then only when the context has ended.
type hangingSource struct {
	tree Tree
	read int
}

func (s *hangingSource) Tree(ctx context.Context) (Tree, error) {
	if s.read++; s.read > 1 {
		<-ctx.Done()
		return Tree{}, ctx.Err()
	}
	return s.tree, nil
}
func (s *hangingSource) Changed() <-chan struct{} { return nil }
func (s *hangingSource) Close() error             { return nil }
