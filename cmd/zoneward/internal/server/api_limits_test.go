package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

// serving is a server of a tester's API on a port of this machine.
type serving struct {
	*tester
	server *Server
	url    string
	client *http.Client
	stop   context.CancelFunc
	ended  chan error
}

// serve starts a server, which the end of the test ends. It is prepared before anybody connects.
func (x *tester) serve(o Options, prepare ...func(*Server)) *serving {
	x.Helper()
	ctx, stop := context.WithCancel(x.Context())
	o.Address, o.Health, o.Metrics, o.API, o.Log = "127.0.0.1:0", NewHealth(time.Minute), newMetrics(), x.api, x.api.log
	s, err := Listen(ctx, o)
	if err != nil {
		x.Fatal(err)
	}
	for _, p := range prepare {
		p(s)
	}
	v := &serving{tester: x, server: s, url: "http://" + s.Addr(), client: &http.Client{Transport: &http.Transport{}}, stop: stop, ended: make(chan error, 1)}
	go func() { v.ended <- s.Serve(ctx) }()
	x.Cleanup(func() {
		stop()
		v.client.CloseIdleConnections()
		if err := <-v.ended; err != nil {
			x.Errorf("the server ended with %v", err)
		}
	})
	return v
}

// send sends a request of a token's.
func (v *serving) send(ctx context.Context, token, method, path, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, v.url+path, strings.NewReader(body))
	if err != nil {
		v.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+v.tokens[token])
	r.Header.Set("Content-Type", "application/json")
	resp, err := v.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// approval is a request that waits in the engine until it is let go.
func (v *serving) approval(ctx context.Context) <-chan error {
	v.engine.begun, v.engine.hang = make(chan struct{}), make(chan struct{})
	sent := make(chan error, 1)
	go func() {
		_, _, err := v.send(ctx, "operator", http.MethodPost, apiRoot+"plans/approve", `{"plans": ["`+id("team-a.example.")+`"], "reason": "x"}`)
		sent <- err
	}()
	<-v.engine.begun
	return sent
}

// TestDisconnect has a client go away while what it has approved is applied.
func TestDisconnect(t *testing.T) {
	v := newTester(t).serve(Options{})
	ctx, leave := context.WithCancel(t.Context())
	sent := v.approval(ctx)
	leave()
	if err := <-sent; !errors.Is(err, context.Canceled) {
		t.Fatalf("the client: %v", err)
	}
	close(v.engine.hang)
	v.api.Finish()
	v.engine.mu.Lock()
	defer v.engine.mu.Unlock()
	if v.engine.cancelled != nil {
		t.Errorf("what was applied was interrupted: %v", v.engine.cancelled)
	}
	if !strings.Contains(v.logged(), `"operation":"approvePlans"`) {
		t.Errorf("what became of it is not in the log:\n%s", v.logged())
	}
}

// TestWritingOutlivesItsClient looks at the context alone.
func TestWritingOutlivesItsClient(t *testing.T) {
	type key struct{}
	program, end := context.WithCancel(t.Context())
	client, leave := context.WithCancel(context.WithValue(context.WithValue(t.Context(), programKey{}, program), key{}, "kept"))
	ctx, done := lasting(client)
	defer done()
	leave()
	if ctx.Err() != nil || ctx.Value(key{}) != "kept" {
		t.Errorf("after the client has gone: %v, %v", ctx.Err(), ctx.Value(key{}))
	}
	end()
	<-ctx.Done()
}

// TestShutdown has the program end while something is applied: it waits for it, and begins nothing else.
func TestShutdown(t *testing.T) {
	v := newTester(t).serve(Options{})
	sent := v.approval(t.Context())
	v.stop()
	select {
	case err := <-v.ended:
		t.Fatalf("the server has ended, and something was being applied: %v", err)
	case <-time.After(50 * time.Millisecond): // it can only be seen that it does not
	}
	close(v.engine.hang)
	if err := <-sent; err != nil {
		t.Errorf("the client got no answer: %v", err)
	}
	err := <-v.ended
	v.ended <- err
	if err != nil {
		t.Error(err)
	}
	if v.engine.cancelled == nil {
		t.Error("the engine was not told that the program ends")
	}
	v.ask(http.StatusServiceUnavailable, "operator", http.MethodPost, apiRoot+"reconcile", "{}")
	v.ask(http.StatusOK, "operator", http.MethodGet, apiRoot+"status", "")
}

// TestTooManyAtOnce fills the places.
func TestTooManyAtOnce(t *testing.T) {
	x := newTester(t)
	for range slowAtOnce {
		x.api.slow <- struct{}{}
	}
	x.ask(http.StatusServiceUnavailable, "operator", http.MethodPost, apiRoot+"verify", "{}")
	x.ask(http.StatusOK, "operator", http.MethodGet, apiRoot+"status", "")
	for range atOnce {
		x.api.places <- struct{}{}
	}
	w := x.do(x.request("operator", http.MethodGet, apiRoot+"status", ""))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	x.ask(http.StatusUnauthorized, "", http.MethodGet, apiRoot+"status", "") // it takes no place
	<-x.api.places
	x.ask(http.StatusOK, "operator", http.MethodGet, apiRoot+"status", "")
}

// TestFlood sends many requests without a token while somebody with one works.
func TestFlood(t *testing.T) {
	v := newTester(t).serve(Options{})
	const floods, each = 8, 250
	var wg sync.WaitGroup
	start := time.Now()
	for range floods {
		wg.Go(func() {
			for range each {
				r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, v.url+apiRoot+"status", nil)
				resp, err := v.client.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusTooManyRequests {
					t.Errorf("%d", resp.StatusCode)
				}
			}
		})
	}
	for range 20 {
		if status, body, err := v.send(t.Context(), "reader", http.MethodGet, apiRoot+"status", ""); status != http.StatusOK {
			t.Errorf("%d %s, %v", status, body, err)
		}
	}
	wg.Wait()
	t.Logf("%d requests in %s", floods*each, time.Since(start))
	if lines := strings.Count(v.logged(), "\n"); lines > failureLines+int(time.Since(start)/time.Second)+1 {
		t.Errorf("%d lines were logged", lines)
	}
}

// TestSlowClients has clients that send slowly, or nothing.
func TestSlowClients(t *testing.T) {
	v := newTester(t).serve(Options{}, func(s *Server) { s.http.ReadHeaderTimeout = 100 * time.Millisecond })
	for range 50 {
		conn, err := net.Dial("tcp", v.server.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = fmt.Fprintf(conn, "GET %sstatus HTTP/1.1\r\nHost: x\r\nX-Slow: ", apiRoot)
		defer func() {
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			if rest, err := io.ReadAll(conn); err != nil {
				t.Errorf("the connection is still there: %v, %q", err, rest)
			}
		}()
	}
	if status, body, err := v.send(t.Context(), "reader", http.MethodGet, apiRoot+"status", ""); status != http.StatusOK {
		t.Errorf("%d %s, %v", status, body, err)
	}
}

// TestSlowBody has a client that never sends all of its body.
func TestSlowBody(t *testing.T) {
	v := newTester(t).serve(Options{})
	conn, err := net.Dial("tcp", v.server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "POST %sreconcile HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", apiRoot, v.tokens["operator"])
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.Contains(answer, []byte("400 Bad Request")) {
		t.Errorf("%s, %v", answer, err)
	}
	if said := v.engine.said(); len(said) > 0 {
		t.Errorf("half a body did something: %v", said)
	}
}

// TestHostileText has text from outside come to the log and to answers.
func TestHostileText(t *testing.T) {
	x := newTester(t)
	var text bytes.Buffer
	x.api.log = slog.New(slog.NewTextHandler(&text, nil))
	detail := func(body string) string { return decode[document.DaemonProblem](t, body).Detail }
	body := detail(x.ask(http.StatusBadRequest, "operator", http.MethodPost, apiRoot+"reconcile", "{\"zones\": [\"\\u001b[2Ja\\u202e..b\"]}"))
	body += detail(x.ask(http.StatusBadRequest, "operator", http.MethodGet, apiRoot+"zones?%1b%5b2J%e2%80%ae=1", ""))
	x.ask(http.StatusBadRequest, "operator", http.MethodPost, apiRoot+"suspensions", "{\"all\": true, \"reason\": \"a\\nlevel=INFO msg=forged\"}")
	x.engine.restoreErr = fmt.Errorf("%w: \x1b[2J\u202e", reconcile.ErrNothingToRestore)
	body += detail(x.ask(http.StatusNotFound, "operator", http.MethodPost, apiRoot+"restore", `{"tombstone": "aaaaaaaaaaaaaaaa", "apply": false}`))
	for _, hostile := range []string{"\x1b", "\u202e"} {
		if strings.Contains(body, hostile) || strings.Contains(text.String(), hostile) {
			t.Errorf("%q came through:\n%s\n%s", hostile, body, text.String())
		}
	}
	if strings.Contains(text.String(), "\nlevel=INFO msg=forged") || strings.Contains(text.String(), "forged") {
		t.Errorf("a reason became a line of the log:\n%s", text.String())
	}
}
