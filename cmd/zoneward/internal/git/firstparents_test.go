package git

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"
)

// branchOf is a branch on which two pull requests were merged, and one was not by a merge.
//
//	root - one - mergeA - squashed - mergeB
//	    \       /                   /
//	     a1 - a2         b1 -------
type branchOf struct {
	root, one, a1, a2, mergeA, squashed, b1, mergeB plumbing.Hash
}

func (u *upstream) branch() branchOf {
	n := 0
	commit := func(message string, parents ...plumbing.Hash) plumbing.Hash {
		n++
		return u.commitAt(u.tree(files(n)), commitTime.Add(time.Duration(n)*time.Minute), message, parents...)
	}
	var b branchOf
	b.root = commit("root")
	b.one = commit("one", b.root)
	b.a1 = commit("a1", b.root)
	b.a2 = commit("a2", b.a1)
	b.mergeA = commit("Merge pull request #1 from ann/a\n\nThe body\n", b.one, b.a2)
	b.squashed = commit("\n  squashed \x1b[31m(#2)\u202e", b.mergeA)
	b.b1 = commit("b1", b.mergeA)
	b.mergeB = commit("merge B", b.squashed, b.b1)
	u.setBranch("main", b.mergeB)
	return b
}

func TestFirstParents(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		b := u.branch()
		r := openRepository(t, at)
		for name, tt := range map[string]struct {
			before, after plumbing.Hash
			want          []plumbing.Hash
		}{
			"a merge and what was before":            {b.mergeA, b.mergeB, []plumbing.Hash{b.mergeB, b.squashed}},
			"all":                                    {b.root, b.mergeB, []plumbing.Hash{b.mergeB, b.squashed, b.mergeA, b.one}},
			"nothing":                                {b.mergeB, b.mergeB, nil},
			"the branch was the second parent of it": {b.a2, b.mergeA, []plumbing.Hash{b.mergeA, b.one}},
		} {
			got, err := r.FirstParents(t.Context(), tt.before.String(), tt.after.String())
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var ids, want []string
			for _, c := range got {
				ids = append(ids, c.ID)
			}
			for _, id := range tt.want {
				want = append(want, id.String())
			}
			if diff := cmp.Diff(ids, want); diff != "" {
				t.Errorf("%s (-got +want):\n%s", name, diff)
			}
		}
		got, err := r.FirstParents(t.Context(), b.one.String(), b.squashed.String())
		if err != nil {
			t.Fatal(err)
		}
		const author = "Ann Author <ann@example.com>"
		want := []Commit{
			{b.squashed.String(), []string{b.mergeA.String()}, author, "squashed  [31m(#2)", commitTime.Add(6 * time.Minute)},
			{b.mergeA.String(), []string{b.one.String(), b.a2.String()}, author, "Merge pull request #1 from ann/a", commitTime.Add(5 * time.Minute)},
		}
		if diff := cmp.Diff(got, want, cmp.Comparer(time.Time.Equal)); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
		unrelated := u.push("main", map[string]item{"new.zone": file("new")})
		for name, tt := range map[string]struct {
			before, after string
			want          error
		}{
			"a new branch":                     {strings.Repeat("0", 40), b.mergeB.String(), ErrNewBranch},
			"rewritten":                        {b.mergeB.String(), unrelated.String(), ErrRewritten},
			"set back":                         {b.mergeB.String(), b.root.String(), ErrRewritten},
			"rewritten, and nowhere to be had": {strings.Repeat("7", 40), b.mergeB.String(), ErrRewritten},
			"nothing after":                    {b.mergeB.String(), strings.Repeat("7", 40), ErrNoRevision},
			"no words":                         {"", "", ErrNoRevision},
			"what is no commit":                {"nothing", b.mergeB.String(), ErrNoRevision},
		} {
			if got, err := r.FirstParents(t.Context(), tt.before, tt.after); !errors.Is(err, tt.want) || errors.Is(err, ErrRewritten) != errors.Is(tt.want, ErrRewritten) {
				t.Errorf("%s: %v, %v, want %v", name, got, err, tt.want)
			}
		}
	})
}

func TestIsAncestor(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		b := u.branch()
		r := openRepository(t, at)
		for name, tt := range map[string]struct {
			commit, of string
			want       bool
		}{
			"itself":              {b.one.String(), b.one.String(), true},
			"along first parents": {b.root.String(), b.mergeB.String(), true},
			"by another way":      {b.a1.String(), b.mergeB.String(), true},
			"the other way round": {b.mergeB.String(), b.a1.String(), false},
			"beside":              {b.a1.String(), b.one.String(), false},
			"nowhere":             {strings.Repeat("7", 40), b.one.String(), false},
		} {
			if got, err := r.IsAncestor(t.Context(), tt.commit, tt.of); err != nil || got != tt.want {
				t.Errorf("%s: %t, %v, want %t", name, got, err, tt.want)
			}
		}
		for _, tt := range [][2]string{{b.one.String(), strings.Repeat("7", 40)}, {"nothing", b.one.String()}, {b.one.String(), ""}} {
			if got, err := r.IsAncestor(t.Context(), tt[0], tt[1]); !errors.Is(err, ErrNoRevision) {
				t.Errorf("%v: %t, %v, want %v", tt, got, err, ErrNoRevision)
			}
		}
	})
}

// A shallow checkout says that it does not know, rather than no.
func TestFirstParentsInAShallowRepository(t *testing.T) {
	u := newUpstream(t)
	b := u.branch()
	work := filepath.Join(t.TempDir(), "work")
	runGit(t, t.TempDir(), "clone", "-q", "--depth=2", "file://"+u.dir, work)
	r := openRepository(t, RepositoryOptions{URL: work})
	got, err := r.FirstParents(t.Context(), b.squashed.String(), b.mergeB.String())
	if err != nil || len(got) != 1 || got[0].ID != b.mergeB.String() {
		t.Errorf("what is there: %v, %v", got, err)
	}
	if is, err := r.IsAncestor(t.Context(), b.squashed.String(), b.mergeB.String()); err != nil || !is {
		t.Errorf("what is there: %t, %v", is, err)
	}
	for _, before := range []plumbing.Hash{b.mergeA, b.root} {
		if got, err := r.FirstParents(t.Context(), before.String(), b.mergeB.String()); !errors.Is(err, ErrShallow) || errors.Is(err, ErrRewritten) {
			t.Errorf("%v, %v, want %v", got, err, ErrShallow)
		}
		if is, err := r.IsAncestor(t.Context(), before.String(), b.mergeB.String()); !errors.Is(err, ErrShallow) {
			t.Errorf("%t, %v, want %v", is, err, ErrShallow)
		}
	}
	// The commit before is in the history, and what came beside it may be, too.
	u.setBranch("beside", b.mergeA)
	beside := filepath.Join(t.TempDir(), "work")
	runGit(t, t.TempDir(), "clone", "-q", "--depth=2", "--branch=beside", "file://"+u.dir, beside)
	if got, err := openRepository(t, RepositoryOptions{URL: beside}).FirstParents(t.Context(), b.a2.String(), b.mergeA.String()); !errors.Is(err, ErrShallow) {
		t.Errorf("beside: %v, %v, want %v", got, err, ErrShallow)
	}
	// b1 and what it is compared with are there, and what is behind them is not.
	if is, err := r.IsAncestor(t.Context(), b.b1.String(), b.squashed.String()); !errors.Is(err, ErrShallow) {
		t.Errorf("%t, %v, want %v", is, err, ErrShallow)
	}
	if !slices.Equal(got[0].Parents, []string{b.squashed.String(), b.b1.String()}) {
		t.Errorf("parents: %v", got[0].Parents)
	}
}

// Whoever proposes a commit can choose how its id begins, and so make that of another one mean nothing. It never means the new one.
func TestAtAnAmbiguousBeginning(t *testing.T) {
	u := newUpstream(t)
	tree := u.tree(files(1))
	first := u.push("main", files(1))
	begins := first.String()[:4]
	r := openRepository(t, RepositoryOptions{URL: u.dir})
	if got, err := r.At(t.Context(), begins); err != nil || got.Revision != first.String() {
		t.Fatalf("before: %s, %v", got.Revision, err)
	}
	for n := 0; ; n++ {
		text := []byte(commitText(tree, commitTime.Add(time.Duration(n)*time.Second), "forged"))
		if id := plumbing.ComputeHash(plumbing.CommitObject, text); strings.HasPrefix(id.String(), begins) {
			u.object(plumbing.CommitObject, text)
			break
		}
	}
	for _, revision := range []string{begins, begins + "~0", begins + "^{commit}"} {
		if got, err := r.At(t.Context(), revision); !errors.Is(err, ErrNoRevision) {
			t.Errorf("%s: %s, %v, want %v", revision, got.Revision, err, ErrNoRevision)
		}
	}
	if got, err := r.At(t.Context(), first.String()); err != nil || got.Revision != first.String() {
		t.Errorf("the whole id: %s, %v", got.Revision, err)
	}
}
