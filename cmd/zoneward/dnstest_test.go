package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExampleDNSTests runs the tests of the example in each way that needs no server: all of them pass.
func TestExampleDNSTests(t *testing.T) {
	config := filepath.Join(copyExample(t, "dns-tests", t.TempDir()), "zoneward.yaml")
	for _, args := range [][]string{{"test", "--strict"}, {"test", "--strict", "--offline"}} {
		stdout, stderr := zoneward(t, exitDone, nil, append(args, "-c", config)...)
		if stdout != "Tests: 19 passed, 0 failed, 0 not decided.\n" || stderr != "" {
			t.Errorf("%s:\n%s%s", args, stdout, stderr)
		}
	}
	replaceInFile(t, filepath.Join(filepath.Dir(config), "zones/example.com.zone"), "mx2                     A", "mx3                     A")
	replaceInFile(t, filepath.Join(filepath.Dir(config), "zones/example.com.zone"), "MX     20 mx2", "MX     20 mx3")
	stdout, _ := zoneward(t, exitError, nil, "test", "-c", config)
	if !strings.Contains(stdout, "mail.yaml:4: example.com. MX on live: failed\n") || !strings.Contains(stdout, "Tests: 18 passed, 1 failed, 0 not decided.\n") {
		t.Errorf("after another MX:\n%s", stdout)
	}
}

// TestDocumentedDNSTests runs every file of tests that the documentation shows, against the zones of the example.
func TestDocumentedDNSTests(t *testing.T) {
	page := readFile(t, root+"/docs/dns-tests.md")
	config := filepath.Join(copyExample(t, "dns-tests", t.TempDir()), "zoneward.yaml")
	tests := filepath.Join(filepath.Dir(config), "zones/tests")
	tested := 0
	for _, block := range codeBlocks(page, "yaml") {
		if err := os.RemoveAll(tests); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(tests, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tests, "shown.yaml"), []byte(block.text), 0o600); err != nil {
			t.Fatal(err)
		}
		tested++
		t.Run(fmt.Sprintf("line %d", block.line), func(t *testing.T) {
			stdout, stderr := zoneward(t, exitDone, nil, "test", "--strict", "-c", config)
			if strings.HasPrefix(stdout, "Tests: 0 ") || stderr != "" {
				t.Errorf("%s%s", stdout, stderr)
			}
		})
	}
	if tested < 6 {
		t.Errorf("%d files were found", tested)
	}
	// What the page shows at its top is what comes out when one of the addresses is gone.
	shown := codeBlocks(page, "console")[0].text
	if err := os.WriteFile(filepath.Join(tests, "web.yaml"), []byte(codeBlocks(page, "yaml")[0].text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(tests, "shown.yaml")); err != nil {
		t.Fatal(err)
	}
	replaceInFile(t, filepath.Join(filepath.Dir(config), "zones/example.com.zone"), "www     300    A      192.0.2.11\n", "")
	stdout, _ := zoneward(t, exitError, nil, "test", "-c", config)
	got := "$ zoneward test\n" + strings.ReplaceAll(stdout, filepath.ToSlash(filepath.Dir(config))+"/", "")
	if got != shown {
		t.Errorf("the page shows\n%s\nand this is what comes out:\n%s", shown, got)
	}
}
