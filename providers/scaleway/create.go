package scaleway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// projectSetting is the only one of the settings of a ZoneSpec: the project that a zone is in.
const projectSetting = "project_id"

// CreateZone implements [providers.ZoneCreator]. The zone is made within a domain of the account, which is one that has zones already: a domain is
// registered, or made known as an external one, in the Scaleway console, and has its root zone from then on.
//
// The SOA is always Scaleway's, whatever spec has. NS that are not Scaleway's are written when the zone is there; if that fails, the error
// wraps ErrPartial.
func (p *Provider) CreateZone(ctx context.Context, spec providers.ZoneSpec) error {
	if err := p.create(ctx, spec); err != nil {
		return fmt.Errorf("create %s: %w", spec.Origin, err)
	}
	return nil
}

func (p *Provider) create(ctx context.Context, spec providers.ZoneSpec) error {
	ns, err := apexNS(spec)
	if err != nil {
		return err
	}
	z, err := p.newZone(ctx, spec)
	if err != nil {
		return rest.Untouched(ctx, err)
	}
	made, err := p.client.create(ctx, z)
	if err != nil {
		return createError(err)
	}
	if name, err := made.origin(); err != nil || name != spec.Origin {
		return fmt.Errorf("the answer is about the zone %q of %q", made.Subdomain, made.Domain)
	}
	if ns.IsZero() {
		return nil
	}
	if err := p.putNS(ctx, ns); err != nil {
		// In words: the kind is ErrPartial, and an error has one kind only.
		err = fmt.Errorf("%w: the zone is made, and lacks its NS: %s", providers.ErrPartial, err.Error())
		if ended := ctx.Err(); ended != nil {
			return errors.Join(err, ended)
		}
		return err
	}
	return nil
}

// putNS writes the NS of a zone that was just made, if it has others.
func (p *Provider) putNS(ctx context.Context, ns zonefile.RRset) error {
	base, err := p.fetch(ctx, ns.Key.Name)
	if err != nil {
		return err
	}
	change := zonefile.Change{New: &ns}
	if old, ok := base.Zone.Get(ns.Key); ok {
		if old == ns {
			return nil
		}
		change.Old = &old
	}
	_, err = p.apply(ctx, ns.Key.Name, providers.NewBatch(base, []zonefile.Change{change}))
	return err
}

// apexNS returns the NS that a zone is to have, as they are read back, the zero RRset if spec has none.
func apexNS(spec providers.ZoneSpec) (zonefile.RRset, error) {
	var ns zonefile.RRset
	for _, set := range spec.Apex {
		switch set.Key {
		case zonefile.Key{Name: spec.Origin, Type: zonefile.TypeSOA}:
		case zonefile.Key{Name: spec.Origin, Type: zonefile.TypeNS}:
			var err error
			if ns, err = normalize(set); err != nil {
				return zonefile.RRset{}, fmt.Errorf("%s: %w: %w", set.Key, providers.ErrUnsupported, err)
			}
		default:
			return zonefile.RRset{}, fmt.Errorf("%w: %s is neither the SOA nor the NS of its apex", providers.ErrInvalid, set.Key)
		}
	}
	return ns, nil
}

// newZone returns what the API is to make of spec: the zone's name is divided where a domain of the account begins.
func (p *Provider) newZone(ctx context.Context, spec providers.ZoneSpec) (newZone, error) {
	if spec.Kind != "" {
		return newZone{}, fmt.Errorf("%w: kind %q: zones of Scaleway have none", providers.ErrUnsupported, spec.Kind)
	}
	for name := range spec.Properties {
		return newZone{}, fmt.Errorf("%w: the property %q: zones of Scaleway have none", providers.ErrUnsupported, name)
	}
	for name := range spec.Settings {
		if name != projectSetting {
			return newZone{}, fmt.Errorf("%w: the settings of the zone are not those of Scaleway: %q", providers.ErrInvalid, name)
		}
	}
	zones, err := p.client.zones(ctx, "")
	if err != nil {
		return newZone{}, listError(err)
	}
	domain, ok := domainFor(zones, spec.Origin)
	if !ok {
		return newZone{}, fmt.Errorf("%w: no domain of the account has it: register the domain, or add it as an external one, in the Scaleway console, which also makes its root zone", providers.ErrBlocked)
	}
	if slices.ContainsFunc(zones, func(z dnsZone) bool { name, err := z.origin(); return err == nil && name == spec.Origin }) {
		return newZone{}, fmt.Errorf("%w: it is there already", providers.ErrConflict)
	}
	name := zoneText(spec.Origin)
	subdomain := strings.TrimSuffix(strings.TrimSuffix(name, strings.ToLower(domain.Domain)), ".")
	return newZone{domain.Domain, subdomain, cmp.Or(spec.Settings[projectSetting], p.project, domain.Project)}, nil
}

// domainFor returns a zone of the domain that origin is in, the longest if there are several: its root zone if that is in the list.
func domainFor(zones []dnsZone, origin zonefile.Name) (dnsZone, bool) {
	var found dnsZone
	for _, z := range zones {
		domain, err := zonefile.ParseName(z.Domain+".", zonefile.Name{})
		if err != nil || !origin.In(domain) || len(z.Domain) < len(found.Domain) {
			continue
		}
		if len(z.Domain) > len(found.Domain) || z.Subdomain == "" {
			found = z
		}
	}
	return found, found.Domain != ""
}

// createError gives an error of a creation its kind. That there is no such thing is about the domain.
func createError(err error) error {
	e := apiError(err)
	if errors.Is(e, providers.ErrNoZone) {
		return fmt.Errorf("%w: %s", providers.ErrBlocked, err.Error())
	}
	return e
}
