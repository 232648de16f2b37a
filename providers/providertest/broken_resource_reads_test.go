package providertest_test

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// editingSnapshot has what is read be what edit makes of it.
func editingSnapshot(edit func(*providers.ResourceSnapshot)) func(*brokenResources) {
	return func(b *brokenResources) {
		b.fetch = func(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
			s, err := b.ResourceProvider.FetchResource(ctx, what)
			if err == nil {
				edit(s)
			}
			return s, err
		}
		b.list = func(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
			all, err := b.ResourceProvider.Resources(ctx, like)
			for _, s := range all {
				edit(s)
			}
			return all, err
		}
	}
}

// editingList has the list be what edit makes of it.
func editingList(edit func([]*providers.ResourceSnapshot) []*providers.ResourceSnapshot) func(*brokenResources) {
	return func(b *brokenResources) {
		b.list = func(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
			all, err := b.ResourceProvider.Resources(ctx, like)
			return edit(all), err
		}
	}
}

// wanting has a resource want an output.
func wanting(output providers.Output) func(*brokenResources) {
	return editingSnapshot(func(s *providers.ResourceSnapshot) { s.Outputs = []providers.Output{output} })
}

// status has a resource have a status.
func status(status providers.ResourceStatus) func(*brokenResources) {
	return editingSnapshot(func(s *providers.ResourceSnapshot) { s.Status = status })
}

// field has a resource have a field.
func field(name, value string) func(*brokenResources) {
	return editingSnapshot(func(s *providers.ResourceSnapshot) { s.Fields[name] = value })
}

const anyUpdate = "Update/app www.example.com."

// brokenSnapshots show what is not so, or what nobody may see.
var brokenSnapshots = map[string]resourceBreakage{
	"nothing": {
		breaks: func(b *brokenResources) {
			b.fetch = func(context.Context, providers.Resource) (*providers.ResourceSnapshot, error) { return nil, nil }
		},
		fails: anyUpdate, says: "neither a snapshot nor an error",
	},
	"another resource": {
		breaks: editingSnapshot(func(s *providers.ResourceSnapshot) { s.Name = zonefile.MustParseName("other.example.") }),
		fails:  anyUpdate, says: "returns app other.example.",
	},
	"no id":                     {breaks: editingSnapshot(func(s *providers.ResourceSnapshot) { s.ID = "" }), fails: anyUpdate, says: "the id"},
	"another id each time":      {breaks: numbering, fails: anyUpdate, says: `is "2", and was "1"`},
	"a field that there is not": {breaks: field("colour", "red"), fails: anyUpdate, says: "a field colour"},
	"what cannot be read":       {breaks: field("key", "4711"), fails: anyUpdate, says: "which cannot be read"},
	"a set in disorder":         {breaks: field("servers", "b, a"), fails: anyUpdate, says: "not in order"},
	"secrets": {
		breaks: editingSnapshot(func(s *providers.ResourceSnapshot) { s.Secrets = map[string]providers.Secret{"key": {}} }), fails: anyUpdate, says: "has secrets",
	},
	"a secret among what is observed": {
		breaks: editingSnapshot(func(s *providers.ResourceSnapshot) {
			s.Observed = []providers.Observation{{Name: "key", Text: "it is " + keySecret}}
		}),
		fails: anyUpdate, says: "the snapshot shows a secret",
	},
	"two observations of one name": {
		breaks: editingSnapshot(func(s *providers.ResourceSnapshot) { s.Observed = []providers.Observation{{Name: "a"}, {Name: "a"}} }),
		fails:  anyUpdate, says: "an observation",
	},
	"no phase":                   {breaks: status(providers.ResourceStatus{State: "ready"}), fails: anyUpdate, says: "no phase"},
	"no state":                   {breaks: status(providers.ResourceStatus{Phase: providers.Ready}), fails: anyUpdate, says: "the provider's word"},
	"pending without a reason":   {breaks: status(providers.ResourceStatus{Phase: providers.Pending, State: "new"}), fails: anyUpdate, says: "does not say why"},
	"ready with a reason":        {breaks: status(providers.ResourceStatus{Phase: providers.Ready, State: "ready", Reason: "no"}), fails: anyUpdate, says: "has a reason"},
	"an output that has no name": {breaks: wanting(providers.Output{RRset: refused}), fails: anyUpdate, says: "the type does not name"},
	"an output without records":  {breaks: wanting(providers.Output{Name: "acme"}), fails: anyUpdate, says: "want an RRset"},
	"holding itself": {
		breaks: editingSnapshot(func(s *providers.ResourceSnapshot) { s.Holders = map[string]zonefile.Name{"canonical": s.Name} }),
		fails:  anyUpdate, says: "is said to be that of",
	},
	"one map for all": {breaks: sharing, fails: anyUpdate, says: "the base was changed"},

	"only where it is asked for": {
		breaks: func(b *brokenResources) {
			b.fetch = func(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
				s, err := b.ResourceProvider.FetchResource(ctx, what)
				if err == nil && s.Fields["app"] != what.Fields["app"] {
					return nil, providers.ErrNoResource
				}
				return s, err
			}
		},
		fails: "WriteOnce/app www.example.com.",
	},
	"wherever it is asked for": {
		breaks: func(b *brokenResources) {
			b.fetch = func(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
				s, err := b.ResourceProvider.FetchResource(ctx, what)
				if err == nil {
					s.Fields["app"] = what.Fields["app"]
				}
				return s, err
			}
		},
		fails: "WriteOnce/app www.example.com.", says: "when it is asked for elsewhere",
	},
	"a list that ends too soon": {
		breaks: editingList(func(all []*providers.ResourceSnapshot) []*providers.ResourceSnapshot { return all[:min(len(all), 1)] }), fails: "List",
	},
	"a list in disorder": {
		breaks: editingList(func(all []*providers.ResourceSnapshot) []*providers.ResourceSnapshot {
			slices.Reverse(all)
			return all
		}),
		fails: "List", says: "in order of their names",
	},
	"a list with one twice": {
		breaks: editingList(func(all []*providers.ResourceSnapshot) []*providers.ResourceSnapshot {
			return append(all, all[len(all)-1])
		}),
		fails: "List", says: "2 times",
	},
	"a list of names": {
		breaks: editingList(func(all []*providers.ResourceSnapshot) []*providers.ResourceSnapshot {
			for _, s := range all {
				s.Fields = nil
			}
			return all
		}),
		fails: "List", says: "in the list",
	},
	"a list of everything": {
		breaks: func(b *brokenResources) {
			b.list = func(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
				return b.ResourceProvider.Resources(ctx, providers.Resource{Kind: like.Kind})
			}
		},
		fails: "List", says: "Resources where app www.example.com. is not has it",
	},
}

// numbering gives a resource another id each time.
func numbering(b *brokenResources) {
	n := 0
	editingSnapshot(func(s *providers.ResourceSnapshot) {
		n++
		s.ID = fmt.Sprint(n)
	})(b)
}

// sharing has all snapshots have one map of fields.
func sharing(b *brokenResources) {
	shared := map[string]string{}
	editingSnapshot(func(s *providers.ResourceSnapshot) {
		clear(shared)
		maps.Copy(shared, s.Fields)
		s.Fields = shared
	})(b)
	update := b.ResourceProvider.UpdateResource
	b.update = func(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
		err := update(ctx, base, r, fields)
		_, _ = b.fetch(ctx, base.Resource)
		return err
	}
}
