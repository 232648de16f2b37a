package scaidns

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// CreateZone implements [providers.ZoneCreator]. If ScaiDNS keeps a removed zone of that name it is restored, with all that is in it; of several the one
// that Export has the id of.
//
// A zone that is made anew has the SOA and NS that ScaiDNS makes: the API takes none with it. It waits for its validation, unless the key needs none, and Fetch
// returns a [*providers.StateError] with the record for it until that is done. What cannot be written before is left to the plans that come then: the NS of
// spec, where the options have them managed, and the signing. If Export says that the zone was signed the error wraps ErrPartial: the keys, and so the DS at
// the parent, would be others, and somebody has to see to that.
func (p *Provider) CreateZone(ctx context.Context, spec providers.ZoneSpec) error {
	if err := p.create(ctx, spec); err != nil {
		return fmt.Errorf("create %s: %w", spec.Origin, err)
	}
	return nil
}

func (p *Provider) create(ctx context.Context, spec providers.ZoneSpec) error {
	d, wanted, err := p.newDomain(spec)
	if err != nil {
		return err
	}
	n, err := p.named(ctx, spec.Origin)
	if err != nil {
		return err
	}
	if done, err := p.revive(ctx, n, spec); done || err != nil {
		return err
	}
	made, err := p.client.create(ctx, d)
	if refusedWith(err, http.StatusConflict) {
		return p.taken(ctx, spec, err)
	}
	if err != nil {
		return err
	}
	if err := p.isMade(made, spec.Origin); err != nil {
		return err
	}
	return p.finish(ctx, made, wanted, spec)
}

// newDomain returns the body that makes a zone, and the properties that it is to have then.
func (p *Provider) newDomain(spec providers.ZoneSpec) (newDomain, map[string]string, error) {
	for _, set := range spec.Apex {
		if set.Key.Name != spec.Origin || set.Key.Type != zonefile.TypeSOA && set.Key.Type != zonefile.TypeNS {
			return newDomain{}, nil, fmt.Errorf("%w: %s is neither the SOA nor the NS of its apex", providers.ErrInvalid, set.Key)
		}
	}
	kind, err := kindOf(spec.Origin, spec.Kind)
	if err != nil {
		return newDomain{}, nil, err
	}
	all := map[string]string{}
	maps.Copy(all, spec.Settings)
	maps.Copy(all, spec.Properties)
	if all, err = p.NormalizeProperties(spec.Origin, kind, all); err != nil {
		return newDomain{}, nil, err
	}
	d := newDomain{Name: zoneText(spec.Origin), Type: kind, Description: all[providers.PropertyDescription], CIDR: all[providers.PropertyCIDR]}
	if prefix, ok := prefixOf(spec.Origin); ok && d.CIDR == "" && kind != typePrimary {
		d.CIDR = prefix.String()
	}
	e, _ := editOf(all)
	d.DefaultTTL = e.DefaultTTL
	return d, all, nil
}

// revive restores what is kept of a zone, and reports whether there was anything. If the zone is there the error wraps ErrConflict.
func (p *Provider) revive(ctx context.Context, n named, spec providers.ZoneSpec) (done bool, err error) {
	if len(n.live) > 0 {
		return false, fmt.Errorf("%w: it is there already (%s)", providers.ErrConflict, p.client.idsOf(n.live))
	}
	kept, ok, err := p.chosen(n.kept, spec.Export[exportID])
	if err != nil || !ok {
		return false, err
	}
	if !kept.primary() {
		return false, fmt.Errorf("%w: ScaiDNS keeps a removed zone of the type %q (%s), which could not be written: remove that for good in ScaiDNS", providers.ErrBlocked, p.client.shown(kept.Type), p.client.idsOf([]domain{kept}))
	}
	d, err := p.client.restore(ctx, kept.ID)
	switch {
	case refusedWith(err, http.StatusConflict):
		return false, fmt.Errorf("%w: ScaiDNS keeps the zone (%s) and does not restore it: %w", providers.ErrBlocked, kept.ID, err)
	case err != nil:
		return false, err
	}
	return true, p.isMade(d, spec.Origin)
}

// isMade returns an error if the answer to a creation or a restore is not about the zone that was to be there then. It has no kind: what became of the zone is not
// known.
func (p *Provider) isMade(d domain, origin zonefile.Name) error {
	name, err := parseZoneName(d.Name)
	if err != nil || name != origin || d.ID == "" || d.Status == "" || d.Status == statusDeleted {
		return fmt.Errorf("the answer is not about this zone: id %q, name %q, status %q", p.client.shown(d.ID), p.client.shown(d.Name), p.client.shown(d.Status))
	}
	return nil
}

// chosen returns the zone of those that are kept that is to be brought back, and whether there is one: the only one, or the one with that id.
func (p *Provider) chosen(kept []domain, id string) (domain, bool, error) {
	if i := slices.IndexFunc(kept, func(d domain) bool { return d.ID == id }); i >= 0 {
		return kept[i], true, nil
	}
	switch len(kept) {
	case 0:
		return domain{}, false, nil
	case 1:
		return kept[0], true, nil
	}
	return domain{}, false, fmt.Errorf("%w: ScaiDNS keeps %d removed zones of this name (%s): restore one of them there", providers.ErrBlocked, len(kept), p.client.idsOf(kept))
}

// taken is for a zone that cannot be made because there is one of that name, which was not seen: it was made meanwhile, or it is not in lower case, or
// it belongs to somebody else.
func (p *Provider) taken(ctx context.Context, spec providers.ZoneSpec, refused error) error {
	n, err := p.named(ctx, spec.Origin)
	if err != nil {
		return err
	}
	if done, err := p.revive(ctx, n, spec); done || err != nil {
		return err
	}
	return fmt.Errorf("%w: the name is taken by a zone that this key does not see: %w", providers.ErrBlocked, refused)
}

// finish gives a new zone what it could not be made with.
func (p *Provider) finish(ctx context.Context, made domain, wanted map[string]string, spec providers.ZoneSpec) error {
	const done = "the zone is made"
	later := map[string]string{}
	if settings := wanted[providers.PropertySettings]; settings != "" && settings != "{}" {
		later[providers.PropertySettings] = settings
	}
	if algorithm := wanted[providers.PropertyDNSSEC]; made.Status == statusActive && algorithm != "" && algorithm != unsigned {
		later[providers.PropertyDNSSEC] = algorithm
	}
	if err := p.set(ctx, made.ID, later, signing{}); err != nil {
		return partial(ctx, done+", without all of its properties", err)
	}
	if err := p.putApexNS(ctx, made, spec); err != nil {
		return partial(ctx, done+", with the NS that ScaiDNS makes", err)
	}
	if made.Status == statusPending {
		if err := p.beginValidation(ctx, made.ID); err != nil {
			return partial(ctx, done+", and its validation was not begun", err)
		}
	}
	return signedBefore(done, spec)
}

// signedBefore returns an error that wraps ErrPartial if a zone that is made anew was signed.
func signedBefore(done string, spec providers.ZoneSpec) error {
	text := spec.Export[exportDNSSEC]
	if text == "" {
		return nil
	}
	var was signing
	if err := json.Unmarshal([]byte(text), &was); err == nil && !was.Enabled {
		return nil
	}
	return fmt.Errorf("%w: %s anew, and its keys are not those that it was signed with: take its DS out of the parent zone until it is signed again and has a new one", providers.ErrPartial, done)
}

// putApexNS gives a new zone the NS of its spec, if they are managed and it can be written.
func (p *Provider) putApexNS(ctx context.Context, made domain, spec providers.ZoneSpec) error {
	i := slices.IndexFunc(spec.Apex, func(set zonefile.RRset) bool { return set.Key.Type == zonefile.TypeNS })
	if !p.manageApexNS || made.Status != statusActive || i < 0 {
		return nil
	}
	_, base, err := p.read(ctx, made.ID, spec.Origin)
	if err != nil {
		return err
	}
	change := zonefile.Change{New: &spec.Apex[i]}
	if old, ok := base.Zone.Get(change.New.Key); ok {
		if old == *change.New {
			return nil
		}
		change.Old = &old
	}
	_, err = p.apply(ctx, spec.Origin, providers.NewBatch(base, []zonefile.Change{change}))
	return err
}

// beginValidation begins the validation of a new zone if ScaiDNS has not begun one.
func (p *Provider) beginValidation(ctx context.Context, id string) error {
	v, err := p.client.validation(ctx, id)
	if err != nil || v != nil {
		return err
	}
	return p.client.validate(ctx, id)
}
