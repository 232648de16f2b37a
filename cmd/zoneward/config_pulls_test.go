package main

import (
	"strings"
	"testing"
)

// TestConfigOfPullRequests: what would send a token astray, or wait for reviews that nobody tells of, is an error with its line.
func TestConfigOfPullRequests(t *testing.T) {
	const config = `version: 1
source: {git: {url: "https://git.example.com/dns/zones"}}
providers: {live: {type: zonedir, directory: live}}
zones: [{match: "*", targets: [live]}]
`
	for _, test := range []struct{ name, more, want string }{
		{"all of it", `pull_requests: {forge: gitea, repository: dns/zones, api: "https://git.example.com/api/v1", token: "${FORGE}", config: dns/zoneward.yaml, trust: ["github-actions[bot]"], interval: 1m, comment: false}`, ""},
		{"a project below groups", `pull_requests: {forge: gitlab, repository: a/b/c/zones, token: "${FORGE}"}`, ""},
		{"redacted", `redact: {zones: ["*.corp.example"], types: [TXT]}`, ""},
		{"reviewed", "policy: {apply: reviewed}\npull_requests: {forge: github, repository: dns/zones, token: \"${FORGE}\"}", ""},
		{"no forge", `pull_requests: {repository: dns/zones}`, "zoneward.yaml:5: pull_requests: forge is missing"},
		{"no repository", `pull_requests: {forge: github}`, "pull_requests: repository is missing"},
		{"another forge", `pull_requests: {forge: sourcehut, repository: dns/zones}`, `"sourcehut" is not one of github, gitea, gitlab`},
		{"a path that leads elsewhere", `pull_requests: {forge: github, repository: "dns/../admin"}`, "want owner/name"},
		{"a name alone", `pull_requests: {forge: github, repository: zones}`, "want owner/name"},
		{"an API with a password", `pull_requests: {forge: gitea, repository: dns/zones, api: "https://me:secret@git.example.com"}`, "pull_requests.api: want an https:// address"},
		{"an API of another kind", `pull_requests: {forge: gitea, repository: dns/zones, api: "file:///etc/passwd"}`, "pull_requests.api: want an https:// address"},
		{"a token as text", `pull_requests: {forge: gitea, repository: dns/zones, token: "abc"}`, "zoneward.yaml:5: pull_requests.token"},
		{"an unknown key", `pull_requests: {forge: gitea, repository: dns/zones, label: x}`, "label"},
		{"nothing redacted", `redact: {}`, "redact"},
		{"an unknown type", `redact: {types: [NONE!]}`, "redact.types"},
		{"reviewed, and no forge", `policy: {apply: reviewed}`, "apply: reviewed wants pull_requests"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseConfig("zoneward.yaml", []byte(config+test.more+"\n"), func(string) (string, bool) { return "secret", true }, true)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("%v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v; want %q", err, test.want)
			case err != nil && strings.Contains(err.Error(), ":secret@"):
				t.Errorf("the error has the password: %v", err)
			}
		})
	}
}
