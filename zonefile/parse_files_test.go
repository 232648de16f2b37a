package zonefile

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseFiles(t *testing.T) {
	texts := map[string]string{
		"a.yaml":                         "www:\n  type: A\n  value: 192.0.2.1\n'':\n  type: NS\n  value: ns1.example.com.\nskip:\n  type: A\n  octodns: {ignored: true}\n",
		"b.zone":                         "$TTL 60\nns1 A 192.0.2.2\n",
		"c.zone":                         "$TTL 60\nwww A 192.0.2.3\nwww A 192.0.2.4\n@ NS ns2.example.net.\nskip A 192.0.2.5\n",
		"d.yaml":                         "ns1: {type: A, value: 192.0.2.6}\nftp:\n  type: CNAME\n  value: www.example.com.\n",
		"cname.yaml":                     "www: {type: CNAME, value: example.net.}\n",
		"bad.yaml":                       "x: {type: A, value: x}\n",
		"example.com./$example.com.yaml": "'*': {type: TXT, value: x}\n",
		"empty.yaml":                     "",
		"empty.zone":                     "",
	}
	tests := []struct {
		name              string
		files             []string
		records, problems []string
	}{
		{"formats", []string{"a.yaml", "b.zone"}, []string{"@ 3600 NS ns1.example.com.", "ns1 60 A 192.0.2.2", "www 3600 A 192.0.2.1"}, nil},
		{"a directory", []string{"example.com.", "d.yaml"}, []string{`* 3600 TXT "x"`, "ftp 3600 CNAME www.example.com.", "ns1 3600 A 192.0.2.6"}, nil},
		{"stated again", []string{"a.yaml", "b.zone", "c.zone", "d.yaml"}, nil, []string{
			"c.zone:2:1: www A: stated again, first at a.yaml:1:1; put the values into one record [duplicate-rrset]",
			"c.zone:4:1: @ NS: stated again, first at a.yaml:4:1; put the values into one record [duplicate-rrset]",
			"c.zone:5:1: skip A: stated again, first at a.yaml:7:1; put the values into one record [duplicate-rrset]",
			"d.yaml:1:1: ns1 A: stated again, first at b.zone:2:1; put the values into one record [duplicate-rrset]",
		}},
		{"a rule of the whole zone", []string{"a.yaml", "cname.yaml", "b.zone"}, nil, []string{
			"cname.yaml:1:1: www CNAME: other data at the same name: A at a.yaml:1 [cname-and-other-data]",
		}},
		{"each problem", []string{"bad.yaml", "b.zone"}, nil, []string{`bad.yaml:1:21: x A: "x" is not an IPv4 address [bad-value]`}},
		{"nothing", []string{"empty.yaml", "empty.zone"}, nil, []string{
			"empty.yaml: warning: the file has no records [empty-file]", "empty.zone: warning: the file has no records [empty-file]",
		}},
		{"nothing in one of them", []string{"b.zone", "empty.yaml"}, []string{"ns1 60 A 192.0.2.2"}, []string{
			"empty.yaml: warning: the file has no records [empty-file]",
		}},
		{"one", []string{"b.zone"}, []string{"ns1 60 A 192.0.2.2"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := ParseFiles(filesOf(texts), test.files, ParseOptions{Origin: example})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(problemLines(f.Problems), test.problems); d != "" {
				t.Errorf("problems (-got +want):\n%s", d)
			}
			if d := cmp.Diff(recordLines(f.Zone), test.records); d != "" && test.records != nil {
				t.Errorf("records (-got +want):\n%s", d)
			}
		})
	}
	if _, err := ParseFiles(filesOf(texts), []string{"a.yaml", "gone.zone"}, ParseOptions{Origin: example}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: got %v", err)
	}
	if _, err := ParseFiles(filesOf(texts), nil, ParseOptions{Origin: example}); err == nil {
		t.Error("no files: no error")
	}
}

// TestFileOf: an RRset is of the file that states it, or includes the one that does; one that nothing states is of the file that is most like it.
func TestFileOf(t *testing.T) {
	texts := map[string]string{
		"a.zone":                 "$TTL 60\nwww A 192.0.2.1\n$INCLUDE inc.zone\n",
		"inc.zone":               "mail A 192.0.2.2\n",
		"b.yaml":                 "ftp: {type: A, value: 192.0.2.3}\nskip: {type: A, octodns: {ignored: true}}\n",
		"example.com./news.yaml": "news: {type: A, value: 192.0.2.4}\n",
		"empty.zone":             "; nothing\n",
		"skipped.yaml":           "skip: {type: A, octodns: {ignored: true}}\n",
	}
	for _, test := range []struct {
		name  string
		files []string
		of    map[string]string // by "NAME TYPE"
		empty []string
	}{
		{"one file", []string{"a.zone"}, map[string]string{"www A": "a.zone", "mail A": "a.zone", "x A": "a.zone"}, nil},
		{"stated", []string{"a.zone", "b.yaml", "example.com."}, map[string]string{
			"www A": "a.zone", "mail A": "a.zone", "ftp A": "b.yaml", "news A": "example.com.",
		}, nil},
		{"others at its name", []string{"a.zone", "b.yaml", "empty.zone"}, map[string]string{
			"mail MX": "a.zone", "ftp MX": "b.yaml",
		}, []string{"empty.zone"}},
		{"nothing there", []string{"a.zone", "b.yaml"}, map[string]string{"x A": "a.zone", "below.ftp A": "a.zone"}, nil},
		{"a file that states nothing", []string{"a.zone", "empty.zone", "b.yaml"}, map[string]string{"x A": "empty.zone"}, []string{"empty.zone"}},
		{"what is ignored is stated", []string{"a.zone", "skipped.yaml"}, map[string]string{"x A": "a.zone"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := ParseFiles(filesOf(texts), test.files, ParseOptions{Origin: example})
			if err != nil || f.Err() != nil {
				t.Fatal(err, f.Err())
			}
			for text, want := range test.of {
				owner, typ, _ := strings.Cut(text, " ")
				name, err := ParseName(owner, example)
				if err != nil {
					t.Fatal(err)
				}
				if got := f.FileOf(Key{name, MustParseType(typ)}); got != want {
					t.Errorf("%s: in %s, want %s", text, got, want)
				}
			}
			if d := cmp.Diff(f.EmptyFiles(), test.empty); d != "" {
				t.Errorf("files that state nothing (-got +want):\n%s", d)
			}
		})
	}
	published, err := ParseFiles(filesOf(texts), []string{"a.zone", "b.yaml"}, ParseOptions{Origin: example})
	if err != nil {
		t.Fatal(err)
	}
	given := MustParseRRset("ftp.example.com. 60 MX", "10 mx.example.net.")
	with := published.With([]Addition{{RRset: given, Position: Position{File: "example.com.domain.yaml", Line: 1}}})
	if got := with.FileOf(given.Key); got != "b.yaml" {
		t.Errorf("what is added is in %s, want the file with its name", got)
	}
}
