package dnsquery

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/reconcile"
)

// TestPoll has servers that come to agree one after the other, and one that does not.
func TestPoll(t *testing.T) {
	targets := []target{{label: "at once"}, {label: "later"}, {label: "never"}, {label: "unknown", err: errors.New("no such host")}}
	after := map[string]time.Duration{"at once": 0, "later": 20 * time.Second, "never": time.Hour}
	for _, test := range []struct {
		name    string
		targets []target
		within  time.Duration
		took    time.Duration
		ok      int
		asked   map[string]int
	}{
		{"once", targets, 0, 0, 1, map[string]int{"at once": 1, "later": 1, "never": 1, "unknown": 1}},
		{"until all agree", targets[:2], time.Minute, 22750 * time.Millisecond, 2, map[string]int{"at once": 1, "later": 9}},
		{"until the time is over", targets[1:3], 30 * time.Second, 30 * time.Second, 1, map[string]int{"later": 9, "never": 11}},
		{"not for one that cannot be asked", targets[3:], time.Minute, 0, 0, map[string]int{"unknown": 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, asked := time.Now(), make([]int, len(test.targets))
				answers, err := poll(t.Context(), start.Add(test.within), test.targets, func(_ context.Context, target target) answer {
					i := slices.Index(test.targets, target)
					asked[i]++
					a := answer{asked: true}
					a.Lags = target.err != nil || time.Since(start) < after[target.label]
					return a
				})
				if err != nil || time.Since(start) != test.took {
					t.Errorf("after %s: %v", time.Since(start), err)
				}
				ok, got := 0, map[string]int{}
				for i, a := range answers {
					got[test.targets[i].label] = asked[i]
					if a.OK() {
						ok++
					}
				}
				if diff := cmp.Diff(test.asked, got); diff != "" || ok != test.ok {
					t.Errorf("%d are OK, asked (-want +got)\n%s", ok, diff)
				}
			})
		})
	}
}

// TestVerifyUntil has a server that is as it should be when it is asked for the fourth time.
func TestVerifyUntil(t *testing.T) {
	old, updated := zoneAnswers(t, "example.com.", exampleSOA), zoneAnswers(t, "example.com.", exampleSOA, exampleWWW)
	var count atomic.Int64
	f := serve(t, func(query *dns.Msg, network string) []byte {
		if network == overUDP && query.Question[0].Qtype == dns.TypeSOA {
			count.Add(1)
		}
		if count.Load() > 3 {
			return updated(query, network)
		}
		return old(query, network)
	})
	expect := reconcile.Expectation{Ref: exampleRef, Changes: []reconcile.Change{wants("www.example.com. 300 A", "192.0.2.1")}, Within: time.Minute}
	v := New(Options{Servers: []Server{f.server}})
	result, err := v.Verify(t.Context(), expect)
	if err != nil || !result.OK() || count.Load() < 4 || result.Took < firstPause {
		t.Errorf("asked %d times: %+v, %v", count.Load(), result, err)
	}
}

func TestVerifyCancelled(t *testing.T) {
	f := serve(t, func(*dns.Msg, string) []byte { return nil })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := New(Options{Servers: []Server{f.server}}).Verify(ctx, reconcile.Expectation{Ref: exampleRef, Within: time.Hour})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "verify example.com. on pdns: ") {
		t.Errorf("got %v", err)
	}
}
