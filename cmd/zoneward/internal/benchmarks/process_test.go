package benchmarks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// usage is what one run took.
type usage struct {
	Wall  time.Duration
	CPU   time.Duration // user and system
	Peak  int64         // resident octets at their most, 0 if it is not known
	Least int64         // the smallest Peak that can be seen: it may be less than this
}

// measureVariable in the environment has the test binary run its arguments as a command and report what that used.
const measureVariable = "ZONEWARD_BENCHMARKS_MEASURE"

func TestMain(m *testing.M) {
	if os.Getenv(measureVariable) == "" {
		os.Exit(m.Run())
	}
	if err := measure(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// process runs a program to its end and returns what it used. What it prints is thrown away.
//
// A process of this test's own stands in between: on Linux the peak of a child begins with that of its parent, which here
// holds zones of a million records.
func process(dir string, env []string, stdin string, argv ...string) (usage, error) {
	self, err := os.Executable()
	if err != nil {
		return usage{}, err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return usage{}, err
	}
	defer reader.Close()
	cmd := exec.Command(self, argv...)
	cmd.Dir = dir
	// The race detector otherwise sleeps for a second at the end of each process.
	cmd.Env = slices.Concat(os.Environ(), env, []string{measureVariable + "=1", "LC_ALL=C", "GORACE=atexit_sleep_ms=0"})
	cmd.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.ExtraFiles = []*os.File{writer}
	err = cmd.Run()
	_ = writer.Close()
	if err != nil {
		return usage{}, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, stderr.Bytes())
	}
	var u usage
	if err := json.NewDecoder(reader).Decode(&u); err != nil {
		return usage{}, fmt.Errorf("%s: what it used: %w", strings.Join(argv, " "), err)
	}
	return u, nil
}

// measure runs a command and writes what it used to the file descriptor 3.
func measure(argv []string) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	began := time.Now()
	err := cmd.Run()
	u := usage{Wall: time.Since(began)}
	if err != nil {
		return err
	}
	u.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	u.Peak, u.Least = peak(cmd.ProcessState), ownPeak()
	return json.NewEncoder(os.NewFile(3, "usage")).Encode(u)
}

// program returns the path of a program, and false if it is not installed.
func program(name string) (string, bool) {
	for _, dir := range []string{"", "/usr/local/sbin", "/usr/sbin", "/sbin"} { // those of the system are not in everybody's PATH
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, true
		}
	}
	return "", false
}

// buildZoneward builds the program that is measured, as make build does, and returns its path.
func buildZoneward(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "zoneward")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "github.com/zoneward/zoneward/cmd/zoneward")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, output)
	}
	return path
}

// version returns the first line that a program prints with the given arguments, empty if it is not installed.
func version(name string, args ...string) string {
	path, ok := program(name)
	if !ok {
		return ""
	}
	// Some print it on standard error, or exit with something else than 0.
	output, err := exec.Command(path, args...).CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
	return line
}
