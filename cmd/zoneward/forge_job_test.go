package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// installs is the step of the examples that installs zoneward. The tests have it already.
const installs = "go install github.com/zoneward/zoneward/cmd/zoneward@main"

// forgeJob is a job of a CI system that the examples are for, as a test runs it: in a clone of the zones repository, with the environment that the system gives it.
type forgeJob struct {
	dir string
	env map[string]string
	log strings.Builder
}

// shell runs a script in the job, as its runner would, and returns the error that it ends with.
func (j *forgeJob) shell(t *testing.T, script string, more map[string]string) error {
	t.Helper()
	if strings.HasPrefix(script, installs) {
		return nil
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-e", "-o", "pipefail", "-c", script)
	cmd.Dir = j.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + j.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, raceOptions + "=" + os.Getenv(raceOptions)}
	for _, vars := range []map[string]string{j.env, more} {
		for _, name := range slices.Sorted(maps.Keys(vars)) {
			cmd.Env = append(cmd.Env, name+"="+vars[name])
		}
	}
	out, err := cmd.CombinedOutput()
	fmt.Fprintf(&j.log, "$ %s\n%s", script, out)
	return err
}

// exitOf returns the exit code that an error of a command has: 0 for none.
func exitOf(t *testing.T, err error) exitCode {
	t.Helper()
	if err == nil {
		return exitDone
	}
	ended, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		t.Fatal(err)
	}
	return exitCode(ended.ExitCode())
}
