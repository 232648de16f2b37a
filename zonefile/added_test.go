package zonefile

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestFileWith(t *testing.T) {
	const zone = "$TTL 300\n@ SOA ns1 host 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n@ MX 10 mail\nmail A 192.0.2.2\nwww A 192.0.2.3\n"
	origin := MustParseName("example.com.")
	at := Position{File: "example.com.domain.yaml", Line: 4}
	addition := func(owner, typ, rdata string) Addition {
		return Addition{RRset: MustParseRRset(owner+" 300 "+typ, rdata), Position: at, For: "dkim of mail example.com. on tem"}
	}
	tests := []struct {
		name  string
		added []Addition
		want  []string // problems
	}{
		{"at a new name", []Addition{addition("p._domainkey.example.com.", "TXT", `"v=DKIM1"`)}, nil},
		{"the same twice", []Addition{addition("a.example.com.", "TXT", `"x"`), addition("a.example.com.", "TXT", `"x"`)}, nil},
		{
			"two at one key",
			[]Addition{addition("a.example.com.", "TXT", `"x"`), addition("a.example.com.", "TXT", `"y"`)},
			[]string{"example.com.domain.yaml:4: a TXT (dkim of mail example.com. on tem): dkim of mail example.com. on tem, at example.com.domain.yaml:4, is to be published at the same name"},
		},
		{
			"what the file states",
			[]Addition{addition("example.com.", "MX", "10 blackhole.example.")},
			[]string{"example.com.domain.yaml:4: @ MX (dkim of mail example.com. on tem): the zone file states it too, at example.com.zone:5: take one of them away"},
		},
		{
			"outside",
			[]Addition{addition("example.net.", "TXT", `"x"`)},
			[]string{"example.com.domain.yaml:4: example.net. TXT (dkim of mail example.com. on tem): is not in the zone example.com."},
		},
		{
			"a CNAME beside an address",
			[]Addition{addition("www.example.com.", "CNAME", "my-app.example.")},
			[]string{"CNAME"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse(fstest.MapFS{"example.com.zone": {Data: []byte(zone)}}, "example.com.zone", ParseOptions{Origin: origin})
			if err != nil || f.Err() != nil {
				t.Fatal(err, f.Err())
			}
			before, digest := f.Zone.Len(), f.Digest()
			with := f.With(tt.added)
			var got []string
			for _, p := range with.Problems {
				got = append(got, p.String())
			}
			if len(tt.want) == 1 && tt.want[0] == "CNAME" {
				if len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), "CNAME") {
					t.Errorf("problems %q, want one about the CNAME", got)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if f.Zone.Len() != before || f.Digest() != digest {
				t.Error("the file has changed")
			}
			if tt.want != nil {
				return
			}
			key := tt.added[0].RRset.Key
			if got, ok := with.Zone.Get(key); !ok || got != tt.added[0].RRset || with.Position(key) != at {
				t.Errorf("%s: %v at %s, want it at %s", key, got, with.Position(key), at)
			}
			if with.Digest() == digest {
				t.Error("the digest is that of the file alone")
			}
		})
	}
}
