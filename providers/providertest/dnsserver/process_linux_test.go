package dnsserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestClaim checks that tests in other processes are kept from a port, and for how long.
func TestClaim(t *testing.T) {
	t.Parallel()
	p, err := pickPort()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claimPort(p.number); err == nil {
		t.Error("a port is claimed twice")
	}
	p.release()
	release, err := claimPort(p.number)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

// TestThreadsEnd checks that the death signal waits for the process to die, whatever happens to threads.
func TestThreadsEnd(t *testing.T) {
	t.Parallel()
	output, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	p, err := startProcess([]string{Program(t, "sleep"), "60"}, t.TempDir(), output)
	if err != nil {
		t.Fatal(err)
	}
	// Take every idle thread, and end them all.
	var all sync.WaitGroup
	threads := make(chan int, 50)
	all.Add(cap(threads))
	for range cap(threads) {
		go func() {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			threads <- syscall.Gettid()
			all.Done()
			all.Wait()
		}()
	}
	for range cap(threads) {
		thread := <-threads
		if thread == syscall.Getpid() {
			continue // the main thread never ends
		}
		err := poll(soon(t), func(context.Context) (bool, error) {
			_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", thread))
			return errors.Is(err, os.ErrNotExist), nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	p.stop(stopTimeout)
	_, state := p.ended()
	if got := state.Sys().(syscall.WaitStatus).Signal(); got != syscall.SIGTERM {
		t.Errorf("the process was ended by %v, want stop's %v", got, syscall.SIGTERM)
	}
}

// TestStubborn checks that a process that does not end when it is asked to is killed.
func TestStubborn(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "log")
	output, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	p, err := startProcess([]string{Program(t, "sh"), "-c", "trap '' TERM; echo ready; while :; do read line; done"}, t.TempDir(), output)
	if err != nil {
		t.Fatal(err)
	}
	err = poll(soon(t), func(context.Context) (bool, error) {
		text, err := os.ReadFile(name)
		return string(text) == "ready\n", err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.stop(50 * time.Millisecond)
	_, state := p.ended()
	if got := state.Sys().(syscall.WaitStatus).Signal(); got != syscall.SIGKILL {
		t.Errorf("the process was ended by %v, want %v", got, syscall.SIGKILL)
	}
}

// TestTestDies checks that servers go with a test binary that is killed, that panics, and whose test fails.
func TestTestDies(t *testing.T) {
	t.Parallel()
	const variable = "DNSSERVER_TEST_DIES"
	switch os.Getenv(variable) {
	case "":
	case "by SIGKILL":
		startAll(t)
		select {}
	case "by panic":
		startAll(t)
		panic("on purpose")
	case "by failing":
		startAll(t)
		t.FailNow()
	}
	for _, how := range []string{"by SIGKILL", "by panic", "by failing"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTestDies$", "-test.v")
			cmd.Env = append(os.Environ(), variable+"="+how, "TMPDIR="+socketDir(t)) // where it can leave its files
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			type server struct {
				pid  int
				addr string
			}
			var servers []server
			lines := bufio.NewScanner(stdout)
			for lines.Scan() {
				text, ok := strings.CutPrefix(lines.Text(), "SERVER ")
				if !ok {
					continue
				}
				var s server
				if _, err := fmt.Sscan(text, &s.pid, &s.addr); err != nil {
					t.Fatal(err)
				}
				servers = append(servers, s)
				if len(servers) == 4 && how == "by SIGKILL" {
					_ = cmd.Process.Kill()
				}
			}
			if err := cmd.Wait(); err == nil {
				t.Error("the test did not die")
			}
			if len(servers) != 4 {
				t.Fatalf("%d servers were started, want 4", len(servers))
			}
			for _, s := range servers {
				err := poll(soon(t), func(ctx context.Context) (bool, error) {
					return gone(s.pid) && listening(ctx, "tcp", s.addr) != nil, nil
				})
				if err != nil {
					t.Errorf("server %d at %s is still there: %v", s.pid, s.addr, err)
					_ = syscall.Kill(s.pid, syscall.SIGKILL)
				}
			}
		})
	}
}

// startAll starts one server of each program and prints their process ids and addresses.
func startAll(t *testing.T) {
	dir := t.TempDir()
	for _, s := range []*Server{
		BIND(t, Zone{Origin: origin}),
		Knot(t, Zone{Origin: origin}),
		NSD(t, dir, origin).Server,
		PowerDNS(t, PowerDNSOptions{Backend: "lmdb"}).Server,
	} {
		fmt.Println("SERVER", s.process.cmd.Process.Pid, s.Addr)
	}
}

// soon returns a context for what happens at once, on a machine that has a lot to do.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// gone reports whether a process that is no child of ours has ended. One that its new parent has not waited for yet
// has a status, and state Z.
func gone(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err != nil || strings.Contains(string(text), "\nState:\tZ")
}
