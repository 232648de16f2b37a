package memory

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// The methods here, and those in kept.go, are for tests: what is there, and what others do. No call of them is counted, and no fault comes up. But for
// those that drop or return zones, a zone that is not there panics.

// AddZone serves a copy of z as a primary zone, in the place of the zone of that name if there is one. A zone without an SOA is served
// as it is, with the serial 0.
func (p *Provider) AddZone(z *zonefile.Zone) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(z, providers.Primary)
}

// AddSecondary lists z as a secondary zone: it can be neither fetched nor written.
func (p *Provider) AddSecondary(z *zonefile.Zone) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(z, providers.Secondary)
}

func (p *Provider) add(served *zonefile.Zone, kind providers.ZoneKind) *zone {
	empty := zonefile.NewZone(served.Origin())
	p.edits++
	z := &zone{
		origin: served.Origin(), kind: kind, replication: defaultReplication, id: strconv.Itoa(p.edits),
		now: &state{
			served: served.Clone(), foreign: empty, disabled: empty, properties: p.initial(defaultReplication), at: time.Now(), edit: p.edits,
		},
	}
	p.zones[z.origin] = z
	return z
}

// DropZone removes a zone for good as somebody else would, and reports whether there was one.
func (p *Provider) DropZone(origin zonefile.Name) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.zones[origin]
	delete(p.zones, origin)
	return ok
}

// SetSettings gives a zone another kind and other settings, see ZoneSettings. They are no part of its version. The properties that zones of that kind
// have not are gone, and those that it lacks begin.
func (p *Provider) SetSettings(origin zonefile.Name, kind string, settings map[string]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	z := p.must(origin)
	z.replication, z.settings = kind, maps.Clone(settings)
	z.now = z.now.with(p.fitting(kind, z.now.properties))
}

// SetProperties changes properties of a zone, those that are fixed too, and leaves the others. The serial stays, and so do the preconditions of a
// batch; the version does not.
func (p *Provider) SetProperties(origin zonefile.Name, properties map[string]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	z := p.must(origin)
	changed := maps.Clone(z.now.properties)
	maps.Copy(changed, properties)
	z.previous, z.now = z.now, z.now.with(changed)
}

// SetState has a zone be in a state in which it can be listed, and neither fetched nor written; nil ends that. The Kind is providers.ErrBlocked. A
// zone that is removed and kept is still in it when it is brought back.
func (p *Provider) SetState(origin zonefile.Name, s *providers.StateError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.must(origin).blocked = blocking(s)
}

// Served returns a copy of what a zone has. It is nil if there is no such zone.
func (p *Provider) Served(origin zonefile.Name) *zonefile.Zone {
	p.mu.Lock()
	defer p.mu.Unlock()
	if z := p.zones[origin]; z != nil {
		return z.now.served.Clone()
	}
	return nil
}

// Hidden returns a copy of what a zone keeps and does not serve. It is nil if there is no such zone.
func (p *Provider) Hidden(origin zonefile.Name) *zonefile.Zone {
	p.mu.Lock()
	defer p.mu.Unlock()
	if z := p.zones[origin]; z != nil {
		return z.now.disabled.Clone()
	}
	return nil
}

// Write changes what a zone serves: without preconditions, or refusal. The serial rises. What is disabled stays as it is.
func (p *Provider) Write(origin zonefile.Name, changes ...zonefile.Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writeServed(p.must(origin), changes)
}

// writeServed makes changes without looking.
func (p *Provider) writeServed(z *zone, changes []zonefile.Change) {
	next := *z.now
	next.served = next.served.With(changes)
	p.put(z, &next)
}

// Hide has a zone keep sets disabled, in the place of what is disabled at their keys: what others hide, or make of what we have hidden. The
// serial rises. What is served stays as it is.
func (p *Provider) Hide(origin zonefile.Name, sets ...zonefile.RRset) {
	changes := make([]zonefile.Change, len(sets))
	for i := range sets {
		changes[i].New = &sets[i]
	}
	p.writeDisabled(origin, changes)
}

// DropHidden destroys what is disabled at keys, or everything that is disabled if there are none. The serial rises.
func (p *Provider) DropHidden(origin zonefile.Name, keys ...zonefile.Key) {
	var changes []zonefile.Change
	for set := range p.mustHidden(origin).All() {
		if len(keys) == 0 || slices.Contains(keys, set.Key) {
			changes = append(changes, zonefile.Change{Old: &set})
		}
	}
	p.writeDisabled(origin, changes)
}

func (p *Provider) mustHidden(origin zonefile.Name) *zonefile.Zone {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.must(origin).now.disabled
}

func (p *Provider) writeDisabled(origin zonefile.Name, changes []zonefile.Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	z := p.must(origin)
	next := *z.now
	next.disabled = next.disabled.With(changes)
	p.put(z, &next)
}

// SetForeign has a zone serve sets that cannot be managed, in the place of those that it had, as a server that signs does. The
// serial stays, and so do the preconditions of a batch; the version does not.
func (p *Provider) SetForeign(origin zonefile.Name, sets ...zonefile.RRset) {
	foreign, err := zonefile.ZoneOf(origin, sets...)
	if err != nil {
		panic("memory: " + err.Error())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	z := p.must(origin)
	next := *z.now
	next.foreign = foreign
	next.beside++
	z.now = &next
}

// must returns a zone that a test says is there.
func (p *Provider) must(origin zonefile.Name) *zone {
	z := p.zones[origin]
	if z == nil {
		panic(fmt.Sprintf("memory: no zone %s", origin))
	}
	return z
}
