package dnsserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// PowerDNSOptions choose how a PowerDNS server stores its zones.
type PowerDNSOptions struct {
	Backend string // "gsqlite3", which is also what empty means, or "lmdb"
}

// PowerDNSServer is a PowerDNS Authoritative Server with its HTTP API, without zones until CreateZone. It keeps no answers in
// caches.
type PowerDNSServer struct {
	*Server
	URL      string // "http://127.0.0.1:PORT"
	APIKey   string
	ServerID string // "localhost", as in "/api/v1/servers/localhost"
}

// PowerDNS starts pdns_server with an empty database that has the TSIG key. DNS updates are on.
func PowerDNS(t testing.TB, opts PowerDNSOptions) *PowerDNSServer {
	t.Helper()
	p := newPowerDNS(t, opts)
	s := launch(t, p, pickPort)
	server := &PowerDNSServer{Server: s, URL: apiURL(s.place()), APIKey: apiKey, ServerID: serverID}
	key := s.Key
	server.call(t, http.StatusCreated, http.MethodPost, "/tsigkeys",
		map[string]any{"name": key.Name, "algorithm": key.Algorithm, "key": key.Secret}, nil)
	return server
}

// CreateZone makes a zone of a kind, as the API names them: "Native", "Master", "Slave", "Producer", "Consumer". What the
// zone says is obeyed but for Config and InlineSigned, which PowerDNS does not have. The key may update and transfer it. The
// API raises the serial with each change and keeps the text's until the first.
//
// Slave and Consumer zones stay empty: their primary is an address that does not exist, and is never asked.
func (s *PowerDNSServer) CreateZone(t testing.TB, kind string, zone Zone) {
	t.Helper()
	origin := dns.Fqdn(zone.Origin)
	// With the API's default, creating a zone sets today's serial.
	create := map[string]any{"name": origin, "kind": kind, "soa_edit_api": ""}
	secondary := kind == "Slave" || kind == "Consumer"
	if secondary {
		create["masters"] = []string{"192.0.2.1"}
	} else {
		create["zone"] = zone.text()
	}
	switch zone.Mode {
	case Unsigned:
	case PolicySigned:
		create["dnssec"] = true
		create["api_rectify"] = true
	case InlineSigned:
		t.Fatalf("pdns_server has no mode %v", zone.Mode)
	}
	var created struct{ ID string }
	s.call(t, http.StatusCreated, http.MethodPost, "/zones", create, &created)
	path := "/zones/" + created.ID
	s.call(t, http.StatusNoContent, http.MethodPut, path,
		map[string]any{"soa_edit_api": "DEFAULT", "master_tsig_key_ids": []string{s.Key.Name + "."}}, nil)
	for kind, value := range map[string]string{"TSIG-ALLOW-DNSUPDATE": s.Key.Name, "SOA-EDIT-DNSUPDATE": "INCREASE"} {
		s.call(t, http.StatusCreated, http.MethodPost, path+"/metadata",
			map[string]any{"kind": kind, "metadata": []string{value}}, nil)
	}
	if secondary {
		return
	}
	if err := served(t.Context(), s.Addr, []Zone{zone}); err != nil {
		t.Fatal(err)
	}
}

// API makes a request and returns its status. The path follows "/api/v1/servers/localhost". The body is sent as JSON unless it is
// nil. The reply goes to out unless that is nil: as it is to a *string, from JSON to anything else if the status is 2xx.
// No reply, or one that does not decode, fails the test.
func (s *PowerDNSServer) API(t testing.TB, method, path string, body, out any) (status int) {
	t.Helper()
	status, reply := s.request(t, method, path, body)
	switch out := out.(type) {
	case nil:
	case *string:
		*out = string(reply)
	default:
		if status/100 != 2 {
			break
		}
		if err := json.Unmarshal(reply, out); err != nil {
			t.Fatalf("%s %s: %v in %q", method, path, err, reply)
		}
	}
	return status
}

// call is API for requests that have to succeed.
func (s *PowerDNSServer) call(t testing.TB, want int, method, path string, body, out any) {
	t.Helper()
	status, reply := s.request(t, method, path, body)
	if status != want {
		t.Fatalf("%s %s: status %d, want %d: %s", method, path, status, want, reply)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(reply, out); err != nil {
		t.Fatalf("%s %s: %v in %q", method, path, err, reply)
	}
}

func (s *PowerDNSServer) request(t testing.TB, method, path string, body any) (status int, reply []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), exchangeTimeout)
	defer cancel()
	status, reply, err := request(ctx, method, s.URL+apiPath+path, body)
	if err != nil {
		t.Fatal(err)
	}
	return status, reply
}

// request makes a request of the API. Its error says what was asked of what.
func request(ctx context.Context, method, url string, body any) (status int, reply []byte, err error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, fmt.Errorf("%s %s: %w", method, url, err)
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("X-API-Key", apiKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	reply, err = io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, fmt.Errorf("%s %s: %w", method, url, err)
	}
	return resp.StatusCode, reply, nil
}

const (
	apiKey   = "zoneward-test-api-key"
	serverID = "localhost" // the only one that a PowerDNS server has
	apiPath  = "/api/v1/servers/" + serverID
)

func apiURL(at place) string { return "http://" + loopback(at.ports[1]) }

type powerDNS struct {
	program string
	runtime string // where the control socket is
	backend string
	schema  string // SQL file that makes gsqlite3's database
	sqlite  string // program that reads it
}

func newPowerDNS(t testing.TB, opts PowerDNSOptions) powerDNS {
	t.Helper()
	p := powerDNS{program: Program(t, "pdns_server"), backend: opts.Backend}
	switch p.backend {
	case "", "gsqlite3":
		p.backend = "gsqlite3"
		needBackend(t, p.program, p.backend, "pdns-backend-sqlite3")
		p.sqlite = Program(t, "sqlite3")
		p.schema = sqliteSchema(t)
	case "lmdb":
		needBackend(t, p.program, p.backend, "pdns-backend-lmdb")
	default:
		t.Fatalf("PowerDNS backend %q: gsqlite3 and lmdb can be written through the API", p.backend)
	}
	p.runtime = socketDir(t)
	return p
}

// needBackend ends the test unless the server has the backend, which is a package of its own in Debian.
func needBackend(t testing.TB, program, backend, pkg string) {
	t.Helper()
	// A directory of our own: the system's configuration may be unreadable for this user.
	output, err := exec.CommandContext(t.Context(), program, "--config-dir="+t.TempDir(), "--list-modules").Output()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok { // it lists them and exits with 99
		t.Fatalf("%s --list-modules: %v", program, err)
	}
	if !slices.Contains(strings.Fields(string(output)), backend) {
		missing(t, "backend "+backend+" of pdns_server", pkg)
	}
}

// sqliteSchema returns the path of the schema that comes with the backend.
func sqliteSchema(t testing.TB) string {
	t.Helper()
	paths := []string{
		"/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql", // Debian
		"/usr/share/doc/pdns-backend-sqlite/schema.sqlite3.sql",     // Fedora
		"/usr/share/doc/pdns/schema.sqlite3.sql",                    // others, and PowerDNS's own packages
	}
	i := slices.IndexFunc(paths, func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	})
	if i < 0 {
		missing(t, "schema of PowerDNS for SQLite ("+strings.Join(paths, ", ")+")", "pdns-backend-sqlite3")
	}
	return paths[i]
}

func (p powerDNS) ports() int     { return 2 }
func (p powerDNS) config() string { return "pdns.conf" }

func (p powerDNS) command(at place) ([]string, error) {
	var backend string
	switch p.backend {
	case "gsqlite3":
		database := filepath.Join(at.dir, "pdns.sqlite3")
		if err := p.createSQLite(database); err != nil {
			return nil, err
		}
		backend = "gsqlite3-database=" + database + "\ngsqlite3-dnssec=yes\ngsqlite3-pragma-synchronous=0\n"
	case "lmdb":
		backend = "lmdb-filename=" + filepath.Join(at.dir, "pdns.lmdb") + "\nlmdb-shards=2\n"
	}
	conf := fmt.Sprintf(`launch=%s
%slocal-address=127.0.0.1
local-port=%d
server-id=%s
socket-dir=%s
include-dir=
daemon=no
guardian=no
write-pid=no
setuid=
setgid=
security-poll-suffix=
loglevel=5
api=yes
api-key=%s
webserver=yes
webserver-address=127.0.0.1
webserver-port=%d
dnsupdate=yes
allow-dnsupdate-from=127.0.0.0/8
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-metadata-cache-ttl=0
dnssec-key-cache-ttl=0
`, p.backend, backend, at.ports[0], at.identity, p.runtime, apiKey, at.ports[1])
	if err := os.WriteFile(filepath.Join(at.dir, p.config()), []byte(conf), 0o600); err != nil {
		return nil, err
	}
	return []string{p.program, "--config-dir=" + at.dir}, nil
}

func (p powerDNS) createSQLite(database string) error {
	if _, err := os.Stat(database); err == nil {
		return nil
	}
	schema, err := os.ReadFile(p.schema)
	if err != nil {
		return err
	}
	cmd := exec.Command(p.sqlite, "-bail", database)
	cmd.Stdin = bytes.NewReader(schema)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("create %s: %w: %s", database, err, output)
	}
	return nil
}

func (p powerDNS) ready(ctx context.Context, at place) error {
	status, _, err := request(ctx, http.MethodGet, apiURL(at)+apiPath, nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("API: status %d", status)
	}
	return err
}
