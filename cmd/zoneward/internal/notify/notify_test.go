package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/notify"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// receivers are hosts that take what is posted to them. They answer 200 unless they are told something else.
type receivers struct {
	mu     sync.Mutex
	answer map[string]func(body string) (status int, err error) // by host
	tried  map[string]int
	got    []received
}

type received struct {
	host, delivery, text string
	at                   time.Time
}

// RoundTrip takes a request.
func (r *receivers) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	host, status := request.URL.Host, http.StatusOK
	if r.tried == nil {
		r.tried = map[string]int{}
	}
	r.tried[host]++
	if answer := r.answer[host]; answer != nil {
		if status, err = answer(string(body)); err != nil {
			return nil, err
		}
	}
	if err := request.Context().Err(); err != nil { // nobody waits for the answer
		return nil, err
	}
	if status == http.StatusOK {
		r.got = append(r.got, received{host, request.Header.Get(notify.Delivery), textOf(body), time.Now()})
	}
	return &http.Response{StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), Header: http.Header{}, Body: http.NoBody}, nil
}

// textOf returns what a person or program gets to read.
func textOf(body []byte) string {
	var content struct {
		Message string
		Blocks  []struct{ Text struct{ Text string } }
	}
	if err := json.Unmarshal(body, &content); err != nil {
		return err.Error()
	}
	for _, block := range content.Blocks {
		content.Message += block.Text.Text
	}
	return content.Message
}

// set has a host answer in another way, nil for 200.
func (r *receivers) set(host string, answer func(body string) (int, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.answer == nil {
		r.answer = map[string]func(string) (int, error){}
	}
	r.answer[host] = answer
}

// first returns the first lines of what a host got, and times it was tried.
func (r *receivers) first(host string) (lines []string, tried int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.got {
		if one.host == host {
			line, _, _ := strings.Cut(one.text, "\n")
			lines = append(lines, line)
		}
	}
	return lines, r.tried[host]
}

// all returns all that a host got.
func (r *receivers) all(host string) []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []received
	for _, one := range r.got {
		if one.host == host {
			all = append(all, one)
		}
	}
	return all
}

func down(string) (int, error) { return 0, errors.New("connection refused") }

func status(code int) func(string) (int, error) {
	return func(string) (int, error) { return code, nil }
}

const slackToken = "T00000000/B00000000/abcdefghijklmnopqrstuvwx"

// opsRule sends to hooks.slack.com, auditRule to a program at audit.example.
func opsRule() notify.Rule {
	return notify.Rule{Name: "ops", URL: fixed("https://hooks.slack.com/services/" + slackToken)}
}

func auditRule() notify.Rule {
	return notify.Rule{Name: "audit", URL: fixed("https://audit.example/hook"), Webhook: true}
}

const (
	ops   = "hooks.slack.com"
	audit = "audit.example"
)

func fixed(text string) providers.Secret {
	return providers.NewSecret("a test", func() (string, error) { return text, nil })
}

// daemon is a notifier that runs, on a state file that outlives it.
type daemon struct {
	*notify.Notifier
	log  *bytes.Buffer
	stop func()
}

// world is what there is around a daemon.
type world struct {
	receivers
	file   string
	shift  time.Duration // of the wall clock
	outbox func(notify.Outbox) notify.Outbox
	counts map[string]int // of the observed
	mu     sync.Mutex
}

func newWorld(t *testing.T) *world {
	return &world{file: filepath.Join(t.TempDir(), "state.db"), counts: map[string]int{}}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.shift)
}

func (w *world) jump(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shift += d
}

// start starts a daemon; its stop ends it, and closes its state.
func (w *world) start(t *testing.T, rules ...notify.Rule) *daemon {
	t.Helper()
	s, err := store.Open(context.Background(), w.file)
	if err != nil {
		t.Fatal(err)
	}
	var outbox notify.Outbox = s.Outbox()
	if w.outbox != nil {
		outbox = w.outbox(outbox)
	}
	log := new(bytes.Buffer)
	n := notify.New(notify.Options{
		Rules: rules, Outbox: outbox, Log: slog.New(slog.NewTextHandler(log, nil)), Now: w.now, Client: &http.Client{Transport: &w.receivers}, Instance: "test",
		Observe: func(sink, result string, n int) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.counts[sink+" "+result] += n
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { n.Run(ctx) })
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		wg.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return &daemon{n, log, stop}
}

// event returns an event of a zone.
func event(kind notify.Kind, zone string) notify.Event {
	return notify.Event{Kind: kind, Zone: zonefile.MustParseName(zone + "."), Target: "pdns", State: "1", Commit: "c0ffee", Counts: map[string]int{"create": 1}}
}

// inBubble runs a test with a clock of its own. What is started in it ends before it does.
func inBubble(t *testing.T, do func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { do(t, newWorld(t)) })
}

// settle lets time pass, until all that comes of it is done.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
