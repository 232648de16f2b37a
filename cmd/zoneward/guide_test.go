package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSoftDeleteGuide runs the commands of docs/soft-delete.md one after the other, and compares what they write. Times are what they are; the ids of
// tombstones and commits are taken over from what came out before.
func TestSoftDeleteGuide(t *testing.T) {
	t.Parallel()
	program(t, "git")
	guide := readFile(t, root+"/docs/soft-delete.md")
	dir := t.TempDir()
	for file, language := range map[string]string{"zoneward.yaml": "yaml", "zones/example.com.zone": "zone"} {
		file = filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(codeBlocks(guide, language)[0].text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names := map[string]string{} // of tombstones and commits, as they are here for those in the guide
	commands := 0
	for _, block := range codeBlocks(guide, "console") {
		for _, step := range strings.Split(block.text, "$ ")[1:] {
			// "$ " begins a command only at the start of a line.
			command, want, _ := strings.Cut(step, "\n")
			for shown, here := range names {
				command = strings.ReplaceAll(command, shown, here)
			}
			commands++
			got := runGuide(t, dir, command)
			learn(t, names, want, got)
			for shown, here := range names {
				want = strings.ReplaceAll(want, shown, here)
			}
			if diff := cmp.Diff(timeless(want), timeless(got)); diff != "" {
				t.Fatalf("docs/soft-delete.md:%d: $ %s (- is what it shows, + what comes out):\n%s", block.line, command, diff)
			}
		}
	}
	if commands < 15 {
		t.Errorf("%d commands were found", commands)
	}
}

// runGuide runs a command line and returns all that it writes.
func runGuide(t *testing.T, dir, command string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ZONEWARD_ACTOR=ann", "NO_COLOR=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("$ %s: %v\n%s", command, err, out)
	}
	return string(out)
}

// named matches the ids of tombstones, and commits.
var named = regexp.MustCompile(`\b([0-9a-f]{16}|[0-9a-f]{12})\b`)

// learn takes over from the output of a command what tombstones and commits are called here.
func learn(t *testing.T, names map[string]string, want, got string) {
	t.Helper()
	shown, here := named.FindAllString(want, -1), named.FindAllString(got, -1)
	for i := range min(len(shown), len(here)) {
		if _, known := names[shown[i]]; !known {
			names[shown[i]] = here[i]
		}
	}
}

// timeless returns what commands write with everything replaced that is another each time.
func timeless(text string) string {
	text = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(Z| UTC)|until [0-9:]{8}Z`).ReplaceAllString(text, "TIME")
	return steady(text)
}
