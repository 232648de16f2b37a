package client

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// scripted answers one request after another, the last for all that follow, and counts them. It has no network, so that time can be passed over.
type scripted struct {
	asked   int
	answers []func(*http.Request) (*http.Response, error)
}

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := s.answers[min(s.asked, len(s.answers)-1)]
	s.asked++
	return answer(r)
}

func status(code int, retryAfter string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		header := http.Header{"Content-Type": {"application/json"}}
		if retryAfter != "" {
			header.Set("Retry-After", retryAfter)
		}
		return &http.Response{StatusCode: code, Status: http.StatusText(code), Header: header, Body: io.NopCloser(strings.NewReader(`{"version": 1}`))}, nil
	}
}

func refused(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }

// TestAskedAgain: what only reads is asked again a few times where that may help, not sooner than the daemon says; what does something is asked once.
func TestAskedAgain(t *testing.T) {
	type answers = []func(*http.Request) (*http.Response, error)
	read := func(t *testing.T, c *Client) error { _, err := c.Status(t.Context()); return err }
	write := func(t *testing.T, c *Client) error {
		_, _, err := c.Approve(t.Context(), reconcile.Approve{Plans: []zonefile.Digest{{1}}, Reason: "x"})
		return err
	}
	propose := func(t *testing.T, c *Client) error {
		_, err := c.Propose(t.Context(), document.ProposeRequest{})
		return err
	}
	tests := []struct {
		name    string
		do      func(*testing.T, *Client) error
		answers answers
		asked   int
		took    time.Duration
		good    bool
	}{
		{"good at once", read, answers{status(200, "")}, 1, 0, true},
		{"it is starting", read, answers{refused, refused, status(200, "")}, 3, 750 * time.Millisecond, true},
		{"it is not there", read, answers{refused}, 4, 1750 * time.Millisecond, false},
		{"later", read, answers{status(503, "3"), status(200, "")}, 2, 3 * time.Second, true},
		{"too many", read, answers{status(429, ""), status(200, "")}, 2, 250 * time.Millisecond, true},
		{"tomorrow", read, answers{status(503, "86400")}, 1, 0, false},
		{"a time as text", read, answers{status(503, "soon"), status(200, "")}, 2, 250 * time.Millisecond, true},
		{"an error", read, answers{status(500, "")}, 1, 0, false},
		{"not for us", read, answers{status(403, "")}, 1, 0, false},
		{"proposed to nobody", propose, answers{refused, status(200, "")}, 2, 250 * time.Millisecond, true},
		{"too many proposals", propose, answers{status(429, "5"), status(200, "")}, 2, 5 * time.Second, true},
		{"a proposal that cannot be merged", propose, answers{status(409, "")}, 1, 0, false},
		{"written to nobody", write, answers{refused}, 1, 0, false},
		{"written later", write, answers{status(503, "1")}, 1, 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := open(t, Options{URL: "http://127.0.0.1:1"})
				server := &scripted{answers: test.answers}
				c.http.Transport = server
				began := time.Now()
				err := test.do(t, c)
				if (err == nil) != test.good || server.asked != test.asked || time.Since(began) != test.took {
					t.Errorf("asked %d times in %s, and then %v; want %d times in %s", server.asked, time.Since(began), err, test.asked, test.took)
				}
			})
		})
	}
}

// TestUncertain: of a request that was sent and not answered nobody knows whether it was done, of one that reads, or was never sent, there is nothing to know.
func TestUncertain(t *testing.T) {
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = connection.Close()
	}
	approve := func(c *Client) error {
		_, _, err := c.Approve(t.Context(), reconcile.Approve{Plans: []zonefile.Digest{{1}}, Reason: "x"})
		return err
	}
	read := func(c *Client) error { _, err := c.Status(t.Context()); return err }
	propose := func(c *Client) error { _, err := c.Propose(t.Context(), document.ProposeRequest{}); return err }
	nobody := open(t, Options{URL: "http://127.0.0.1:1"}) // nothing listens there
	tests := []struct {
		name      string
		err       error
		uncertain bool
	}{
		{"written, and the connection ends", approve(openAt(t, hangUp)), true},
		{"written to nobody", approve(nobody), false},
		{"read, and the connection ends", read(openAt(t, hangUp)), false},
		{"proposed, and the connection ends", propose(openAt(t, hangUp)), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			unanswered, ok := errors.AsType[*UnansweredError](test.err)
			if !ok || unanswered.Uncertain != test.uncertain || strings.Contains(test.err.Error(), "not known whether it was done") != test.uncertain {
				t.Errorf("%v", test.err)
			}
		})
	}
}
