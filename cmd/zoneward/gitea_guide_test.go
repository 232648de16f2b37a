//go:build gitea

package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/giteatest"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// giteaGuide is what docs/guides/gitea.md needs: a Gitea with the accounts ann, ben and zoneward, a PowerDNS, and a folder to work in.
type giteaGuide struct {
	*giteaRunner
	ann, ben, zoneward *giteatest.User
	pdns               *dnsserver.PowerDNSServer
	dir                string
	text               string      // of the guide, with the addresses that there are here
	blocks             []codeBlock // that are for a shell, in order
	env                []string
}

func newGiteaGuide(t *testing.T) *giteaGuide {
	t.Helper()
	server := giteatest.Start(t)
	g := &giteaGuide{
		giteaRunner: &giteaRunner{server: server}, ann: server.User(t, "ann"), ben: server.User(t, "ben"), zoneward: server.User(t, "zoneward"),
		pdns: dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{}), dir: t.TempDir(),
	}
	g.text = strings.NewReplacer("https://pdns.example.com", g.pdns.URL, "https://git.example.com", server.URL).Replace(readFile(t, root+"/docs/guides/gitea.md"))
	g.blocks = codeBlocks(g.text, "sh")
	if err := os.CopyFS(filepath.Join(g.dir, "zoneward/examples/gitea"), os.DirFS(root+"/examples/gitea")); err != nil {
		t.Fatal(err)
	}
	address, login, _ := strings.Cut(g.ann.Remote(""), "@")
	g.env = append(os.Environ(),
		"TOKEN="+g.ann.Token, "ZONEWARD_TOKEN="+g.zoneward.NewToken(t, "write:repository", "write:issue", "read:user"), "PDNS_API_KEY="+g.pdns.APIKey,
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com",
		// As a credential helper would do it.
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url."+address+"@"+strings.TrimSuffix(login, ".git")+".insteadOf", "GIT_CONFIG_VALUE_0="+server.URL+"/")
	return g
}

// write writes a file that the guide shows to where it says that it lies.
func (g *giteaGuide) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(g.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// shell runs the block of the guide that has a text in it, after the one that defines what all of them need, and where those before it have gone to.
func (g *giteaGuide) shell(t *testing.T, has string) {
	t.Helper()
	if err := g.try(t, has); err != nil {
		t.Fatal(err)
	}
}

func (g *giteaGuide) try(t *testing.T, has string) error {
	t.Helper()
	i := slices.IndexFunc(g.blocks, func(b codeBlock) bool { return strings.Contains(b.text, has) })
	if i < 0 {
		t.Fatalf("docs/guides/gitea.md has no block with %q", has)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-e", "-u", "-c", g.blocks[0].text+"[ ! -d zones/.git ] || cd zones\n"+g.blocks[i].text)
	cmd.Dir, cmd.Env = g.dir, g.env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docs/guides/gitea.md:%d: %w\n%s", g.blocks[i].line, err, out)
	}
	return nil
}

// approve has somebody else look at a pull request of ann's.
func (g *giteaGuide) approve(t *testing.T, pull int) {
	t.Helper()
	g.ben.Do(t, http.MethodPost, fmt.Sprintf("/repos/ann/zones/pulls/%d/reviews", pull), map[string]any{"event": "APPROVED", "body": "good"}, nil)
}

// comments returns the bodies of the comments of a pull request.
func (g *giteaGuide) comments(t *testing.T, pull int) (all []string) {
	t.Helper()
	var list []struct{ Body string }
	g.ann.Do(t, http.MethodGet, fmt.Sprintf("/repos/ann/zones/issues/%d/comments", pull), nil, &list)
	for _, comment := range list {
		all = append(all, comment.Body)
	}
	return all
}

// serves reports whether PowerDNS answers a question for an address so.
func (g *giteaGuide) serves(t *testing.T, name, address string) bool {
	t.Helper()
	_, answer := dnsserver.Query(t, g.pdns.Addr, name, "A")
	return slices.ContainsFunc(answer, func(line string) bool { return strings.HasSuffix(line, " IN A "+address) })
}

// begin does what the guide says up to the first pull request.
func (g *giteaGuide) begin(t *testing.T) {
	t.Helper()
	g.shell(t, "/user/repos")
	g.write(t, "zones/zoneward.yaml", codeBlocks(g.text, "yaml")[0].text)
	g.ann.Do(t, http.MethodPut, "/repos/ann/zones/collaborators/ben", map[string]any{"permission": "write"}, nil)
	g.shell(t, "/collaborators/zoneward")
	g.Runner = g.ann.At("ann/zones").Runner(t)
	g.shell(t, "/actions/secrets")
	g.shell(t, "/examples/gitea/")
	if name, code, log := g.run(t); name != "apply" || code != exitDone {
		t.Fatalf("the first push: job %s ends with %d:\n%s", name, code, log)
	}
	g.shell(t, "/branch_protections")
	g.write(t, "zones/zones/example.com.zone", codeBlocks(g.text, "zone")[0].text)
}

// TestGiteaGuideActions goes through the guide, from an empty repository to the first reviewed apply, with the workflows of the examples.
func TestGiteaGuideActions(t *testing.T) {
	g := newGiteaGuide(t)
	g.begin(t)
	for push, block := range []string{"git switch -q -c first", "2001:db8::10"} {
		g.shell(t, block)
		name, code, log := g.run(t)
		if name != "plan" || code != exitDone {
			t.Fatalf("push %d: job %s ends with %d:\n%s", push, name, code, log)
		}
		got := g.comments(t, 1)
		if len(got) != 1 || !strings.Contains(got[0], "192.0.2.10") || strings.Contains(got[0], "2001:db8::10") != (push == 1) {
			t.Fatalf("push %d: comments: %q\n%s", push, got, log)
		}
		if err := g.try(t, `"Do": "merge"`); err == nil {
			t.Fatal("it is merged, and nobody has approved it")
		}
	}
	g.approve(t, 1)
	giteatest.Until(t, func() error { return g.try(t, `"Do": "merge"`) })
	if name, code, log := g.run(t); name != "apply" || code != exitDone {
		t.Fatalf("the merge: job %s ends with %d:\n%s", name, code, log)
	}
	if !g.serves(t, "www.example.com", "192.0.2.10") {
		t.Error("what was merged is not live")
	}
}
