//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package zonedir

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// endTogether has a command that is cancelled killed together with the processes that it started, which could go on to hold what it held.
func endTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}
