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

// BIND starts named as primary of zones that the key may update and transfer. Signed zones are signed whole, with the built-in
// policy "default", when it returns. Limits are named's own defaults: 100 records in an RRset, for one.
func BIND(t testing.TB, zones ...Zone) *Server {
	t.Helper()
	return launch(t, bind{program: Program(t, "named"), zones: zones}, pickPort)
}

type bind struct {
	program string
	zones   []Zone
}

func (b bind) ports() int     { return 1 }
func (b bind) config() string { return "named.conf" }

func (b bind) command(at place) ([]string, error) {
	key := TestKey()
	var conf strings.Builder
	conf.WriteString(namedOptions(at))
	conf.WriteString("controls {};\n")
	for _, z := range b.zones {
		file := filepath.Join(at.dir, FileName(z.Origin))
		if err := writeNew(file, z.text()); err != nil {
			return nil, err
		}
		fmt.Fprintf(&conf, "zone %q {\n\ttype primary;\n\tfile %q;\n", dns.Fqdn(z.Origin), file)
		fmt.Fprintf(&conf, "\tallow-update { key %q; };\n\tallow-transfer { key %[1]q; };\n", key.Name)
		switch z.Mode {
		case Unsigned:
		case PolicySigned:
			// Said aloud, because the default for it differs between versions.
			conf.WriteString("\tdnssec-policy default;\n\tinline-signing no;\n")
		case InlineSigned:
			conf.WriteString("\tdnssec-policy default;\n\tinline-signing yes;\n")
		}
		fmt.Fprintf(&conf, "%s\n};\n", z.Config)
	}
	return namedCommand(b.program, filepath.Join(at.dir, b.config()), conf.String())
}

func (b bind) ready(ctx context.Context, at place) error { return served(ctx, at.addr(), b.zones) }

// namedOptions returns what every named.conf here begins with. Nothing in it makes named send a packet by itself, write outside of
// its directory, or change its user.
func namedOptions(at place) string {
	key := TestKey()
	return fmt.Sprintf(`options {
	directory %q;
	listen-on port %d { 127.0.0.1; };
	listen-on-v6 { none; };
	server-id %q;
	pid-file none;
	session-keyfile none;
	lock-file none;
	recursion no;
	dnssec-validation no;
	notify no;
	allow-transfer { none; };
};
key %q { algorithm %s; secret %q; };
`, at.dir, at.ports[0], at.identity, key.Name, key.Algorithm, key.Secret)
}

func namedCommand(program, file, conf string) ([]string, error) {
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	// -g: in the foreground, log to standard error. -n 1: one worker thread is enough, and starts sooner.
	return []string{program, "-g", "-n", "1", "-c", file}, nil
}

// writeNew writes a file unless it is there: a server that starts again has its own version of it.
func writeNew(file, text string) error {
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	return os.WriteFile(file, []byte(text), 0o600)
}
