package rfc2136_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/rfc2136"
	"github.com/zoneward/zoneward/zonefile"
)

var example = zonefile.MustParseName("example.com.")

// servers are those that the provider is tested against. Each call starts one with example.com.
var servers = []struct {
	name    string
	start   func(t *testing.T) *dnsserver.Server
	profile rfc2136.Profile
	refused zonefile.RRset // what this server does not take
}{
	{"BIND", func(t *testing.T) *dnsserver.Server { return bind(t, dnsserver.Unsigned) }, rfc2136.Profile{}, tooLarge},
	{"BIND signing in place", func(t *testing.T) *dnsserver.Server { return bind(t, dnsserver.PolicySigned) }, rfc2136.Profile{}, tooLarge},
	{"BIND signing inline", func(t *testing.T) *dnsserver.Server { return bind(t, dnsserver.InlineSigned) }, rfc2136.Profile{}, tooLarge},
	{"Knot", func(t *testing.T) *dnsserver.Server { return knot(t, dnsserver.Unsigned) }, rfc2136.Profile{}, apexDNAME},
	{"Knot signing", func(t *testing.T) *dnsserver.Server { return knot(t, dnsserver.PolicySigned) }, rfc2136.Profile{}, apexDNAME},
	{"PowerDNS", func(t *testing.T) *dnsserver.Server { return powerDNS(t) }, rfc2136.PowerDNS(), zonefile.RRset{}},
}

// tooLarge has more records than bindLimits allows, and apexDNAME is above all other names of the zone.
var (
	tooLarge  = zonefile.MustParseRRset("large.example.com. 300 A", addresses(201)...)
	apexDNAME = zonefile.MustParseRRset("example.com. 300 DNAME", "other.invalid.")
)

// addresses returns n addresses of 192.0.2.0/24 and 198.51.100.0/24.
func addresses(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s.%d", []string{"192.0.2", "198.51.100"}[i/250], i%250)
	}
	return all
}

// bindLimits lets BIND take all data of the suite: its defaults are 100 records, host names where there are addresses, and addresses
// where an MX points to.
const bindLimits = "max-records-per-type 200; check-names ignore; check-integrity no;"

func bind(t *testing.T, mode dnsserver.Mode) *dnsserver.Server {
	return dnsserver.BIND(t, dnsserver.Zone{Origin: "example.com", Mode: mode, Config: bindLimits})
}

func knot(t *testing.T, mode dnsserver.Mode) *dnsserver.Server {
	return dnsserver.Knot(t, dnsserver.Zone{Origin: "example.com", Mode: mode})
}

func powerDNS(t *testing.T) *dnsserver.Server {
	s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	s.CreateZone(t, "Native", dnsserver.Zone{Origin: "example.com"})
	return s.Server
}

func TestConformance(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, func(t *testing.T) providertest.Fixture {
				server := s.start(t)
				opts := options(server)
				opts.Profile = s.profile
				p := open(t, opts)
				teach(t, p)
				return providertest.Fixture{Provider: p, Origin: example, Write: writer(t, p, server), Refused: s.refused}
			})
		})
	}
}

// teach lets the provider find out which prerequisites hold, so that its first snapshot has the traits of all that follow.
func teach(t *testing.T, p *rfc2136.Provider) {
	t.Helper()
	set := zonefile.MustParseRRset("teach.example.com. 300 TXT", "a")
	for _, c := range []zonefile.Change{{New: &set}, {Old: &set}} {
		if _, err := p.Apply(t.Context(), example, providers.NewBatch(fetch(t, p), []zonefile.Change{c})); err != nil {
			t.Fatal(err)
		}
	}
}

// options returns those for a server that a test has started.
func options(s *dnsserver.Server) rfc2136.Options {
	return rfc2136.Options{
		Server: s.Addr,
		TSIG: rfc2136.TSIG{
			Name: s.Key.Name, Algorithm: s.Key.Algorithm, Secret: func() (string, error) { return s.Key.Secret, nil },
		},
		Timeout: 20 * time.Second,
		MaxTTL:  86400, // what BIND's policy "default" allows
	}
}

func open(t *testing.T, opts rfc2136.Options) *rfc2136.Provider {
	t.Helper()
	p, err := rfc2136.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// writer returns a function that makes changes by nsupdate and returns when they are served.
func writer(t *testing.T, p *rfc2136.Provider, s *dnsserver.Server) func(testing.TB, []zonefile.Change) {
	return func(tb testing.TB, changes []zonefile.Change) {
		tb.Helper()
		s.Update(tb, script(changes))
		await(tb, func() error {
			now := fetch(t, p)
			for _, c := range changes {
				set, ok := now.Zone.Get(c.Key())
				if c.New == nil && ok || c.New != nil && set != *c.New {
					return fmt.Errorf("%s is not served yet", c.Key())
				}
			}
			return nil
		})
	}
}

// script returns changes in nsupdate's language.
func script(changes []zonefile.Change) string {
	var b strings.Builder
	b.WriteString("zone example.com.\n")
	for _, c := range changes {
		if c.Old != nil {
			fmt.Fprintf(&b, "update delete %s %s\n", c.Key().Name, c.Key().Type)
		}
		if c.New != nil {
			for line := range strings.Lines(c.New.String()) {
				fmt.Fprintf(&b, "update add %s\n", strings.TrimSpace(line))
			}
		}
	}
	return b.String()
}

// await calls check until it returns nil.
func await(t testing.TB, check func() error) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func fetch(t *testing.T, p *rfc2136.Provider) *providers.Snapshot {
	t.Helper()
	snapshot, err := p.Fetch(t.Context(), example)
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// apply puts one RRset.
func apply(t *testing.T, p *rfc2136.Provider, base *providers.Snapshot, head string, texts ...string) error {
	t.Helper()
	_, err := p.Apply(t.Context(), example, putting(base, zonefile.MustParseRRset(head, texts...)))
	return err
}

// putting returns the batch that puts sets.
func putting(base *providers.Snapshot, sets ...zonefile.RRset) providers.Batch {
	var changes []zonefile.Change
	for _, set := range sets {
		c := zonefile.Change{New: &set}
		if old, ok := base.Zone.Get(set.Key); ok {
			c.Old = &old
		}
		changes = append(changes, c)
	}
	return providers.NewBatch(base, changes)
}
