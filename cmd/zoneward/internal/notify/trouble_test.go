package notify_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/notify"
	"github.com/zoneward/zoneward/providers"
)

var errFull = errors.New("the disk is full")

// disk is an outbox on a disk that may be full.
type disk struct {
	notify.Outbox
	mu               sync.Mutex
	noPut, noDone    bool
	unreadable       bool
	putTried, putBad int
}

func (d *disk) change(do func(*disk)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do(d)
}

func (d *disk) Put(ctx context.Context, limits notify.Limits, entries ...notify.Entry) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.putTried++
	if d.noPut {
		d.putBad++
		return errFull
	}
	return d.Outbox.Put(ctx, limits, entries...)
}

func (d *disk) Next(ctx context.Context, sink string, limit int) ([]notify.Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unreadable {
		return nil, errFull
	}
	return d.Outbox.Next(ctx, sink, limit)
}

func (d *disk) Done(ctx context.Context, sink string, ids []int64, told []notify.Loss) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noDone {
		return errFull
	}
	return d.Outbox.Done(ctx, sink, ids, told)
}

// onDisk gives the daemons of w an outbox on d.
func (w *world) onDisk(d *disk) {
	w.outbox = func(o notify.Outbox) notify.Outbox {
		d.Outbox = o
		return d
	}
}

// TestDiskFull: with a disk that is full events are told all the same, once, and the trouble is said once. What stands is known afterwards.
func TestDiskFull(t *testing.T) {
	for name, trouble := range map[string]func(*disk, bool){
		"it cannot be written":      func(d *disk, full bool) { d.noPut, d.noDone = full, full },
		"it cannot be read, either": func(d *disk, full bool) { d.noPut, d.noDone, d.unreadable = full, full, full },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				d := &disk{}
				w.onDisk(d)
				n := w.start(t, auditRule())
				n.Post(t.Context(), event(notify.Failed, "before.example"))
				settle(time.Minute)
				d.change(func(d *disk) { trouble(d, true) })
				n.Post(t.Context(), event(notify.Failed, "a.example"), event(notify.Failed, "b.example"))
				settle(time.Minute)
				n.Post(t.Context(), event(notify.Failed, "a.example"), event(notify.Recovered, "before.example"), event(notify.Held, "b.example"))
				settle(time.Hour)
				want := []string{"before.example. on pdns failed", "a.example. on pdns failed", "b.example. on pdns failed", "b.example. on pdns is held"}
				if got, _ := w.first(audit); !cmp.Equal(got, want) {
					t.Errorf("with a full disk it got (-got +want):\n%s", cmp.Diff(got, want))
				}
				d.change(func(d *disk) { trouble(d, false) })
				n.Post(t.Context(), event(notify.Recovered, "a.example"), event(notify.Recovered, "c.example"))
				settle(time.Hour)
				want = append(want, "before.example. on pdns is as it should be again", "a.example. on pdns is as it should be again")
				if got, _ := w.first(audit); !cmp.Equal(got, want) {
					t.Errorf("in all it got (-got +want):\n%s", cmp.Diff(got, want))
				}
				for text, times := range map[string]int{"they are kept in memory": 1, "can be stored again": 1} {
					if n := strings.Count(n.log.String(), text); n != times {
						t.Errorf("the log says %d times that %s, want %d:\n%s", n, text, times, w.file)
					}
				}
				n.stop()
				w.start(t, auditRule())
				settle(time.Hour)
				if got, _ := w.first(audit); len(got) != len(want) {
					t.Errorf("after a restart it has %d messages, want %d", len(got), len(want))
				}
			})
		})
	}
}

// TestDiskFullWhileSending: what is being sent from memory when the disk has room again is not sent from there once more.
func TestDiskFullWhileSending(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		d := &disk{noPut: true}
		w.onDisk(d)
		w.set(audit, func(string) (int, error) { time.Sleep(5 * time.Second); return 200, nil })
		n := w.start(t, auditRule())
		n.Post(t.Context(), event(notify.Failed, "a.example"))
		settle(time.Second)
		d.change(func(d *disk) { d.noPut = false })
		n.Post(t.Context(), event(notify.Failed, "b.example"))
		settle(time.Hour)
		n.Post(t.Context(), event(notify.Recovered, "a.example"))
		settle(time.Hour)
		want := []string{"a.example. on pdns failed", "b.example. on pdns failed", "a.example. on pdns is as it should be again"}
		if got, _ := w.first(audit); !cmp.Equal(got, want) {
			t.Errorf("it got (-got +want):\n%s", cmp.Diff(got, want))
		}
	})
}

// TestDiskFullForLong: in memory there is room for a thousand events; the most severe stay, and the number of the others is told.
func TestDiskFullForLong(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		d := &disk{noPut: true}
		w.onDisk(d)
		w.set(ops, down)
		n := w.start(t, opsRule())
		n.Post(t.Context(), event(notify.Failed, "bad.example"))
		for i := range 12 {
			var events []notify.Event
			for j := range 100 {
				events = append(events, event(notify.Applied, fmt.Sprintf("zone%d.example", 100*i+j)))
			}
			n.Post(t.Context(), events...)
		}
		d.change(func(d *disk) { d.noPut = false })
		w.set(ops, nil)
		settle(time.Hour)
		told, lines := 0, ""
		for _, one := range w.all(ops) {
			var events int
			if _, err := fmt.Sscanf(one.text, "%d events:", &events); err != nil {
				t.Errorf("the message begins with %.50s", one.text)
			}
			told += events
			lines += one.text + "\n"
		}
		if told != 1000 || !strings.Contains(lines, "bad.example. on pdns failed") || !strings.Contains(lines, ": zone201.example., ") || strings.Contains(lines, "zone200.") {
			t.Errorf("%d events are told:\n%s", told, lines)
		}
		if n := strings.Count(lines, "201 more were not delivered, "); n != 1 || !strings.Contains(lines, ": 201 applied") {
			t.Errorf("what was lost is told %d times:\n%s", n, lines)
		}
	})
}

// TestNotNoted: what was delivered and cannot be noted is not sent again by this process, and by the next one with the same delivery id.
func TestNotNoted(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		d := &disk{noDone: true}
		w.onDisk(d)
		n := w.start(t, auditRule())
		n.Post(t.Context(), event(notify.Failed, "a.example"))
		settle(3 * time.Hour)
		n.Post(t.Context(), event(notify.Failed, "b.example"))
		settle(time.Hour)
		if got, _ := w.first(audit); len(got) != 2 {
			t.Errorf("it got %q, want each once", got)
		}
		if n := strings.Count(n.log.String(), "cannot be noted"); n != 1 {
			t.Errorf("it is said %d times, want once", n)
		}
		n.stop()
		d.change(func(d *disk) { d.noDone = false })
		w.start(t, auditRule())
		settle(time.Hour)
		got := w.all(audit)
		if len(got) != 4 || got[0].delivery != got[2].delivery || got[1].delivery != got[3].delivery {
			t.Errorf("after a restart it has %+v, want each twice under its id", got)
		}
	})
}

// TestLossNotNoted: of a loss somebody is told once, noted or not.
func TestLossNotNoted(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		d := &disk{}
		w.onDisk(d)
		w.set(audit, status(400))
		n := w.start(t, auditRule())
		n.Post(t.Context(), event(notify.Failed, "a.example"))
		for lost := []notify.Loss(nil); len(lost) == 0; {
			settle(time.Second)
			var err error
			if lost, err = d.Lost(t.Context(), "audit"); err != nil {
				t.Fatal(err)
			}
		}
		d.change(func(d *disk) { d.noDone = true })
		w.set(audit, nil)
		settle(3 * time.Hour)
		if got, _ := w.first(audit); len(got) != 1 {
			t.Errorf("it got %q, want one message", got)
		}
		d.change(func(d *disk) { d.noDone = false })
		settle(3 * time.Hour)
		if got, _ := w.first(audit); len(got) != 1 {
			t.Errorf("it got %q, want one message", got)
		}
	})
}

// TestSecretAnew: a URL is read anew for each message, and is nowhere in the log, the status or the state.
func TestSecretAnew(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		var mu sync.Mutex
		path, problem := slackToken, error(nil)
		rule := notify.Rule{Name: "ops", URL: providers.NewSecret("${SLACK_URL}", func() (string, error) {
			mu.Lock()
			defer mu.Unlock()
			return "https://hooks.slack.com/services/" + path, problem
		})}
		w.set(ops, down)
		d := w.start(t, rule)
		d.Post(t.Context(), event(notify.Failed, "a.example"))
		settle(time.Minute)
		mu.Lock()
		problem = errors.New("the environment variable SLACK_URL is not set")
		mu.Unlock()
		settle(time.Hour)
		mu.Lock()
		path, problem = "T11111111/B11111111/zyxwvutsrqponmlkjihgfedc", nil
		mu.Unlock()
		w.set(ops, nil)
		settle(2 * time.Hour)
		if got, _ := w.first(ops); len(got) != 1 {
			t.Errorf("it got %q", got)
		}
		if !strings.Contains(d.log.String(), "connection refused") || !strings.Contains(d.log.String(), "SLACK_URL is not set") {
			t.Errorf("the log does not say why nothing was delivered:\n%s", d.log)
		}
		for _, part := range strings.FieldsFunc(slackToken+"/"+path, func(r rune) bool { return r == '/' }) {
			if strings.Contains(d.log.String(), part) {
				t.Errorf("the log has %s:\n%s", part, d.log)
			}
		}
	})
}
