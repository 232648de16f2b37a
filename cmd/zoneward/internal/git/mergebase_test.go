package git

import (
	"errors"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// bestCommon are the commits that two have in common and that come before none of the others.
func bestCommon(parents map[plumbing.Hash][]plumbing.Hash, one, other plumbing.Hash) []string {
	common, others := reachable(parents, one), reachable(parents, other)
	maps.DeleteFunc(common, func(id plumbing.Hash, _ bool) bool { return !others[id] })
	best := maps.Clone(common)
	for id := range common {
		for before := range reachable(parents, id) {
			if before != id {
				delete(best, before)
			}
		}
	}
	return idsOf(slices.Collect(maps.Keys(best)))
}

func idsOf(commits []plumbing.Hash) []string {
	var ids []string
	for _, id := range commits {
		ids = append(ids, id.String())
	}
	slices.Sort(ids)
	return ids
}

func TestMergeBases(t *testing.T) {
	u := newUpstream(t)
	tree := u.tree(files(1))
	rapid.Check(t, func(rt *rapid.T) {
		ids, parents, _ := drawHistory(rt, u, tree)
		one, other := rapid.SampledFrom(ids).Draw(rt, "one"), rapid.SampledFrom(ids).Draw(rt, "other")
		o, err := openObjects(u.dir)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := newHistory(o).mergeBases(t.Context(), one, other)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(idsOf(got), bestCommon(parents, one, other)); diff != "" {
			rt.Errorf("merge bases (-got +want):\n%s", diff)
		}
		is, err := newHistory(o).isAncestor(t.Context(), one, other)
		if want := reachable(parents, other)[one]; err != nil || is != want {
			rt.Errorf("isAncestor: %t, %v, want %t", is, err, want)
		}
	})
}

// Commits of one second come in any order. What they have in common is no less the newest of it.
func TestMergeBasesOfOneSecond(t *testing.T) {
	u := newUpstream(t)
	tree := u.tree(files(1))
	o, err := openObjects(u.dir)
	if err != nil {
		t.Fatal(err)
	}
	first := u.commitAt(tree, commitTime, "first")
	second := u.commitAt(tree, commitTime, "second", first)
	third := u.commitAt(tree, commitTime, "third", second)
	merge := u.commitAt(tree, commitTime, "merge", first, third)
	for _, pair := range [][2]plumbing.Hash{{third, merge}, {merge, third}} {
		if got, err := newHistory(o).mergeBases(t.Context(), pair[0], pair[1]); err != nil || !slices.Equal(got, []plumbing.Hash{third}) {
			t.Errorf("%v, %v, want %v", got, err, third)
		}
	}
}

// An end of a shallow repository that comes before what both have is none of those behind which there could be more, wherever else it was met.
func TestMergeBasesBeforeAnEnd(t *testing.T) {
	u := newUpstream(t)
	tree := u.tree(files(1))
	o, err := openObjects(u.dir)
	if err != nil {
		t.Fatal(err)
	}
	end := u.commitAt(tree, commitTime, "end", u.commitAt(tree, commitTime, "gone"))
	last := end
	for _, message := range []string{"one", "two", "three"} {
		last = u.commitAt(tree, commitTime, message, last)
	}
	merge := u.commitAt(tree, commitTime, "merge", end, last)
	h := newHistory(o)
	h.cuts = map[plumbing.Hash]bool{end: true}
	if got, err := h.mergeBases(t.Context(), merge, last); err != nil || !slices.Equal(got, []plumbing.Hash{last}) {
		t.Errorf("%v, %v, want %v", got, err, last)
	}
}

// git is asked what it says itself.
func TestMergeBasesAsGitHasThem(t *testing.T) {
	gitProgram(t)
	u := newUpstream(t)
	tree := u.tree(files(1))
	rapid.Check(t, func(rt *rapid.T) {
		ids, _, _ := drawHistory(rt, u, tree)
		one, other := ids[len(ids)-1], rapid.SampledFrom(ids).Draw(rt, "other")
		// It ends with 1 if there is none.
		out, _ := exec.Command("git", "--git-dir="+u.dir, "merge-base", "--all", one.String(), other.String()).Output()
		want := strings.Fields(string(out))
		slices.Sort(want)
		o, err := openObjects(u.dir)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := newHistory(o).mergeBases(t.Context(), one, other)
		if err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(idsOf(got), want) {
			rt.Errorf("%v, and git says %v", got, want)
		}
	})
}

// Wherever a repository is cut off, what it answers is true of the whole one.
func TestMergeBasesOfAShallowRepository(t *testing.T) {
	u := newUpstream(t)
	tree := u.tree(files(1))
	answered := 0
	rapid.Check(t, func(rt *rapid.T) {
		ids, parents, _ := drawHistory(rt, u, tree)
		one, other := rapid.SampledFrom(ids).Draw(rt, "one"), rapid.SampledFrom(ids).Draw(rt, "other")
		o, err := openObjects(u.dir)
		if err != nil {
			rt.Fatal(err)
		}
		cuts := make(map[plumbing.Hash]bool)
		for _, id := range ids {
			if len(parents[id]) > 0 && rapid.IntRange(0, 3).Draw(rt, "cut") == 0 {
				cuts[id] = true
			}
		}
		h := newHistory(o)
		h.cuts = cuts
		got, err := h.mergeBases(t.Context(), one, other)
		switch {
		case err == nil:
			answered++
			if diff := cmp.Diff(idsOf(got), bestCommon(parents, one, other)); diff != "" {
				rt.Errorf("merge bases (-got +want):\n%s", diff)
			}
		case !errors.Is(err, ErrShallow):
			rt.Fatal(err)
		}
		is, err := h.isAncestor(t.Context(), one, other)
		if want := reachable(parents, other)[one]; err == nil && is != want || err != nil && !errors.Is(err, ErrShallow) {
			rt.Errorf("isAncestor: %t, %v, want %t", is, err, want)
		}
	})
	if answered == 0 {
		t.Error("no shallow repository answered")
	}
}

func TestMergeBasesAreBounded(t *testing.T) {
	u := newUpstream(t)
	tree := u.tree(files(1))
	root := u.commitAt(tree, commitTime, "")
	one, other := root, root
	for i := range 10 {
		one = u.commitAt(tree, commitTime.Add(time.Duration(i)*time.Minute), "one", one)
		other = u.commitAt(tree, commitTime.Add(time.Duration(i)*time.Minute), "other", other)
	}
	o, err := openObjects(u.dir)
	if err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]error{21: nil, 20: ErrTooLarge} {
		h := newHistory(o)
		h.limit = limit
		if got, err := h.mergeBases(t.Context(), one, other); !errors.Is(err, want) {
			t.Errorf("of %d commits at most: %v, %v, want %v", limit, got, err, want)
		}
	}
}
