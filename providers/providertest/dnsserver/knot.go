package dnsserver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// Knot starts knotd as primary of zones that the key may update and transfer. PolicySigned is "dnssec-signing: on" with the
// default policy; there is no InlineSigned.
func Knot(t testing.TB, zones ...Zone) *Server {
	t.Helper()
	for _, z := range zones {
		if z.Mode == InlineSigned {
			t.Fatalf("knotd has no mode %v", z.Mode)
		}
	}
	return launch(t, knot{program: Program(t, "knotd"), runtime: socketDir(t), zones: zones}, pickPort)
}

type knot struct {
	program string
	runtime string // where the control socket is
	zones   []Zone
}

func (k knot) ports() int     { return 1 }
func (k knot) config() string { return "knot.conf" }

func (k knot) command(at place) ([]string, error) {
	var conf strings.Builder
	conf.WriteString(knotServer(at, k.runtime))
	conf.WriteString("zone:\n")
	for _, z := range k.zones {
		file := filepath.Join(at.dir, FileName(z.Origin))
		if err := writeNew(file, z.text()); err != nil {
			return nil, err
		}
		// The file stays as it was given and the journal has all that came after.
		fmt.Fprintf(&conf, `  - domain: %q
    file: %q
    acl: update
    zonefile-sync: -1
    zonefile-load: difference
    journal-content: changes
`, dns.Fqdn(z.Origin), file)
		if z.Mode == PolicySigned {
			conf.WriteString("    dnssec-signing: on\n")
		}
		for line := range strings.Lines(z.Config) {
			conf.WriteString("    " + strings.TrimSpace(line) + "\n")
		}
	}
	return knotCommand(k.program, filepath.Join(at.dir, k.config()), conf.String())
}

func (k knot) ready(ctx context.Context, at place) error {
	return served(ctx, at.addr(), k.zones)
}

// knotServer returns what every knot.conf here begins with.
func knotServer(at place, runtime string) string {
	key := TestKey()
	return fmt.Sprintf(`server:
    rundir: %q
    listen: 127.0.0.1@%d
    identity: %q
    udp-workers: 1
    tcp-workers: 2
    background-workers: 1
database:
    storage: %q
    journal-db-max-size: 100M
    journal-db-mode: asynchronous
    kasp-db-max-size: 50M
    timer-db-max-size: 10M
log:
  - target: stderr
    any: info
key:
  - id: %q
    algorithm: %s
    secret: %q
acl:
  - id: transfer
    key: %[5]q
    action: transfer
  - id: update
    key: %[5]q
    action: [transfer, update]
`, runtime, at.ports[0], at.identity, filepath.Join(at.dir, "db"), key.Name, key.Algorithm, key.Secret)
}

func knotCommand(program, file, conf string) ([]string, error) {
	if err := os.MkdirAll(filepath.Join(filepath.Dir(file), "db"), 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	return []string{program, "-c", file}, nil
}

// socketDir returns a new directory for Unix sockets, which the test's end removes. It has a short path because that
// of a socket has to fit in 108 bytes: a test's TempDir may be too long.
func socketDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "zw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
