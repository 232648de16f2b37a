package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/notify"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/rules"
)

// config is the configuration file, docs/configuration.md. All paths in it are ready to be opened.
type config struct {
	file   string // as it was given
	folder string // that it is in
	source sourceConfig
	state  string // the SQLite file
	// providers by name. They are opened when a command needs them.
	providers map[string]providerConfig
	rules     []reconcile.Rule
	policy    reconcile.Policy // of what no rule is for
	domains   domainReferences
	prober    dnsquery.ProberOptions // where name servers are asked before a domain is sent to them
	drift     time.Duration
	server    serverConfig     // of the daemon
	pulls     *pullsConfig     // nil if nothing is said of pull requests
	redact    report.Redaction // of reports of pull requests
	judge     *rules.Set       // what is looked for in zone files
	// notifications are who is told what by the daemon.
	notifications []notify.Rule
}

// sourceConfig says where the zones repository is: a directory, or git.
type sourceConfig struct {
	dir        string // relative to the configuration, as it is shown
	path       string // to open
	git        *gitConfig
	interval   time.Duration
	semicolons zonefile.Semicolons
	limits     zonefile.Limits
	own        []string // files and directories of ours below the directory, which are no part of it
}

// Defaults of the configuration.
const (
	defaultConfigFile = "zoneward.yaml"
	defaultState      = "state.db"
	defaultListen     = "127.0.0.1:8053"
	defaultInterval   = time.Minute
	defaultDrift      = time.Hour
)

// loadConfig reads the configuration. The error names every problem that it has, each with file and line. Without secrets, what ${} names
// under providers: is not looked up, so that a check of zone files needs none; the providers cannot be opened then.
func loadConfig(file string, lookup func(string) (string, bool), secrets bool) (*config, error) {
	content, err := readConfig(file)
	if err != nil {
		return nil, err
	}
	return parseConfig(file, content, lookup, secrets)
}

// readConfig reads the configuration file.
func readConfig(file string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &usageError{fmt.Errorf("read the configuration: %w", err), "name it with -c FILE; docs/configuration.md has one to start from"}
	}
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("read the configuration: %w", err)}
	}
	return content, nil
}

// parseConfig is loadConfig for a file that was read.
func parseConfig(file string, content []byte, lookup func(string) (string, bool), secrets bool) (*config, error) {
	return parseConfigIn(filepath.Dir(file), file, content, lookup, secrets)
}

// parseConfigIn is parseConfig for a file whose paths are relative to that folder, wherever the file was.
func parseConfigIn(folder, file string, content []byte, lookup func(string) (string, bool), secrets bool) (*config, error) {
	root, err := yamlRoot(file, content)
	if err != nil {
		return nil, &usageError{err: err}
	}
	d := &decoder{file: file, expand: expander{folder: folder, lookup: lookup}}
	c := &config{
		file: file, folder: folder, state: filepath.Join(folder, defaultState), drift: defaultDrift, server: serverConfig{listen: defaultListen},
		providers: map[string]providerConfig{}, judge: usualRules(),
	}
	c.decode(d, root, secrets)
	if g := c.source.git; g != nil && g.clone == "" {
		g.clone = c.state + "-clone"
	}
	c.setOwn()
	if err := d.err(); err != nil {
		return nil, &usageError{err: err}
	}
	return c, nil
}

func (c *config) decode(d *decoder, root *yaml.Node, secrets bool) {
	var version, source, targets, rules, policy, domains *yaml.Node
	keep := func(to **yaml.Node) func(*yaml.Node) { return func(n *yaml.Node) { *to = n } }
	if !d.mapping(root, "the configuration", keys{
		"version": keep(&version), "source": keep(&source), "providers": keep(&targets), "zones": keep(&rules), "policy": keep(&policy), "domains": keep(&domains),
		"state":         func(n *yaml.Node) { c.state = c.join(d.text(n, "state")) },
		"server":        func(n *yaml.Node) { c.decodeServer(d, n) },
		"pull_requests": func(n *yaml.Node) { c.decodePulls(d, n) },
		"redact":        func(n *yaml.Node) { c.decodeRedact(d, n) },
		"validate":      func(n *yaml.Node) { c.decodeValidate(d, n) },
		"notifications": func(n *yaml.Node) {
			for _, one := range d.sequence(n, "notifications") {
				c.decodeNotification(d, one)
			}
		},
	}) {
		return
	}
	if version == nil {
		d.fail(root, "version: is missing: 1")
	} else {
		parse(d, version, "version", knownVersion)
	}
	if source == nil {
		d.fail(root, "source: is missing: where the zone files are")
	} else {
		c.decodeSource(d, source)
	}
	if targets == nil {
		d.fail(root, "providers: is missing: where zones are written to")
	} else {
		d.blind = !secrets
		c.decodeProviders(d, targets)
		d.blind = false
	}
	c.domains = decodeDomains(d, domains, !secrets)
	c.policy = reconcile.DefaultPolicy()
	if policy != nil {
		c.decodePolicy(d, policy, &c.policy, nil)
	}
	if rules == nil {
		d.fail(root, "zones: is missing: which zones go to which providers; [] if there are only files of domains")
		return
	}
	for _, rule := range d.sequence(rules, "zones") {
		c.decodeRule(d, rule)
	}
	c.checkReviewed(d, root)
}

// join returns a path of the configuration, relative to its folder, as one to open.
func (c *config) join(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.folder, name)
}

// knownVersion reads the version of the configuration, of which there is one.
func knownVersion(text string) (int, error) {
	if text != "1" {
		return 0, fmt.Errorf("%q is not known; this program reads version 1", text)
	}
	return 1, nil
}

func (c *config) decodeSource(d *decoder, n *yaml.Node) {
	s := &c.source
	s.interval = defaultInterval
	d.mapping(n, "source", keys{
		"dir": func(n *yaml.Node) {
			s.dir = filepath.ToSlash(filepath.Clean(d.text(n, "source.dir")))
			s.path = c.join(s.dir)
		},
		"interval":           func(n *yaml.Node) { s.interval = d.duration(n, "source.interval", time.Second) },
		"escaped_semicolons": func(n *yaml.Node) { s.semicolons = d.semicolons(n) },
		"limits":             func(n *yaml.Node) { s.limits = d.zoneLimits(n) },
		"git":                func(n *yaml.Node) { s.git = &gitConfig{}; c.decodeGit(d, n) },
	})
	if (s.dir == "") == (s.git == nil) {
		d.fail(n, "source: want either dir or git")
	}
}

func (c *config) decodeProviders(d *decoder, n *yaml.Node) {
	n = resolve(n)
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		d.fail(n, "providers: want a mapping from names to providers")
		return
	}
	known := keys{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		if _, err := plainName(name); err != nil {
			d.fail(n.Content[i], "providers: %w", err)
		}
		known[name] = func(n *yaml.Node) { c.providers[name] = c.decodeProvider(d, n, name) }
	}
	d.mapping(n, "providers", known)
	c.shareLimits(d, n)
}

// plainName reads a name that can stand in file names, metrics and command lines as it is.
func plainName(text string) (string, error) {
	if text == "" || strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		return "", fmt.Errorf("%q: a name has letters, digits, - and _", text)
	}
	return text, nil
}

func (c *config) decodeRule(d *decoder, n *yaml.Node) {
	rule := reconcile.Rule{Policy: c.policy}
	var policy, autoPTR *yaml.Node
	d.mappingWith(n, "zones", keys{
		"match": func(n *yaml.Node) {
			for _, element := range d.sequence(n, "match") {
				rule.Match = append(rule.Match, parse(d, element, "match", zonePattern))
			}
		},
		"file":    func(n *yaml.Node) { rule.File, rule.Beside = d.zoneFiles(n) },
		"targets": func(n *yaml.Node) { rule.Targets = c.decodeTargets(d, n, "targets") },
		"create_zone": func(n *yaml.Node) {
			create := d.boolean(n, "create_zone")
			rule.CreateZone = &create
		},
		"kind":     func(n *yaml.Node) { rule.Kind = d.text(n, "kind") },
		"zone":     func(n *yaml.Node) { rule.Properties = decodeProperties(d, n, "zone") },
		"policy":   func(n *yaml.Node) { policy = n },
		"auto_ptr": func(n *yaml.Node) { autoPTR = n },
	}, laterKeys{"soa": "of zones that have none", "nameservers": "of zones that have none", "primaries": "for secondary zones"})
	if len(rule.Match) == 0 {
		d.fail(n, "zones: match is missing: which zones the rule is for, such as \"*\" or example.com")
	}
	if len(rule.Targets) == 0 {
		d.fail(n, "zones: targets is missing: which providers the zones go to")
	}
	if autoPTR != nil {
		c.decodeAutoPTR(d, autoPTR, &rule)
	}
	if policy != nil {
		c.decodePolicy(d, policy, &rule.Policy, &rule)
	}
	c.rules = append(c.rules, rule)
}

// zonePattern reads a pattern for zone names: a name, or one with asterisks.
func zonePattern(text string) (string, error) {
	if strings.Contains(text, "*") {
		return pattern(strings.TrimSuffix(text, "."))
	}
	name, err := zonefile.ParseUnicodeName(text, zonefile.Root)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(name.String(), "."), nil
}

// pattern returns a pattern with its labels as names have them: in lower case, and as A-labels.
func pattern(text string) (string, error) {
	labels := strings.Split(strings.ToLower(text), ".")
	for i, label := range labels {
		if strings.Contains(label, "*") || label == "@" || isASCII(label) {
			continue
		}
		name, err := zonefile.ParseUnicodeName(label, zonefile.Root)
		if err != nil {
			return "", err
		}
		labels[i] = strings.TrimSuffix(name.String(), ".")
	}
	return strings.Join(labels, "."), nil
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > 127 })
}

// insidePath reads a path that stays below the folder it is relative to.
func insidePath(text string) (string, error) {
	if clean := path.Clean(filepath.ToSlash(text)); fs.ValidPath(clean) && clean != "." {
		return clean, nil
	}
	return "", fmt.Errorf("%q: want a path below the source directory", text)
}
