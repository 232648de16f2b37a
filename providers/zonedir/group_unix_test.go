//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package zonedir_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers/zonedir"
)

// TestCommandLeavesNothingBehind shows that a command that hangs is ended together with what it started.
func TestCommandLeavesNothingBehind(t *testing.T) {
	e := newExample(t)
	file := filepath.Join(t.TempDir(), "pid")
	p := open(t, zonedir.Options{
		Directory: e.directory, CommandTimeout: 200 * time.Millisecond,
		Check: sh(`sleep 1000 >/dev/null 2>&1 & echo $! >"$1"; wait`, file),
	})
	e.refuse(t, p, put(fetch(t, p, "example.com."), address), nil, "still running after 200ms")
	pid, err := strconv.Atoi(strings.TrimSpace(read(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for running(t, pid) {
		if time.Now().After(deadline) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("what the command started is still running")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// running reports whether there is a process that is not just waiting to be noticed as dead.
func running(t *testing.T, pid int) bool {
	t.Helper()
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist)
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}
