package pulls_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
)

// Commits.
var (
	base   = strings.Repeat("b", 40)
	head   = strings.Repeat("a", 40)
	newer  = strings.Repeat("c", 40)
	merged = strings.Repeat("d", 64)
)

// clock sleeps without waiting, and remembers how long it would have.
type clock struct {
	mu    sync.Mutex
	slept []time.Duration
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slept = append(c.slept, d)
	return ctx.Err()
}

func (c *clock) total() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	var sum time.Duration
	for _, d := range c.slept {
		sum += d
	}
	return sum
}

// site is a forge of a test, and a host that asks it.
type site struct {
	*pullstest.Server
	host  pulls.Host
	clock *clock
}

// eachForge runs a test with each forge. opts are those of the server, and change, if it is not nil, changes those of the host.
func eachForge(t *testing.T, opts pullstest.Options, change func(*pulls.Options), test func(t *testing.T, s site)) {
	t.Helper()
	for _, kind := range []forge.Kind{forge.GitHub, forge.Gitea, forge.GitLab} {
		t.Run(string(kind), func(t *testing.T) { test(t, open(t, kind, opts, change)) })
	}
}

func open(t *testing.T, kind forge.Kind, opts pullstest.Options, change func(*pulls.Options)) site {
	t.Helper()
	server := pullstest.New(kind, opts)
	t.Cleanup(server.Close)
	c := &clock{}
	return site{server, openHost(t, kind, server, c, change), c}
}

func openHost(t *testing.T, kind forge.Kind, server *pullstest.Server, c *clock, change func(*pulls.Options)) pulls.Host {
	t.Helper()
	o := pulls.Options{
		URL: server.URL(), Repository: server.Repository(), Token: func(context.Context) (string, error) { return server.Token(), nil },
		Sleep: c.sleep, Now: func() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) },
	}
	if change != nil {
		change(&o)
	}
	host, err := pulls.Open(kind, o)
	if err != nil {
		t.Fatal(err)
	}
	return host
}

// addPull opens the pull request that most tests have.
func (s site) addPull() int64 {
	return s.AddPull(pulls.Pull{Title: "Move www", Base: pulls.Branch{Commit: base}, Head: pulls.Branch{Commit: head}})
}

// comments returns the comments of a pull request as the host sees them.
func comments(t *testing.T, host pulls.Host, number int64) []pulls.Comment {
	t.Helper()
	var all []pulls.Comment
	for c, err := range host.Comments(t.Context(), number) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// contextWithEnd returns a context that ends.
func contextWithEnd(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), d)
}
