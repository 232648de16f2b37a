package benchmarks

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// manyStep is one of the things that users do with many zones, of which one changes. calls is what it asks the provider, with N for the number of zones:
// the same however many there are, but for the first.
type manyStep struct {
	name, source string
	args         []string
	calls        string
}

func manySteps() []manyStep {
	// In an apply the changed zone is read four times: for the plan, before the write, by the provider as it writes, and after the write. Its serial is
	// of today then, which does not tell whether it changes again.
	const one = "1 list, 1 write, 4 zone"
	return []manyStep{
		{"`apply`, first: all are as they should be", "base", []string{"apply", "--yes"}, "N zone"},
		{"`plan`, no change", "base", []string{"plan"}, "1 list"},
		{"`apply`, no change", "base", []string{"apply", "--yes"}, "1 list"},
		{"`plan`, one zone changed", "changed", []string{"plan"}, "1 list, 1 zone"},
		{"`apply`, one zone changed", "changed", []string{"apply", "--yes"}, one},
		{"`plan` after it", "changed", []string{"plan"}, "1 list, 1 zone"},
		{"`plan --zone` of one that did not change", "changed", []string{"plan", "--zone", manyOrigin(1)}, "1 zone"},
	}
}

// manyOrigin returns the name of a zone. The one that changes is that of number 0.
func manyOrigin(n int) string { return fmt.Sprintf("z%d.example", n) }

const manyRecords = 12

// addManyZones measures a repository of many zones, of which one changes, and checks that nothing is asked of the provider about the others.
func addManyZones(t *testing.T, r *report, zoneward string, zones int) {
	server := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	createMany(t, server, zones)
	calls := &manyCalls{}
	front := calls.inFrontOf(t, server.URL)
	fill := func(changed bool) func(string) {
		return func(dir string) {
			for n := range zones {
				z := zone{origin: manyOrigin(n), records: manyRecords}
				create(t, filepath.Join(dir, z.origin+".zone"), func(w *bufio.Writer) {
					z.writeBIND(w, "")
					if changed && n == 0 {
						fmt.Fprintln(w, "new 300 IN A 192.0.2.99")
					}
				})
			}
		}
	}
	w := newWorkspace(t, zoneward, powerDNSProvider(front), powerDNSEnv(server), map[string]func(string){"base": fill(false), "changed": fill(true)})

	var rows [][]string
	for _, step := range manySteps() {
		u, err := w.run(step.source, step.args...)()
		if err != nil {
			t.Fatal(err)
		}
		asked, others := calls.take()
		if want := strings.ReplaceAll(step.calls, "N", fmt.Sprint(zones)); asked != want {
			t.Errorf("%s: the provider was asked %s; want %s", step.name, asked, want)
		}
		if len(others) > 0 && !strings.Contains(step.calls, "N") && !slices.Contains(step.args, "--zone") {
			t.Errorf("%s: the provider was asked about %v, of which none had changed", step.name, others)
		}
		s := series{rounds: []usage{u}}
		rows = append(rows, []string{step.name, asked, s.seconds(wall), s.seconds(cpu), s.peak()})
	}
	if !slices.Contains(dnsserver.AXFR(t, server.Addr, manyOrigin(0), server.Key), "new."+manyOrigin(0)+". 300 IN A 192.0.2.99") {
		t.Error("the change is not served")
	}
	if t.Failed() {
		return
	}
	r.say("## Many zones, of which one changes")
	r.say("%s zones of %d records on one real PowerDNS, none of which was written yesterday or today, with the HTTP requests that it gets, counted in front of it: one for the list of zones, and those of the zone that changed. `go test` checks the counts, with fewer zones. The first `apply` finds all zones as they should be, and notes so. Each figure was measured once; there is no other program beside it.", whole(zones), manyRecords)
	r.table("llrrr", []string{"", "requests", "wall s", "CPU s", "peak MiB"}, rows)
}

// createMany makes the zones, as they are to be, at the server, with the serial that a zone has which nobody wrote to of late: 1.
func createMany(t *testing.T, server *dnsserver.PowerDNSServer, zones int) {
	t.Helper()
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for n := range numbers {
				z := zone{origin: manyOrigin(n), records: manyRecords}
				status := server.API(t, http.MethodPost, "/zones", map[string]any{
					"name": z.origin + ".", "kind": "Native", "zone": text(func(w *bufio.Writer) { z.writeBIND(w, "$ORIGIN "+z.origin+".\n"+apex) }),
					"soa_edit_api": "", "master_tsig_key_ids": []string{server.Key.Name + "."}, // with DEFAULT the serial would be of today
				}, nil)
				if status != http.StatusCreated {
					t.Errorf("create %s: status %d", z.origin, status)
				}
				status = server.API(t, http.MethodPut, "/zones/"+z.origin+".", map[string]any{"soa_edit_api": "DEFAULT"}, nil)
				if status != http.StatusNoContent {
					t.Errorf("configure %s: status %d", z.origin, status)
				}
			}
		})
	}
	for n := range zones {
		numbers <- n
	}
	close(numbers)
	workers.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// manyCalls counts requests, and notes which zones beside the first they are about.
type manyCalls struct {
	tally  tally
	mu     sync.Mutex
	others []string
}

// inFrontOf returns the URL of a server that counts the requests and passes them on.
func (c *manyCalls) inFrontOf(t *testing.T, server string) string {
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(to)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.note(r)
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL
}

func (c *manyCalls) note(r *http.Request) {
	_, origin, one := strings.Cut(r.URL.Path, "/zones/")
	origin = strings.TrimSuffix(origin, ".")
	what := "list"
	switch {
	case r.Method != http.MethodGet:
		what = "write"
	case one && r.URL.Query().Get("rrsets") == "false":
		what = "zone without records"
	case one:
		what = "zone"
	}
	c.tally.add(what)
	if one && origin != manyOrigin(0) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.others = append(c.others, origin)
	}
}

// take returns what was counted since the last take, and the zones beside the first that it was about.
func (c *manyCalls) take() (asked string, others []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	others, c.others = c.others, nil
	return c.tally.take(), others
}
