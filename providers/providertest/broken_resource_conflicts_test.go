package providertest_test

import (
	"context"
	"errors"
	"slices"

	"github.com/zoneward/zoneward/providers"
)

// forcing writes with the base that is right, if the other is not.
func forcing(b *brokenResources) {
	b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
		now, err := b.ResourceProvider.FetchResource(ctx, base.Resource)
		if err != nil {
			return err
		}
		return b.ResourceProvider.UpdateResource(ctx, now, r, fields)
	}
}

// brokenResourceConflicts do not look, or too late.
var brokenResourceConflicts = map[string]resourceBreakage{
	"updating whatever it is": {breaks: forcing, fails: "Conflict/app www.example.com./servers"},
	"updating whichever it is": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				if now, err := b.ResourceProvider.FetchResource(ctx, base.Resource); err == nil {
					older := *base
					base, older.ID = &older, now.ID
				}
				return b.ResourceProvider.UpdateResource(ctx, base, r, fields)
			}
		},
		fails: "Conflict/app www.example.com./gone", says: "another one of that name",
	},
	"not looking at what is written together": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				if now, err := b.ResourceProvider.FetchResource(ctx, base.Resource); err == nil && slices.Equal(fields, []string{"key"}) {
					older := *base
					older.Resource, base = base.With(map[string]string{"subject": now.Fields["subject"]}), &older
				}
				return b.ResourceProvider.UpdateResource(ctx, base, r, fields)
			}
		},
		fails: "Conflict/app www.example.com./subject", says: "UpdateResource of key with an outdated base",
	},
	"noticing too late": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				err := b.ResourceProvider.UpdateResource(ctx, base, r, fields)
				if now, errFetch := b.ResourceProvider.FetchResource(ctx, base.Resource); errFetch == nil && errors.Is(err, providers.ErrConflict) {
					_ = b.ResourceProvider.UpdateResource(ctx, now, r.With(map[string]string{"servers": "z"}), []string{"servers"})
				}
				return err
			}
		},
		fails: "Conflict/app www.example.com./canonical",
	},
	"removing whatever it is": {
		breaks: func(b *brokenResources) {
			b.remove = func(ctx context.Context, base *providers.ResourceSnapshot) error {
				if now, err := b.ResourceProvider.FetchResource(ctx, base.Resource); err == nil && now.ID == base.ID {
					base = now
				}
				return b.ResourceProvider.RemoveResource(ctx, base)
			}
		},
		fails: "Conflict/app www.example.com./servers", says: "RemoveResource with an outdated base",
	},
	"removing whichever it is": {
		breaks: func(b *brokenResources) {
			b.remove = func(ctx context.Context, base *providers.ResourceSnapshot) error {
				now, err := b.ResourceProvider.FetchResource(ctx, base.Resource)
				if err != nil {
					return err
				}
				return b.ResourceProvider.RemoveResource(ctx, now)
			}
		},
		fails: "Remove/app www.example.com.", says: "another one of that name",
	},
	"creating over what is there": {
		breaks: func(b *brokenResources) {
			b.create = func(ctx context.Context, r providers.Resource) error {
				err := b.ResourceProvider.CreateResource(ctx, r)
				if errors.Is(err, providers.ErrConflict) {
					b.Set(r)
				}
				return err
			}
		},
		fails: "Create/app www.example.com. after 0 updates",
	},
	"creating what is there": {
		breaks: func(b *brokenResources) {
			b.create = func(ctx context.Context, r providers.Resource) error {
				return without(providers.ErrConflict, b.ResourceProvider.CreateResource(ctx, r))
			}
		},
		fails: "Create/app api.example.com. after 0 updates", says: "CreateResource of one that is there",
	},
	"making what is gone": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				err := b.ResourceProvider.UpdateResource(ctx, base, r, fields)
				if errors.Is(err, providers.ErrNoResource) {
					b.Set(r)
				}
				return err
			}
		},
		fails: "Conflict/app www.example.com./gone",
	},
	"seeing no other holder": {
		breaks: editingSnapshot(func(s *providers.ResourceSnapshot) { s.Holders = nil }), fails: "Exclusive/canonical",
	},
	"having what another one has": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				if slices.Contains(fields, "canonical") && r.Fields["canonical"] == "false" {
					return nil
				}
				return b.ResourceProvider.UpdateResource(ctx, base, r, fields)
			}
		},
		fails: "Exclusive/canonical",
	},
}
