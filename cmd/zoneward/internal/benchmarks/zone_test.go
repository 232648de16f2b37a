package benchmarks

import (
	"bufio"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

// rrset is an RRset as people write it.
type rrset struct {
	owner  string // relative to the origin
	ttl    int
	typ    string
	values []string
}

// zone is a zone of that many records beside the SOA and NS of its apex. The same zone has the same records in each run.
type zone struct {
	origin  string // without the last dot
	records int
	changed bool // one value or more differs in every hundredth RRset
}

const defaultTTL = 3600

// rrsets gives the RRsets in the order that people write them, all of one host after the other: 12 records in 8 RRsets, of which
// two have several records and three are alone at their name.
func (z zone) rrsets() iter.Seq[rrset] {
	return func(yield func(rrset) bool) {
		left, index := z.records, 0
		for host := 0; left > 0; host++ {
			for kind := range 8 {
				n := host
				if z.changed && index%100 == 50 {
					n++
				}
				index++
				set := hostRRset(kind, host, n)
				set.values = set.values[:min(len(set.values), left)]
				left -= len(set.values)
				if !yield(set) || left == 0 {
					return
				}
			}
		}
	}
}

// hostRRset returns one of the eight RRsets of a host. Its values are made of n.
func hostRRset(kind, host, n int) rrset {
	octet := n%254 + 1
	switch kind {
	case 0:
		return rrset{fmt.Sprintf("host%d", host), defaultTTL, "A", []string{fmt.Sprintf("192.0.2.%d", octet), fmt.Sprintf("198.51.100.%d", octet)}}
	case 1:
		return rrset{fmt.Sprintf("host%d", host), defaultTTL, "AAAA", []string{fmt.Sprintf("2001:db8::%x:%x", n>>16, n&0xffff)}}
	case 2:
		return rrset{fmt.Sprintf("host%d", host), 300, "MX", []string{fmt.Sprintf("10 mail%d.example.net.", n)}}
	case 3:
		return rrset{fmt.Sprintf("host%d", host), defaultTTL, "TXT", []string{fmt.Sprintf(`"v=spf1 ip4:192.0.2.%d include:_spf.example.net -all"`, octet)}}
	case 4:
		return rrset{fmt.Sprintf("www.host%d", host), defaultTTL, "CNAME", []string{fmt.Sprintf("host%d.example.net.", n)}}
	case 5:
		return rrset{fmt.Sprintf("sub%d", host), defaultTTL, "NS", []string{fmt.Sprintf("ns1.host%d.example.net.", n), fmt.Sprintf("ns2.host%d.example.net.", n)}}
	case 6:
		return rrset{fmt.Sprintf("api%d", host), 60, "A", []string{
			fmt.Sprintf("192.0.2.%d", octet), fmt.Sprintf("198.51.100.%d", octet), fmt.Sprintf("203.0.113.%d", octet),
		}}
	}
	return rrset{fmt.Sprintf("_sip._tcp.host%d", host), defaultTTL, "SRV", []string{fmt.Sprintf("0 5 5060 host%d.example.net.", n)}}
}

// apex is the SOA and NS that a server needs to load a zone: those of dnsserver.MasterFile.
const apex = "@ 300 IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 604800 300\n@ 300 IN NS ns.invalid.\n"

// writeBIND writes the zone as a master file, with the given lines first.
func (z zone) writeBIND(w *bufio.Writer, first string) {
	fmt.Fprintf(w, "$TTL %d\n%s", defaultTTL, first)
	before := ""
	for set := range z.rrsets() {
		for _, value := range set.values {
			owner, ttl := set.owner, ""
			if owner == before {
				owner = "" // of the line before, as people write it
			}
			before = set.owner
			if set.ttl != defaultTTL {
				ttl = fmt.Sprintf("%d\t", set.ttl)
			}
			fmt.Fprintf(w, "%s\t%sIN\t%s\t%s\n", owner, ttl, set.typ, value)
		}
	}
}

// writeYAML writes the zone as octoDNS has it.
func (z zone) writeYAML(w *bufio.Writer) {
	before := ""
	for set := range z.rrsets() {
		if set.owner != before {
			fmt.Fprintf(w, "%s:\n", set.owner)
			before = set.owner
		}
		fmt.Fprintf(w, "- type: %s\n  ttl: %d\n", set.typ, set.ttl)
		values := make([]string, len(set.values))
		for i, value := range set.values {
			values[i] = yamlValue(set.typ, value)
		}
		if set.typ == "CNAME" {
			fmt.Fprintf(w, "  value: %s\n", values[0])
		} else {
			fmt.Fprintf(w, "  values: [%s]\n", strings.Join(values, ", "))
		}
	}
}

func yamlValue(typ, value string) string {
	f := strings.Fields(value)
	switch typ {
	case "MX":
		return fmt.Sprintf("{preference: %s, exchange: %s}", f[0], f[1])
	case "SRV":
		return fmt.Sprintf("{priority: %s, weight: %s, port: %s, target: %s}", f[0], f[1], f[2], f[3])
	case "AAAA":
		return `"` + value + `"`
	}
	return value
}

// perUpdate is how many records nsupdate sends in one message: a message has at most 64 KiB.
const perUpdate = 500

// writeAdditions writes a script for nsupdate that adds all records.
func (z zone) writeAdditions(w *bufio.Writer) {
	n := 0
	for set := range z.rrsets() {
		for _, value := range set.values {
			fmt.Fprintf(w, "update add %s.%s. %d %s %s\n", set.owner, z.origin, set.ttl, set.typ, value)
			if n++; n%perUpdate == 0 {
				fmt.Fprintln(w, "send")
			}
		}
	}
	fmt.Fprintln(w, "send")
}

// writeChanges writes a script for nsupdate that turns the zone from unchanged to changed.
func (z zone) writeChanges(w *bufio.Writer) {
	z.changed = false
	next, stop := iter.Pull(z.rrsets())
	defer stop()
	z.changed = true
	n := 0
	for set := range z.rrsets() {
		if old, _ := next(); slices.Equal(old.values, set.values) {
			continue
		}
		fmt.Fprintf(w, "update delete %s.%s. %s\n", set.owner, z.origin, set.typ)
		for _, value := range set.values {
			fmt.Fprintf(w, "update add %s.%s. %d %s %s\n", set.owner, z.origin, set.ttl, set.typ, value)
		}
		if n++; n%(perUpdate/4) == 0 {
			fmt.Fprintln(w, "send")
		}
	}
	fmt.Fprintln(w, "send")
}

// create writes a file, in a folder that is made if it is not there, and returns its path.
func create(t testing.TB, file string, write func(*bufio.Writer)) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	write(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

// text returns what write writes.
func text(write func(*bufio.Writer)) string {
	var b strings.Builder
	w := bufio.NewWriter(&b)
	write(w)
	_ = w.Flush() // a Builder takes everything
	return b.String()
}

// text returns the zone as a master file that a server loads.
func (z zone) text() string { return text(func(w *bufio.Writer) { z.writeBIND(w, apex) }) }

// All forms of a zone are the same zone, and it has as many records and changes as the report says.
func TestZone(t *testing.T) {
	const records = 10_000
	origin := zonefile.MustParseName("example.com.")
	dir := t.TempDir()
	read := func(file string, z zone, write func(*bufio.Writer)) *zonefile.Zone {
		t.Helper()
		create(t, filepath.Join(dir, file), write)
		f, err := zonefile.Parse(os.DirFS(dir), file, zonefile.ParseOptions{Origin: origin})
		if err != nil || len(f.Problems) > 0 {
			t.Fatal(err, f.Problems)
		}
		return f.Zone
	}
	z := zone{origin: "example.com", records: records}
	fromBIND := read("example.com.zone", z, func(w *bufio.Writer) { z.writeBIND(w, "") })
	if got := fromBIND.Records(); got != records {
		t.Errorf("%d records, want %d", got, records)
	}
	if fromYAML := read("example.com.yaml", z, z.writeYAML); !fromYAML.Equal(fromBIND) {
		t.Error("the zone in YAML is another than in BIND's form")
	}
	z.changed = true
	changed := read("changed.zone", z, func(w *bufio.Writer) { z.writeBIND(w, "") })
	changes := len(slices.Collect(zonefile.Diff(fromBIND, changed)))
	if want := fromBIND.Len() / 100; changed.Len() != fromBIND.Len() || changes < want-1 || changes > want+1 {
		t.Errorf("%d of %d RRsets changed, want one in a hundred", changes, fromBIND.Len())
	}
}
