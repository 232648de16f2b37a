package glauca

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
)

// UpdateResource implements [providers.ResourceProvider]. It refuses what would take away DNSSEC data that are not among fields. If several PATCHes are
// needed, the next one is made when the registry has carried out the one before: the error wraps ErrPartial if it takes its time for that.
func (p *Provider) UpdateResource(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	if err := p.update(ctx, base, r, fields); err != nil {
		return fmt.Errorf("update %s: %w", base.Resource, err)
	}
	return nil
}

func (p *Provider) update(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	wanted, err := p.NormalizeResource(r)
	if err != nil {
		return err
	}
	for _, field := range fields {
		if _, ok := wanted.Fields[field]; !ok {
			return fmt.Errorf("%w: no value for %s", providers.ErrInvalid, field)
		}
	}
	live, err := p.current(ctx, base)
	if err != nil {
		return err
	}
	if err := live.writable(base, fields); err != nil {
		return err
	}
	patches, err := live.patches(wanted.Fields, fields)
	if err != nil {
		return err
	}
	var written []string
	for _, patch := range patches {
		switch err := p.client.patch(ctx, live, patch.body); {
		case err != nil && len(written) > 0:
			return partial(ctx, "%s is written, and %s is not: %v", strings.Join(written, ", "), strings.Join(patch.fields, ", "), contactError(err, patch.fields))
		case err != nil:
			return contactError(err, patch.fields)
		}
		written = append(written, patch.fields...)
		if err := p.confirm(ctx, base, wanted, written); err != nil {
			return err
		}
	}
	return nil
}

// writable returns an error if the domain is in a state in which it cannot be written, or if it is not as base has it: in the fields that are to be written, and
// in who answers for it with which keys, which every write is decided by.
func (d domain) writable(base *providers.ResourceSnapshot, fields []string) error {
	if status := d.status(); status.Phase == providers.Blocked {
		return &providers.StateError{State: status.State, Needs: status.Reason, Kind: providers.ErrBlocked}
	}
	now, err := d.fields()
	if err != nil {
		return err
	}
	for _, field := range slices.Concat([]string{fieldNameServers, fieldDS, fieldKeyData}, fields) {
		if now[field] != base.Fields[field] {
			return fmt.Errorf("%w: %s is %q, and was %q", providers.ErrConflict, field, now[field], base.Fields[field])
		}
	}
	return nil
}

// confirm looks at what came of fields that were written. Glauca answers a PATCH with what it was sent, also where the registry takes its time, or Glauca has
// passed over what that registry does not have. All errors say that something was written.
func (p *Provider) confirm(ctx context.Context, base *providers.ResourceSnapshot, wanted providers.Resource, fields []string) error {
	list := strings.Join(fields, ", ")
	live, err := p.current(ctx, base)
	if err != nil {
		return partial(ctx, "Glauca has taken %s, and nobody knows what came of it: %v", list, err)
	}
	if slices.Contains(live.Statuses, pendingUpdate) {
		return partial(ctx, "Glauca has taken %s, and the registry has not carried it out yet: plan again when it is not %s any more", list, pendingUpdate)
	}
	now, err := live.fields()
	if err != nil {
		return partial(ctx, "Glauca has taken %s, and what came of it cannot be read: %v", list, err)
	}
	for _, field := range fields {
		if got := now[field]; got != wanted.Fields[field] {
			return partial(ctx, "Glauca has taken %s, and %s is %q, and not %q: the registry may not have this, or has refused it later", list, field, got, wanted.Fields[field])
		}
	}
	return nil
}
