package git

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func (u *upstream) commitAt(tree plumbing.Hash, when time.Time, message string, parents ...plumbing.Hash) plumbing.Hash {
	u.t.Helper()
	return u.object(plumbing.CommitObject, []byte(commitText(tree, when, message, parents...)))
}

// reachable are the commits that can be reached from one, with itself.
func reachable(parents map[plumbing.Hash][]plumbing.Hash, from plumbing.Hash) map[plumbing.Hash]bool {
	seen := map[plumbing.Hash]bool{from: true}
	for rest := []plumbing.Hash{from}; len(rest) > 0; rest = rest[1:] {
		for _, p := range parents[rest[0]] {
			if !seen[p] {
				seen[p] = true
				rest = append(rest, p)
			}
		}
	}
	return seen
}

// drawHistory makes a history of some commits, with wrong clocks or without.
func drawHistory(rt *rapid.T, u *upstream, tree plumbing.Hash) (ids []plumbing.Hash, parents map[plumbing.Hash][]plumbing.Hash, skewed bool) {
	skewed = rapid.Bool().Draw(rt, "skewed")
	parents = make(map[plumbing.Hash][]plumbing.Hash)
	for i := range rapid.IntRange(1, 15).Draw(rt, "commits") {
		var of []plumbing.Hash
		for range rapid.IntRange(0, min(i, 3)).Draw(rt, "parents") {
			if p := ids[rapid.IntRange(0, i-1).Draw(rt, "parent")]; !slices.Contains(of, p) {
				of = append(of, p)
			}
		}
		when := i
		if skewed {
			when = rapid.IntRange(0, 20).Draw(rt, "when")
		}
		id := u.commitAt(tree, commitTime.Add(time.Duration(when)*time.Minute), fmt.Sprint(i), of...)
		ids = append(ids, id)
		parents[id] = of
	}
	return ids, parents, skewed
}

// Whatever the history, no commit is forgotten; and none is there too many if clocks are right.
func TestHistoryBetween(t *testing.T) {
	u := newUpstream(t)
	tree := u.tree(files(1))
	rapid.Check(t, func(rt *rapid.T) {
		ids, parents, skewed := drawHistory(rt, u, tree)
		n := len(ids)
		since, tip := ids[rapid.IntRange(0, n-1).Draw(rt, "since")], ids[rapid.IntRange(0, n-1).Draw(rt, "tip")]
		o, err := openObjects(u.dir)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := newHistory(o).between(t.Context(), since, tip)
		before, all := reachable(parents, since), reachable(parents, tip)
		if !all[since] {
			if !errors.Is(err, errNotBefore) {
				rt.Fatalf("since is not before the tip: %v, %v", got, err)
			}
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		want := maps.Clone(all)
		maps.DeleteFunc(want, func(id plumbing.Hash, _ bool) bool { return before[id] })
		for id := range want {
			if !slices.Contains(got, id) {
				rt.Errorf("%s is not among them", id)
			}
		}
		for _, id := range got {
			if !all[id] || !skewed && before[id] {
				rt.Errorf("%s is among them", id)
			}
		}
		unique := slices.Clone(got)
		slices.SortFunc(unique, func(a, b plumbing.Hash) int { return slices.Compare(a[:], b[:]) })
		if len(slices.Compact(unique)) != len(got) {
			rt.Errorf("some are among them twice: %v", got)
		}
	})
}

func TestHistoryNewestFirst(t *testing.T) {
	u := newUpstream(t)
	tree := u.tree(files(1))
	var ids []plumbing.Hash
	for i := range 5 {
		var parents []plumbing.Hash
		if i > 0 {
			parents = ids[:1:1]
		}
		id := u.commitAt(tree, commitTime.Add(time.Duration(i)*time.Minute), "", parents...)
		ids = append([]plumbing.Hash{id}, ids...)
	}
	o, err := openObjects(u.dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := newHistory(o).between(t.Context(), ids[4], ids[0])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, ids[:4]); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	u := newUpstream(t)
	tree := u.tree(files(1))
	first := u.commitAt(tree, commitTime, "")
	last := first
	for i := range 10 {
		last = u.commitAt(tree, commitTime.Add(time.Duration(i+1)*time.Minute), "", last)
	}
	o, err := openObjects(u.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		limit int
		want  error
	}{{11, nil}, {10, ErrTooLarge}, {5, ErrTooLarge}} {
		h := newHistory(o)
		h.limit = tt.limit
		if got, err := h.between(t.Context(), first, last); !errors.Is(err, tt.want) || err == nil && len(got) != 10 {
			t.Errorf("of %d at most: %d commits, %v, want %v", tt.limit, len(got), err, tt.want)
		}
	}
}
