//go:build gitea

package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/giteatest"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// giteaZones is a repository of two zones that are live at a PowerDNS, with the workflows of the examples.
type giteaZones struct {
	*giteaRunner
	ann, zoneward *giteatest.User
	repo          *giteatest.Repository
	pdns          *dnsserver.PowerDNSServer
}

const giteaZonesConfig = `version: 1
source: {dir: zones}
providers:
  pdns: {type: powerdns, url: "%s", api_key: "${PDNS_API_KEY}"}
zones:
  - {match: "*", targets: [pdns], create_zone: true}
`

// zoneText is a zone file that has these records.
func zoneText(records ...string) string {
	return "$TTL 300\n@ NS ns1.example.net.\n" + strings.Join(records, "\n") + "\n"
}

func newGiteaZones(t *testing.T) *giteaZones {
	t.Helper()
	server := giteatest.Start(t)
	z := &giteaZones{giteaRunner: &giteaRunner{server: server}, ann: server.User(t, "ann"), zoneward: server.User(t, "zoneward"), pdns: dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})}
	z.repo = z.ann.Repository(t, "zones", map[string]string{
		"zoneward.yaml":              fmt.Sprintf(giteaZonesConfig, z.pdns.URL),
		"zones/example.com.zone":     zoneText("www A 192.0.2.1", "mail A 192.0.2.25"),
		"zones/example.org.zone":     zoneText("www A 192.0.2.2"),
		".gitea/workflows/plan.yml":  readFile(t, root+"/examples/gitea/plan.yml"),
		".gitea/workflows/apply.yml": readFile(t, root+"/examples/gitea/apply.yml"),
	})
	z.ann.Do(t, http.MethodPut, "/repos/ann/zones/collaborators/zoneward", map[string]any{"permission": "write"}, nil)
	for name, value := range map[string]string{"ZONEWARD_TOKEN": z.zoneward.NewToken(t, "write:repository", "write:issue", "read:user"), "PDNS_API_KEY": z.pdns.APIKey} {
		z.ann.Do(t, http.MethodPut, "/repos/ann/zones/actions/secrets/"+name, map[string]any{"data": value}, nil)
	}
	z.Runner = z.repo.Runner(t)
	z.job(t, "apply", exitDone) // of the push that made the branch: nothing of it was reviewed
	zoneward(t, exitDone, map[string]string{"PDNS_API_KEY": z.pdns.APIKey}, "apply", "--yes", "--stateless", "-c", filepath.Join(z.repo.Dir, "zoneward.yaml"))
	return z
}

// job runs the next job, and checks which it is and how it ends. It returns the log.
func (z *giteaZones) job(t *testing.T, want string, code exitCode) string {
	t.Helper()
	name, got, log := z.run(t)
	if name != want || got != code {
		t.Fatalf("job %s ends with %d, want %s and %d:\n%s", name, got, want, code, log)
	}
	return log
}

// propose commits a change of zone files to a branch of its own, opens a pull request, and has its plan made.
func (z *giteaZones) propose(t *testing.T, branch string, files map[string]string) (pull int) {
	t.Helper()
	z.repo.Git(t, "fetch", "-q", z.ann.Remote("ann/zones"), "main")
	z.repo.Git(t, "checkout", "-q", "-B", branch, "FETCH_HEAD")
	z.repo.Commit(t, branch, files)
	z.repo.Push(t, branch)
	pull = z.repo.Open(t, z.ann, branch, branch).Number
	z.job(t, "plan", exitDone)
	return pull
}

// comments returns the bodies of the comments of a pull request.
func (z *giteaZones) comments(t *testing.T, pull int) (all []string) {
	t.Helper()
	var list []struct{ Body string }
	z.ann.Do(t, http.MethodGet, fmt.Sprintf("/repos/ann/zones/issues/%d/comments", pull), nil, &list)
	for _, comment := range list {
		all = append(all, comment.Body)
	}
	return all
}

// edit changes a zone as somebody else would, with the lines of an update.
func (z *giteaZones) edit(t *testing.T, zone string, lines ...string) {
	t.Helper()
	z.pdns.Update(t, "zone "+zone+"\nupdate "+strings.Join(lines, "\nupdate "))
}

// is checks what PowerDNS answers.
func (z *giteaZones) is(t *testing.T, name, address string) {
	t.Helper()
	if _, answer := dnsserver.Query(t, z.pdns.Addr, name, "A"); len(answer) != 1 || !strings.HasSuffix(answer[0], " IN A "+address) {
		t.Errorf("%s is %q, want %s", name, answer, address)
	}
}

// TestGiteaThreePushes: one comment, which has the plan of the last push; the status of each head has its plan's id, and is by the account zoneward.
func TestGiteaThreePushes(t *testing.T) {
	z := newGiteaZones(t)
	pull := z.propose(t, "move", map[string]string{"zones/example.com.zone": zoneText("www A 192.0.2.11", "mail A 192.0.2.25")})
	for _, address := range []string{"192.0.2.12", "192.0.2.13"} {
		z.repo.Commit(t, address, map[string]string{"zones/example.com.zone": zoneText("www A "+address, "mail A 192.0.2.25")})
		z.repo.Push(t, "move")
		z.job(t, "plan", exitDone)
	}
	got := z.comments(t, pull)
	if len(got) != 1 || !strings.Contains(got[0], "192.0.2.13") || !strings.Contains(got[0], "192.0.2.1") || strings.Contains(got[0], "192.0.2.12") {
		t.Errorf("comments: %q", got)
	}
	var statuses []struct {
		Context, Status, Description string
		Creator                      *struct{ Login string }
	}
	z.ann.Do(t, http.MethodGet, "/repos/ann/zones/statuses/"+z.repo.Git(t, "rev-parse", "HEAD"), nil, &statuses)
	found := 0
	for _, status := range statuses {
		if status.Context != "zoneward/plan" {
			continue
		}
		found++
		if status.Status != "success" || status.Creator == nil || status.Creator.Login != "zoneward" || !strings.Contains(status.Description, "sha256:") {
			t.Errorf("status: %+v", status)
		}
		if _, id, _ := strings.Cut(status.Description, "sha256:"); len(got) == 1 && !strings.Contains(got[0], "sha256:"+id[:64]) {
			t.Errorf("the comment has another plan than the status, %s", status.Description)
		}
	}
	if found != 1 {
		t.Errorf("%d statuses", found)
	}
}

// TestGiteaLiveEdit: what somebody has changed live since the review, of what the plan is about, has the apply refuse and say what moved. What is changed elsewhere does not.
func TestGiteaLiveEdit(t *testing.T) {
	z := newGiteaZones(t)
	pull := z.propose(t, "move", map[string]string{"zones/example.com.zone": zoneText("www A 192.0.2.11", "mail A 192.0.2.25")})
	z.edit(t, "example.com", "delete www.example.com A", "add www.example.com 300 A 192.0.2.99")
	z.repo.Merge(t, pull, "merge")
	log := z.job(t, "apply", exitStale)
	for _, want := range []string{"www.example.com", "192.0.2.99", fmt.Sprintf("pull request %d", pull)} {
		if !strings.Contains(log, want) {
			t.Errorf("the refusal does not say %q:\n%s", want, log)
		}
	}
	z.is(t, "www.example.com", "192.0.2.99")

	pull = z.propose(t, "mail", map[string]string{"zones/example.org.zone": zoneText("www A 192.0.2.2", "mail A 192.0.2.26")})
	z.edit(t, "example.com", "add new.example.com 300 A 192.0.2.98")
	z.repo.Merge(t, pull, "squash")
	z.job(t, "apply", exitDone)
	z.is(t, "mail.example.org", "192.0.2.26")
	z.is(t, "www.example.com", "192.0.2.99")
	z.is(t, "new.example.com", "192.0.2.98")
}

// TestGiteaNotReviewed: what was pushed without a pull request, and a plan whose status is not by the account that is trusted, are not applied.
func TestGiteaNotReviewed(t *testing.T) {
	z := newGiteaZones(t)
	pull := z.propose(t, "move", map[string]string{"zones/example.com.zone": zoneText("www A 192.0.2.11", "mail A 192.0.2.25")})
	head := z.repo.Git(t, "rev-parse", "HEAD")
	var statuses []struct{ Context, Description string }
	z.ann.Do(t, http.MethodGet, "/repos/ann/zones/statuses/"+head, nil, &statuses)
	for _, status := range statuses {
		if status.Context == "zoneward/plan" {
			z.ann.Do(t, http.MethodPost, "/repos/ann/zones/statuses/"+head, map[string]any{"context": "zoneward/plan", "state": "success", "description": status.Description}, nil)
		}
	}
	z.repo.Merge(t, pull, "merge")
	if log := z.job(t, "apply", exitStale); !strings.Contains(log, "ann") || !strings.Contains(log, "not trusted") {
		t.Errorf("the status was set by ann:\n%s", log)
	}
	z.is(t, "www.example.com", "192.0.2.1")

	z.repo.Git(t, "fetch", "-q", z.ann.Remote("ann/zones"), "main")
	z.repo.Git(t, "checkout", "-q", "-B", "direct", "FETCH_HEAD")
	z.repo.Commit(t, "direct", map[string]string{"zones/example.org.zone": zoneText("www A 192.0.2.77")})
	z.repo.Push(t, "main")
	if log := z.job(t, "apply", exitStale); !strings.Contains(log, "not reviewed") {
		t.Errorf("nobody has reviewed it:\n%s", log)
	}
	z.is(t, "www.example.org", "192.0.2.2")
}
