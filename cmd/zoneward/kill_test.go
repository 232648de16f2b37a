package main

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// TestKill kills zoneward (SIGKILL) at random moments of an apply, in a process of its own, and lets it go on: every run converges, nothing is applied
// twice, every retired RRset has its tombstone, and the audit log has one entry for each write. 200 times each with ZONEWARD_SOAK=1.
func TestKill(t *testing.T) {
	t.Parallel()
	times := 5
	if os.Getenv("ZONEWARD_SOAK") != "" {
		times = 200
	}
	if n, err := strconv.Atoi(os.Getenv("KILLS")); err == nil {
		times = n
	}
	for _, tc := range []struct {
		name     string
		provider func(t *testing.T) (config, apiKey string) // its line in the configuration
	}{
		{"zonedir", func(*testing.T) (string, string) {
			return "  t: {type: zonedir, directory: live, nameservers: [ns1.example.net]}\n", ""
		}},
		{"powerdns", func(t *testing.T) (string, string) {
			server := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
			server.CreateZone(t, "Native", dnsserver.Zone{Origin: "example.com"})
			return fmt.Sprintf("  t: {type: powerdns, url: %q, api_key: \"${APIKEY}\"}\n", server.URL), server.APIKey
		}},
		{"bind", func(t *testing.T) (string, string) {
			server := dnsserver.BIND(t, dnsserver.Zone{Origin: "example.com"})
			return fmt.Sprintf("  t: {type: rfc2136, server: %q, tsig: {name: %s, algorithm: hmac-sha256, secret: \"${TSIG}\"}}\n", server.Addr, server.Key.Name), ""
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			config, apiKey := tc.provider(t)
			k := newKilling(t, config, apiKey)
			k.run("apply", "--yes")
			k.seen = k.newest()
			begun, settled := 0, 0
			for range times {
				b, s := k.once()
				begun, settled = begun+b, settled+s
			}
			t.Logf("%d kills: %d after the write was noted as begun, of which %d had to be settled by the next run", times, begun, settled)
		})
	}
}

// killing is a zones repository with one zone, which is changed and applied again and again.
type killing struct {
	t      *testing.T
	dir    string
	apiKey string
	rand   *rand.Rand
	ref    reconcile.Ref
	round  int
	sets   map[string]string // what the zone file has now: lines by owner
	took   time.Duration     // of an apply that nobody kills
	seen   int64             // the newest entry of the audit log
}

func newKilling(t *testing.T, provider, apiKey string) *killing {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	k := &killing{
		t: t, dir: t.TempDir(), apiKey: apiKey, rand: rand.New(rand.NewPCG(seed, 0)), sets: map[string]string{},
		ref: reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "t"},
	}
	config := "version: 1\nsource: {dir: zones}\nproviders:\n" + provider + "zones:\n  - {match: \"*\", targets: [t]}\npolicy: {max_deletes: \"100%\"}\n"
	if err := os.WriteFile(filepath.Join(k.dir, "zoneward.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(k.dir, "zones"), 0o700); err != nil {
		t.Fatal(err)
	}
	k.change()
	return k
}

// change draws another content of the zone, in which about a third differs, and returns what changes: nil for what is retired.
func (k *killing) change() (before map[string]string) {
	before = maps.Clone(k.sets)
	k.round++
	for i := range 60 {
		owner := fmt.Sprintf("h%d", i)
		switch k.rand.IntN(9) {
		case 0:
			delete(k.sets, owner)
		case 1:
			k.sets[owner] = fmt.Sprintf("A 192.0.2.%d", k.rand.IntN(250))
		case 2:
			k.sets[owner] = fmt.Sprintf("CNAME r%d.example.net.", k.round)
		}
	}
	var b strings.Builder
	b.WriteString("$TTL 300\nstays A 192.0.2.1\n")
	for _, owner := range slices.Sorted(maps.Keys(k.sets)) {
		fmt.Fprintf(&b, "%s %s\n", owner, k.sets[owner])
	}
	if err := os.WriteFile(filepath.Join(k.dir, "zones", "example.com.zone"), []byte(b.String()), 0o600); err != nil {
		k.t.Fatal(err)
	}
	return before
}

func (k *killing) command(args ...string) *exec.Cmd {
	cmd := exec.Command("zoneward", args...)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), "APIKEY="+k.apiKey, "TSIG="+dnsserver.TestKey().Secret)
	return cmd
}

// run runs zoneward to its end, which has to be good.
func (k *killing) run(args ...string) {
	k.t.Helper()
	start := time.Now()
	out, err := k.command(args...).CombinedOutput()
	if err != nil {
		k.t.Fatalf("zoneward %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	k.took = time.Since(start)
}

// once changes the zone, kills an apply of it, lets another one finish it, and looks at what is there. It reports whether the write was
// begun when the process was killed, and whether it was the next one that said what had become of it.
func (k *killing) once() (begun, settled int) {
	before := k.change()
	cmd := k.command("apply", "--yes")
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	k.wait()
	_ = cmd.Process.Kill()
	err := cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.Exited()) {
		k.t.Fatalf("the one to be killed ended by itself: %v", err)
	}
	if newest := k.newest(); newest > k.seen {
		begun = 1
	}
	took := k.took
	k.run("apply", "--yes")
	k.took = took
	k.run("plan", "--detailed-exitcode")
	k.took = took
	return begun, k.check(before)
}

// wait waits for a random moment of an apply: any, or one soon after it has written to the store, which is when the provider is written to.
func (k *killing) wait() {
	if k.rand.IntN(3) == 0 {
		time.Sleep(time.Duration(k.rand.Int64N(int64(k.took))))
		return
	}
	wal := filepath.Join(k.dir, "state.db-wal")
	size := func() int64 {
		info, err := os.Stat(wal)
		if err != nil {
			return 0
		}
		return info.Size()
	}
	for start, before := time.Now(), size(); size() == before && time.Since(start) < 2*k.took; {
		time.Sleep(200 * time.Microsecond)
	}
	time.Sleep(time.Duration(k.rand.Int64N(int64(40 * time.Millisecond))))
}

// newest returns the number of the newest entry in the audit log.
func (k *killing) newest() int64 {
	s := k.open()
	defer s.Close()
	for e, err := range s.History(k.t.Context(), reconcile.HistoryQuery{}) {
		if err != nil {
			k.t.Fatal(err)
		}
		return e.Seq
	}
	return 0
}

func (k *killing) open() *store.Store {
	k.t.Helper()
	s, err := store.Open(k.t.Context(), filepath.Join(k.dir, "state.db"))
	if err != nil {
		k.t.Fatal(err)
	}
	return s
}

// check looks at the store after a change was applied, and returns how many entries were settled by another than who wrote them.
func (k *killing) check(before map[string]string) (settled int) {
	k.t.Helper()
	s := k.open()
	defer s.Close()
	if _, err := s.VerifyAudit(k.t.Context()); err != nil {
		k.t.Errorf("audit log: %v", err)
	}
	written := map[zonefile.Key]int{}
	newest := k.seen
	for e, err := range s.History(k.t.Context(), reconcile.HistoryQuery{}) {
		if err != nil {
			k.t.Fatal(err)
		}
		if e.Seq <= k.seen {
			break
		}
		newest = max(newest, e.Seq)
		if e.Open {
			k.t.Errorf("entry %d is open", e.Seq)
		}
		if e.Settled {
			settled++
		}
		for i, c := range e.Changes {
			if i < len(e.Live) && e.Live[i] {
				written[c.Key]++
			}
		}
	}
	k.seen = newest
	for key, n := range written {
		if n > 1 {
			k.t.Errorf("%s was written %d times", key, n)
		}
	}
	stones, err := s.Tombstones(k.t.Context(), reconcile.TombstoneQuery{Zone: k.ref.Zone})
	if err != nil {
		k.t.Fatal(err)
	}
	for owner, was := range before {
		if now, ok := k.sets[owner]; ok && sameType(was, now) {
			continue
		}
		typ, text, _ := strings.Cut(was, " ")
		set := zonefile.MustParseRRset(owner+".example.com. 300 "+typ, text)
		if written[set.Key] != 1 {
			k.t.Errorf("%s was to be retired, and was written %d times", set.Key, written[set.Key])
		}
		if !slices.ContainsFunc(stones, func(s reconcile.Tombstone) bool { return s.RRset == set && s.State == reconcile.Retired }) {
			k.t.Errorf("%s was retired and has no tombstone", set)
		}
	}
	return settled
}

func sameType(a, b string) bool {
	one, _, _ := strings.Cut(a, " ")
	other, _, _ := strings.Cut(b, " ")
	return one == other
}
