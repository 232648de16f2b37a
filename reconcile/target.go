package reconcile

import (
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Target is a provider that zones are written to, as planning sees it.
type Target struct {
	Reader providers.ZoneReader
	// System says which system it is: its type and address. What was applied to another system, under the same name, counts for nothing.
	System string
	// CreateZones says that a zone that the provider does not have is created there unless a rule says otherwise.
	CreateZones bool
	// CanCreate says that the provider is able to create zones, and CanRemove that it can remove them too.
	CanCreate, CanRemove bool
	// CanPurge says that the provider keeps the zones that it removes, and may be asked to remove them for good.
	CanPurge bool
	// Parts is that of a providers.Splitter, and may be nil.
	Parts func(origin zonefile.Name, batch providers.Batch) (int, error)
	// NormalizeProperties is that of a providers.ZoneConfigurer, and may be nil.
	NormalizeProperties func(origin zonefile.Name, kind string, properties map[string]string) (map[string]string, error)
	// Revisions are those of the provider, and may be nil.
	Revisions providers.Revisions
	// Signer says how the provider signs zones, and may be nil.
	Signer providers.Signer
}

// NewTarget returns p as planning sees it: what it can do, and nothing that can write. Zones are created there only if a rule says so, and what it has kept of
// zones is purged with their tombstones; the caller may change both.
func NewTarget(p providers.ZoneProvider, system string) Target {
	t := Target{Reader: providers.ReadOnly(p), System: system}
	_, t.CanCreate = providers.As[providers.ZoneCreator](p)
	_, t.CanRemove = providers.As[providers.ZoneRemover](p)
	_, t.CanPurge = providers.As[providers.ZonePurger](p)
	if splitter, ok := providers.As[providers.Splitter](p); ok {
		t.Parts = splitter.Parts
	}
	if configurer, ok := providers.As[providers.ZoneConfigurer](p); ok {
		t.NormalizeProperties = configurer.NormalizeProperties
	}
	t.Revisions, t.Signer = providers.RevisionsOf(p), providers.SignerOf(p)
	return t
}
