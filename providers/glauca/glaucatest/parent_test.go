package glaucatest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

// The example of RFC 4509 §2.3.
func TestDSOfKey(t *testing.T) {
	key := glaucatest.Key{
		Flags: 256, Protocol: 3, Algorithm: 5,
		PublicKey: "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLU" +
			"Uh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
	}
	const want = "60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A"
	if got := key.DS("dskey.example.com").String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s, _ := start(t, glaucatest.Options{})
	s.AddDomain(glaucatest.Domain{Name: "dskey.example.com", NameServers: glaucatest.Hosts("ns.example"), SecDNS: &glaucatest.SecDNS{Keys: []glaucatest.Key{key}}})
	if got := s.DS("dskey.example.com"); len(got) != 1 || got[0].String() != want {
		t.Errorf("the parent zone has %v", got)
	}
}

// served returns what the parent zone has of example.com.
func served(s *glaucatest.Server) []string {
	all := s.NS("example.com")
	for _, ds := range s.DS("example.com") {
		all = append(all, ds.String())
	}
	return all
}

func TestParent(t *testing.T) {
	const ds = "6687 13 2 " + digest
	all := []string{"a.example", "b.example", "1 8 2 " + digest, ds}
	for _, tt := range []struct {
		name   string
		change func(*glaucatest.Server)
		want   []string
	}{
		{"all", func(*glaucatest.Server) {}, all},
		{"locked", func(s *glaucatest.Server) {
			s.Change("example.com", func(d *glaucatest.Domain) {
				d.Statuses = []string{"client_transfer_prohibited", "server_update_prohibited"}
			})
		}, all},
		{"client hold", func(s *glaucatest.Server) {
			s.Change("example.com", func(d *glaucatest.Domain) { d.Statuses = []string{"client_hold"} })
		}, nil},
		{"server hold", func(s *glaucatest.Server) {
			s.Change("example.com", func(d *glaucatest.Domain) { d.Statuses = []string{"server_hold"} })
		}, nil},
		{"to be deleted", func(s *glaucatest.Server) {
			s.Change("example.com", func(d *glaucatest.Domain) { d.Statuses = []string{"pending_delete"} })
		}, nil},
		{"deleted", func(s *glaucatest.Server) {
			s.Change("example.com", func(d *glaucatest.Domain) { d.Deleted = true })
		}, nil},
		{"redemption", func(s *glaucatest.Server) { s.Redeem("example.com") }, nil},
		{"redemption and back", func(s *glaucatest.Server) {
			s.Redeem("example.com")
			s.Restore("example.com")
		}, all},
		{"gone", func(s *glaucatest.Server) { s.Remove("example.com") }, nil},
		{"DS without name servers", func(s *glaucatest.Server) {
			s.Change("example.com", func(d *glaucatest.Domain) { d.NameServers = nil })
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, glaucatest.Options{})
			s.Change("example.com", func(d *glaucatest.Domain) {
				d.NameServers = append(glaucatest.Hosts("B.Example."), glaucatest.NameServer{HostName: "a.example"})
				d.SecDNS = &glaucatest.SecDNS{DS: []glaucatest.DS{{6687, 13, 2, " 66 " + digest[2:], nil}, {1, 8, 2, digest, nil}}}
			})
			tt.change(s)
			if d := cmp.Diff(tt.want, served(s)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if tt.name == "redemption" {
				if a := c.read(); a.at("deleted") != "true" || a.at("rgp_state") != `["redemption_grace_period"]` || a.at("statuses") != `["pending_delete"]` {
					t.Errorf("read as %s", a.text)
				}
			}
		})
	}
}

// The parent zone has a change some time after the registry has done it.
func TestPublishDelay(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s, c := start(t, glaucatest.Options{UpdateTime: time.Minute, PublishDelay: 5 * time.Minute, Now: func() time.Time { return now }})
	c.patch(200, servers("ns3.example.net"))
	want := func(ns ...string) {
		t.Helper()
		if d := cmp.Diff(ns, s.NS("example.com")); d != "" {
			t.Errorf("at %s (-want +got):\n%s", now, d)
		}
	}
	now = now.Add(6*time.Minute - time.Second) // and nobody has asked in between
	want("ns1.example.net", "ns2.example.net")
	now = now.Add(time.Second)
	want("ns3.example.net")
	c.patch(200, servers("ns4.example.net"))
	now = now.Add(time.Minute)
	want("ns3.example.net")
	s.Change("example.com", func(d *glaucatest.Domain) { d.NameServers = glaucatest.Hosts("ns5.example.net") })
	now = now.Add(5 * time.Minute)
	want("ns5.example.net")
}
