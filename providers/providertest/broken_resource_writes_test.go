package providertest_test

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
)

// creating has CreateResource make something else.
func creating(edit func(providers.Resource) providers.Resource) func(*brokenResources) {
	return func(b *brokenResources) {
		b.create = func(ctx context.Context, r providers.Resource) error {
			return b.ResourceProvider.CreateResource(ctx, edit(r))
		}
	}
}

// updating has UpdateResource write something else.
func updating(edit func(r providers.Resource, fields []string) (providers.Resource, []string)) func(*brokenResources) {
	return func(b *brokenResources) {
		b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
			r, fields = edit(r, fields)
			return b.ResourceProvider.UpdateResource(ctx, base, r, fields)
		}
	}
}

// withoutField returns fields without one.
func withoutField(fields []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return f == name })
}

// brokenResourceWrites write something else than they are told.
var brokenResourceWrites = map[string]resourceBreakage{
	"losing a field": {
		breaks: creating(func(r providers.Resource) providers.Resource {
			r.Fields = maps.Clone(r.Fields)
			delete(r.Fields, "servers")
			return r
		}),
		fails: "Create/app www.example.com. after 0 updates", says: "servers of app",
	},
	"ignoring the default": {
		breaks: creating(func(r providers.Resource) providers.Resource {
			if _, ok := r.Fields["letsencrypt"]; !ok {
				r = r.With(map[string]string{"letsencrypt": "false"})
			}
			return r
		}),
		fails: "Create/app www.example.com. after 0 updates", says: "letsencrypt of app",
	},
	"not creating": {
		breaks: func(b *brokenResources) {
			b.create = func(context.Context, providers.Resource) error { return nil }
		},
		alone: true, fails: "Create/app api.example.com. after 0 updates",
	},
	"creating what is not created": {
		removal: providers.NeverRemoved, options: []memory.ResourceOption{memory.WithoutCreation()},
		breaks: func(b *brokenResources) {
			b.create = func(_ context.Context, r providers.Resource) error {
				b.Set(r)
				return nil
			}
		},
		fails: "Create/app www.example.com. after 0 updates",
	},
	"writing all that is declared": {
		breaks: updating(func(r providers.Resource, fields []string) (providers.Resource, []string) {
			for _, name := range []string{"canonical", "letsencrypt", "servers"} {
				if _, ok := r.Fields[name]; ok {
					fields = append(fields, name)
				}
			}
			return r, fields
		}),
		fails: "Update/app www.example.com.",
	},
	"resetting what is not declared": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				if _, ok := r.Fields["letsencrypt"]; !ok {
					r, fields = r.With(map[string]string{"letsencrypt": "true"}), append(fields, "letsencrypt")
				}
				return b.ResourceProvider.UpdateResource(ctx, base, r, fields)
			}
		},
		fails: "Update/app www.example.com./what is not declared",
	},
	"not writing a field": {
		breaks: updating(func(r providers.Resource, fields []string) (providers.Resource, []string) {
			return r, withoutField(fields, "letsencrypt")
		}),
		fails: "Update/app www.example.com.", says: "letsencrypt of app",
	},
	"refusing what is there already": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				if len(fields) == 0 || slices.ContainsFunc(fields, func(name string) bool { return base.Fields[name] == r.Fields[name] }) {
					return providers.ErrInvalid
				}
				return b.ResourceProvider.UpdateResource(ctx, base, r, fields)
			}
		},
		fails: "Update/app www.example.com.",
	},
	"keeping what is removed": {
		breaks: func(b *brokenResources) {
			b.remove = func(context.Context, *providers.ResourceSnapshot) error { return nil }
		},
		fails: "Remove/app www.example.com.",
	},
	"removing twice": {
		breaks: func(b *brokenResources) {
			b.remove = func(ctx context.Context, base *providers.ResourceSnapshot) error {
				return without(providers.ErrNoResource, b.ResourceProvider.RemoveResource(ctx, base))
			}
		},
		fails: "Remove/app www.example.com.",
	},
	"removing what is never removed": {
		removal: providers.NeverRemoved, options: []memory.ResourceOption{memory.WithoutCreation()},
		breaks: func(b *brokenResources) {
			b.remove = func(_ context.Context, base *providers.ResourceSnapshot) error {
				b.Remove(base.Name)
				return nil
			}
		},
		fails: "Remove/app www.example.com.",
	},
	"changing where it is": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				if slices.Contains(fields, "app") {
					b.Set(providers.Resource{Kind: r.Kind, Name: r.Name, Fields: map[string]string{"app": r.Fields["app"]}})
					return nil
				}
				return b.ResourceProvider.UpdateResource(ctx, base, r, fields)
			}
		},
		fails: "WriteOnce/app www.example.com.",
	},
	"ignoring a field that there is not": {
		breaks: updating(func(r providers.Resource, fields []string) (providers.Resource, []string) {
			r.Fields = maps.Clone(r.Fields)
			delete(r.Fields, "no-such-field")
			return r, withoutField(fields, "no-such-field")
		}),
		fails: "WriteOnce/app www.example.com.", says: "a field that there is not",
	},
	"writing to what is blocked": {
		breaks: func(b *brokenResources) {
			b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
				b.SetStatus(base.Name, ready)
				defer b.SetStatus(base.Name, locked)
				return b.ResourceProvider.UpdateResource(ctx, base, r, fields)
			}
		},
		fails: "Blocked",
	},
	"blocking without a state": {
		breaks: func(b *brokenResources) {
			b.remove = func(ctx context.Context, base *providers.ResourceSnapshot) error {
				if err := b.ResourceProvider.RemoveResource(ctx, base); errors.Is(err, providers.ErrBlocked) {
					return providers.ErrBlocked
				}
				return nil
			}
		},
		fails: "Blocked", says: "want a StateError",
	},
	"changing what it checks": {
		breaks: func(b *brokenResources) {
			b.check = func(_ context.Context, base *providers.ResourceSnapshot) error {
				b.Set(base.With(map[string]string{"servers": "checked"}))
				return nil
			}
		},
		fails: "Check",
	},
	"checking what is gone": {
		breaks: func(b *brokenResources) {
			b.check = func(ctx context.Context, _ *providers.ResourceSnapshot) error { return ctx.Err() }
		},
		fails: "Check", says: "CheckResource of what is gone",
	},
}
