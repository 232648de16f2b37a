package main

import (
	"strings"
	"testing"
)

func TestActor(t *testing.T) {
	type environment map[string]string
	for _, test := range []struct {
		name string
		env  environment
		want string
	}{
		{"nothing is said", nil, "ann@host"},
		{"said", environment{"ZONEWARD_ACTOR": "robot", "CI": "true", "GITHUB_ACTOR": "bob"}, "robot"},
		{"said to be nobody", environment{"ZONEWARD_ACTOR": " \t"}, "ann@host"},
		{"GitHub", environment{"CI": "true", "GITHUB_ACTOR": "bob"}, "bob"},
		{"GitHub, run again by another", environment{"CI": "true", "GITHUB_ACTOR": "bob", "GITHUB_TRIGGERING_ACTOR": "carol"}, "carol"},
		{"Gitea", environment{"CI": "true", "GITEA_ACTOR": "bob"}, "bob"},
		{"GitLab", environment{"CI": "true", "GITLAB_USER_LOGIN": "bob"}, "bob"},
		{"not in CI", environment{"GITHUB_ACTOR": "bob", "GITEA_ACTOR": "bob", "GITLAB_USER_LOGIN": "bob"}, "ann@host"},
		{"in something else's CI", environment{"CI": "true"}, "ann@host"},
		{"control and format characters", environment{"ZONEWARD_ACTOR": " a\x1b[31m\nb\u202e\u200b\xffc\x7f "}, "a[31mbc"},
		{"other letters", environment{"ZONEWARD_ACTOR": "Zoë Ångström"}, "Zoë Ångström"},
		{"the longest", environment{"ZONEWARD_ACTOR": strings.Repeat("a", 200)}, strings.Repeat("a", 200)},
		{"too long", environment{"ZONEWARD_ACTOR": strings.Repeat("a", 201)}, strings.Repeat("a", 200)},
		{"too long within a letter", environment{"ZONEWARD_ACTOR": strings.Repeat("a", 199) + "ë"}, strings.Repeat("a", 199)},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := actor(func(name string) (string, bool) {
				value, ok := test.env[name]
				return value, ok
			}, func() string { return "ann@host\x00" })
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestUserAtHost(t *testing.T) {
	name, host, found := strings.Cut(userAtHost(), "@")
	if name == "" || found && host == "" {
		t.Errorf("got %q", userAtHost())
	}
}
