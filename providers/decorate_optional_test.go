package providers_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// errAsked is what every call of an optional interface of everything returns.
var errAsked = errors.New("asked")

// everything is a provider with all optional interfaces.
type everything struct{ providers.ZoneProvider }

func (everything) CreateZone(context.Context, providers.ZoneSpec) error { return errAsked }
func (everything) ZoneSettings(context.Context, zonefile.Name) (string, map[string]string, error) {
	return "", nil, errAsked
}
func (everything) RemoveZone(context.Context, *providers.Snapshot) error { return errAsked }
func (everything) PurgeZone(context.Context, zonefile.Name, map[string]string) error {
	return errAsked
}

func (everything) ExportZone(context.Context, zonefile.Name) (map[string]string, error) {
	return nil, errAsked
}

func (everything) NormalizeProperties(zonefile.Name, string, map[string]string) (map[string]string, error) {
	return nil, errAsked
}

func (everything) Configure(context.Context, *providers.Snapshot, map[string]string) error {
	return errAsked
}

func (everything) Signing(context.Context, zonefile.Name) (providers.Signing, error) {
	return providers.Signing{}, errAsked
}

func (everything) Revisions(context.Context, zonefile.Name) ([]providers.Revision, error) {
	return nil, errAsked
}

func (everything) Revision(context.Context, zonefile.Name, string) (*zonefile.Zone, error) {
	return nil, errAsked
}

func (everything) ProveZone(context.Context, zonefile.Name) error { return errAsked }

// optional has for each optional interface how it is found and called once.
var optional = map[string]func(providers.ZoneProvider) (error, bool){
	"ZoneCreator": through(func(c providers.ZoneCreator) error {
		return c.CreateZone(context.Background(), providers.ZoneSpec{Origin: origin})
	}),
	"ZoneRemover": through(func(r providers.ZoneRemover) error { return r.RemoveZone(context.Background(), &providers.Snapshot{}) }),
	"ZoneRemover, its settings": through(func(r providers.ZoneRemover) error {
		_, _, err := r.ZoneSettings(context.Background(), origin)
		return err
	}),
	"ZonePurger": through(func(p providers.ZonePurger) error { return p.PurgeZone(context.Background(), origin, nil) }),
	"ZoneExporter": through(func(e providers.ZoneExporter) error {
		_, err := e.ExportZone(context.Background(), origin)
		return err
	}),
	"ZoneConfigurer": through(func(c providers.ZoneConfigurer) error {
		return c.Configure(context.Background(), &providers.Snapshot{}, nil)
	}),
	"Signer": through(func(s providers.Signer) error {
		_, err := s.Signing(context.Background(), origin)
		return err
	}),
	"Revisions": through(func(r providers.Revisions) error {
		_, err := r.Revisions(context.Background(), origin)
		return err
	}),
	"ZoneProver": through(func(p providers.ZoneProver) error { return p.ProveZone(context.Background(), origin) }),
	"Revisions, one": through(func(r providers.Revisions) error {
		_, err := r.Revision(context.Background(), origin, "1")
		return err
	}),
}

// through returns what looks for a T and calls it.
func through[T any](call func(T) error) func(providers.ZoneProvider) (error, bool) {
	return func(p providers.ZoneProvider) (error, bool) {
		t, ok := providers.As[T](p)
		if !ok {
			return nil, false
		}
		return call(t), true
	}
}

// TestOptionalInterfacesAreDecorated checks that nobody gets by a decorator: each call of an optional interface is observed, whatever is above.
func TestOptionalInterfacesAreDecorated(t *testing.T) {
	for name, call := range optional {
		t.Run(name, func(t *testing.T) {
			var seen []error
			p := providers.Observe(everything{fake(t)}, func(c providers.Call) { seen = append(seen, c.Err) })
			err, ok := call(guard(p, providers.AccountPolicy{Retry: providers.RetryPolicy{Tries: 1}}))
			if !ok || !errors.Is(err, errAsked) {
				t.Fatalf("error %v, %t; want that of the provider", err, ok)
			}
			if !slices.Equal(seen, []error{errAsked}) {
				t.Errorf("observed %v, want the one call", seen)
			}
		})
	}
}

// TestDecoratorsAddNoInterfaces checks that As finds no more in a decorator than below it.
func TestDecoratorsAddNoInterfaces(t *testing.T) {
	p := fake(t)
	bare := decorated(struct{ providers.ZoneProvider }{p})
	for name, call := range optional {
		if _, ok := call(bare); ok {
			t.Errorf("found a %s, and the provider is none", name)
		}
	}
	creator := decorated(struct {
		providers.ZoneProvider
		providers.ZoneCreator
	}{p, everything{}})
	if _, ok := providers.As[providers.ZoneCreator](creator); !ok {
		t.Error("found no ZoneCreator, and the provider is one")
	}
	if _, ok := providers.As[providers.ZoneRemover](creator); ok {
		t.Error("found a ZoneRemover, and the provider is a ZoneCreator only")
	}
}
