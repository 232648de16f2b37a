package providertest_test

import (
	"context"
	"errors"
	"strconv"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/zonefile"
)

// everything has the fake be all that a provider can be.
func everything() []memory.Option {
	seconds := func(value string) (string, error) {
		n, err := strconv.ParseUint(value, 10, 31)
		return strconv.FormatUint(n, 10), err
	}
	return []memory.Option{
		memory.Keeping(), memory.Signing(), memory.KeepingRevisions(),
		memory.WithProperties(
			memory.Property{Name: providers.PropertyDescription},
			memory.Property{Name: providers.PropertyDefaultTTL, Initial: "3600", Normalize: seconds},
			memory.Property{Name: providers.PropertyCIDR, Kinds: []string{reverse.Kind}, Fixed: true},
		),
	}
}

// What a fixture has of a fake with everything.
var (
	reverse = providers.ZoneSpec{
		Origin: zonefile.MustParseName("2.0.192.in-addr.arpa."), Kind: "reverse", Properties: map[string]string{providers.PropertyCIDR: "192.0.2.0/24"},
	}
	properties = []providertest.Property{
		{Name: providers.PropertyDescription, Values: []string{"", "one", "two"}},
		{Name: providers.PropertyDefaultTTL, Values: []string{"300", "0600"}, Bad: []string{"an hour"}},
		{Name: providers.PropertyCIDR, Values: []string{"192.0.2.0/24", "192.0.2.0/25"}},
		{Name: providers.PropertyDNSSEC, Values: []string{"off", "ED25519"}},
	}
	inactive = providers.StateError{
		State: "inactive", Needs: "switch it on", Kind: providers.ErrBlocked,
		Outputs: []providers.Output{{Name: "validation", RRset: zonefile.MustParseRRset("_verify.example.com. 300 TXT", `"a"`)}},
	}
)

// optional are the methods of the optional interfaces that are replaced.
type optional struct {
	purge               func(context.Context, zonefile.Name, map[string]string) error
	export              func(context.Context, zonefile.Name) (map[string]string, error)
	normalizeProperties func(string, map[string]string) (map[string]string, error)
	configure           func(context.Context, *providers.Snapshot, map[string]string) error
	signing             func(context.Context, zonefile.Name) (providers.Signing, error)
	revisions           func(context.Context, zonefile.Name) ([]providers.Revision, error)
	revision            func(context.Context, zonefile.Name, string) (*zonefile.Zone, error)
	exportsNothing      bool // it is no ZoneExporter, nor anything else but a ZonePurger
}

// Unwrap returns the fake with the optional interfaces, if it has them.
func (b *broken) Unwrap() providers.ZoneProvider {
	switch {
	case !has[providers.ZonePurger](b.Provider):
		return nil
	case b.exportsNothing:
		return brokenPurger{b}
	}
	return brokenOptional{brokenPurger{b}}
}

func has[T any](p providers.ZoneProvider) bool {
	_, ok := providers.As[T](p)
	return ok
}

// sound returns the fake as it is without what is broken in it.
func sound[T any](b *broken) T {
	t, _ := providers.As[T](b.Provider)
	return t
}

type brokenPurger struct{ *broken }

func (b brokenPurger) Unwrap() providers.ZoneProvider { return nil }

func (b brokenPurger) PurgeZone(ctx context.Context, origin zonefile.Name, export map[string]string) error {
	if b.purge != nil {
		return b.purge(ctx, origin, export)
	}
	return sound[providers.ZonePurger](b.broken).PurgeZone(ctx, origin, export)
}

type brokenOptional struct{ brokenPurger }

func (b brokenOptional) ExportZone(ctx context.Context, origin zonefile.Name) (map[string]string, error) {
	if b.export != nil {
		return b.export(ctx, origin)
	}
	return sound[providers.ZoneExporter](b.broken).ExportZone(ctx, origin)
}

func (b brokenOptional) NormalizeProperties(origin zonefile.Name, kind string, properties map[string]string) (map[string]string, error) {
	if b.normalizeProperties != nil {
		return b.normalizeProperties(kind, properties)
	}
	return sound[providers.ZoneConfigurer](b.broken).NormalizeProperties(origin, kind, properties)
}

func (b brokenOptional) Configure(ctx context.Context, base *providers.Snapshot, properties map[string]string) error {
	if b.configure != nil {
		return b.configure(ctx, base, properties)
	}
	return sound[providers.ZoneConfigurer](b.broken).Configure(ctx, base, properties)
}

func (b brokenOptional) Signing(ctx context.Context, origin zonefile.Name) (providers.Signing, error) {
	if b.signing != nil {
		return b.signing(ctx, origin)
	}
	return sound[providers.Signer](b.broken).Signing(ctx, origin)
}

func (b brokenOptional) Revisions(ctx context.Context, origin zonefile.Name) ([]providers.Revision, error) {
	if b.revisions != nil {
		return b.revisions(ctx, origin)
	}
	return sound[providers.Revisions](b.broken).Revisions(ctx, origin)
}

func (b brokenOptional) Revision(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
	if b.revision != nil {
		return b.revision(ctx, origin, id)
	}
	return sound[providers.Revisions](b.broken).Revision(ctx, origin, id)
}

// withEverything has breakages be of a fake that is all that a provider can be.
func withEverything(breakages map[string]breakage) map[string]breakage {
	for name, b := range breakages {
		b.options = everything()
		breakages[name] = b
	}
	return breakages
}

// without returns err, but nil if it is of a kind.
func without(kind, err error) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}
