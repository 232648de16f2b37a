package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/reconcile"
)

// documents returns the repository's pages for people, by their path in it.
func documents(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, file := range []string{"README.md", "CHANGELOG.md"} {
		pages[file] = readFile(t, filepath.Join(root, file))
	}
	err := fs.WalkDir(os.DirFS(filepath.Join(root, "docs")), ".", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(file, ".md") {
			pages["docs/"+file] = readFile(t, filepath.Join(root, "docs", file))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// TestDocumentedConfigurations loads every configuration that the documentation shows, whole ones and what stands under providers:.
func TestDocumentedConfigurations(t *testing.T) {
	tested := 0
	for page, text := range documents(t) {
		for _, block := range codeBlocks(text, "yaml") {
			config := block.text
			switch {
			case strings.HasPrefix(config, "version: 1\n"):
			case strings.HasPrefix(config, "providers:\n"):
				config = "version: 1\nsource: {dir: zones}\nzones: []\n" + config
			default:
				continue
			}
			tested++
			t.Run(fmt.Sprintf("%s:%d", page, block.line), func(t *testing.T) {
				file := filepath.Join(t.TempDir(), "zoneward.yaml")
				if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
					t.Fatal(err)
				}
				c, err := loadConfig(file, func(string) (string, bool) { return "c2VjcmV0", true }, true)
				if err == nil {
					_, err = c.openProviders(nil)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	if tested < 5 {
		t.Errorf("%d configurations were found", tested)
	}
}

// TestDocumentedKeys looks for every key that the configuration can have in the page that describes it.
func TestDocumentedKeys(t *testing.T) {
	general, pages := "configuration", documents(t)
	for _, test := range []struct{ page, config string }{
		{general, "nothing: 1"},
		{general, "source: {nothing: 1}"},
		{general, "source: {git: {nothing: 1}}"},
		{general, "zones: [{nothing: 1}]"},
		{"reverse-zones", "zones: [{auto_ptr: {nothing: 1}}]"},
		{general, "policy: {nothing: 1}"},
		{general, "policy: {ignore: [{nothing: 1}]}"},
		{general, "policy: {ttl: {nothing: 1}}"},
		{general, "policy: {drift: {nothing: 1}}"},
		{general, "policy: {external_dns: {nothing: 1}}"},
		{general, "policy: {freeze: [{nothing: 1}]}"},
		{general, "policy: {freeze: [{deny: {nothing: 1}}]}"},
		{general, "domains: {nothing: 1}"},
		{general, "server: {nothing: 1}"},
		{general, "server: {tls: {nothing: 1}}"},
		{general, "server: {tokens: [{nothing: 1}]}"},
		{general, "server: {webhooks: {nothing: 1}}"},
		{general, "notifications: [{nothing: 1}]"},
		{general, "source: {git: {github_app: {nothing: 1}}}"},
		{general, "source: {git: {signatures: {nothing: 1}}}"},
		{general, "providers: {p: {type: scaleway-tem, nothing: 1}}"},
		{general, "providers: {p: {type: scalingo, nothing: 1}}"},
		{general, "providers: {p: {type: glauca, nothing: 1}}"},
		{"providers/powerdns", "providers: {p: {type: powerdns, nothing: 1}}"},
		{"providers/rfc2136", "providers: {p: {type: rfc2136, nothing: 1}}"},
		{"providers/rfc2136", "providers: {p: {type: rfc2136, tsig: {nothing: 1}}}"},
		{"providers/zonedir", "providers: {p: {type: zonedir, nothing: 1}}"},
		{"providers/zonedir", "providers: {p: {type: zonedir, soa: {nothing: 1}}}"},
	} {
		file := filepath.Join(t.TempDir(), "zoneward.yaml")
		if err := os.WriteFile(file, []byte(test.config), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadConfig(file, os.LookupEnv, true)
		found := regexp.MustCompile(`unknown key "nothing"; it can have (.*)`).FindStringSubmatch(fmt.Sprint(err))
		if found == nil {
			t.Errorf("%s: %v", test.config, err)
			continue
		}
		for key := range strings.SplitSeq(found[1], ", ") {
			page := "docs/" + test.page + ".md"
			if slices.Contains([]string{"type", "account", "burst", "concurrent", "rate", "verify"}, key) {
				page = "docs/" + general + ".md"
			}
			if !regexp.MustCompile("(?m)`([a-z_.]+\\.)?" + key + "`|^## " + key + "$|(^|[ {])" + key + ": ").MatchString(pages[page]) {
				t.Errorf("%s does not have the key %s, of %s", page, key, test.config)
			}
		}
	}
}

// TestDocumentedExitCodes compares the table in docs/command-line.md with the codes.
func TestDocumentedExitCodes(t *testing.T) {
	page := readFile(t, root+"/docs/command-line.md")
	var got []exitCode
	for _, row := range regexp.MustCompile("(?m)^\\| `([0-9]+)` \\|").FindAllStringSubmatch(page, -1) {
		var code exitCode
		if _, err := fmt.Sscan(row[1], &code); err != nil {
			t.Fatal(err)
		}
		got = append(got, code)
	}
	want := slices.Sorted(slices.Values(exitOrder))
	if !slices.Equal(got, want) {
		t.Errorf("the table has %d, want %d", got, want)
	}
	var order []string
	for _, code := range exitOrder {
		order = append(order, fmt.Sprint(int(code)))
	}
	if text := "in this order counts: " + strings.Join(order, ", ") + "."; !strings.Contains(page, text) {
		t.Errorf("the page does not say: %s", text)
	}
}

// TestDocumentedGuards looks for every guard in the table of docs/safety.md.
func TestDocumentedGuards(t *testing.T) {
	var got []reconcile.Guard
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(readFile(t, root+"/docs/safety.md"), -1) {
		got = append(got, reconcile.Guard(row[1]))
	}
	if !slices.Equal(got, reconcile.Guards[:]) {
		t.Errorf("the table has %s, want %s", got, reconcile.Guards)
	}
}

// TestLinks follows the links of the documentation that stay in the repository, to files and to headings.
func TestLinks(t *testing.T) {
	pages := documents(t)
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for page, text := range pages {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(found[1], "#")
			if file = path.Join(path.Dir(page), file); strings.HasPrefix(found[1], "#") {
				file = page
			}
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				t.Errorf("%s: %s: %v", page, found[1], err)
			} else if anchor != "" && !slices.Contains(anchors(pages[file]), anchor) {
				t.Errorf("%s: %s: no such heading; there are %s", page, found[1], anchors(pages[file]))
			}
		}
	}
}

// anchors returns what the headings of a page are linked by, as GitHub makes it.
func anchors(text string) []string {
	var all []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	return all
}
