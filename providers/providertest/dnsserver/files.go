package dnsserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// FileServer is a name server that serves the files of a directory that somebody else writes, and reads one again when it
// is told to. It takes no updates: Update fails the test.
type FileServer struct {
	*Server
	// Zones is the absolute path of the directory with the zone files, each named as FileName says.
	Zones string
	// ReloadCommand has the server read one zone's file again; the origin follows as the last argument. It may end before
	// the server is done.
	ReloadCommand []string
}

// BINDFiles starts named on the zone files in dir. A zone whose file is not there yet is configured all the same, and answered
// SERVFAIL until its first reload.
func BINDFiles(t testing.TB, dir string, origins ...string) *FileServer {
	t.Helper()
	f := newFiles(t, dir, origins)
	rndc := Program(t, "rndc")
	s := launch(t, bindFiles{files: f, program: Program(t, "named"), rndc: rndc}, pickPort)
	return &FileServer{s, f.dir, []string{rndc, "-c", filepath.Join(s.Dir, rndcConf), "reload"}}
}

// KnotFiles starts knotd on the zone files in dir, as BINDFiles does with named.
func KnotFiles(t testing.TB, dir string, origins ...string) *FileServer {
	t.Helper()
	f := newFiles(t, dir, origins)
	knotc := Program(t, "knotc")
	k := knotFiles{files: f, program: Program(t, "knotd"), runtime: socketDir(t)}
	return &FileServer{launch(t, k, pickPort), f.dir, []string{knotc, "-b", "-s", k.socket(), "zone-reload"}}
}

// NSD starts nsd on the zone files in dir, as BINDFiles does with named.
func NSD(t testing.TB, dir string, origins ...string) *FileServer {
	t.Helper()
	f := newFiles(t, dir, origins)
	control := Program(t, "nsd-control")
	n := nsd{files: f, program: Program(t, "nsd"), runtime: socketDir(t)}
	s := launch(t, n, pickPort)
	return &FileServer{s, f.dir, []string{control, "-c", filepath.Join(s.Dir, n.config()), "reload"}}
}

// Reload runs ReloadCommand and returns when the server serves the serial that the zone's file has. An error says which of the
// two did not happen: a file that the server refuses is seen by the second.
func (s *FileServer) Reload(ctx context.Context, origin string) error {
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	want, err := fileSerial(filepath.Join(s.Zones, FileName(origin)), origin)
	if err != nil {
		return err
	}
	argv := append(slices.Clone(s.ReloadCommand), strings.TrimSuffix(origin, "."))
	if err := run(ctx, argv...); err != nil {
		return err
	}
	err = poll(ctx, func(ctx context.Context) (bool, error) {
		got, _, err := soa(ctx, s.Addr, origin)
		if err != nil {
			return false, err
		}
		if got.Serial != want {
			return false, fmt.Errorf("serial %d is served, %d is in the file", got.Serial, want)
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("reload of %s: %w", origin, err)
	}
	return nil
}

// run runs a command. Its error has what the command printed.
func run(ctx context.Context, argv ...string) error {
	output, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, bytes.TrimSpace(output))
	}
	return nil
}

// fileSerial returns the serial of the SOA in a zone file.
func fileSerial(file, origin string) (uint32, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	p := dns.NewZoneParser(bytes.NewReader(text), dns.Fqdn(origin), file)
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		if soa, ok := rr.(*dns.SOA); ok {
			return soa.Serial, nil
		}
	}
	if err := p.Err(); err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("%s: no SOA", file)
}

// files is what the three servers of zone files have in common.
type files struct {
	dir     string
	origins []string
}

func newFiles(t testing.TB, dir string, origins []string) files {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return files{dir: dir, origins: origins}
}

func (f files) path(origin string) string { return filepath.Join(f.dir, FileName(origin)) }

// served returns nil when the zones that have a file are served and the others are answered in some way.
func (f files) served(ctx context.Context, addr string) error {
	for _, origin := range f.origins {
		_, _, err := soa(ctx, addr, origin)
		if _, ok := errors.AsType[rcodeError](err); ok {
			if _, err := os.Stat(f.path(origin)); errors.Is(err, os.ErrNotExist) {
				continue
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type bindFiles struct {
	files
	program string
	rndc    string
}

const rndcConf = "rndc.conf"

func (b bindFiles) ports() int     { return 2 }
func (b bindFiles) config() string { return "named.conf" }

func (b bindFiles) command(at place) ([]string, error) {
	key := TestKey()
	// The same key as for transfers: rndc's is a name, an algorithm and a secret as well.
	control := fmt.Sprintf("key %q { algorithm %s; secret %q; };\noptions { default-key %[1]q; default-server 127.0.0.1; default-port %[4]d; };\n",
		key.Name, key.Algorithm, key.Secret, at.ports[1])
	if err := os.WriteFile(filepath.Join(at.dir, rndcConf), []byte(control), 0o600); err != nil {
		return nil, err
	}
	var conf strings.Builder
	conf.WriteString(namedOptions(at))
	fmt.Fprintf(&conf, "controls { inet 127.0.0.1 port %d allow { 127.0.0.1; } keys { %q; }; };\n", at.ports[1], key.Name)
	for _, origin := range b.origins {
		fmt.Fprintf(&conf, "zone %q {\n\ttype primary;\n\tfile %q;\n\tallow-transfer { key %q; };\n};\n",
			dns.Fqdn(origin), b.path(origin), key.Name)
	}
	return namedCommand(b.program, filepath.Join(at.dir, b.config()), conf.String())
}

// ready waits for the control channel too. named opens it after it has begun to answer, and goes on without it.
func (b bindFiles) ready(ctx context.Context, at place) error {
	if err := b.served(ctx, at.addr()); err != nil {
		return err
	}
	return run(ctx, b.rndc, "-c", filepath.Join(at.dir, rndcConf), "status")
}

type knotFiles struct {
	files
	program string
	runtime string
}

func (k knotFiles) ports() int     { return 1 }
func (k knotFiles) config() string { return "knot.conf" }
func (k knotFiles) socket() string { return filepath.Join(k.runtime, "knot.sock") }

func (k knotFiles) command(at place) ([]string, error) {
	var conf strings.Builder
	conf.WriteString(knotServer(at, k.runtime))
	conf.WriteString("zone:\n")
	for _, origin := range k.origins {
		fmt.Fprintf(&conf, `  - domain: %q
    file: %q
    acl: transfer
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
`, dns.Fqdn(origin), k.path(origin))
	}
	return knotCommand(k.program, filepath.Join(at.dir, k.config()), conf.String())
}

// ready waits for the control socket too: knotd makes it last.
func (k knotFiles) ready(ctx context.Context, at place) error {
	if err := k.served(ctx, at.addr()); err != nil {
		return err
	}
	return listening(ctx, "unix", k.socket())
}

type nsd struct {
	files
	program string
	runtime string
}

func (n nsd) ports() int     { return 1 }
func (n nsd) config() string { return "nsd.conf" }
func (n nsd) socket() string { return filepath.Join(n.runtime, "nsd.sock") }

func (n nsd) command(at place) ([]string, error) {
	key := TestKey()
	var conf strings.Builder
	// An empty username keeps root from changing its user, who could not read the test's files.
	fmt.Fprintf(&conf, `server:
  ip-address: 127.0.0.1@%d
  server-count: 1
  username: ""
  identity: %q
  zonesdir: %q
  database: ""
  pidfile: ""
  xfrdfile: %q
  xfrdir: %q
  zonelistfile: %q
remote-control:
  control-enable: yes
  control-interface: %q
key:
  name: %q
  algorithm: %s
  secret: %q
`, at.ports[0], at.identity, n.dir, filepath.Join(at.dir, "xfrd.state"), at.dir, filepath.Join(at.dir, "zone.list"), n.socket(),
		key.Name, key.Algorithm, key.Secret)
	for _, origin := range n.origins {
		fmt.Fprintf(&conf, "zone:\n  name: %q\n  zonefile: %q\n  provide-xfr: 127.0.0.1 %s\n",
			strings.TrimSuffix(origin, "."), n.path(origin), key.Name)
	}
	file := filepath.Join(at.dir, n.config())
	if err := os.WriteFile(file, []byte(conf.String()), 0o600); err != nil {
		return nil, err
	}
	return []string{n.program, "-d", "-c", file}, nil
}

func (n nsd) ready(ctx context.Context, at place) error {
	if err := n.served(ctx, at.addr()); err != nil {
		return err
	}
	return listening(ctx, "unix", n.socket())
}
