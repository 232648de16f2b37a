package zonefile

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The comments of the YAML blocks in the documentation say which records they mean: "# www A 192.0.2.1".
func TestDocumentedYAMLMeansWhatItSays(t *testing.T) {
	doc, err := os.ReadFile("../docs/zone-files-yaml.md")
	if err != nil {
		t.Fatal(err)
	}
	means := regexp.MustCompile(`(?m)# (\S+) ([A-Z][A-Z0-9]*) (.+)$`)
	blocks := strings.Split(string(doc), "```yaml\n")[1:]
	if len(blocks) < 9 {
		t.Fatalf("%d blocks", len(blocks))
	}
	for i, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		f := parseYAMLFiles(t, "example.com.yaml", filesOf(map[string]string{
			"example.com.yaml": block, "shared/addresses.yaml": "- 192.0.2.1", "shared/defaults.yaml": "ttl: 3600",
			"ftp.yaml": "ftp: {type: CNAME, value: www.example.com.}", "news.yaml": "ftp: {}",
		}))
		if len(f.Problems) > 0 {
			t.Errorf("%s: %v", block, f.Problems)
		}
		if i == 0 {
			continue // its comments say something else
		}
		b := NewBuilder(example)
		for _, record := range means.FindAllStringSubmatch(block, -1) {
			name, err := ParseName(record[1], example)
			if err != nil {
				t.Fatal(err)
			}
			set, err := ParseRRset(Key{name, MustParseType(record[2])}, 3600, Name{}, record[3])
			if err != nil {
				t.Fatal(err)
			}
			if err := b.AddRRset(set); err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(recordLines(f.Zone), recordLines(b.Zone())); d != "" {
			t.Errorf("%s(-got +want):\n%s", block, d)
		}
	}
}

// Every rule that the YAML reader and the checks of zones can report is in the tables of the documentation.
func TestRulesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/zone-files-yaml.md")
	if err != nil {
		t.Fatal(err)
	}
	reports := regexp.MustCompile(`\.(?:note|find|fail|object|report|problem)\([^"\n]*"([a-z-]+)", `)
	rules := map[string]bool{}
	for _, pattern := range []string{"yaml*.go", "check*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") }) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range reports.FindAllStringSubmatch(string(source), -1) {
				rules[match[1]] = true
			}
		}
	}
	if len(rules) < 30 {
		t.Errorf("found only %d rules in the source", len(rules))
	}
	for rule := range rules {
		if !strings.Contains(string(doc), "`"+rule+"`") {
			t.Errorf("the rule %s is not documented", rule)
		}
	}
}
