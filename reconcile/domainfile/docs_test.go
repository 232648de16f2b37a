package domainfile

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func readDocs(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/domain-files.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// The files in the documentation are good.
func TestDocumentedFiles(t *testing.T) {
	read := 0
	for _, block := range strings.Split(readDocs(t), "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		if !strings.HasPrefix(block, "domain: example.com\n") {
			continue // a part of the configuration
		}
		read++
		if f := parseExample(t, block); len(f.Problems) > 0 {
			t.Errorf("%s: %v", block, f.Problems)
		}
	}
	if read < 4 {
		t.Errorf("%d files", read)
	}
}

// Every rule that can be reported, here or for every file in YAML, is in the tables of the documentation, and no other.
func TestRulesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[a-z-]+`(?:, `[a-z-]+`)*) \\| (?:error|warning|either) \\|").FindAllStringSubmatch(readDocs(t), -1) {
		for rule := range strings.SplitSeq(row[1], ", ") {
			documented[strings.Trim(rule, "`")] = true
		}
	}
	reports := regexp.MustCompile(`\.(?:Fail|Warn|Find|collisions)\((?:[^"\n]*, )?"([a-z-]+)", |Rule: "([a-z-]+)"|p\.Rule, p\.Message = "([a-z-]+)"`)
	reported := map[string]bool{}
	var sources []string
	for _, pattern := range []string{"*.go", "../../zonefile/yamldoc/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil || found == nil {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		sources = append(sources, found...)
	}
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range reports.FindAllStringSubmatch(string(text), -1) {
			reported[strings.Join(match[1:], "")] = true
		}
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(reported)), slices.Sorted(maps.Keys(documented))); d != "" {
		t.Errorf("rules in the code and not in the documentation (-), and the reverse (+):\n%s", d)
	}
}

// Every key of a file is in the table of its section.
func TestKeysAreDocumented(t *testing.T) {
	doc := readDocs(t)
	for section, keys := range map[string][]string{"delegation": append(slices.Clone(delegationKeys), contactKeys...), "mail": mailKeys, "apps": appKeys, "ownership": ownershipKeys} {
		_, text, ok := strings.Cut(doc, "\n## "+section+"\n")
		text, _, _ = strings.Cut(text, "\n## ")
		if !ok {
			t.Errorf("there is no section %s", section)
		}
		for _, key := range keys {
			if !regexp.MustCompile("`" + key + "`|(?m)^  " + key + ": ").MatchString(text) {
				t.Errorf("%s.%s is not documented", section, key)
			}
		}
	}
	for _, output := range slices.Concat(mailOutputs, appOutputs) {
		if !strings.Contains(doc, "| `"+output+"` | the ") {
			t.Errorf("the output %s is not documented", output)
		}
	}
}
