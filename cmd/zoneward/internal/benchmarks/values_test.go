package benchmarks

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// inProcess returns what runs do and tells what it used. The garbage of what came before is not its own.
func inProcess(do func() error) func() (usage, error) {
	return func() (usage, error) {
		runtime.GC()
		began, before := time.Now(), ownCPU()
		err := do()
		return usage{Wall: time.Since(began), CPU: ownCPU() - before}, err
	}
}

// parse reads a master file.
func parse(text []byte) (*zonefile.File, error) {
	f, err := zonefile.ParseBIND(fstest.MapFS{"zone": {Data: text}}, "zone", zonefile.BINDOptions{Origin: zonefile.MustParseName("example.com.")})
	if err != nil {
		return nil, err
	}
	return f, f.Err()
}

// parseMiekg reads a master file with miekg/dns, and gives each record to keep.
func parseMiekg(text []byte, keep func(dns.RR)) error {
	zp := dns.NewZoneParser(strings.NewReader(string(text)), "example.com.", "zone")
	for rr, ok := zp.Next(); ok; rr, ok = zp.Next() {
		keep(rr)
	}
	return zp.Err()
}

// kept returns how many octets of the heap what do returns stands for.
func kept[T any](do func() (T, error)) (int64, error) {
	heap := func() int64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.GC() // the first one puts what pools hold where the second finds it
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	before := heap()
	value, err := do()
	after := heap()
	runtime.KeepAlive(value)
	return after - before, err
}

// octetsKept returns the row of the table of what is kept of a zone. It is called while little else is on the heap, whose end would count.
func octetsKept(t *testing.T, text []byte, records int) []string {
	t.Helper()
	perRecord := func(octets int64, err error) float64 {
		if err != nil {
			t.Fatal(err)
		}
		return float64(octets) / float64(records)
	}
	file := perRecord(kept(func() (*zonefile.File, error) { return parse(text) }))
	alone := perRecord(kept(func() (*zonefile.Zone, error) {
		f, err := parse(text)
		if err != nil {
			return nil, err
		}
		return f.Zone, nil
	}))
	rrs := perRecord(kept(func() (rrs []dns.RR, err error) {
		err = parseMiekg(text, func(rr dns.RR) { rrs = append(rrs, rr) })
		return slices.Clone(rrs), err // without the room that append leaves
	}))
	return []string{whole(records), number(float64(len(text)) / float64(records)), number(alone), number(file), number(rrs), number(file / rrs)}
}

// addValues measures package zonefile beside miekg/dns, the library that Go programs read zones with.
func addValues(t *testing.T, r *report, sizes []size) {
	var rows, memory [][]string
	for _, size := range sizes {
		z := zone{origin: "example.com", records: size.records}
		text := []byte(z.text())
		memory = append(memory, octetsKept(t, text, size.records))
		z.changed = true
		changedText := []byte(z.text())
		row := func(s, reference series, of string) {
			rows = append(rows, []string{whole(size.records), s.name, s.seconds(cpu), s.seconds(wall), rate(size.records, s.median(wall)), s.against(reference, cpu), of})
		}

		base, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		changed, err := parse(changedText)
		if err != nil {
			t.Fatal(err)
		}
		same := base.Zone.Clone()
		var records []dns.RR
		if err := parseMiekg(text, func(rr dns.RR) { records = append(records, rr) }); err != nil {
			t.Fatal(err)
		}
		diff := func(to *zonefile.Zone, least, most int) func() error {
			return func() error {
				if n := len(slices.Collect(zonefile.Diff(base.Zone, to))); n < least || n > most {
					return fmt.Errorf("%d changes, want %d to %d", n, least, most)
				}
				return nil
			}
		}
		all := inTurn(t, size.rounds,
			subject{name: "`ParseBIND`", run: inProcess(func() error { _, err := parse(text); return err })},
			subject{name: "miekg/dns `ZoneParser`, keeping nothing", run: inProcess(func() error { return parseMiekg(text, func(dns.RR) {}) })},
			subject{name: "`FormatBIND`", run: inProcess(func() error { return zonefile.FormatBIND(io.Discard, base.Zone, zonefile.FormatOptions{}) })},
			subject{name: "miekg/dns `RR.String` of all records", run: inProcess(func() error {
				for _, rr := range records {
					if _, err := io.WriteString(io.Discard, rr.String()); err != nil {
						return err
					}
				}
				return nil
			})},
			subject{name: "`Diff`, no change", run: inProcess(diff(same, 0, 0))},
			subject{name: "`Diff`, 1 % changed", run: inProcess(diff(changed.Zone, 1, base.Zone.Len()/100+1))},
		)
		row(all[0], all[1], "`ZoneParser`")
		row(all[1], series{}, "")
		row(all[2], all[3], "`RR.String`")
		row(all[3], series{}, "")
		row(all[4], all[1], "`ZoneParser`")
		row(all[5], all[1], "`ZoneParser`")
	}
	r.say("## Package zonefile, in one process")
	r.say("Over the same octets in the same process as miekg/dns, the library that Go programs read zones with. `ParseBIND` checks the zone, sorts it, and keeps it with the place of each RRset, where `ZoneParser` gave one record after the other to nobody. Two values are compared by `Diff`; miekg/dns has nothing for that, so the time of reading one of them stands beside it.")
	r.table("rlrrrll", []string{"records", "", "CPU s", "wall s", "records/s", "CPU ratio", "to"}, rows)
	r.say("### Octets a record")
	r.say("What stays on the heap after a collection, divided by the records: the zone, the file that it was read from (the zone with the positions), and the records that miekg/dns makes of the same text, in a slice.")
	r.table("rrrrrr", []string{"records", "text", "`Zone`", "`File`", "`[]dns.RR`", "`File` ÷ `[]dns.RR`"}, memory)
}
