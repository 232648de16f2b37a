package dnsquery

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/reconcile"
)

// zoneText has a record of each kind that servers answer in a way of its own.
var zoneText = `$ORIGIN example.com.
$TTL 300
@ SOA ns1 hostmaster 7 3600 600 604800 300
@ NS ns1
@ NS ns.example.net.
@ MX 10 Mail
ns1 A 192.0.2.53
mail A 192.0.2.25
www 60 A 192.0.2.1
www 60 A 192.0.2.2
www TXT "a" "b"
alias CNAME www
*.wild TXT "any"
exists.wild A 192.0.2.7
d DNAME example.net.
sub NS ns1.sub
sub NS ns.example.net.
sub DS 12345 13 2 0000000000000000000000000000000000000000000000000000000000000001
ns1.sub A 192.0.2.54
_sip._tcp SRV 10 20 5060 Mail
svc HTTPS 1 . alpn=h2 port=8443
caa CAA 0 issue "ca.example.net"
loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
any TYPE65300 \# 3 00c00c
long TXT ` + longTXT + "\n"

// longTXT makes an answer that does not fit into a datagram.
var longTXT = strings.Repeat(`"`+strings.Repeat("x", 250)+`" `, 8)

// openers start each server with the zone.
var openers = []struct {
	name string
	open func(t *testing.T, zones ...dnsserver.Zone) *dnsserver.Server
}{
	{"bind", func(t *testing.T, zones ...dnsserver.Zone) *dnsserver.Server { return dnsserver.BIND(t, zones...) }},
	{"bind-signed", func(t *testing.T, zones ...dnsserver.Zone) *dnsserver.Server {
		for i := range zones {
			zones[i].Mode = dnsserver.PolicySigned
		}
		return dnsserver.BIND(t, zones...)
	}},
	{"knot", func(t *testing.T, zones ...dnsserver.Zone) *dnsserver.Server { return dnsserver.Knot(t, zones...) }},
	{"nsd", func(t *testing.T, zones ...dnsserver.Zone) *dnsserver.Server {
		dir := t.TempDir()
		var origins []string
		for _, zone := range zones {
			if err := os.WriteFile(filepath.Join(dir, dnsserver.FileName(zone.Origin)), []byte(zone.Text), 0o644); err != nil {
				t.Fatal(err)
			}
			origins = append(origins, zone.Origin)
		}
		return dnsserver.NSD(t, dir, origins...).Server
	}},
	{"powerdns", func(t *testing.T, zones ...dnsserver.Zone) *dnsserver.Server {
		s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
		for _, zone := range zones {
			s.CreateZone(t, "Native", zone)
		}
		return s.Server
	}},
}

func serverAt(t *testing.T, addr string) Server {
	t.Helper()
	s, err := ParseServer(addr)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// served is what servers with zoneText should be found to serve.
var served = []reconcile.Change{
	wants("example.com. 300 SOA", "ns1.example.com. hostmaster.example.com. 99 3600 600 604800 300"),
	wants("example.com. 300 NS", "ns.example.net.", "ns1.example.com."),
	wants("example.com. 300 MX", "10 mail.example.com."),
	wants("www.example.com. 60 A", "192.0.2.2", "192.0.2.1"),
	wants("www.example.com. 300 TXT", `"a" "b"`),
	wants("alias.example.com. 300 CNAME", "www.example.com."),
	wantsNone("alias.example.com.", "A"),
	wants("*.wild.example.com. 300 TXT", `"any"`),
	wantsNone("old.wild.example.com.", "TXT"), // there is a wildcard for it
	wantsNone("exists.wild.example.com.", "TXT"),
	wantsNone("www.wild.example.com.", "A"),
	wants("d.example.com. 300 DNAME", "example.net."),
	wantsNone("below.d.example.com.", "CNAME"),
	wants("sub.example.com. 300 NS", "ns.example.net.", "ns1.sub.example.com."),
	wants("sub.example.com. 300 DS", "12345 13 2 0000000000000000000000000000000000000000000000000000000000000001"),
	wants("ns1.sub.example.com. 300 A", "192.0.2.54"),
	wantsNone("old.sub.example.com.", "A"),
	wants("_sip._tcp.example.com. 300 SRV", "10 20 5060 mail.example.com."),
	wants("svc.example.com. 300 HTTPS", "1 . port=8443 alpn=h2"),
	wants("caa.example.com. 300 CAA", `0 issue "ca.example.net"`),
	wants("loc.example.com. 300 LOC", "52 22 23 N 4 53 32 E -2m 0m"),
	wants("any.example.com. 300 TYPE65300", `\# 3 00c00c`),
	wants("long.example.com. 300 TXT", longTXT),
	wantsNone("gone.example.com.", "A"),
}

// TestRealServers compares what each server serves with the zone that it has: there are no differences where there are none, and each is found where there is one.
func TestRealServers(t *testing.T) {
	for _, server := range openers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			s := server.open(t, dnsserver.Zone{Origin: "example.com", Text: zoneText})
			opts := Options{Servers: []Server{serverAt(t, s.Addr)}}

			result := verify(t, reconcile.Expectation{Serial: 7, Changes: served}, opts)
			if !result.OK() || result.Notes != nil {
				t.Errorf("what is there: %+v", result)
			}

			result = verify(t, reconcile.Expectation{Changes: []reconcile.Change{
				wants("example.com. 300 SOA", "ns1.example.com. admin.example.com. 7 7200 600 604800 300"),
				wants("www.example.com. 60 A", "192.0.2.1", "192.0.2.3"),
				wants("example.com. 300 NS", "ns1.example.com."),
				wants("sub.example.com. 300 NS", "ns1.sub.example.com."),
				wantsNone("sub.example.com.", "DS"),
				wants("d.example.com. 300 DNAME", "example.org."),
				wants("hidden.sub.example.com. 300 TXT", `"hidden"`),
				wants("new.wild.example.com. 300 TXT", `"other"`),
				wantsNone("*.wild.example.com.", "TXT"),
				wantsNone("alias.example.com.", "CNAME"),
				wants("long.example.com. 300 TXT", `"short"`),
			}}, opts)
			wrong := result.Servers[0].Wrong
			for i, line := range wrong {
				if at := strings.Index(line, strings.Repeat("x", 100)); at > 0 {
					wrong[i] = line[:at]
				}
			}
			want := []string{
				"example.com. SOA: serves RNAME hostmaster.example.com. refresh 3600, want RNAME admin.example.com. refresh 7200",
				"www.example.com. A: serves 192.0.2.2, want 192.0.2.3",
				"example.com. NS: serves ns.example.net. as well",
				"sub.example.com. NS: serves ns.example.net. as well",
				"sub.example.com. DS: serves 12345 13 2 0000000000000000000000000000000000000000000000000000000000000001, want nothing",
				"d.example.com. DNAME: serves example.net., want example.org.",
				`new.wild.example.com. TXT: serves "any", want "other"`,
				`*.wild.example.com. TXT: serves "any", want nothing`,
				"alias.example.com. CNAME: serves www.example.com., want nothing",
				`long.example.com. TXT: serves "`,
			}
			if diff := cmp.Diff(want, wrong); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			notes := []string{
				"hidden.sub.example.com. TXT: not compared: it is hidden by the zone cut at sub.example.com.",
			}
			if diff := cmp.Diff(notes, result.Notes); diff != "" {
				t.Errorf("notes (-want +got)\n%s", diff)
			}

			result = verify(t, reconcile.Expectation{Changes: []reconcile.Change{wants("below.d.example.com. 300 A", "192.0.2.1")}}, opts)
			if server.name == "powerdns" { // it makes nothing of a DNAME unless dname-processing is set
				if wrong := result.Servers[0].Wrong; len(wrong) != 1 {
					t.Errorf("below a DNAME: %+v", result)
				}
			} else if diff := cmp.Diff([]string{"below.d.example.com. A: not compared: the DNAME at d.example.com. answers for it"}, result.Notes); diff != "" || !result.OK() {
				t.Errorf("below a DNAME (-want +got)\n%s", diff)
			}

			result = verify(t, reconcile.Expectation{Ref: reconcile.Ref{Zone: exampleRef.Zone.Parent(), Target: "other"}}, opts)
			if result.OK() || len(result.Servers[0].Wrong) != 1 {
				t.Errorf("a zone that is not there: %+v", result)
			}
		})
	}
}

// TestChildOnTheSameServer has a delegation to a zone that the same server serves, and answers from.
func TestChildOnTheSameServer(t *testing.T) {
	parent := dnsserver.Zone{Origin: "example.com", Text: dnsserver.MasterFile("example.com") + "kid NS ns1.kid\nns1.kid A 192.0.2.1\nkid DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000001\n"}
	child := dnsserver.Zone{Origin: "kid.example.com", Text: dnsserver.MasterFile("kid.example.com") + "ns1 A 192.0.2.2\n"}
	for _, server := range openers {
		if server.name == "bind-signed" {
			continue
		}
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			s := server.open(t, parent, child)
			result := verify(t, reconcile.Expectation{Changes: []reconcile.Change{
				wants("kid.example.com. 300 NS", "ns1.kid.example.com."),
				wants("kid.example.com. 300 DS", "1 13 2 0000000000000000000000000000000000000000000000000000000000000001"),
				wants("ns1.kid.example.com. 300 A", "192.0.2.1"),
				wants("hidden.kid.example.com. 300 A", "192.0.2.1"),
				wantsNone("ns1.kid.example.com.", "A"),
			}}, Options{Servers: []Server{serverAt(t, s.Addr)}})
			if !result.OK() {
				t.Errorf("got %+v", result.Servers)
			}
			other := verify(t, reconcile.Expectation{Changes: []reconcile.Change{wantsNone("kid.example.com.", "DS")}}, Options{Servers: []Server{serverAt(t, s.Addr)}})
			if len(other.Servers[0].Wrong) != 1 || other.Notes != nil {
				t.Errorf("a DS, which is in this zone: %+v", other)
			}
			const why = "not compared: the server answers for it from its zone kid.example.com."
			notes := []string{"kid.example.com. NS: " + why, "hidden.kid.example.com. A: " + why, "ns1.kid.example.com. A: " + why}
			if diff := cmp.Diff(notes, result.Notes); diff != "" {
				t.Errorf("notes (-want +got)\n%s", diff)
			}
		})
	}
}

// TestUntilTheServerHasIt updates a real server while it is asked.
func TestUntilTheServerHasIt(t *testing.T) {
	s := dnsserver.Knot(t, dnsserver.Zone{Origin: "example.com"})
	expect := reconcile.Expectation{
		Ref: exampleRef, Serial: 2, Within: 20 * time.Second,
		Changes: []reconcile.Change{wants("www.example.com. 300 A", "192.0.2.1")},
	}
	v := New(Options{Servers: []Server{serverAt(t, s.Addr)}})
	once := expect
	once.Within = 0
	result, err := v.Verify(t.Context(), once)
	if want := (said{Serial: 1, Lags: true, Wrong: []string{"www.example.com. A: serves nothing (NXDOMAIN), want 192.0.2.1"}}); err != nil || fmt.Sprint(saidOf(result.Servers[0])) != fmt.Sprint(want) {
		t.Errorf("before: %+v, %v", result, err)
	}
	done := make(chan reconcile.Verification)
	go func() {
		result, _ := v.Verify(t.Context(), expect)
		done <- result
	}()
	s.Update(t, "zone example.com\nupdate add www.example.com 300 A 192.0.2.1")
	if result := <-done; !result.OK() {
		t.Errorf("got %+v", result)
	}
}
