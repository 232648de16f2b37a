package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var update = flag.Bool("update", false, "write the requests that are made to testdata")

// secret is the token of all tests.
const secret = "zw_0123456789"

// openAt returns a client of a server, which the end of the test closes.
func openAt(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return open(t, Options{URL: server.URL})
}

func open(t *testing.T, opts Options) *Client {
	t.Helper()
	opts.Token = func() (string, error) { return secret, nil }
	c, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// answerJSON answers with a document.
func answerJSON(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, text)
}

// answerProblem answers with a problem.
func answerProblem(w http.ResponseWriter, status int, kind, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"type": "https://github.com/zoneward/zoneward/blob/main/docs/api.md#" + kind, "status": status, "detail": detail, "request": "00112233445566ff",
	})
}

var (
	example = zonefile.MustParseName("example.com.")
	some    = reconcile.Selection{Zones: []zonefile.Name{example, zonefile.MustParseName("xn--bcher-kva.example.")}, Targets: []string{"ns 1", "ns2"}}
	at      = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

// TestRequestsAndAnswers holds each request against testdata/NAME.request, gives it testdata/NAME.json (or its pages NAME-1.json and so on), and compares what
// comes of it with testdata/NAME.golden.
func TestRequestsAndAnswers(t *testing.T) {
	plan := zonefile.Digest{1, 2, 3}
	www := zonefile.Key{Name: zonefile.MustParseName("www.example.com."), Type: zonefile.TypeA}
	tests := []struct {
		name string
		ask  func(*Client) (any, error)
	}{
		{"status", func(c *Client) (any, error) { return c.Status(t.Context()) }},
		{"zones", func(c *Client) (any, error) { return c.Zones(t.Context(), some, true) }},
		{"plans", func(c *Client) (any, error) { return planText(c.Plan(t.Context(), some)) }},
		{"approve", func(c *Client) (any, error) {
			plan, outcomes, err := c.Approve(t.Context(), reconcile.Approve{
				Plans: []zonefile.Digest{plan}, Overrides: []reconcile.Guard{reconcile.GuardMaxDeletes}, Reason: "seen by two", Actor: "is not sent",
			})
			return fmt.Sprintln(plan.ID(), outcomes), err
		}},
		{"reconcile", func(c *Client) (any, error) { return c.Reconcile(t.Context(), some) }},
		{"reconcile-all", func(c *Client) (any, error) { return c.Reconcile(t.Context(), reconcile.Selection{}) }},
		{"tombstones", func(c *Client) (any, error) { return c.Tombstones(t.Context(), some, true) }},
		{"tombstone", func(c *Client) (any, error) { return c.Tombstone(t.Context(), "0123456789abcdef") }},
		{"plan-restore", func(c *Client) (any, error) {
			return planText(c.PlanRestore(t.Context(), reconcile.Restoration{
				Key: www, Zone: example, Target: "ns1", At: reconcile.Point{Time: at}, For: 48 * time.Hour, Reason: "needed", Actor: "is not sent",
			}))
		}},
		{"restore", func(c *Client) (any, error) {
			return c.Restore(t.Context(), reconcile.Restoration{Stone: "0123456789abcdef"}, []zonefile.Digest{plan}, nil)
		}},
		{"history", func(c *Client) (any, error) {
			var lines []string
			for e, err := range c.History(t.Context(), reconcile.HistoryQuery{Zone: example, Target: "ns1", Name: www.Name, Type: www.Type, Since: at}) {
				if err != nil {
					return nil, err
				}
				lines = append(lines, fmt.Sprint(e.Seq, " ", e.Why, " ", e.Zone))
			}
			return lines, nil
		}},
		{"suspensions", func(c *Client) (any, error) { return c.Suspensions(t.Context(), some) }},
		{"suspend", func(c *Client) (any, error) { return c.Suspend(t.Context(), some, "moving", at) }},
		{"suspend-all", func(c *Client) (any, error) {
			return c.Suspend(t.Context(), reconcile.Selection{}, "moving", time.Time{})
		}},
		{"resume", func(c *Client) (any, error) {
			ended, left, err := c.Resume(t.Context(), some, "it is over")
			return [][]reconcile.Suspension{ended, left}, err
		}},
		{"verify", func(c *Client) (any, error) { return c.Verify(t.Context(), some, 90*time.Second, true) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var requests bytes.Buffer
			page := 0
			c := openAt(t, func(w http.ResponseWriter, r *http.Request) {
				writeRequest(&requests, r)
				page++
				text, err := os.ReadFile(filepath.Join("testdata", test.name+".json"))
				if err != nil {
					text, err = os.ReadFile(filepath.Join("testdata", fmt.Sprintf("%s-%d.json", test.name, page)))
				}
				if err != nil {
					t.Error(err)
				}
				answerJSON(w, string(text))
			})
			got, err := test.ask(c)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, test.name+".request", requests.Bytes())
			text, isText := got.(string)
			if !isText {
				indented, err := json.MarshalIndent(got, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				text = string(indented) + "\n"
			}
			golden(t, test.name+".golden", []byte(text))
		})
	}
}

func planText(plan *reconcile.Plan, err error) (string, error) {
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = plan.WriteJSON(&b)
	return b.String(), err
}

// writeRequest writes what a request says, without what depends on the machine.
func writeRequest(w io.Writer, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	query, _ := url.QueryUnescape(r.URL.RawQuery)
	_, _ = fmt.Fprintf(w, "%s %s\nquery: %s\nauthorization: %s\ncontent-type: %s\n%s%s\n", r.Method, r.URL.Path, query,
		r.Header.Get("Authorization"), cmp.Or(r.Header.Get("Content-Type"), "none"), body, errorText(err))
}

func errorText(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

// golden compares with a file in testdata.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	file = filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

// TestOpen says which addresses are asked, and which are not: the token goes over TLS, or to this machine.
func TestOpen(t *testing.T) {
	tests := []struct {
		url, want string
	}{
		{"https://zoneward.example.com", ""},
		{"https://zoneward.example.com/dns/", ""},
		{"https://192.0.2.1:8053", ""},
		{"http://127.0.0.1:8053", ""},
		{"http://[::1]:8053", ""},
		{"http://localhost:8053", ""},
		{"http://zoneward.example.com", "without TLS"},
		{"http://192.0.2.1:8053", "without TLS"},
		{"http://127.0.0.1.example.com", "without TLS"},
		{"http://[::ffff:192.0.2.1]", "without TLS"},
		{"https://me:pass@zoneward.example.com", "a user or password"},
		{"https://zoneward.example.com?token=x", "something stands behind"},
		{"https://zoneward.example.com/#x", "something stands behind"},
		{"zoneward.example.com", "want an address"},
		{"ftp://zoneward.example.com", "want an address"},
		{"https://", "want an address"},
		{"https://:8053", "want an address"},
		{"", "want an address"},
		{"https://exa mple.com", "want an address"},
	}
	for _, test := range tests {
		t.Run(test.url, func(t *testing.T) {
			c, err := Open(Options{URL: test.url})
			if err == nil {
				c.Close()
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want an error with %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "pass@") {
				t.Errorf("the error has the password: %v", err)
			}
		})
	}
}

// TestBelowAPath asks a daemon that is below a path of its host.
func TestBelowAPath(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/dns/api/v1/status" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		answerJSON(w, `{"version": 1}`)
	}))
	defer server.Close()
	if _, err := open(t, Options{URL: server.URL + "/dns/"}).Status(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestIdentity is sent in the place of the token, and asked for with the context of the request.
func TestIdentity(t *testing.T) {
	type key struct{}
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
		answerJSON(w, `{"version": 1}`)
	}))
	defer server.Close()
	fails := errors.New("the job needs the permission id-token: write")
	c, err := Open(Options{URL: server.URL, Identity: func(ctx context.Context) (string, error) {
		switch len(got) {
		case 0:
			return fmt.Sprint("identity.of.", ctx.Value(key{})), nil
		default:
			return "", fails
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := context.WithValue(t.Context(), key{}, "job")
	if _, err := c.Status(ctx); err != nil || !slices.Equal(got, []string{"Bearer identity.of.job"}) {
		t.Errorf("sent %q, %v", got, err)
	}
	if _, err := c.Status(ctx); !errors.Is(err, fails) || len(got) != 1 {
		t.Errorf("sent %q, %v; want nothing sent, and the reason", got, err)
	}
}

// TestTokenIsReadAnew: one that was rotated counts at once, and one that cannot be read is not guessed.
func TestTokenIsReadAnew(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
		answerJSON(w, `{"version": 1}`)
	}))
	defer server.Close()
	tokens := []string{"zw_first", "zw_second"}
	c, err := Open(Options{URL: server.URL, Token: func() (string, error) {
		if len(tokens) == 0 {
			return "", io.ErrUnexpectedEOF
		}
		token := tokens[0]
		tokens = tokens[1:]
		return token, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 2 {
		if _, err := c.Status(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Status(t.Context()); err == nil {
		t.Error("asked without a token")
	}
	if want := []string{"Bearer zw_first", "Bearer zw_second"}; !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
}
