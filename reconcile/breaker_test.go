package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

func TestTargetThatIsDownIsNotAskedForEachZone(t *testing.T) {
	refused := errors.New("connection refused")
	for _, down := range []error{refused, &providers.BusyError{After: time.Second, Err: refused}} {
		t.Run(down.Error(), func(t *testing.T) {
			h := newHouse(t)
			for _, c := range "abcdefghijklmnopqrstuvwxyz" {
				h.files[string(c)+".example.zone"] = "www 300 A 192.0.2.1\n"
			}
			reader := &counting{ZoneReader: h.planner.Targets["live"].Reader, err: down}
			h.planner.Targets["live"] = Target{Reader: reader}
			plan := h.plan()
			if s := plan.Summary(); s.Errors != 26 {
				t.Errorf("%d errors; want 26", s.Errors)
			}
			if most := breakAfter + parallelPlans; reader.n > most {
				t.Errorf("asked %d times; want at most %d", reader.n, most)
			}
			left := 0
			for _, z := range plan.Zones {
				if strings.Contains(z.Err.Error(), "not asked for, after 3 zones in a row could not be fetched there: "+down.Error()) {
					left++
				}
			}
			if reader.n+left != 26 {
				t.Errorf("asked %d times, and of %d zones it is said that they were not asked for; want 26 together", reader.n, left)
			}
		})
	}
}

// TestBreaker: failures that are not in a row do not add up.
func TestBreaker(t *testing.T) {
	timeout := errors.New("i/o timeout")
	b := &breaker{}
	for i, err := range []error{timeout, timeout, nil, timeout, timeout, providers.ErrNoZone, timeout, timeout} {
		if b.note(err); b.open() != nil {
			t.Fatalf("after fetch %d: %v", i, b.open())
		}
	}
	if b.note(timeout); !errors.Is(b.open(), timeout) {
		t.Errorf("after three in a row: %v; want %v in it", b.open(), timeout)
	}
}

// TestBadZonesDoNotStopTheOthers: what is wrong with some zones keeps nobody from asking for the others.
func TestBadZonesDoNotStopTheOthers(t *testing.T) {
	for _, bad := range []error{providers.ErrBlocked, providers.ErrInvalid, providers.ErrAuth, providers.ErrUnsupported, permanent{}} {
		t.Run(bad.Error(), func(t *testing.T) {
			h := newHouse(t)
			for _, c := range "abcdefghijklmnopqrstuvwxyz" {
				h.files[string(c)+".example.zone"] = "www 300 A 192.0.2.1\n"
			}
			reader := &counting{ZoneReader: h.planner.Targets["live"].Reader, err: fmt.Errorf("fetch: %w", bad)}
			h.planner.Targets["live"] = Target{Reader: reader}
			h.plan()
			if reader.n != 26 {
				t.Errorf("asked %d times; want 26, once for each zone", reader.n)
			}
		})
	}
}

// permanent is a providers.PermanentError.
type permanent struct{}

func (permanent) Error() string   { return "an answer that makes no sense" }
func (permanent) Permanent() bool { return true }

// counting answers with an error, and counts how often it was asked.
type counting struct {
	providers.ZoneReader
	err error
	mu  sync.Mutex
	n   int
}

func (c *counting) Fetch(context.Context, zonefile.Name) (*providers.Snapshot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return nil, c.err
}
