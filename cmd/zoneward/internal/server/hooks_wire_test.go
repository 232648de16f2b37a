package server

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
)

// serveHooks has an HTTP server of its own answer the webhooks. It returns its address.
func serveHooks(t testing.TB, h *hookTest) string {
	t.Helper()
	server := httptest.NewUnstartedServer(h.handler)
	server.Config.ReadTimeout, server.Config.ReadHeaderTimeout = 30*time.Second, 10*time.Second
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// exchange sends what is written, and returns the status of the answer, 0 if there is none.
func exchange(t *testing.T, address string, write func(io.Writer)) int {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go write(conn) // who is answered early does not read the rest
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// head is what is in front of the body of GitHub's webhook, with more lines.
func head(body string, lines ...string) string {
	return "POST /hooks/github HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\n" +
		"X-Hub-Signature-256: sha256=" + hexHMAC(hookSecret, body) + "\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// write returns a function that writes all of the parts.
func write(parts ...string) func(io.Writer) {
	return func(w io.Writer) {
		for _, part := range parts {
			if _, err := io.WriteString(w, part); err != nil {
				return // the answer says why
			}
		}
	}
}

// TestHookBodies has the lengths of bodies be other than what is said of them.
func TestHookBodies(t *testing.T) {
	body := pushTo("example/zones")
	length := fmt.Sprintf("Content-Length: %d", len(body))
	megabyte := "100000\r\n" + strings.Repeat(" ", 1<<20) + "\r\n"
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	if _, err := io.Copy(zip, io.LimitReader(zeros{}, 64<<20)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		write  func(io.Writer)
		status int
		result HookResult
	}{
		{"as it should be", write(head(body, length), body), 202, HookAccepted},
		{"in chunks", write(head(body, "Transfer-Encoding: chunked"), fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)), 202, HookAccepted},
		{"10 MB in chunks", write(head(body, "Transfer-Encoding: chunked"), strings.Repeat(megabyte, 10), "0\r\n\r\n"), 413, HookTooLarge},
		{"chunks without end", write(head(body, "Transfer-Encoding: chunked"), strings.Repeat(megabyte, 100)), 413, HookTooLarge},
		{"10 MB that are never sent", write(head(body, "Content-Length: 10485760")), 413, HookTooLarge},
		{"more than is said", write(head(body, length), body, body), 202, HookAccepted},
		{"less than is said, and the rest", write(head(body, "Content-Length: 10"), body), 401, HookUnauthorized},
		{"a negative length", write(head(body, "Content-Length: -1"), body), 400, ""},
		{"two lengths", write(head(body, length, "Content-Length: 10"), body), 400, ""},
		{"a length and chunks", write(head(body, length, "Transfer-Encoding: chunked"), fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)), 202, HookAccepted},
		{"a gzip bomb", write(head(body, "Content-Encoding: gzip", fmt.Sprintf("Content-Length: %d", bomb.Len())), bomb.String()), 415, HookMalformed},
		{"a gzip bomb as a transfer encoding", write(head(body, "Transfer-Encoding: gzip, chunked"), bomb.String()), 501, ""},
		{"half of the head only", write("POST /hooks/github HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Hub-Signature-256: " + strings.Repeat("0", 2<<20)), 431, ""},
		{"another host", write(strings.Replace(head(body, length), "Host: localhost", "Host: example.invalid", 1), body), 202, HookAccepted},
		{"a URL in the place of the path", write(strings.Replace(head(body, length), "/hooks", "http://example.invalid/hooks", 1), body), 202, HookAccepted},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHookTest(t, nil)
			if got := exchange(t, serveHooks(t, h), test.write); got != test.status {
				t.Errorf("%d, want %d", got, test.status)
			}
			want := []HookResult{test.result}
			if test.result == "" {
				want = nil
			}
			poll(t, "the webhook is observed", func() bool {
				h.mu.Lock()
				defer h.mu.Unlock()
				return len(h.results) == len(want)
			})
			if len(want) == 1 && h.results[0] != want[0] {
				t.Errorf("%s, want %s", h.results[0], want[0])
			}
			if triggered := len(h.pushes) == 1; triggered != (test.result == HookAccepted) {
				t.Errorf("triggered: %t", triggered)
			}
		})
	}
}

// TestHookUnread reads no body that cannot be taken, and waits for none.
func TestHookUnread(t *testing.T) {
	for name, request := range map[string]*http.Request{
		"no signature":     set(githubPush("1"), "X-Hub-Signature-256", ""),
		"a wrong form":     set(githubPush("1"), "X-Hub-Signature-256", "sha256=00"),
		"no token":         set(gitlabPush(), "X-Gitlab-Token", ""),
		"an old time":      set(genericPush(), "X-Zoneward-Timestamp", "1000000000"),
		"a form":           set(githubPush("1"), "Content-Type", "application/x-www-form-urlencoded"),
		"a content coding": set(githubPush("1"), "Content-Encoding", "br"),
		"too large":        githubRequest(strings.Repeat(" ", 3<<20+1), "push", "1"),
	} {
		h := newHookTest(t, nil)
		body := &countingReader{Reader: request.Body}
		request.Body = io.NopCloser(body)
		if w, result := h.send(request); body.n != 0 || w.Header().Get("Connection") != "close" || result == HookAccepted {
			t.Errorf("%s: %s after %d octets of the body, header %v", name, result, body.n, w.Header())
		}
	}
}

// countingReader counts what is read.
type countingReader struct {
	io.Reader
	n int
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n += n
	return n, err
}

// zeros reads as zeros, without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// poll waits until it is so.
func poll(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !so(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 10 seconds", what)
		}
	}
}

// TestHookSlowBody gives up on a body that does not arrive.
func TestHookSlowBody(t *testing.T) {
	h := newHookTest(t, func(h *hookTest) { h.hooks.Limits.BodyTime = 50 * time.Millisecond })
	body := pushTo("example/zones")
	start := time.Now()
	status := exchange(t, serveHooks(t, h), write(head(body, fmt.Sprintf("Content-Length: %d", len(body))), body[:10]))
	if took := time.Since(start); status != http.StatusRequestTimeout || took > 10*time.Second || len(h.pushes) != 0 {
		t.Errorf("%d after %s, %d triggers", status, took, len(h.pushes))
	}
}

// TestHooksAtOnce sends a thousand webhooks at once: each is taken, once, and what is kept of them has its bounds.
func TestHooksAtOnce(t *testing.T) {
	h := newHookTest(t, func(h *hookTest) {
		h.hooks.Log = nil
		h.hooks.Limits = HookLimits{HookRate{1e6, 1e6}, HookRate{1e6, 1e6}, HookRate{1e6, 1e6}, HookRate{1e6, 1e6}, 0}
	})
	var group sync.WaitGroup
	for i := range 10 {
		group.Go(func() {
			for j := range 100 {
				h.send(set(gitlabPush(), "Idempotency-Key", fmt.Sprintf("%d-%d", i, j)))
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, d := range h.pushes {
		seen[d.ID] = true
	}
	if len(h.pushes) != 1000 || len(seen) != 1000 {
		t.Errorf("%d triggers of %d deliveries", len(h.pushes), len(seen))
	}
}

// TestHooksSameAtOnce sends one delivery many times at once.
func TestHooksSameAtOnce(t *testing.T) {
	h := newHookTest(t, nil)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { h.send(githubPush("1")) })
	}
	group.Wait()
	if len(h.pushes) != 1 {
		t.Errorf("%d triggers of %s", len(h.pushes), h.results)
	}
}

// TestHookMemory sends webhooks of many kinds for a long time, and looks whether memory grows.
func TestHookMemory(t *testing.T) {
	h := newHookTest(t, func(h *hookTest) {
		h.hooks.Log, h.hooks.Observe = nil, nil
		h.hooks.Trigger = func(forge.Delivery) bool { return true }
		h.hooks.Limits = HookLimits{HookRate{1e6, 1e6}, HookRate{1e6, 1e6}, HookRate{1e6, 1e6}, HookRate{1e6, 1e6}, 0}
	})
	n := 0
	round := func() uint64 {
		for range 2 * maxHookRepeats {
			n++
			r := set(gitlabPush(), "Idempotency-Key", fmt.Sprint(n))
			r.RemoteAddr = fmt.Sprintf("198.%d.%d.%d:1000", n>>16, n>>8&255, n&255)
			if n%3 == 0 {
				r.Header.Set("X-Gitlab-Token", "another")
			}
			h.send(r)
		}
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	first := round()
	if second := round(); second > first+1<<20 {
		t.Errorf("%d octets after %d webhooks, %d after %d", first, n/2, second, n)
	}
}

func BenchmarkHook(b *testing.B) {
	for _, test := range []struct {
		name    string
		request func(i int) *http.Request
	}{
		{"accepted", func(i int) *http.Request { return set(gitlabPush(), "Idempotency-Key", fmt.Sprint(i)) }},
		{"duplicate", func(int) *http.Request { return gitlabPush() }},
		{"unauthorized", func(int) *http.Request { return set(gitlabPush(), "X-Gitlab-Token", "another") }},
		{"unsigned", func(int) *http.Request { return set(gitlabPush(), "X-Gitlab-Token", "") }},
	} {
		b.Run(test.name, func(b *testing.B) {
			h := newHookTest(b, func(h *hookTest) {
				h.hooks.Log, h.hooks.Observe = nil, nil
				h.hooks.Trigger = func(forge.Delivery) bool { return true }
				h.hooks.Limits = HookLimits{HookRate{1e9, 1e9}, HookRate{1e9, 1e9}, HookRate{1e9, 1e9}, HookRate{1e9, 1e9}, 0}
			})
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				h.send(test.request(i))
			}
		})
	}
}
