package zoneedit

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// TestEditSeveralFiles: of several files that are a zone together, each gets what it had.
func TestEditSeveralFiles(t *testing.T) {
	files := map[string]string{
		"a.zone":    "$TTL 300\nwww A 192.0.2.1\n$INCLUDE both.zone\n",
		"b.yaml":    "ftp:\n  type: A\n  value: 192.0.2.2\n",
		"c.zone":    "$TTL 300\nnews A 192.0.2.3\n",
		"d.zone":    "; nothing yet\n",
		"both.zone": "both AAAA 2001:db8::1\n",
	}
	for _, test := range []struct {
		name    string
		beside  []string
		changes []string
		want    map[string]string // what files are then
		err     string
	}{
		{"at names that are there", []string{"b.yaml", "c.zone"}, []string{"news 60 AAAA 2001:db8::3", "ftp 60 AAAA 2001:db8::2"}, map[string]string{
			"b.yaml": "ftp:\n  - type: A\n    value: 192.0.2.2\n  - ttl: 60\n    type: AAAA\n    value: 2001:db8::2\n",
			"c.zone": "$TTL 300\nnews A 192.0.2.3\nnews 60 IN AAAA 2001:db8::3\n",
		}, ""},
		{"what is stated", []string{"b.yaml", "c.zone"}, []string{"news 60 A 192.0.2.9", "ftp A"}, map[string]string{
			"b.yaml": "", "c.zone": "$TTL 300\nnews 60 IN A 192.0.2.9\n",
		}, ""},
		{"elsewhere", []string{"b.yaml", "c.zone"}, []string{"new 60 A 192.0.2.9"}, map[string]string{
			"a.zone": files["a.zone"] + "new 60 IN A 192.0.2.9\n",
		}, ""},
		{"a file that states nothing", []string{"d.zone"}, []string{"new 60 A 192.0.2.9"}, map[string]string{
			"d.zone": "; nothing yet\nnew 60 IN A 192.0.2.9\n",
		}, ""},
		{"what one of them includes", []string{"c.zone"}, []string{"both 60 AAAA 2001:db8::9", "news A"}, map[string]string{
			"both.zone": "both 60 IN AAAA 2001:db8::9\n", "c.zone": "$TTL 300\n",
		}, ""},
		{"a file that is not there", []string{"gone.zone"}, []string{"new 60 A 192.0.2.9"}, nil, "gone.zone: file does not exist"},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := Source{FS: tree(files), File: "a.zone", Beside: test.beside, Options: zonefile.ParseOptions{Origin: origin}}
			stated, err := zonefile.ParseFiles(source.FS, source.files(), source.Options)
			if err == nil {
				source.Stated = stated
			}
			texts, err := Edit(source, changesOf(t, source, test.changes...))
			if test.err != "" {
				if err == nil || !errors.Is(err, ErrByHand) || !strings.Contains(err.Error(), test.err) {
					t.Errorf("%v, want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, text := range texts {
				got[text.File] = text.New()
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
		})
	}
}

// TestEditNoFileAnew: a file that is there is not made anew where the zone could not be read.
func TestEditNoFileAnew(t *testing.T) {
	source := Source{FS: tree(map[string]string{"a.zone": "www 60 A 192.0.2.1\n"}), File: "a.zone", Options: zonefile.ParseOptions{Origin: origin}}
	if texts, err := Edit(source, changesOf(t, source, "new 60 A 192.0.2.9")); !errors.Is(err, ErrByHand) {
		t.Errorf("%v, %v, want %v", texts, err, ErrByHand)
	}
}
