//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package git

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup has the program, and all that it starts, killed at the end of its context. As a group of its own it gets no
// interrupt that a terminal sends this one either.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}
