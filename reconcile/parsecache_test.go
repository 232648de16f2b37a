package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// blobTree is a tree that names the contents of its files, as that of a git repository does.
type blobTree struct{ fstest.MapFS }

func (t blobTree) BlobID(name string) (string, error) {
	data, err := fs.ReadFile(t.MapFS, name)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), err
}

// blobs returns the tree of a house with names for its contents.
func (h *house) blobs() Tree {
	tree := h.tree()
	tree.FS = blobTree{tree.FS.(fstest.MapFS)}
	return tree
}

func TestOnlyChangedFilesAreParsed(t *testing.T) {
	h := newHouse(t)
	h.files["a.example.zone"] = "www 300 A 192.0.2.1\n"
	h.files["b.example.zone"] = "$INCLUDE inc/hosts\n"
	h.files["c.example.zone"] = "$INCLUDE inc/hosts\n"
	h.files["inc/hosts"] = "www 300 A 192.0.2.1\n"
	h.files["d.example.zone"] = "$INCLUDE inc/missing\n"
	h.files["split/e.example./www.yaml"] = "www: {type: A, ttl: 300, value: 192.0.2.1}\n"
	cache := &parseCache{}
	read := func(when string, want int) desiredState {
		t.Helper()
		reader := h.planner.reader(Selection{}.Has)
		reader.cache = cache
		state, err := reader.read(t.Context(), h.blobs().FS)
		if err != nil {
			t.Fatal(err)
		}
		if got := cache.parsedFiles(); got != want {
			t.Errorf("%s: %d zones are read; want %d", when, got, want)
		}
		fresh, err := h.planner.reader(Selection{}.Has).read(t.Context(), h.tree().FS)
		if err != nil {
			t.Fatal(err)
		}
		for i, zone := range fresh.zones {
			if state.zones[i].Ref != zone.Ref || state.zones[i].digest() != zone.digest() {
				t.Errorf("%s: %s is not what it is without a cache", when, zone.Ref)
			}
		}
		return state
	}
	first := read("at first", 5)
	again := read("the same", 1) // what a missing file does to a zone nobody remembers
	if first.zones[0].file != again.zones[0].file {
		t.Error("a.example. was read again")
	}
	h.files["a.example.zone"] = "www 300 A 192.0.2.2\n"
	read("a zone", 2)
	h.files["inc/hosts"] = "www 300 A 192.0.2.2\n"
	read("what two zones include", 3)
	h.files["split/e.example./mail.yaml"] = "mail: {type: A, ttl: 300, value: 192.0.2.1}\n"
	read("a file more in a directory", 2)
	delete(h.files, "split/e.example./mail.yaml")
	read("a file less in a directory", 2)
	h.files["inc/missing"] = "www 300 A 192.0.2.1\n"
	read("what was missing", 1)
	read("it is there", 0)
	delete(h.files, "a.example.zone")
	read("a zone less", 0)
	h.files["a.example.zone"] = "www 300 A 192.0.2.2\n"
	read("it is back", 1)
}

func TestPushToOneOfManyZones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.crowd("live", 500)
		r := &running{house: h, source: &fakeSource{hint: make(chan struct{})}}
		r.source.push(h.blobs(), "1", nil)
		r.start()
		defer r.stop()
		r.after(time.Second)
		fetched := h.targets["live"].Calls(providers.OperationFetch)
		looks, rounds := len(r.looks), len(r.rounds)

		h.files["n7.live.example.zone"] = "www 300 A 192.0.2.2\n"
		r.source.push(h.blobs(), "2", nil)
		r.source.hint <- struct{}{}
		r.after(2 * time.Second)
		changed := zonefile.MustParseName("n7.live.example.")
		set, _ := h.targets["live"].Served(changed).Get(zonefile.Key{Name: zonefile.MustParseName("www.n7.live.example."), Type: zonefile.TypeA})
		if got := fmt.Sprint(set.Text()); got != "[192.0.2.2]" {
			t.Errorf("live is %s", got)
		}
		if look := r.looks[looks]; look.Files != 1 || !look.Changed {
			t.Errorf("%+v; want one file read", look)
		}
		if got := h.targets["live"].Calls(providers.OperationFetch) - fetched; got != 3 {
			t.Errorf("%d fetches; want 3: for the plan, before and after the write", got)
		}
		if got := r.rounds[rounds:]; len(got) != 1 || len(got[0].Plan.Zones) != 1 || got[0].Plan.Zones[0].Zone != changed {
			t.Errorf("%d rounds; want one, of that zone", len(got))
		}
	})
}
