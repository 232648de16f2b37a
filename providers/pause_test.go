package providers

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// post makes a request that has a body, and returns its status.
func post(ctx context.Context, c *http.Client) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://dns.example/", strings.NewReader("batch"))
	if err != nil {
		return 0, err
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// asker is a provider that makes a request to list its zones.
type asker struct {
	ZoneProvider
	client *http.Client
}

func (a asker) Zones(ctx context.Context) ([]ZoneInfo, error) {
	_, err := post(ctx, a.client)
	return nil, err
}

// TestNoRequestBeginsWhileTheServerIsLeftAlone has one request told to wait: those of other clients of the account, and its calls, wait too.
func TestNoRequestBeginsWhileTheServerIsLeftAlone(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first func(ctx context.Context, c *http.Client) error
	}{
		{"one that is made again", func(ctx context.Context, c *http.Client) error {
			_, err := post(ctx, c)
			return err
		}},
		{"one that is not, as there is no time", func(ctx context.Context, c *http.Client) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err := post(ctx, c)
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				account := NewAccount(AccountPolicy{})
				below := &answers{all: []http.Response{tooMany("7"), fine}}
				begin := time.Now()
				var wg sync.WaitGroup
				wg.Go(func() {
					if err := tt.first(t.Context(), clientOf(account, below)); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
				for name, ask := range map[string]func() error{
					"a request": func() error { _, err := post(t.Context(), clientOf(account, below)); return err },
					"a call":    func() error { _, err := account.Guard(lister{}).Zones(t.Context()); return err },
					"a call with a request": func() error {
						_, err := account.GuardRequests(asker{client: clientOf(account, below)}).Zones(t.Context())
						return err
					},
				} {
					wg.Go(func() {
						if err := ask(); err != nil || time.Since(begin) != 7*time.Second {
							t.Errorf("%s was made after %s, %v; want 7s", name, time.Since(begin), err)
						}
					})
				}
				wg.Wait()
				for _, at := range below.at[1:] {
					if at.Sub(begin) < 7*time.Second {
						t.Errorf("a request began after %s, want none before 7s", at.Sub(begin))
					}
				}
			})
		})
	}
}

// TestTheEndOfAPauseKeepsTheRate has requests wait in line, for a turn of their own each, when one is told to wait: they do not begin all at once when that is over.
func TestTheEndOfAPauseKeepsTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		below := &answers{all: []http.Response{tooMany("7"), fine}}
		c := clientOf(NewAccount(AccountPolicy{Rate: Rate{PerSecond: 2, Burst: 2}}), below)
		begin := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := post(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		for range 9 {
			wg.Go(func() {
				if _, err := post(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(below.at) != 11 || below.at[1].Sub(begin) < 7*time.Second {
			t.Fatalf("%d requests, the second after %s; want 11, the second after 7s", len(below.at), below.at[1].Sub(begin))
		}
		for i, at := range below.at[3:] {
			if over := at.Sub(below.at[i+1]); over < 500*time.Millisecond {
				t.Errorf("three requests began within %s, want two at once and two a second", over)
			}
		}
	})
}

// TestRequestGivenUpInAPauseIsBusy checks what a caller learns who does not wait to the end of it.
func TestRequestGivenUpInAPauseIsBusy(t *testing.T) {
	for _, tt := range []struct {
		name   string
		within func(ctx context.Context) (context.Context, context.CancelFunc)
		first  string // what the server wants
		took   time.Duration
		is     error
	}{
		{"cancelled", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(3*time.Second, cancel)
			return ctx, cancel
		}, "7", 3 * time.Second, context.Canceled},
		{"cancelled before its deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			cancel()
			return ctx, cancel
		}, "7", 0, context.Canceled},
		{"no time", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 3*time.Second)
		}, "7", 0, context.DeadlineExceeded},
		{"longer than anybody waits", context.WithCancel, "31", 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				account := NewAccount(AccountPolicy{})
				below := &answers{all: []http.Response{tooMany(tt.first), fine}}
				c := clientOf(account, below)
				var wg sync.WaitGroup
				wg.Go(func() { _, _ = post(t.Context(), c) })
				synctest.Wait()
				begin := time.Now()
				ctx, cancel := tt.within(t.Context())
				defer cancel()
				_, err := post(ctx, c)
				took := time.Since(begin)
				busy, ok := errors.AsType[*BusyError](err)
				wanted, _ := time.ParseDuration(tt.first + "s")
				if !ok || busy.After != wanted-took || took != tt.took || !strings.Contains(err.Error(), "POST http://dns.example/: 429 Too Many Requests") {
					t.Errorf("error %v after %s; want a *BusyError with the rest of %s, and what the server answered, after %s", err, took, wanted, tt.took)
				}
				for _, ended := range []error{context.Canceled, context.DeadlineExceeded} {
					if errors.Is(err, ended) != errors.Is(tt.is, ended) {
						t.Errorf("error %v, want one that wraps %v", err, tt.is)
					}
				}
				if asked := below.asked(); asked != 1 {
					t.Errorf("%d requests, want none that the server does not want", asked)
				}
				wg.Wait()
			})
		})
	}
}

// TestRequestGivenUpAfterItWasToldToWaitIsBusy has the server do nothing of a request, as 429 says, and the caller give up before it is made again.
func TestRequestGivenUpAfterItWasToldToWaitIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		below := &answers{all: []http.Response{tooMany("7"), fine}}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		_, err := post(ctx, clientOf(NewAccount(AccountPolicy{}), below))
		if busy, ok := errors.AsType[*BusyError](err); !ok || busy.After != 4*time.Second || !errors.Is(err, context.Canceled) || len(below.at) != 1 {
			t.Errorf("error %v after %d requests; want a *BusyError with the rest of the time that wraps the context's", err, len(below.at))
		}
	})
}

// TestGivingUpInAPauseDoesNotLengthenIt has a call that began before a pause end within it, with an error that says how long it still is.
func TestGivingUpInAPauseDoesNotLengthenIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := NewAccount(AccountPolicy{})
		c := clientOf(account, &answers{all: []http.Response{fine}})
		told := &BusyError{After: time.Minute, Err: errors.New("429 Too Many Requests")}
		begin := time.Now()
		_, err := account.try(t.Context(), Call{Operation: OperationZones}, false, func() error {
			account.turns.pause(told)
			_, err := post(t.Context(), c)
			time.Sleep(time.Second) // what else the call does
			return err
		})
		if _, ok := errors.AsType[*BusyError](err); !ok {
			t.Fatalf("error %v, want a *BusyError", err)
		}
		if rest, why := account.turns.paused(); time.Since(begin)+rest != told.After || why != told.Err.Error() {
			t.Errorf("the pause takes %s, for %q; want that of %v", time.Since(begin)+rest, why, told)
		}
	})
}
