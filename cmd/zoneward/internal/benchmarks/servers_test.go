package benchmarks

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

func powerDNSProvider(url string) string {
	return fmt.Sprintf(`{type: powerdns, url: %q, api_key: "${BENCH_API_KEY}"}`, url)
}

func powerDNSEnv(s *dnsserver.PowerDNSServer) []string { return []string{"BENCH_API_KEY=" + s.APIKey} }

func rfc2136Provider(addr string, key dnsserver.Key) string {
	return fmt.Sprintf(`{type: rfc2136, server: %q, tsig: {name: %s, algorithm: %s, secret: "${BENCH_TSIG}"}}`, addr, key.Name, key.Algorithm)
}

func rfc2136Env(key dnsserver.Key) []string { return []string{"BENCH_TSIG=" + key.Secret} }

// serverWorkspace is a workspace with a zone for a server, which has the SOA and NS of the apex itself.
func serverWorkspace(t testing.TB, zoneward string, z zone, provider string, env []string) workspace {
	t.Helper()
	base, changed := z, z
	base.changed, changed.changed = false, true
	return newWorkspace(t, zoneward, provider, env, map[string]func(string){
		"base": bindSource(t, base, ""), "changed": bindSource(t, changed, ""),
	})
}

// toolset is how somebody does by hand what zoneward does, on another zone of the same content at the same server.
type toolset struct {
	server *dnsserver.Server
	dir    string // where files may be put
	// load has a zone served that was empty, and change has it served as it is when it is changed.
	load, change         func(z zone) subject
	loadName, changeName string
}

// axfr reads a zone with dig.
func (s toolset) axfr(origin string) subject {
	path, ok := program("dig")
	if !ok {
		return subject{absent: "not installed"}
	}
	host, port, _ := net.SplitHostPort(s.server.Addr)
	return subject{run: func() (usage, error) {
		return process(s.dir, nil, "", path, "-y", s.tsig(), "-p", port, "@"+host, "AXFR", origin)
	}}
}

// update sends a script with nsupdate.
func (s toolset) update(z zone, write func(zone, *bufio.Writer)) subject {
	path, ok := program("nsupdate")
	if !ok {
		return subject{absent: "not installed"}
	}
	host, port, _ := net.SplitHostPort(s.server.Addr)
	script := text(func(w *bufio.Writer) {
		fmt.Fprintf(w, "server %s %s\nzone %s\n", host, port, z.origin)
		write(z, w)
	})
	return subject{run: func() (usage, error) {
		return process(s.dir, nil, script, path, "-v", "-y", s.tsig())
	}}
}

func (s toolset) tsig() string {
	key := s.server.Key
	return key.Algorithm + ":" + key.Name + ":" + key.Secret
}

// addServers measures the program with real servers, beside the tools that come with them.
func addServers(t *testing.T, r *report, zoneward string, sizes []size) {
	r.say("## Real servers")
	r.say("`zoneward` with a server on the same machine, beside the tool by which somebody does the same by hand to another zone there, with the same content. Wall time, since most of the work is the server's. The tools do less: `dig` and `pdnsutil` compare nothing, `nsupdate` is told what to change, and `pdnsutil load-zone` writes to the database past the server. `zoneward apply` reads the zone four times, as the calls above show, and notes in its state what was applied; a tool that is told what to change reads nothing, so with few changes in a large zone the ratio grows with the zone.")
	var rows [][]string
	t.Run("powerdns", func(t *testing.T) { rows = append(rows, powerDNSRows(t, zoneward, sizes)...) })
	t.Run("bind", func(t *testing.T) { rows = append(rows, bindRows(t, zoneward, sizes)...) })
	if t.Failed() {
		t.FailNow()
	}
	r.table("lrlrrlrl", []string{"server", "records", "zoneward", "wall s", "CPU s", "beside it", "wall s", "wall ratio"}, rows)
	r.say("PowerDNS stores in SQLite, without waiting for the disk. BIND logs every record that is updated. A server that is not installed has no rows.")
}

// pair returns two zones of the same content for one round: for zoneward, and for the tool.
func pair(round, records int) (ours, theirs zone) {
	return zone{origin: fmt.Sprintf("z%d-%d.example", round, records), records: records},
		zone{origin: fmt.Sprintf("t%d-%d.example", round, records), records: records}
}

func powerDNSRows(t *testing.T, zoneward string, sizes []size) (rows [][]string) {
	server := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	tools := toolset{server: server.Server, dir: t.TempDir(), loadName: "`pdnsutil load-zone`", changeName: "`pdnsutil load-zone` of all"}
	tools.load = func(z zone) subject {
		path, ok := program("pdnsutil")
		if !ok {
			return subject{absent: "not installed"}
		}
		file := create(t, filepath.Join(tools.dir, fmt.Sprintf("%s-%t.zone", z.origin, z.changed)), func(w *bufio.Writer) { z.writeBIND(w, apex) })
		return subject{run: func() (usage, error) {
			return process(tools.dir, nil, "", path, "--config-dir="+server.Dir, "load-zone", z.origin, file)
		}}
	}
	// Not nsupdate: this PowerDNS takes 40 seconds for 667 RRsets in a zone of 100,000 records, which would flatter whatever stands beside it.
	tools.change = tools.load
	for _, size := range sizes {
		m := newServerMeasurement("PowerDNS", size, tools)
		for round := range size.rounds {
			ours, theirs := pair(round, size.records)
			for _, z := range []zone{ours, theirs} {
				server.CreateZone(t, "Native", dnsserver.Zone{Origin: z.origin})
			}
			m.round(t, serverWorkspace(t, zoneward, ours, powerDNSProvider(server.URL), powerDNSEnv(server)), ours, theirs)
			for _, z := range []zone{ours, theirs} {
				// A larger database would make the next round slower than this one.
				server.API(t, "DELETE", "/zones/"+z.origin+".", nil, nil)
			}
		}
		rows = append(rows, m.rows()...)
	}
	return rows
}

func bindRows(t *testing.T, zoneward string, sizes []size) (rows [][]string) {
	for _, size := range sizes {
		var zones []dnsserver.Zone
		for round := range size.rounds {
			ours, theirs := pair(round, size.records)
			zones = append(zones, dnsserver.Zone{Origin: ours.origin}, dnsserver.Zone{Origin: theirs.origin})
		}
		server := dnsserver.BIND(t, zones...)
		tools := toolset{server: server, dir: t.TempDir(), loadName: "`nsupdate` of all", changeName: "`nsupdate` of the 1 %"}
		tools.load = func(z zone) subject { return tools.update(z, zone.writeAdditions) }
		tools.change = func(z zone) subject { return tools.update(z, zone.writeChanges) }
		m := newServerMeasurement("BIND", size, tools)
		for round := range size.rounds {
			ours, theirs := pair(round, size.records)
			m.round(t, serverWorkspace(t, zoneward, ours, rfc2136Provider(server.Addr, server.Key), rfc2136Env(server.Key)), ours, theirs)
		}
		server.Stop(t)
		rows = append(rows, m.rows()...)
	}
	return rows
}

// serverMeasurement collects the rounds of one server and size: for each step what zoneward used, and the tool beside it.
type serverMeasurement struct {
	server string
	size   size
	tools  toolset
	ours   []series
	theirs []series
}

func newServerMeasurement(server string, size size, tools toolset) *serverMeasurement {
	m := &serverMeasurement{server: server, size: size, tools: tools}
	for i, step := range steps() {
		m.ours = append(m.ours, series{name: step.name})
		m.theirs = append(m.theirs, series{name: []string{tools.loadName, "`dig AXFR`", "`dig AXFR`", tools.changeName}[i]})
	}
	return m
}

// round measures all steps once, on two zones that are there and have an SOA and NS only.
func (m *serverMeasurement) round(t *testing.T, w workspace, ours, theirs zone) {
	t.Helper()
	changed := theirs
	changed.changed = true
	read := m.tools.axfr(theirs.origin)
	beside := []subject{m.tools.load(theirs), read, read, m.tools.change(changed)}
	for i, step := range steps() {
		pair := inTurn(t, 1, subject{name: step.name, run: w.run(step.source, step.args...)}, beside[i])
		m.ours[i].rounds = append(m.ours[i].rounds, pair[0].rounds...)
		m.theirs[i].rounds = append(m.theirs[i].rounds, pair[1].rounds...)
	}
	// Both have done the same: without that no figure means anything.
	got := m.served(t, ours)
	if len(got) != ours.records+1 {
		t.Fatalf("%d records are served, want %d", len(got), ours.records+1)
	}
	if beside[0].absent+beside[3].absent == "" && !slices.Equal(got, m.served(t, theirs)) {
		t.Fatalf("%s has other records than %s", ours.origin, theirs.origin)
	}
}

// served returns the records that the server has in a zone, sorted, without the SOA and without the zone's name.
func (m *serverMeasurement) served(t *testing.T, z zone) []string {
	t.Helper()
	lines := dnsserver.AXFR(t, m.tools.server.Addr, z.origin, m.tools.server.Key)
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, " IN SOA ") })
	for i, line := range lines {
		lines[i] = strings.Replace(line, z.origin+".", "", 1)
	}
	slices.Sort(lines)
	return lines
}

func (m *serverMeasurement) rows() (rows [][]string) {
	for i, s := range m.ours {
		rows = append(rows, []string{
			m.server, whole(m.size.records), s.name, s.seconds(wall), s.seconds(cpu),
			m.theirs[i].name, m.theirs[i].seconds(wall), s.against(m.theirs[i], wall),
		})
	}
	return rows
}
