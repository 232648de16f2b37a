package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// configWithSource reads a configuration with that under source.
func configWithSource(t *testing.T, source string) (*config, error) {
	t.Helper()
	content := "version: 1\nsource: " + source + "\nproviders: {a: {type: zonedir, directory: a}}\nzones: [{match: \"*\", targets: [a]}]\n"
	return parseConfig(filepath.Join(t.TempDir(), "zoneward.yaml"), []byte(content), func(string) (string, bool) { return "", false }, true)
}

func TestConfigZoneLimits(t *testing.T) {
	tests := []struct {
		name, limits string
		want         zonefile.Limits
		octets       int64
	}{
		{"none", "", zonefile.Limits{}, maxZoneFile},
		{"one", ", limits: {generated: 7}", zonefile.Limits{Generated: 7}, maxZoneFile},
		{
			"all", ", limits: {file_bytes: 1GiB, entry_bytes: 4MiB, yaml_bytes: 64MiB, include_depth: 2, includes: 3, generated: 4, yaml_aliases: 5}",
			zonefile.Limits{FileBytes: 1 << 30, EntryBytes: 4 << 20, YAMLBytes: 64 << 20, IncludeDepth: 2, Includes: 3, Generated: 4, YAMLAliases: 5},
			1 << 30,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := configWithSource(t, "{dir: zones"+test.limits+"}")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.planner().Limits, test.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
			if got := c.source.fileBytes(); got != test.octets {
				t.Errorf("files of %d octets, want %d", got, test.octets)
			}
		})
	}
}

func TestWrongZoneLimits(t *testing.T) {
	for limits, want := range map[string]string{
		"{file_bytes: 5}":          "not a size such as 500MiB or 2GiB",
		"{entry_bytes: none}":      "not a size such as 500MiB or 2GiB",
		"{yaml_bytes: -1MiB}":      "not a size such as 500MiB or 2GiB",
		"{include_depth: 0}":       `"0" is not a number from 1 to 100`,
		"{include_depth: 101}":     `"101" is not a number from 1 to 100`,
		"{includes: 65536}":        `"65536" is not a number from 1 to 60000`,
		"{generated: -1}":          `"-1" is not a number from 1 to 2147483647`,
		"{yaml_aliases: 10000000x": "zoneward.yaml",
		"{records: 1}":             "records",
	} {
		if _, err := configWithSource(t, "{dir: zones, limits: "+limits+"}"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", limits, err, want)
		}
	}
}

// A source whose files may be larger is another source, which the daemon opens anew.
func TestSourcesOfOtherLimitsAreOthers(t *testing.T) {
	small, err := configWithSource(t, "{dir: zones, limits: {file_bytes: 1KiB}}")
	if err != nil {
		t.Fatal(err)
	}
	usual, err := configWithSource(t, "{dir: zones}")
	if err != nil {
		t.Fatal(err)
	}
	usual.source.path = small.source.path
	if small.source.same(usual.source) || !usual.source.same(usual.source) {
		t.Error("sources are told apart wrongly")
	}
}
