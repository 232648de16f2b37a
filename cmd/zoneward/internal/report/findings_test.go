package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/runner"
	"github.com/zoneward/zoneward/zonefile"
)

// TestSARIF checks what is written against the parts of the SARIF schema that it uses, which leave no room for others.
func TestSARIF(t *testing.T) {
	text, err := os.ReadFile("testdata/sarif.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	reports := map[string]*Report{"spoken": spoken(t), "nothing": example(t), "many": manyProblems(t)}
	for _, text := range attacks {
		reports[fmt.Sprintf("%q", text)] = hostileReport(text)
	}
	for name, r := range reports {
		var b bytes.Buffer
		if err := r.WriteSARIF(&b); err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// manyProblems has more findings than anybody shows.
func manyProblems(t testing.TB) *Report {
	r := example(t)
	for i := range 6000 {
		severity := zonefile.Warning
		if i%2 == 1 {
			severity = zonefile.Error
		}
		r.Problems = append(r.Problems, zonefile.Problem{
			Position: zonefile.Position{File: "zones/example.com.zone", Line: i + 1}, Rule: "rule", Severity: severity, Message: fmt.Sprintf("problem %d", i),
		})
	}
	return r
}

func TestSARIFSaysThatThereIsMore(t *testing.T) {
	var b bytes.Buffer
	if err := manyProblems(t).WriteSARIF(&b); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	if n := len(log.Runs[0].Results); n != mostResults || len(log.Runs[0].Invocations[0].Notifications) != 1 {
		t.Errorf("%d results and %v", n, log.Runs[0].Invocations)
	}
}

func TestAnnotations(t *testing.T) {
	var got []string
	for _, a := range spoken(t).Annotations() {
		got = append(got, fmt.Sprintf("%s %s:%d %s: %s", a.Level, a.File, a.Line, a.Title, a.Message))
	}
	want := []string{
		"error zones/example.net.zone:1 problem/rdata: www A: 192.0.2.300 is no IPv4 address",
		`error zones/example.net.zone:1 problem/bad-value: www A: "192.0.2.300" is not an IPv4 address (four numbers 0 to 255 with dots between)`,
		"error tests/web.yaml:9 dns-test: tests/web.yaml:9: failed: the shop (shop.example.com. A) on pdns: want 192.0.2.8, got NXDOMAIN",
		"warning zones/example.com.zone:1 problem/long-ttl: www A: an hour is long",
		"warning zones/example.com.zone:2 guard/protected: example.com. on pdns: held by protected: protected: in the policy has 1 RRset that would change: www.example.com. A",
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("-got +want:\n%s", d)
	}
	n := map[runner.Level]int{}
	for _, a := range manyProblems(t).Annotations() {
		n[a.Level]++
	}
	if n[runner.Error] != 10 || n[runner.Warning] != 10 {
		t.Errorf("%v; want 10 of each", n)
	}
}

// TestPlacesOutside: what is not in the repository is no place.
func TestPlacesOutside(t *testing.T) {
	for _, tc := range []struct{ file, want string }{
		{"zones/a.zone", "zones/a.zone"},
		{"./zones//a.zone", "zones/a.zone"},
		{"zones/../zones/a.zone", "zones/a.zone"},
		{"a:b.zone", "a:b.zone"},
		{"/etc/passwd", ""},
		{"../a.zone", ""},
		{"zones/../../a.zone", ""},
		{"..", ""},
		{".", ""},
		{"", ""},
		{`a\b`, ""},
		{"a\x00b", ""},
	} {
		if got := relative(tc.file); got != tc.want {
			t.Errorf("%q: %q; want %q", tc.file, got, tc.want)
		}
		locations := located(zonefile.Position{File: tc.file, Line: 3})
		if tc.want == "" && len(locations) != 0 || tc.want != "" && strings.ContainsAny(locations[0].Physical.Artifact.URI, " \\<>") {
			t.Errorf("%q: %+v", tc.file, locations)
		}
	}
}

// TestSARIFHasLocations: GitHub takes no result without one, so that what is of no file is shown at the configuration.
func TestSARIFHasLocations(t *testing.T) {
	var b bytes.Buffer
	problems := []zonefile.Problem{{Rule: "r", Severity: zonefile.Error, Message: "m"}, {Position: zonefile.Position{File: "../x"}, Rule: "r", Severity: zonefile.Error, Message: "m"}}
	if err := WriteProblemsSARIF(&b, "dns/zoneward.yaml", problems); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), `"uri": "dns/zoneward.yaml"`); n != len(problems) {
		t.Errorf("%d of %d results at the configuration:\n%s", n, len(problems), &b)
	}
}
