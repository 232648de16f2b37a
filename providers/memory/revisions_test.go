package memory_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

func TestRevisions(t *testing.T) {
	p := memory.New(memory.KeepingRevisions())
	p.AddZone(zoneNamed(t, origin))
	r := find[providers.Revisions](t, p)
	for _, set := range []zonefile.RRset{first, second, theirs} {
		p.Write(origin, zonefile.Change{New: &set})
	}
	all, err := r.Revisions(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for i, revision := range all {
		z, err := r.Revision(t.Context(), origin, revision.ID)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, addresses(z))
		z.Delete(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
		if i > 0 && revision.At.After(all[i-1].At) {
			t.Errorf("revision %d is newer than the one before it", i)
		}
	}
	if d := cmp.Diff(got, [][]string{{first.String(), second.String()}, {first.String()}, nil}); d != "" {
		t.Errorf("the revisions, newest first (-got +want):\n%s", d)
	}
	again, err := r.Revision(t.Context(), origin, all[0].ID)
	if err != nil || !again.Has(zonefile.Key{Name: origin, Type: zonefile.TypeSOA}) {
		t.Errorf("a revision was changed by who read it: %v", err)
	}
	if _, err := r.Revision(t.Context(), origin, "none"); !errors.Is(err, providers.ErrInvalid) {
		t.Errorf("Revision that is not there: error %v, want one that wraps ErrInvalid", err)
	}
	p.DropZone(origin)
	if _, err := r.Revisions(t.Context(), origin); !errors.Is(err, providers.ErrNoZone) {
		t.Errorf("Revisions of a zone that is not there: error %v, want one that wraps ErrNoZone", err)
	}
}
