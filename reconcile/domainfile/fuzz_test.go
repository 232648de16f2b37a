package domainfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zoneward/zoneward/zonefile"
)

func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.domain.yaml")
	if err != nil || len(paths) == 0 {
		f.Fatal("no files", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		// Each file is that of example.com here.
		f.Add([]byte(strings.ReplaceAll(string(text), "25.2.0.192.in-addr.arpa", "example.com")))
	}
	f.Add([]byte("domain: &d example.com\napps: &a [*a, {name: *d, ? [x] : y, <<: *a, certificate: |\n  -----BEGIN\n}]\n---\n..."))
	f.Add([]byte("domain: example.com\r\nmail:\r\n- {provider: é, name: \"\\x1b\\u202e\"} # \u202e\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse(fstest.MapFS{exampleFile: {Data: text}}, exampleFile, values)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range file.Problems {
			if p.Rule == "" || p.Message == "" || p.Position.File != exampleFile || p.Severity != zonefile.Error && p.Severity != zonefile.Warning {
				t.Errorf("a problem that says too little: %#v", p)
			}
			if strings.ContainsAny(p.Message, "\n\x1b\u202e") {
				t.Errorf("a problem that does not print: %q", p.Message)
			}
		}
		Check([]*File{file, file})
		if file.Err() == nil {
			checkRoundTrip(t, file)
		}
	})
}
