package providertest_test

import (
	"context"

	"github.com/zoneward/zoneward/providers"
)

// writingAs changes what an update is called with.
func writingAs(change func(base **providers.ResourceSnapshot, r *providers.Resource)) func(*brokenResources) {
	return func(b *brokenResources) {
		b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
			change(&base, &r)
			return b.ResourceProvider.UpdateResource(ctx, base, r, fields)
		}
	}
}

// brokenResourceBases do not look at what a call is about.
var brokenResourceBases = map[string]resourceBreakage{
	"updating without a base": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				if base == nil {
					base, _ = b.ResourceProvider.FetchResource(ctx, r)
				}
				return b.ResourceProvider.UpdateResource(ctx, base, r, fields)
			}
		},
		fails: "Base/UpdateResource without a base", says: "UpdateResource without a base: error <nil>",
	},
	"updating nothing": {
		breaks: writingAs(func(base **providers.ResourceSnapshot, _ *providers.Resource) { _ = (*base).ID }),
		fails:  "Base/UpdateResource without a base", says: "panic",
	},
	"updating as another kind": {
		breaks: writingAs(func(_ **providers.ResourceSnapshot, r *providers.Resource) { r.Kind = providers.App }),
		fails:  "Base/UpdateResource to another kind",
	},
	"updating as another name": {
		breaks: writingAs(func(base **providers.ResourceSnapshot, r *providers.Resource) {
			if *base != nil {
				r.Name = (*base).Name
			}
		}),
		fails: "Base/UpdateResource to another name",
	},
	"removing nothing": {
		breaks: func(b *brokenResources) {
			b.remove = func(ctx context.Context, base *providers.ResourceSnapshot) error {
				if base == nil {
					return nil
				}
				return b.ResourceProvider.RemoveResource(ctx, base)
			}
		},
		fails: "Base/RemoveResource without a base",
	},
	"checking nothing": {
		breaks: func(b *brokenResources) {
			b.check = func(context.Context, *providers.ResourceSnapshot) error { return nil }
		},
		fails: "Base/CheckResource without a base",
	},
	"fetching another kind": {
		breaks: func(b *brokenResources) {
			b.fetch = func(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
				what.Kind = providers.App
				return b.ResourceProvider.FetchResource(ctx, what)
			}
		},
		fails: "Base/FetchResource of another kind",
	},
}
