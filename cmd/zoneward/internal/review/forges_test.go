package review

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// checkout is a clone that somebody works in, and the repository that he pushes to.
type checkout struct {
	t          *testing.T
	work, bare string
}

func newCheckout(t *testing.T) *checkout {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("ZONEWARD_REQUIRE_SERVERS") == "1" {
			t.Fatalf("git is needed: %v", err)
		}
		t.Skipf("no git: %v", err)
	}
	c := &checkout{t, filepath.Join(t.TempDir(), "work"), filepath.Join(t.TempDir(), "zones.git")}
	c.git(".", "init", "-q", "--bare", "-b", "main", c.bare)
	c.git(".", "init", "-q", "-b", "main", c.work)
	c.git(c.work, "remote", "add", "origin", c.bare)
	return c
}

func (c *checkout) git(dir string, args ...string) string {
	c.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com",
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// push commits files on top of what is checked out, pushes that to a reference, and returns the commit.
func (c *checkout) push(ref string, files map[string]string) string {
	c.t.Helper()
	for name, text := range files {
		path := filepath.Join(c.work, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			c.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	c.git(c.work, "add", ".")
	c.git(c.work, "commit", "-q", "--allow-empty", "-m", "change")
	c.git(c.work, "push", "-q", "-f", "origin", "HEAD:"+ref)
	return c.git(c.work, "rev-parse", "HEAD")
}

func (c *checkout) at(commit string) { c.git(c.work, "checkout", "-q", "--detach", commit) }

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come: %s", what)
		}
	}
}

const zoneText = "$ORIGIN %s.\n@ 3600 IN SOA ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300\n@ 3600 IN NS ns1.example.net.\nwww 300 IN A %s\n"

// Each forge: three pushes of a pull request are one comment and a status of each commit; the branch moves below it; another one is merged.
func TestOnEachForge(t *testing.T) {
	for _, kind := range []forge.Kind{forge.GitHub, forge.Gitea, forge.GitLab} {
		t.Run(string(kind), func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			t.Cleanup(func() { goleak.VerifyNone(t, before) })
			c := newCheckout(t)
			base := c.push("refs/heads/main", map[string]string{
				"zones/example.com.zone":   fmt.Sprintf(zoneText, "example.com", "192.0.2.1"),
				"zones/other.example.zone": fmt.Sprintf(zoneText, "other.example", "192.0.2.1"),
			})
			repository, err := git.OpenRepository(git.RepositoryOptions{URL: c.bare, Path: "zones"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = repository.Close() })
			state, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = state.Close() })
			server := pullstest.New(kind, pullstest.Options{})
			t.Cleanup(server.Close)
			host, err := pulls.Open(kind, pulls.Options{
				URL: server.URL(), Repository: server.Repository(), Token: func(context.Context) (string, error) { return server.Token(), nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			planner := &reconcile.Planner{
				Rules:   []reconcile.Rule{{Match: []string{"*"}, Targets: []string{"live"}, CreateZone: new(true), Policy: reconcile.DefaultPolicy()}},
				Targets: map[string]reconcile.Target{"live": {Reader: providers.ReadOnly(memory.New()), System: "memory", CreateZones: true, CanCreate: true}},
				Store:   state, Folder: "zones",
			}
			ref := HeadRef(kind)
			worker := New(Options{
				Host: host, Ref: ref, Repository: repository, Reviews: state, Context: "zoneward/plan",
				Propose: func(ctx context.Context, base, head string) (*report.Report, error) {
					p, err := repository.Proposed(ctx, base, head)
					if err != nil {
						return nil, err
					}
					proposal, err := planner.Propose(ctx, p.Base, p.Head)
					return &report.Report{Config: "zoneward.yaml", Proposal: proposal, Conflicts: p.Conflicts}, err
				},
				Comment: func(r *report.Report) string { return r.Comment(60_000) },
				IsComment: func(body string) bool {
					m, ok := report.ParseMarker(body)
					return ok && m.Config == "zoneward.yaml"
				},
				Touched: func(ctx context.Context, from, to string) ([]zonefile.Name, error) {
					before, err := repository.At(ctx, from)
					if err != nil {
						return nil, err
					}
					after, err := repository.At(ctx, to)
					if err != nil {
						return nil, err
					}
					return planner.Touched(ctx, before, after)
				},
				Log:     slog.New(slog.NewTextHandler(t.Output(), nil)),
				Spacing: time.Millisecond, StaleSpacing: time.Millisecond, Interval: 100 * time.Millisecond,
			})
			var group sync.WaitGroup
			ctx, cancel := context.WithCancel(t.Context())
			group.Go(func() { worker.Run(ctx) })
			t.Cleanup(func() { cancel(); group.Wait() })
			status := func(commit string) pulls.Status {
				all := server.Statuses(commit)
				if len(all) == 0 {
					return pulls.Status{}
				}
				return all[len(all)-1]
			}
			isPlanned := func(commit string) func() bool {
				return func() bool { s := status(commit).State; return s == pulls.StateSuccess || s == pulls.StateFailure }
			}
			change := func(address string) string {
				c.at(base)
				return c.push(ref(1), map[string]string{"zones/example.com.zone": fmt.Sprintf(zoneText, "example.com", address)})
			}

			head := change("192.0.2.2")
			number := server.AddPull(pulls.Pull{Base: pulls.Branch{Commit: base}, Head: pulls.Branch{Commit: head}})
			eventually(t, "the plan of the first push", isPlanned(head))
			first := status(head)
			for n := 3; n <= 4; n++ {
				head = change(fmt.Sprintf("192.0.2.%d", n))
				server.Push(number, head)
				worker.Notify(forge.PullEvent{Number: number, Action: forge.PullChanged, Head: forge.Tip{Commit: head}})
				eventually(t, "the plan of another push", isPlanned(head))
			}
			last := status(head)
			if last.State != pulls.StateSuccess || last.Description == first.Description || !strings.HasPrefix(last.Description, "sha256:") {
				t.Errorf("status %+v, first %+v", last, first)
			}
			comments := server.Comments(number)
			if len(comments) != 1 || !strings.Contains(comments[0].Body, head) || !strings.Contains(comments[0].Body, "192.0.2.4") {
				t.Fatalf("%d comments: %+v", len(comments), comments)
			}
			if strings.Contains(comments[0].Body, "other.example") {
				t.Errorf("the comment has a zone that the change does not touch: %s", comments[0].Body)
			}
			reviews, err := state.Reviews(t.Context(), store.ReviewQuery{Pull: int(number), Open: true, Documents: true})
			if err != nil || len(reviews) != 3 || reviews[0].Head != head || !strings.HasPrefix(last.Description, reviews[0].Plan.String()) {
				t.Fatalf("reviews %+v, %v", reviews, err)
			}

			// The branch moves in another zone: the plan holds. It moves in this one: the two are in conflict.
			c.at(base)
			moved := c.push("refs/heads/main", map[string]string{"zones/other.example.zone": fmt.Sprintf(zoneText, "other.example", "192.0.2.9")})
			eventually(t, "the branch that moved", func() bool {
				return slices.ContainsFunc(worker.Status().Pulls, func(p PullStatus) bool { return p.Base == moved && p.Phase == Current })
			})
			// GitLab has one of each name, and takes the place of the one before.
			said := slices.DeleteFunc(server.Statuses(head), func(s pulls.Status) bool { return s.State == pulls.StatePending })
			if len(said) != 1 || said[0] != last {
				t.Errorf("statuses of the commit: %+v", said)
			}
			c.push("refs/heads/main", map[string]string{"zones/example.com.zone": fmt.Sprintf(zoneText, "example.com", "192.0.2.77")})
			eventually(t, "the conflict", func() bool { return status(head).State == pulls.StateFailure })

			// The pull request is brought up to date, and merged.
			head = c.push(ref(1), map[string]string{"zones/example.com.zone": fmt.Sprintf(zoneText, "example.com", "192.0.2.5")})
			server.Push(number, head)
			eventually(t, "the plan of what is up to date", isPlanned(head))
			c.git(c.work, "push", "-q", "origin", "HEAD:refs/heads/main")
			server.Merge(number, head)
			eventually(t, "the merge", func() bool {
				reviews, err := state.Reviews(t.Context(), store.ReviewQuery{Pull: int(number), Head: head})
				return err == nil && len(reviews) == 1 && reviews[0].Merged == head && !reviews[0].ClosedAt.IsZero()
			})
			if got := len(server.Comments(number)); got != 1 {
				t.Errorf("%d comments at last", got)
			}
		})
	}
}
