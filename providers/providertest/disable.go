package providertest

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testDisable hides RRsets and serves them again, where the provider can. What is hidden must survive all that is done around it, since a
// server that keeps it in the same RRset as what is served (PowerDNS) loses it when that is written.
func testDisable(t *testing.T, s *subject) {
	if !s.fetch(t).Traits.CanDisable {
		t.Skip("the traits do not have it")
	}
	www := func(last string) zonefile.RRset { return s.set(t, "www 300 A 192.0.2."+last) }
	for _, step := range []struct {
		name  string
		start string // if it is not empty the zone is brought to this state first
		ops   func(z *zonefile.Zone) []providers.Op
	}{
		{"hide", "www 300 A 192.0.2.1\nwww 300 AAAA 2001:db8::1\nother 300 A 192.0.2.1", func(z *zonefile.Zone) []providers.Op {
			return []providers.Op{disable(www("1"))}
		}},
		{"write something else", "", func(z *zonefile.Zone) []providers.Op {
			return put(z, s.set(t, "other 300 A 192.0.2.2"))
		}},
		{"serve again", "", func(z *zonefile.Zone) []providers.Op {
			return []providers.Op{enable(www("1"))}
		}},
		{"hide again, and another", "", func(z *zonefile.Zone) []providers.Op {
			return []providers.Op{disable(www("1")), disable(s.set(t, "other 300 A 192.0.2.2"))}
		}},
		{"put another value at its key", "", func(z *zonefile.Zone) []providers.Op { return put(z, www("2")) }},
		{"change that", "", func(z *zonefile.Zone) []providers.Op { return put(z, www("3")) }},
		{"delete that", "", func(z *zonefile.Zone) []providers.Op {
			return []providers.Op{{Verb: providers.Delete, Change: zonefile.Change{Old: live(z, www("3").Key)}}}
		}},
		{"put the hidden value", "", func(z *zonefile.Zone) []providers.Op { return put(z, www("1")) }},
		{"hide, and a CNAME in its place", "www 300 A 192.0.2.1", func(z *zonefile.Zone) []providers.Op {
			return append([]providers.Op{disable(www("1"))}, put(z, s.set(t, "www 300 CNAME other.invalid."))...)
		}},
		{"delete the CNAME and serve again", "", func(z *zonefile.Zone) []providers.Op {
			cname := s.set(t, "www 300 CNAME other.invalid.")
			return []providers.Op{{Verb: providers.Delete, Change: zonefile.Change{Old: &cname}}, enable(www("1"))}
		}},
		{"several records and other types", "a 300 TXT \"a;\"\na 300 TXT \"b\"\nb 300 MX 10 mail.invalid.\nc 300 CNAME a", func(z *zonefile.Zone) []providers.Op {
			return []providers.Op{
				disable(s.set(t, "a 300 TXT \"a;\"\na 300 TXT \"b\"")), disable(s.set(t, "b 300 MX 10 mail.invalid.")), disable(s.set(t, "c 300 CNAME a")),
			}
		}},
		{"all of them again", "", func(z *zonefile.Zone) []providers.Op {
			return []providers.Op{
				enable(s.set(t, "a 300 TXT \"a;\"\na 300 TXT \"b\"")), enable(s.set(t, "b 300 MX 10 mail.invalid.")), enable(s.set(t, "c 300 CNAME a")),
			}
		}},
	} {
		t.Run(step.name, func(t *testing.T) {
			if step.start != "" {
				s.become(t, parse(t, s.Origin, step.start))
			}
			base := s.fetch(t)
			s.apply(t, providers.Batch{Base: base, Ops: step.ops(base.Zone)})
		})
	}
}

func disable(set zonefile.RRset) providers.Op {
	return providers.Op{Verb: providers.Disable, Change: zonefile.Change{Old: &set}}
}

func enable(set zonefile.RRset) providers.Op {
	return providers.Op{Verb: providers.Enable, Change: zonefile.Change{New: &set}}
}

func put(z *zonefile.Zone, set zonefile.RRset) []providers.Op {
	return []providers.Op{{Verb: providers.Put, Change: changesTo(z, set)[0]}}
}
