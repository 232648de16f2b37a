package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestValidateOneLineOfAGibibyte: a file that is one line costs no more than to have it in memory, as all files of a source are that may be read.
func TestValidateOneLineOfAGibibyte(t *testing.T) {
	if os.Getenv("ZONEWARD_SOAK") == "" {
		t.Skip("writes and reads files of 1 GiB: runs with ZONEWARD_SOAK=1")
	}
	program := filepath.Join(t.TempDir(), "zoneward") // as it is used: the race detector takes memory of its own
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const size = 1 << 30
	for _, test := range []struct {
		name, limits, line string
		file               string
		most               int64 // of memory
		want               string
	}{
		{"a word", "file_bytes: 1GiB", "x", "example.com.zone", size + 128<<20, "zones/example.com.zone:1:1: more than 1048576 octets in one line, or in lines within parentheses; source.limits.entry_bytes raises the limit; the rest is not read [entry-too-large]"},
		{"a comment", "file_bytes: 1GiB", "; ", "example.com.zone", size + 128<<20, "[entry-too-large]"},
		{"within a parenthesis", "file_bytes: 1GiB", "x (", "example.com.zone", size + 128<<20, `the "(" in line 1 is not closed within 1048576 octets from here`},
		{"zeros", "file_bytes: 1GiB", "\x00", "example.com.zone", size + 128<<20, "[entry-too-large]"},
		{"no file that large", "", "x", "example.com.zone", 128 << 20, "too large: 1073741824 bytes, and 268435456 are allowed; source.limits.file_bytes raises the limit"},
		{"YAML", "file_bytes: 1GiB", "x", "example.com.yaml", size + 128<<20, "more than 16777216 octets, with all that is included and generated; source.limits.yaml_bytes raises the limit [file-too-large]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			content := "version: 1\nsource: {dir: zones, limits: {" + test.limits + "}}\nproviders: {live: {type: zonedir, directory: live}}\nzones: [{match: \"*\", targets: [live]}]\n"
			if err := os.WriteFile(filepath.Join(dir, "zoneward.yaml"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			writeLine(t, filepath.Join(dir, "zones", test.file), test.line, size)
			cmd := exec.CommandContext(t.Context(), program, "validate")
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err == nil || cmd.ProcessState.ExitCode() != int(exitError) || !strings.Contains(string(out), test.want) {
				t.Errorf("got %v, %.1000q, want %q", err, out, test.want)
			}
			if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); !ok || usage.Maxrss<<10 > test.most {
				t.Errorf("%d octets of memory at its peak, want at most %d", usage.Maxrss<<10, test.most)
			}
		})
	}
}

// writeLine writes a file of that size in which a text stands over and over.
func writeLine(t *testing.T, path, text string, size int64) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for chunk := bytes.Repeat([]byte(text), 1<<20); size > 0 && err == nil; size -= int64(len(chunk)) {
		_, err = f.Write(chunk[:min(int64(len(chunk)), size)])
	}
	if err != nil {
		t.Fatal(err)
	}
}
