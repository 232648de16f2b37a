package benchmarks

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// tally counts requests by what they are. It may be used concurrently.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *tally) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[what]++
}

// take returns what was counted since the last take: "2 GET, 1 PATCH".
func (c *tally) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(c.counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", c.counts[what], what))
	}
	c.counts = nil
	return cmp.Or(strings.Join(parts, ", "), "0")
}

// step is one of the things that users do with a zone, in the order in which they are measured.
type step struct {
	name, source string
	args         []string
}

func steps() []step {
	return []step{
		{"`apply`, first", "base", []string{"apply", "--yes"}},
		{"`plan`, no change", "base", []string{"plan"}},
		{"`plan`, 1 % changed", "changed", []string{"plan"}},
		{"`apply`, 1 % changed", "changed", []string{"apply", "--yes"}},
	}
}

// addCalls counts what providers are asked.
func addCalls(t *testing.T, r *report, zoneward string, records int) {
	z := zone{origin: "example.com", records: records}
	columns := map[string][]string{}
	t.Run("contract", func(t *testing.T) { columns["contract"] = countContract(t, z) })
	t.Run("powerdns", func(t *testing.T) { columns["powerdns"] = countHTTP(t, zoneward, z) })
	t.Run("bind", func(t *testing.T) { columns["bind"] = countDNS(t, zoneward, z) })
	if t.Failed() {
		t.FailNow()
	}
	var rows [][]string
	for i, step := range steps() {
		row := []string{step.name}
		for _, name := range []string{"contract", "powerdns", "bind"} {
			if column := columns[name]; len(column) > i {
				row = append(row, column[i])
			} else {
				row = append(row, none)
			}
		}
		rows = append(rows, row)
	}
	r.say("## Provider calls")
	r.say("For one zone of %s records that exists and has an SOA and NS: the calls of the provider contract, counted at the provider `memory`; HTTP requests, counted in front of a real PowerDNS; DNS messages over TCP, counted in front of a real BIND. An `apply` includes its plan, a second read to see that the plan still holds, and a third to see that what was written is live; both providers read once more by themselves, PowerDNS's right before the write, to compare, and RFC 2136's after it, to check what was acknowledged.", whole(records))
	r.table("llll", []string{"", "any provider", "PowerDNS (HTTP)", "BIND (RFC 2136)"}, rows)
	r.say("The number of writes follows what a request may hold: PowerDNS takes 2 MB by default, a DNS message 64 KiB. Below that it does not grow with the number of changes.")
}

// countContract returns how often Fetch, Apply and so on are called in each step.
func countContract(t *testing.T, z zone) []string {
	state, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = state.Close() })
	served, err := parse([]byte(apex))
	if err != nil {
		t.Fatal(err)
	}
	p := memory.New()
	p.AddZone(served.Zone)
	var calls tally
	live := providers.Observe(p, func(c providers.Call) { calls.add(string(c.Operation)) })
	planner := &reconcile.Planner{
		Rules:   []reconcile.Rule{{Match: []string{"*"}, Targets: []string{"live"}, Policy: reconcile.DefaultPolicy()}},
		Targets: map[string]reconcile.Target{"live": {Reader: providers.ReadOnly(live)}}, Store: state,
	}
	applier := &reconcile.Applier{Planner: planner, Targets: map[string]providers.ZoneProvider{"live": live}, Store: state}

	var column []string
	for _, step := range steps() {
		z.changed = step.source == "changed"
		file := text(func(w *bufio.Writer) { z.writeBIND(w, "") })
		tree := reconcile.Tree{FS: fstest.MapFS{z.origin + ".zone": {Data: []byte(file)}}, Revision: step.source}
		plan, err := planner.Plan(t.Context(), tree, reconcile.Selection{})
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(step.args, "apply") {
			for _, o := range applier.Apply(t.Context(), tree, plan, reconcile.Approval{}) {
				if o.Status != reconcile.Applied {
					t.Fatalf("%s: %s: %v", step.name, o.Status, o.Err)
				}
			}
		}
		column = append(column, calls.take())
	}
	if got := p.Served(zonefile.MustParseName(z.origin + ".")).Records(); got != z.records+2 {
		t.Errorf("%d records are served, want %d", got, z.records+2)
	}
	return column
}

// countSteps runs the program for each step and returns what was counted meanwhile.
func countSteps(t *testing.T, w workspace, calls *tally) []string {
	var column []string
	for _, step := range steps() {
		if _, err := w.run(step.source, step.args...)(); err != nil {
			t.Fatal(err)
		}
		column = append(column, calls.take())
	}
	return column
}

// countHTTP returns which HTTP requests PowerDNS gets in each step.
func countHTTP(t *testing.T, zoneward string, z zone) []string {
	server := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	server.CreateZone(t, "Native", dnsserver.Zone{Origin: z.origin})
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var calls tally
	forward := httputil.NewSingleHostReverseProxy(to)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.add(r.Method)
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	w := serverWorkspace(t, zoneward, z, powerDNSProvider(front.URL), powerDNSEnv(server))
	return countSteps(t, w, &calls)
}

// countDNS returns which DNS messages BIND gets in each step.
func countDNS(t *testing.T, zoneward string, z zone) []string {
	server := dnsserver.BIND(t, dnsserver.Zone{Origin: z.origin})
	var calls tally
	w := serverWorkspace(t, zoneward, z, rfc2136Provider(forwardDNS(t, server.Addr, &calls), server.Key), rfc2136Env(server.Key))
	return countSteps(t, w, &calls)
}

// forwardDNS listens for DNS over TCP, counts the requests, and passes everything on to a server. It returns its address.
func forwardDNS(t *testing.T, server string, calls *tally) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			wg.Go(func() { forwardConnection(client, server, calls) })
		}
	})
	return listener.Addr().String()
}

// forwardConnection passes one connection on until either side ends it. Errors end it too, and the client then sees that.
func forwardConnection(client net.Conn, server string, calls *tally) {
	defer client.Close()
	up, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	var answers sync.WaitGroup
	answers.Go(func() {
		_, _ = io.Copy(client, up)
		_ = client.Close() // the server has no more to say: stop reading what it is asked
	})
	defer answers.Wait()
	defer up.Close()
	for {
		size := make([]byte, 2)
		if _, err := io.ReadFull(client, size); err != nil {
			return
		}
		request := make([]byte, binary.BigEndian.Uint16(size))
		if _, err := io.ReadFull(client, request); err != nil {
			return
		}
		calls.add(kindOf(request))
		if _, err := up.Write(slices.Concat(size, request)); err != nil {
			return
		}
	}
}

// kindOf names a request: "UPDATE", "AXFR", "SOA query".
func kindOf(request []byte) string {
	var m dns.Msg
	if err := m.Unpack(request); err != nil || len(m.Question) != 1 {
		return "malformed"
	}
	switch qtype := m.Question[0].Qtype; {
	case m.Opcode == dns.OpcodeUpdate:
		return "UPDATE"
	case qtype == dns.TypeAXFR:
		return "AXFR"
	default:
		return dns.TypeToString[qtype] + " query"
	}
}
