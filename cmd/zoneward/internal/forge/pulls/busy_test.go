package pulls_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
)

// What only reads, and what is the same if it is done twice, is asked again as long as it may help, and no longer.
func TestAskingAgain(t *testing.T) {
	read := func(ctx context.Context, host pulls.Host) error { _, err := host.Pull(ctx, 1); return err }
	edit := func(ctx context.Context, host pulls.Host) error {
		_, err := host.EditComment(ctx, 1, pulls.Comment{ID: 1}, "changed")
		return err
	}
	status := func(ctx context.Context, host pulls.Host) error {
		return host.SetStatus(ctx, head, pulls.Status{Context: "zoneward/plan", State: pulls.StateSuccess})
	}
	create := func(ctx context.Context, host pulls.Host) error {
		_, err := host.CreateComment(ctx, 1, "new")
		return err
	}
	for _, tt := range []struct {
		name   string
		fault  pullstest.Fault
		do     func(context.Context, pulls.Host) error
		want   error // nil: it goes well in the end
		tries  int
		atMost time.Duration // of waiting
		least  time.Duration
	}{
		{"a read, 502 once", pullstest.Fault{Status: 502}, read, nil, 2, time.Second, time.Second},
		{"a read, 503 three times", pullstest.Fault{Status: 503, Times: 3}, read, nil, 4, 7 * time.Second, 7 * time.Second},
		{"a read, 502 for ever", pullstest.Fault{Status: 502, Times: -1}, read, pulls.ErrBusy, 4, 7 * time.Second, 7 * time.Second},
		{"a read, 429 with the time", pullstest.Fault{Status: 429, Header: map[string]string{"Retry-After": "17"}}, read, nil, 2, 17 * time.Second, 17 * time.Second},
		{"a read, 429 without", pullstest.Fault{Status: 429}, read, nil, 2, time.Minute, time.Minute},
		{"a read, 429 for an hour", pullstest.Fault{Status: 429, Header: map[string]string{"Retry-After": "3600"}}, read, pulls.ErrBusy, 1, 0, 0},
		{"a read, cut off", pullstest.Fault{Cut: true}, read, nil, 2, time.Second, time.Second},
		{"a read, 403", pullstest.Fault{Status: 403}, read, pulls.ErrForbidden, 1, 0, 0},
		{"a read, 403 with the time", pullstest.Fault{Status: 403, Header: map[string]string{"Retry-After": "5"}}, read, nil, 2, 5 * time.Second, 5 * time.Second},
		{"a read, 403 with nothing remaining", pullstest.Fault{Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1767268830"}}, read, nil, 2, 30 * time.Second, 30 * time.Second},
		{"a read, 403 of a secondary limit", pullstest.Fault{Status: 403, Body: `{"message": "You have exceeded a secondary rate limit."}`}, read, nil, 2, time.Minute, time.Minute},
		{"a read, 404", pullstest.Fault{Status: 404}, read, pulls.ErrNotFound, 1, 0, 0},
		{"a read, 401", pullstest.Fault{Status: 401}, read, pulls.ErrToken, 1, 0, 0},
		{"a read, 410", pullstest.Fault{Status: 410}, read, pulls.ErrNotFound, 1, 0, 0},
		{"an edit, 502 after it was done", pullstest.Fault{Status: 502, Done: true}, edit, nil, 2, time.Second, time.Second},
		{"an edit, 422", pullstest.Fault{Status: 422}, edit, pulls.ErrInvalid, 1, 0, 0},
		{"an edit, 423", pullstest.Fault{Status: 423}, edit, pulls.ErrForbidden, 1, 0, 0},
		{"a status, 502", pullstest.Fault{Status: 502}, status, nil, 2, time.Second, time.Second},
		{"a status, 409", pullstest.Fault{Status: 409}, status, nil, 2, time.Second, time.Second},
		{"a new comment, 502", pullstest.Fault{Status: 502}, create, pulls.ErrBusy, 1, 0, 0},
		{"a new comment, 502 after it was done", pullstest.Fault{Status: 502, Done: true}, create, pulls.ErrBusy, 1, 0, 0},
		{"a new comment, cut off", pullstest.Fault{Cut: true}, create, pulls.ErrBusy, 1, 0, 0},
		{"a new comment, not JSON", pullstest.Fault{Status: 201, Done: true, Body: "<html>"}, create, pulls.ErrAnswer, 1, 0, 0},
		{"a new comment, 429", pullstest.Fault{Status: 429, Header: map[string]string{"Retry-After": "3"}}, create, nil, 2, 3 * time.Second, 3 * time.Second},
		{"a new comment, 422", pullstest.Fault{Status: 422}, create, pulls.ErrInvalid, 1, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachForge(t, pullstest.Options{}, nil, func(t *testing.T, s site) {
				s.addPull()
				s.AddComment(1, s.Login(), "ours")
				s.Fail(tt.fault)
				err := tt.do(t.Context(), s.host)
				if !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				if got := len(s.Requests()); got != tt.tries {
					t.Errorf("%d requests, want %d", got, tt.tries)
				}
				if got := s.clock.total(); got < tt.least || got > tt.atMost {
					t.Errorf("waited %s, want from %s to %s", got, tt.least, tt.atMost)
				}
				failed, is := errors.AsType[*pulls.Error](err)
				uncertain := strings.HasPrefix(tt.name, "a new comment") && tt.fault.Status != 422
				if err != nil && (!is || failed.Uncertain != uncertain) {
					t.Errorf("%#v: uncertain should be %t", err, uncertain)
				}
			})
		})
	}
}

// Nobody waits longer than the context lasts, or than all waiting may last.
func TestWaitingEnds(t *testing.T) {
	eachForge(t, pullstest.Options{}, func(o *pulls.Options) { o.MaxWait = 4 * time.Second; o.Now = nil }, func(t *testing.T, s site) {
		s.Fail(pullstest.Fault{Status: 503, Times: -1, Header: map[string]string{"Retry-After": "3"}})
		_, err := s.host.Pull(t.Context(), 1)
		failed, _ := errors.AsType[*pulls.Error](err)
		if !errors.Is(err, pulls.ErrBusy) || failed.After != 3*time.Second || s.clock.total() != 3*time.Second {
			t.Errorf("%v after %s", err, s.clock.total())
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		before := s.clock.total()
		if _, err := s.host.Pull(ctx, 1); !errors.Is(err, pulls.ErrBusy) || s.clock.total() != before {
			t.Errorf("%v after %s: the context would have ended", err, s.clock.total()-before)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.host.Pull(ended, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	eachForge(t, pullstest.Options{}, func(o *pulls.Options) { o.Sleep = nil }, func(t *testing.T, s site) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s.Fail(pullstest.Fault{Status: 503, Times: -1, Hook: cancel})
		if _, err := s.host.Pull(ctx, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("ended while it waited: %v", err)
		}
	})
}

// A forge that does not answer is given up.
func TestSlow(t *testing.T) {
	s := open(t, forge.GitHub, pullstest.Options{}, func(o *pulls.Options) { o.Timeout = 50 * time.Millisecond })
	s.addPull()
	s.Fail(pullstest.Fault{Delay: time.Hour, Times: -1})
	if _, err := s.host.Pull(t.Context(), 1); !errors.Is(err, pulls.ErrBusy) || !strings.Contains(fmt.Sprint(err), "nothing came within 50ms") {
		t.Error(err)
	}
	_, err := s.host.CreateComment(t.Context(), 1, "new")
	if failed, is := errors.AsType[*pulls.Error](err); !is || !failed.Uncertain {
		t.Errorf("%v: the comment may be there", err)
	}
}

// Where nobody listens nothing was done.
func TestNobody(t *testing.T) {
	s := open(t, forge.Gitea, pullstest.Options{}, nil)
	s.Close()
	_, err := s.host.CreateComment(t.Context(), 1, "new")
	if failed, is := errors.AsType[*pulls.Error](err); !is || failed.Uncertain || !errors.Is(err, pulls.ErrBusy) {
		t.Errorf("%#v", err)
	}
}

// A token that is not taken is asked for anew, once.
func TestRefusedToken(t *testing.T) {
	for _, good := range []bool{true, false} {
		t.Run(fmt.Sprint(good), func(t *testing.T) {
			refused := 0
			var server *pullstest.Server
			eachForge(t, pullstest.Options{}, func(o *pulls.Options) {
				refused = 0
				token := o.Token
				o.Token = func(ctx context.Context) (string, error) {
					if refused > 0 && good {
						return token(ctx)
					}
					return "old-token", nil
				}
				o.Refused = func() { refused++ }
			}, func(t *testing.T, s site) {
				server = s.Server
				s.addPull()
				_, err := s.host.Pull(t.Context(), 1)
				if (err == nil) != good || !good && !errors.Is(err, pulls.ErrToken) || refused != 1 || len(server.Requests()) != 2 {
					t.Errorf("%v, told %d times, %d requests", err, refused, len(server.Requests()))
				}
			})
		})
	}
}

// The token is nowhere but in the header, whatever a server does with it.
func TestTokenIsKept(t *testing.T) {
	const token = "s3cr3t-token-value"
	for _, tt := range []struct {
		name  string
		fault pullstest.Fault
	}{
		{"in a message", pullstest.Fault{Status: 403, Body: `{"message": "the token ` + token + ` may not do that", "errors": ["` + token + `", {"message": "x` + token + `x"}]}`}},
		{"in a redirect", pullstest.Fault{Status: 302, Header: map[string]string{"Location": "https://elsewhere.example/" + token}}},
		{"not JSON", pullstest.Fault{Status: 200, Body: token}},
		{"of the wrong type", pullstest.Fault{Status: 200, Body: `{"number": "` + token + `"}`}},
		{"in an invalid field", pullstest.Fault{Status: 200, Body: `{"number": 1, "iid": 1, "state": "` + token + `", "base": {"sha": "` + token + `"}, "sha": "` + token + `"}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachForge(t, pullstest.Options{Token: token}, nil, func(t *testing.T, s site) {
				s.addPull()
				tt.fault.Times = -1
				s.Fail(tt.fault)
				_, err := s.host.Pull(t.Context(), 1)
				if text := fmt.Sprintf("%v %+v %#v", err, err, err); err == nil || strings.Contains(text, token) {
					t.Errorf("got %s", text)
				}
				for _, r := range s.Requests() {
					if strings.Contains(r.String(), token) {
						t.Errorf("it was sent in %s", r)
					}
				}
			})
		})
	}
	for _, bad := range []string{"", "a\r\nX-Evil: 1", "ü", "two words"} {
		s := open(t, forge.GitHub, pullstest.Options{}, func(o *pulls.Options) { o.Token = func(context.Context) (string, error) { return bad, nil } })
		if _, err := s.host.Pull(t.Context(), 1); !errors.Is(err, pulls.ErrToken) || bad != "" && strings.Contains(err.Error(), bad) || len(s.Requests()) > 0 {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// What a forge says about why is shown, on one line, whatever its shape.
func TestMessages(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"GitHub", `{"message": "Validation Failed", "errors": [{"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": "Body is too long"}]}`, "Validation Failed; Body is too long"},
		{"GitHub without messages", `{"message": "Validation Failed", "errors": [{"resource": "Status", "code": "missing", "field": "sha"}]}`, "Validation Failed; code: missing; field: sha; resource: Status"},
		{"texts", `{"message": "no", "errors": ["one", "two"]}`, "no; one; two"},
		{"GitLab", `{"message": {"note": ["can't be blank", "is odd"]}}`, "note: can't be blank; note: is odd"},
		{"GitLab's scopes", `{"error": "insufficient_scope", "error_description": "higher privileges", "scope": "api"}`, "insufficient_scope; higher privileges"},
		{"lines, escapes and direction", `{"message": "a\nb\u001b[31m\u202ec\u0000"}`, "a b [31m c"},
		{"long", `{"message": "` + strings.Repeat("x", 5000) + `"}`, strings.Repeat("x", 300) + "..."},
		{"many", `{"errors": ["1","2","3","4","5","6","7","8","9","10","11","12"]}`, "1; 2; 3; 4; 5; 6; 7; 8; 9; 10"},
		{"a number", `{"message": 3}`, ""},
		{"a page", `<html>no</html>`, ""},
		{"nothing", ``, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, forge.GitHub, pullstest.Options{}, nil)
			s.Fail(pullstest.Fault{Status: http.StatusUnprocessableEntity, Body: tt.body})
			_, err := s.host.Pull(t.Context(), 1)
			failed, is := errors.AsType[*pulls.Error](err)
			if !is || strings.Join(failed.Messages, "; ") != tt.want || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}
