package zonefile_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/zonefmt"
)

// What is written in YAML is as `zoneward fmt` leaves it.
func TestFormatYAMLIsFormatted(t *testing.T) {
	f, err := zonefile.ParseYAML(os.DirFS("testdata/yaml"), "every-type.yaml", zonefile.YAMLOptions{Origin: zonefile.MustParseName("example.com.")})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := zonefile.FormatYAML(&text, f.Zone, zonefile.YAMLFormat{Header: "Every type."}); err != nil {
		t.Fatal(err)
	}
	formatted, err := zonefmt.YAML(text.String(), zonefmt.Options{File: "example.com.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(text.String(), "\n"), strings.Split(formatted, "\n")); d != "" {
		t.Errorf("(-written +formatted):\n%s", d)
	}
}
