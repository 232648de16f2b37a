package rfc2136_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/rfc2136"
	"github.com/zoneward/zoneward/zonefile"
)

// TestAccess asks real servers with what is not good enough.
func TestAccess(t *testing.T) {
	starts := map[string]func(t *testing.T) *dnsserver.Server{
		"BIND": func(t *testing.T) *dnsserver.Server {
			return dnsserver.BIND(t, dnsserver.Zone{Origin: "example.com"})
		},
		"Knot":     func(t *testing.T) *dnsserver.Server { return knot(t, dnsserver.Unsigned) },
		"PowerDNS": func(t *testing.T) *dnsserver.Server { return powerDNS(t) },
	}
	for name, start := range starts {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			good := open(t, options(s))
			base := fetch(t, good)
			batch := putting(base, www)
			for _, test := range []struct {
				name   string
				change func(*rfc2136.Options)
			}{
				{"no key", func(o *rfc2136.Options) { o.TSIG = rfc2136.TSIG{} }},
				{"unknown key", func(o *rfc2136.Options) { o.TSIG.Name = "nobody" }},
				{"wrong algorithm", func(o *rfc2136.Options) { o.TSIG.Algorithm = "hmac-sha512" }},
				{"wrong secret", func(o *rfc2136.Options) {
					o.TSIG.Secret = func() (string, error) { return "d3Jvbmcgc2VjcmV0IG9mIDMyIG9jdGV0cywgcmVhbGx5IQ==", nil }
				}},
			} {
				t.Run(test.name, func(t *testing.T) {
					opts := options(s)
					test.change(&opts)
					p := open(t, opts)
					if name != "PowerDNS" || test.name != "no key" { // which gives transfers to this address by default
						_, err := p.Fetch(t.Context(), example)
						checkKind(t, err, providers.ErrAuth)
					}
					_, err := p.Apply(t.Context(), example, batch)
					checkKind(t, err, providers.ErrAuth)
				})
			}
			t.Run("zone that is not there", func(t *testing.T) {
				_, err := good.Fetch(t.Context(), zonefile.MustParseName("example.net."))
				checkKind(t, err, providers.ErrNoZone, "example.net.")
			})
			if after := fetch(t, good); !after.Zone.Equal(base.Zone) {
				t.Error("the zone was changed")
			}
		})
	}
	t.Run("BIND/update-policy", func(t *testing.T) {
		s := dnsserver.BIND(t, dnsserver.Zone{Origin: "example.com"})
		base := fetch(t, open(t, options(s)))
		// It takes the place of allow-update, and refuses one record where that refuses all.
		conf := filepath.Join(s.Dir, "named.conf")
		text, err := os.ReadFile(conf)
		if err != nil {
			t.Fatal(err)
		}
		allow := fmt.Sprintf("allow-update { key %q; };", s.Key.Name)
		first, rest, ok := strings.Cut(string(text), allow)
		if !ok {
			t.Fatalf("named.conf has no %s", allow)
		}
		policy := fmt.Sprintf("update-policy { grant %q name mail.example.com. A; };", s.Key.Name)
		s.Stop(t)
		if err := os.WriteFile(conf, []byte(first+policy+rest), 0o600); err != nil {
			t.Fatal(err)
		}
		s.Restart(t)
		p := open(t, options(s))
		_, err = p.Apply(t.Context(), example, putting(base, www))
		checkKind(t, err, providers.ErrInvalid, "REFUSED", "update-policy")
		if _, err := p.Apply(t.Context(), example, putting(base, mail)); err != nil {
			t.Errorf("what the policy grants: %v", err)
		}
	})
}

// TestTraps has what BIND, Knot and PowerDNS do with updates beyond RFC 2136, that the suite does not have.
func TestTraps(t *testing.T) {
	t.Run("BIND/more than 100 records", func(t *testing.T) {
		p := open(t, options(dnsserver.BIND(t, dnsserver.Zone{Origin: "example.com"})))
		base := fetch(t, p)
		checkKind(t, apply(t, p, base, "many.example.com. 300 A", addresses(101)...), providers.ErrInvalid, "max-records-per-type")
		if err := apply(t, p, base, "many.example.com. 300 A", addresses(100)...); err != nil {
			t.Errorf("100 records: %v", err)
		}
	})
	t.Run("BIND/name server without an address", func(t *testing.T) {
		p := open(t, options(dnsserver.BIND(t, dnsserver.Zone{Origin: "example.com"})))
		base := fetch(t, p)
		ns := zonefile.MustParseRRset("example.com. 300 NS", "ns.example.com.")
		address := zonefile.MustParseRRset("ns.example.com. 300 A", "192.0.2.53")
		_, err := p.Apply(t.Context(), example, putting(base, ns))
		checkKind(t, err, providers.ErrInvalid, "REFUSED", "address")
		if _, err := p.Apply(t.Context(), example, putting(base, ns, address)); err != nil {
			t.Errorf("with its address: %v", err)
		}
	})
	t.Run("BIND/policy lowers TTLs", func(t *testing.T) {
		opts := options(bind(t, dnsserver.PolicySigned))
		opts.MaxTTL, opts.Settle = 0, time.Second
		p := open(t, opts)
		err := apply(t, p, fetch(t, p), "www.example.com. 604800 A", "192.0.2.1")
		if err == nil {
			t.Fatal("no error, though the TTL is another")
		}
		if want := "its TTL is 86400 and not 604800"; !strings.Contains(err.Error(), want) {
			t.Errorf("error %q, want it to have %q", err, want)
		}
	})
	// Where the SOA cannot be compared nobody sees that there is more at a name than the base has, until it is written.
	t.Run("BIND signing inline/CNAME beside what somebody else added", func(t *testing.T) {
		s := bind(t, dnsserver.InlineSigned)
		p := open(t, options(s))
		if err := apply(t, p, fetch(t, p), "www.example.com. 300 A", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		base := fetch(t, p)
		theirs := zonefile.MustParseRRset("www.example.com. 300 TXT", "theirs")
		writer(t, p, s)(t, []zonefile.Change{{New: &theirs}})
		alias := zonefile.MustParseRRset("www.example.com. 300 CNAME", "other.invalid.")
		opts := options(s)
		opts.Settle = time.Second
		p = open(t, opts)
		result, err := p.Apply(t.Context(), example, providers.NewBatch(base, []zonefile.Change{{Old: &www}, {New: &alias}}))
		checkKind(t, err, providers.ErrPartial, "www.example.com. CNAME")
		if len(result.Applied) != 1 || result.Applied[0].Verb != providers.Delete {
			t.Errorf("%v as applied, want the delete", result.Applied)
		}
	})
	for _, s := range servers {
		t.Run(s.name+"/CNAME beside what somebody else added", func(t *testing.T) {
			t.Parallel()
			server := s.start(t)
			p := open(t, options(server))
			base := fetch(t, p)
			server.Update(t, "zone example.com\nupdate add www.example.com. 300 TXT theirs")
			err := apply(t, p, base, "www.example.com. 300 CNAME", "other.invalid.")
			checkKind(t, err, providers.ErrConflict)
		})
		t.Run(s.name+"/last apex NS", func(t *testing.T) {
			t.Parallel()
			p := open(t, options(s.start(t)))
			for _, ns := range []zonefile.RRset{
				zonefile.MustParseRRset("example.com. 900 NS", "ns.invalid."),
				zonefile.MustParseRRset("example.com. 900 NS", "ns9.invalid."),
				zonefile.MustParseRRset("example.com. 600 NS", "ns8.invalid."),
				zonefile.MustParseRRset("example.com. 300 NS", "ns8.invalid.", "ns9.invalid."),
				zonefile.MustParseRRset("example.com. 600 NS", "ns9.invalid."),
			} {
				if _, err := p.Apply(t.Context(), example, putting(fetch(t, p), ns)); err != nil {
					t.Fatal(err)
				}
				if got, _ := fetch(t, p).Zone.Get(ns.Key); got != ns {
					t.Errorf("got\n%v\nwant\n%v", got, ns)
				}
			}
		})
		t.Run(s.name+"/many messages both ways", func(t *testing.T) {
			t.Parallel()
			p := open(t, options(s.start(t)))
			var sets []zonefile.RRset
			for i := range 4000 {
				sets = append(sets, zonefile.MustParseRRset(fmt.Sprintf("host-%d.example.com. 300 A", i), fmt.Sprintf("192.0.2.%d", i%256)))
			}
			result, err := p.Apply(t.Context(), example, putting(fetch(t, p), sets...))
			if err != nil {
				t.Fatal(err)
			}
			if after := fetch(t, p); after.Zone.Len() != 4002 || len(result.Applied) != 4000 {
				t.Errorf("%d RRsets and %d operations applied, want 4002 and 4000", after.Zone.Len(), len(result.Applied))
			}
		})
	}
}

// TestNSD transfers from the one that does not sign each message of a transfer, and takes no updates.
func TestNSD(t *testing.T) {
	dir := t.TempDir()
	var zone strings.Builder
	zone.WriteString(dnsserver.MasterFile("example.com"))
	const n = 30_000
	for i := range n {
		fmt.Fprintf(&zone, "host-%d 300 IN TXT \"%s\"\n", i, strings.Repeat("x", 200))
	}
	if err := os.WriteFile(filepath.Join(dir, dnsserver.FileName("example.com")), []byte(zone.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := dnsserver.NSD(t, dir, "example.com")
	p := open(t, options(s.Server))
	base := fetch(t, p)
	if got := base.Zone.Len(); got < n {
		t.Errorf("%d RRsets, want more than %d", got, n)
	}
	checkKind(t, apply(t, p, base, "www.example.com. 300 A", "192.0.2.1"), providers.ErrUnsupported, "NOTIMP")
}
