package glauca

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

// UpdateResource implements [providers.ResourceProvider]. It refuses what would take away DNSSEC data that are not among fields. If several PATCHes are
// needed, the next one is made of what is read behind the one before, when the registry has carried that out: the error wraps ErrPartial if it takes its time, or
// if somebody has changed what is still to be written.
func (p *Provider) UpdateResource(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	if err := p.update(ctx, base, r, fields); err != nil {
		return fmt.Errorf("update %s: %w", r, err)
	}
	return nil
}

func (p *Provider) update(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	wanted, err := p.wanted(base, r, fields)
	if err != nil {
		return err
	}
	live, err := p.current(ctx, base)
	if err != nil {
		return rest.Untouched(ctx, err)
	}
	for written := []string(nil); ; {
		left := slices.DeleteFunc(slices.Clone(fields), func(field string) bool { return slices.Contains(written, field) })
		if len(left) == 0 {
			return nil
		}
		next, err := live.next(base, wanted.Fields, left, written)
		if err == nil && len(next.fields) == 0 {
			return nil
		}
		if err == nil {
			left = next.fields
			err = contactError(p.client.patch(ctx, live, next.body), left)
		}
		if err != nil && len(written) > 0 {
			return partial(ctx, "%s is written, and %s is not: %v", strings.Join(written, ", "), strings.Join(left, ", "), err)
		}
		if err != nil {
			return err
		}
		written = append(written, next.fields...)
		if live, err = p.confirm(ctx, base, wanted, written); err != nil {
			return err
		}
	}
}

// wanted returns what is to be written in normal form, or an error if that cannot be written to base.
func (p *Provider) wanted(base *providers.ResourceSnapshot, r providers.Resource, fields []string) (providers.Resource, error) {
	switch {
	case base == nil:
		return providers.Resource{}, fmt.Errorf("%w: without what it was", providers.ErrInvalid)
	case r.Kind != providers.Delegation || r.Kind != base.Kind || r.Name != base.Name:
		return providers.Resource{}, fmt.Errorf("%w: it is not %s", providers.ErrInvalid, base)
	}
	if err := checkID(base.ID); err != nil {
		return providers.Resource{}, fmt.Errorf("%w: %w", providers.ErrInvalid, err)
	}
	wanted, err := p.NormalizeResource(r)
	if err != nil {
		return providers.Resource{}, err
	}
	for _, field := range fields {
		if _, ok := wanted.Fields[field]; !ok {
			return providers.Resource{}, fmt.Errorf("%w: no value for %s", providers.ErrInvalid, field)
		}
	}
	return wanted, nil
}

// next returns the next PATCH to the domain, which is as it was read last. It is one without fields if those that are left are as they are wanted.
func (d domain) next(base *providers.ResourceSnapshot, wanted map[string]string, left, written []string) (patch, error) {
	if err := d.writable(base, left, written); err != nil {
		return patch{}, err
	}
	patches, err := d.patches(wanted, left)
	if err != nil || len(patches) == 0 {
		return patch{}, err
	}
	return patches[0], nil
}

// writable returns an error if the domain is in a state in which it cannot be written, or if it is not as base has it: in the fields that are left to be written, and
// in who answers for it with which keys, which every write is decided by. What was written already is another matter.
func (d domain) writable(base *providers.ResourceSnapshot, left, written []string) error {
	if status := d.status(); status.Phase == providers.Blocked {
		return &providers.StateError{State: status.State, Needs: status.Reason, Kind: providers.ErrBlocked}
	}
	now, err := d.fields()
	if err != nil {
		return err
	}
	for _, field := range slices.Concat([]string{fieldNameServers, fieldDS, fieldKeyData}, left) {
		if now[field] != base.Fields[field] && !slices.Contains(written, field) {
			return fmt.Errorf("%w: %s is %q, and was %q", providers.ErrConflict, field, now[field], base.Fields[field])
		}
	}
	return nil
}

// confirm looks at what came of fields that were written. Glauca answers a PATCH with what it was sent, also where the registry takes its time, or Glauca has
// passed over what that registry does not have. It returns the domain as it is now. All errors say that something was written.
func (p *Provider) confirm(ctx context.Context, base *providers.ResourceSnapshot, wanted providers.Resource, fields []string) (domain, error) {
	list := strings.Join(fields, ", ")
	live, err := p.current(ctx, base)
	if err != nil {
		return domain{}, partial(ctx, "Glauca has taken %s, and nobody knows what came of it: %v", list, err)
	}
	if slices.Contains(live.Statuses, pendingUpdate) {
		return domain{}, partial(ctx, "Glauca has taken %s, and the registry has not carried it out yet: plan again when it is not %s any more", list, pendingUpdate)
	}
	now, err := live.fields()
	if err != nil {
		return domain{}, partial(ctx, "Glauca has taken %s, and what came of it cannot be read: %v", list, err)
	}
	for _, field := range fields {
		if got := now[field]; got != wanted.Fields[field] {
			return domain{}, partial(ctx, "Glauca has taken %s, and %s is %q, and not %q: the registry may not have this, or has refused it later", list, field, got, wanted.Fields[field])
		}
	}
	return live, nil
}
