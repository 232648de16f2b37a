package zonefile

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestFileDigest checks what changes the digest of a file, and that where things are stated does not.
func TestFileDigest(t *testing.T) {
	const zone = `www 300 A 192.0.2.1
www 300 A 192.0.2.1
x 300 A 192.0.2.2
x 60 A 192.0.2.3
`
	const yaml = `www:
  type: A
  values: [192.0.2.1, 192.0.2.1]
`
	for _, tc := range []struct {
		name, file, from, to string
		same                 bool
	}{
		{"a comment", "example.com.zone", zone, "; see incident 7\n" + zone, true},
		{"a comment between two records of which one is said to be the other", "example.com.zone", zone, strings.Replace(zone, "\n", "\n; once more\n", 1), true},
		{"a comment in YAML", "example.com.yaml", yaml, "# see incident 7\n" + yaml, true},
		{"a comment above a broken record", "example.com.zone", zone + "y A nonsense", zone + "; why\ny A nonsense", true},
		{"a warning less", "example.com.zone", zone, strings.Replace(zone, "www 300 A 192.0.2.1\n", "", 1), false},
		{"a warning of another record", "example.com.zone", zone + "y 300 TXT a\ny 300 TXT a", zone + "y 300 TXT a\nwww 300 A 192.0.2.1", false},
		{"another value", "example.com.zone", zone, strings.Replace(zone, "192.0.2.3", "192.0.2.4", 1), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			digest := func(text string) Digest {
				f, err := Parse(fstest.MapFS{tc.file: {Data: []byte(text)}}, tc.file, ParseOptions{Origin: example})
				if err != nil {
					t.Fatal(err)
				}
				if len(f.Problems) == 0 {
					t.Fatal("no problems: it tests nothing")
				}
				return f.Digest()
			}
			if same := digest(tc.from) == digest(tc.to); same != tc.same {
				t.Errorf("the digests are equal: %v; want %v", same, tc.same)
			}
		})
	}
}
