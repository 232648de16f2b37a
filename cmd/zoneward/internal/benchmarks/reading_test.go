package benchmarks

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// mixedText returns a master file of that many records, six of each host, each of another type.
func mixedText(records int) []byte {
	return []byte(text(func(w *bufio.Writer) {
		fmt.Fprintf(w, "$TTL %d\n%s", defaultTTL, apex)
		for i := range records {
			host := i / 6
			octet := host%254 + 1
			switch i % 6 {
			case 0:
				fmt.Fprintf(w, "host%d\tIN\tA\t192.0.2.%d\n", host, octet)
			case 1:
				fmt.Fprintf(w, "\tIN\tAAAA\t2001:db8::%x:%x\n", host>>16, host&0xffff)
			case 2:
				fmt.Fprintf(w, "\t300\tIN\tMX\t10 mail%d.example.net.\n", host)
			case 3:
				fmt.Fprintf(w, "\tIN\tTXT\t\"v=spf1 ip4:192.0.2.%d include:_spf.example.net -all\"\n", octet)
			case 4:
				fmt.Fprintf(w, "www.host%d\tIN\tCNAME\thost%[1]d\n", host)
			case 5:
				fmt.Fprintf(w, "_sip._tcp.host%d\tIN\tSRV\t0 5 5060 host%[1]d\n", host)
			}
		}
	}))
}

// alone runs something on one processor.
func alone(do func() error) func() error {
	return func() error {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		return do()
	}
}

// addMixed measures reading on one processor.
func addMixed(t *testing.T, r *report, sizes []size) {
	r.say("### One processor")
	r.say("A zone of A, AAAA, MX, TXT, CNAME and SRV in equal parts, six records a host, read by `ParseBIND` and by miekg/dns's `ZoneParser` in a process that has one processor (`GOMAXPROCS=1`), its garbage collector included. `ParseBIND` returns the zone checked and sorted, with the place of each RRset; `ZoneParser` keeps nothing.")
	var rows [][]string
	for _, size := range sizes {
		text := mixedText(size.records)
		all := inTurn(t, size.rounds,
			subject{name: "`ParseBIND`", run: inProcess(alone(func() error { _, err := parse(text); return err }))},
			subject{name: "miekg/dns `ZoneParser`", run: inProcess(alone(func() error { return parseMiekg(text, func(dns.RR) {}) }))},
		)
		for _, s := range all {
			rows = append(rows, []string{whole(size.records), s.name, s.seconds(cpu), rate(size.records, s.median(cpu)), all[1].against(s, cpu)})
		}
	}
	r.table("rlrrl", []string{"records", "", "CPU s", "records/s", "times as fast as `ZoneParser`"}, rows)
}

// rate returns how many of something were done in a second.
func rate(n int, seconds float64) string {
	if seconds <= 0 {
		return none
	}
	return whole(int(float64(n)/seconds/1000) * 1000)
}

// smallZone is a zone as many are: the apex with its mail, and some names.
const smallZone = `$TTL 3600
@ IN SOA ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300
@ IN NS ns1.example.net.
@ IN NS ns2.example.net.
@ IN A 192.0.2.1
@ IN AAAA 2001:db8::1
@ 300 IN MX 10 mail
@ IN TXT "v=spf1 mx -all"
www IN CNAME @
mail IN A 192.0.2.2
_dmarc IN TXT "v=DMARC1; p=reject"
_sip._tcp IN SRV 0 5 5060 sip
sip IN A 192.0.2.3
`

// addSmall measures reading many small zones.
func addSmall(t *testing.T, r *report, zones, rounds int) {
	dir := t.TempDir()
	files, origins := make([]string, zones), make([]zonefile.Name, zones)
	for i := range zones {
		files[i] = fmt.Sprintf("zone%d.example.zone", i)
		origins[i] = zonefile.MustParseName(strings.TrimSuffix(files[i], "zone"))
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(smallZone), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	ours := func(i int) error {
		f, err := zonefile.ParseBIND(root.FS(), files[i], zonefile.BINDOptions{Origin: origins[i]})
		if err != nil {
			return err
		}
		return f.Err()
	}
	theirs := func(i int) error {
		text, err := fs.ReadFile(root.FS(), files[i])
		if err != nil {
			return err
		}
		zp := dns.NewZoneParser(strings.NewReader(string(text)), origins[i].String(), files[i])
		for _, ok := zp.Next(); ok; _, ok = zp.Next() {
		}
		return zp.Err()
	}
	all := inTurn(t, rounds,
		subject{name: "`ParseBIND`", run: inProcess(func() error { return each(zones, ours) })},
		subject{name: "miekg/dns `ZoneParser`", run: inProcess(func() error { return each(zones, theirs) })},
	)
	var rows [][]string
	for _, s := range all {
		rows = append(rows, []string{s.name, s.seconds(wall), rate(zones, s.median(wall)), all[1].against(s, wall)})
	}
	r.say("### Small zones")
	r.say("%s zones of 12 records, each in its file, read in one process on %d processors. The files are in the system's cache.", whole(zones), runtime.GOMAXPROCS(0))
	r.table("lrrl", []string{"", "wall s", "zones/s", "times as fast as `ZoneParser`"}, rows)
}

// each does something for each of so many indexes, on all processors, and returns an error if there was one.
func each(n int, do func(i int) error) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// What is measured is what the report says: all records of the zones are there.
func TestMixedText(t *testing.T) {
	f, err := parse(mixedText(1000))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Zone.Records(); got != 1002 || len(f.Problems) > 0 {
		t.Errorf("%d records, want 1000 beside SOA and NS; problems: %v", got, f.Problems)
	}
}
