package zonedir_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/zonedir"
	"github.com/zoneward/zoneward/zonefile"
)

// TestNameServersWithin shows that what is refused without a check command is what BIND refuses to load.
func TestNameServersWithin(t *testing.T) {
	for name, test := range map[string]struct {
		records string
		refused string
	}{
		"address":                       {"@ 60 NS ns1\nns1 60 A 192.0.2.1", ""},
		"IPv6 address":                  {"@ 60 NS ns1\nns1 60 AAAA 2001:db8::1", ""},
		"the apex":                      {"@ 60 NS @\n@ 60 A 192.0.2.1", ""},
		"the apex without an address":   {"@ 60 NS @", "the name server example.com. of the zone is in the zone, and has no address"},
		"no address":                    {"@ 60 NS ns1\n@ 60 NS ns2\nns2 60 A 192.0.2.1", "the name server ns1.example.com. of the zone is in the zone, and has no address"},
		"other data":                    {"@ 60 NS ns1\nns1 60 TXT x", "the name server ns1.example.com. of the zone is in the zone, and has no address"},
		"CNAME":                         {"@ 60 NS ns1\nns1 60 CNAME x.invalid.", "ns1.example.com. of the zone is an alias, by the CNAME at ns1.example.com."},
		"wildcard":                      {"@ 60 NS ns1\n* 60 A 192.0.2.1", ""},
		"wildcard that does not get to": {"@ 60 NS ns1\n* 60 A 192.0.2.1\na.ns1 60 A 192.0.2.1", "ns1.example.com. of the zone is in the zone, and has no address"},
		"wildcard CNAME":                {"@ 60 NS a.ns1\n* 60 CNAME x.invalid.", "a.ns1.example.com. of the zone is an alias, by the CNAME at *.example.com."},
		"below a zone cut":              {"@ 60 NS a.sub\nsub 60 NS ns.invalid.", ""},
		"below a DNAME":                 {"@ 60 NS a.sub\nsub 60 DNAME x.invalid.", "a.sub.example.com. of the zone is below the DNAME at sub.example.com."},
	} {
		t.Run(name, func(t *testing.T) {
			e := newExample(t)
			p := open(t, zonedir.Options{Directory: e.directory})
			base := fetch(t, p, "example.com.")
			origin := base.Zone.Origin()
			soa := get(t, base.Zone, "example.com. SOA")
			desired := zoneOf(t, origin, []string{"$ORIGIN example.com.", soa.String(), test.records})
			var changes []zonefile.Change
			for c := range zonefile.Diff(base.Zone, desired) {
				changes = append(changes, c)
			}
			batch := providers.NewBatch(base, changes)

			file := filepath.Join(t.TempDir(), "zone")
			write(t, file, "$ORIGIN example.com.\n"+soa.String()+"\n"+test.records+"\n")
			output, err := exec.CommandContext(t.Context(), dnsserver.Program(t, "named-checkzone"), "example.com", file).CombinedOutput()
			if refused := err != nil; refused != (test.refused != "") {
				t.Errorf("named-checkzone: %v, want refused: %t\n%s", err, test.refused != "", output)
			}
			if test.refused == "" {
				apply(t, p, batch)
				return
			}
			e.refuse(t, p, batch, providers.ErrInvalid, test.refused, "in the NS at the apex")
		})
	}
}

// TestCreateZoneWithServersWithin shows that a zone can be made whose name servers get their addresses by the first batch. No server would
// load the file in between, so neither command sees it.
func TestCreateZoneWithServersWithin(t *testing.T) {
	d := t.TempDir()
	log := filepath.Join(t.TempDir(), "log")
	write(t, log, "")
	p := open(t, zonedir.Options{
		Directory: d, Serial: zonedir.Increment,
		Check:  []string{dnsserver.Program(t, "named-checkzone"), "{origin}", "{file}"},
		Reload: sh(`echo reload >>"$1"`, log),
	})
	spec := providers.ZoneSpec{Origin: zonefile.MustParseName("example.com."), Apex: []zonefile.RRset{
		zonefile.MustParseRRset("example.com. 60 NS", "ns1.example.com."),
	}}
	if err := p.CreateZone(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	if got := read(t, log); got != "" {
		t.Errorf("the server was told of a zone that it cannot load: %q", got)
	}
	e := example{d, filepath.Join(d, "example.com.zone")}
	e.refuse(t, p, put(fetch(t, p, "example.com."), address), providers.ErrInvalid, "ns1.example.com.", "has no address")
	apply(t, p, put(fetch(t, p, "example.com."), zonefile.MustParseRRset("ns1.example.com. 300 A", "192.0.2.1")))
	if got := read(t, log); got != "reload\n" {
		t.Errorf("the server was told %q", got)
	}
}

// TestCNAMEBesideOtherData shows that the refusal of what a lenient zone may say is one that tells what to do.
func TestCNAMEBesideOtherData(t *testing.T) {
	e := newExample(t)
	p := open(t, zonedir.Options{Directory: e.directory})
	alias := zonefile.MustParseRRset("www.example.com. 300 CNAME", "a.invalid.")
	base := fetch(t, p, "example.com.")
	batch := providers.NewBatch(base, []zonefile.Change{{New: &address}, {New: &alias}})
	e.refuse(t, p, batch, providers.ErrInvalid, "lenient does not change that", "take out the CNAME, or the data beside it", "www CNAME: other data at the same name: A")
}

// TestNormalizeRefusesWhatNoServerLoads shows that what is wrong with an RRset by itself is found when the plan is made, lenient or not.
func TestNormalizeRefusesWhatNoServerLoads(t *testing.T) {
	p := open(t, zonedir.Options{Directory: "d"})
	for key, values := range map[string]string{
		"www.example.com. 60 CNAME": "a.invalid. b.invalid.",
		"www.example.com. 60 DNAME": "a.invalid. b.invalid.",
		"*.example.com. 60 NS":      "a.invalid.",
	} {
		_, err := p.Normalize(zonefile.MustParseRRset(key, strings.Fields(values)...))
		wants(t, err, providers.ErrUnsupported, strings.Fields(key)[0])
	}
	for key, values := range map[string]string{
		"www.example.com. 60 CNAME": "a.invalid.",
		"*.example.com. 60 CNAME":   "a.invalid.",
		"www.example.com. 60 NS":    "a.invalid. b.invalid.",
	} {
		if _, err := p.Normalize(zonefile.MustParseRRset(key, strings.Fields(values)...)); err != nil {
			t.Error(err)
		}
	}
}
