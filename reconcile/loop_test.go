package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// fakeSource is a source whose tree is that of a house.
type fakeSource struct {
	mu   sync.Mutex
	tree Tree
	err  error
	hint chan struct{}
	read int
}

func (s *fakeSource) Tree(context.Context) (Tree, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read++
	return s.tree, s.err
}

// reads returns how often it was looked at.
func (s *fakeSource) reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read
}

func (s *fakeSource) Changed() <-chan struct{} { return s.hint }
func (s *fakeSource) Close() error             { return nil }

func (s *fakeSource) push(tree Tree, revision string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tree.Revision = revision
	s.tree, s.err = tree, err
}

// running is a loop that runs in a bubble of synthetic time, with a minute between looks and an hour between full passes.
type running struct {
	*house
	source *fakeSource
	loop   *Loop
	mu     sync.Mutex
	rounds []Round
	looks  []Look
	log    strings.Builder
	stop   func()
}

func run(t *testing.T, h *house) *running {
	r := &running{house: h, source: &fakeSource{hint: make(chan struct{})}}
	r.source.push(h.tree(), "1", nil)
	r.start()
	return r
}

// start has the loop run.
func (r *running) start() {
	r.loop = NewLoop(LoopOptions{
		Source: r.source, Applier: r.applier, Interval: time.Minute, DriftInterval: time.Hour, Log: slog.New(slog.NewTextHandler(&r.log, nil)),
		OnRound: func(round Round) { r.mu.Lock(); defer r.mu.Unlock(); r.rounds = append(r.rounds, round) },
		OnLook:  func(look Look) { r.mu.Lock(); defer r.mu.Unlock(); r.looks = append(r.looks, look) },
	})
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.loop.Run(ctx) }()
	r.stop = func() { cancel(); <-done }
	synctest.Wait()
}

// after lets time pass until the loop has nothing to do.
func (r *running) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (r *running) value(name string) string {
	set, _ := r.targets["live"].Served(example).Get(zonefile.Key{Name: zonefile.MustParseName(name + ".example.com."), Type: zonefile.TypeA})
	return strings.Join(set.Text(), " ")
}

func TestLoopBringsAPushLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()

		h.write("www 300 A 192.0.2.2")
		r.source.push(h.tree(), "2", nil)
		r.after(70 * time.Second)
		if got := r.value("www"); got != "192.0.2.2" {
			t.Errorf("after a look: %s; want 192.0.2.2", got)
		}

		h.write("www 300 A 192.0.2.3")
		r.source.push(h.tree(), "3", nil)
		r.source.hint <- struct{}{}
		synctest.Wait()
		if got := r.value("www"); got != "192.0.2.3" {
			t.Errorf("after a hint: %s; want 192.0.2.3", got)
		}
	})
}

func TestLoopLeavesTheLastGoodState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()

		h.write("www 300 A 192.0.2.2", "www 300 A broken")
		r.source.push(h.tree(), "2", nil)
		r.after(10 * time.Minute)
		if got := r.value("www"); got != "192.0.2.1" {
			t.Errorf("a bad commit: %s; want 192.0.2.1 as before", got)
		}
		if log := r.log.String(); strings.Count(log, "zones/example.com.zone:2") != 1 {
			t.Errorf("want the reason in the log, once:\n%s", log)
		}

		r.source.push(Tree{}, "", errors.New("branch is gone"))
		r.after(10 * time.Minute)
		if got := r.value("www"); got != "192.0.2.1" {
			t.Errorf("a source that is gone: %s; want 192.0.2.1 as before", got)
		}

		h.write("www 300 A 192.0.2.3")
		r.source.push(h.tree(), "3", nil)
		r.after(70 * time.Second)
		if got := r.value("www"); got != "192.0.2.3" {
			t.Errorf("a good commit: %s; want 192.0.2.3", got)
		}
	})
}

func TestLoopCorrectsDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()
		h.targets["live"].Write(example, change("www", "www.example.com. 300 A", "192.0.2.66"))
		r.after(30 * time.Minute)
		if got := r.value("www"); got != "192.0.2.66" {
			t.Errorf("before a full pass: %s; want 192.0.2.66: what did not change is not asked for", got)
		}
		r.after(40 * time.Minute)
		if got := r.value("www"); got != "192.0.2.1" {
			t.Errorf("after a full pass: %s; want 192.0.2.1", got)
		}
	})
}

func TestLoopAsksOnlyForWhatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		for _, origin := range []string{"a.example.", "b.example.", "c.example."} {
			name := zonefile.MustParseName(origin)
			z, err := zonefile.ZoneOf(name, zonefile.MustParseRRset(origin+" 300 SOA", soaText))
			if err != nil {
				t.Fatal(err)
			}
			h.targets["live"].AddZone(z)
			h.files[origin+"zone"] = "www 300 A 192.0.2.1\n"
		}
		r := run(t, h)
		defer r.stop()
		before := h.targets["live"].Calls(providers.OperationFetch)
		r.after(30 * time.Minute)
		if got := h.targets["live"].Calls(providers.OperationFetch); got != before {
			t.Errorf("%d fetches while nothing changed; want none", got-before)
		}
		h.files["b.example.zone"] = "www 300 A 192.0.2.2\n"
		r.source.push(h.tree(), "2", nil)
		r.after(70 * time.Second)
		if got := h.targets["live"].Calls(providers.OperationFetch) - before; got != 3 {
			t.Errorf("%d fetches for one zone; want 3: for the plan, before and after the write", got)
		}
	})
}

func TestLoopTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()
		h.targets["live"].FailNext(providers.OperationFetch, errors.New("down"))
		h.targets["live"].FailNext(providers.OperationFetch, errors.New("down"))
		h.write("www 300 A 192.0.2.2")
		r.source.push(h.tree(), "2", nil)
		r.after(5 * time.Minute)
		if got := r.value("www"); got != "192.0.2.2" {
			t.Errorf("%s; want 192.0.2.2 at the third try", got)
		}
	})
}

func TestLoopStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		r.stop()
		if len(r.rounds) != 1 || r.rounds[0].Err != nil || r.rounds[0].Trigger != TriggerDrift {
			t.Errorf("rounds %+v; want the one of the start", r.rounds)
		}
	})
}

// TestLoopKnowsWhenSomethingEnds has a grace that is over and a suspension that is lifted long before the next full pass.
func TestLoopKnowsWhenSomethingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.planner.Rules[0].Policy.Grace = 10 * time.Minute
		h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()

		r.after(5 * time.Minute)
		if fetches := h.targets["live"].Calls(providers.OperationFetch); r.value("old") == "" || fetches != 1 {
			t.Errorf("within its grace: old is %q after %d fetches; want it served, and not looked at again", r.value("old"), fetches)
		}
		r.after(7 * time.Minute)
		if got := r.value("old"); got != "" {
			t.Errorf("after its grace: %s; want it retired", got)
		}

		scope := Scope{Zone: example}
		if err := h.store.Suspend(t.Context(), Suspension{Scope: scope, Actor: "ann", Reason: "test"}); err != nil {
			t.Fatal(err)
		}
		h.write("www 300 A 192.0.2.2")
		r.source.push(h.tree(), "2", nil)
		r.after(3 * time.Minute)
		if got := r.value("www"); got != "192.0.2.1" {
			t.Errorf("suspended: %s; want 192.0.2.1 as before", got)
		}
		if _, err := h.store.Resume(t.Context(), scope, time.Now(), "ann", "done"); err != nil {
			t.Fatal(err)
		}
		r.after(2 * time.Minute)
		if got := r.value("www"); got != "192.0.2.2" {
			t.Errorf("resumed: %s; want 192.0.2.2", got)
		}
	})
}

// TestLoopDoesNotTryForEverWhatIsRefused: a record that the provider does not take is tried again with the next full pass, or when the file changes.
func TestLoopDoesNotTryForEverWhatIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.target("live", poison("bad"))
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.2", "bad 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()
		writes := h.writes()
		r.after(30 * time.Minute)
		if got := h.writes(); got != writes || r.value("www") != "192.0.2.2" {
			t.Errorf("%d writes in half an hour after the first %d, www is %s; want none, and 192.0.2.2", got-writes, writes, r.value("www"))
		}
		h.write("www 300 A 192.0.2.3")
		r.source.push(h.tree(), "2", nil)
		r.after(2 * time.Minute)
		if got := r.value("www"); got != "192.0.2.3" {
			t.Errorf("after a push: %s; want 192.0.2.3", got)
		}
	})
}

// TestLoopWithAShortDriftInterval does not wait for the next look at the source.
func TestLoopWithAShortDriftInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		loop := NewLoop(LoopOptions{
			Source: &fakeSource{tree: h.tree()}, Applier: h.applier, Interval: time.Hour, DriftInterval: time.Minute,
			Log: slog.New(slog.DiscardHandler),
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go loop.Run(ctx)
		synctest.Wait()
		set := zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.66")
		h.targets["live"].Write(example, zonefile.Change{New: &set})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := h.live("www", zonefile.TypeA); got != "192.0.2.1" {
			t.Errorf("%s after two minutes; want it put right", got)
		}
	})
}
