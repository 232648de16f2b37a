// Package memory is a provider that keeps its zones in memory: the fake that tests use. It keeps the contract of package providers to the
// letter, in whatever way its Traits say, until a [Fault] makes it do otherwise.
package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Provider serves zones from memory. It is a providers.ZoneProvider and a providers.ZoneCreator; one that cannot create zones is
//
//	struct{ providers.ZoneProvider }{p}
//
// Its methods may be called concurrently.
type Provider struct {
	traits  providers.Traits
	refuses func(zonefile.RRset) bool

	mu     sync.Mutex
	zones  map[zonefile.Name]*zone
	faults map[providers.Operation][]Fault
	calls  map[providers.Operation]int
}

// zone is one zone. Its states are never changed: a write makes another.
type zone struct {
	kind          providers.ZoneKind
	now, previous *state
}

// state is the content of a zone at one time.
type state struct {
	served, foreign, disabled *zonefile.Zone
	edit                      int // how many writes came before
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
		zones:   map[zonefile.Name]*zone{},
		faults:  map[providers.Operation][]Fault{},
		calls:   map[providers.Operation]int{},
	}
	for _, o := range options {
		o(p)
	}
	return p
}

// AddZone serves a copy of z as a primary zone, in the place of the zone of that name if there is one. A zone without an SOA is served
// as it is, with the serial 0.
func (p *Provider) AddZone(z *zonefile.Zone) { p.add(z, providers.Primary) }

// AddSecondary lists z as a secondary zone: it can be neither fetched nor written.
func (p *Provider) AddSecondary(z *zonefile.Zone) { p.add(z, providers.Secondary) }

func (p *Provider) add(z *zonefile.Zone, kind providers.ZoneKind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	empty := zonefile.NewZone(z.Origin())
	p.zones[z.Origin()] = &zone{kind: kind, now: &state{served: z.Clone(), foreign: empty, disabled: empty, edit: 1}}
}

// RemoveZone forgets a zone, and reports whether there was one.
func (p *Provider) RemoveZone(origin zonefile.Name) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.zones[origin]
	delete(p.zones, origin)
	return ok
}

// Served returns a copy of what a zone has, without a call being counted or a fault coming up. It is nil if there is no such zone.
func (p *Provider) Served(origin zonefile.Name) *zonefile.Zone {
	p.mu.Lock()
	defer p.mu.Unlock()
	z := p.zones[origin]
	if z == nil {
		return nil
	}
	return z.now.served.Clone()
}

// Write changes a zone as somebody else would: without preconditions, faults, or refusal. The serial rises. A zone that is not there panics.
func (p *Provider) Write(origin zonefile.Name, changes ...zonefile.Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	z := p.zones[origin]
	if z == nil {
		panic(fmt.Sprintf("memory: no zone %s to write to", origin))
	}
	z.write(changes)
}

// write makes changes without looking.
func (z *zone) write(changes []zonefile.Change) {
	z.put(z.now.with(changes))
}

// with returns a state in which changes were made.
func (s *state) with(changes []zonefile.Change) *state {
	next := *s
	next.served = s.served.With(changes)
	return &next
}

// put makes next the state of the zone, with a serial above that of the state before.
func (z *zone) put(next *state) {
	if set, ok := next.served.Get(soaKey(next.served.Origin())); ok {
		if soa, err := zonefile.ParseSOA(set); err == nil {
			soa.Serial = zonefile.NextSerial(serial(z.now.served), soa.Serial)
			set = soa.RRset(next.served.Origin(), set.TTL)
			next.served = next.served.With([]zonefile.Change{{New: &set}})
		}
	}
	next.edit = z.now.edit + 1
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

// SetForeign has a zone serve sets that cannot be managed, in the place of those that it had, as a server that signs does. The
// serial stays. A zone that is not there panics.
func (p *Provider) SetForeign(origin zonefile.Name, sets ...zonefile.RRset) {
	foreign, err := zonefile.ZoneOf(origin, sets...)
	if err != nil {
		panic("memory: " + err.Error())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	next := *p.zones[origin].now
	next.foreign = foreign
	p.zones[origin].now = &next
}

// Zones lists the zones in the order of their names.
func (p *Provider) Zones(ctx context.Context) ([]providers.ZoneInfo, error) {
	f := p.begin(providers.OperationZones)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := cmp.Or(ctx.Err(), f.Err); err != nil {
		return nil, fmt.Errorf("list the zones: %w", err)
	}
	var infos []providers.ZoneInfo
	for origin, z := range p.zones {
		infos = append(infos, providers.ZoneInfo{Origin: origin, Kind: z.kind, Serial: serial(z.now.served)})
	}
	slices.SortFunc(infos, func(a, b providers.ZoneInfo) int { return a.Origin.Compare(b.Origin) })
	return infos, nil
}

// Fetch returns a copy of a zone.
func (p *Provider) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	f := p.begin(providers.OperationFetch)
	p.mu.Lock()
	defer p.mu.Unlock()
	z, err := p.lookUp(ctx, origin)
	if err = cmp.Or(err, f.Err); err != nil {
		return nil, fmt.Errorf("fetch %s: %w", origin, err)
	}
	s := z.now
	if f.Stale && z.previous != nil {
		s = z.previous
	}
	snapshot := &providers.Snapshot{
		Zone: s.served.Clone(), Serial: serial(s.served), Version: strconv.Itoa(s.edit), Traits: p.traits,
	}
	if s.foreign.Len() > 0 {
		snapshot.Foreign = s.foreign.Clone()
	}
	if s.disabled.Len() > 0 {
		snapshot.Disabled = s.disabled.Clone()
	}
	return snapshot, nil
}

// lookUp returns a zone that may be read and written.
func (p *Provider) lookUp(ctx context.Context, origin zonefile.Name) (*zone, error) {
	z := p.zones[origin]
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case z == nil:
		return nil, providers.ErrNoZone
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

// CreateZone creates a zone. One whose spec has no SOA or NS gets those of a server that does not know better.
func (p *Provider) CreateZone(ctx context.Context, spec providers.ZoneSpec) error {
	f := p.begin(providers.OperationCreateZone)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := cmp.Or(ctx.Err(), f.Err); err != nil && f.Written == 0 {
		return fmt.Errorf("create zone %s: %w", spec.Origin, err)
	}
	if p.zones[spec.Origin] != nil {
		return fmt.Errorf("create zone %s: it is there: %w", spec.Origin, providers.ErrConflict)
	}
	server := zonefile.MustParseName("ns.invalid.")
	z := zonefile.NewZone(spec.Origin)
	made := []zonefile.RRset{
		zonefile.SOA{MName: server, RName: server, Serial: 1, Refresh: 3600, Retry: 600, Expire: 604800, Minimum: 300}.RRset(spec.Origin, 3600),
		zonefile.MustParseRRset(spec.Origin.String()+" 3600 NS", server.String()),
	}
	for _, set := range slices.Concat(made, spec.Apex) {
		if err := z.Put(set); err != nil || set.Key != soaKey(spec.Origin) && set.Key != nsKey(spec.Origin) {
			return fmt.Errorf("create zone %s: %s is not its SOA or NS: %w", spec.Origin, set.Key, providers.ErrInvalid)
		}
	}
	empty := zonefile.NewZone(spec.Origin)
	p.zones[spec.Origin] = &zone{kind: providers.Primary, now: &state{served: z, foreign: empty, disabled: empty, edit: 1}}
	return f.Err
}
