package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenStates say something wrong of zones that cannot be written, or write them.
var brokenStates = withEverything(map[string]breakage{
	"reads in any state":                 {fails: "State/inactive", says: "want a StateError", breaks: fetchingState(func(*providers.StateError) error { return nil })},
	"does not say which state":           {fails: "State/inactive", says: "want a StateError", breaks: fetchingState(func(*providers.StateError) error { return providers.ErrBlocked })},
	"takes a state for no zone":          {fails: "State/inactive", says: "the state is of the kind", breaks: stating(func(s *providers.StateError) { s.Kind = providers.ErrNoZone })},
	"has another word for a state":       {fails: "State/inactive", says: `the state is "off"`, breaks: stating(func(s *providers.StateError) { s.State = "off" })},
	"does not say what a state needs":    {fails: "State/inactive", says: `and needs ""`, breaks: stating(func(s *providers.StateError) { s.Needs = "" })},
	"has outputs without a name":         {fails: "State/inactive", says: "an output has the name", breaks: stating(func(s *providers.StateError) { s.Outputs[0].Name = "" })},
	"has outputs with nothing to output": {fails: "State/inactive", says: "an output has the name", breaks: stating(func(s *providers.StateError) { s.Outputs[0].RRset = zonefile.RRset{} })},
	"has a state of two kinds": {fails: "State/inactive", says: "of more than one kind", breaks: fetchingState(func(s *providers.StateError) error {
		return fmt.Errorf("%w: %w", providers.ErrConflict, s)
	})},
	"does not list what is in a state": {fails: "State/inactive", says: "0 times", breaks: func(b *broken) {
		b.zones = func(ctx context.Context) ([]providers.ZoneInfo, error) {
			zones, err := b.Provider.Zones(ctx)
			return slices.DeleteFunc(zones, func(z providers.ZoneInfo) bool {
				_, err := b.Provider.Fetch(context.WithoutCancel(ctx), z.Origin)
				return z.Kind == providers.Primary && errors.Is(err, providers.ErrBlocked)
			}), err
		}
	}},
	"says that it writes in any state": {fails: "State/inactive", says: "Apply: 1 operations applied", breaks: afterApply(func(_ *broken, batch providers.Batch, result *providers.Result, err *error) {
		if errors.Is(*err, providers.ErrBlocked) {
			result.Applied, *err = batch.Ops, nil
		}
	})},
	"writes in any state": {fails: "State/inactive", says: "the zone was changed", breaks: afterApply(func(b *broken, batch providers.Batch, _ *providers.Result, err *error) {
		if errors.Is(*err, providers.ErrBlocked) && b.Served(batch.Base.Zone.Origin()).Len() > 2 {
			b.Write(origin, batch.Changes()...)
		}
	})},
	"sets properties in any state": {fails: "State/inactive", says: "Configure: error", breaks: configuring(func(_ *broken, _ map[string]string, err error) error {
		return without(providers.ErrBlocked, err)
	})},
	"stays in its state": {fails: "State/inactive", says: "Fetch: ", breaks: func(b *broken) {
		stuck := false
		b.fetch = func(ctx context.Context, of zonefile.Name) (*providers.Snapshot, error) {
			snapshot, err := b.Provider.Fetch(ctx, of)
			if stuck = stuck || of == origin && errors.Is(err, providers.ErrBlocked); stuck {
				return nil, &inactive
			}
			return snapshot, err
		}
	}},
	"says nothing of a zone that is created in a state": {fails: "Create", says: "Fetch: ", breaks: func(b *broken) {
		create := b.Provider.CreateZone
		b.create = func(ctx context.Context, spec providers.ZoneSpec) error {
			err := create(ctx, spec)
			if err == nil {
				b.AddSecondary(apexOf(spec.Origin))
			}
			return err
		}
	}},
})

// fetchingState has Fetch of a zone in a state return the error that edit makes of it, or the zone if it is nil.
func fetchingState(edit func(*providers.StateError) error) func(*broken) {
	return func(b *broken) {
		b.fetch = func(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
			snapshot, err := b.Provider.Fetch(ctx, origin)
			state, ok := errors.AsType[*providers.StateError](err)
			if !ok || !errors.Is(state, providers.ErrBlocked) {
				return snapshot, err
			}
			if err = edit(state); err == nil {
				snapshot = &providers.Snapshot{Zone: b.Served(origin)}
			}
			return snapshot, err
		}
	}
}

// stating has states be what edit makes of them.
func stating(edit func(*providers.StateError)) func(*broken) {
	return fetchingState(func(s *providers.StateError) error {
		edited := *s
		edited.Outputs = slices.Clone(s.Outputs)
		edit(&edited)
		return &edited
	})
}
