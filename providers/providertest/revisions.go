package providertest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testRevisions changes a zone, and reads what it was before, where the provider keeps that.
func testRevisions(t *testing.T, s *subject) {
	revisions, ok := providers.As[providers.Revisions](s.Provider)
	if !ok {
		t.Log("not tested: the provider is no Revisions")
		return
	}
	h := &history{s, revisions, nil, map[string]*zonefile.Zone{}}
	before := h.fetch(t)
	for _, step := range []struct{ name, zone string }{
		{"create", "www 300 A 192.0.2.1\n@ 300 MX 10 mail.invalid."},
		{"change", "www 300 A 192.0.2.2\n@ 300 MX 10 mail.invalid."},
		{"TTL only", "www 600 A 192.0.2.2\n@ 300 MX 10 mail.invalid."},
		{"delete and create", lines("www 600 A 192.0.2.2", `www 300 TXT "a;" "\"b\\"`, "alias 300 CNAME www")},
		{"all of it", ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			after := h.become(t, parse(t, h.Origin, step.zone))
			h.kept(t, before)
			before = after
		})
	}
	t.Run("by somebody else", func(t *testing.T) {
		theirs := h.set(t, "theirs 300 A 192.0.2.9")
		h.elsewhere(t, zonefile.Change{New: &theirs})
		h.kept(t, before)
	})
	t.Run("still the same", h.testSame)
	t.Run("no such revision", h.testMissing)
	t.Run("no such zone", func(t *testing.T) {
		_, err := revisions.Revisions(timeout(t), zonefile.MustParseName("not-served-here.invalid."))
		if !errors.Is(err, providers.ErrNoZone) && (s.NoZone == nil || !errors.Is(err, s.NoZone)) {
			t.Errorf("error %v, want one that wraps ErrNoZone", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := revisions.Revisions(ctx, s.Origin)
		_, errOne := revisions.Revision(ctx, s.Origin, h.list(t)[0].ID)
		for call, err := range map[string]error{"Revisions": err, "Revision": errOne} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: error %v, want one that wraps %q", call, err, context.Canceled)
			}
		}
	})
}

// history is a zone whose revisions are read.
type history struct {
	*subject
	revisions providers.Revisions
	known     []string                  // the IDs, newest first
	read      map[string]*zonefile.Zone // what was read, by ID
}

// list returns the revisions, and checks that they are those that are known with others in front, newest first. The oldest may be gone.
func (h *history) list(t *testing.T) []providers.Revision {
	t.Helper()
	all, err := h.revisions.Revisions(timeout(t), h.Origin)
	if err != nil {
		t.Fatalf("Revisions: %v", err)
	}
	var ids []string
	for i, r := range all {
		if i > 0 && r.At.After(all[i-1].At) {
			t.Errorf("the revision %s of %s is listed behind %s, which is older", r.ID, r.At, all[i-1].ID)
		}
		if r.ID == "" || slices.Contains(ids, r.ID) {
			t.Errorf("the revision %q is listed twice, or has no ID", r.ID)
		}
		ids = append(ids, r.ID)
	}
	was := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(h.known, id) })
	if n := len(was); n > len(h.known) || !slices.Equal(was, h.known[:n]) || !slices.Equal(was, ids[len(ids)-n:]) {
		t.Errorf("the revisions are %q, and were %q before", ids, h.known)
	}
	h.known = ids
	return all
}

// revision reads one.
func (h *history) revision(t *testing.T, id string) *zonefile.Zone {
	t.Helper()
	z, err := h.revisions.Revision(timeout(t), h.Origin, id)
	if err != nil {
		t.Fatalf("Revision %s: %v", id, err)
	}
	if z == nil || z.Origin() != h.Origin {
		t.Fatalf("Revision %s: not a zone %s: %v", id, h.Origin, z)
	}
	return z
}

// kept checks that what the zone was can be read.
func (h *history) kept(t *testing.T, was *providers.Snapshot) {
	t.Helper()
	before := slices.Clone(h.known)
	newest := ""
	for _, r := range h.list(t) {
		z, known := h.read[r.ID]
		if !known {
			z = h.revision(t, r.ID)
			h.read[r.ID] = z
		}
		d := h.difference(z, was.Zone)
		if d == "" {
			return
		}
		if newest == "" {
			newest = d
		}
		if slices.Contains(before, r.ID) {
			break // it was there before the zone was that
		}
	}
	t.Errorf("none of the %d revisions is the zone as it was; the newest differs from it in:\n%s", len(h.known), newest)
}

// difference is difference of zones, without the SOA if the revision has none.
func (h *history) difference(revision, was *zonefile.Zone) string {
	if set := live(was, h.soa()); set != nil && !revision.Has(h.soa()) {
		was = was.With([]zonefile.Change{{Old: set}})
	}
	return difference(revision, was)
}

// testSame reads again what was read before.
func (h *history) testSame(t *testing.T) {
	h.list(t)
	for _, id := range h.known {
		if was, ok := h.read[id]; ok && !h.revision(t, id).Equal(was) {
			t.Errorf("the revision %s is not what it was:\n%s", id, difference(h.revision(t, id), was))
		}
	}
}

// testMissing reads revisions that there are not, those of another zone among them.
func (h *history) testMissing(t *testing.T) {
	missing := map[string]string{"made up": "no-such-revision"}
	if creator, ok := providers.As[providers.ZoneCreator](h.Provider); ok && !h.NewZone.IsZero() {
		if h.create(t, creator, newSpec(t, h.NewZone)) != nil {
			other := &history{h.at(h.NewZone), h.revisions, nil, nil}
			other.become(t, parse(t, h.NewZone, core))
			missing["of another zone"] = other.list(t)[0].ID
		}
	}
	for _, what := range slices.Sorted(maps.Keys(missing)) {
		if z, err := h.revisions.Revision(timeout(t), h.Origin, missing[what]); !errors.Is(err, providers.ErrInvalid) {
			t.Errorf("Revision %s, %s: %v, error %v, want one that wraps ErrInvalid", missing[what], what, z, err)
		}
	}
}
