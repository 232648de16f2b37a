package providertest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/providers"
)

// failingAs has each call return what says makes of its error.
func failingAs(says func(error) error) func(*brokenResources) {
	return func(b *brokenResources) {
		b.fetch = func(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
			s, err := b.ResourceProvider.FetchResource(ctx, what)
			if err != nil {
				return nil, says(err)
			}
			return s, nil
		}
		b.list = func(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
			all, err := b.ResourceProvider.Resources(ctx, like)
			if err != nil {
				return nil, says(err)
			}
			return all, nil
		}
		writing := func(err error) error {
			if err != nil {
				return says(err)
			}
			return nil
		}
		b.create = func(ctx context.Context, r providers.Resource) error {
			return writing(b.ResourceProvider.CreateResource(ctx, r))
		}
		b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
			return writing(b.ResourceProvider.UpdateResource(ctx, base, r, fields))
		}
		b.remove = func(ctx context.Context, base *providers.ResourceSnapshot) error {
			return writing(b.ResourceProvider.RemoveResource(ctx, base))
		}
	}
}

// downAs has what fails since the server is down fail as with.
func downAs(with error) func(*brokenResources) {
	return failingAs(func(err error) error {
		if errors.Is(err, errDown) {
			return with
		}
		return err
	})
}

// quotedError is an error that shows a secret only to those who look into it.
type quotedError struct{ secret string }

func (quotedError) Error() string { return "refused" }

// brokenResourceErrors fail in other ways than the contract has it.
var brokenResourceErrors = map[string]resourceBreakage{
	"two kinds at once": {
		breaks: failingAs(func(err error) error { return fmt.Errorf("%w: %w: %w", providers.ErrInvalid, providers.ErrAuth, err) }),
		fails:  "Create/not there", says: "more than one kind",
	},
	"a secret in an error": {
		breaks: failingAs(func(err error) error { return fmt.Errorf("with %s: %w", keySecret, err) }),
		fails:  "Create/not there", says: "the error of FetchResource shows a secret",
	},
	"a token within an error": {
		breaks: failingAs(func(err error) error { return fmt.Errorf("%w: %w", err, quotedError{"t0ken"}) }),
		fails:  "Create/not there", says: "the error of FetchResource shows a secret",
	},
	"not there, in other words": {
		breaks: failingAs(func(err error) error {
			if errors.Is(err, providers.ErrNoResource) {
				return errors.New("404 Not Found")
			}
			return err
		}),
		fails: "Create/not there",
	},
	"down, and so not there":           {breaks: downAs(providers.ErrNoResource), fails: "Faults/failing", says: "that is not known"},
	"down, and so it promises nothing": {breaks: downAs(providers.ErrConflict), fails: "Faults/answer lost", says: "promises that nothing was done"},
	"busy, in other words":             {breaks: downAs(errors.New("429")), fails: "Faults/busy", says: "want a BusyError"},
	"down, and so nothing is wrong": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				return without(errDown, b.ResourceProvider.UpdateResource(ctx, base, r, fields))
			}
		},
		fails: "Faults/failing",
	},
	"down, and so there is nothing": {
		breaks: func(b *brokenResources) {
			b.list = func(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
				all, err := b.ResourceProvider.Resources(ctx, like)
				return all, without(errDown, err)
			}
		},
		fails: "Faults/failing", says: "Resources: no error",
	},
	"cancelled, in other words": {
		breaks: failingAs(func(err error) error {
			if errors.Is(err, context.Canceled) {
				return errors.New("broken off")
			}
			return err
		}),
		fails: "Faults/cancelled",
	},
	"fetching whatever the context": {
		breaks: func(b *brokenResources) {
			b.fetch = func(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
				return b.ResourceProvider.FetchResource(context.WithoutCancel(ctx), what)
			}
		},
		fails: "Cancel", says: "FetchResource",
	},
	"updating whatever the context": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				_ = b.ResourceProvider.UpdateResource(context.WithoutCancel(ctx), base, r, fields)
				return ctx.Err()
			}
		},
		fails: "Cancel",
	},
	"creating whatever the context": {
		breaks: func(b *brokenResources) {
			b.create = func(ctx context.Context, r providers.Resource) error {
				_ = b.ResourceProvider.CreateResource(context.WithoutCancel(ctx), r)
				return ctx.Err()
			}
		},
		fails: "Cancel",
	},
}
