// Package memory is a provider that keeps its zones in memory: the fake that tests use. It keeps the contract of package providers to the
// letter, in whatever way its Traits say, until a [Fault] makes it do otherwise.
package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Provider serves zones from memory. It is a providers.ZoneProvider and a providers.ZoneRemover; one that cannot create zones, and one that
// cannot remove them, are
//
//	struct{ providers.ZoneProvider }{p}
//	struct {
//		providers.ZoneProvider
//		providers.ZoneCreator
//	}{p, p}
//
// The other optional interfaces are there only if an [Option] asks for them, and providers.As finds them.
//
// Its methods may be called concurrently.
type Provider struct {
	traits     providers.Traits
	refuses    func(zonefile.RRset) bool
	properties []Property
	keeps      bool // zones that were removed
	exports    bool
	signs      bool
	revises    bool
	hidesSOA   bool
	begins     func(origin zonefile.Name) *providers.StateError // the state that a zone is created in, nil if it can be written
	extras     providers.ZoneProvider                           // what it is beside a ZoneRemover

	script
	zones map[zonefile.Name]*zone
	kept  map[zonefile.Name]*zone // those that were removed
	edits int                     // how many states there were, of all zones: each has a number of its own
}

var (
	_ providers.ZoneProvider = (*Provider)(nil)
	_ providers.ZoneRemover  = (*Provider)(nil)
)

// zone is one zone. Its states are never changed: a write makes another.
type zone struct {
	origin        zonefile.Name
	kind          providers.ZoneKind
	replication   string // the Kind of a providers.ZoneSpec
	settings      map[string]string
	id            string                // no other zone has it, nor one that comes after it with the same name
	blocked       *providers.StateError // nil if it can be written
	now, previous *state
	revisions     []revision // the oldest first
}

// state is the content of a zone at one time.
type state struct {
	served, foreign, disabled *zonefile.Zone
	properties                map[string]string
	at                        time.Time
	edit                      int // the number of the write that made it
	beside                    int // how often the foreign RRsets and the properties were changed since
}

// version returns the number of the state, which no other state of any zone has.
func (s *state) version() string { return strconv.Itoa(s.edit) + "." + strconv.Itoa(s.beside) }

// editOf returns the part of a version that counts for a precondition: what the server makes by itself is left out, and so are the properties.
func editOf(version string) string {
	edit, _, _ := strings.Cut(version, ".")
	return edit
}

// Option sets up a [Provider].
type Option func(*Provider)

// WithTraits has the zones behave as t says. Without it they have [DefaultTraits].
func WithTraits(t providers.Traits) Option {
	return func(p *Provider) { p.traits = t }
}

// Refusing has the server refuse the RRsets that refuses reports, as one with rules that Normalize does not know.
func Refusing(refuses func(zonefile.RRset) bool) Option {
	return func(p *Provider) { p.refuses = refuses }
}

// WithoutSOA has the fake not show the SOA of its zones, nor let it be set.
func WithoutSOA() Option {
	return func(p *Provider) { p.hidesSOA = true }
}

// DefaultTraits are those of a provider that writes any batch at once, compares the RRsets of the batch, lets everything be
// set, and cannot disable.
func DefaultTraits() providers.Traits {
	return providers.Traits{
		Atomicity: providers.AtomicZone, Preconditions: providers.ComparesRRsets, SOAWritable: true, ApexNSWritable: true,
	}
}

// New returns a provider without zones.
func New(options ...Option) *Provider {
	p := &Provider{
		traits:  DefaultTraits(),
		refuses: func(zonefile.RRset) bool { return false },
		begins:  func(zonefile.Name) *providers.StateError { return nil },
		zones:   map[zonefile.Name]*zone{},
		kept:    map[zonefile.Name]*zone{},
		script:  newScript(),
	}
	for _, o := range options {
		o(p)
	}
	if p.hidesSOA {
		p.traits.SOAWritable = false
	}
	p.extras = p.asAskedFor()
	return p
}

// Zones lists the zones in the order of their names, with their serials and versions.
func (p *Provider) Zones(ctx context.Context) ([]providers.ZoneInfo, error) {
	infos, err := call(&p.script, providers.OperationZones, func(f Fault) ([]providers.ZoneInfo, error) { return p.list(ctx, f) })
	if err != nil {
		return nil, fmt.Errorf("list the zones: %w", err)
	}
	return infos, nil
}

func (p *Provider) list(ctx context.Context, f Fault) ([]providers.ZoneInfo, error) {
	if err := cmp.Or(ctx.Err(), f.Err); err != nil {
		return nil, err
	}
	infos := make([]providers.ZoneInfo, 0, len(p.zones))
	for origin, z := range p.zones {
		s := z.seen(f)
		infos = append(infos, providers.ZoneInfo{Origin: origin, Kind: z.kind, Serial: p.serial(s), Version: s.version()})
	}
	slices.SortFunc(infos, func(a, b providers.ZoneInfo) int { return a.Origin.Compare(b.Origin) })
	return infos, nil
}

// Fetch returns a copy of a zone.
func (p *Provider) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	snapshot, err := call(&p.script, providers.OperationFetch, func(f Fault) (*providers.Snapshot, error) { return p.fetch(ctx, origin, f) })
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", origin, err)
	}
	return snapshot, nil
}

func (p *Provider) fetch(ctx context.Context, origin zonefile.Name, f Fault) (*providers.Snapshot, error) {
	z, err := p.lookUp(ctx, origin)
	if err = cmp.Or(err, f.Err); err != nil {
		return nil, err
	}
	s := z.seen(f)
	snapshot := &providers.Snapshot{
		Zone: p.shown(s.served), Serial: p.serial(s), Version: s.version(), Properties: maps.Clone(s.properties), Traits: p.traitsOf(z),
	}
	if s.foreign.Len() > 0 {
		snapshot.Foreign = s.foreign.Clone()
	}
	if s.disabled.Len() > 0 {
		snapshot.Disabled = s.disabled.Clone()
	}
	return snapshot, nil
}

// shown returns a copy of what a zone serves, without the SOA if the fake does not show it.
func (p *Provider) shown(served *zonefile.Zone) *zonefile.Zone {
	shown := served.Clone()
	if p.hidesSOA {
		shown.Delete(soaKey(served.Origin()))
	}
	return shown
}

// serial returns the serial of a state, 0 if the fake does not show it.
func (p *Provider) serial(s *state) uint32 {
	if p.hidesSOA {
		return 0
	}
	return serial(s.served)
}

// seen returns the state that a read with that fault sees.
func (z *zone) seen(f Fault) *state {
	if f.Stale && z.previous != nil {
		return z.previous
	}
	return z.now
}

// lookUp returns a zone that may be read and written.
func (p *Provider) lookUp(ctx context.Context, origin zonefile.Name) (*zone, error) {
	z := p.zones[origin]
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case z == nil && p.kept[origin] != nil:
		return nil, &providers.StateError{State: "deleted", Needs: "create it again to have it back", Kind: providers.ErrNoZone}
	case z == nil:
		return nil, providers.ErrNoZone
	case z.blocked != nil:
		return nil, z.blocked
	case z.kind == providers.Secondary:
		return nil, fmt.Errorf("a secondary zone: %w", providers.ErrBlocked)
	}
	return z, nil
}

// Normalize moves the TTL into the bounds of the traits. A type that they do not name, and more records than they allow, are not supported.
func (p *Provider) Normalize(set zonefile.RRset) (zonefile.RRset, error) {
	t := p.traits
	switch {
	case !t.Supports(set.Key.Type):
		return zonefile.RRset{}, fmt.Errorf("%s: type %s: %w", set.Key, set.Key.Type, providers.ErrUnsupported)
	case t.MaxRecords > 0 && set.Len() > t.MaxRecords:
		return zonefile.RRset{}, fmt.Errorf("%s: %d records, and %d are the most: %w", set.Key, set.Len(), t.MaxRecords, providers.ErrUnsupported)
	}
	return set.WithTTL(min(max(set.TTL, t.MinTTL), cmp.Or(t.MaxTTL, zonefile.MaxTTL))), nil
}

// put makes next the state of a zone, with a serial above that of the state before.
func (p *Provider) put(z *zone, next *state) {
	if set, ok := next.served.Get(soaKey(z.origin)); ok {
		if soa, err := zonefile.ParseSOA(set); err == nil {
			soa.Serial = zonefile.NextSerial(serial(z.now.served), soa.Serial)
			set = soa.RRset(z.origin, set.TTL)
			next.served = next.served.With([]zonefile.Change{{New: &set}})
		}
	}
	if p.revises {
		z.revisions = append(z.revisions, revision{z.now.version(), z.now.at, z.now.served})
	}
	p.edits++
	next.edit, next.beside, next.at = p.edits, 0, time.Now()
	z.previous, z.now = z.now, next
}

func soaKey(origin zonefile.Name) zonefile.Key {
	return zonefile.Key{Name: origin, Type: zonefile.TypeSOA}
}

func nsKey(origin zonefile.Name) zonefile.Key {
	return zonefile.Key{Name: origin, Type: zonefile.TypeNS}
}

// serial returns the serial of a zone's SOA, 0 if there is none.
func serial(z *zonefile.Zone) uint32 {
	set, _ := z.Get(soaKey(z.Origin()))
	soa, _ := zonefile.ParseSOA(set)
	return soa.Serial
}
