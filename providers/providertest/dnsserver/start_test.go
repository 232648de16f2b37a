package dnsserver

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
)

// TestPortTaken checks that a port that is taken between pick and bind costs a second try and nothing else.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	zones := []Zone{{Origin: origin}}
	tests := []struct {
		name     string
		software func(t testing.TB) software
	}{
		{"bind", func(t testing.TB) software { return bind{program: Program(t, "named"), zones: zones} }},
		{"bind-files", func(t testing.TB) software {
			return bindFiles{files: files{dir: t.TempDir()}, program: Program(t, "named"), rndc: Program(t, "rndc")}
		}},
		{"knot", func(t testing.TB) software {
			return knot{program: Program(t, "knotd"), runtime: socketDir(t), zones: zones}
		}},
		{"nsd", func(t testing.TB) software {
			return nsd{files: files{dir: t.TempDir(), origins: []string{origin}}, program: Program(t, "nsd"), runtime: socketDir(t)}
		}},
		{"powerdns", func(t testing.TB) software { return newPowerDNS(t, PowerDNSOptions{}) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for index := range tt.software(t).ports() {
				for _, network := range []string{"tcp4", "udp4"} {
					if index > 0 && network == "udp4" {
						continue // the others are for TCP
					}
					t.Run(network, func(t *testing.T) {
						picked := 0
						s := launch(t, tt.software(t), func() (port, error) {
							picked++
							if picked == index+1 {
								return pickOccupied(t, network)
							}
							return pickPort()
						})
						if want := 2 * s.software.ports(); picked < want {
							t.Errorf("%d ports were picked, want %d at least", picked, want)
						}
					})
				}
			}
		})
	}
}

// pickOccupied picks a port and has the test keep it to its end.
func pickOccupied(t *testing.T, network string) (port, error) {
	for {
		p, err := pickPort()
		if err != nil {
			return port{}, err
		}
		var c io.Closer
		if network == "tcp4" {
			c, err = net.Listen(network, loopback(p.number))
		} else {
			c, err = net.ListenPacket(network, loopback(p.number))
		}
		if err != nil {
			p.release() // somebody else was faster, for a time that nobody knows
			continue
		}
		t.Cleanup(func() { c.Close() })
		return p, nil
	}
}

// TestIdentify checks that another name server on the port is not taken for the one that was started.
func TestIdentify(t *testing.T) {
	t.Parallel()
	s := Knot(t, Zone{Origin: origin})
	if err := identify(t.Context(), s.Addr, s.identity); err != nil {
		t.Error(err)
	}
	if err := identify(t.Context(), s.Addr, "another"); !errors.Is(err, errPortTaken) {
		t.Errorf("identify = %v, want %v", err, errPortTaken)
	}
}

// TestStartFails checks that the output has all that is needed to see why, and that a start that cannot succeed is not
// tried again.
func TestStartFails(t *testing.T) {
	t.Parallel()
	r := record(t, func(t testing.TB) { BIND(t, Zone{Origin: origin, Config: "nonsense;"}) })
	for _, want := range []string{
		"exit status 1",            // what happened
		`zone "example.com." {`,    // the configuration
		"unknown option 'nonsense", // the log
	} {
		if !strings.Contains(r.text.String(), want) {
			t.Errorf("output has no %q", want)
		}
	}
	if !r.failed || strings.Count(r.text.String(), "unknown option 'nonsense") != 1 {
		t.Errorf("failed: %t, want one try that fails\n%s", r.failed, r.text.String())
	}
}

// TestLogOfFailedTest checks that a server's log is in the output of a test that fails, and only then.
func TestLogOfFailedTest(t *testing.T) {
	t.Parallel()
	const logged = "info: [example.com.] loaded"
	r := record(t, func(t testing.TB) { Knot(t, Zone{Origin: origin}) })
	if r.failed || strings.Contains(r.text.String(), logged) {
		t.Errorf("output of a test that passes:\n%s", r.text.String())
	}
	r = record(t, func(t testing.TB) {
		Knot(t, Zone{Origin: origin})
		t.Fatal("no")
	})
	if !strings.Contains(r.text.String(), logged) {
		t.Errorf("output of a test that fails has no log:\n%s", r.text.String())
	}
}

// TestCrash checks that a server that ends by itself fails the test.
func TestCrash(t *testing.T) {
	t.Parallel()
	r := record(t, func(t testing.TB) {
		s := Knot(t, Zone{Origin: origin})
		_ = s.process.cmd.Process.Kill()
		<-s.process.done
	})
	if !r.failed || !strings.Contains(r.text.String(), "signal: killed") {
		t.Errorf("failed: %t, want the way it ended\n%s", r.failed, r.text.String())
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	s := Knot(t, Zone{Origin: origin})
	addr := s.Addr
	s.Stop(t)
	s.Stop(t)
	if err := listening(t.Context(), "tcp", s.Addr); err == nil {
		t.Error("a stopped server accepts a connection")
	}
	s.Restart(t)
	if s.Addr != addr {
		t.Errorf("address is %s after a restart, was %s", s.Addr, addr)
	}
	if err := listening(t.Context(), "tcp", s.Addr); err != nil {
		t.Error(err)
	}
}

func TestMissingProgram(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("ZONEWARD_REQUIRE_SERVERS", "")
	r := record(t, func(t testing.TB) { Program(t, "no-such-server") })
	if !r.skipped || r.failed {
		t.Errorf("skipped: %t, failed: %t, want a skip", r.skipped, r.failed)
	}
	if want := "apt-get install no-such-server"; !strings.Contains(r.text.String(), want) {
		t.Errorf("reason is %q, want %q in it", r.text.String(), want)
	}
	t.Setenv("ZONEWARD_REQUIRE_SERVERS", "1")
	if r := record(t, func(t testing.TB) { Program(t, "no-such-server") }); !r.failed {
		t.Error("a missing program does not fail the test where it is required")
	}
	// Found although PATH leaves it out.
	if r := record(t, func(t testing.TB) { Program(t, "named") }); r.failed {
		t.Error(r.text.String())
	}
}

// recorder is a test whose end is looked at by another.
type recorder struct {
	testing.TB
	failed, skipped bool
	text            strings.Builder
	cleanups        []func()
}

// record runs f as a test that does not touch the outcome of t, cleans up after it and returns what it reported.
func record(t testing.TB, f func(testing.TB)) *recorder {
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for len(r.cleanups) > 0 {
				last := len(r.cleanups) - 1
				cleanup := r.cleanups[last]
				r.cleanups = r.cleanups[:last]
				cleanup()
			}
		}()
		f(r)
	}()
	<-done
	return r
}

func (r *recorder) Helper()           {}
func (r *recorder) Failed() bool      { return r.failed }
func (r *recorder) Cleanup(f func())  { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Log(args ...any)   { fmt.Fprintln(&r.text, args...) }
func (r *recorder) Error(args ...any) { r.Log(args...); r.failed = true }
func (r *recorder) Fatal(args ...any) { r.Error(args...); runtime.Goexit() }
func (r *recorder) Skip(args ...any)  { r.Log(args...); r.skipped = true; runtime.Goexit() }

func (r *recorder) Logf(format string, args ...any)   { r.Log(fmt.Sprintf(format, args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }
func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }
