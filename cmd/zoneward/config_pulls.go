package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// pullsConfig says on which forge the pull requests of the zones repository are, and what counts there.
type pullsConfig struct {
	at         string // file:line
	forge      forge.Kind
	repository string // owner/name, or the path of a GitLab project
	api        string // the root of the REST API, empty for what is usual
	token      *secret
	config     string // the path of the configuration that comments and statuses name
	// trust are the logins whose commit statuses count beside our own.
	trust    []string
	interval time.Duration
	comment  bool
}

// defaultPullsInterval is how often the daemon asks for open pull requests that no webhook told it of.
const defaultPullsInterval = 5 * time.Minute

func (c *config) decodePulls(d *decoder, n *yaml.Node) {
	p := &pullsConfig{at: d.at(n), config: defaultConfigFile, interval: defaultPullsInterval, comment: true}
	d.mapping(n, "pull_requests", keys{
		"forge": func(n *yaml.Node) {
			p.forge = forge.Kind(d.choice(n, "pull_requests.forge", string(forge.GitHub), string(forge.Gitea), string(forge.GitLab)))
		},
		"repository": func(n *yaml.Node) { p.repository = parse(d, n, "pull_requests.repository", repositoryName) },
		"api":        func(n *yaml.Node) { p.api = parse(d, n, "pull_requests.api", apiRoot) },
		"token": func(n *yaml.Node) {
			s := d.secret(n, "pull_requests.token")
			p.token = &s
		},
		"config":   func(n *yaml.Node) { p.config = parse(d, n, "pull_requests.config", insidePath) },
		"trust":    func(n *yaml.Node) { p.trust = d.texts(n, "pull_requests.trust") },
		"interval": func(n *yaml.Node) { p.interval = d.duration(n, "pull_requests.interval", time.Second) },
		"comment":  func(n *yaml.Node) { p.comment = d.boolean(n, "pull_requests.comment") },
	})
	if p.forge == "" {
		d.fail(n, "pull_requests: forge is missing: github, gitea (Forgejo too) or gitlab")
	}
	if p.repository == "" {
		d.fail(n, "pull_requests: repository is missing: owner/name, or the path of a GitLab project")
	}
	c.pulls = p
}

// checkReviewed fails if a policy wants plans to be reviewed, and nothing says where that is done.
func (c *config) checkReviewed(d *decoder, n *yaml.Node) {
	reviewed := func(p reconcile.Policy) bool { return p.Review }
	if c.pulls == nil && (c.policy.Review || slices.ContainsFunc(c.policies(), reviewed)) {
		d.fail(n, "apply: reviewed wants pull_requests: which forge has the pull requests of the zones repository")
	}
}

// repositoryName reads the name that a forge has for a repository.
func repositoryName(text string) (string, error) {
	parts := strings.Split(text, "/")
	for _, part := range parts {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" || strings.Trim(part, ".") == "" {
			return "", fmt.Errorf("%q: want owner/name", text)
		}
	}
	if len(parts) < 2 {
		return "", fmt.Errorf("%q: want owner/name", text)
	}
	return text, nil
}

// apiRoot reads the address of an API, which gets the token.
func apiRoot(text string) (string, error) {
	at, err := url.Parse(text)
	if err != nil || at.Host == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "" || at.Scheme != "https" && at.Scheme != "http" {
		return "", errors.New("want an https:// address, without a user, a password, or anything behind the path")
	}
	return strings.TrimSuffix(text, "/"), nil
}

// decodeRedact reads what is not shown in reports.
func (c *config) decodeRedact(d *decoder, n *yaml.Node) {
	var r report.Redaction
	d.mapping(n, "redact", keys{
		"zones": func(n *yaml.Node) {
			for _, element := range d.sequence(n, "redact.zones") {
				r.Zones = append(r.Zones, parse(d, element, "redact.zones", zonePattern))
			}
		},
		"types": func(n *yaml.Node) {
			for _, element := range d.sequence(n, "redact.types") {
				r.Types = append(r.Types, parse(d, element, "redact.types", zonefile.ParseType))
			}
		},
	})
	if len(r.Zones)+len(r.Types) == 0 {
		d.fail(n, "redact: names nothing: want zones, types, or both")
	}
	c.redact = r
}
