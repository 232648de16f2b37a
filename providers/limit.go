package providers

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/zoneward/zoneward/zonefile"
)

// Rate says how often a provider may be asked. The zero Rate is no limit.
type Rate struct {
	// PerSecond is how many calls may begin in a second, 0 if there is no limit.
	PerSecond float64
	// Burst is how many may begin at once after a pause: at least 1.
	Burst int
	// Concurrent is how many may be under way at the same time, 0 if there is no limit.
	Concurrent int
}

// Limit returns p with Zones, Fetch, Apply, and CreateZone if p is a [ZoneCreator], waiting for their turn, all of them for the same one. A call is what counts, whatever number of
// requests it makes. The error of a call whose context ends before its turn comes wraps the context's, and the call was not begun.
//
// Other optional interfaces that [As] finds below do not wait.
func Limit(p ZoneProvider, r Rate) ZoneProvider {
	l := &limited{ZoneProvider: p, rate: rate.NewLimiter(rate.Inf, 0)}
	if r.PerSecond > 0 {
		l.rate = rate.NewLimiter(rate.Limit(r.PerSecond), max(r.Burst, 1))
	}
	if r.Concurrent > 0 {
		l.slots = semaphore.NewWeighted(int64(r.Concurrent))
	}
	if creator, ok := As[ZoneCreator](p); ok {
		return &limitedCreator{l, creator}
	}
	return l
}

type limited struct {
	ZoneProvider
	rate  *rate.Limiter
	slots *semaphore.Weighted // nil if there is no limit
}

// Unwrap returns the provider that is limited.
func (l *limited) Unwrap() ZoneProvider { return l.ZoneProvider }

// Zones is that of the provider below, in its turn.
func (l *limited) Zones(ctx context.Context) ([]ZoneInfo, error) {
	done, err := l.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return l.ZoneProvider.Zones(ctx)
}

// Fetch is that of the provider below, in its turn.
func (l *limited) Fetch(ctx context.Context, origin zonefile.Name) (*Snapshot, error) {
	done, err := l.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return l.ZoneProvider.Fetch(ctx, origin)
}

// Apply is that of the provider below, in its turn.
func (l *limited) Apply(ctx context.Context, origin zonefile.Name, batch Batch) (Result, error) {
	done, err := l.begin(ctx)
	if err != nil {
		return Result{}, err
	}
	defer done()
	return l.ZoneProvider.Apply(ctx, origin, batch)
}

// limitedCreator is limited above a provider that can create zones.
type limitedCreator struct {
	*limited
	creator ZoneCreator
}

// CreateZone is that of the provider below, in its turn.
func (l *limitedCreator) CreateZone(ctx context.Context, spec ZoneSpec) error {
	done, err := l.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	return l.creator.CreateZone(ctx, spec)
}

// begin waits for a turn. The caller calls done when the call has ended.
func (l *limited) begin(ctx context.Context) (done func(), err error) {
	done = func() {}
	if l.slots != nil {
		if err := l.slots.Acquire(ctx, 1); err != nil {
			return nil, fmt.Errorf("wait for a turn: %w", err)
		}
		done = func() { l.slots.Release(1) }
	}
	if err := l.rate.Wait(ctx); err != nil {
		done()
		if ctx.Err() == nil {
			// The limiter does not begin to wait for a turn that comes after the deadline, and says so in words only.
			return nil, fmt.Errorf("wait for a turn: %w: %w", context.DeadlineExceeded, err)
		}
		return nil, fmt.Errorf("wait for a turn: %w", ctx.Err())
	}
	return done, nil
}
