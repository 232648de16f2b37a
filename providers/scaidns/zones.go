package scaidns

import (
	"context"
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// The statuses and types of zones, https://www.scailabs.ai/en/docs/scaidns/concepts/zones-and-records.
const (
	statusPending  = "pending_validation"
	statusActive   = "active"
	statusInactive = "inactive"
	statusDeleted  = "deleted"

	typePrimary = "primary"
	typeIPv4    = "reverse_ipv4"
	typeIPv6    = "reverse_ipv6"
)

// primary reports whether zones of a type have their content here. Types that are not known do not.
func (d domain) primary() bool {
	return d.Type == typePrimary || d.Type == typeIPv4 || d.Type == typeIPv6
}

// Zones implements [providers.ZoneReader] with a request for each hundred zones. Those that were removed and are kept are left out, and so
// are those with a name that no zone can have here; those that cannot be written yet are listed.
func (p *Provider) Zones(ctx context.Context) ([]providers.ZoneInfo, error) {
	domains, err := p.client.domains(ctx, "", false)
	if err != nil {
		return nil, err
	}
	all := make([]providers.ZoneInfo, 0, len(domains))
	for _, d := range domains {
		if d.Status == statusDeleted {
			continue
		}
		origin, err := parseZoneName(d.Name)
		if err != nil {
			continue
		}
		info := providers.ZoneInfo{Origin: origin, Kind: providers.Secondary}
		if d.primary() {
			info.Kind = providers.Primary
		}
		all = append(all, info)
	}
	return all, nil
}

// named are the zones of one name.
type named struct {
	live []domain // at most one, if all is well
	kept []domain // those that were removed and are kept
}

// named returns the zones of a name. The API looks for a part of names, and may mind the letter case that a name was made with: all zones are looked through
// before it is said that there is none.
func (p *Provider) named(ctx context.Context, origin zonefile.Name) (named, error) {
	domains, err := p.client.domains(ctx, zoneText(origin), true)
	if err != nil {
		return named{}, err
	}
	if n := ofName(domains, origin); len(n.live) > 0 {
		return n, nil
	}
	if domains, err = p.client.domains(ctx, "", true); err != nil {
		return named{}, err
	}
	return ofName(domains, origin), nil
}

// ofName returns those of some zones that have a name.
func ofName(domains []domain, origin zonefile.Name) named {
	var n named
	for _, d := range domains {
		name, err := parseZoneName(d.Name)
		switch {
		case err != nil || name != origin:
		case d.Status == statusDeleted:
			n.kept = append(n.kept, d)
		default:
			n.live = append(n.live, d)
		}
	}
	return n
}

// writable returns the zone of a name if it can be written.
func (p *Provider) writable(ctx context.Context, origin zonefile.Name) (domain, error) {
	d, err := p.only(ctx, origin)
	if err != nil {
		return domain{}, err
	}
	return d, p.usable(ctx, d, origin)
}

// only returns the one zone of a name, in whatever state.
func (p *Provider) only(ctx context.Context, origin zonefile.Name) (domain, error) {
	n, err := p.named(ctx, origin)
	switch {
	case err != nil:
		return domain{}, err
	case len(n.live) == 1:
		return n.live[0], nil
	case len(n.live) > 1:
		return domain{}, fmt.Errorf("%w: there are %d zones of this name: %s", providers.ErrBlocked, len(n.live), p.client.idsOf(n.live))
	case len(n.kept) > 0:
		return domain{}, &providers.StateError{
			State: statusDeleted, Kind: providers.ErrNoZone,
			Needs: fmt.Sprintf("it was removed, and ScaiDNS keeps it (%s): creating the zone brings it back", p.client.idsOf(n.kept)),
		}
	}
	return domain{}, providers.ErrNoZone
}

// usable returns an error unless d is that zone, and is in a state in which it can be written.
func (p *Provider) usable(ctx context.Context, d domain, origin zonefile.Name) error {
	if name, err := parseZoneName(d.Name); err != nil || name != origin {
		return fmt.Errorf("%w: the answer is about the zone %q", providers.ErrBlocked, p.client.shown(d.Name))
	}
	if !d.primary() {
		return fmt.Errorf("%w: it is of the type %q, whose content comes from another server", providers.ErrBlocked, p.client.shown(d.Type))
	}
	switch d.Status {
	case statusActive:
		return nil
	case statusPending:
		return p.pending(ctx, d, origin)
	case statusInactive:
		return &providers.StateError{State: d.Status, Kind: providers.ErrBlocked, Needs: "it was switched off: switch it on again in ScaiDNS, as its API has no way to"}
	case statusDeleted:
		return &providers.StateError{State: d.Status, Kind: providers.ErrNoZone, Needs: "it was removed, and ScaiDNS keeps it: creating the zone brings it back"}
	}
	return &providers.StateError{State: p.client.shown(d.Status), Kind: providers.ErrBlocked, Needs: "this state is not known here: see in ScaiDNS what it means"}
}

// idsOf lists the ids of zones.
func (c *client) idsOf(domains []domain) string {
	ids := make([]string, len(domains))
	for i, d := range domains {
		ids[i] = d.ID
	}
	return c.shown(strings.Join(ids, ", "))
}
