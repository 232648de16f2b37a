package providertest

import (
	"context"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// link is a persistent provider with one optional interface, in a chain through which providers.As looks.
type link struct {
	*persistent
	next providers.ZoneProvider
}

// Unwrap returns the next.
func (l link) Unwrap() providers.ZoneProvider { return l.next }

// withOptional returns p with the optional interfaces that below has.
func (p *persistent) withOptional(below providers.ZoneProvider) providers.ZoneProvider {
	var chain providers.ZoneProvider = p
	if creator, ok := providers.As[providers.ZoneCreator](below); ok {
		creates := persistentCreator{link{p, chain}, creator}
		chain = creates
		if remover, ok := providers.As[providers.ZoneRemover](below); ok {
			removes := persistentRemover{creates, remover}
			chain = removes
			if purger, ok := providers.As[providers.ZonePurger](below); ok {
				chain = persistentPurger{removes, purger}
			}
		}
	}
	if exporter, ok := providers.As[providers.ZoneExporter](below); ok {
		chain = persistentExporter{link{p, chain}, exporter}
	}
	if configurer, ok := providers.As[providers.ZoneConfigurer](below); ok {
		chain = persistentConfigurer{link{p, chain}, configurer}
	}
	if signer, ok := providers.As[providers.Signer](below); ok {
		chain = persistentSigner{link{p, chain}, signer}
	}
	if revisions, ok := providers.As[providers.Revisions](below); ok {
		chain = persistentRevisions{link{p, chain}, revisions}
	}
	return chain
}

// persistentExporter asks again for exports.
type persistentExporter struct {
	link
	exporter providers.ZoneExporter
}

// ExportZone implements providers.ZoneExporter.
func (e persistentExporter) ExportZone(ctx context.Context, origin zonefile.Name) (map[string]string, error) {
	return again(ctx, func() (map[string]string, error) { return e.exporter.ExportZone(ctx, origin) })
}

// persistentSigner asks again how zones are signed.
type persistentSigner struct {
	link
	signer providers.Signer
}

// Signing implements providers.Signer.
func (s persistentSigner) Signing(ctx context.Context, origin zonefile.Name) (providers.Signing, error) {
	return again(ctx, func() (providers.Signing, error) { return s.signer.Signing(ctx, origin) })
}

// persistentRevisions asks again what zones were.
type persistentRevisions struct {
	link
	revisions providers.Revisions
}

// Revisions implements providers.Revisions.
func (r persistentRevisions) Revisions(ctx context.Context, origin zonefile.Name) ([]providers.Revision, error) {
	return again(ctx, func() ([]providers.Revision, error) { return r.revisions.Revisions(ctx, origin) })
}

// Revision implements providers.Revisions.
func (r persistentRevisions) Revision(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
	return again(ctx, func() (*zonefile.Zone, error) { return r.revisions.Revision(ctx, origin, id) })
}

// persistentConfigurer sets properties again.
type persistentConfigurer struct {
	link
	configurer providers.ZoneConfigurer
}

// NormalizeProperties is that of the provider. It asks nobody.
func (c persistentConfigurer) NormalizeProperties(origin zonefile.Name, kind string, properties map[string]string) (map[string]string, error) {
	return c.configurer.NormalizeProperties(origin, kind, properties)
}

// Configure sets properties, and after an error those that are left.
func (c persistentConfigurer) Configure(ctx context.Context, base *providers.Snapshot, properties map[string]string) error {
	now, left := base, properties
	for try := 1; ; try++ {
		err := c.configurer.Configure(ctx, now, left)
		if err == nil || !goesOn(err) || try == tries || pause(ctx) != nil {
			if err != nil && !goesOn(err) && len(left) < len(properties) {
				return fmt.Errorf("%d of %d properties, and then: %w: %s", len(properties)-len(left), len(properties), providers.ErrPartial, err.Error())
			}
			return err
		}
		next, errFetch := c.Fetch(ctx, base.Zone.Origin())
		if errFetch != nil {
			continue // as in Apply
		}
		now, left = next, map[string]string{}
		for name, want := range properties {
			switch is := now.Properties[name]; is {
			case base.Properties[name]:
				left[name] = want
			case want:
			default:
				return fmt.Errorf("%s is %q, and was %q: %w", name, is, base.Properties[name], providers.ErrConflict)
			}
		}
		if len(left) == 0 && len(properties) > 0 {
			return nil
		}
	}
}
