package providers

import (
	"context"

	"github.com/zoneward/zoneward/zonefile"
)

// decoratedOptional has the optional interfaces whose calls ask or write, each as that of the provider below, decorated. It has them all: [As] shows
// none that is not there below.
type decoratedOptional struct{ *decorated }

// optional implements optionalDecorator.
func (d *decorated) optional() any { return decoratedOptional{d} }

// below returns the provider below as a T, which As has found to be there.
func below[T any](d decoratedOptional) T {
	t, _ := As[T](d.ZoneProvider)
	return t
}

var (
	_ ZonePurger     = decoratedOptional{}
	_ ZoneExporter   = decoratedOptional{}
	_ ZoneConfigurer = decoratedOptional{}
	_ Signer         = decoratedOptional{}
	_ Revisions      = decoratedOptional{}
	_ ZoneProver     = decoratedOptional{}
)

// CreateZone implements [ZoneCreator].
func (d decoratedOptional) CreateZone(ctx context.Context, spec ZoneSpec) error {
	return d.around(ctx, Call{Operation: OperationCreateZone, Zone: spec.Origin}, func() error { return below[ZoneCreator](d).CreateZone(ctx, spec) })
}

// ZoneSettings implements [ZoneRemover].
func (d decoratedOptional) ZoneSettings(ctx context.Context, origin zonefile.Name) (kind string, settings map[string]string, err error) {
	err = d.around(ctx, Call{Operation: OperationZoneSettings, Zone: origin}, func() error {
		kind, settings, err = below[ZoneRemover](d).ZoneSettings(ctx, origin)
		return err
	})
	return kind, settings, err
}

// RemoveZone implements [ZoneRemover].
func (d decoratedOptional) RemoveZone(ctx context.Context, base *Snapshot) error {
	call := Call{Operation: OperationRemoveZone, Zone: base.origin()}
	return d.around(ctx, call, func() error { return below[ZoneRemover](d).RemoveZone(ctx, base) })
}

// PurgeZone implements [ZonePurger].
func (d decoratedOptional) PurgeZone(ctx context.Context, origin zonefile.Name, export map[string]string) error {
	return d.around(ctx, Call{Operation: OperationPurgeZone, Zone: origin}, func() error { return below[ZonePurger](d).PurgeZone(ctx, origin, export) })
}

// ExportZone implements [ZoneExporter].
func (d decoratedOptional) ExportZone(ctx context.Context, origin zonefile.Name) (export map[string]string, err error) {
	err = d.around(ctx, Call{Operation: OperationExportZone, Zone: origin}, func() error {
		export, err = below[ZoneExporter](d).ExportZone(ctx, origin)
		return err
	})
	return export, err
}

// NormalizeProperties implements [ZoneConfigurer]. It asks nobody, and is as it is below.
func (d decoratedOptional) NormalizeProperties(origin zonefile.Name, kind string, properties map[string]string) (map[string]string, error) {
	return below[ZoneConfigurer](d).NormalizeProperties(origin, kind, properties)
}

// Configure implements [ZoneConfigurer].
func (d decoratedOptional) Configure(ctx context.Context, base *Snapshot, properties map[string]string) error {
	call := Call{Operation: OperationConfigure, Zone: base.origin(), Ops: len(properties)}
	return d.around(ctx, call, func() error { return below[ZoneConfigurer](d).Configure(ctx, base, properties) })
}

// Signing implements [Signer].
func (d decoratedOptional) Signing(ctx context.Context, origin zonefile.Name) (signing Signing, err error) {
	err = d.around(ctx, Call{Operation: OperationSigning, Zone: origin}, func() error {
		signing, err = below[Signer](d).Signing(ctx, origin)
		return err
	})
	return signing, err
}

// Revisions implements [Revisions].
func (d decoratedOptional) Revisions(ctx context.Context, origin zonefile.Name) (all []Revision, err error) {
	err = d.around(ctx, Call{Operation: OperationRevisions, Zone: origin}, func() error {
		all, err = below[Revisions](d).Revisions(ctx, origin)
		return err
	})
	return all, err
}

// Revision implements [Revisions].
func (d decoratedOptional) Revision(ctx context.Context, origin zonefile.Name, id string) (zone *zonefile.Zone, err error) {
	err = d.around(ctx, Call{Operation: OperationRevision, Zone: origin}, func() error {
		zone, err = below[Revisions](d).Revision(ctx, origin, id)
		return err
	})
	return zone, err
}

// ProveZone implements [ZoneProver].
func (d decoratedOptional) ProveZone(ctx context.Context, origin zonefile.Name) error {
	return d.around(ctx, Call{Operation: OperationProveZone, Zone: origin}, func() error { return below[ZoneProver](d).ProveZone(ctx, origin) })
}

// origin returns the zone's, the zero Name if there is none.
func (s *Snapshot) origin() zonefile.Name {
	if s == nil || s.Zone == nil {
		return zonefile.Name{}
	}
	return s.Zone.Origin()
}
