package pulls_test

import (
	"context"
	"errors"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
)

var update = flag.Bool("update", false, "write golden files")

// marker is what the comments of these tests begin with; the number of the run may follow it.
const marker = "<!-- plan -->"

func marked(body string) bool { return strings.HasPrefix(body, marker) }

// runOf returns the number in the last line of a body.
func runOf(body string) int {
	n, _ := strconv.Atoi(body[strings.LastIndex(body, "\n")+1:])
	return n
}

func newerRun(a, b string) bool { return runOf(a) > runOf(b) }

func body(run int) string { return marker + "\nthe plan of run\n" + strconv.Itoa(run) }

// publishTo publishes, with the marker of the tests.
func publishTo(t *testing.T, host pulls.Host, p pulls.Publication) pulls.Outcome {
	t.Helper()
	p.Match = marked
	got, err := pulls.PublishWith(t.Context(), host, p, (&clock{}).sleep)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// visible returns the bodies of the comments of ours that have the marker.
func visible(s *pullstest.Server, number int64) []string {
	var all []string
	for _, c := range s.Comments(number) {
		if c.Author == s.Login() && marked(c.Body) && !c.Outdated {
			all = append(all, c.Body)
		}
	}
	return all
}

// Three pushes give one comment, edited in place; the same again gives no write.
func TestPublish(t *testing.T) {
	eachForge(t, pullstest.Options{PageSize: 2}, nil, func(t *testing.T, s site) {
		number := s.addPull()
		for range 5 {
			s.AddComment(number, "ann", "nice")
		}
		var id int64
		for i, want := range []pulls.Action{pulls.Created, pulls.Edited, pulls.Edited, pulls.Unchanged} {
			run := min(i, 2)
			got := publishTo(t, s.host, pulls.Publication{Number: number, Body: body(run), Newer: newerRun})
			if got.Action != want || got.Comment.Body != body(run) || id != 0 && got.Comment.ID != id {
				t.Errorf("%d: got %+v, want %s", i, got, want)
			}
			id = got.Comment.ID
		}
		if got := visible(s.Server, number); !slices.Equal(got, []string{body(2)}) {
			t.Errorf("got %q", got)
		}
		writes := 0
		for _, r := range s.Requests() {
			if r.Method != "GET" && !strings.HasSuffix(r.Path, "graphql") {
				writes++
			}
		}
		if writes != 3 {
			t.Errorf("%d writes, want three", writes)
		}
	})
}

// What is sent and what comes back is in golden files; -update writes them.
func TestPublishRequests(t *testing.T) {
	eachForge(t, pullstest.Options{Login: "zoneward-bot", PageSize: 2}, nil, func(t *testing.T, s site) {
		number := s.addPull()
		s.AddComment(number, "ann", "nice")
		publishTo(t, s.host, pulls.Publication{Number: number, Body: body(1)})
		s.AddComment(number, s.Login(), body(0)) // of a run at the same time
		publishTo(t, s.host, pulls.Publication{Number: number, Body: body(2)})
		for _, state := range []pulls.State{pulls.StatePending, pulls.StateFailure} {
			if err := s.host.SetStatus(t.Context(), head, pulls.Status{Context: "zoneward/plan", State: state, Description: "1 change", URL: "https://ci.example/1"}); err != nil {
				t.Fatal(err)
			}
		}
		s.Label(number, "override", "ann")
		s.Merge(number, merged)
		s.Allow("ann", pulls.AccessWrite)
		_, errOf := s.host.PullsOf(t.Context(), merged)
		_, errStatuses := s.host.Statuses(t.Context(), head)
		_, errLabels := s.host.Labels(t.Context(), number)
		_, errAccess := s.host.Access(t.Context(), "ann")
		if err := errors.Join(errOf, errStatuses, errLabels, errAccess); err != nil {
			t.Fatal(err)
		}
		var lines strings.Builder
		for _, r := range s.Requests() {
			lines.WriteString(strings.ReplaceAll(r.String(), strings.TrimSuffix(s.URL(), "/api/v4"), "https://forge.example") + "\n")
		}
		file := filepath.Join("testdata", string(s.Kind())+".requests")
		if *update {
			if err := os.WriteFile(file, []byte(lines.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if diff := cmp.Diff(string(want), lines.String()); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

// Whoever else writes the marker is not us, and is left alone.
func TestMarkerOfSomebodyElse(t *testing.T) {
	eachForge(t, pullstest.Options{}, nil, func(t *testing.T, s site) {
		number := s.addPull()
		s.AddComment(number, "mallory", body(99))
		s.AddComment(number, "", body(98)) // an account that is gone
		got := publishTo(t, s.host, pulls.Publication{Number: number, Body: body(1), Newer: newerRun})
		if got.Action != pulls.Created || got.Comment.Author != s.Login() {
			t.Errorf("got %+v", got)
		}
		all := s.Comments(number)
		if len(all) != 3 || all[0].Body != body(99) || all[0].Outdated || all[1].Body != body(98) {
			t.Errorf("got %+v", all)
		}
	})
}

// Ours without the marker, and with that of another configuration, are left alone.
func TestOtherMarkers(t *testing.T) {
	s := open(t, forge.GitHub, pullstest.Options{}, nil)
	number := s.addPull()
	s.AddComment(number, s.Login(), "a word from us")
	s.AddComment(number, s.Login(), "<!-- other -->")
	if got := publishTo(t, s.host, pulls.Publication{Number: number, Body: body(1)}); got.Action != pulls.Created || len(s.Comments(number)) != 3 {
		t.Errorf("got %+v", got)
	}
	_, err := pulls.Publish(t.Context(), s.host, pulls.Publication{Number: number, Body: "no marker", Match: marked})
	if err == nil || len(s.Comments(number)) != 3 {
		t.Errorf("a comment that would never be found again was written: %v", err)
	}
}

// Of several the oldest stays, with the newest body, and the others are outdated.
func TestSeveral(t *testing.T) {
	eachForge(t, pullstest.Options{PageSize: 1}, nil, func(t *testing.T, s site) {
		number := s.addPull()
		oldest := s.AddComment(number, s.Login(), body(1))
		s.AddComment(number, s.Login(), body(3))
		s.AddComment(number, s.Login(), body(2))
		got := publishTo(t, s.host, pulls.Publication{Number: number, Body: body(2), Newer: newerRun})
		if got.Action != pulls.Superseded || got.Comment.ID != oldest || got.Comment.Body != body(3) {
			t.Errorf("got %+v", got)
		}
		if left := visible(s.Server, number); !slices.Equal(left, []string{body(3)}) {
			t.Errorf("left are %q", left)
		}
		for _, c := range s.Comments(number)[1:] {
			if !strings.HasPrefix(c.Body, "~~outdated~~") || !strings.Contains(c.Body, got.Comment.URL) || c.Outdated != (s.Kind() == forge.GitHub) {
				t.Errorf("got %+v", c)
			}
		}
	})
}

func TestOlderRun(t *testing.T) {
	eachForge(t, pullstest.Options{}, nil, func(t *testing.T, s site) {
		number := s.addPull()
		publishTo(t, s.host, pulls.Publication{Number: number, Body: body(7), Newer: newerRun})
		before := len(s.Requests())
		got := publishTo(t, s.host, pulls.Publication{Number: number, Body: body(6), Newer: newerRun})
		if got.Action != pulls.Superseded || got.Comment.Body != body(7) || len(s.Requests()) != before+1 && s.Kind() != forge.GitLab {
			t.Errorf("got %+v after %d requests", got, len(s.Requests())-before)
		}
	})
}

// One that was deleted by hand is created again, also if that happens just before it is edited.
func TestDeletedByHand(t *testing.T) {
	eachForge(t, pullstest.Options{}, nil, func(t *testing.T, s site) {
		number := s.addPull()
		first := publishTo(t, s.host, pulls.Publication{Number: number, Body: body(1)})
		s.DeleteComment(first.Comment.ID)
		second := publishTo(t, s.host, pulls.Publication{Number: number, Body: body(2)})
		if second.Action != pulls.Created {
			t.Errorf("got %+v", second)
		}
		for _, method := range []string{"PATCH", "PUT"} {
			s.Fail(pullstest.Fault{Method: method, Hook: func() { s.DeleteComment(second.Comment.ID) }})
		}
		if third := publishTo(t, s.host, pulls.Publication{Number: number, Body: body(3)}); third.Action != pulls.Created || len(s.Comments(number)) != 1 {
			t.Errorf("got %+v", third)
		}
	})
}

func TestOnlyIfExists(t *testing.T) {
	eachForge(t, pullstest.Options{}, nil, func(t *testing.T, s site) {
		number := s.addPull()
		p := pulls.Publication{Number: number, Body: body(1), OnlyIfExists: true}
		if got := publishTo(t, s.host, p); got.Action != pulls.Absent || len(s.Comments(number)) != 0 {
			t.Errorf("got %+v", got)
		}
		s.AddComment(number, s.Login(), body(0))
		if got := publishTo(t, s.host, p); got.Action != pulls.Edited || s.Comments(number)[0].Body != body(1) {
			t.Errorf("got %+v", got)
		}
	})
}

// The body that a forge gives back may end its lines otherwise.
func TestSameBody(t *testing.T) {
	s := open(t, forge.Gitea, pullstest.Options{}, nil)
	number := s.addPull()
	s.AddComment(number, s.Login(), strings.ReplaceAll(body(1), "\n", "\r\n"))
	if got := publishTo(t, s.host, pulls.Publication{Number: number, Body: body(1) + "\n"}); got.Action != pulls.Unchanged {
		t.Errorf("got %+v", got)
	}
}

// Whatever happens to the request that writes it, there is one comment in the end, or an error and none.
func TestUncertainComment(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault pullstest.Fault
		want  error
	}{
		{"502, not written", pullstest.Fault{Status: 502}, nil},
		{"502, written", pullstest.Fault{Status: 502, Done: true}, nil},
		{"504 twice, written each time", pullstest.Fault{Status: 504, Done: true, Times: 2}, nil},
		{"cut off", pullstest.Fault{Cut: true}, nil},
		{"not JSON, written", pullstest.Fault{Status: 201, Done: true, Body: "<html>"}, nil},
		{"502 twice, not written", pullstest.Fault{Status: 502, Times: 2}, nil},
		{"502 for ever", pullstest.Fault{Status: 502, Times: -1}, pulls.ErrBusy},
		{"429", pullstest.Fault{Status: 429}, nil},
		{"403", pullstest.Fault{Status: 403, Times: -1}, pulls.ErrForbidden},
		{"404", pullstest.Fault{Status: 404, Times: -1}, pulls.ErrNotFound},
		{"422", pullstest.Fault{Status: 422, Times: -1}, pulls.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachForge(t, pullstest.Options{}, nil, func(t *testing.T, s site) {
				number := s.addPull()
				tt.fault.Method, tt.fault.Path = "POST", "1/"
				s.Fail(tt.fault)
				got, err := pulls.PublishWith(t.Context(), s.host, pulls.Publication{Number: number, Body: body(1), Match: marked}, s.clock.sleep)
				if !errors.Is(err, tt.want) || err == nil && (got.Action != pulls.Created || got.Comment.Body != body(1)) {
					t.Errorf("got %+v, %v, want %v", got, err, tt.want)
				}
				if n := len(s.Comments(number)); n != 1 && err == nil || n != 0 && err != nil {
					t.Errorf("%d comments", n)
				}
				if posts := slices.DeleteFunc(s.Requests(), func(r pullstest.Request) bool { return r.Method != "POST" || strings.HasSuffix(r.Path, "graphql") }); len(posts) > 4 {
					t.Errorf("%d times", len(posts))
				}
			})
		})
	}
}

// behind is a host whose list of comments is that of a while ago, as where reads are answered by a replica.
type behind struct {
	pulls.Host
	list []pulls.Comment
}

func (b behind) Comments(context.Context, int64) iter.Seq2[pulls.Comment, error] {
	return func(yield func(pulls.Comment, error) bool) {
		for _, c := range b.list {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func TestListBehind(t *testing.T) {
	t.Run("it does not have the new one yet", func(t *testing.T) {
		s := open(t, forge.GitHub, pullstest.Options{}, nil)
		number := s.addPull()
		got := publishTo(t, behind{Host: s.host}, pulls.Publication{Number: number, Body: body(1)})
		if n := len(s.Comments(number)); got.Action != pulls.Created || n != 1 {
			t.Errorf("got %+v and %d comments", got, n)
		}
	})
	t.Run("it still has the one that was deleted", func(t *testing.T) {
		s := open(t, forge.GitHub, pullstest.Options{}, nil)
		number := s.addPull()
		s.DeleteComment(s.AddComment(number, s.Login(), body(0)))
		list := []pulls.Comment{{ID: 1, Author: s.Login(), Body: body(0)}}
		got := publishTo(t, behind{s.host, list}, pulls.Publication{Number: number, Body: body(1)})
		if n := len(s.Comments(number)); got.Action != pulls.Created || n != 1 {
			t.Errorf("got %+v and %d comments", got, n)
		}
	})
}

// A comment that is written as somebody else would never be found again: that is said, and not done over and over.
func TestWrongLogin(t *testing.T) {
	eachForge(t, pullstest.Options{}, func(o *pulls.Options) { o.Login = "somebody" }, func(t *testing.T, s site) {
		number := s.addPull()
		_, err := pulls.Publish(t.Context(), s.host, pulls.Publication{Number: number, Body: body(1), Match: marked})
		if err == nil || !strings.Contains(err.Error(), "zoneward-bot") || len(s.Comments(number)) != 1 {
			t.Errorf("got %v and %d comments", err, len(s.Comments(number)))
		}
	})
}

// Many at once leave one comment, with the body of one of them.
func TestPublishersAtOnce(t *testing.T) {
	eachForge(t, pullstest.Options{PageSize: 2}, nil, func(t *testing.T, s site) {
		for round := range 10 {
			number := s.addPull()
			for range 3 {
				s.AddComment(number, "ann", "nice")
			}
			if round%2 == 1 {
				s.AddComment(number, s.Login(), body(0))
			}
			var wg sync.WaitGroup
			for run := range 5 {
				host := openHost(t, s.Kind(), s.Server, s.clock, nil)
				wg.Go(func() {
					p := pulls.Publication{Number: number, Body: body(run + 1), Match: marked}
					if round%3 > 0 {
						p.Newer = newerRun
					}
					if _, err := pulls.Publish(t.Context(), host, p); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got := visible(s.Server, number); len(got) != 1 || runOf(got[0]) < 1 {
				t.Errorf("round %d: got %q", round, got)
			}
		}
	})
}

// A pause that the caller ends is an end.
func TestPauseEnds(t *testing.T) {
	s := open(t, forge.GitHub, pullstest.Options{}, nil)
	number := s.addPull()
	s.Fail(pullstest.Fault{Method: "POST", Path: "comments", Status: 502, Times: -1})
	ctx, cancel := contextWithEnd(t, 200*time.Millisecond)
	defer cancel()
	if _, err := pulls.Publish(ctx, s.host, pulls.Publication{Number: number, Body: body(1), Match: marked}); !errors.Is(err, pulls.ErrBusy) {
		t.Errorf("got %v", err)
	}
}
