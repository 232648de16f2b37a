package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Persistent returns p as it is for a caller who does not give up: for running the suite against a system in which things go wrong.
//
//	fixture.Provider = providertest.Persistent(p)
//
// After an error that could be gone the next time it asks again. After one that promises nothing it fetches the zone, and carries out what is left
// of the batch, made from what is there now, unless somebody else has changed what the batch is about: that is providers.ErrConflict. It looks whether a
// zone that was to be created or removed is there. An answer that is older than what was written is asked for again. Whatever else p returns it
// passes on, an error that promises that nothing was written too; if some was written before that, it is providers.ErrPartial.
//
// It gives up after some tries in a row that did not come any further, and waits a millisecond between them, whatever a *providers.BusyError wants.
// Optional interfaces that providers.As finds in p it finds here.
//
// It hides what looks like a fault: reads that lag behind, and errors after which all is as it should be. So the suite is to be run without it too,
// with nothing going wrong. It does not hide anything else that p gets wrong.
func Persistent(p providers.ZoneProvider) providers.ZoneProvider {
	core := &persistent{ZoneProvider: p, written: map[zonefile.Name]written{}}
	return core.withOptional(p)
}

const (
	// tries is how often a call is made without coming any further.
	tries = 40
	// between is how long is waited between them.
	between = time.Millisecond
)

// persistent is a provider that is asked again.
type persistent struct {
	providers.ZoneProvider

	mu      sync.Mutex
	written map[zonefile.Name]written // what was written last
}

// written is a write that succeeded, as far as a provider names the states of a zone.
type written struct {
	replaced []string // versions that are no more
	serial   uint32   // what the SOA has at least
}

// Unwrap returns the provider that is asked.
func (p *persistent) Unwrap() providers.ZoneProvider { return p.ZoneProvider }

// Zones is that of the provider, asked again.
func (p *persistent) Zones(ctx context.Context) ([]providers.ZoneInfo, error) {
	return again(ctx, func() ([]providers.ZoneInfo, error) { return p.ZoneProvider.Zones(ctx) })
}

// Fetch is that of the provider, asked again, also if it is older than what was written.
func (p *persistent) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	var snapshot *providers.Snapshot
	for range tries {
		var err error
		snapshot, err = again(ctx, func() (*providers.Snapshot, error) { return p.ZoneProvider.Fetch(ctx, origin) })
		if err != nil || !p.stale(origin, snapshot) || pause(ctx) != nil {
			return snapshot, err
		}
	}
	return snapshot, nil
}

// stale reports whether a snapshot is older than what was written.
func (p *persistent) stale(origin zonefile.Name, s *providers.Snapshot) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, ok := p.written[origin]
	return ok && s != nil &&
		(s.Version != "" && slices.Contains(w.replaced, s.Version) || w.serial != 0 && zonefile.SerialAfter(w.serial, s.Serial))
}

// wrote notes a batch that was carried out in a zone that was seen before.
func (p *persistent) wrote(origin zonefile.Name, batch providers.Batch, seen *providers.Snapshot, result providers.Result) {
	w := written{serial: result.Serial}
	if len(batch.Ops) > 0 && !idle(batch) {
		w.replaced = []string{batch.Base.Version, seen.Version}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written[origin] = w
}

// forget is for a zone that begins, or ends.
func (p *persistent) forget(origin zonefile.Name) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.written, origin)
}

// Apply carries out a batch, and after an error what is left of it. It looks at the zone before, since what somebody else did to it by then cannot be
// told afterwards from what was done here.
func (p *persistent) Apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	if batch.Base == nil {
		return p.ZoneProvider.Apply(ctx, origin, batch)
	}
	seen := p.look(ctx, origin, batch)
	left := remainder{batch: batch}
	for vain := 0; ; vain++ {
		result, err := p.ZoneProvider.Apply(ctx, origin, left.batch)
		said := result.Applied
		result.Applied = slices.Concat(left.done, said)
		if err == nil {
			p.wrote(origin, left.batch, seen, result)
			return result, nil
		}
		if noticed := errors.Is(err, providers.ErrConflict) && len(said) > 0; noticed {
			return result, err
		}
		if !goesOn(err) || vain == tries || pause(ctx) != nil {
			return result, left.afterwards(err)
		}
		if !asPlanned(batch, seen) {
			return result, fmt.Errorf("it was not as planned when this was begun: %w, and then: %s", providers.ErrConflict, err.Error())
		}
		next, errNext := p.remaining(ctx, origin, batch, said)
		if next.batch.Base == nil {
			continue // a zone that cannot be read is one that p has to say something about
		}
		if next.has(said) {
			return result, err
		}
		if errNext != nil {
			return providers.Result{Applied: next.done}, next.afterwards(errNext)
		}
		if len(next.batch.Ops) == 0 && len(batch.Ops) > 0 {
			return providers.Result{Serial: next.batch.Base.Serial, Applied: batch.Ops}, nil
		}
		if len(next.batch.Ops) < len(left.batch.Ops) {
			vain = 0
		}
		left = next
	}
}

// remaining fetches the zone and returns what is left of a batch, without a base if it cannot be fetched. It asks again as long as what is said to be
// applied is not there.
func (p *persistent) remaining(ctx context.Context, origin zonefile.Name, batch providers.Batch, said []providers.Op) (left remainder, err error) {
	for range tries {
		now, errFetch := p.Fetch(ctx, origin)
		if errFetch != nil {
			return remainder{}, errFetch
		}
		if left, err = remaining(batch, now); !left.has(said) || pause(ctx) != nil {
			break
		}
	}
	return left, err
}

// look returns the zone as it is before a batch is begun, or the base of that if it cannot be fetched.
func (p *persistent) look(ctx context.Context, origin zonefile.Name, batch providers.Batch) *providers.Snapshot {
	if len(batch.Ops) == 0 {
		return batch.Base
	}
	now, err := p.Fetch(ctx, origin)
	if err != nil {
		return batch.Base
	}
	return now
}

// goesOn reports whether more can be done after an error: it says nothing about the zone, or that it was written in part.
func goesOn(err error) bool { return providers.Passing(err) || errors.Is(err, providers.ErrPartial) }

// afterwards returns err, as ErrPartial if it would promise that nothing was written and something may have been.
func (r remainder) afterwards(err error) error {
	if !r.begun || goesOn(err) {
		return err
	}
	return fmt.Errorf("after %d operations or more: %w: %s", len(r.done), providers.ErrPartial, err.Error())
}

// again asks until there is an answer, or an error that will not be gone the next time.
func again[T any](ctx context.Context, ask func() (T, error)) (T, error) {
	for try := 1; ; try++ {
		answer, err := ask()
		if err == nil || !providers.Passing(err) || try == tries || pause(ctx) != nil {
			return answer, err
		}
	}
}

// pause waits before the next try. The error is that of the context.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-time.After(between):
	}
	return ctx.Err()
}
