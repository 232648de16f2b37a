package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/zonefmt"
)

// liveZone returns a zone with an SOA, NS and what else is given.
func liveZone(t *testing.T, origin string, sets ...zonefile.RRset) *zonefile.Zone {
	t.Helper()
	zone, err := zonefile.ZoneOf(zonefile.MustParseName(origin), slices.Concat([]zonefile.RRset{
		zonefile.MustParseRRset(origin+" 300 SOA", "ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300"),
		zonefile.MustParseRRset(origin+" 300 NS", "ns1.example.net.", "ns2.example.net."),
	}, sets)...)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// importer returns one that imports from a fake.
func importer(p providers.ZoneProvider) zoneImporter {
	return zoneImporter{provider: "live", target: reconcile.NewTarget(p, "memory"), format: formatBIND, policy: reconcile.DefaultPolicy()}
}

// TestImportArranges: what a file does not state is in its comments, or told.
func TestImportArranges(t *testing.T) {
	const origin = "example.com."
	www := zonefile.MustParseRRset("www.example.com. 30 A", "192.0.2.1")
	for _, test := range []struct {
		name    string
		options []memory.Option
		set     func(*memory.Provider)
		soa     bool
		in, out []string // of the text
		// Of what is told, how it begins.
		notes, refusals []string
	}{
		{name: "an SOA that can be set", in: []string{"; Left as it is, since its serial is the provider's, until the file states it: SOA 300 ns1.example.net.", "\n@ 300 IN NS ns1.example.net.\n"}, out: []string{"IN SOA"}},
		{name: "and is wanted", soa: true, in: []string{"IN SOA ns1.example.net. hostmaster.example.net. 1 "}, out: []string{"Left"}},
		{
			name: "what cannot be set", options: []memory.Option{memory.WithTraits(providers.Traits{})}, soa: true,
			in:    []string{"; Left as it is, since live does not let it be set: SOA 300 ", "; Left as it is, since live does not let it be set: NS 300 ns1.example.net., ns2.example.net."},
			out:   []string{"IN SOA", "IN NS"},
			notes: []string{"example.com. on live: the SOA is not stated, since live does not let it be set"},
		},
		{
			name: "what is hidden, and what the server makes",
			set: func(p *memory.Provider) {
				p.Hide(www.Key.Name.Parent(), zonefile.MustParseRRset("old.example.com. 60 TXT", `"x\010evil A 192.0.2.66"`))
				p.SetForeign(www.Key.Name.Parent(), zonefile.MustParseRRset("example.com. 60 CDS", "12345 13 2 8a9a70596e869bed72c69d97a8895dfad86a10df8d5e5b0d61bb9e6d4e85c2f4"),
					zonefile.MustParseRRset("example.com. 60 DNSKEY", "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="))
			},
			options: []memory.Option{memory.WithTraits(providers.Traits{SOAWritable: true, ApexNSWritable: true, CanDisable: true})},
			in: []string{
				"\n; Not in this file: disabled at live, and not served\n;   old.example.com. 60 TXT \"x\\010evil A 192.0.2.66\"\n",
				"\n; Not in this file: made by the server of live, or in a form that cannot be written\n;   example.com. 60 CDS ", "; Left to the server that signs: DNSKEY (1)\n",
			},
			notes: []string{
				"example.com. on live: 1 record is in comments alone: disabled at live, and not served",
				"example.com. on live: 1 record is in comments alone: made by the server of live, or in a form that cannot be written",
			},
		},
		{
			name: "properties", options: []memory.Option{memory.WithProperties(memory.Property{Name: "description"})},
			set: func(p *memory.Provider) {
				p.SetProperties(www.Key.Name.Parent(), map[string]string{"description": "x\nevil A 192.0.2.66"})
			},
			in: []string{"\n; Property of the zone there, which no zone file has: description: \"x\\nevil A 192.0.2.66\"\n"},
		},
		{
			name: "a TTL that is moved", options: []memory.Option{memory.WithTraits(providers.Traits{SOAWritable: true, ApexNSWritable: true, MinTTL: 60})},
			in:    []string{"\nwww IN A 192.0.2.1\n"},
			notes: []string{"example.com. on live: www.example.com. A is stated as it is there, and a plan changes it to what live makes of it: 60 192.0.2.1"},
		},
		{
			name: "a type that cannot be put there", options: []memory.Option{memory.WithTraits(providers.Traits{SOAWritable: true, ApexNSWritable: true, Types: []zonefile.Type{zonefile.TypeNS, zonefile.TypeSOA}})},
			in: []string{
				"\nwww IN A 192.0.2.1\n", "\n; No plan is made of the zone as long as this is in it, since live has it and does not take it: www.example.com. A: ",
			},
			refusals: []string{"www.example.com. A is stated, and cannot be put there again: "},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := memory.New(test.options...)
			p.AddZone(liveZone(t, origin, www))
			if test.set != nil {
				test.set(p)
			}
			i := importer(p)
			i.soa = test.soa
			zone := importedZone{ref: i.ref(www.Key.Name.Parent()), file: "example.com.zone"}
			if i.read(t.Context(), &zone); zone.err != nil {
				t.Fatal(zone.err)
			}
			narrow := func(text string) string { return regexp.MustCompile("  +").ReplaceAllString(text, " ") }
			text := narrow(zone.text)
			for _, want := range test.in {
				if !strings.Contains(text, narrow(want)) {
					t.Errorf("%q is not in\n%s", want, zone.text)
				}
			}
			for _, unwanted := range test.out {
				if strings.Contains(text, unwanted) {
					t.Errorf("%q is in\n%s", unwanted, zone.text)
				}
			}
			if len(zone.notes) != len(test.notes) || !slices.EqualFunc(zone.notes, test.notes, strings.HasPrefix) {
				t.Errorf("notes (-got +want):\n%s", cmp.Diff(zone.notes, test.notes))
			}
			if !slices.EqualFunc(zone.refusals, test.refusals, strings.HasPrefix) {
				t.Errorf("refusals (-got +want):\n%s", cmp.Diff(zone.refusals, test.refusals))
			}
			if formatted, err := zonefmt.BIND(zone.text, zonefmt.Options{}); err != nil || formatted != zone.text {
				t.Errorf("it is not as fmt leaves it (-got +want):\n%s\n%v", cmp.Diff(zone.text, formatted), err)
			}
			if strings.Contains(zone.text, "\nevil") || len(zone.refused()) > 0 {
				t.Errorf("problems %v of\n%s", zone.problems, zone.text)
			}
		})
	}
}

// manyZones returns a fake with so many zones, and their names in order.
func manyZones(t *testing.T, n int) (*memory.Provider, []zonefile.Name) {
	t.Helper()
	p := memory.New()
	var origins []zonefile.Name
	for i := range n {
		origin := fmt.Sprintf("zone%d.example.", i)
		origins = append(origins, zonefile.MustParseName(origin))
		p.AddZone(liveZone(t, origin, zonefile.MustParseRRset("www."+origin+" 300 A", "192.0.2.1")))
	}
	slices.SortFunc(origins, zonefile.Name.Compare)
	return p, origins
}

// importInto imports zones into a folder.
func importInto(ctx context.Context, t *testing.T, p providers.ZoneProvider, origins []zonefile.Name, dir string) importReport {
	t.Helper()
	folder, err := openZoneFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.close()
	progress := env{stderr: newOutput(io.Discard), lookup: func(string) (string, bool) { return "", false }}.progress("importing")
	defer progress.done()
	var told importReport
	importer(p).each(ctx, origins, folder, progress, &told)
	if total, ended := progress.counts(); total != len(origins) || ended != len(origins) {
		t.Errorf("progress has %d of %d zones, want all %d", ended, total, len(origins))
	}
	return told
}

// filesIn returns the names of the files in a folder.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// TestImportMany: some zones that cannot be read keep none of the others from being written, whole.
func TestImportMany(t *testing.T) {
	const n, broken = 1000, 7
	p, origins := manyZones(t, n)
	for range broken {
		p.FailNext(providers.OperationFetch, errors.New("the connection was lost"))
	}
	dir := t.TempDir()
	told := importInto(t.Context(), t, p, origins, dir)
	if !told.failed || len(told.results) != n-broken || len(told.messages) != broken || told.ruleless != n-broken {
		t.Errorf("failed %t, %d results, %d messages, %d without a rule", told.failed, len(told.results), len(told.messages), told.ruleless)
	}
	files := filesIn(t, dir)
	if len(files) != n-broken {
		t.Errorf("%d files, want %d", len(files), n-broken)
	}
	for _, file := range files {
		if origin, ok := zonefile.OriginOf(file); !ok || !slices.Contains(origins, origin) {
			t.Errorf("the file %s is of no zone", file)
		}
	}
	if text := readFile(t, filepath.Join(dir, files[0])); !strings.HasSuffix(text, " 192.0.2.1\n") {
		t.Errorf("the first is\n%s", text)
	}
}

// TestImportInterrupted: what was begun is whole, and nothing is said of the rest.
func TestImportInterrupted(t *testing.T) {
	p, origins := manyZones(t, 200)
	ctx, cancel := context.WithCancel(t.Context())
	p.Inject(providers.OperationFetch, make([]memory.Fault, 50)...)
	p.Inject(providers.OperationFetch, memory.Fault{Before: cancel})
	dir := t.TempDir()
	told := importInto(ctx, t, p, origins, dir)
	if len(told.messages) > 0 || len(told.results) == 0 || len(told.results) >= len(origins)/2 {
		t.Errorf("%d results, messages %q", len(told.results), told.messages)
	}
	for _, file := range filesIn(t, dir) {
		if strings.HasPrefix(file, ".") || !strings.Contains(readFile(t, filepath.Join(dir, file)), "192.0.2.1\n") {
			t.Errorf("%s is not whole", file)
		}
	}
}

// TestImportWhatIsRefused: what a server serves and no file may state is written, and is an error.
func TestImportWhatIsRefused(t *testing.T) {
	p := memory.New()
	origin := zonefile.MustParseName("example.com.")
	p.AddZone(liveZone(t, "example.com.", zonefile.MustParseRRset("www.example.com. 60 A", "192.0.2.1"), zonefile.MustParseRRset("www.example.com. 60 CNAME", "x.example.net.")))
	dir := t.TempDir()
	told := importInto(t.Context(), t, p, []zonefile.Name{origin}, dir)
	if !told.failed || len(told.messages) != 1 || !strings.Contains(told.messages[0], "example.com.zone:") || !strings.Contains(told.messages[0], "CNAME") {
		t.Errorf("messages %q", told.messages)
	}
	if files := filesIn(t, dir); !slices.Equal(files, []string{"example.com.zone"}) {
		t.Errorf("files %s", files)
	}
}

// TestImportTellsManyRefusals: to copy what was said before with each line takes minutes.
func TestImportTellsManyRefusals(t *testing.T) {
	const n = 200_000
	var told importReport
	told.add("", importedZone{file: "example.com.zone", refusals: slices.Repeat([]string{"a.example.com. ALIAS is stated, and cannot be put there again"}, n)})
	if !told.failed || len(told.messages) != 1 || strings.Count(told.messages[0], "\n") != n || strings.HasSuffix(told.messages[0], "\n") {
		t.Errorf("%d messages, failed %t", len(told.messages), told.failed)
	}
}

// TestZoneFolder: a file that comes in between is not overwritten, and what an import left that was killed is in nobody's way.
func TestZoneFolder(t *testing.T) {
	dir := t.TempDir()
	folder, err := openZoneFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.close()
	if err := os.WriteFile(filepath.Join(dir, ".a.zone.import"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", filepath.Join(dir, "a.zone") + " is there already, and no file is overwritten"} {
		_, err := folder.write(importedZone{file: "a.zone", text: fmt.Sprint(i)})
		if got := fmt.Sprint(err); (err == nil) != (want == "") || err != nil && got != want {
			t.Errorf("write %d: %v, want %q", i, err, want)
		}
	}
	if got := readFile(t, filepath.Join(dir, "a.zone")); got != "0" {
		t.Errorf("it has %q", got)
	}
	if files := filesIn(t, dir); !slices.Equal(files, []string{"a.zone"}) {
		t.Errorf("files %s", files)
	}
}

// TestDocumentedImport imports the first zone of docs/importing.md, and gets the second.
func TestDocumentedImport(t *testing.T) {
	blocks := codeBlocks(readFile(t, root+"/docs/importing.md"), "zone")
	if len(blocks) != 2 {
		t.Fatalf("%d zones on the page, want 2", len(blocks))
	}
	origin, file := zonefile.MustParseName("example.com."), "example.com.zone"
	live, err := zonefile.Parse(zonefile.OneFile(file, blocks[0].text), file, zonefile.ParseOptions{Origin: origin})
	if err != nil || live.Err() != nil {
		t.Fatal(err, live.Err())
	}
	p := memory.New()
	p.AddZone(live.Zone)
	i := importer(p)
	i.provider = "pdns"
	zone := importedZone{ref: i.ref(origin), file: file}
	if i.read(t.Context(), &zone); zone.err != nil {
		t.Fatal(zone.err)
	}
	if diff := cmp.Diff(zone.text, blocks[1].text); diff != "" {
		t.Errorf("(-got +want):\n%s\n%s", diff, zone.text)
	}
}

// TestZonesToImport: what is in the zones repository already is left out unless it is named, and secondary zones are.
func TestZonesToImport(t *testing.T) {
	p := memory.New()
	for _, origin := range []string{"b.example.", "a.example.", "known.example."} {
		p.AddZone(liveZone(t, origin))
	}
	p.AddSecondary(liveZone(t, "secondary.example."))
	known := map[zonefile.Name]string{zonefile.MustParseName("known.example."): "zones/known.example.zone"}
	for _, test := range []struct {
		name              string
		only, want, notes []string
	}{
		{"all", nil, []string{"a.example.", "b.example."}, []string{
			"known.example. has the file zones/known.example.zone in the zones repository already, and is left out; --zone names it",
			"1 secondary zone is left out, whose content comes from another server: secondary.example.",
		}},
		{"named", []string{"known.example.", "b.example.", "b.example."}, []string{"b.example.", "known.example."}, []string{
			"known.example. has the file zones/known.example.zone in the zones repository already",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var w workspace
			for _, name := range test.only {
				w.only.Zones = append(w.only.Zones, zonefile.MustParseName(name))
			}
			var told importReport
			origins, err := (&common{}).zonesToImport(t.Context(), &w, p, importFlags{provider: "live"}, known, &told)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, origin := range origins {
				got = append(got, origin.String())
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("zones (-got +want):\n%s", diff)
			}
			for i := range test.notes {
				test.notes[i] = "note: " + test.notes[i]
			}
			if diff := cmp.Diff(told.messages, test.notes); diff != "" {
				t.Errorf("notes (-got +want):\n%s", diff)
			}
		})
	}
}

// TestImportNames: whatever a zone is called, its file is that zone's by its name, and stays in the folder.
func TestImportNames(t *testing.T) {
	p, dir := memory.New(), t.TempDir()
	var origins []zonefile.Name
	for _, name := range []string{`.`, `a\010b\;c.example.`, `\.\.\047etc.example.`, "0/25.2.0.192.in-addr.arpa.", "xn--bcher-kva.example.", "_tcp.example."} {
		origin := zonefile.MustParseName(name)
		origins = append(origins, origin)
		p.AddZone(liveZone(t, origin.String()))
	}
	slices.SortFunc(origins, zonefile.Name.Compare)
	told := importInto(t.Context(), t, p, origins, dir)
	if told.failed || len(told.results) != 6 {
		t.Errorf("messages %q, results %q", told.messages, told.results)
	}
	var got []zonefile.Name
	for _, file := range filesIn(t, dir) {
		origin, _ := zonefile.OriginOf(file)
		got = append(got, origin)
	}
	slices.SortFunc(got, zonefile.Name.Compare)
	if !slices.Equal(got, origins) {
		t.Errorf("files of %v, want %v", got, origins)
	}
}
