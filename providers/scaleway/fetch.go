package scaleway

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// reads is how often a zone is read that changes while it is read.
const reads = 3

// Fetch implements [providers.ZoneReader]. It asks for the zone, its versions, the pages of its records, and its versions again: if they are not the
// same, the records may be of two states, and it begins anew.
//
// The snapshot has no SOA, because the API does not show it, and so no serial. Its version is the ID of the zone's newest version. A
// zone that was made and never written since has none.
func (p *Provider) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	snapshot, err := p.fetch(ctx, origin)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", origin, err)
	}
	return snapshot, nil
}

func (p *Provider) fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	if _, err := p.writableZone(ctx, origin); err != nil {
		return nil, err
	}
	before, err := p.client.versions(ctx, origin)
	if err != nil {
		return nil, p.zoneError(ctx, origin, err)
	}
	var torn error
	for range reads {
		now, err := p.look(ctx, origin)
		if _, ok := errors.AsType[*scw.TornError](err); ok {
			torn = err
			continue
		}
		if err != nil {
			return nil, err
		}
		if now.history.newest() == before.newest() {
			return now.snapshot(), nil
		}
		torn, before = errors.New("it was changed each time while it was read"), now.history
	}
	return nil, fmt.Errorf("%d times: %w", reads, torn)
}

// state is a zone as it was, with the versions that there were right afterwards.
type state struct {
	content
	history history
}

// snapshot returns the snapshot of a zone that did not change while it was read.
func (s state) snapshot() *providers.Snapshot {
	return &providers.Snapshot{Zone: s.zone, Foreign: s.foreign, Version: s.history.newest(), Traits: traits()}
}

// look reads the records of a zone, and then its versions. If those are the ones that there were before, the records are of that time.
func (p *Provider) look(ctx context.Context, origin zonefile.Name) (state, error) {
	records, err := p.client.records(ctx, origin)
	if err != nil {
		return state{}, p.zoneError(ctx, origin, err)
	}
	c, err := newContent(origin, records)
	if err != nil {
		return state{}, fmt.Errorf("%w: %w", providers.ErrBlocked, err)
	}
	versions, err := p.client.versions(ctx, origin)
	if err != nil {
		return state{}, p.zoneError(ctx, origin, err)
	}
	return state{c, versions}, nil
}

// zone returns what the list says of a zone. The error wraps ErrNoZone if the list does not have it.
func (p *Provider) zone(ctx context.Context, origin zonefile.Name) (dnsZone, error) {
	zones, err := p.client.zones(ctx, zoneText(origin))
	if scw.Forbidden(err) {
		// Either the key may not read zones, or this one is somebody else's. Then the list of all zones can be had.
		if _, all := p.client.zones(ctx, ""); all == nil {
			return dnsZone{}, p.noZone(": " + apiError(err).Error())
		}
	}
	if err != nil {
		return dnsZone{}, listError(err)
	}
	for _, z := range zones {
		if name, err := z.origin(); err == nil && name == origin {
			return z, nil
		}
	}
	return dnsZone{}, p.noZone("")
}

// writableZone is zone, with an error that wraps ErrBlocked for one that must not be written. One that is pending may be: Scaleway is about to
// serve the last change.
func (p *Provider) writableZone(ctx context.Context, origin zonefile.Name) (dnsZone, error) {
	z, err := p.zone(ctx, origin)
	if err != nil {
		return dnsZone{}, err
	}
	message := ""
	if z.Message != nil && *z.Message != "" {
		message = fmt.Sprintf("Scaleway says %q", rest.Shorten(*z.Message, scw.ShownWords))
	}
	switch {
	case z.secondary():
		return dnsZone{}, fmt.Errorf("%w: its content comes from another server, %q", providers.ErrBlocked, z.Masters)
	case z.Status == "active", z.Status == "pending":
		return z, nil
	case z.Status == "locked":
		return dnsZone{}, scw.Locked(message)
	}
	return dnsZone{}, &providers.StateError{
		State: z.Status, Needs: scw.Join("; ", "look in the Scaleway console what is wrong with it, or ask Scaleway", message), Kind: providers.ErrBlocked,
	}
}
