package main

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
)

// gitConfig is a git repository as source.
type gitConfig struct {
	url, branch string
	path        string // below the repository's root
	token       *secret
	app         *appConfig
	// sshKey and passphrase are for ssh, and knownHosts is the file with the keys of servers.
	sshKey, passphrase *secret
	knownHosts         string
	caFile             string
	implementation     git.Implementation
	timeout            time.Duration
	maxSize            int64  // octets; 0 is what is usual
	clone              string // the directory that the daemon's clone is in; empty for a temporary one
	signatures         *signatureConfig
}

// appConfig is a GitHub App.
type appConfig struct {
	id           string
	installation int64
	key          secret
	api          string
}

// signatureConfig says which commits are trusted.
type signatureConfig struct {
	mode           string // head or range
	openPGP        []string
	allowedSigners string
}

func (c *config) decodeGit(d *decoder, n *yaml.Node) {
	g := c.source.git
	secretTo := func(what string, to **secret) func(*yaml.Node) {
		return func(n *yaml.Node) {
			s := d.secret(n, "source.git."+what)
			*to = &s
		}
	}
	fileTo := func(what string, to *string) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = c.join(d.text(n, "source.git."+what)) }
	}
	d.mapping(n, "source.git", keys{
		"url":            func(n *yaml.Node) { g.url = c.repository(d.text(n, "source.git.url")) },
		"branch":         func(n *yaml.Node) { g.branch = d.text(n, "source.git.branch") },
		"path":           func(n *yaml.Node) { g.path = path.Clean(d.text(n, "source.git.path")) },
		"interval":       func(n *yaml.Node) { c.source.interval = d.duration(n, "source.git.interval", time.Second) },
		"timeout":        func(n *yaml.Node) { g.timeout = d.duration(n, "source.git.timeout", time.Second) },
		"token":          secretTo("token", &g.token),
		"ssh_key":        secretTo("ssh_key", &g.sshKey),
		"ssh_passphrase": secretTo("ssh_passphrase", &g.passphrase),
		"known_hosts":    fileTo("known_hosts", &g.knownHosts),
		"ca_file":        fileTo("ca_file", &g.caFile),
		"clone":          fileTo("clone", &g.clone),
		"max_size":       func(n *yaml.Node) { g.maxSize = parse(d, n, "source.git.max_size", parseSize) },
		"implementation": func(n *yaml.Node) {
			g.implementation = git.Implementation(d.choice(n, "source.git.implementation", string(git.GoGit), string(git.CLI)))
		},
		"github_app": func(n *yaml.Node) { g.app = decodeApp(d, n) },
		"signatures": func(n *yaml.Node) { g.signatures = c.decodeSignatures(d, n) },
	})
	switch {
	case g.url == "":
		d.fail(n, "source.git: url is missing")
	case g.token != nil && g.app != nil:
		d.fail(n, "source.git: want either token or github_app")
	case isSSH(g.url) && (g.sshKey == nil || g.knownHosts == ""):
		d.fail(n, "source.git: ssh wants ssh_key, the private key, and known_hosts, a file with the key of the server (ssh-keyscan prints it: compare it with what the host publishes)")
	}
}

// isSSH reports whether a repository is reached by ssh: a URL of that scheme, or user@host:path.
func isSSH(url string) bool {
	scheme, _, isURL := strings.Cut(url, "://")
	if isURL {
		return strings.Contains(strings.ToLower(scheme), "ssh")
	}
	host, _, ok := strings.Cut(url, ":")
	return ok && !strings.Contains(host, "/")
}

func decodeApp(d *decoder, n *yaml.Node) *appConfig {
	app := &appConfig{}
	d.mapping(n, "source.git.github_app", keys{
		"id":           func(n *yaml.Node) { app.id = d.text(n, "github_app.id") },
		"installation": func(n *yaml.Node) { app.installation = parse(d, n, "github_app.installation", parseInstallation) },
		"key":          func(n *yaml.Node) { app.key = d.secret(n, "github_app.key") },
		"api":          func(n *yaml.Node) { app.api = d.text(n, "github_app.api") },
	})
	if app.id == "" || app.key.template == "" {
		d.fail(n, "source.git.github_app: want id, and key, the private key of the app as in \"${file:app.pem}\"")
	}
	return app
}

func parseInstallation(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%q is not the number of an installation", text)
	}
	return n, nil
}

// parseSize reads a number of octets: "500MiB", "2GiB".
func parseSize(text string) (int64, error) {
	for unit, factor := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if digits, ok := strings.CutSuffix(text, unit); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 32)
			if err != nil || n <= 0 {
				break
			}
			return n * factor, nil
		}
	}
	return 0, fmt.Errorf("%q is not a size such as 500MiB or 2GiB", text)
}

func (c *config) decodeSignatures(d *decoder, n *yaml.Node) *signatureConfig {
	s := &signatureConfig{}
	d.mapping(n, "source.git.signatures", keys{
		"mode": func(n *yaml.Node) { s.mode = d.choice(n, "signatures.mode", "head", "range") },
		"openpgp_keys": func(n *yaml.Node) {
			for _, file := range d.texts(n, "signatures.openpgp_keys") {
				s.openPGP = append(s.openPGP, c.join(file))
			}
		},
		"allowed_signers": func(n *yaml.Node) { s.allowedSigners = c.join(d.text(n, "signatures.allowed_signers")) },
	})
	if s.mode == "" {
		d.fail(n, "source.git.signatures: mode is missing: head (the newest commit) or range (all since the zone was last applied)")
	}
	if len(s.openPGP) == 0 && s.allowedSigners == "" {
		d.fail(n, "source.git.signatures: no keys are trusted: want openpgp_keys, allowed_signers, or both")
	}
	return s
}

// repository returns the URL of a repository, and for a path one that is relative to the configuration.
func (c *config) repository(url string) string {
	if strings.Contains(url, "://") || strings.Contains(url, "@") {
		return url
	}
	return c.join(url)
}
