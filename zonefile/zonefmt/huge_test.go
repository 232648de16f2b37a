package zonefmt

import (
	"strings"
	"testing"
	"time"
)

// TestHugeTextsAreFormatted formats what is large in one way. Where the time grew with the square of the size, these would take minutes.
func TestHugeTextsAreFormatted(t *testing.T) {
	const size = 1 << 20
	tests := []struct{ name, file, text string }{
		{"one line of comment", "zone", "a 60 A 192.0.2.1 ;" + strings.Repeat("x", size)},
		{"one line of spaces", "zone", "a 60 A" + strings.Repeat(" ", size) + "192.0.2.1"},
		{"one line of tabs", "zone", "a 60 A 192.0.2.1" + strings.Repeat("\t", size) + ";x"},
		{"one line of words", "zone", "a 60 TXT" + strings.Repeat(" x", 1<<17)},
		{"one string", "zone", `a 60 TXT "` + strings.Repeat("x", size) + `"`},
		{"parentheses within each other", "zone", "a 60 TXT " + strings.Repeat("(", size/32) + "x" + strings.Repeat("\n)", size/32)},
		{"parentheses without anything", "zone", strings.Repeat("()\n", size/8) + "a 60 A 192.0.2.1"},
		{"blank lines", "zone", strings.Repeat("\n", size) + "a 60 A 192.0.2.1" + strings.Repeat("\n", size)},
		{"comments", "zone", strings.Repeat(";\n", size/8)},
		{"comments below each other", "zone", "a 60 A 192.0.2.1 ;\n" + strings.Repeat("                 ;\n", size/18)},
		{"a long owner", "zone", strings.Repeat("x", size) + " 60 A 192.0.2.1\nb 60 A 192.0.2.2"},
		{"one line of YAML", "zone.yaml", "a: " + strings.Repeat("x", size)},
		{"one long comment in YAML", "zone.yaml", "a: b #" + strings.Repeat("x", size)},
		{"one long list", "zone.yaml", "a: [" + strings.Repeat("x,", size/64) + "]"},
		{"brackets within each other", "zone.yaml", "a: " + strings.Repeat("[", 2000) + strings.Repeat("\n]", 2000)},
		{"lists within each other", "zone.yaml", strings.Repeat("- ", 2000) + "x"},
		{"comments in YAML", "zone.yaml", strings.Repeat("  #\n", size/32) + "a: b"},
		{"a long block", "zone.yaml", "a: |\n" + strings.Repeat(" x\n", size/32)},
		{"a long text", "zone.yaml", "a: \"" + strings.Repeat("x\n\n ", size/32) + "\""},
		{"a long plain text", "zone.yaml", "a: x" + strings.Repeat("\n\n x", size/32)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			began := time.Now()
			formatted, err := formatFile(test.file, test.text)
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			tidy(t, test.name, test.file, formatted)
		})
	}
}
