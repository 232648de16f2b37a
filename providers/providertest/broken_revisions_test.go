package providertest_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenRevisions do not have what zones were, or have what they were not.
var brokenRevisions = withEverything(map[string]breakage{
	"lists the oldest revision first": {fails: "Revisions/change", says: "which is older", breaks: listing(func(all []providers.Revision) []providers.Revision {
		slices.Reverse(all)
		return all
	})},
	"lists the oldest revision first, and no times": {fails: "Revisions/change", says: "were", breaks: listing(func(all []providers.Revision) []providers.Revision {
		slices.Reverse(all)
		for i := range all {
			all[i].At = time.Time{}
		}
		return all
	})},
	"numbers revisions from the newest": {fails: "Revisions/change", says: "is the zone as it was", breaks: func(b *broken) {
		listing(func(all []providers.Revision) []providers.Revision {
			for i := range all {
				all[i].ID = strconv.Itoa(i)
			}
			return all
		})(b)
		b.revision = func(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
			all, err := sound[providers.Revisions](b).Revisions(ctx, origin)
			if i, _ := strconv.Atoi(id); err == nil && i < len(all) {
				id = all[i].ID
			}
			return sound[providers.Revisions](b).Revision(ctx, origin, id)
		}
	}},
	"lists revisions twice": {fails: "Revisions/create", says: "is listed twice", breaks: listing(func(all []providers.Revision) []providers.Revision {
		return slices.Concat(all[:min(len(all), 1)], all)
	})},
	"lists revisions without an ID": {fails: "Revisions/create", says: "or has no ID", breaks: listing(func(all []providers.Revision) []providers.Revision {
		return append(all, providers.Revision{})
	})},
	"keeps no revision of some changes": {fails: "Revisions/TTL only", says: "is the zone as it was", breaks: listing(func(all []providers.Revision) []providers.Revision {
		if len(all) > 2 {
			all = slices.Delete(all, len(all)-3, len(all)-2)
		}
		return all
	})},
	"has what the zone is for what it was": {fails: "Revisions/create", says: "is the zone as it was", breaks: func(b *broken) {
		b.revision = func(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
			if _, err := sound[providers.Revisions](b).Revision(ctx, origin, id); err != nil {
				return nil, err
			}
			return b.Served(origin), nil
		}
	}},
	"loses TTLs of revisions": {fails: "Revisions/delete and create", says: "is the zone as it was", breaks: reading(func(z *zonefile.Zone) {
		for set := range z.Clone().All() {
			if set.Key.Type != zonefile.TypeSOA && set.Key.Type != zonefile.TypeNS {
				_ = z.Put(set.WithTTL(300)) // it is in the zone
			}
		}
	})},
	"changes revisions as they are read": {fails: "Revisions/still the same", says: "is not what it was", breaks: func(b *broken) {
		times := map[string]int{}
		b.revision = func(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
			z, err := sound[providers.Revisions](b).Revision(ctx, origin, id)
			if times[id]++; err == nil && times[id] > 1 {
				z.Delete(zonefile.Key{Name: origin, Type: zonefile.TypeNS})
			}
			return z, err
		}
	}},
	"has every revision": {fails: "Revisions/no such revision", says: "made up", breaks: func(b *broken) {
		b.revision = func(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
			z, err := sound[providers.Revisions](b).Revision(ctx, origin, id)
			return z, without(providers.ErrInvalid, err)
		}
	}},
	"has revisions of other zones": {fails: "Revisions/no such revision", says: "of another zone", breaks: func(b *broken) {
		b.revision = func(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
			z, err := sound[providers.Revisions](b).Revision(ctx, origin, id)
			if errors.Is(err, providers.ErrInvalid) {
				return sound[providers.Revisions](b).Revision(ctx, created, id)
			}
			return z, err
		}
	}},
	"has revisions of zones that are not there": {fails: "Revisions/no such zone", breaks: func(b *broken) {
		b.revisions = func(ctx context.Context, origin zonefile.Name) ([]providers.Revision, error) {
			all, err := sound[providers.Revisions](b).Revisions(ctx, origin)
			return all, without(providers.ErrNoZone, err)
		}
	}},
	"lists revisions on when it is cancelled": {fails: "Revisions/cancelled", says: "Revisions: error", breaks: func(b *broken) {
		b.revisions = func(ctx context.Context, origin zonefile.Name) ([]providers.Revision, error) {
			return sound[providers.Revisions](b).Revisions(context.WithoutCancel(ctx), origin)
		}
	}},
	"reads revisions on when it is cancelled": {fails: "Revisions/cancelled", says: "Revision: error", breaks: func(b *broken) {
		b.revision = func(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
			return sound[providers.Revisions](b).Revision(context.WithoutCancel(ctx), origin, id)
		}
	}},
})

// listing has Revisions return what edit makes of them.
func listing(edit func([]providers.Revision) []providers.Revision) func(*broken) {
	return func(b *broken) {
		b.revisions = func(ctx context.Context, origin zonefile.Name) ([]providers.Revision, error) {
			all, err := sound[providers.Revisions](b).Revisions(ctx, origin)
			return edit(all), err
		}
	}
}

// reading has Revision return what edit makes of it.
func reading(edit func(*zonefile.Zone)) func(*broken) {
	return func(b *broken) {
		b.revision = func(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
			z, err := sound[providers.Revisions](b).Revision(ctx, origin, id)
			if err == nil {
				edit(z)
			}
			return z, err
		}
	}
}
