package git

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"
)

func (u *upstream) setRef(name string, id plumbing.Hash) {
	u.t.Helper()
	if err := u.st.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), id)); err != nil {
		u.t.Fatal(err)
	}
}

// open proposes the items as pull request 1.
func (u *upstream) open(items map[string]item, parents ...plumbing.Hash) plumbing.Hash {
	u.t.Helper()
	id := u.commitTree(u.tree(items), parents...)
	u.setRef("refs/pull/1/head", id)
	return id
}

func wantFetched(t *testing.T, r *Repository, ref string, want plumbing.Hash) {
	t.Helper()
	got, err := r.FetchRef(t.Context(), ref)
	if err != nil || got != want.String() {
		t.Fatalf("FetchRef %s: %s, %v, want %s", ref, got, err, want)
	}
}

// fetched are the references that a clone keeps beside the branch.
func fetched(t *testing.T, dir string) []string {
	t.Helper()
	st, err := openStorage(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, ref := range fetchedIn(st) {
		names = append(names, strings.TrimPrefix(ref.Name().String(), fetchedPrefix))
	}
	return names
}

func TestFetchRef(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		one, two := map[string]item{"a.zone": file("one"), "b.zone": file("b")}, map[string]item{"a.zone": file("two"), "b.zone": file("b")}
		first := u.push("main", one)
		head := u.open(two, first)
		at.Dir = t.TempDir()
		var contacts []string
		at.Observe = func(c Contact) { contacts = append(contacts, c.Operation) }
		r := openRepository(t, at)
		wantFetched(t, r, "refs/pull/1/head", head)
		wantTree(t, r, one)

		// What is there is not fetched again.
		contacts = nil
		wantFetched(t, r, "refs/pull/1/head", head)
		if slices.ContainsFunc(contacts, func(op string) bool { return op != opList }) {
			t.Errorf("contacts the second time: %q", contacts)
		}

		tree, err := r.At(t.Context(), head.String())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(listing(t, tree.FS), texts(two)); diff != "" {
			t.Errorf("At the head (-got +want):\n%s", diff)
		}
		p := propose(t, r, first, head)
		if diff := cmp.Diff(proposalOf(t, p), proposal{tree: texts(two), files: []string{"a.zone"}}, cmp.AllowUnexported(proposal{})); diff != "" {
			t.Errorf("Proposed (-got +want):\n%s", diff)
		}
		wantTree(t, r, one)

		// The base may be newer than all that was fetched; the pull request is pushed again, and is rewritten.
		second := u.push("main", map[string]item{"a.zone": file("one"), "b.zone": file("B")}, first)
		p = propose(t, r, second, head)
		if want := map[string]string{"a.zone": "two", "b.zone": "B"}; !cmp.Equal(listing(t, p.Head.FS), want) {
			t.Errorf("onto the new base: %v, want %v", listing(t, p.Head.FS), want)
		}
		again := u.open(map[string]item{"a.zone": file("again"), "b.zone": file("b")}, first)
		wantFetched(t, r, "refs/pull/1/head", again)
		merge := u.commitTree(u.tree(map[string]item{"a.zone": file("again"), "b.zone": file("B")}), second, again)
		u.setRef("refs/merge-requests/7/merge", merge)
		wantFetched(t, r, "refs/merge-requests/7/merge", merge)
		if p = propose(t, r, second, merge); p.Head.Revision != merge.String() {
			t.Errorf("the merge is laid over: %s", p.Head.Revision)
		}
		if text, err := fs.ReadFile(tree.FS, "a.zone"); err != nil || string(text) != "two" {
			t.Errorf("of the first head: %q, %v", text, err)
		}

		if _, err := r.FetchRef(t.Context(), "refs/pull/2/head"); !errors.Is(err, ErrNoReference) || !strings.Contains(err.Error(), "refs/pull/2/head") {
			t.Errorf("a reference that is not there: %v", err)
		}
		u.setRef("refs/pull/3/head", u.object(plumbing.BlobObject, []byte("no commit")))
		if id, err := r.FetchRef(t.Context(), "refs/pull/3/head"); err == nil {
			t.Errorf("a file as a pull request: %s", id)
		}
		wantTree(t, r, map[string]item{"a.zone": file("one"), "b.zone": file("B")})
		if at.URL == u.dir {
			return
		}
		clone := filepath.Join(at.Dir, cloneName)
		if diff := cmp.Diff(fetched(t, clone), []string{"000000000002-pull-1-head", "000000000003-merge-requests-7-merge"}); diff != "" {
			t.Errorf("kept (-got +want):\n%s", diff)
		}
		wantClean(t, at.Dir)
	})
}

func TestFetchRefOfOtherNames(t *testing.T) {
	u := newUpstream(t)
	u.push("main", files(1))
	r := openRepository(t, RepositoryOptions{URL: u.dir})
	for _, name := range []string{
		"", "main", "HEAD", "refs/heads/main", "refs/pull/1", "refs/pull/0/head", "refs/pull/01/head", "refs/pull/-1/head", "refs/pull/1/head/",
		"refs/pull/1/head\n", "refs/pull/1/head:refs/heads/main", "+refs/pull/1/head", "--upload-pack=x", "refs/pull/*/head", "refs/pull/../heads/main",
		"refs/pull/12345678901234567890/head", "refs/zoneward/tip", "refs/pull/1/other",
	} {
		if id, err := r.FetchRef(t.Context(), name); err == nil || errors.Is(err, ErrNoReference) {
			t.Errorf("%q: %s, %v", name, id, err)
		}
	}
}

func TestFetchedAreBounded(t *testing.T) {
	u := newUpstream(t)
	commit := u.push("main", files(1))
	keep := func(n int) {
		if err := keepFetched(u.dir, plumbing.ReferenceName(fmt.Sprintf("refs/pull/%d/head", n)), commit); err != nil {
			t.Fatal(err)
		}
	}
	for n := range maxFetched {
		keep(n + 1)
	}
	keep(1)
	if got := fetched(t, u.dir); len(got) != maxFetched || got[0] != "000000000002-pull-2-head" || got[maxFetched-1] != "000000000257-pull-1-head" {
		t.Errorf("%d are kept, from %s to %s", len(got), got[0], got[len(got)-1])
	}
	keep(1000)
	keep(1001)
	keep(1001)
	if got := fetched(t, u.dir); len(got) != maxFetched || got[0] != "000000000004-pull-4-head" || got[maxFetched-1] != "000000000259-pull-1001-head" {
		t.Errorf("%d are kept, from %s to %s", len(got), got[0], got[len(got)-1])
	}
}

// A clone that is made anew has lost what it had beside the branch, and brings it again. What was made of it opens on.
func TestFetchRefAfterTheCloneIsMadeAnew(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		first := u.push("main", files(1))
		head := u.open(files(2), first)
		r := openRepository(t, at)
		wantFetched(t, r, "refs/pull/1/head", head)
		p := propose(t, r, first, head)
		c := r.origin.(*clone)
		if err := c.anew(t.Context(), keepPast); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(listing(t, p.Head.FS), texts(files(2))); diff != "" {
			t.Errorf("of the old clone (-got +want):\n%s", diff)
		}
		if _, err := r.Proposed(t.Context(), first.String(), head.String()); !errors.Is(err, ErrNoRevision) {
			t.Errorf("before it is fetched again: %v", err)
		}
		wantFetched(t, r, "refs/pull/1/head", head)
		propose(t, r, first, head)
	})
}

// A pull request that is too large is refused, and is not asked for again until it is another. Nothing else suffers.
func TestFetchRefTooLarge(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		const most = 500_000
		at.Dir, at.MaxRepositoryBytes = t.TempDir(), most
		var contacts []Contact
		at.Observe = func(c Contact) { contacts = append(contacts, c) }
		first := u.push("main", files(3))
		r := openRepository(t, at)
		wantTree(t, r, files(3))
		huge := u.open(map[string]item{"huge.zone": noise(3 * most)}, first)
		if id, err := r.FetchRef(t.Context(), "refs/pull/1/head"); !errors.Is(err, ErrTooLarge) {
			t.Fatalf("FetchRef: %s, %v, want %v", id, err, ErrTooLarge)
		}
		contacts = nil
		if id, err := r.FetchRef(t.Context(), "refs/pull/1/head"); !errors.Is(err, ErrTooLarge) {
			t.Errorf("the second time: %s, %v, want %v", id, err, ErrTooLarge)
		}
		if len(contacts) != 1 || contacts[0].Operation != opList {
			t.Errorf("contacts the second time: %+v", contacts)
		}
		wantClean(t, at.Dir)
		if size := dirSize(at.Dir); size > most {
			t.Errorf("%d bytes are left", size)
		}
		if _, err := r.Proposed(t.Context(), first.String(), huge.String()); !errors.Is(err, ErrNoRevision) {
			t.Errorf("Proposed: %v, want %v", err, ErrNoRevision)
		}
		u.push("main", files(4), first)
		wantTree(t, r, files(4))
		wantFetched(t, r, "refs/pull/1/head", u.open(files(5), first))
	})
}

// Room that pull requests have taken is found again for the next one.
func TestFetchRefMakesRoom(t *testing.T) {
	const most = 500_000
	gitProgram(t)
	u := newUpstream(t)
	first := u.push("main", files(3))
	s := serve(t, filepath.Dir(u.dir))
	r := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", MaxRepositoryBytes: most})
	wantTree(t, r, files(3))
	for n := 1; n <= 2; n++ {
		ref := fmt.Sprintf("refs/pull/%d/head", n)
		head := u.commitTree(u.tree(map[string]item{"large.zone": noise(most * 6 / 10)}), first)
		u.setRef(ref, head)
		wantFetched(t, r, ref, head)
		propose(t, r, first, head)
	}
	wantTree(t, r, files(3))
}

// behind serves the upstream until it is told to lie.
type behind struct {
	honest http.Handler
	liar   http.Handler
}

func (b *behind) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if b.liar != nil {
		b.liar.ServeHTTP(w, r)
		return
	}
	b.honest.ServeHTTP(w, r)
}

// A server that sends something else for a pull request than what it said leaves nothing behind, and the branch goes on.
func TestFetchRefFromALyingServer(t *testing.T) {
	u := newUpstream(t)
	first := u.push("main", files(1))
	commit, other := u.open(files(2), first), u.commitTree(u.tree(files(3)), first)
	u.setRef("refs/pull/2/head", other)
	packs := bombs()
	packs["another object"] = packOf(1, packed(plumbing.BlobObject, 1, nil, strings.NewReader("x")))
	packs["no objects"] = packOf(0)
	packs["nothing"] = nil
	packs["a page"] = []byte("<html>" + strings.Repeat("hunter2 ", 1000))
	byEachHTTP(t, func(t *testing.T, i Implementation) {
		for name, pack := range packs {
			t.Run(name, func(t *testing.T) {
				b := &behind{honest: serve(t, filepath.Dir(u.dir)).Config.Handler}
				s := httptest.NewServer(b)
				defer s.Close()
				home := t.TempDir()
				r := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Dir: home, Implementation: i})
				wantTree(t, r, files(1))
				before := dirSize(packsOf(filepath.Join(home, cloneName)))
				b.liar = liarOf("refs/pull/1/head", commit, pack)
				id, err := r.FetchRef(t.Context(), "refs/pull/1/head")
				if err == nil {
					t.Fatalf("FetchRef: %s", id)
				}
				if len(err.Error()) > 600 || strings.Contains(err.Error(), "hunter2 hunter2") {
					t.Errorf("the error quotes the server: %v", err)
				}
				if size := dirSize(packsOf(filepath.Join(home, cloneName))); size > before+2000 {
					t.Errorf("%d bytes are left", size-before)
				}
				wantClean(t, home)
				if got := fetched(t, filepath.Join(home, cloneName)); len(got) > 0 {
					t.Errorf("kept: %q", got)
				}
				b.liar = nil
				wantTree(t, r, files(1))
				wantFetched(t, r, "refs/pull/2/head", other)
			})
		}
	})
}

func TestFetchRefRepairsTheClone(t *testing.T) {
	gitProgram(t)
	u := newUpstream(t)
	first := u.push("main", files(1))
	head := u.open(files(2), first)
	s := serve(t, filepath.Dir(u.dir))
	at := RepositoryOptions{URL: s.URL + "/zones.git", Dir: t.TempDir()}
	before := openRepository(t, at)
	wantTree(t, before, files(1))
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	truncate(t, packFile(t, filepath.Join(at.Dir, cloneName), ".pack"), 64)
	wantFetched(t, openRepository(t, at), "refs/pull/1/head", head)
	if _, err := os.Stat(filepath.Join(at.Dir, cloneName)); err != nil {
		t.Error(err)
	}
}
