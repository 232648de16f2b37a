package zonefile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

func FuzzParseBIND(f *testing.F) {
	for _, dir := range []string{goodZones, badZones} {
		for _, pattern := range []string{"*.zone", "*.inc"} {
			paths, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				f.Fatal(err)
			}
			for _, path := range paths {
				text, err := os.ReadFile(path)
				if err != nil {
					f.Fatal(err)
				}
				f.Add(text)
			}
		}
	}
	limits := Limits{IncludeDepth: 3, Includes: 10, Generated: 100}
	f.Fuzz(func(t *testing.T, text []byte) {
		opts := BINDOptions{Origin: example, Limits: limits}
		fsys := fstest.MapFS{"zone": {Data: text}, "included.inc": {Data: text}, "empty.inc": {}}
		file, err := ParseBIND(fsys, "zone", opts)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range file.Problems {
			if p.Rule == "" || p.Message == "" || p.Position.File == "" || p.Severity != Error && p.Severity != Warning {
				t.Errorf("a problem that says too little: %#v", p)
			}
		}
		// What could be read is good data, whatever else there is.
		var out bytes.Buffer
		if err := FormatBIND(&out, file.Zone, FormatOptions{}); err != nil {
			t.Fatal(err)
		}
		again, err := ParseBIND(fstest.MapFS{"zone": {Data: out.Bytes()}}, "zone", opts)
		if err != nil {
			t.Fatal(err)
		}
		if !again.Zone.Equal(file.Zone) || again.Zone.Digest() != file.Zone.Digest() {
			t.Fatalf("FormatBIND does not give the zone back:\n%s", out.String())
		}
		if file.Err() == nil && again.Err() != nil {
			t.Fatalf("what FormatBIND wrote of a good zone is not: %v\n%s", again.Err(), out.String())
		}
	})
}

func FuzzParseRDATA(f *testing.F) {
	for _, file := range []string{"types.zone", "generic.zone"} {
		for s := range readGood(f, goodZones, file).All() {
			for _, text := range s.Text() {
				f.Add(uint16(s.Key.Type), text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, number uint16, text string) {
		typ := Type(number)
		rdata, err := ParseRDATA(typ, text, example)
		if err != nil {
			return
		}
		if canonical, err := canonicalRDATA(typ, rdata); err != nil || string(canonical) != string(rdata) {
			t.Fatalf("%s %s: %x is not canonical: %x, %v", typ, text, rdata, canonical, err)
		}
		out := FormatRDATA(typ, string(rdata))
		if again, err := ParseRDATA(typ, out, Name{}); err != nil || string(again) != string(rdata) {
			t.Fatalf("%s %s: written as %s, read as %x, %v; want %x", typ, text, out, again, err, rdata)
		}
	})
}

// Octets from the network are RDATA of a type, or are refused.
func FuzzCanonicalRDATA(f *testing.F) {
	for _, file := range []string{"types.zone", "generic.zone"} {
		for s := range readGood(f, goodZones, file).All() {
			for rdata := range s.RDATA() {
				f.Add(uint16(s.Key.Type), []byte(rdata))
			}
		}
	}
	f.Fuzz(func(t *testing.T, number uint16, raw []byte) {
		typ := Type(number)
		rdata, err := canonicalRDATA(typ, raw)
		if err != nil {
			return
		}
		text := FormatRDATA(typ, string(rdata))
		if again, err := ParseRDATA(typ, text, Name{}); err != nil || string(again) != string(rdata) {
			t.Fatalf("%s %s: read as %x, %v; want %x", typ, text, again, err, rdata)
		}
	})
}

// A line is read as the same, whether by way of its tokens or the fast way, and however much of the file is in memory.
func FuzzFastLines(f *testing.F) {
	for _, dir := range []string{goodZones, badZones} {
		for _, file := range zoneFiles(f, dir) {
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	for _, part := range fastParts[3] {
		for _, typ := range []string{"A", "AAAA", "MX", "TXT", "CNAME", "SRV"} {
			f.Add([]byte("$TTL 1\na " + typ + part + "\n\tIN 2 " + typ + part + " ; c\n"))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fsys := fstest.MapFS{"zone": {Data: text}, "included.inc": {Data: text}, "empty.inc": {}}
		compareWays(t, fsys, "zone", BINDOptions{Origin: example, Limits: Limits{IncludeDepth: 3, Includes: 10, Generated: 100}})
	})
}
