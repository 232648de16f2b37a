package pulls_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
)

// board is the comments of a pull request, and publishers that write there one step at a time, each when it is its turn.
type board struct {
	comments []pulls.Comment
	gone     map[int64]bool
	steps    []step

	ready  chan int        // who wants to do something
	turns  []chan struct{} // it is somebody's turn
	ended  chan int
	failed []error
}

// step is something that was done.
type step struct {
	who  int
	what string // look, create, edit, outdate, delete
	body string
}

// seat is the board as one publisher sees it.
type seat struct {
	pulls.Host // nil: nothing else is asked
	*board
	who int
}

func (s seat) turn(what, body string) {
	s.ready <- s.who
	<-s.turns[s.who]
	s.steps = append(s.steps, step{s.who, what, body})
}

func (s seat) Self(context.Context) (string, error) { return "us", nil }

func (s seat) Comments(context.Context, int64) iter.Seq2[pulls.Comment, error] {
	return func(yield func(pulls.Comment, error) bool) {
		s.turn("look", "")
		for _, c := range slices.Clone(s.comments) {
			if !s.gone[c.ID] && !yield(c, nil) {
				return
			}
		}
	}
}

func (s seat) CreateComment(_ context.Context, _ int64, body string) (pulls.Comment, error) {
	s.turn("create", body)
	c := pulls.Comment{ID: int64(len(s.comments)) + 1, Author: "us", Body: body}
	s.comments = append(s.comments, c)
	return c, nil
}

func (s seat) write(what string, c pulls.Comment, body string) (pulls.Comment, error) {
	s.turn(what, body)
	if s.gone[c.ID] {
		return pulls.Comment{}, pulls.ErrNotFound
	}
	s.comments[c.ID-1].Body = body
	return s.comments[c.ID-1], nil
}

func (s seat) EditComment(_ context.Context, _ int64, c pulls.Comment, body string) (pulls.Comment, error) {
	return s.write("edit", c, body)
}

func (s seat) Outdate(_ context.Context, _ int64, c pulls.Comment, body string) error {
	_, err := s.write("outdate", c, body)
	return err
}

// play has publishers of the runs 1, 2, ... publish at once, in the order that choose says, which gets how many may go on. The deleter is one more, who deletes the
// first comment.
func play(t *testing.T, there []string, runs int, newer func(a, b string) bool, deleter bool, choose func(int) int) *board {
	t.Helper()
	b := &board{gone: map[int64]bool{}, ready: make(chan int), ended: make(chan int), failed: make([]error, runs+1)}
	for i, body := range there {
		b.comments = append(b.comments, pulls.Comment{ID: int64(i) + 1, Author: "us", Body: body})
	}
	players := runs
	if deleter {
		players++
	}
	for who := range players {
		b.turns = append(b.turns, make(chan struct{}))
		go func() {
			defer func() { b.ended <- who }()
			if who == runs {
				seat{board: b, who: who}.turn("delete", "")
				b.gone[1] = true
				return
			}
			p := pulls.Publication{Number: 1, Body: body(who + 1), Match: marked, Newer: newer}
			_, b.failed[who] = pulls.PublishWith(t.Context(), seat{board: b, who: who}, p, func(context.Context, time.Duration) error { return nil })
		}()
	}
	var waiting []int
	for playing := players; playing > 0; {
		for len(waiting) < playing {
			select {
			case who := <-b.ready:
				waiting = append(waiting, who)
			case <-b.ended:
				playing--
			}
		}
		if playing == 0 {
			break
		}
		slices.Sort(waiting)
		i := choose(len(waiting))
		who := waiting[i]
		waiting = slices.Delete(waiting, i, i+1)
		b.turns[who] <- struct{}{}
	}
	return b
}

// all plays every order there is.
func all(most int, play func(choose func(int) int)) int {
	var path, width []int
	for n := 1; ; n++ {
		at := 0
		play(func(options int) int {
			if at == len(path) {
				path, width = append(path, 0), append(width, options)
			}
			width[at] = options
			at++
			return path[at-1]
		})
		path, width = path[:at], width[:at]
		for len(path) > 0 && path[len(path)-1] == width[len(path)-1]-1 {
			path, width = path[:len(path)-1], width[:len(width)-1]
		}
		if len(path) == 0 || n == most {
			return n
		}
		path[len(path)-1]++
	}
}

// Two publishers at once leave one comment, in whatever order their requests come, and whatever was there. The newer body wins, unless the older one was written after
// the newer run had looked for the last time, by a run that had looked before that was written.
func TestEveryOrder(t *testing.T) {
	for _, tt := range []struct {
		name    string
		there   []string
		deleter bool
		newer   func(a, b string) bool
	}{
		{"none", nil, false, newerRun},
		{"none, any", nil, false, nil},
		{"one", []string{body(0)}, false, newerRun},
		{"one, any", []string{body(0)}, false, nil},
		{"one that is newer", []string{body(9)}, false, newerRun},
		{"two", []string{body(0), body(0)}, false, newerRun},
		{"two, the newer one second", []string{body(0), body(9)}, false, newerRun},
		{"one, and somebody deletes it", []string{body(0)}, true, newerRun},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lost := 0
			n := all(20_000, func(choose func(int) int) {
				b := play(t, tt.there, 2, tt.newer, tt.deleter, choose)
				var left []string
				for _, c := range b.comments {
					if !b.gone[c.ID] && marked(c.Body) {
						left = append(left, c.Body)
					}
				}
				for _, err := range b.failed {
					if err != nil {
						t.Fatalf("%v\n%s", err, b.story())
					}
				}
				switch {
				case len(left) == 0 && tt.deleter && b.steps[len(b.steps)-1].what == "delete": // nobody is left to see it
					return
				case len(left) == 0 && tt.deleter && b.lookedBeforeDelete():
					return
				case len(left) != 1:
					t.Fatalf("left are %q\n%s", left, b.story())
				case slices.Contains(tt.there, body(9)) && left[0] != body(9):
					t.Fatalf("left is %q\n%s", left, b.story())
				case left[0] == body(0):
					t.Fatalf("nobody's plan is there\n%s", b.story())
				case tt.deleter: // whoever creates it again may not have seen the newest
				case tt.newer != nil && left[0] == body(1):
					if !b.overtaken() {
						t.Fatalf("the older plan is left\n%s", b.story())
					}
					lost++
				}
			})
			t.Logf("%d orders; in %d of them the older run wrote last", n, lost)
		})
	}
}

// Any number at once leave one comment.
func TestManyOrders(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 1000 {
		var there []string
		for range i % 3 {
			there = append(there, body(0))
		}
		b := play(t, there, 2+i%4, newerRun, false, random.IntN)
		left := slices.DeleteFunc(b.comments, func(c pulls.Comment) bool { return !marked(c.Body) })
		if err := errors.Join(b.failed...); err != nil || len(left) != 1 || left[0].Body == body(0) {
			t.Fatalf("left are %+v, %v\n%s", left, err, b.story())
		}
	}
}

// overtaken reports whether the older run wrote after the newer one had looked for the last time, and had itself looked before that wrote.
func (b *board) overtaken() bool {
	last := func(who int, before int, what ...string) int {
		for i, s := range slices.Backward(b.steps[:before]) {
			if s.who == who && slices.Contains(what, s.what) {
				return i
			}
		}
		return -1
	}
	end := len(b.steps)
	wrote := last(0, end, "edit", "create")
	return wrote > last(1, end, "look") && last(0, wrote, "look") < last(1, end, "edit", "create")
}

// lookedBeforeDelete reports whether nobody looked after the comment was deleted.
func (b *board) lookedBeforeDelete() bool {
	i := slices.IndexFunc(b.steps, func(s step) bool { return s.what == "delete" })
	return !slices.ContainsFunc(b.steps[i:], func(s step) bool { return s.what == "look" })
}

// story tells what was done, in its order.
func (b *board) story() string {
	text := ""
	for _, s := range b.steps {
		text += fmt.Sprintf("%d: %s %d\n", s.who+1, s.what, runOf(s.body))
	}
	return text
}
