package dnsserver

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	startTimeout = 20 * time.Second
	stopTimeout  = 5 * time.Second
	pollInterval = 10 * time.Millisecond
	startTries   = 5
)

// Server is a name server that runs for the length of a test. Its methods are for the goroutine of a test or
// subtest, one at a time; Log may be called from anywhere.
type Server struct {
	Addr string // "127.0.0.1:PORT", for UDP and TCP; stays the same when the server is restarted
	Key  Key    // may transfer every zone, and update those that can be updated
	Dir  string // configuration, zone files, keys, databases and log of the server

	software software
	identity string
	ports    []port
	argv     []string
	process  *process // nil while stopped
}

// software is one of the name servers: how it is configured and run, and when it is up.
type software interface {
	// ports returns how many ports it needs. The first is DNS's.
	ports() int
	// command writes the configuration and returns the command that runs the server in the foreground.
	command(at place) (argv []string, err error)
	// config returns the configuration file's name in the server's directory.
	config() string
	// ready returns nil when the server does all that it was started for, and the reason while it does not yet.
	ready(ctx context.Context, at place) error
}

// place is what a server has for itself.
type place struct {
	dir      string
	identity string // its answer to "id.server CH TXT"
	ports    []int
}

// addr returns the address that answers DNS.
func (p place) addr() string { return loopback(p.ports[0]) }

// errPortTaken is the reason to start again on another port.
var errPortTaken = errors.New("another program has the port")

// portTaken matches what the servers log about a port that they cannot have. named goes on without TCP, and says
// nothing better about UDP.
var portTaken = regexp.MustCompile(`(?i)address (already )?in use|creating IPv4 interface \S+ failed`)

// launch starts the software on ports from pick and returns when it is ready. The test's end stops it.
func launch(t testing.TB, sw software, pick func() (port, error)) *Server {
	t.Helper()
	s := &Server{Key: TestKey(), Dir: t.TempDir(), software: sw, identity: rand.Text()}
	t.Cleanup(func() {
		s.Stop(t)
		s.release()
		if t.Failed() {
			t.Logf("log of %s\n%s", strings.Join(s.argv, " "), s.Log())
		}
	})
	err := s.launch(t.Context(), pick)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.configText())
	}
	return s
}

func (s *Server) launch(ctx context.Context, pick func() (port, error)) error {
	var err error
	for range startTries {
		s.release()
		for range s.software.ports() {
			p, err := pick()
			if err != nil {
				return err
			}
			s.ports = append(s.ports, p)
		}
		s.Addr = s.place().addr()
		s.argv, err = s.software.command(s.place())
		if err != nil {
			return fmt.Errorf("configure %T: %w", s.software, err)
		}
		if err = s.start(ctx); !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

// start runs the server and waits until it is ready. After an error it does not run.
func (s *Server) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := s.startUntilReady(ctx)
	if err != nil {
		s.stop()
		return fmt.Errorf("start %s on %s: %w", strings.Join(s.argv, " "), s.Addr, err)
	}
	return nil
}

func (s *Server) startUntilReady(ctx context.Context) error {
	output, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = output.Close() }() // the server has its own descriptor, and nothing is written to this one
	info, err := output.Stat()
	if err != nil {
		return err
	}
	before := info.Size()
	s.process, err = startProcess(s.argv, s.Dir, output)
	if err != nil {
		s.process = nil
		return err
	}
	identified := false
	return poll(ctx, func(ctx context.Context) (done bool, err error) {
		// Asked first, so that the log is whole if it has.
		ended, state := s.process.ended()
		if log := s.Log(); portTaken.MatchString(log[min(int(before), len(log)):]) {
			return true, errPortTaken
		}
		if ended {
			return true, fmt.Errorf("it ended: %v", state)
		}
		if !identified {
			if err := identify(ctx, s.Addr, s.identity); err != nil {
				return errors.Is(err, errPortTaken), err
			}
			identified = true // not asked again: named answers this three times a second
		}
		err = s.software.ready(ctx, s.place())
		return err == nil, err
	})
}

// Restart stops the server, if it runs, and starts it again on the same ports with what it has stored.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Stop(t)
	var err error
	for range startTries {
		if err = s.start(t.Context()); !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, s.configText())
	}
}

// Stop ends the server, as a system that shuts down does: what it has acknowledged is stored. Connecting to it is
// then refused. Stopping a stopped server does nothing.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if s.process == nil {
		return
	}
	if ended, state := s.process.ended(); ended {
		t.Errorf("%s ended by itself: %v", strings.Join(s.argv, " "), state)
	}
	s.stop()
}

// Log returns all that the server has logged, over restarts.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.logFile())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Update makes an RFC 2136 update over TCP, signed with the server's key, as somebody else than the program under test
// would: by nsupdate. The script is in nsupdate's language; "server" goes before it, and "send" after it where it does
// not end in one. An update that is refused fails the test.
//
//	s.Update(t, `zone example.com
//	update delete www.example.com A
//	update add www.example.com 300 A 192.0.2.9`)
func (s *Server) Update(t testing.TB, script string) {
	t.Helper()
	nsupdate := Program(t, "nsupdate")
	script = strings.TrimRight(script, "\n")
	if !strings.HasSuffix("\n"+script, "\nsend") {
		script += "\nsend"
	}
	host, port, _ := strings.Cut(s.Addr, ":")
	ctx, cancel := context.WithTimeout(t.Context(), exchangeTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, nsupdate, "-v", "-y", s.Key.Algorithm+":"+s.Key.Name+":"+s.Key.Secret)
	cmd.Stdin = strings.NewReader("server " + host + " " + port + "\n" + script + "\n")
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("nsupdate of %s: %v\n%s\n%s", s.Addr, err, script, bytes.TrimSpace(output))
	}
}

func (s *Server) stop() {
	if s.process != nil {
		s.process.stop(stopTimeout)
		s.process = nil
	}
}

func (s *Server) release() {
	for _, p := range s.ports {
		p.release()
	}
	s.ports = nil
}

func (s *Server) place() place {
	at := place{dir: s.Dir, identity: s.identity}
	for _, p := range s.ports {
		at.ports = append(at.ports, p.number)
	}
	return at
}

func (s *Server) logFile() string { return filepath.Join(s.Dir, "server.log") }

// configText returns what a person needs to see why a start failed, beside the log.
func (s *Server) configText() string {
	text, err := os.ReadFile(filepath.Join(s.Dir, s.software.config()))
	if err != nil {
		return err.Error()
	}
	return s.software.config() + "\n" + string(text)
}

// poll calls check until it is done or ctx ends, whose error then has the last one of check. Each call gets half a second:
// loopback loses nothing, so what takes longer was mostly sent to something that will never answer.
func poll(ctx context.Context, check func(ctx context.Context) (done bool, err error)) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	var last error
	for {
		attempt, cancel := context.WithTimeout(ctx, time.Second/2)
		done, err := check(attempt)
		cancel()
		if done {
			return err
		}
		// What is found as ctx ends is about that.
		if ctx.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), cmp.Or(last, errors.New("not yet")))
		}
	}
}
