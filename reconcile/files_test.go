package reconcile

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// Zones of several files: those of a rule, and a split directory with a file beside it.
func TestZonesOfSeveralFiles(t *testing.T) {
	list := Rule{Match: []string{"*.example"}, File: "own/{origin}.yaml", Beside: []string{"shared/mail.yaml"}, Targets: []string{"live"}}
	byName := Rule{Match: []string{"*"}, Targets: []string{"live"}}
	named := Rule{Match: []string{"gone.example"}, File: "own/{origin}.yaml", Beside: []string{"shared/mail.yaml"}, Targets: []string{"live"}}
	other := Rule{Match: []string{"*.example"}, File: "own/{origin}.yaml", Beside: []string{"shared/gone.yaml"}, Targets: []string{"live"}}
	const mail = "'': {type: MX, value: {preference: 10, exchange: mx.example.net.}}\n"
	const www = "www: {type: A, value: 192.0.2.1}\n"
	tests := []struct {
		name  string
		rules []Rule
		tree  map[string]string
		want  []string
	}{
		{"a list", []Rule{list, byName}, map[string]string{"own/a.example.yaml": www, "own/b.example.yaml": www, "shared/mail.yaml": mail}, []string{
			"a.example.: own/a.example.yaml shared/mail.yaml: 2 RRsets", "b.example.: own/b.example.yaml shared/mail.yaml: 2 RRsets",
		}},
		{"an RRset in two of them", []Rule{list}, map[string]string{"own/a.example.yaml": www + mail, "shared/mail.yaml": mail}, []string{
			"a.example.: own/a.example.yaml shared/mail.yaml: 2 RRsets: " +
				"shared/mail.yaml:1:1: @ MX: stated again, first at own/a.example.yaml:2:1; put the values into one record",
		}},
		{"a further one that is missing", []Rule{other}, map[string]string{"own/a.example.yaml": www}, []string{
			"a.example.: own/a.example.yaml shared/gone.yaml: zone file shared/gone.yaml: open shared/gone.yaml: file does not exist",
		}},
		{"a first one that is missing", []Rule{named}, map[string]string{"shared/mail.yaml": mail}, []string{
			"gone.example.: own/gone.example.yaml shared/mail.yaml: zone file own/gone.example.yaml: open own/gone.example.yaml: file does not exist",
		}},
		{"a zone that has no file of its own there", []Rule{list, byName}, map[string]string{"own/a.example.yaml": www, "x/b.example.zone": "", "shared/mail.yaml": mail}, []string{
			"a.example.: own/a.example.yaml shared/mail.yaml: 2 RRsets",
		}},
		{"a split directory and a file", []Rule{byName}, map[string]string{"a.example./x.yaml": mail, "a.example.yaml": www}, []string{
			"a.example.: a.example. a.example./x.yaml a.example.yaml: 2 RRsets",
		}},
		{"a split directory and a file of another folder", []Rule{byName}, map[string]string{"a.example./x.yaml": mail, "b/a.example.yaml": www}, []string{
			"a.example.: a.example.: a.example. on live: 2 files are for this zone (a.example., b/a.example.yaml): remove all but one, or say which with file: in a rule",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := fstest.MapFS{}
			for name, text := range test.tree {
				tree[name] = &fstest.MapFile{Data: []byte(text)}
			}
			planner := &Planner{Rules: test.rules}
			findings, _, err := planner.Check(t.Context(), Tree{FS: tree}, Selection{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range findings {
				line := fmt.Sprintf("%s: %s", f.Zone, strings.Join(f.Files, " "))
				if f.Err != nil {
					line += ": " + f.Err.Error()
				} else {
					line += fmt.Sprintf(": %d RRsets", f.RRsets)
				}
				for _, p := range f.Problems {
					line += ": " + p.String()
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("findings (-got +want):\n%s", diff)
			}
		})
	}
}

// What was read of several files is read again if any of them is another one.
func TestParseCacheOfSeveralFiles(t *testing.T) {
	planner := &Planner{Rules: []Rule{{Match: []string{"*"}, File: "{origin}.yaml", Beside: []string{"mail.yaml"}, Targets: []string{"live"}}}}
	tree := namedFS{fstest.MapFS{
		"a.example.yaml": {Data: []byte("www: {type: A, value: !include address}\n")}, "mail.yaml": {Data: []byte("x: {type: A, value: 192.0.2.1}\n")},
		"address": {Data: []byte("192.0.2.1\n")},
	}}
	statements := planner.Statements()
	for _, changed := range []string{"", "mail.yaml", "address", ""} {
		if changed != "" {
			tree.MapFS[changed] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(tree.MapFS[changed].Data), "192.0.2.1", "192.0.2.2"))}
		}
		stated, err := statements.Read(t.Context(), Tree{FS: tree}, Selection{})
		if err != nil || len(stated.Zones) != 1 || stated.Zones[0].Err != nil {
			t.Fatal(err, stated.Zones)
		}
		want := map[string]string{"www": "192.0.2.1", "x": "192.0.2.1"}
		for name, file := range map[string]string{"www": "address", "x": "mail.yaml"} {
			if strings.Contains(string(tree.MapFS[file].Data), "192.0.2.2") {
				want[name] = "192.0.2.2"
			}
		}
		got := map[string]string{}
		for set := range stated.Zones[0].Zone.All() {
			got[set.Key.Name.Relative(stated.Zones[0].Ref.Zone)] = strings.Join(set.Text(), " ")
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("after a change of %q (-got +want):\n%s", changed, diff)
		}
	}
}
