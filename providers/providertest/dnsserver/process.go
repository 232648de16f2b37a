package dnsserver

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a server that runs in the foreground as a child of the test.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the child has been waited for, so that its state can be read
}

// startProcess runs argv in dir. What it prints goes to the end of output.
func startProcess(argv []string, dir string, output *os.File) (*process, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	// Errors of the system are found by their English text.
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	// A file, not a pipe: a server that outlives a pipe's reader would block or die on it.
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = dieWithParent()

	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// Linux sends the death signal when the thread that made the child ends, which may be long before the process
		// does: Go ends the thread of any goroutine that returns while locked to it. So this goroutine makes the child,
		// and keeps its thread for as long as the child lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		_ = cmd.Wait() // what it returns is in the process state
		close(p.done)
	}()
	return p, <-started
}

// ended reports whether the process has ended, and how.
func (p *process) ended() (bool, *os.ProcessState) {
	select {
	case <-p.done:
		return true, p.cmd.ProcessState
	default:
		return false, nil
	}
}

// stop asks the process to end, and kills it if it has not after grace. The process has been waited for when stop returns.
func (p *process) stop(grace time.Duration) {
	// An error means that it has ended, or that the system has no such signal: either way what follows is right.
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		_ = p.cmd.Process.Kill()
	}
	select {
	case <-p.done:
		return
	case <-time.After(grace):
	}
	_ = p.cmd.Process.Kill()
	<-p.done
}
