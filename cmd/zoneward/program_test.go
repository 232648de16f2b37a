package main

import (
	"os"
	"os/exec"
	"testing"
)

// program skips a test whose program is missing on this machine, and fails it where ZONEWARD_REQUIRE_SERVERS says that none may be. It returns the program's path.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err != nil && os.Getenv("ZONEWARD_REQUIRE_SERVERS") != "":
		t.Fatal(err)
	case err != nil:
		t.Skip(err)
	}
	return path
}
