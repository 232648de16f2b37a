package zonefmt

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocumentedExamples formats what docs/formatting.md shows, and compares it with what it says becomes of it.
func TestDocumentedExamples(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(repository, "docs", "formatting.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?ms)^```([a-z]*)\n([^`]*?)^```\n\nbecomes\n\n```[a-z]*\n([^`]*?)^```\n").FindAllStringSubmatch(string(page), -1)
	if want := strings.Count(string(page), "\nbecomes\n"); len(examples) != want || want < 3 {
		t.Errorf("%d of %d examples were found", len(examples), want)
	}
	for _, example := range examples {
		got, err := formatFile("zone."+example[1], example[2])
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(strings.Split(got, "\n"), strings.Split(example[3], "\n")); d != "" {
			t.Errorf("(-got +want):\n%s", d)
		}
	}
}
