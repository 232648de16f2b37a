package client

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// TestAnswersThatAreNone: whatever is at the address, the error says what it is, on one line, without the token, and of the kind that callers branch on.
func TestAnswersThatAreNone(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   string
		kind   error
	}{
		{"a page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<html>Welcome to nginx")
		}, `it answers "200 OK" as "text/html"`, ErrNoAPI},
		{"not found, as others say it", func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, "there is no API of zoneward", ErrNoAPI},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/login", http.StatusFound)
		}, "it sends us to https://elsewhere.example/login, and the token goes nowhere else", ErrNoAPI},
		{
			"a later version", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, `{"version": 2, "source": 7}`) },
			"a document of version 2, and this program knows version 1", nil,
		},
		{"no version", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, `{}`) }, "a document of version 0", nil},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, `{"version": 1, "zones": `) }, "cannot be read", nil},
		{"a list", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, `[1]`) }, "cannot be read", nil},
		{"half an answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			answerJSON(w, `{"version": 1`)
		}, "unexpected EOF", nil},
		{"a problem", func(w http.ResponseWriter, _ *http.Request) {
			answerProblem(w, http.StatusForbidden, "forbidden", "this needs the role operate, and the token ci has the role read")
		}, "this needs the role operate, and the token ci has the role read (request 00112233445566ff)", nil},
		{"a problem with two lines", func(w http.ResponseWriter, _ *http.Request) {
			answerProblem(w, http.StatusForbidden, "forbidden", "no\nhint: run this\r\n\tnow")
		}, "no hint: run this now (request", nil},
		{"a problem of another status", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, `{"status": 200, "detail": "all is well"}`)
		}, `it answers "418 I'm a teapot", and does not say why`, nil},
		{
			"an error that does not say why", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
			`it answers "500 Internal Server Error", and does not say why`, nil,
		},
		{"a long problem", func(w http.ResponseWriter, _ *http.Request) {
			answerProblem(w, http.StatusBadRequest, "bad-request", strings.Repeat("long ", 1000))
		}, "long...", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := openAt(t, func(w http.ResponseWriter, r *http.Request) { test.answer(w, r) }).Status(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%v, want an error with %q", err, test.want)
			}
			if test.kind != nil && !errors.Is(err, test.kind) {
				t.Errorf("%v is not %v", err, test.kind)
			}
			if text := err.Error(); strings.ContainsAny(text, "\n\r\t") || strings.Contains(text, secret) || len(text) > 1500 {
				t.Errorf("not fit to be shown: %q", text)
			}
		})
	}
}

// TestRedirectIsNotFollowed: who is at the other end of one gets no token.
func TestRedirectIsNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked elsewhere") }))
	defer elsewhere.Close()
	c := openAt(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})
	_, _, err := c.Approve(t.Context(), reconcile.Approve{Plans: []zonefile.Digest{{1}}, Reason: "x"})
	if !errors.Is(err, ErrNoAPI) {
		t.Error(err)
	}
}

// TestEndlessAnswers: an answer, a problem and a list have an end.
func TestEndlessAnswers(t *testing.T) {
	endless := func(media string, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			spaces := []byte(strings.Repeat(" ", 1<<20))
			for {
				if _, err := w.Write(spaces); err != nil {
					return
				}
			}
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"an answer": endless("application/json", http.StatusOK), "a problem": endless("application/problem+json", http.StatusBadRequest),
	} {
		t.Run(name, func(t *testing.T) {
			c := openAt(t, answer)
			c.maxAnswer = 2 << 20
			if _, err := c.Status(t.Context()); err == nil || !strings.Contains(err.Error(), "MiB") {
				t.Errorf("%v, want an error that says how much there may be", err)
			}
		})
	}
}

// TestEndlessList: a list that leads to where it was ends.
func TestEndlessList(t *testing.T) {
	c := openAt(t, func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, `{"version": 1, "zones": [], "after": "example.com. ns1"}`)
	})
	if _, err := c.Zones(t.Context(), reconcile.Selection{}, false); err == nil || !strings.Contains(err.Error(), "does not end") {
		t.Error(err)
	}
}

// TestSlowAnswer: who does not answer in time is not waited for, nor asked again.
func TestSlowAnswer(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		<-r.Context().Done()
	}))
	defer server.Close()
	_, err := open(t, Options{URL: server.URL, Timeout: 50 * time.Millisecond}).Status(t.Context())
	if err == nil || !strings.Contains(err.Error(), "nothing came within 50ms") || asked.Load() != 1 {
		t.Errorf("%v after asking %d times", err, asked.Load())
	}
}

// TestInterrupted: Ctrl-C ends a request as it ends everything else.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := openAt(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}).Status(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestOtherCertificate: a daemon whose certificate nobody trusts gets no request, and one that a file names does.
func TestOtherCertificate(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		answerJSON(w, `{"version": 1}`)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	if _, err := open(t, Options{URL: server.URL}).Status(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") || asked.Load() > 0 {
		t.Fatalf("%v, asked %d times", err, asked.Load())
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, Options{URL: server.URL, CAFile: file}).Status(t.Context()); err != nil {
		t.Error(err)
	}
	for name, content := range map[string]string{"missing.pem": "", "empty.pem": "no certificate"} {
		file := filepath.Join(folder, name)
		if content != "" {
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(Options{URL: server.URL, CAFile: file}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestOnlyThisMachine: without TLS a name that leads to another machine is not dialled.
func TestOnlyThisMachine(t *testing.T) {
	for address, good := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "192.0.2.1:80": false, "[2001:db8::1]:80": false} {
		if err := onlyLoopback("tcp", address, nil); (err == nil) != good {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestPlanIsAnother: a plan that is another by now is stale, and the error has those that there are.
func TestPlanIsAnother(t *testing.T) {
	id := zonefile.Digest{7}
	c := openAt(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(w, `{"type": "https://x/api.md#plan-changed", "status": 409, "detail": "it was applied", "plans": [{"zone": "example.com.", "target": "ns1", "id": %q}]}`, id)
	})
	_, _, err := c.Approve(t.Context(), reconcile.Approve{Plans: []zonefile.Digest{{1}}, Reason: "x"})
	answer, ok := errors.AsType[*Error](err)
	if !ok || !errors.Is(err, reconcile.ErrStale) || answer.Kind != "plan-changed" || len(answer.Plans) != 1 || answer.Plans[0].ID != id {
		t.Errorf("%v: %+v", err, answer)
	}
}

// TestNotSuspended: an answer without suspensions is no word that anything is suspended.
func TestNotSuspended(t *testing.T) {
	c := openAt(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"version": 1}`)
	})
	if _, err := c.Suspend(t.Context(), reconcile.Selection{Zones: []zonefile.Name{zonefile.MustParseName("a.example.")}}, "x", time.Time{}); err == nil {
		t.Error("no error")
	}
}

// TestNoTombstone: what is not there is said as if it had been looked for here.
func TestNoTombstone(t *testing.T) {
	c := openAt(t, func(w http.ResponseWriter, _ *http.Request) {
		answerProblem(w, http.StatusNotFound, "not-found", "no such tombstone: 0123456789abcdef")
	})
	if _, err := c.Tombstone(t.Context(), "0123456789abcdef"); !errors.Is(err, reconcile.ErrNoTombstone) {
		t.Error(err)
	}
}

// TestNoAPI: a daemon without tokens says so, and nothing was looked for there.
func TestNoAPI(t *testing.T) {
	c := openAt(t, func(w http.ResponseWriter, _ *http.Request) {
		answerProblem(w, http.StatusNotFound, "no-api", "there is no API here")
	})
	if _, err := c.Tombstone(t.Context(), "0123456789abcdef"); !errors.Is(err, ErrNoAPI) || errors.Is(err, reconcile.ErrNoTombstone) {
		t.Error(err)
	}
}
