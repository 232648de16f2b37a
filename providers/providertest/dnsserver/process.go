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
	child *os.Process
	done  chan struct{} // closed when the child has been waited for
	err   error         // how it ended; read after done
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

	p := &process{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// Linux sends the death signal when the thread that made the child ends, not when the process does, and Go
		// ends idle threads and those of goroutines that exit while locked. So one thread belongs to this goroutine
		// for as long as the child lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		p.child = cmd.Process
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, <-started
}

// stop asks the process to end, and kills it if it has not after grace. The process has been waited for when stop returns.
func (p *process) stop(grace time.Duration) {
	// An error means that it has ended, or that the system has no such signal: either way what follows is right.
	if err := p.child.Signal(syscall.SIGTERM); err != nil {
		p.child.Kill()
	}
	select {
	case <-p.done:
		return
	case <-time.After(grace):
	}
	p.child.Kill()
	<-p.done
}
