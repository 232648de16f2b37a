package dnstest

import (
	"os"
	"strings"
	"testing"
)

// TestDocumentedKeys looks for every key that a test can have in the page that describes it.
func TestDocumentedKeys(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/dns-tests.md")
	if err != nil {
		t.Fatal(err)
	}
	for kind, keys := range kindKeys {
		_, section, ok := strings.Cut(string(page), "\n### "+kind+"\n")
		if !ok {
			t.Errorf("no section about %s", kind)
		}
		section, _, _ = strings.Cut(section, "\n##")
		for _, key := range append([]string{kind}, keys...) {
			if !strings.Contains(section, "\n| `"+key+"` |") {
				t.Errorf("the section about %s does not have %s", kind, key)
			}
		}
	}
	for _, key := range append([]string{"version", "tests", "policy", "subdomains", "reports", "all", "include", "lookups", "min", "max"}, commonKeys...) {
		if !strings.Contains(string(page), "`"+key+"`") && !strings.Contains(string(page), "."+key+"`") && !strings.Contains(string(page), key+": ") {
			t.Errorf("the page does not have %s", key)
		}
	}
}
