package notify_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/notify"
)

// TestOutage: while a sink is down for ten minutes, and the daemon is restarted meanwhile, another one gets all at once; then each event is delivered once, in order.
func TestOutage(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.set(audit, down)
		d := w.start(t, opsRule(), auditRule())
		var want []string
		post := func(i int) {
			d.Post(t.Context(), event(notify.Applied, fmt.Sprintf("zone%d.example", i)))
			want = append(want, fmt.Sprintf("zone%d.example. on pdns: 1 change applied", i))
		}
		for i := range 5 {
			post(i)
			settle(time.Minute)
		}
		d.stop()
		d = w.start(t, opsRule(), auditRule())
		for i := range 5 {
			post(5 + i)
			settle(time.Minute)
		}
		if got, _ := w.first(ops); !cmp.Equal(got, want) {
			t.Errorf("the sink that is not down got (-got +want):\n%s", cmp.Diff(got, want))
		}
		if got, tried := w.first(audit); len(got) > 0 || tried < 4 || tried > 40 {
			t.Errorf("the sink that is down got %q and was tried %d times", got, tried)
		}
		w.set(audit, nil)
		settle(6 * time.Minute)
		if got, _ := w.first(audit); !cmp.Equal(got, want) {
			t.Errorf("after the outage it got (-got +want):\n%s", cmp.Diff(got, want))
		}
		ids := map[string]bool{}
		for _, one := range w.all(audit) {
			ids[one.delivery] = true
		}
		if len(ids) != len(want) || ids[""] {
			t.Errorf("the delivery ids are %v", ids)
		}
		d.stop()
		d = w.start(t, opsRule(), auditRule())
		settle(time.Hour)
		if got, _ := w.first(audit); len(got) != len(want) {
			t.Errorf("after another restart there are %d messages, want %d", len(got), len(want))
		}
		if n := strings.Count(d.log.String(), "level"); n != 0 {
			t.Errorf("the log has %d lines, want none:\n%s", n, d.log)
		}
		if w.counts["audit success"] != 10 || w.counts["audit failure"] < 4 {
			t.Errorf("observed are %v", w.counts)
		}
	})
}

// TestDigest: what comes at once is one message.
func TestDigest(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		d := w.start(t, opsRule())
		var events []notify.Event
		for i := range 37 {
			events = append(events, event(notify.Applied, fmt.Sprintf("zone%d.example", i)))
		}
		events = append(events, event(notify.Failed, "bad.example"))
		d.Post(t.Context(), events...)
		settle(time.Minute)
		got := w.all(ops)
		if len(got) != 1 {
			t.Fatalf("there are %d messages, want 1", len(got))
		}
		want := "38 events: 37 applied, 1 failed\n" +
			"bad.example. on pdns failed\n" +
			"37 zones: applied at commit c0ffee: zone0.example., zone1.example., zone2.example., zone3.example., zone4.example., zone5.example., zone6.example. and 30 more"
		if d := cmp.Diff(got[0].text, want); d != "" {
			t.Errorf("the message (-got +want):\n%s", d)
		}
	})
}

// TestRate: however many events come, a person gets a message each ten seconds in the long run, and of each zone one.
func TestRate(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		d := w.start(t, opsRule())
		for i := range 300 {
			d.Post(t.Context(), event(notify.Applied, fmt.Sprintf("zone%d.example", i)))
			settle(time.Second)
		}
		settle(time.Minute)
		got := w.all(ops)
		if len(got) < 25 || len(got) > 38 {
			t.Errorf("there are %d messages in five minutes, want about 35", len(got))
		}
		for i := range got {
			if i > 5 && got[i].at.Sub(got[i-1].at) < 9*time.Second {
				t.Errorf("the messages %d and %d are %s apart", i-1, i, got[i].at.Sub(got[i-1].at))
			}
		}
		stats, err := d.Status(t.Context())
		if err != nil || stats[0].Pending != 0 {
			t.Errorf("the status is %+v, %v", stats, err)
		}
	})
}

// TestPermanent: a receiver that is gone is asked again now and then, and said to be gone once.
func TestPermanent(t *testing.T) {
	for _, code := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone, http.StatusFound} {
		inBubble(t, func(t *testing.T, w *world) {
			w.set(ops, status(code))
			d := w.start(t, opsRule())
			d.Post(t.Context(), event(notify.Held, "a.example"))
			settle(20 * time.Hour)
			if _, tried := w.first(ops); tried < 15 || tried > 30 {
				t.Errorf("%d: it was tried %d times in 20 hours", code, tried)
			}
			if n := strings.Count(d.log.String(), "\n"); n != 1 || !strings.Contains(d.log.String(), fmt.Sprint(code)) {
				t.Errorf("%d: the log has %d lines, want one:\n%s", code, n, d.log)
			}
			all, err := d.Status(t.Context())
			if err != nil || !strings.Contains(all[0].Trouble, fmt.Sprint(code)) || all[0].Pending != 1 {
				t.Errorf("%d: the status is %+v, %v", code, all, err)
			}
			w.set(ops, nil)
			settle(2 * time.Hour)
			if got, _ := w.first(ops); len(got) != 1 {
				t.Errorf("%d: once it is there again it got %q", code, got)
			}
			if all, _ := d.Status(t.Context()); all[0].Trouble != "" {
				t.Errorf("%d: the status is still %q", code, all[0].Trouble)
			}
		})
	}
}

// TestRefused: one message that a receiver does not take keeps no other one waiting for long, and is told of.
func TestRefused(t *testing.T) {
	for _, tc := range []struct {
		rule notify.Rule
		host string
	}{{auditRule(), audit}, {opsRule(), ops}} {
		inBubble(t, func(t *testing.T, w *world) {
			w.set(tc.host, func(body string) (int, error) {
				if strings.Contains(body, "poison.example") {
					return http.StatusBadRequest, nil
				}
				return http.StatusOK, nil
			})
			d := w.start(t, tc.rule)
			var events []notify.Event
			for i := range 10 {
				events = append(events, event(notify.Applied, fmt.Sprintf("zone%d.example", i)))
			}
			d.Post(t.Context(), slices.Insert(events, 3, event(notify.Applied, "poison.example"))...)
			settle(10 * time.Minute)
			var text strings.Builder
			for _, one := range w.all(tc.host) {
				text.WriteString(one.text)
			}
			for i := range 10 {
				if n := strings.Count(text.String(), fmt.Sprintf("zone%d.example", i)); n != 1 {
					t.Errorf("%s: zone%d is told of %d times:\n%s", tc.rule.Name, i, n, &text)
				}
			}
			if !strings.Contains(text.String(), "1 more were not delivered") {
				t.Errorf("%s: that one was not delivered is not said:\n%s", tc.rule.Name, &text)
			}
			if w.counts[tc.rule.Name+" lost"] != 1 {
				t.Errorf("observed are %v", w.counts)
			}
			settle(time.Hour)
			if n := strings.Count(text.String(), "not delivered"); n != 1 && n != 2 { // a title, and the line
				t.Errorf("%s: it is said %d times", tc.rule.Name, n)
			}
		})
	}
}

// TestOld: what waited for more than a day is told in a summary, and nothing else of it.
func TestOld(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.set(ops, down)
		d := w.start(t, opsRule())
		d.Post(t.Context(), event(notify.Applied, "old.example"), event(notify.Held, "older.example"))
		settle(25 * time.Hour)
		d.Post(t.Context(), event(notify.Failed, "new.example"))
		w.set(ops, nil)
		settle(time.Hour)
		got := w.all(ops)
		want := "3 events: 1 applied, 1 failed, 1 held\nnew.example. on pdns failed\n" +
			"earlier, from 2000-01-01 00:00:00 UTC to 2000-01-01 00:00:00 UTC: 1 applied, 1 held; status and history have what they were about"
		if len(got) != 1 || got[0].text != want {
			t.Errorf("there are %d messages, the first one (-got +want):\n%s", len(got), cmp.Diff(got[0].text, want))
		}
	})
}

// TestClockJumps: a wall clock that is wrong loses nothing and repeats nothing.
func TestClockJumps(t *testing.T) {
	for _, by := range []time.Duration{50 * time.Hour, -50 * time.Hour, 100 * 365 * 24 * time.Hour} {
		inBubble(t, func(t *testing.T, w *world) {
			w.set(audit, down)
			d := w.start(t, auditRule(), opsRule())
			for i := range 4 {
				d.Post(t.Context(), event(notify.Applied, fmt.Sprintf("zone%d.example", i)))
				settle(time.Minute)
				w.jump(by)
				by = -by
			}
			w.jump(by)
			settle(time.Minute)
			w.set(audit, nil)
			settle(6 * time.Minute)
			settle(3 * time.Hour)
			if got, _ := w.first(audit); len(got) != 4 {
				t.Errorf("%s: it got %q, want four", by, got)
			}
			if got, _ := w.first(ops); len(got) != 4 {
				t.Errorf("%s: the other one got %q, want four", by, got)
			}
		})
	}
}

// TestFlapping: that a failure is over is told to those who were told of it, and nobody else.
func TestFlapping(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		held := opsRule()
		held.Events = []notify.Kind{notify.Held, notify.Recovered}
		d := w.start(t, held, auditRule())
		d.Post(t.Context(), event(notify.Recovered, "a.example"))
		for range 3 {
			settle(time.Minute)
			d.Post(t.Context(), event(notify.Failed, "a.example"))
			settle(time.Minute)
			d.Post(t.Context(), event(notify.Recovered, "a.example"))
		}
		settle(time.Minute)
		failed, over := "a.example. on pdns failed", "a.example. on pdns is as it should be again"
		if got, _ := w.first(audit); !cmp.Equal(got, []string{failed, over, failed, over, failed, over}) {
			t.Errorf("who wants failures got %q", got)
		}
		if got, _ := w.first(ops); len(got) != 0 {
			t.Errorf("who wants no failures got %q", got)
		}
	})
}

// TestStop: what is being sent when the daemon ends is finished, and not sent again by the next one.
func TestStop(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.set(audit, func(string) (int, error) { time.Sleep(3 * time.Second); return http.StatusOK, nil })
		d := w.start(t, auditRule())
		d.Post(t.Context(), event(notify.Applied, "a.example"))
		settle(time.Second)
		d.stop()
		w.start(t, auditRule())
		settle(time.Hour)
		if got, tried := w.first(audit); len(got) != 1 || tried != 1 {
			t.Errorf("it got %q in %d tries, want one", got, tried)
		}
	})
}

// TestRemovedRule: what waits for a sink that is not configured any more is removed, and that is said.
func TestRemovedRule(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.set(audit, down)
		d := w.start(t, opsRule(), auditRule())
		d.Post(t.Context(), event(notify.Applied, "a.example"))
		settle(time.Minute)
		d.stop()
		d = w.start(t, opsRule())
		settle(time.Minute)
		if !strings.Contains(d.log.String(), "not configured any more") || !strings.Contains(d.log.String(), "sink=audit") {
			t.Errorf("the log has not what was removed:\n%s", d.log)
		}
		d.stop()
		w.set(audit, nil)
		w.start(t, opsRule(), auditRule())
		settle(time.Hour)
		if got, _ := w.first(audit); len(got) != 0 {
			t.Errorf("it got %q", got)
		}
	})
}
