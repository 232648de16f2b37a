//go:build gitea

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/giteatest"
)

// giteaDaemon is the daemon of docs/guides/gitea.md, with a repository of two zones that are live.
type giteaDaemon struct {
	*giteaGuide
	repo *giteatest.Repository
	bob  *giteatest.User
	log  *lockedBuffer
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func newGiteaDaemon(t *testing.T) *giteaDaemon {
	t.Helper()
	d := &giteaDaemon{giteaGuide: newGiteaGuide(t), log: &lockedBuffer{}}
	d.bob = d.server.User(t, "bob")
	d.repo = d.ann.Repository(t, "zones", map[string]string{
		"zones/example.com.zone": zoneText("www A 192.0.2.1", "mail A 192.0.2.25"),
		"zones/example.org.zone": zoneText("www A 192.0.2.2"),
	})
	d.shell(t, "/collaborators/zoneward")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close() // the daemon takes it
	d.write(t, "daemon/zoneward.yaml", strings.ReplaceAll(codeBlocks(d.text, "yaml")[1].text, "127.0.0.1:8053", address))
	config := filepath.Join(d.dir, "daemon/zoneward.yaml")
	vars := map[string]string{"WEBHOOK_SECRET": "0123456789abcdef"}
	for _, each := range d.env {
		name, value, _ := strings.Cut(each, "=")
		vars[name] = value
	}
	for _, name := range []string{"HOOK", "WEBHOOK_SECRET"} {
		d.env = append(d.env, name+"="+map[string]string{"HOOK": "http://" + address + "/hooks/gitea", "WEBHOOK_SECRET": vars["WEBHOOK_SECRET"]}[name])
	}
	zoneward(t, exitDone, vars, "apply", "--yes", "-c", config)

	ctx, stop := context.WithCancel(t.Context())
	c := &common{env: env{stdout: newOutput(io.Discard), stderr: newOutput(io.Discard), lookup: func(name string) (string, bool) { value, ok := vars[name]; return value, ok }}, configFile: config}
	ended := make(chan error, 1)
	go func() { ended <- c.watch(ctx, slog.New(slog.NewTextHandler(d.log, nil))) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && ctx.Err() == nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of the daemon:\n%s", d.log)
		}
	})
	giteatest.Until(t, func() error {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			err = connection.Close()
		}
		return err
	})
	d.shell(t, "/hooks")
	return d
}

// plan waits for the plan of a commit: its status, and the comment. It returns the comment.
func (d *giteaDaemon) plan(t *testing.T, pull int, commit string) string {
	t.Helper()
	giteatest.Until(t, func() error {
		var statuses []struct {
			Context, Status string
			Creator         *struct{ Login string }
		}
		d.ann.Do(t, http.MethodGet, "/repos/ann/zones/statuses/"+commit, nil, &statuses)
		for _, status := range statuses {
			if status.Context == "zoneward/plan" && status.Status == "success" && status.Creator.Login == "zoneward" {
				return nil
			}
		}
		return fmt.Errorf("the statuses of the head are %+v", statuses)
	})
	comments := d.comments(t, pull)
	if len(comments) != 1 {
		t.Fatalf("%d comments: %q", len(comments), comments)
	}
	return comments[0]
}

// propose has a branch of a repository changed, and a pull request of it.
func (d *giteaDaemon) propose(t *testing.T, from *giteatest.Repository, by *giteatest.User, branch string, files map[string]string) (pull int, head string) {
	t.Helper()
	from.Git(t, "fetch", "-q", d.ann.Remote("ann/zones"), "main")
	from.Git(t, "checkout", "-q", "-B", branch, "FETCH_HEAD")
	head = from.Commit(t, branch, files)
	from.Push(t, branch)
	if from != d.repo {
		branch = by.Name + ":" + branch
	}
	return d.repo.Open(t, by, branch, branch).Number, head
}

// TestGiteaGuideDaemon: the daemon comments the pull request of a fork when the webhook tells of it, and applies it after it was merged. What was edited live since waits, and
// is said; so does what came in no pull request. Drift elsewhere stays as it is.
func TestGiteaGuideDaemon(t *testing.T) {
	d := newGiteaDaemon(t)
	fork := d.repo.Fork(t, d.bob)
	pull, head := d.propose(t, fork, d.bob, "move", map[string]string{"zones/example.com.zone": zoneText("www A 192.0.2.11", "mail A 192.0.2.25"), "zoneward.yaml": "version: 1\n"})
	if got := d.plan(t, pull, head); !strings.Contains(got, "192.0.2.11") || strings.Contains(got, "192.0.2.12") {
		t.Errorf("comment: %s", got)
	}
	head = fork.Commit(t, "again", map[string]string{"zones/example.com.zone": zoneText("www A 192.0.2.12", "mail A 192.0.2.25")})
	fork.Push(t, "move")
	if got := d.plan(t, pull, head); !strings.Contains(got, "192.0.2.12") {
		t.Errorf("comment after another push: %s", got)
	}
	if d.serves(t, "www.example.com", "192.0.2.12") {
		t.Error("it is applied, and was not merged")
	}
	d.repo.Merge(t, pull, "merge")
	giteatest.Until(t, func() error {
		if !d.serves(t, "www.example.com", "192.0.2.12") {
			return fmt.Errorf("what was reviewed is not applied:\n%s", d.log)
		}
		return nil
	})

	pull, head = d.propose(t, d.repo, d.ann, "mail", map[string]string{"zones/example.com.zone": zoneText("www A 192.0.2.12", "mail A 192.0.2.26")})
	d.plan(t, pull, head)
	d.pdns.Update(t, "zone example.com\nupdate delete mail.example.com A\nupdate add mail.example.com 300 A 192.0.2.99")
	d.repo.Merge(t, pull, "squash")
	d.waits(t, fmt.Sprintf("pull request %d", pull), "mail.example.com", "192.0.2.99")
	if !d.serves(t, "mail.example.com", "192.0.2.99") {
		t.Error("another plan than the reviewed one was applied")
	}

	d.repo.Git(t, "fetch", "-q", d.ann.Remote("ann/zones"), "main")
	d.repo.Git(t, "checkout", "-q", "-B", "direct", "FETCH_HEAD")
	d.repo.Commit(t, "direct", map[string]string{"zones/example.org.zone": zoneText("www A 192.0.2.77")})
	d.repo.Push(t, "main")
	d.waits(t, "example.org", "no pull request")
	if !d.serves(t, "www.example.org", "192.0.2.2") {
		t.Error("what nobody has reviewed was applied")
	}
}

// waits waits until the log says of a zone that it is held, with all of these texts.
func (d *giteaDaemon) waits(t *testing.T, texts ...string) {
	t.Helper()
	giteatest.Until(t, func() error {
		for line := range strings.Lines(d.log.String()) {
			if strings.Contains(line, "guard=approval") && !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) }) {
				return nil
			}
		}
		return fmt.Errorf("no line of the log has guard=approval and %q", texts)
	})
}
