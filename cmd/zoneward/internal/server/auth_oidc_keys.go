package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Bounds of how long keys are good, and of how often an issuer is asked for them.
const (
	// keysFresh is for how long keys are used before they are read again.
	keysFresh = time.Hour
	// keysStale is for how long they are used while they cannot be read. An issuer that takes a key back does so for good reasons.
	keysStale = 24 * time.Hour
	// keysGap is the least time between two attempts to read them. Anybody can name a key that there is not.
	keysGap = time.Minute
	// keysTime is how long an attempt may take.
	keysTime = 10 * time.Second
)

// errNoKeys says that the keys of an issuer are not known, so that nothing can be said of its tokens.
var errNoKeys = errors.New("the keys of the issuer cannot be read")

// issuerKeys are the keys of an issuer as they were read last. Its methods may be called concurrently.
type issuerKeys struct {
	issuer string
	read   func(ctx context.Context, issuer string) (keySet, error)
	now    func() time.Time
	log    *slog.Logger
	turn   chan struct{} // held by who reads them

	mu    sync.Mutex
	keys  keySet
	at    time.Time // when they were read, zero for never
	tried time.Time // when that was tried last, zero for never
	err   error     // of that
}

func newIssuerKeys(issuer string, read func(context.Context, string) (keySet, error), log *slog.Logger) *issuerKeys {
	return &issuerKeys{issuer: issuer, read: read, now: time.Now, log: log, turn: make(chan struct{}, 1)}
}

// find returns a key. It reads the keys if it is not there, or they were read long ago, and not just now. The error wraps errNoKeys if it is not known which there
// are.
func (k *issuerKeys) find(ctx context.Context, id keyID) (any, error) {
	key, age := k.look(id)
	if key != nil && age < keysFresh {
		return key, nil
	}
	if k.mayRead() {
		if err := k.enter(ctx, key != nil && age < keysStale); err != nil {
			return nil, err
		}
		key, age = k.look(id)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case key != nil && age < keysStale:
		return key, nil
	case k.err != nil: // it may have that one by now
		return nil, fmt.Errorf("%w: %w", errNoKeys, k.err)
	}
	return nil, fmt.Errorf("the issuer has no key %s for %s", shownClaim(id.id), id.algorithm)
}

// look returns a key, nil if it is not there, and how long ago the keys were read.
func (k *issuerKeys) look(id keyID) (key any, age time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys[id], k.now().Sub(k.at)
}

// mayRead reports whether the issuer may be asked.
func (k *issuerKeys) mayRead() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.tried.IsZero() || k.now().Sub(k.tried) >= keysGap
}

// enter reads the keys, or waits for whoever does. Who has a key that is good enough waits for nobody.
func (k *issuerKeys) enter(ctx context.Context, good bool) error {
	select {
	case k.turn <- struct{}{}:
	default:
		if good {
			return nil
		}
		select {
		case k.turn <- struct{}{}:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", errNoKeys, ctx.Err())
		}
	}
	defer func() { <-k.turn }()
	if !k.mayRead() {
		return nil // somebody did meanwhile
	}
	// Whoever came first may go away; others wait for it too.
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysTime)
	defer cancel()
	keys, err := k.read(limited, k.issuer)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried, k.err = k.now(), err
	if err != nil {
		k.log.Warn("keys of an issuer cannot be read", "issuer", k.issuer, "err", plain(err.Error(), longestDetail))
		return nil
	}
	k.keys, k.at = keys, k.tried
	return nil
}
