package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

func TestConfigFilesOfARule(t *testing.T) {
	for _, test := range []struct {
		file   string
		want   []string
		failed []string
	}{
		{`"{origin}.yaml"`, []string{"{origin}.yaml"}, nil},
		{`["{origin}.yaml", shared/../mail.yaml]`, []string{"{origin}.yaml", "mail.yaml"}, nil},
		{`[a.yaml, ./a.yaml]`, nil, []string{`zoneward.yaml:4: file: "a.yaml" comes twice`}},
		{`[a.yaml, ../b.yaml]`, nil, []string{`zoneward.yaml:4: file: "../b.yaml": want a path below the source directory`}},
		{`[]`, nil, []string{"zoneward.yaml:4: file: an empty list; leave it out for the file that is called as the zone is"}},
		{`{a: b}`, nil, []string{"zoneward.yaml:4: file: want a list"}},
	} {
		content := "version: 1\nsource: {dir: zones}\nproviders: {a: {type: zonedir, directory: a}}\nzones: [{match: \"*\", targets: [a], file: " + test.file + "}]\n"
		c, err := parseConfig("zoneward.yaml", []byte(content), func(string) (string, bool) { return "", false }, true)
		if diff := cmp.Diff(errorLines(err), test.failed); diff != "" {
			t.Errorf("%s (-got +want):\n%s", test.file, diff)
		}
		if err != nil {
			continue
		}
		if diff := cmp.Diff(append([]string{c.rules[0].File}, c.rules[0].Beside...), test.want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", test.file, diff)
		}
	}
}

func TestConfigSemicolons(t *testing.T) {
	for setting, want := range map[string]zonefile.Semicolons{
		"": zonefile.EitherSemicolons, ", escaped_semicolons: true": zonefile.EscapedSemicolons, ", escaped_semicolons: false": zonefile.PlainSemicolons,
	} {
		content := "version: 1\nsource: {dir: zones" + setting + "}\nproviders: {a: {type: zonedir, directory: a}}\nzones: [{match: \"*\", targets: [a]}]\n"
		c, err := parseConfig("zoneward.yaml", []byte(content), func(string) (string, bool) { return "", false }, true)
		if err != nil {
			t.Fatal(err)
		}
		if c.source.semicolons != want {
			t.Errorf("%q: got %d, want %d", setting, c.source.semicolons, want)
		}
	}
}
