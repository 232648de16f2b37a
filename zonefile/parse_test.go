package zonefile

import (
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

func TestParseChoosesTheFormat(t *testing.T) {
	bind := &fstest.MapFile{Data: []byte("$TTL 60\nwww A 192.0.2.1\n")}
	yaml := &fstest.MapFile{Data: []byte("www: {type: A, value: 192.0.2.1}\n")}
	fsys := fstest.MapFS{
		"example.com.zone": bind, "db.example.com": bind, "deep/example.com.ZONE": bind,
		"example.com.yaml": yaml, "example.com.YML": yaml, "deep/example.com./www.yaml": yaml, "any/dir/www.yaml": yaml,
	}
	want := MustParseRRset("www.example.com. 60 A", "192.0.2.1")
	for _, file := range []string{"example.com.zone", "db.example.com", "deep/example.com.ZONE", "example.com.yaml", "example.com.YML", "deep/example.com."} {
		f, err := Parse(fsys, file, ParseOptions{Origin: example, DefaultTTL: 60})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := f.Zone.Get(want.Key); got != want || len(f.Problems) > 0 {
			t.Errorf("%s: got %s, problems %v; want %s", file, got, f.Problems, want)
		}
	}
	if _, err := Parse(fsys, "any/dir", ParseOptions{Origin: example}); err == nil {
		t.Error("a directory without a dot at the end of its name was read as a zone")
	}
}

func TestOriginOf(t *testing.T) {
	tests := []struct{ file, want string }{
		{"example.com.zone", "example.com."},
		{"zones/deep/Example.COM.zone", "example.com."},
		{"example.com.yaml", "example.com."},
		{"example.com.yml", "example.com."},
		{"example.com..yaml", "example.com."},
		{"zones/example.com.", "example.com."},
		{"zones/example.com./", "example.com."},
		{"com.zone", "com."},
		{"lan.", "lan."},
		{"@.zone", "."},
		{"bücher.example.yaml", "xn--bcher-kva.example."},
		{"xn--bcher-kva.example.yaml", "xn--bcher-kva.example."},
		{"bücher.example.", "xn--bcher-kva.example."},
		{"2.0.192.in-addr.arpa.zone", "2.0.192.in-addr.arpa."},
		{"0_25.2.0.192.in-addr.arpa.yaml", "0/25.2.0.192.in-addr.arpa."},
		{"0%5F25.2.0.192.in-addr.arpa.yaml", "0_25.2.0.192.in-addr.arpa."},
		{"a_25.2.0.192.in-addr.arpa.zone", "a_25.2.0.192.in-addr.arpa."},
		{"0_25.example.com.zone", "0_25.example.com."},
		{"_msdcs.example.com.zone", "_msdcs.example.com."},
		{"a%2fb.example.zone", "a/b.example."},
		{"example.com.ZONE", "example.com."},

		{"production.yaml", ""}, // octoDNS's configuration
		{"example.domain.yaml", ""},
		{"example.domain.zone", "example.domain."},
		{"example.com./www.yaml", ""},
		{"example.com./www.example.com.zone", ""},
		{"$example.com.yaml", ""},
		{".example.com.zone", ""},
		{".zone", ""},
		{".yaml", ""},
		{"", ""},
		{".", ""},
		{"..", ""},
		{"zones/..", ""},
		{"../example.com.zone", "example.com."},
		{"example.com", ""},
		{"example.com.txt", ""},
		{"a..b.zone", ""},
		{"a b.example.zone", ""},
		{`a\b.example.zone`, ""},
		{"a%2.zone", ""},
		{"a%+1.zone", ""},
		{strings.Repeat("a", 64) + ".example.zone", ""},
	}
	for _, test := range tests {
		got, ok := OriginOf(test.file)
		if ok != (test.want != "") || ok && got.String() != test.want {
			t.Errorf("OriginOf(%q) = %s, %v; want %q", test.file, got, ok, test.want)
		}
	}
}

func TestFileName(t *testing.T) {
	tests := []struct{ origin, want string }{
		{"example.com.", "example.com"},
		{".", "@"},
		{`\@.`, "%40"},
		{`\..`, "%2E"},
		{`\.\..`, "%2E%2E"},
		{"0/25.2.0.192.in-addr.arpa.", "0_25.2.0.192.in-addr.arpa"},
		{"0_25.2.0.192.in-addr.arpa.", "0%5F25.2.0.192.in-addr.arpa"},
		{"a/b.2.0.192.in-addr.arpa.", "a%2Fb.2.0.192.in-addr.arpa"},
		{"a/b.example.", "a%2Fb.example"},
		{"_msdcs.example.com.", "_msdcs.example.com"},
		{`*.\000\\\$\%:.example.`, "%2A.%00%5C%24%25%3A.example"},
	}
	for _, test := range tests {
		if got := FileName(MustParseName(test.origin)); got != test.want {
			t.Errorf("FileName(%s) = %q; want %q", test.origin, got, test.want)
		}
	}
}

func TestFileNameIsSafeAndReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		origin := Root
		for range rapid.IntRange(0, 4).Draw(t, "labels") {
			label := rapid.OneOf(
				rapid.SliceOfN(rapid.Byte(), 1, 4),
				rapid.Map(rapid.SampledFrom([]string{"in-addr", "arpa", "0/25", "0_25", "1", "@", ".", "..", "$a", "%41", "a_b"}), func(s string) []byte { return []byte(s) }),
			).Draw(t, "label")
			wire := append([]byte{byte(len(label))}, label...)
			name, _, err := NameFromWire(origin.AppendWire(wire))
			if err != nil {
				t.Fatal(err)
			}
			origin = name
		}
		stem := FileName(origin)
		if stem == "" || strings.Trim(stem, ".") == "" || path.Base(stem) != stem || strings.ContainsAny(stem, `/\:*?"<>|`) || stem[0] == '.' || stem[0] == '$' {
			t.Fatalf("%s: %q is not a safe file name", origin, stem)
		}
		if got, ok := OriginOf("zones/" + stem + ".zone"); !ok || got != origin {
			t.Fatalf("%s has the file name %q, which is read as %s", origin, stem, got)
		}
		if got, ok := OriginOf(stem + "."); !ok || got != origin {
			t.Fatalf("%s has the directory name %q, which is read as %s", origin, stem, got)
		}
	})
}

func TestNotAZone(t *testing.T) {
	tests := []struct{ file, want string }{
		{"zones/bad..name.zone", `not the file of a zone: name "bad..name": an empty label (two dots in a row, or a dot in front)`},
		{"exa mple.com.zone", `not the file of a zone: "exa mple.com": write %XX, the octet in hex, for all but letters, digits, -, _ and the dots between labels`},
		{"exa\nmple.com.ZONE", `not the file of a zone: "exa\010mple.com": write %XX, the octet in hex, for all but letters, digits, -, _ and the dots between labels`},
		{"＊.example.zone", `not the file of a zone: name "＊.example": a label with characters that stand for others than letters, digits, - and _`},
		{".zone", "not the file of a zone: there is no name before the extension"},
		{"example.com.zone", ""},
		{".example.com.zone", ""},
		{"$a b.zone", ""},
		{"example.com./bad..name.zone", ""},
		{"bad..name.yaml", ""},
		{"bad..name", ""},
	}
	for _, test := range tests {
		if got := NotAZone(test.file); got != test.want {
			t.Errorf("%q: got %q, want %q", test.file, got, test.want)
		}
		if _, ok := OriginOf(test.file); ok && test.want != "" {
			t.Errorf("%q: of a zone for OriginOf", test.file)
		}
	}
}
