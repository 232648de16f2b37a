package zonefile

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// requireProgram returns the path of a program. A test that needs one that is not there is skipped, and fails where all must be there.
func requireProgram(t testing.TB, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} { // not in everybody's PATH
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	if os.Getenv("ZONEWARD_REQUIRE_SERVERS") == "1" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}
