package storetest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var hostileTests = []test{
	{"names and data", func(s *subject) {
		sets := oddSets(s)
		s.set(onLive, sets...)
		var want []string
		z, err := zonefile.ZoneOf(example, sets...)
		s.must(err)
		want = lines(z)
		if !s.Stateless {
			same(s, "applied", s.applied(onLive), want)
		}
		for _, set := range sets {
			if s.Stateless {
				break
			}
			got, err := s.AppliedAt(s.Context(), onLive, []zonefile.Key{set.Key})
			if err != nil || got[set.Key] != set {
				s.Errorf("applied at %s: %v, %v", set.Key, got, err)
			}
		}

		in := intent()
		live := make([]bool, len(sets))
		for i, set := range sets {
			in.Changes = append(in.Changes, retire(set))
			in.Stones = append(in.Stones, stone(i, set))
			live[i] = true
		}
		in.ID = s.begin(in)
		same(s, "open", s.open(onLive), []reconcile.Intent{in})
		s.conclude(in.ID, concluded(live...))
		if s.Stateless {
			// There is nothing to compare.
		} else if got := s.applied(onLive); got == nil || len(got) > 0 {
			s.Errorf("after all was retired: applied is %d RRsets", len(got))
		}
		for i, set := range sets {
			got := s.tombstones(reconcile.TombstoneQuery{Name: set.Key.Name, Type: set.Key.Type})
			if len(got) != 1 || got[0].RRset != set {
				s.Errorf("the tombstone of %s: %v", set.Key, got)
			}
			history := s.history(reconcile.HistoryQuery{Name: set.Key.Name, Type: set.Key.Type})
			if len(history) != 1 || len(history[0].Changes) != 1 || *history[0].Changes[0].Old != set {
				s.Errorf("the history of %s has %d entries", sets[i].Key, len(history))
			}
		}
		s.verified(1)
	}},
	{"texts", func(s *subject) {
		for i, text := range []string{"", "'; DROP TABLE x; --", "a\nb\tc", "\x00", "\xff\xfe", "\u202e\U0001f4a9", strings.Repeat("x", 100_000)} {
			in := intent(retire(www1))
			in.Actor, in.Commit, in.Author, in.System, in.Why = text, text, text, text, text
			in.Changes[0].Source.File = text
			t := stone(i, www1)
			t.Writer = in.Writer
			t.Settings = map[string]string{text: text}
			in.Stones = []reconcile.Tombstone{t}
			p := pin(www1)
			p.Actor, p.Reason = text, text
			in.Pins = []reconcile.Pin{p}
			rolled := suspension(reconcile.Scope{Zone: example}, text)
			in.Suspend = &rolled
			in.ID = s.begin(in)
			same(s, fmt.Sprintf("open with %.10q", text), s.open(onLive), []reconcile.Intent{in})
			same(s, fmt.Sprintf("the tombstone with %.10q", text), s.tombstones(reconcile.TombstoneQuery{}), in.Stones)
			s.conclude(in.ID, reconcile.Conclusion{At: at(11, 0), Result: reconcile.NotDone, Err: text, Mark: text})
			if e := s.history(reconcile.HistoryQuery{})[0]; e.Err != text || e.Mark != text {
				s.Errorf("the conclusion with %.10q has %.10q and %.10q", text, e.Err, e.Mark)
			}
		}
		s.verified(7)
	}},
	{"the root zone", func(s *subject) {
		ref := reconcile.Ref{Zone: zonefile.Root, Target: "live"}
		ns := zonefile.MustParseRRset(". 300 NS", "a.example.")
		s.set(ref, ns)
		in := intent(retire(ns))
		in.Ref = ref
		s.write(in, true)
		if got := s.applied(ref); got == nil || len(got) > 0 {
			s.Errorf("applied is %v; want an applied state without RRsets", got)
		}
		if got := s.history(reconcile.HistoryQuery{Name: zonefile.Root}); len(got) != 1 {
			s.Errorf("%d entries at the root; want 1", len(got))
		}
	}},
	{"an RRset that is empty", func(s *subject) {
		none := zonefile.RRset{Key: www1.Key, TTL: 5}
		in := intent(reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Create, Key: www1.Key, Old: &none, New: &www1})
		in.ID = s.begin(in)
		same(s, "open", s.open(onLive), []reconcile.Intent{in})
	}},
	{"100,000 records", func(s *subject) {
		const n, changes = 100_000, 10_000
		b := zonefile.NewBuilder(example)
		in := intent()
		live := make([]bool, changes)
		for i := range n {
			name := zonefile.MustParseName(fmt.Sprintf("host-%d.example.com.", i))
			s.must(b.AddRRset(www1.WithName(name)))
			if i < changes {
				in.Changes = append(in.Changes, create(mail6.WithName(name)))
				live[i] = i != 1 && i != changes-1
			}
		}
		zone := b.Zone()
		if !s.Stateless {
			s.must(s.SetApplied(s.Context(), onLive, reconcile.AppliedState{System: "sys"}, zone))
			got, known, err := s.other.Applied(s.Context(), onLive)
			if err != nil || !known || !got.Equal(zone) {
				s.Fatalf("applied is not what was set: %v", err)
			}
		}
		s.write(in, live...)
		if !s.Stateless {
			got, _, err := s.other.Applied(s.Context(), onLive)
			if want := zone.Len() + changes - 2; err != nil || got.Len() != want {
				s.Fatalf("%d RRsets are applied, %v; want %d", got.Len(), err, want)
			}
		}
		e := s.history(reconcile.HistoryQuery{Name: in.Changes[changes-1].Key.Name})
		if len(e) != 1 || len(e[0].Changes) != 1 || len(e[0].Live) != 1 || e[0].Live[0] {
			s.Errorf("the history of the last name: %d entries; want one, with one change that is not live", len(e))
		}
		s.verified(1)
	}},
}

// oddSets returns RRsets of the zone example that a store could stumble over.
func oddSets(s *subject) []zonefile.RRset {
	var sets []zonefile.RRset
	var every []byte // all octets, over names that each fit
	for octet := range 256 {
		every = append(every, byte(octet))
	}
	for i, part := range [][]byte{every[:60], every[60:120], every[120:180], every[180:240], every[240:]} {
		wire := append([]byte{byte(len(part))}, part...)
		name, _, err := zonefile.NameFromWire(example.AppendWire(wire))
		s.must(err)
		set, err := zonefile.NewRRset(zonefile.Key{Name: name, Type: zonefile.TypeTXT}, zonefile.TTL(i), append([]byte{byte(len(part))}, part...))
		s.must(err)
		sets = append(sets, set)
	}
	long := strings.Repeat(strings.Repeat("x", 63)+".", 3) + strings.Repeat("y", 255-2-13-3*64)
	sets = append(sets, zonefile.MustParseRRset(long+".example.com. 2147483647 A", "192.0.2.1"))
	for _, head := range []string{`a\.b.example.com. 0 A`, `*.example.com. 0 A`, `\*.sub.example.com. 0 A`, `\000.example.com. 0 A`, `'.example.com. 0 A`, `\".example.com. 0 A`} {
		sets = append(sets, zonefile.MustParseRRset(head, "192.0.2.1"))
	}
	sets = append(sets, zonefile.MustParseRRset("unknown.example.com. 1 TYPE65280", `\# 3 00ff00`), zonefile.MustParseRRset("none.example.com. 1 TYPE65281", `\# 0`))

	largest, err := zonefile.NewRRset(zonefile.Key{Name: example, Type: 65280}, 1, bytes.Repeat([]byte{0}, 1<<16-1))
	s.must(err)
	var many [][]byte
	for i := range 3000 {
		many = append(many, append([]byte{200}, bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 100)...))
	}
	huge, err := zonefile.NewRRset(zonefile.Key{Name: zonefile.MustParseName("huge.example.com."), Type: zonefile.TypeTXT}, 1, many...)
	s.must(err)
	return append(sets, largest, huge)
}
