package providertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// presence is whether a zone is there.
type presence int

const (
	unknown presence = iota
	absent
	kept
	there
)

// presence looks whether a zone is there.
func (p *persistent) presence(ctx context.Context, origin zonefile.Name) presence {
	_, err := p.Fetch(ctx, origin)
	_, inState := errors.AsType[*providers.StateError](err)
	switch {
	case err == nil, errors.Is(err, providers.ErrBlocked):
		return there
	case errors.Is(err, providers.ErrNoZone) && inState:
		return kept
	case errors.Is(err, providers.ErrNoZone):
		return absent
	}
	return unknown
}

// lost reports whether an error leaves open that all was done.
func lost(err error) bool {
	_, busy := errors.AsType[*providers.BusyError](err)
	return goesOn(err) && !busy
}

// persistentCreator creates zones again.
type persistentCreator struct {
	link
	creator providers.ZoneCreator
}

// CreateZone creates a zone. If it is there after an error, and was not before, it is made what it was to be.
func (c persistentCreator) CreateZone(ctx context.Context, spec providers.ZoneSpec) error {
	before := c.presence(ctx, spec.Origin)
	c.forget(spec.Origin)
	mayBe := false // ours
	for try := 1; ; try++ {
		err := c.creator.CreateZone(ctx, spec)
		if err == nil {
			return nil
		}
		mayBe = before != there && (mayBe || lost(err))
		is := mayBe && errors.Is(err, providers.ErrConflict)
		if !goesOn(err) && !is || try == tries || pause(ctx) != nil {
			return err
		}
		if is || mayBe && c.presence(ctx, spec.Origin) == there {
			return c.complete(ctx, spec, before, err)
		}
	}
}

// complete makes a zone that was just created, with an error, what it was to be. One that was kept is what it was.
func (c persistentCreator) complete(ctx context.Context, spec providers.ZoneSpec, before presence, because error) error {
	made, err := c.Fetch(ctx, spec.Origin)
	_, inState := errors.AsType[*providers.StateError](err)
	switch {
	case inState && errors.Is(because, providers.ErrPartial):
		return because
	case inState, err == nil && before == kept:
		return nil
	}
	if err != nil {
		return err
	}
	if remover, ok := c.creator.(providers.ZoneRemover); ok && spec.Settings != nil {
		_, settings, err := (persistentRemover{c, remover}).ZoneSettings(ctx, spec.Origin)
		if err != nil {
			return err
		}
		if !maps.Equal(settings, spec.Settings) {
			return fmt.Errorf("it has the settings %v, and was to have %v: %w", settings, spec.Settings, providers.ErrPartial)
		}
	}
	var changes []zonefile.Change
	for _, set := range spec.Apex {
		writable := made.Traits.ApexNSWritable
		if set.Key.Type == zonefile.TypeSOA {
			writable = made.Traits.SOAWritable
		}
		if old := live(made.Zone, set.Key); writable && !sameServed(old, &set) {
			changes = append(changes, zonefile.Change{Old: old, New: &set})
		}
	}
	if len(changes) > 0 {
		if _, err := c.Apply(ctx, spec.Origin, providers.NewBatch(made, changes)); err != nil {
			return err
		}
	}
	return c.completeProperties(ctx, spec, made)
}

// completeProperties sets the properties of a zone that was just created and does not have them.
func (c persistentCreator) completeProperties(ctx context.Context, spec providers.ZoneSpec, made *providers.Snapshot) error {
	missing := maps.Clone(spec.Properties)
	maps.DeleteFunc(missing, func(name, value string) bool { return made.Properties[name] == value })
	for name, value := range missing {
		if !slices.Contains(made.Traits.Properties, name) {
			return fmt.Errorf("its %s is %q, was to be %q, and cannot be set: %w", name, made.Properties[name], value, providers.ErrPartial)
		}
	}
	configurer, ok := providers.As[providers.ZoneConfigurer](c.ZoneProvider)
	if !ok || len(missing) == 0 {
		return nil
	}
	return persistentConfigurer{c.link, configurer}.Configure(ctx, made, missing)
}

// persistentRemover removes zones again.
type persistentRemover struct {
	persistentCreator
	remover providers.ZoneRemover
}

// ZoneSettings is that of the provider, asked again.
func (r persistentRemover) ZoneSettings(ctx context.Context, origin zonefile.Name) (kind string, settings map[string]string, err error) {
	kind, err = again(ctx, func() (string, error) {
		kind, settings, err = r.remover.ZoneSettings(ctx, origin)
		return kind, err
	})
	return kind, settings, err
}

// RemoveZone removes a zone. If it is gone after an error, and was there before, that was it.
func (r persistentRemover) RemoveZone(ctx context.Context, base *providers.Snapshot) error {
	origin := base.Zone.Origin()
	before := r.presence(ctx, origin)
	mayBe := false // ours
	for try := 1; ; try++ {
		err := r.remover.RemoveZone(ctx, base)
		if err == nil || mayBe && errors.Is(err, providers.ErrNoZone) {
			r.forget(origin)
			return nil
		}
		mayBe = before == there && (mayBe || lost(err))
		if !goesOn(err) || try == tries || pause(ctx) != nil {
			return err
		}
	}
}

// persistentPurger purges zones again.
type persistentPurger struct {
	persistentRemover
	purger providers.ZonePurger
}

// PurgeZone purges a zone. There is nothing to do if it is gone after an error.
func (x persistentPurger) PurgeZone(ctx context.Context, origin zonefile.Name, export map[string]string) error {
	_, err := again(ctx, func() (struct{}, error) { return struct{}{}, x.purger.PurgeZone(ctx, origin, export) })
	return err
}
