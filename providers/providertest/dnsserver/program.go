package dnsserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Program returns the path of a program that the test needs. It looks in PATH and then in the folders for system
// programs, which an ordinary user's PATH leaves out. A missing program skips the test, or fails it where
// ZONEWARD_REQUIRE_SERVERS=1, and says what to install.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := findProgram(name)
	if err != nil {
		missing(t, name, debianPackage(name))
	}
	return path
}

func findProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", err
}

// missing ends the test because what is not installed.
func missing(t testing.TB, what, pkg string) {
	t.Helper()
	reason := fmt.Sprintf("%s is not installed: apt-get install %s", what, pkg)
	if os.Getenv("ZONEWARD_REQUIRE_SERVERS") == "1" {
		t.Fatalf("%s (ZONEWARD_REQUIRE_SERVERS=1)", reason)
	}
	t.Skip(reason)
}

// debianPackage returns the package of Debian 12 that has the program: the program's own name where nothing else is known.
func debianPackage(program string) string {
	switch program {
	case "pdns_server", "pdnsutil":
		return "pdns-server"
	case "named":
		return "bind9"
	case "rndc", "named-checkzone", "named-compilezone":
		return "bind9-utils"
	case "dig", "nsupdate":
		return "bind9-dnsutils"
	case "knotd", "knotc", "keymgr":
		return "knot"
	case "kdig", "knsupdate":
		return "knot-dnsutils"
	case "kzonecheck":
		return "knot-dnssecutils"
	case "nsd-control", "nsd-checkzone":
		return "nsd"
	}
	return program
}
