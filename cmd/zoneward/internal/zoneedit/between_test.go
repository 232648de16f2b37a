package zoneedit

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestBetweenMakesTheNewText makes edits of random texts, and patches with them.
func TestBetweenMakesTheNewText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.SampledFrom([]string{"a\n", "b\n", "c\n", "  a\n", "\n"}))
		before, after := strings.Join(lines.Draw(t, "before"), ""), strings.Join(lines.Draw(t, "after"), "")
		if rapid.Bool().Draw(t, "unended") {
			before = strings.TrimSuffix(before, "\n")
		}
		edit := Between("zone", before, after)
		if d := cmp.Diff(edit.New(), after); d != "" {
			t.Fatalf("(-got +want):\n%s", d)
		}
		if before == after {
			return
		}
		if d := cmp.Diff(patched(t, before, edit.Unified("zone")), after); d != "" {
			t.Fatalf("patched (-got +want):\n%s\n%s", d, edit.Unified("zone"))
		}
	})
}

// A million different lines are more than can be compared.
func TestBetweenLargeTexts(t *testing.T) {
	var before, after strings.Builder
	for i := range mostDistinctLines/2 + 1 {
		before.WriteString(strconv.Itoa(i) + "\n")
		after.WriteString(strconv.Itoa(-i) + "\n")
	}
	if Between("zone", before.String(), after.String()).New() != after.String() {
		t.Error("the edit makes something else")
	}
}

// TestPatchOfAnOddName looks that a name stays in the head of its patch.
func TestPatchOfAnOddName(t *testing.T) {
	for name, want := range map[string]string{
		"zones/a.zone":                "--- a/zones/a.zone\n+++ b/zones/a.zone\n@@",
		"zones/a b.zone":              "--- a/zones/a b.zone\t\n+++ b/zones/a b.zone\t\n@@",
		"a\n+++ b/other\n@@ -1 +1 @@": `--- "a/a\012+++ b/other\012@@ -1 +1 @@"` + "\n" + `+++ "b/a\012+++ b/other\012@@ -1 +1 @@"` + "\n@@",
		`a"\b` + "\t\x7f":             `--- "a/a\"\\b\011\177"` + "\n" + `+++ "b/a\"\\b\011\177"` + "\n@@",
	} {
		if got := Between(name, "a\n", "b\n").Unified(name); !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %q, want %q at its beginning", name, got, want)
		}
	}
}
