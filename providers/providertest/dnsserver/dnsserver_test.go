package dnsserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

const origin = "example.com"

// primaries are all servers that take updates, in all modes.
var primaries = []struct {
	name  string
	mode  Mode
	start func(t *testing.T, zone Zone) *Server
}{
	{"bind", Unsigned, startBIND},
	{"bind", PolicySigned, startBIND},
	{"bind", InlineSigned, startBIND},
	{"knot", Unsigned, startKnot},
	{"knot", PolicySigned, startKnot},
	{"powerdns-gsqlite3", Unsigned, startPowerDNS("gsqlite3")},
	{"powerdns-gsqlite3", PolicySigned, startPowerDNS("gsqlite3")},
	{"powerdns-lmdb", Unsigned, startPowerDNS("lmdb")},
	{"powerdns-lmdb", PolicySigned, startPowerDNS("lmdb")},
}

func startBIND(t *testing.T, zone Zone) *Server { return BIND(t, zone) }
func startKnot(t *testing.T, zone Zone) *Server { return Knot(t, zone) }
func startPowerDNS(backend string) func(*testing.T, Zone) *Server {
	return func(t *testing.T, zone Zone) *Server {
		s := PowerDNS(t, PowerDNSOptions{Backend: backend})
		s.CreateZone(t, "Native", zone)
		return s.Server
	}
}

// fileServers are the servers of zone files.
var fileServers = []struct {
	name  string
	start func(t testing.TB, dir string, origins ...string) *FileServer
}{
	{"bind", BINDFiles},
	{"knot", KnotFiles},
	{"nsd", NSD},
}

func TestPrimary(t *testing.T) {
	t.Parallel()
	for _, tt := range primaries {
		t.Run(tt.name+"/"+tt.mode.String(), func(t *testing.T) {
			t.Parallel()
			var pid int
			t.Run("test", func(t *testing.T) {
				s := tt.start(t, Zone{Origin: origin, Mode: tt.mode})
				pid = s.process.cmd.Process.Pid

				initial := []string{"example.com. 300 IN NS ns.invalid."}
				if diff := cmp.Diff(initial, data(AXFR(t, s.Addr, origin, s.Key))); diff != "" {
					t.Errorf("zone at the start (-want +got):\n%s", diff)
				}
				if got, want := signed(AXFR(t, s.Addr, origin, s.Key)), tt.mode != Unsigned; got != want {
					t.Errorf("zone is signed: %t, want %t", got, want)
				}

				m := new(dns.Msg).SetUpdate(origin + ".")
				m.RemoveName([]dns.RR{&dns.ANY{Hdr: dns.RR_Header{Name: "example.com."}}})
				if reply, err := ask(t.Context(), "tcp", s.Addr, m); err != nil || reply.Rcode == dns.RcodeSuccess {
					t.Errorf("update without the key = %v %v, want a refusal", reply, err)
				}
				s.Update(t, "zone example.com\nupdate add www.example.com 300 A 192.0.2.1")
				want := slices.Concat(initial, []string{"www.example.com. 300 IN A 192.0.2.1"})
				waitFor(t, s, want)
				s.Restart(t)
				if diff := cmp.Diff(want, data(AXFR(t, s.Addr, origin, s.Key))); diff != "" {
					t.Errorf("zone after a restart (-want +got):\n%s", diff)
				}
				if rcode, answer := Query(t, s.Addr, "WWW.example.com", "A"); rcode != "NOERROR" || len(answer) != 1 {
					t.Errorf("Query = %s %q, want one answer", rcode, answer)
				}
			})
			checkGone(t, pid)
		})
	}
}

// TestSerialRests checks that a server is not ready while it still changes the zone by itself: a test that has read the
// SOA uses it as a prerequisite.
func TestSerialRests(t *testing.T) {
	t.Parallel()
	// Enough names for named to sign them in several steps, each with a serial of its own.
	text := MasterFile(origin) + "$GENERATE 1-300 n$ A 192.0.2.1\n"
	s := BIND(t, Zone{Origin: origin, Mode: PolicySigned, Text: text})
	_, soa := Query(t, s.Addr, origin, "SOA")
	lines := AXFR(t, s.Addr, origin, s.Key)
	if _, again := Query(t, s.Addr, origin, "SOA"); !slices.Equal(soa, again) {
		t.Errorf("SOA was %q, is now %q", soa, again)
	}
	names, signatures := 0, 0
	for _, line := range lines {
		if strings.Contains(line, " IN A ") {
			names++
		}
		if strings.Contains(line, " IN RRSIG A ") {
			signatures++
		}
	}
	if names != 300 || signatures != names {
		t.Errorf("%d addresses have %d signatures, want 300 each", names, signatures)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range fileServers {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var pid int
			t.Run("test", func(t *testing.T) {
				dir := t.TempDir()
				write := func(origin, text string) {
					t.Helper()
					if err := os.WriteFile(filepath.Join(dir, FileName(origin)), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				write(origin, MasterFile(origin))
				const late = "0/25.2.0.192.in-addr.arpa."
				s := tt.start(t, dir, origin, late)
				pid = s.process.cmd.Process.Pid
				if got := AXFR(t, s.Addr, origin, s.Key); len(got) != 2 {
					t.Errorf("zone at the start has %d records, want 2: %q", len(got), got)
				}
				if rcode, _ := Query(t, s.Addr, late, "SOA"); rcode != "SERVFAIL" {
					t.Errorf("a zone without a file is answered %s, want SERVFAIL", rcode)
				}

				write(late, MasterFile(late))
				write(origin, strings.Replace(MasterFile(origin), " 1 ", " 2 ", 1)+"www A 192.0.2.1\n")
				for _, origin := range []string{origin, late} {
					if err := s.Reload(t.Context(), origin); err != nil {
						t.Fatal(err)
					}
				}
				want := "www.example.com. 300 IN A 192.0.2.1"
				if got := AXFR(t, s.Addr, origin, s.Key); !slices.Contains(got, want) {
					t.Errorf("zone after a reload is %q, want %q in it", got, want)
				}
				if got := AXFR(t, s.Addr, late, s.Key); len(got) != 2 {
					t.Errorf("late zone has %d records, want 2: %q", len(got), got)
				}
				s.Restart(t)
				if got := AXFR(t, s.Addr, origin, s.Key); !slices.Contains(got, want) {
					t.Errorf("zone after a restart is %q, want %q in it", got, want)
				}
				r := record(t, func(t testing.TB) { s.Update(t, "zone example.com\nupdate delete www.example.com") })
				if !r.failed {
					t.Error("an update is accepted")
				}
			})
			checkGone(t, pid)
		})
	}
}

func TestReloadFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := NSD(t, dir, origin)
	if err := s.Reload(t.Context(), origin); err == nil || !strings.Contains(err.Error(), FileName(origin)) {
		t.Errorf("Reload without a file = %v, want an error that names it", err)
	}
	if err := os.WriteFile(filepath.Join(dir, FileName(origin)), []byte(MasterFile(origin)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(t.Context(), "example.org"); err == nil {
		t.Error("Reload of a zone that is not configured succeeds")
	}
	if err := s.Reload(t.Context(), origin); err != nil {
		t.Error(err)
	}
	broken := strings.Replace(MasterFile(origin), " 1 ", " 2 ", 1) + "www A nonsense\n"
	if err := os.WriteFile(filepath.Join(dir, FileName(origin)), []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := s.Reload(ctx, origin); err == nil || !strings.Contains(err.Error(), "reload of example.com") {
		t.Errorf("Reload of a broken file = %v, want an error that names the zone", err) // which nsd answers SERVFAIL then
	}
	s.Stop(t)
	if err := s.Reload(t.Context(), origin); err == nil || !strings.Contains(err.Error(), "nsd-control") {
		t.Errorf("Reload of a stopped server = %v, want the command's error", err)
	}
}

func TestQueryFails(t *testing.T) {
	t.Parallel()
	s := Knot(t, Zone{Origin: origin})
	wrong := s.Key
	wrong.Secret = "d3Jvbmc="
	for name, ask := range map[string]func(t testing.TB){
		"transfer of no zone":        func(t testing.TB) { AXFR(t, s.Addr, "example.org", s.Key) },
		"transfer without a key":     func(t testing.TB) { AXFR(t, s.Addr, origin, Key{}) },
		"transfer with a wrong key":  func(t testing.TB) { AXFR(t, s.Addr, origin, wrong) },
		"question of unknown type":   func(t testing.TB) { Query(t, s.Addr, origin, "NOTYPE") },
		"question that nobody hears": func(t testing.TB) { Query(t, "192.0.2.1:0", origin, "SOA") },
	} {
		if r := record(t, ask); !r.failed {
			t.Errorf("%s does not fail the test", name)
		}
	}
	if rcode, answer := Query(t, s.Addr, "none.example.com", "A"); rcode != "NXDOMAIN" || len(answer) != 0 {
		t.Errorf("Query = %s %q, want NXDOMAIN", rcode, answer)
	}
}

// TestTwoOfAKind checks that servers of one program have nothing in common.
func TestTwoOfAKind(t *testing.T) {
	t.Parallel()
	for _, tt := range primaries {
		if tt.mode != Unsigned {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			one := tt.start(t, Zone{Origin: origin})
			two := tt.start(t, Zone{Origin: origin, Text: MasterFile(origin) + "two A 192.0.2.2\n"})
			one.Update(t, "zone example.com\nupdate add one.example.com 300 A 192.0.2.1\nsend\n")
			for s, want := range map[*Server][]string{
				one: {"example.com. 300 IN NS ns.invalid.", "one.example.com. 300 IN A 192.0.2.1"},
				two: {"example.com. 300 IN NS ns.invalid.", "two.example.com. 300 IN A 192.0.2.2"},
			} {
				if diff := cmp.Diff(want, data(AXFR(t, s.Addr, origin, s.Key))); diff != "" {
					t.Errorf("zone (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestBINDLimits(t *testing.T) {
	t.Parallel()
	s := BIND(t, Zone{Origin: origin}, Zone{Origin: "example.net.", Config: "max-records-per-type 0;"})
	update := func(origin string) *recorder {
		script := "zone " + origin
		for i := range 101 {
			script += fmt.Sprintf("\nupdate add many.%s 300 A 192.0.2.%d", origin, i)
		}
		return record(t, func(t testing.TB) { s.Update(t, script) })
	}
	if r := update("example.com"); !r.failed || !strings.Contains(r.text.String(), "SERVFAIL") {
		t.Errorf("101 records in an RRset: %s, want SERVFAIL by default", r.text.String())
	}
	if r := update("example.net"); r.failed {
		t.Errorf("101 records in an RRset: %s, want them taken where Config has no limit", r.text.String())
	}
}

func TestPowerDNSAPI(t *testing.T) {
	t.Parallel()
	s := PowerDNS(t, PowerDNSOptions{})
	s.CreateZone(t, "Master", Zone{Origin: origin})
	s.CreateZone(t, "Slave", Zone{Origin: "slave.example"})

	var zone struct {
		Kind       string
		Serial     uint32
		SOAEditAPI string `json:"soa_edit_api"`
	}
	if status := s.API(t, http.MethodGet, "/zones/example.com.?rrsets=false", nil, &zone); status != http.StatusOK {
		t.Errorf("GET = %d, want 200", status)
	}
	if zone.Kind != "Master" || zone.Serial != 1 || zone.SOAEditAPI != "DEFAULT" {
		t.Errorf("zone is %+v, want a Master with serial 1 and SOA-EDIT-API DEFAULT", zone)
	}
	if status := s.API(t, http.MethodGet, "/zones/slave.example.", nil, &zone); status != http.StatusOK || zone.Kind != "Slave" {
		t.Errorf("GET = %d %+v, want a Slave", status, zone)
	}
	var text string
	if status := s.API(t, http.MethodGet, "/zones/example.com./export", nil, &text); status != http.StatusOK || !strings.Contains(text, "ns.invalid.") {
		t.Errorf("GET export = %d %q, want the zone's text", status, text)
	}
	body := map[string]any{"rrsets": "none"}
	if status := s.API(t, http.MethodPatch, "/zones/example.com.", body, &text); status/100 != 4 || text == "" {
		t.Errorf("PATCH = %d %q, want a refusal that says why", status, text)
	}

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/v1/servers/"+s.ServerID, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-API-Key", s.APIKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("GET by the exported fields = %s", resp.Status)
	}
}

// data returns the lines of a transfer but for the SOA and what signing adds.
func data(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		switch typ(line) {
		case "SOA", "RRSIG", "NSEC", "DNSKEY", "CDS", "CDNSKEY", "TYPE65534":
			return true
		}
		return false
	})
}

// signed reports whether each authoritative RRset of a transfer has a signature.
func signed(lines []string) bool {
	signatures := map[string]bool{}
	for _, line := range lines {
		if f := strings.Fields(line); f[3] == "RRSIG" {
			signatures[f[0]+" "+f[4]] = true
		}
	}
	return !slices.ContainsFunc(lines, func(line string) bool {
		return typ(line) != "RRSIG" && !signatures[strings.Fields(line)[0]+" "+typ(line)]
	})
}

func typ(line string) string { return strings.Fields(line)[3] }

// waitFor polls until the zone's data is as wanted: with inline-signing an update is served a moment after its answer.
func waitFor(t *testing.T, s *Server, want []string) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		diff := cmp.Diff(want, data(AXFR(t, s.Addr, origin, s.Key)))
		if diff == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("zone (-want +got):\n%s", diff)
		}
	}
}

// checkGone fails the test if there is a process with this id. A server that has ended has been waited for.
func checkGone(t *testing.T, pid int) {
	t.Helper()
	if pid == 0 {
		return // it was not started, which has been reported
	}
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Signal(syscall.Signal(0)) // asks only
	}
	if !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("server %d is still there: %v", pid, err)
	}
}
