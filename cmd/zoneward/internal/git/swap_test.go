package git

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// grow fetches n commits, one after the other, and returns the last one. Each has another number of files.
func grow(t *testing.T, u *upstream, r *Repository, parent plumbing.Hash, n int) plumbing.Hash {
	t.Helper()
	for i := range n {
		items := files(3)
		items["count.zone"] = file(fmt.Sprintf("%s %d", parent, i))
		parent = u.push("main", items, parent)
		tree, err := r.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if tree.Revision != parent.String() {
			t.Fatalf("Tree is of %s, want %s", tree.Revision, parent)
		}
	}
	return parent
}

// A clone that has many packs is made anew when nothing is new, and what was read from it goes on.
func TestCloneOfManyPacksIsMadeAnew(t *testing.T) {
	u := newUpstream(t)
	first := u.push("main", files(3))
	var contacts []Contact
	opts := RepositoryOptions{
		URL: serve(t, filepath.Dir(u.dir)).URL + "/zones.git", Dir: t.TempDir(),
		Observe: func(c Contact) { contacts = append(contacts, c) },
	}
	dir := filepath.Join(opts.Dir, cloneName)
	r := openRepository(t, opts)
	old, err := r.Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// A commit that the branch does not have any more when the clone is made anew.
	lost := u.push("main", map[string]item{"lost.zone": file("lost")}, first)
	rewritten, err := r.Tree(t.Context())
	if err != nil || rewritten.Revision != lost.String() {
		t.Fatalf("Tree: %s, %v", rewritten.Revision, err)
	}
	tip := grow(t, u, r, first, manyPacks-1)
	if got := packs(dir); got != manyPacks+1 {
		t.Fatalf("%d packs, want %d", got, manyPacks+1)
	}

	// Somebody reads all the while.
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := fs.ReadFile(old.FS, "zone0001.example.zone"); err != nil {
					t.Errorf("while it is made anew: %v", err)
					return
				}
			}
		}
	})
	again, err := r.Tree(t.Context())
	close(stop)
	wg.Wait()
	if err != nil || again.Revision != tip.String() {
		t.Fatalf("Tree: %s, %v", again.Revision, err)
	}
	if got := packs(dir); got != 1 {
		t.Errorf("%d packs after it was made anew, want 1", got)
	}
	if last := contacts[len(contacts)-1]; last.Operation != opClone || last.Err != nil {
		t.Errorf("the last contact: %+v", last)
	}
	for name, want := range map[string]fs.FS{"zone0001.example.zone": old.FS, "lost.zone": rewritten.FS, "zone0002.example.zone": again.FS} {
		if _, err := fs.ReadFile(want, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if same, err := r.Tree(t.Context()); err != nil || same != again {
		t.Errorf("afterwards another Tree, %v", err)
	}

	// What was replaced goes when nobody can want it any more, and what is there stays.
	c := r.origin.(*clone)
	if err := c.forget(time.Now().Add(pastKept + time.Second)); err != nil {
		t.Fatal(err)
	}
	wantClean(t, opts.Dir)
	if _, err := fs.ReadFile(again.FS, "zone0002.example.zone"); err != nil {
		t.Error(err)
	}
	if _, err := fs.ReadFile(rewritten.FS, "lost.zone"); err == nil {
		t.Error("what is gone opens")
	}
	wantTree(t, r, withCount(t, again.FS))
}

// withCount is what grow made last.
func withCount(t *testing.T, fsys fs.FS) map[string]item {
	t.Helper()
	data, err := fs.ReadFile(fsys, "count.zone")
	if err != nil {
		t.Fatal(err)
	}
	items := files(3)
	items["count.zone"] = file(string(data))
	return items
}

// What one implementation leaves the other goes on with.
func TestCloneIsTakenOver(t *testing.T) {
	u := newUpstream(t)
	parent := u.push("main", files(3))
	opts := RepositoryOptions{URL: serve(t, filepath.Dir(u.dir)).URL + "/zones.git", Dir: t.TempDir()}
	for _, i := range []Implementation{GoGit, CLI, GoGit, CLI} {
		opts.Implementation = i
		r := openRepository(t, opts)
		parent = grow(t, u, r, parent, 2)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := packs(filepath.Join(opts.Dir, cloneName)); got != 8 {
		t.Errorf("%d packs after 8 commits", got)
	}
	r := openRepository(t, opts)
	c := r.origin.(*clone)
	talk, at, err := c.ask(t.Context(), c.branch)
	if err != nil {
		t.Fatal(err)
	}
	defer talk.close()
	if err := c.replace(t.Context(), talk, at, keepPast); err != nil {
		t.Fatal(err)
	}
	if got := packs(c.at.dir); got != 1 {
		t.Errorf("%d packs after git made it anew, want 1", got)
	}
	if tree, err := r.Tree(t.Context()); err != nil || tree.Revision != parent.String() {
		t.Errorf("Tree: %s, %v", tree.Revision, err)
	}
}

// A clone that cannot be made anew is as good as before, and it is not tried all the time.
func TestCloneThatCannotBeMadeAnew(t *testing.T) {
	u := newUpstream(t)
	first := u.push("main", files(3))
	s := serve(t, filepath.Dir(u.dir))
	opts := RepositoryOptions{URL: s.URL + "/zones.git", Dir: t.TempDir()}
	r := openRepository(t, opts)
	wantTree(t, r, files(3))
	grow(t, u, r, first, manyPacks)
	full := s.Config.Handler
	s.Config.Handler = cutOff(full, 2000)
	before := s.fetches.Load()
	var revision string
	for range 3 {
		tree, err := r.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		revision = tree.Revision
	}
	if got := s.fetches.Load() - before; got != 1 {
		t.Errorf("it was tried %d times, want 1", got)
	}
	wantClean(t, opts.Dir)
	s.Config.Handler = full
	r.origin.(*clone).growth.tried = time.Time{}
	if tree, err := r.Tree(t.Context()); err != nil || tree.Revision != revision {
		t.Errorf("Tree: %s, %v", tree.Revision, err)
	}
	if got := packs(filepath.Join(opts.Dir, cloneName)); got != 1 {
		t.Errorf("%d packs, want 1", got)
	}
}

func TestGrowth(t *testing.T) {
	tests := []struct {
		name          string
		packs         int
		bytes         int64 // of each
		first         int64
		tried         time.Time
		much, tooMuch bool
	}{
		{name: "new", packs: 1, bytes: 1 << 30, first: 1 << 20},
		{name: "some packs", packs: manyPacks, bytes: 1000, first: 1000},
		{name: "many packs", packs: manyPacks + 1, bytes: 1000, first: 1000, much: true},
		{name: "too many packs", packs: 2*manyPacks + 1, bytes: 1000, first: 1000, much: true, tooMuch: true},
		{name: "tried just now", packs: 2*manyPacks + 1, bytes: 1000, first: 1000, tried: time.Now()},
		{name: "grown, and small", packs: 2, bytes: 1 << 20, first: 1000},
		{name: "grown", packs: 2, bytes: 100 << 20, first: 30 << 20, much: true},
		{name: "grown much", packs: 2, bytes: 100 << 20, first: 20 << 20, much: true, tooMuch: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.MkdirAll(packsOf(dir), 0o700); err != nil {
				t.Fatal(err)
			}
			for i := range tt.packs {
				f := filepath.Join(packsOf(dir), fmt.Sprintf("pack-%d.pack", i))
				if err := os.WriteFile(f, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Truncate(f, tt.bytes); err != nil {
					t.Fatal(err)
				}
			}
			g := growth{first: tt.first, tried: tt.tried}
			if got := g.much(dir); got != tt.much {
				t.Errorf("much is %t", got)
			}
			if got := g.tooMuch(dir); got != tt.tooMuch {
				t.Errorf("tooMuch is %t", got)
			}
		})
	}
}

// A fetch that exceeds what is left is made up for by a clone, if what is there may be there several times.
func TestTooLargeWithManyPacksIsClonedAnew(t *testing.T) {
	u := newUpstream(t)
	u.push("main", map[string]item{"a.zone": noise(200_000)})
	opts := RepositoryOptions{URL: serve(t, filepath.Dir(u.dir)).URL + "/zones.git", Dir: t.TempDir(), MaxRepositoryBytes: 700_000}
	r := openRepository(t, opts)
	if _, err := r.Tree(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Rewritten: what was there before is of no use.
	u.push("main", map[string]item{"a.zone": noise(200_000)})
	if _, err := r.Tree(t.Context()); err != nil {
		t.Fatal(err)
	}
	items := map[string]item{"a.zone": noise(400_000)}
	u.push("main", items)
	wantTree(t, r, items)
	if got := packs(filepath.Join(opts.Dir, cloneName)); got != 1 {
		t.Errorf("%d packs, want 1", got)
	}
}
