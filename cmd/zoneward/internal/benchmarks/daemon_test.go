package benchmarks

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// addDaemon measures the daemon on a repository of many zones on a real PowerDNS, of which one changes with each push: how long it takes from the push, and from the webhook,
// until a query gives the new answer, and what it asks the provider.
func addDaemon(t *testing.T, r *report, zoneward string, zones, pushes int) {
	git, ok := program("git")
	if !ok {
		r.say("## The daemon")
		r.say("`git` is not installed.")
		return
	}
	began := time.Now()
	server := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	createMany(t, server, zones)
	calls := &manyCalls{}
	front := calls.inFrontOf(t, server.URL)
	repository := newRepository(t, git, zones)
	t.Logf("%d zones are there after %s", zones, time.Since(began).Round(time.Second))

	var starts, rows [][]string
	first, state := true, t.TempDir()
	for _, way := range []struct {
		name, where, url string
		hook             bool
	}{
		{"`git push` to a bare repository on the same machine, which is watched", "repository on the same machine", repository.bare, false},
		{"webhook after a push to a repository at an HTTP server", "repository at an HTTP server, which is cloned", repository.serve(t), true},
	} {
		d := daemonProcess{zoneward: zoneward, dir: state, env: powerDNSEnv(server), config: daemonConfig(way.url, powerDNSProvider(front))}
		for _, start := range []string{"first start", "another start"} {
			if start == "first start" && !first {
				continue // the state is there
			}
			first = false
			began := time.Now()
			d.start(t)
			d.await(t, "zoneward_zones", func(sums map[string]float64) bool {
				return sums[`zoneward_zones{provider="live",status="unchanged"}`] == float64(zones)
			})
			took := time.Since(began)
			t.Logf("%s: %s took %s", way.name, start, took.Round(time.Millisecond))
			asked, _ := calls.take()
			starts = append(starts, []string{start, way.where, number(took.Seconds()), number(float64(d.resident(t)) / (1 << 20)), asked})
			if start == "first start" {
				d.stop(t)
				calls.take()
			}
		}
		var total []time.Duration
		parts := map[string][]float64{}
		for n := range pushes {
			time.Sleep(pause)
			before := d.metrics(t)
			value := fmt.Sprintf("192.0.2.%d", n+1)
			if !way.hook {
				value = fmt.Sprintf("198.51.100.%d", n+1)
			}
			repository.commit(t, value)
			began := time.Now()
			repository.push(t)
			if way.hook {
				began = time.Now()
				d.hook(t, repository)
			}
			awaitAnswer(t, server.Addr, "new."+manyOrigin(0)+".", value)
			total = append(total, time.Since(began))
			d.await(t, "zoneward_reconcile_total", func(sums map[string]float64) bool {
				const applied = `zoneward_reconcile_total{provider="live",result="applied"}`
				return sums[applied] == before[applied]+1
			})
			after := d.metrics(t)
			if read := after[filesRead] - before[filesRead]; read != 1 {
				t.Errorf("%s: %v zone files were read for a push that changed one", way.name, read)
			}
			for _, phase := range phases {
				parts[phase] = append(parts[phase], phaseSum(after, phase)-phaseSum(before, phase))
			}
			if asked, others := calls.take(); len(others) > 0 {
				t.Errorf("%s: the provider was asked %s, and about %v, of which none had changed", way.name, asked, others)
			}
		}
		d.stop(t)
		slices.Sort(total)
		row := []string{way.name, number(total[len(total)/2].Seconds()), number(total[len(total)-1].Seconds())}
		for _, phase := range phases {
			slices.Sort(parts[phase])
			row = append(row, number(parts[phase][len(parts[phase])/2]))
		}
		rows = append(rows, row)
	}
	if t.Failed() {
		return
	}
	r.say("## The daemon")
	r.say("`zoneward run` with %s zones of %d records in a git repository, on one real PowerDNS, all on one machine. Of each push one zone file has changed; %d pushes, one after the other. The time is from the begin of `git push`, or from the webhook, until a query to PowerDNS gives the new answer: the median, and the longest. The parts are medians, from the daemon's own metrics: getting the commit, reading the zone files that have changed, the readings of the live zone (for the plan, before the write and after it), the plan with its reading, and the apply with its readings. What is left is the wait for the hint, and the query. It is checked that no zone file but the one that has changed is read, and that the provider is asked about no other zone.", whole(zones), manyRecords, pushes)
	r.table("lrrrrrrr", append([]string{"", "median s", "longest s"}, "fetch", "parse", "read", "plan", "apply"), rows)
	r.say("The start, until all zones were found to be as they should be, and the resident memory after it. The first fetches them all, and notes each durably; another one asks for the list of zones, and for what has changed.")
	r.table("llrrl", []string{"", "", "s", "resident MiB", "requests"}, starts)
}

// pause is between pushes: the daemon looks at its source once a second at most.
const pause = 1200 * time.Millisecond

const filesRead = "zoneward_zone_files_read_total"

// phases are the parts of the work that the daemon's metrics tell apart.
var phases = []string{"fetch", "parse", "read", "plan", "apply"}

// phaseSum returns how long a part has taken altogether, in seconds.
func phaseSum(metrics map[string]float64, phase string) float64 {
	sum := 0.0
	for name, value := range metrics {
		if strings.HasPrefix(name, "zoneward_reconcile_duration_seconds_sum{") && strings.Contains(name, `phase="`+phase+`"`) {
			sum += value
		}
	}
	return sum
}

// repository is a bare repository, and a work tree that is pushed to it.
type repository struct{ git, bare, work string }

func newRepository(t *testing.T, git string, zones int) repository {
	dir := t.TempDir()
	r := repository{git, filepath.Join(dir, "zones.git"), filepath.Join(dir, "work")}
	r.run(t, dir, "init", "-q", "--bare", "-b", "main", r.bare)
	r.run(t, dir, "init", "-q", "-b", "main", r.work)
	r.run(t, r.work, "remote", "add", "origin", r.bare)
	if err := os.Mkdir(filepath.Join(r.work, "zones"), 0o755); err != nil {
		t.Fatal(err)
	}
	for n := range zones {
		z := zone{origin: manyOrigin(n), records: manyRecords}
		create(t, filepath.Join(r.work, "zones", z.origin+".zone"), func(w *bufio.Writer) { z.writeBIND(w, "") })
	}
	r.run(t, r.work, "add", ".")
	r.run(t, r.work, "commit", "-q", "-m", "all")
	r.push(t)
	return r
}

// commit gives the zone that changes another record.
func (r repository) commit(t *testing.T, value string) {
	z := zone{origin: manyOrigin(0), records: manyRecords}
	create(t, filepath.Join(r.work, "zones", z.origin+".zone"), func(w *bufio.Writer) {
		z.writeBIND(w, "")
		fmt.Fprintf(w, "new 300 IN A %s\n", value)
	})
	r.run(t, r.work, "commit", "-q", "-a", "-m", value)
}

func (r repository) push(t *testing.T) { r.run(t, r.work, "push", "-q", "origin", "HEAD:main") }

func (r repository) run(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command(r.git, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, output)
	}
}

// serve returns the URL of the repository at an HTTP server.
func (r repository) serve(t *testing.T) string {
	s := httptest.NewServer(&cgi.Handler{
		Path: r.git, Args: []string{"http-backend"}, Dir: filepath.Dir(r.bare),
		Env: []string{"GIT_PROJECT_ROOT=" + filepath.Dir(r.bare), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null"},
	})
	t.Cleanup(s.Close)
	return s.URL + "/zones.git"
}

const hookSecret = "a secret of this benchmark"

func daemonConfig(url, provider string) string {
	return fmt.Sprintf(`version: 1
source: {git: {url: %q, branch: main, path: zones, interval: 1h}}
state: state.db
providers:
  live: %s
zones:
  - {match: "*", targets: [live]}
policy: {drift_interval: 87600h}
server:
  listen: "127.0.0.1:0"
  metric_zones: 1
  webhooks: {generic: {secret: "${HOOK_SECRET}"}}
`, url, provider)
}

// daemonProcess is a daemon that is started again and again with the same state.
type daemonProcess struct {
	zoneward, dir, config string
	env                   []string

	cmd  *exec.Cmd
	addr string
	log  *followed
}

// followed is what a process writes, which somebody waits for a line of.
type followed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (f *followed) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.Write(p)
}

func (f *followed) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.String()
}

var listening = regexp.MustCompile(`listen=(\S+)`)

// patience is how long something may take that is waited for: it is no measure.
const patience = 5 * time.Minute

func (d *daemonProcess) start(t *testing.T) {
	t.Helper()
	file := filepath.Join(d.dir, "zoneward.yaml")
	if err := os.WriteFile(file, []byte(d.config), 0o600); err != nil {
		t.Fatal(err)
	}
	d.log = &followed{}
	d.cmd = exec.Command(d.zoneward, "run", "-c", file)
	d.cmd.Dir, d.cmd.Stderr = d.dir, d.log
	d.cmd.Env = slices.Concat(os.Environ(), d.env, []string{"HOOK_SECRET=" + hookSecret})
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.cmd.Process.Kill() })
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if found := listening.FindStringSubmatch(d.log.String()); found != nil {
			d.addr = found[1]
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not listen:\n%s", d.log)
		}
	}
}

func (d *daemonProcess) stop(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, d.log)
	}
}

// resident returns the octets of memory that the daemon has, 0 if the system does not say.
func (d *daemonProcess) resident(t *testing.T) int64 {
	t.Helper()
	return int64(d.metrics(t)["process_resident_memory_bytes"])
}

// metrics returns all that the daemon counts, by name with labels.
func (d *daemonProcess) metrics(t *testing.T) map[string]float64 {
	t.Helper()
	resp, err := http.Get("http://" + d.addr + "/metrics")
	if err != nil {
		t.Fatalf("%v\n%s", err, d.log)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for line := range strings.Lines(string(body)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if ok {
			name += "}"
		} else {
			name, value, _ = strings.Cut(strings.TrimSpace(line), " ")
		}
		if f, err := strconv.ParseFloat(value, 64); err == nil {
			all[name] = f
		}
	}
	return all
}

// await waits until what the daemon counts is so.
func (d *daemonProcess) await(t *testing.T, what string, so func(metrics map[string]float64) bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(d.metrics(t)); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: it never comes:\n%s", what, d.log)
		}
	}
}

// hook sends the webhook that a push gives.
func (d *daemonProcess) hook(t *testing.T, r repository) {
	t.Helper()
	cmd := exec.Command(r.git, "rev-parse", "HEAD")
	cmd.Dir = r.work
	commit, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	url := regexp.MustCompile(`url: "([^"]+)"`).FindStringSubmatch(d.config)[1]
	body := fmt.Sprintf(`{"repository": %q, "ref": "refs/heads/main", "after": %q}`, url, strings.TrimSpace(string(commit)))
	req, err := http.NewRequest(http.MethodPost, "http://"+d.addr+"/hooks/generic", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte(hookSecret))
	_, _ = mac.Write([]byte(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, _ := io.ReadAll(resp.Body); resp.StatusCode >= 300 {
		t.Fatalf("webhook: %s %s\n%s", resp.Status, answer, d.log)
	}
}

// awaitAnswer asks a name server for an address until it has it.
func awaitAnswer(t *testing.T, server, name, want string) {
	t.Helper()
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server)
	}}
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		got, err := resolver.LookupHost(t.Context(), name)
		if err == nil && slices.Contains(got, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is %v, %v; want %s", name, got, err, want)
		}
	}
}
