package zonedir_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/zonedir"
	"github.com/zoneward/zoneward/zonefile"
)

// TestConformanceWithCheckers is the suite with a server's own program to say whether it would load the file of every step.
func TestConformanceWithCheckers(t *testing.T) {
	for _, name := range []string{"nsd-checkzone", "named-checkzone"} {
		t.Run(name, func(t *testing.T) {
			check := []string{dnsserver.Program(t, name), "{origin}", "{file}"}
			providertest.Run(t, func(t *testing.T) providertest.Fixture {
				return fixture(t, zonedir.Options{Directory: t.TempDir(), Check: check})
			})
		})
	}
}

// TestConformanceWithKnot is the suite with a server that says whether it has loaded the file of every step, and fails the reload if not.
func TestConformanceWithKnot(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Fixture {
		d := t.TempDir()
		s := dnsserver.KnotFiles(t, d, "example.com", "new.example")
		return fixture(t, zonedir.Options{Directory: d, Reload: append(slices.Clone(s.ReloadCommand), "{origin}")})
	})
}

// server is a real one that serves the files, with a provider that writes them.
type server struct {
	*dnsserver.FileServer
	*zonedir.Provider
}

// start starts a server that knows of example.com and has no file of it.
func start(t *testing.T, launch func(testing.TB, string, ...string) *dnsserver.FileServer, check ...string) server {
	t.Helper()
	d := t.TempDir()
	s := launch(t, d, "example.com")
	return server{s, open(t, zonedir.Options{
		Directory: d, NameServers: []zonefile.Name{zonefile.MustParseName("ns.invalid.")},
		Check: check, Reload: append(slices.Clone(s.ReloadCommand), "{origin}"),
	})}
}

// loaded waits until the server has that serial, and returns the zone that it transfers.
func (s server) loaded(t *testing.T, serial uint32) *zonefile.Zone {
	t.Helper()
	origin := zonefile.MustParseName("example.com.")
	var zone *zonefile.Zone
	// Only the transfer itself tells: while NSD reloads, one process answers with the new zone and another transfers the old one.
	eventually(t, fmt.Sprintf("a transfer with the serial %d", serial), func() (any, bool) {
		lines, err := dnsserver.Transfer(s.Addr, "example.com", s.Key)
		if err != nil {
			return err, false
		}
		zone = zoneOf(t, origin, lines)
		soa := get(t, zone, "example.com. SOA")
		return soa, strings.Contains(soa.String(), fmt.Sprintf(" %d ", serial))
	})
	return zone
}

// answers waits until the server answers the question for the SOA as is wants it.
func (s server) answers(t *testing.T, want string, is func(*dns.Msg) bool) {
	t.Helper()
	client := &dns.Client{Net: "udp", Timeout: time.Second}
	eventually(t, want, func() (any, bool) {
		reply, _, err := client.ExchangeContext(t.Context(), new(dns.Msg).SetQuestion("example.com.", dns.TypeSOA), s.Addr)
		if err != nil {
			return err, false
		}
		return reply, is(reply)
	})
}

// eventually asks until what is answered is what is wanted.
func eventually(t *testing.T, want string, ask func() (got any, ok bool)) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		got, ok := ask()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server says %v, want %s", got, want)
		}
	}
}

func zoneOf(t *testing.T, origin zonefile.Name, lines []string) *zonefile.Zone {
	t.Helper()
	fsys := fstest.MapFS{"zone": {Data: []byte(strings.Join(lines, "\n") + "\n")}}
	f, err := zonefile.ParseBIND(fsys, "zone", zonefile.BINDOptions{Origin: origin})
	if err == nil {
		err = f.Err()
	}
	if err != nil {
		t.Fatal(err)
	}
	return f.Zone
}

// records are of many types, some of which not every server knows by name.
const records = `
@ 300 MX 10 mail
@ 300 TXT "v=spf1 -all" "second; \"string\" \\ \007"
@ 300 CAA 0 issue "ca.invalid"
@ 300 HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.1
* 60 A 192.0.2.9
www 300 A 192.0.2.1
www 300 AAAA 2001:db8::1
alias 300 CNAME www
_sip._tcp 300 SRV 10 60 5060 www
sub 300 NS ns1.sub
ns1.sub 300 A 192.0.2.3
_443._tcp.www 300 TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
a\.b\032c 300 TXT "dot and space"
loc 300 LOC 51 30 12.748 N 0 7 39.611 W 0.00m 1m 10000m 10m
old 300 TYPE65280 \# 4 0a0b0c0d
`

// change returns a batch that brings a zone to the state with records that are text.
func change(t *testing.T, base *providers.Snapshot, text string) providers.Batch {
	t.Helper()
	lines := []string{"$ORIGIN example.com."}
	for set := range base.Zone.At(base.Zone.Origin()) {
		if set.Key.Type == zonefile.TypeSOA || set.Key.Type == zonefile.TypeNS {
			lines = append(lines, set.String())
		}
	}
	desired := zoneOf(t, base.Zone.Origin(), append(lines, text))
	return providers.NewBatch(base, slices.Collect(zonefile.Diff(base.Zone, desired)))
}

// TestServers makes a zone from nothing on each server, as for a YAML file without SOA and NS, and changes it.
func TestServers(t *testing.T) {
	for _, test := range []struct {
		name   string
		launch func(testing.TB, string, ...string) *dnsserver.FileServer
		check  []string
	}{
		{"NSD", dnsserver.NSD, []string{"nsd-checkzone", "{origin}", "{file}"}},
		{"BIND", dnsserver.BINDFiles, []string{"named-checkzone", "{origin}", "{file}"}},
		{"Knot", dnsserver.KnotFiles, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if len(test.check) > 0 {
				test.check[0] = dnsserver.Program(t, test.check[0])
			}
			s := start(t, test.launch, test.check...)
			if err := s.CreateZone(t.Context(), providers.ZoneSpec{Origin: zonefile.MustParseName("example.com.")}); err != nil {
				t.Fatal(err)
			}
			s.holds(t, fetch(t, s.Provider, "example.com."))
			for _, text := range []string{records, strings.ReplaceAll(records, "192.0.2.1", "192.0.2.2"), ""} {
				base := fetch(t, s.Provider, "example.com.")
				result := apply(t, s.Provider, change(t, base, text))
				after := fetch(t, s.Provider, "example.com.")
				if result.Serial != after.Serial || !zonefile.SerialAfter(after.Serial, base.Serial) {
					t.Errorf("serial %d in the result and %d in the file, after %d", result.Serial, after.Serial, base.Serial)
				}
				s.holds(t, after)
			}
			s.comesBack(t)
		})
	}
}

// holds checks that the server comes to have what Fetch has.
func (s server) holds(t *testing.T, want *providers.Snapshot) {
	t.Helper()
	got := s.loaded(t, want.Serial)
	for c := range zonefile.Diff(want.Zone, got) {
		t.Errorf("the file has\n%v\nand the server\n%v", c.Old, c.New)
	}
}

// comesBack shows that a change gets to a server that was away when it was made.
func (s server) comesBack(t *testing.T) {
	t.Helper()
	s.Stop(t)
	base := fetch(t, s.Provider, "example.com.")
	_, err := s.Apply(t.Context(), base.Zone.Origin(), put(base, address))
	wants(t, err, providers.ErrPartial, filepath.Base(s.ReloadCommand[0]))
	again := fetch(t, s.Provider, "example.com.")
	if again.Zone.Has(address.Key) {
		t.Fatal("Fetch has what is not served")
	}
	s.Restart(t)
	apply(t, s.Provider, put(again, address))
	s.holds(t, fetch(t, s.Provider, "example.com."))
}

// TestServerDropsAZone removes a zone that BIND serves, which then answers for it no more, and makes it again.
func TestServerDropsAZone(t *testing.T) {
	d := t.TempDir()
	bind := dnsserver.BINDFiles(t, d, "example.com")
	rndc := bind.ReloadCommand[:len(bind.ReloadCommand)-1]
	s := server{bind, open(t, zonedir.Options{
		Directory: d, NameServers: []zonefile.Name{zonefile.MustParseName("ns.invalid.")},
		// A zone that it does not have is put in again by what is in its configuration.
		Reload: sh(`zone=$1; shift; "$@" reload "$zone" || "$@" reconfig`, append([]string{"{origin}"}, rndc...)...),
		Remove: sh(`zone=$1; shift; "$@" status >/dev/null && { "$@" delzone "$zone" || ! "$@" zonestatus "$zone"; }`, append([]string{"{origin}"}, rndc...)...),
	})}
	origin := zonefile.MustParseName("example.com.")
	if err := s.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}); err != nil {
		t.Fatal(err)
	}
	apply(t, s.Provider, change(t, fetch(t, s.Provider, "example.com."), records))
	base := fetch(t, s.Provider, "example.com.")
	s.holds(t, base)

	if err := s.RemoveZone(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	s.answers(t, "REFUSED", func(reply *dns.Msg) bool { return reply.Rcode == dns.RcodeRefused })

	if err := s.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin, Apex: []zonefile.RRset{get(t, base.Zone, "example.com. SOA"), get(t, base.Zone, "example.com. NS")}}); err != nil {
		t.Fatal(err)
	}
	apply(t, s.Provider, change(t, fetch(t, s.Provider, "example.com."), records))
	after := fetch(t, s.Provider, "example.com.")
	if !zonefile.SerialAfter(after.Serial, base.Serial) {
		t.Errorf("the serial went from %d to %d", base.Serial, after.Serial)
	}
	s.holds(t, after)
	// The server is away, and then has dropped the zone already, as after a crash between the command and the renaming.
	s.Stop(t)
	wants(t, s.RemoveZone(t.Context(), after), nil, "did not drop the zone")
	if got := fetch(t, s.Provider, "example.com."); got.Version != after.Version {
		t.Error("a zone that the server did not drop is not what it was")
	}
	s.Restart(t)
	drop := append(slices.Clone(rndc), "delzone", "example.com")
	if output, err := exec.CommandContext(t.Context(), drop[0], drop[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if err := s.RemoveZone(t.Context(), after); err != nil {
		t.Error(err)
	}
}
