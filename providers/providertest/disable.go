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
		t.Log("not tested: the traits do not have it")
		return
	}
	set := func(text string) zonefile.RRset { return s.set(t, text) }
	www := func(last string) zonefile.RRset { return set("www 300 A 192.0.2." + last) }
	one, two, three := www("1"), www("2"), www("3")
	cname := set("www 300 CNAME other.invalid.")
	text, mx, alias := set("a 300 TXT \"a;\"\na 300 TXT \"b\""), set("b 300 MX 10 mail.invalid."), set("c 300 CNAME a")
	other := set("other 300 A 192.0.2.2")
	for _, step := range []struct {
		name  string
		start string // if it is not empty the zone is brought to this state first
		ops   []providers.Op
	}{
		{"hide", "www 300 A 192.0.2.1\nwww 300 AAAA 2001:db8::1\nother 300 A 192.0.2.1", []providers.Op{disable(one)}},
		{"write something else", "", []providers.Op{put(other)}},
		{"serve again", "", []providers.Op{enable(one)}},
		{"hide again, and another", "", []providers.Op{disable(one), disable(other)}},
		{"put another value at its key", "", []providers.Op{put(two)}},
		{"change that", "", []providers.Op{put(three)}},
		{"delete that", "", []providers.Op{remove(three)}},
		{"put the hidden value", "", []providers.Op{put(one)}},
		{"hide, and a CNAME in its place", "www 300 A 192.0.2.1", []providers.Op{disable(one), put(cname)}},
		{"delete the CNAME and serve again", "", []providers.Op{remove(cname), enable(one)}},
		{
			"several records and other types", "a 300 TXT \"a;\"\na 300 TXT \"b\"\nb 300 MX 10 mail.invalid.\nc 300 CNAME a",
			[]providers.Op{disable(text), disable(mx), disable(alias)},
		},
		{"all of them again", "", []providers.Op{enable(text), enable(mx), enable(alias)}},
	} {
		t.Run(step.name, func(t *testing.T) {
			if step.start != "" {
				s.become(t, parse(t, s.Origin, step.start))
			}
			base := s.fetch(t)
			for i, op := range step.ops {
				if op.Verb == providers.Put {
					step.ops[i].Change.Old = live(base.Zone, op.Change.Key())
				}
			}
			s.apply(t, providers.Batch{Base: base, Ops: step.ops})
		})
	}
}

func disable(set zonefile.RRset) providers.Op {
	return providers.Op{Verb: providers.Disable, Change: zonefile.Change{Old: &set}}
}

func enable(set zonefile.RRset) providers.Op {
	return providers.Op{Verb: providers.Enable, Change: zonefile.Change{New: &set}}
}

func remove(set zonefile.RRset) providers.Op {
	return providers.Op{Verb: providers.Delete, Change: zonefile.Change{Old: &set}}
}

func purge(set zonefile.RRset) providers.Op {
	return providers.Op{Verb: providers.Purge, Change: zonefile.Change{Old: &set}}
}

// put has no Old: that is what is live when the step begins.
func put(set zonefile.RRset) providers.Op {
	return providers.Op{Verb: providers.Put, Change: zonefile.Change{New: &set}}
}
