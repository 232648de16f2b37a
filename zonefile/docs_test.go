package zonefile

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Each rule that the golden files and the limits know is in the table of docs/zone-files.md.
func TestRulesOfMasterFilesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/zone-files.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| (error|warning) \\|").FindAllStringSubmatch(string(doc), -1) {
		documented = append(documented, row[1])
	}
	goldens, err := filepath.Glob(filepath.Join(badZones, "*.problems"))
	if err != nil || len(goldens) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, golden := range goldens {
		text, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			rule := line[strings.LastIndexByte(line, '[')+1 : strings.LastIndexByte(line, ']')]
			if !slices.Contains(documented, rule) {
				t.Errorf("%s: the rule %s is not in docs/zone-files.md", golden, rule)
			}
		}
	}
}

// The types that the document lists are those that have a text.
func TestTypesWithTextAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/zone-files.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(doc), "These have a text of their own:\n\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var want []string
	for t := range Type(1<<16 - 1) {
		if form := formOf(t); form != "" && !strings.HasSuffix(form, "*") && t != TypeALIAS && t != TypeLUA {
			want = append(want, t.String())
		}
	}
	slices.Sort(want)
	if got := strings.Fields(list); !slices.Equal(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestDocumentedMasterFileIsGood(t *testing.T) {
	doc, err := os.ReadFile("../docs/zone-files.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(doc), "\n```\n")
	text, _, _ = strings.Cut(text, "\n```\n")
	f, err := ParseBIND(fstest.MapFS{"zone": {Data: []byte(text)}}, "zone", BINDOptions{Origin: example})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Problems) > 0 || f.Zone.Records() != 6 {
		t.Errorf("%d records, problems %v", f.Zone.Records(), f.Problems)
	}
}
