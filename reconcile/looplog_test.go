package reconcile

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// TestLoopLogs says each thing once, although the loop goes on finding it.
func TestLoopLogs(t *testing.T) {
	for _, tc := range []struct {
		name string
		// set up before the loop runs, and happens when it has run for a while
		before, after func(h *house)
		want          []string
	}{
		{
			"drift that is left", func(h *house) { h.planner.Rules[0].Policy.Drift.Detect = true },
			func(h *house) {
				h.targets["live"].Write(example, change("www", "www.example.com. 300 A", "192.0.2.66"))
			},
			[]string{`level=WARN msg="drift found, and left" zone=example.com. provider=live commit=1 rrsets="www.example.com. A"`},
		},
		{
			"drift that is put right", func(*house) {},
			func(h *house) {
				h.targets["live"].Write(example, change("www", "www.example.com. 300 A", "192.0.2.66"))
			},
			[]string{`level=INFO msg="zone applied"`, `level=WARN msg="drift put right" zone=example.com. provider=live commit=1 plan=`},
		},
		{
			"a grace that begins", func(h *house) {
				h.planner.Rules[0].Policy.Grace = 1000 * time.Hour
				h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			},
			func(*house) {},
			[]string{`level=INFO msg="grace begun" zone=example.com. provider=live commit=1 rrsets="old.example.com. A" until=2000-02-11T16:00:00.000Z`},
		},
		{
			"a zone that cannot be written", func(h *house) {
				h.targets["live"].SetState(example, pendingState())
			},
			func(*house) {},
			[]string{`level=WARN msg="zone cannot be written" zone=example.com. provider=live commit=1 status=pending_validation reason="publish the record" publish="_verify.example.com. 300 IN TXT`},
		},
		{
			"a change that is refused", func(h *house) {
				h.target("live", poison("bad"))
				h.serve("www 300 A 192.0.2.1")
				h.write("www 300 A 192.0.2.1", "bad 300 A 192.0.2.1")
			},
			func(*house) {},
			[]string{`level=WARN msg="change refused" zone=example.com. provider=live commit=1 plan=`, `level=ERROR msg="zone failed"`},
		},
		{
			"servers that do not serve it", func(h *house) {
				h.applier.Verifiers = map[string]Verifier{"live": &fakeVerifier{answers: []ServerAnswer{
					{Server: "good"}, {Server: "late", Serial: 3, Lags: true, Wrong: []string{"www A: serves 192.0.2.9"}}, {Server: "silent", Err: errors.New("timeout")},
				}}}
				h.write("www 300 A 192.0.2.2")
			},
			func(*house) {},
			[]string{
				`level=INFO msg="zone applied"`,
				`msg="name server does not serve what was applied" zone=example.com. provider=live commit=1 plan=`,
				`server=late serial=3 reason="www A: serves 192.0.2.9; its serial is lower"`,
				`server=silent serial=0 reason=timeout`,
			},
		},
		{
			"a plan that is taken back", func(h *house) {
				wrong, other := ServerAnswer{Server: "a", Wrong: []string{"www A"}}, ServerAnswer{Server: "b", Wrong: []string{"www A"}}
				h.applier.Verifiers = map[string]Verifier{"live": &fakeVerifier{answers: []ServerAnswer{wrong, other}}}
				h.planner.Rules[0].Policy.Verify.Rollback = true
				h.write("www 300 A 192.0.2.2")
			},
			func(*house) {},
			[]string{`level=ERROR msg="zone rolled back"`, `level=WARN msg="zone held"`},
		},
		{
			"a provider that is down, and says so with another time each time", func(h *house) {
				for i := range 1000 {
					h.targets["live"].FailNext(providers.OperationFetch, &providers.BusyError{After: time.Duration(i+1) * time.Second, Err: errors.New("down")})
				}
			},
			func(*house) {},
			[]string{`level=ERROR msg="zone failed" zone=example.com. provider=live commit=1 changes=0 err="`, `level=ERROR`},
		},
		{
			"a write that was interrupted", func(h *house) {
				h.store.lost = errors.New("the disk is full")
				h.write("www 300 A 192.0.2.2")
				h.apply(h.plan())
				h.store.lost = nil
			},
			func(*house) {},
			[]string{`level=WARN msg="interrupted writes settled" zone=example.com. provider=live commit=1 writes=1`},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				h.serve("www 300 A 192.0.2.1")
				h.write("www 300 A 192.0.2.1")
				tc.before(h)
				r := run(t, h)
				defer r.stop()
				r.after(time.Minute)
				tc.after(h)
				r.after(5 * time.Hour)
				log := r.log.String()
				for _, line := range tc.want {
					if n := strings.Count(log, line); n != 1 && !(strings.Contains(line, "msg=\"name server") && n == 2) {
						t.Errorf("%d times, want once: %s\nin\n%s", n, line, log)
					}
				}
			})
		})
	}
}

// TestLoopLogsEachPlanThatIsHeld: who reads the log sees the plan that waits, and not one before it that the same guard held.
func TestLoopLogsEachPlanThatIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.planner.Rules[0].Policy.Protected = []Pattern{{Name: "www"}}
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.2")
		r := run(t, h)
		defer r.stop()
		r.after(5 * time.Hour)
		h.write("www 300 A 192.0.2.3")
		r.source.push(h.tree(), "2", nil)
		r.source.hint <- struct{}{}
		r.after(5 * time.Hour)
		for _, line := range []string{`msg="zone held" zone=example.com. provider=live commit=1`, `msg="zone held" zone=example.com. provider=live commit=2`} {
			if n := strings.Count(r.log.String(), line); n != 1 {
				t.Errorf("%d times, want once: %s\nin\n%s", n, line, r.log.String())
			}
		}
	})
}
