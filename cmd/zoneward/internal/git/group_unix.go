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
		err := endGroup(cmd)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}

// endGroup kills what a program has left behind: git that gives up does not wait for its ssh.
func endGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
