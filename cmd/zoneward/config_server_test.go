package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
)

// withServer returns a configuration with a server, in the first line.
func withServer(s string) string {
	return "server: " + s + "\n" + `version: 1
source: {git: {url: "https://git.example.com/team/zones.git"}}
providers: {live: {type: zonedir, directory: live}}
zones: [{match: '*', targets: [live]}]
`
}

const someHash = "sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

func TestServerKeys(t *testing.T) {
	c, err := configOf(withServer(`{listen: "127.0.0.1:0", pprof: "127.0.0.1:6060", tls: {certificate: tls.crt, key: tls.key}, metric_zones: 500,
 tokens: [{name: ci, role: operate, hash: "` + someHash + `", zones: [example.com, "*.example.net"], expires: 2027-01-01T00:00:00Z}],
 oidc: [{issuer: "https://token.actions.githubusercontent.com", audience: "https://zoneward.example.com", role: read, zones: [example.com],
  claims: {repository: example/zones, ref: [refs/heads/main, "refs/heads/release/*"], run_attempt: 1}}],
 webhooks: {github: {secret: "${NEW}"}, gitlab: {secret: ["${NEW}", "${OLD}"]}, repositories: ["https://mirror.example.com/zones"], proxies: [192.0.2.1, "2001:db8::/32"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	s := c.server
	if s.listen != "127.0.0.1:0" || s.pprof != "127.0.0.1:6060" || s.tls != (server.TLS{Certificate: "tls.crt", Key: "tls.key"}) || s.mostZones != 500 || len(s.proxies) != 2 {
		t.Errorf("%+v", s)
	}
	if token := s.tokens[0]; token.Name != "ci" || token.Role != server.RoleOperate || len(token.Zones) != 2 || !token.Expires.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", token)
	}
	if len(s.oidc) != 1 || len(s.oidc[0].Zones) != 1 {
		t.Fatalf("%+v", s.oidc)
	}
	s.oidc[0].Zones = nil // it has no fields that could be compared
	if diff := cmp.Diff(s.oidc[0], server.OIDCRule{
		Issuer: "https://token.actions.githubusercontent.com", Audience: "https://zoneward.example.com", Role: server.RoleRead,
		Claims: []server.ClaimRule{{Name: "repository", Any: []string{"example/zones"}}, {Name: "ref", Any: []string{"refs/heads/main", "refs/heads/release/*"}}, {Name: "run_attempt", Any: []string{"1"}}},
	}); diff != "" {
		t.Errorf("oidc (-got +want):\n%s", diff)
	}
	secrets := s.hookSecrets()
	for kind, want := range map[forge.Kind][]string{forge.GitHub: {"value of NEW"}, forge.GitLab: {"value of NEW", "value of OLD"}} {
		got, err := secrets[kind]()
		if diff := cmp.Diff(got, want); diff != "" || err != nil {
			t.Errorf("%s: %v (-got +want):\n%s", kind, err, diff)
		}
	}
	if secrets[forge.Gitea] != nil {
		t.Error("a forge without a secret has one")
	}
	var repositories []string
	for _, r := range c.hookRepositories() {
		repositories = append(repositories, r.String())
	}
	if diff := cmp.Diff(repositories, []string{"mirror.example.com/zones", "git.example.com/team/zones"}); diff != "" {
		t.Errorf("repositories (-got +want):\n%s", diff)
	}
}

func TestWrongServer(t *testing.T) {
	for _, test := range []struct{ server, want string }{
		{`{listen: 8053}`, "address 8053: missing port in address"},
		{`{tls: {certificate: a}}`, "want certificate and key"},
		{`{pprof: "192.0.2.1:6060"}`, "server.pprof: "},
		{`{pprof: ":6060"}`, "server.pprof: "},
		{`{metric_zones: 0}`, "server.metric_zones"},
		{`{webhooks: {proxies: [host]}}`, "neither an address nor a prefix"},
		{`{tokens: [{name: ci, role: root, hash: "` + someHash + `"}]}`, "server.tokens.role: "},
		{`{tokens: [{name: ci, role: read}]}`, "want name, role and hash: zoneward token new prints them"},
		{`{tokens: [{name: ci, role: read, hash: hunter2}]}`, "server.tokens.hash: "},
		{`{tokens: [{name: ci, role: read, hash: "` + someHash + `", zones: []}]}`, "none are named"},
		{`{tokens: [{name: a, role: read, hash: "` + someHash + `"}, {name: a, role: read, hash: "` + someHash + `"}]}`, "server.tokens: "},
		{`{tokens: [{name: ci, role: read, hash: "` + someHash + `", expires: tomorrow}]}`, "server.tokens.expires"},
		{`{oidc: [{issuer: "https://git.example", audience: x, role: read}]}`, "claims let everybody's jobs in"},
		{`{oidc: [{issuer: "https://git.example", audience: x, role: read, claims: {ref: main}}]}`, "claims let everybody's jobs in"},
		{`{oidc: [{issuer: "https://git.example", audience: x, role: read, claims: [repository]}]}`, "server.oidc.claims: want a mapping"},
		{`{oidc: [{issuer: "https://git.example", audience: x, role: read, claims: {repository: {a: b}}}]}`, "server.oidc.claims.repository: want a list"},
		{`{oidc: [{issuer: "https://git.example", audience: x, role: read, claims: {repository: a/b, repository: c/d}}]}`, "repository"},
		{`{oidc: [{issuer: "https://git.example", audience: x, role: root, claims: {repository: a/b}}]}`, "server.oidc.role: "},
		{`{oidc: [{issuer: "https://git.example", audience: x, claims: {repository: a/b}}]}`, "want issuer, audience, role and claims"},
		{`{oidc: [{issuer: "https://git.example", role: read, claims: {repository: a/b}}]}`, "want issuer, audience, role and claims"},
		{`{oidc: [{issuer: "http://git.example", audience: x, role: read, claims: {repository: a/b}}]}`, "want https"},
		{`{oidc: [{issuer: "https://user:hunter2@git.example", audience: x, role: read, claims: {repository: a/b}}]}`, "a user or password"},
		{`{oidc: [{issuer: "https://git.example", audience: x, role: read, zones: [], claims: {repository: a/b}}]}`, "server.oidc.zones: none are named"},
		{`{oidc: [https://git.example]}`, "server.oidc: want a mapping"},
		{`{webhooks: {github: {}}}`, "secret is missing"},
		{`{webhooks: {github: {secret: hunter2}}}`, "server.webhooks.github.secret"},
		{`{webhooks: {bitbucket: {secret: "${A}"}}}`, `unknown key "bitbucket"`},
		{`{webhooks: {repositories: ["https://user:hunter2@"]}}`, "server.webhooks.repositories"},
	} {
		_, err := configOf(withServer(test.server))
		lines := errorLines(err)
		if len(lines) == 0 || !strings.HasPrefix(lines[0], "zoneward.yaml:1: ") || !strings.Contains(strings.Join(lines, "\n"), test.want) || strings.Contains(strings.Join(lines, "\n"), "hunter2") {
			t.Errorf("%s: %q; want %q", test.server, lines, test.want)
		}
	}
}

func TestWrongNotifications(t *testing.T) {
	with := func(n string) string {
		return strings.Replace(withServer("{}"), "server: {}", "notifications: "+n, 1)
	}
	if c, err := configOf(with(`[{name: ops, url: "${URL}", events: [held, failed], severity: warning, zones: ["*.example.com"], records: true, every: 1s, burst: 3}, {name: audit, webhook: "${HOOK}", secret: "${S}"}]`)); err != nil {
		t.Error(err)
	} else if n := c.notifications; len(n) != 2 || len(n[0].Events) != 2 || !n[0].Records || n[0].Webhook || !n[1].Webhook || !n[1].Signed {
		t.Errorf("%+v", n)
	}
	for _, test := range []struct{ notifications, want string }{
		{`[{url: "${A}"}]`, "name is missing"},
		{`[{name: a}]`, "want url, of a service, or webhook"},
		{`[{name: a, url: "${A}"}, {name: a, url: "${A}"}]`, `the name "a" comes twice`},
		{`[{name: a, url: "slack://hunter2@x"}]`, "notifications.url"},
		{`[{name: a, url: "${A}", secret: "${B}"}]`, "secret is for a webhook"},
		{`[{name: a, url: "${A}", webhook: "${B}"}]`, "want either url or webhook"},
		{`[{name: a, url: "${A}", events: [everything]}]`, "notifications.events"},
		{`[{name: a, url: "${A}", severity: fatal}]`, "notifications.severity"},
		{`[{name: a, url: "${A}", burst: 0}]`, "notifications.burst"},
	} {
		_, err := configOf(with(test.notifications))
		if text := strings.Join(errorLines(err), "\n"); !strings.HasPrefix(text, "zoneward.yaml:1: ") || !strings.Contains(text, test.want) || strings.Contains(text, "hunter2") {
			t.Errorf("%s: %q; want %q", test.notifications, text, test.want)
		}
	}
}

func TestWrongGit(t *testing.T) {
	with := func(g string) string {
		return "source: {git: " + g + "}\n" + "version: 1\nproviders: {live: {type: zonedir, directory: live}}\nzones: [{match: '*', targets: [live]}]\n"
	}
	for _, good := range []string{
		`{url: "https://git.example.com/zones", token: "${T}", branch: main, path: zones, interval: 30s, timeout: 1m, max_size: 500MiB, clone: clone, ca_file: ca.pem}`,
		`{url: "https://git.example.com/zones", github_app: {id: "123", installation: 7, key: "${KEY}", api: "https://git.example.com/api/v3"}, implementation: cli}`,
		`{url: "git@git.example.com:zones.git", ssh_key: "${KEY}", ssh_passphrase: "${P}", known_hosts: known_hosts}`,
		`{url: "ssh://git@git.example.com/zones.git", ssh_key: "${KEY}", known_hosts: known_hosts}`,
		`{url: zones.git, signatures: {mode: range, openpgp_keys: [a.asc], allowed_signers: signers}}`,
	} {
		if _, err := configOf(with(good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, test := range []struct{ git, want string }{
		{`{branch: main}`, "url is missing"},
		{`{url: "https://git.example.com/zones", token: "${T}", github_app: {id: "1", key: "${K}"}}`, "want either token or github_app"},
		{`{url: "git@git.example.com:zones.git", ssh_key: "${KEY}"}`, "ssh wants ssh_key, the private key, and known_hosts"},
		{`{url: "ssh://git@git.example.com/zones.git", known_hosts: k}`, "ssh wants ssh_key, the private key, and known_hosts"},
		{`{url: a, github_app: {id: "1"}}`, "want id, and key"},
		{`{url: a, github_app: {id: "1", key: "${K}", installation: -1}}`, "not the number of an installation"},
		{`{url: a, implementation: libgit2}`, "source.git.implementation"},
		{`{url: a, max_size: 5}`, "not a size such as 500MiB or 2GiB"},
		{`{url: a, max_size: 99999999999GiB}`, "not a size such as 500MiB or 2GiB"},
		{`{url: a, signatures: {openpgp_keys: [a]}}`, "mode is missing"},
		{`{url: a, signatures: {mode: head}}`, "no keys are trusted"},
		{`{url: a, signatures: {mode: tag, allowed_signers: a}}`, "signatures.mode"},
		{`{url: a, ssh_key: hunter2}`, "source.git.ssh_key"},
	} {
		_, err := configOf(with(test.git))
		if text := strings.Join(errorLines(err), "\n"); !strings.HasPrefix(text, "zoneward.yaml:1: ") || !strings.Contains(text, test.want) || strings.Contains(text, "hunter2") {
			t.Errorf("%s: %q; want %q", test.git, text, test.want)
		}
	}
}
