package glaucatest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

func registryError(detail string) string {
	return `{"detail":"Error communicating with regitry: ` + detail + `"}`
}

// What state of a domain takes an update, and what says that it does not.
func TestBlocked(t *testing.T) {
	const prohibits = "Object status prohibits operation"
	set := func(statuses ...string) func(*glaucatest.Domain) {
		return func(d *glaucatest.Domain) { d.Statuses = statuses }
	}
	for _, tt := range []struct {
		name    string
		change  func(*glaucatest.Domain)
		options glaucatest.Options
		status  int
		want    string
	}{
		{"ok", set(), glaucatest.Options{}, 200, ""},
		{"locked against transfers", set("client_transfer_prohibited", "client_delete_prohibited", "server_renew_prohibited"), glaucatest.Options{}, 200, ""},
		{"client update", set("client_update_prohibited"), glaucatest.Options{}, 403, denied},
		{"server update", set("server_update_prohibited"), glaucatest.Options{}, 403, denied},
		{"pending update", set("pending_update"), glaucatest.Options{}, 500, registryError(prohibits)},
		{"pending transfer", set("pending_transfer"), glaucatest.Options{}, 500, registryError(prohibits)},
		{"pending create", set("pending_create"), glaucatest.Options{}, 500, registryError(prohibits)},
		{"deleted", func(d *glaucatest.Domain) { d.Deleted = true }, glaucatest.Options{}, 403, denied},
		{"deleted, said plainly", func(d *glaucatest.Domain) { d.Deleted = true }, glaucatest.Options{DeletedInvalid: true}, 400, `{"detail":"No updates can be made"}`},
		{"redemption alone", func(d *glaucatest.Domain) { d.RGP = []string{"redemption_grace_period"} }, glaucatest.Options{}, 403, denied},
		{"grace period", func(d *glaucatest.Domain) { d.RGP = []string{"renew_grace_period"} }, glaucatest.Options{}, 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, tt.options)
			s.Change("example.com", tt.change)
			a := c.patch(tt.status, servers("ns3.example.net"))
			if tt.want != "" && a.text != tt.want {
				t.Errorf("got %s, want %s", a.text, tt.want)
			}
			if done := len(s.Domain("example.com").NameServers) == 1; done != (tt.status == 200) {
				t.Errorf("done: %t", done)
			}
		})
	}
}

// What the registry refuses, though it looks right to the API.
func TestRegistryRefuses(t *testing.T) {
	const policy, syntax = "Parameter value policy error", "Parameter value syntax error"
	both := strings.TrimSuffix(servers("ns3.example.net"), "}") + "," + strings.TrimPrefix(anyDS, "{")
	sameServers := strings.TrimSuffix(servers("ns2.example.net", "ns1.example.net"), "}") + "," + strings.TrimPrefix(anyDS, "{")
	keys := `{"sec_dns":{"max_sig_life":null,"ds_data":null,"key_data":[` + keyItem + `]}}`
	attribute := `{"name_servers":[{"host_object":null,"host_name":"ns.example.com","addresses":["192.0.2.53"]}]}`
	ds := func(old, new string) string { return strings.Replace(anyDS, old, new, 1) }
	for _, tt := range []struct {
		name, body string
		options    glaucatest.Options
		want       string // empty if it is done
	}{
		{"both", both, glaucatest.Options{}, ""},
		{"both where one at a time may be", both, glaucatest.Options{RefuseBoth: true}, policy},
		{"both of which one is as it was", sameServers, glaucatest.Options{RefuseBoth: true}, ""},
		{"DS", anyDS, glaucatest.Options{DNSSEC: glaucatest.DSData}, ""},
		{"DS where keys are wanted", anyDS, glaucatest.Options{DNSSEC: glaucatest.KeyData}, policy},
		{"keys", keys, glaucatest.Options{DNSSEC: glaucatest.KeyData}, ""},
		{"keys where DS are wanted", keys, glaucatest.Options{DNSSEC: glaucatest.DSData}, policy},
		{"no data where keys are wanted", `{"sec_dns":null}`, glaucatest.Options{DNSSEC: glaucatest.KeyData}, ""},
		{"digest with spaces in lower case", ds(digest, "66 "+strings.ToLower(digest[2:])), glaucatest.Options{}, ""},
		{"digest that is not hexadecimal", ds(digest, "ZZ"+digest[2:]), glaucatest.Options{}, syntax},
		{"digest too short", ds(digest, digest[2:]), glaucatest.Options{}, syntax},
		{"digest of another type", ds(`"digest_type":2`, `"digest_type":4`), glaucatest.Options{}, syntax},
		{"unknown digest type", ds(`"digest_type":2`, `"digest_type":0`), glaucatest.Options{}, syntax},
		{"key tag", ds("6687", "65536"), glaucatest.Options{}, syntax},
		{"negative algorithm", ds(`"algorithm":13`, `"algorithm":-1`), glaucatest.Options{}, syntax},
		{"DS twice", ds(dsItem, dsItem+","+strings.ToLower(dsItem)), glaucatest.Options{}, policy},
		{"key twice", strings.Replace(keys, keyItem, keyItem+","+keyItem, 1), glaucatest.Options{}, policy},
		{"key that is not base64", strings.Replace(keys, "bWFnaWM=", "bWFnaWM", 1), glaucatest.Options{}, syntax},
		{"protocol of a key", strings.Replace(keys, `"protocol":3`, `"protocol":1`, 1), glaucatest.Options{}, syntax},
		{"dot at the end of a name", servers("ns1.example.net."), glaucatest.Options{}, syntax},
		{"name of one label", servers("localhost"), glaucatest.Options{}, syntax},
		{"underscore", servers("_ns.example.net"), glaucatest.Options{}, syntax},
		{"name server twice", servers("ns3.example.net", "NS3.example.net"), glaucatest.Options{}, policy},
		{"name server spelled otherwise than it is read", servers("NS1.example.net", "ns3.example.net"), glaucatest.Options{}, policy},
		{"name server spelled as it is read", servers("NS1.EXAMPLE.NET.", "ns3.example.net"), glaucatest.Options{
			SpellHost: func(name string) string { return strings.ToUpper(name) + "." },
		}, ""},
		{"name with addresses", attribute, glaucatest.Options{}, policy},
		{"name with addresses where they are wanted", attribute, glaucatest.Options{HostAttributes: true}, ""},
		{"object where names are wanted", servers("ns3.example.net"), glaucatest.Options{HostAttributes: true}, policy},
		{"name server below the domain", servers("ns.example.com"), glaucatest.Options{}, ""},
		{"the same without the addresses that it needs", servers("ns.example.com"), glaucatest.Options{NeedGlue: true}, policy},
		{"the same with them", servers("ns.example.com", "glue.example.com"), glaucatest.Options{NeedGlue: true}, policy},
		{"name server elsewhere", servers("ns3.example.net"), glaucatest.Options{NeedGlue: true}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, tt.options)
			s.AddHost(s.Account, "glue.example.com", "192.0.2.53")
			before := c.read().text
			if tt.want == "" {
				c.patch(200, tt.body)
				return
			}
			if got := c.patch(500, tt.body).text; got != registryError(tt.want) {
				t.Errorf("got %s, want %s", got, registryError(tt.want))
			}
			if after := c.read().text; after != before {
				t.Errorf("something was written: %s", after)
			}
		})
	}
	s, c := start(t, glaucatest.Options{NeedGlue: true})
	s.AddHost(s.Account, "glue.example.com", "192.0.2.53")
	c.patch(200, servers("glue.example.com"))
}

// The API says 200 and shows what it was asked for; the domain is as it was until the registry has done it.
func TestPendingUpdate(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(s *glaucatest.Server)
		want []string
	}{
		{"done", func(s *glaucatest.Server) { s.EndUpdate("example.com") }, []string{"ns3.example.net"}},
		{"turned down", func(s *glaucatest.Server) { s.DropUpdate("example.com") }, []string{"ns1.example.net", "ns2.example.net"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, glaucatest.Options{UpdateTime: -1})
			a := c.patch(200, servers("ns3.example.net"))
			if a.at("name_servers", 0, "host_object") != `"ns3.example.net"` || a.at("statuses") != `["ok"]` {
				t.Errorf("answered with %s", a.text)
			}
			if got := c.read(); got.at("name_servers", 0, "host_object") != `"ns1.example.net"` || got.at("statuses") != `["pending_update"]` {
				t.Errorf("read as %s", got.text)
			}
			c.patch(500, anyDS)
			c.patch(200, servers("ns2.example.net", "ns1.example.net")) // as it is: nothing for the registry to do
			tt.end(s)
			if got := s.NS("example.com"); !slices.Equal(got, tt.want) {
				t.Errorf("name servers %q, want %q", got, tt.want)
			}
			if got := c.read().at("statuses"); got != `["ok"]` {
				t.Errorf("statuses %s", got)
			}
			c.patch(200, anyDS)
		})
	}
}

// Removing what is not there is a command for the registry too.
func TestRemoveNothing(t *testing.T) {
	_, c := start(t, glaucatest.Options{UpdateTime: -1})
	c.patch(200, `{"block_transfer":false}`)
	if got := c.read().at("statuses"); got != `["ok"]` {
		t.Errorf("no command was needed: %s", got)
	}
	c.patch(200, `{"sec_dns":null}`)
	if got := c.read().at("statuses"); got != `["pending_update"]` {
		t.Errorf("statuses %s", got)
	}
}

// A pending update ends with the clock, and does not undo what came behind it.
func TestPendingUpdateEndsWithTheClock(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s, c := start(t, glaucatest.Options{UpdateTime: time.Hour, Now: func() time.Time { return now }})
	c.patch(200, servers("ns3.example.net"))
	s.Change("example.com", func(d *glaucatest.Domain) { d.Statuses = []string{"client_hold"} })
	now = now.Add(time.Hour - time.Second)
	if got := c.read().at("statuses"); got != `["client_hold","pending_update"]` {
		t.Errorf("before: statuses %s", got)
	}
	now = now.Add(2 * time.Second)
	a := c.read()
	if a.at("statuses") != `["client_hold"]` || a.at("name_servers", 0, "host_object") != `"ns3.example.net"` || a.at("last_updated") != `"2026-11-20T13:00:00Z"` {
		t.Errorf("after: %s", a.text)
	}
}
