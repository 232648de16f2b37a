package git

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// proposal is what a test looks at.
type proposal struct {
	tree             map[string]string
	files, conflicts []string
}

func proposalOf(t testing.TB, p Proposed) proposal {
	return proposal{tree: listing(t, p.Head.FS), files: p.Files, conflicts: p.Conflicts}
}

func propose(t testing.TB, r *Repository, base, head plumbing.Hash) Proposed {
	t.Helper()
	p, err := r.Proposed(t.Context(), base.String(), head.String())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// with returns the items with some of others, and without those that have no text.
func with(items map[string]item, more map[string]item) map[string]item {
	all := maps.Clone(items)
	maps.Copy(all, more)
	maps.DeleteFunc(all, func(_ string, it item) bool { return it == item{} })
	return all
}

func TestProposed(t *testing.T) {
	gone := item{}
	before := map[string]item{
		"a.zone": file("a"), "b.zone": file("b"), "sub/c.zone": file("c"), "sub/d.zone": file("d"), "run.zone": file("run"),
	}
	tests := []struct {
		name       string
		base, head map[string]item // laid over before
		want       proposal
	}{
		{name: "nothing", want: proposal{}},
		{
			name: "each changes another file", base: map[string]item{"a.zone": file("A")}, head: map[string]item{"sub/c.zone": file("C")},
			want: proposal{tree: map[string]string{"a.zone": "A", "sub/c.zone": "C"}, files: []string{"sub/c.zone"}},
		},
		{
			name: "the head adds, removes and renames", base: map[string]item{"b.zone": file("B")},
			head: map[string]item{"new/deep/e.zone": file("e"), "a.zone": gone, "sub/d.zone": gone, "moved.zone": file("d")},
			want: proposal{
				tree:  map[string]string{"a.zone": "-", "b.zone": "B", "sub/d.zone": "-", "moved.zone": "d", "new/": "", "new/deep/": "", "new/deep/e.zone": "e"},
				files: []string{"a.zone", "moved.zone", "new/deep/e.zone", "sub/d.zone"},
			},
		},
		{
			name: "the base removes what the head leaves alone", base: map[string]item{"a.zone": gone}, head: map[string]item{"b.zone": file("B")},
			want: proposal{tree: map[string]string{"a.zone": "-", "b.zone": "B"}, files: []string{"b.zone"}},
		},
		{
			name: "both change a file to the same", base: map[string]item{"a.zone": file("A")}, head: map[string]item{"a.zone": file("A")},
			want: proposal{tree: map[string]string{"a.zone": "A"}},
		},
		{
			name: "both change a file", base: map[string]item{"a.zone": file("base")}, head: map[string]item{"a.zone": file("head")},
			want: proposal{tree: map[string]string{"a.zone": "head"}, files: []string{"a.zone"}, conflicts: []string{"a.zone"}},
		},
		{
			name: "both add a file", base: map[string]item{"sub/n.zone": file("base")}, head: map[string]item{"sub/n.zone": file("head")},
			want: proposal{tree: map[string]string{"sub/n.zone": "head"}, files: []string{"sub/n.zone"}, conflicts: []string{"sub/n.zone"}},
		},
		{
			name: "the base changes what the head removes", base: map[string]item{"a.zone": file("A")}, head: map[string]item{"a.zone": gone},
			want: proposal{tree: map[string]string{"a.zone": "-"}, files: []string{"a.zone"}, conflicts: []string{"a.zone"}},
		},
		{
			name: "the base removes a directory in which the head changes a file", base: map[string]item{"sub/c.zone": gone, "sub/d.zone": gone},
			head: map[string]item{"sub/c.zone": file("C")},
			want: proposal{tree: map[string]string{"sub/c.zone": "C", "sub/d.zone": "-"}, files: []string{"sub/c.zone"}, conflicts: []string{"sub/c.zone"}},
		},
		{
			name: "a mode", head: map[string]item{"run.zone": {filemode.Executable, "run"}}, base: map[string]item{"a.zone": file("A")},
			want: proposal{tree: map[string]string{"a.zone": "A"}, files: []string{"run.zone"}},
		},
		{
			name: "a file becomes a link in the head", head: map[string]item{"a.zone": linkTo("b.zone")}, base: map[string]item{"b.zone": file("B")},
			want: proposal{tree: map[string]string{"a.zone": "B", "b.zone": "B"}, files: []string{"a.zone"}},
		},
		{
			name: "a file becomes a directory in the head", head: map[string]item{"a.zone": gone, "a.zone/x.zone": file("x")}, base: map[string]item{"b.zone": file("B")},
			want: proposal{
				tree:  map[string]string{"a.zone": "-", "a.zone/": "", "a.zone/x.zone": "x", "b.zone": "B"},
				files: []string{"a.zone", "a.zone/x.zone"},
			},
		},
		{
			name: "a directory becomes a file in the head, and the base changes one in it", base: map[string]item{"sub/c.zone": file("C")},
			head: map[string]item{"sub/c.zone": gone, "sub/d.zone": gone, "sub": file("sub")},
			want: proposal{
				tree:  map[string]string{"sub/": "-", "sub/c.zone": "-", "sub/d.zone": "-", "sub": "sub"},
				files: []string{"sub", "sub/c.zone", "sub/d.zone"}, conflicts: []string{"sub"},
			},
		},
		{
			name: "what is hidden is listed", head: map[string]item{".github/workflows/x.yml": file("x")}, base: map[string]item{"b.zone": file("B")},
			want: proposal{tree: map[string]string{"b.zone": "B"}, files: []string{".github/workflows/x.yml"}},
		},
	}
	u := newUpstream(t)
	root := u.push("main", before)
	r := openRepository(t, RepositoryOptions{URL: u.dir})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base, head := u.commitTree(u.tree(with(before, tt.base)), root), u.commitTree(u.tree(with(before, tt.head)), root, root)
			p := propose(t, r, base, head)
			tt.want.tree = maps.Collect(maps.All(tt.want.tree))
			want := texts(before)
			maps.Copy(want, tt.want.tree)
			maps.DeleteFunc(want, func(_, text string) bool { return text == "-" })
			tt.want.tree = want
			if diff := cmp.Diff(proposalOf(t, p), tt.want, cmp.AllowUnexported(proposal{})); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(listing(t, p.Base.FS), texts(with(before, tt.base))); diff != "" {
				t.Errorf("base (-got +want):\n%s", diff)
			}
			if want := base.String() + "+" + head.String(); p.Head.Revision != want || p.MergeBase != root.String() {
				t.Errorf("revision %s, merge base %s, want %s, %s", p.Head.Revision, p.MergeBase, want, root)
			}
		})
	}
}

// Where nothing stands in the way of the head, the proposed tree is the head's, and has its name.
func TestProposedAsItIs(t *testing.T) {
	u := newUpstream(t)
	first := u.push("main", map[string]item{"zones/a.zone": file("a"), "README.md": file("r")})
	second := u.commitTree(u.tree(map[string]item{"zones/a.zone": file("A"), "README.md": file("R")}), first)
	other := u.commitTree(u.tree(map[string]item{"zones/b.zone": file("b")}), first)
	// The merge has something that neither of its sides has: it is what was merged, whatever this program makes of them.
	merge := u.commitTree(u.tree(map[string]item{"zones/a.zone": file("evil")}), other, second)
	r := openRepository(t, RepositoryOptions{URL: u.dir, Path: "zones"})
	for name, tt := range map[string]struct {
		base, head plumbing.Hash
		want       proposal
	}{
		"ahead": {first, second, proposal{tree: map[string]string{"a.zone": "A"}, files: []string{"README.md", "zones/a.zone"}}},
		"merge": {other, merge, proposal{tree: map[string]string{"a.zone": "evil"}, files: []string{"zones/a.zone", "zones/b.zone"}}},
		"same":  {first, first, proposal{tree: map[string]string{"a.zone": "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := propose(t, r, tt.base, tt.head)
			if diff := cmp.Diff(proposalOf(t, p), tt.want, cmp.AllowUnexported(proposal{})); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
			ids := []string{p.Base.Revision, p.Head.Revision, p.BaseCommit, p.HeadCommit, p.MergeBase}
			if want := []string{tt.base.String(), tt.head.String(), tt.base.String(), tt.head.String(), tt.base.String()}; !slices.Equal(ids, want) {
				t.Errorf("commits %v, want %v", ids, want)
			}
		})
	}
	t.Run("merged already", func(t *testing.T) {
		p := propose(t, r, merge, second)
		if got := listing(t, p.Head.FS); got["a.zone"] != "evil" || len(p.Files)+len(p.Conflicts) > 0 {
			t.Errorf("tree %v, files %v, conflicts %v", got, p.Files, p.Conflicts)
		}
	})
}

// Files that are the same in two trees are known by the same id, and one that changed by another.
func TestProposedBlobIDs(t *testing.T) {
	u := newUpstream(t)
	items := map[string]item{"a.zone": file("a"), "b.zone": file("b"), "c.zone": file("c")}
	root := u.push("main", items)
	base := u.commitTree(u.tree(with(items, map[string]item{"a.zone": file("A")})), root)
	head := u.commitTree(u.tree(with(items, map[string]item{"b.zone": file("B")})), root)
	p := propose(t, openRepository(t, RepositoryOptions{URL: u.dir}), base, head)
	type identified interface {
		BlobID(name string) (string, error)
	}
	for name, same := range map[string]bool{"a.zone": true, "b.zone": false, "c.zone": true} {
		before, err := p.Base.FS.(identified).BlobID(name)
		after, errAfter := p.Head.FS.(identified).BlobID(name)
		if err := errors.Join(err, errAfter); err != nil || (before == after) != same {
			t.Errorf("%s: %s, %s, %v", name, before, after, err)
		}
	}
}

// A branch and its pull request that were merged into each other have parted twice. What the two points do not agree on is for people to settle.
func TestProposedCrissCross(t *testing.T) {
	u := newUpstream(t)
	items := map[string]item{"x.zone": file("0"), "y.zone": file("0"), "z.zone": file("0")}
	root := u.push("main", items)
	one := with(items, map[string]item{"x.zone": file("1")})
	two := with(items, map[string]item{"y.zone": file("2")})
	left, right := u.commitTree(u.tree(one), root), u.commitTree(u.tree(two), root, root)
	both := with(one, two)
	both["x.zone"] = file("1")
	base, head := u.commitTree(u.tree(both), left, right), u.commitTree(u.tree(both), right, left)
	r := openRepository(t, RepositoryOptions{URL: u.dir})
	t.Run("only the base goes on", func(t *testing.T) {
		on := u.commitTree(u.tree(with(both, map[string]item{"x.zone": file("5"), "y.zone": file("5"), "z.zone": file("5")})), base)
		want := proposal{
			tree:  map[string]string{"x.zone": "1", "y.zone": "2", "z.zone": "5"},
			files: []string{"x.zone", "y.zone"}, conflicts: []string{"x.zone", "y.zone"},
		}
		if diff := cmp.Diff(proposalOf(t, propose(t, r, on, head)), want, cmp.AllowUnexported(proposal{})); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
	})
	base = u.commitTree(u.tree(with(both, map[string]item{"n.zone": file("base")})), base)
	head = u.commitTree(u.tree(with(both, map[string]item{"y.zone": file("3"), "z.zone": file("3")})), head)
	want := proposal{
		tree:  map[string]string{"n.zone": "base", "x.zone": "1", "y.zone": "3", "z.zone": "3"},
		files: []string{"y.zone", "z.zone"}, conflicts: []string{"y.zone"},
	}
	if diff := cmp.Diff(proposalOf(t, propose(t, r, base, head)), want, cmp.AllowUnexported(proposal{})); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// Where there is no conflict, the tree is the one that git makes, to the id; where git finds one, there is one. No file has a line of another one, so
// that git takes none for renamed.
func TestProposedAsGitMerges(t *testing.T) {
	gitProgram(t)
	u := newUpstream(t)
	paths := []string{"a.zone", "b.zone", "d/a.zone", "d/b.zone", "d/e/a.zone", "f/a.zone"}
	draw := func(rt *rapid.T, items map[string]item, label string) map[string]item {
		items = maps.Clone(items)
		for range rapid.IntRange(0, 4).Draw(rt, label) {
			p := rapid.SampledFrom(paths).Draw(rt, "path")
			if text := rapid.SampledFrom([]string{"", "one", "two", "three"}).Draw(rt, "text"); text == "" {
				delete(items, p)
			} else {
				items[p] = file(p + " " + text)
			}
		}
		return items
	}
	clean := 0
	rapid.Check(t, func(rt *rapid.T) {
		before := draw(rt, map[string]item{"z.zone": file("z"), "d/a.zone": file("d/a.zone zero"), "b.zone": file("b.zone zero")}, "before")
		root := u.commitTree(u.tree(before))
		base, head := u.commitTree(u.tree(draw(rt, before, "base")), root), u.commitTree(u.tree(draw(rt, before, "head")), root, root)
		o, err := openObjects(u.dir)
		if err != nil {
			rt.Fatal(err)
		}
		onto, err := o.commit(base)
		from, fromErr := o.commit(head)
		if err := errors.Join(err, fromErr); err != nil {
			rt.Fatal(err)
		}
		got, err := merge(t.Context(), o, onto, from)
		if err != nil {
			rt.Fatal(err)
		}
		cmd := exec.Command("git", "--git-dir="+u.dir, "merge-tree", "--write-tree", base.String(), head.String())
		out, err := cmd.Output()
		theirs, _, _ := strings.Cut(string(out), "\n")
		switch {
		case err == nil && len(got.conflicts) == 0:
			clean++
			if got.tree.String() != theirs {
				rt.Errorf("tree %s, and git makes %s", got.tree, theirs)
			}
		case err != nil && len(got.conflicts) == 0:
			rt.Errorf("no conflict, and git says %v:\n%s", err, out)
		case err == nil:
			rt.Errorf("conflicts in %v, and git finds none", got.conflicts)
		}
	})
	if clean == 0 {
		t.Error("nothing was merged without a conflict")
	}
}

func TestProposedIsRefused(t *testing.T) {
	u := newUpstream(t)
	first := u.push("main", map[string]item{"zones/a.zone": file("a")})
	unrelated := u.commitTree(u.tree(map[string]item{"zones/b.zone": file("b")}))
	empty := u.commitTree(u.tree(map[string]item{"zones/link": linkTo("/etc/passwd")}), first)
	none := u.commitTree(u.tree(map[string]item{"README.md": file("r")}), first)
	nothing := u.commitTree(u.tree(nil), first)
	two := u.commitTree(u.tree(map[string]item{"zones/a.zone": file("a"), "zones/b.zone": file("b")}))
	onlyB, onlyA := u.commitTree(u.tree(map[string]item{"zones/b.zone": file("b")}), two), u.commitTree(u.tree(map[string]item{"zones/a.zone": file("a")}), two)
	later := u.commitTree(u.tree(map[string]item{"zones/a.zone": file("a"), "zones/c.zone": file("c")}), first)
	twice := u.commitTree(u.rawTree(
		object.TreeEntry{Name: "zones", Mode: filemode.Regular, Hash: u.object(plumbing.BlobObject, []byte("a"))},
		object.TreeEntry{Name: "zones", Mode: filemode.Dir, Hash: u.tree(map[string]item{"a.zone": file("b")})},
	), first)
	r := openRepository(t, RepositoryOptions{URL: u.dir, Path: "zones"})
	for name, tt := range map[string]struct {
		base, head string
		want       error
	}{
		"no such base":               {strings.Repeat("7", 40), first.String(), ErrNoRevision},
		"no such head":               {"main", "refs/heads/nothing", ErrNoRevision},
		"no words":                   {"", "", ErrNoRevision},
		"no history in common":       {first.String(), unrelated.String(), ErrUnrelated},
		"no file left":               {first.String(), empty.String(), ErrEmpty},
		"no directory left":          {first.String(), none.String(), ErrNoPath},
		"nothing left":               {first.String(), nothing.String(), ErrNoPath},
		"nothing left by both":       {onlyB.String(), onlyA.String(), ErrNoPath},
		"nothing left of what moved": {later.String(), nothing.String(), nil},
		"a name twice":               {later.String(), twice.String(), errTwice},
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := r.Proposed(t.Context(), tt.base, tt.head); !errors.Is(err, tt.want) {
				t.Errorf("%+v, %v, want %v", p, err, tt.want)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Proposed(ctx, "main", first.String()); !errors.Is(err, context.Canceled) {
		t.Errorf("after a cancel: %v", err)
	}
}

// The first pull request of all brings the zones.
func TestProposedOntoNothing(t *testing.T) {
	u := newUpstream(t)
	first := u.push("main", map[string]item{"README.md": file("r")})
	head := u.commitTree(u.tree(map[string]item{"README.md": file("r"), "zones/a.zone": file("a")}), first)
	p := propose(t, openRepository(t, RepositoryOptions{URL: u.dir, Path: "zones"}), first, head)
	if got := listing(t, p.Base.FS); len(got) > 0 || p.Base.Revision != first.String() {
		t.Errorf("base %s: %v", p.Base.Revision, got)
	}
	if diff := cmp.Diff(proposalOf(t, p), proposal{tree: map[string]string{"a.zone": "a"}, files: []string{"zones/a.zone"}}, cmp.AllowUnexported(proposal{})); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// What a pull request adds can lead no more out of the source than what is on the branch, laid over it or not.
func TestProposedStaysInTheSource(t *testing.T) {
	u := newUpstream(t)
	before := map[string]item{"zones/a.zone": file("a"), "zoneward.yaml": file("api_key: hunter2")}
	root := u.push("main", before)
	evil := u.commitTree(u.tree(with(before, map[string]item{
		"zones/passwd.zone": linkTo("/etc/passwd"), "zones/config.zone": linkTo("../zoneward.yaml"), "zones/up": linkTo(".."),
		"zones/back.zone": linkTo("../zones/a.zone"), "zones/include.zone": file("$INCLUDE ../zoneward.yaml\n"), "zones/loop": linkTo("loop"),
		"zones/sub/to-a.zone": linkTo("../a.zone"), "zones/module": submodule(),
	})), root)
	moved := u.commitTree(u.tree(with(before, map[string]item{"zones/b.zone": file("b")})), root)
	want := map[string]string{
		"a.zone": "a", "passwd.zone": "!L " + errLinkAbsolute.Error(), "config.zone": "!L " + errLinkLeaves.Error(), "up": "!L " + errLinkLeaves.Error(),
		"back.zone": "!L " + errLinkLeaves.Error(), "include.zone": "$INCLUDE ../zoneward.yaml\n", "loop": "!L " + errLinkLoop.Error(),
		"sub/": "", "sub/to-a.zone": "a", "module": "!L " + errSubmodule.Error(),
	}
	for name, base := range map[string]plumbing.Hash{"as it is": root, "laid over": moved} {
		t.Run(name, func(t *testing.T) {
			want := maps.Clone(want)
			if base == moved {
				want["b.zone"] = "b"
			}
			p := propose(t, openRepository(t, RepositoryOptions{URL: u.dir, Path: "zones"}), base, evil)
			if diff := cmp.Diff(listing(t, p.Head.FS), want); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
			for _, name := range []string{"../zoneward.yaml", "up/zoneward.yaml", "/etc/passwd", "./../zoneward.yaml"} {
				if text, err := fs.ReadFile(p.Head.FS, name); err == nil {
					t.Errorf("%s opens: %q", name, text)
				}
			}
		})
	}
}

// Names that only trees made by hand have are not taken for others.
func TestProposedFilesWithOddNames(t *testing.T) {
	u := newUpstream(t)
	root := u.push("main", map[string]item{"a.zone": file("a")})
	blob := u.object(plumbing.BlobObject, []byte("x"))
	sub := u.rawTree(object.TreeEntry{Name: "x", Mode: filemode.Regular, Hash: blob})
	head := u.commitTree(u.rawTree(
		object.TreeEntry{Name: "..", Mode: filemode.Dir, Hash: sub},
		object.TreeEntry{Name: "a.zone", Mode: filemode.Regular, Hash: u.object(plumbing.BlobObject, []byte("a"))},
		object.TreeEntry{Name: "b/../c", Mode: filemode.Regular, Hash: blob},
		object.TreeEntry{Name: "d\xff", Mode: filemode.Regular, Hash: blob},
		object.TreeEntry{Name: "e", Mode: filemode.Regular, Hash: blob},
		object.TreeEntry{Name: "e", Mode: filemode.Dir, Hash: sub},
	), root)
	p := propose(t, openRepository(t, RepositoryOptions{URL: u.dir}), root, head)
	want := []string{"b\uFFFD..\uFFFDc", "d\uFFFD", "e", "\uFFFD/x"}
	slices.Sort(want)
	if diff := cmp.Diff(p.Files, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// A checkout in CI often has the merge commit and its parents only. That is enough for it, and for nothing else.
func TestProposedInAShallowRepository(t *testing.T) {
	u := newUpstream(t)
	before := map[string]item{"a.zone": file("a"), "b.zone": file("b")}
	root := u.commitTree(u.tree(before))
	base := u.push("main", with(before, map[string]item{"a.zone": file("A")}), u.commitTree(u.tree(before), root))
	headItems := with(before, map[string]item{"b.zone": file("B")})
	head := u.commitTree(u.tree(headItems), u.commitTree(u.tree(headItems), root))
	u.setBranch("head", head)
	merge := u.push("merge", map[string]item{"a.zone": file("A"), "b.zone": file("B")}, base, head)
	for name, tt := range map[string]struct {
		branch, depth, base, head string
		want                      error
	}{
		"the merge, of depth 1":            {"merge", "1", "HEAD^1", "HEAD", ErrShallow},
		"the merge by its id, of depth 1":  {"merge", "1", base.String(), merge.String(), ErrShallow},
		"the merge, of depth 2":            {"merge", "2", "HEAD^1", "HEAD", nil},
		"the head in the merge of depth 2": {"merge", "2", "HEAD^1", "HEAD^2", ErrShallow},
		"the head in the merge of depth 3": {"merge", "3", "HEAD^1", "HEAD^2", ErrShallow},
		"the head in the merge of depth 4": {"merge", "4", "HEAD^1", "HEAD^2", nil},
		"the head alone":                   {"head", "1", base.String(), "HEAD", ErrShallow},
	} {
		t.Run(name, func(t *testing.T) {
			work := filepath.Join(t.TempDir(), "work")
			runGit(t, t.TempDir(), "clone", "-q", "--depth="+tt.depth, "--branch="+tt.branch, "file://"+u.dir, work)
			r := openRepository(t, RepositoryOptions{URL: work})
			p, err := r.Proposed(t.Context(), tt.base, tt.head)
			if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), "fetch-depth: 0") {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if err == nil {
				want := map[string]string{"a.zone": "A", "b.zone": "B"}
				if diff := cmp.Diff(listing(t, p.Head.FS), want); diff != "" || !slices.Equal(p.Files, []string{"b.zone"}) {
					t.Errorf("files %v, tree (-got +want):\n%s", p.Files, diff)
				}
			}
		})
	}
}

// Trees that would take all memory if they were listed, or laid over each other, are refused in time.
func TestProposedBombs(t *testing.T) {
	u := newUpstream(t)
	root := u.push("main", map[string]item{"a.zone": file("a"), "d/x": file("x")})
	moved := u.commitTree(u.tree(map[string]item{"a.zone": file("A"), "d/x": file("X")}), root)
	wide := func(text string) plumbing.Hash {
		hash, mode := u.object(plumbing.BlobObject, []byte(text)), filemode.Regular
		for range 12 {
			entries := make([]object.TreeEntry, 10)
			for i := range entries {
				entries[i] = object.TreeEntry{Name: string(rune('a' + i)), Mode: mode, Hash: hash}
			}
			hash, mode = u.rawTree(entries...), filemode.Dir
		}
		return hash
	}
	blob := u.object(plumbing.BlobObject, []byte("a"))
	bombed := func(text string, parents ...plumbing.Hash) plumbing.Hash {
		return u.commitTree(u.rawTree(
			object.TreeEntry{Name: ".hidden", Mode: filemode.Dir, Hash: wide(text)},
			object.TreeEntry{Name: "a.zone", Mode: filemode.Regular, Hash: blob},
		), parents...)
	}
	bomb := bombed("b", root)
	hash, mode := blob, filemode.Regular
	for range maxDepth + 1 {
		hash, mode = u.rawTree(object.TreeEntry{Name: "d", Mode: mode, Hash: hash}), filemode.Dir
	}
	deep := u.commitTree(u.rawTree(
		object.TreeEntry{Name: ".hidden", Mode: filemode.Dir, Hash: hash},
		object.TreeEntry{Name: "a.zone", Mode: filemode.Regular, Hash: blob},
	), root)
	long := u.commitTree(u.rawTree(
		object.TreeEntry{Name: ".hidden" + strings.Repeat("x", 20<<20), Mode: filemode.Dir, Hash: u.tree(files(5))},
		object.TreeEntry{Name: "a.zone", Mode: filemode.Regular, Hash: blob},
	), root)
	r := openRepository(t, RepositoryOptions{URL: u.dir})
	for name, head := range map[string]plumbing.Hash{"wide": bomb, "deep": deep, "long names": long} {
		for at, base := range map[string]plumbing.Hash{"as it is": root, "laid over": moved} {
			if head == bomb && base == root {
				continue // that is as slow as the other, and the same
			}
			t.Run(name+" "+at, func(t *testing.T) {
				if p, err := r.Proposed(t.Context(), base.String(), head.String()); !errors.Is(err, ErrTooLarge) {
					t.Errorf("%d files, %v, want %v", len(p.Files), err, ErrTooLarge)
				}
			})
		}
	}
	t.Run("wide on all sides", func(t *testing.T) {
		before := bombed("before")
		if p, err := r.Proposed(t.Context(), bombed("base", before).String(), bombed("head", before).String()); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d files, %v, want %v", len(p.Files), err, ErrTooLarge)
		}
	})
}
