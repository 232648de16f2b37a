package manifests

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// root is the repository's.
const root = "../.."

// TestProgram makes the program as the image has it, and has it check the configurations that are shown.
func TestProgram(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the image is Linux's")
	}
	dir := t.TempDir()
	if out, err := buildLine(t, dir, ""); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	program := filepath.Join(dir, "zoneward")

	t.Run("nothing in it needs a library", func(t *testing.T) {
		file, err := elf.Open(program)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for _, segment := range file.Progs {
			if segment.Type == elf.PT_INTERP {
				t.Error("it asks for a dynamic linker")
			}
		}
	})
	t.Run("another version than VERSION", func(t *testing.T) {
		if out, err := buildLine(t, t.TempDir(), "v99.0.0"); err == nil || !strings.Contains(out, ", and not v99.0.0") {
			t.Errorf("%v\n%s", err, out)
		}
	})

	repository := zonesRepository(t)
	for _, test := range []struct {
		config  string
		secrets string   // the directory that its files of secrets are in
		names   []string // of those files
	}{
		{"examples/kubernetes/base/zoneward.yaml", "/run/secrets/zoneward", []string{"git-token", "powerdns-api-key"}},
		{"examples/systemd/etc/zoneward.yaml", "/run/credentials/zoneward.service", []string{"git-token", "powerdns-api-key"}},
	} {
		t.Run(test.config, func(t *testing.T) {
			config := replaced(t, readFile(t, test.config), test.secrets, secretFiles(t, test.names...))
			config = replaced(t, config, "https://git.example.com/dns/zones.git", repository)
			got := command(t, t.TempDir(), nil, program, "validate", "-c", writeFile(t, "zoneward.yaml", config))
			if !strings.HasSuffix(got, ": 0 errors, 0 warnings\n") {
				t.Errorf("validate says:\n%s", got)
			}
		})
	}
}

// zonesRepository returns the URL of a git repository with the zones of the quickstart in the folder zones.
func zonesRepository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "zones"), os.DirFS(filepath.Join(root, "examples/quickstart/zones"))); err != nil {
		t.Fatal(err)
	}
	environment := []string{"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"} // nobody's own settings count
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"add", "zones"},
		{"-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message=zones"},
	} {
		command(t, dir, environment, "git", args...)
	}
	return "file://" + dir
}

// secretFiles returns a directory with files of these names.
func secretFiles(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("c2VjcmV0\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// replaced returns text with something that it has to have in another's place.
func replaced(t *testing.T, text, from, to string) string {
	t.Helper()
	if !strings.Contains(text, from) {
		t.Fatalf("there is no %s", from)
	}
	return strings.ReplaceAll(text, from, to)
}

// readFile returns a file of the repository.
func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// writeFile writes a file in a directory of its own, and returns its path.
func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// tool returns the path of a program of another project. Without it the test is skipped, or fails where everything has to be there.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
	case os.Getenv("ZONEWARD_REQUIRE_SERVERS") == "1":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
	return path
}

// command runs a program in a directory with additions to the environment, and returns all that it writes.
func command(t *testing.T, dir string, environment []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), environment...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
