package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// TestSwapIsNeverBare has names at which a CNAME makes way for an address, and the other way round, in a change that takes several messages
// or is one large request. Somebody who asks for them all the time always gets an answer: a name is bare for no longer than a transaction.
func TestSwapIsNeverBare(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		server func(t *testing.T) (server *dnsserver.Server, provider, apiKey string)
	}{
		{"bind", func(t *testing.T) (*dnsserver.Server, string, string) {
			server := dnsserver.BIND(t, dnsserver.Zone{Origin: "example.com"})
			return server, fmt.Sprintf(`{type: rfc2136, server: %q, tsig: {name: %s, algorithm: hmac-sha256, secret: "${TSIG}"}}`, server.Addr, server.Key.Name), ""
		}},
		{"powerdns", func(t *testing.T) (*dnsserver.Server, string, string) {
			server := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
			server.CreateZone(t, "Native", dnsserver.Zone{Origin: "example.com"})
			return server.Server, fmt.Sprintf(`{type: powerdns, url: %q, api_key: "${APIKEY}"}`, server.URL), server.APIKey
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server, provider, apiKey := tc.server(t)
			dir := t.TempDir()
			config := "version: 1\nsource: {dir: zones}\nproviders:\n  t: " + provider + "\nzones:\n  - {match: \"*\", targets: [t]}\npolicy: {max_deletes: \"100%\"}\n"
			writeTestFile(t, filepath.Join(dir, "zoneward.yaml"), config)
			apply := func(state int) string {
				writeTestFile(t, filepath.Join(dir, "zones", "example.com.zone"), swapZone(state))
				cmd := exec.Command("zoneward", "apply", "--yes")
				cmd.Dir, cmd.Env = dir, append(os.Environ(), "TSIG="+dnsserver.TestKey().Secret, "APIKEY="+apiKey)
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				return string(out)
			}
			apply(0)
			stop := make(chan struct{})
			var asking sync.WaitGroup
			var bare [2]error
			for i, name := range []string{"to-a.example.com.", "to-cname.example.com."} {
				asking.Go(func() { bare[i] = askAlways(t.Context(), server.Addr, name, stop) })
			}
			out := apply(1)
			apply(2)
			close(stop)
			asking.Wait()
			for _, err := range bare {
				if err != nil {
					t.Error(err)
				}
			}
			if !strings.Contains(out, "applied") {
				t.Errorf("the change was not applied:\n%s", out)
			}
		})
	}
}

// askAlways asks a server for the addresses of a name until stop is closed, and returns an error if it has none at a time.
func askAlways(ctx context.Context, server, name string, stop chan struct{}) error {
	var client dns.Client
	question := new(dns.Msg).SetQuestion(name, dns.TypeA)
	for asked := 1; ; asked++ {
		reply, _, err := client.ExchangeContext(ctx, question, server)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			// A datagram was lost.
		case err != nil:
			return err
		case len(reply.Answer) == 0:
			return fmt.Errorf("%s is bare: %s without an answer, to question %d", name, dns.RcodeToString[reply.Rcode], asked)
		}
		select {
		case <-stop:
			if asked < 100 {
				return fmt.Errorf("%s was asked for %d times only", name, asked)
			}
			return nil
		default:
		}
	}
}

// swapZone returns a zone file: of 1,000 RRsets that change from state to state, and two names that change between CNAME and A.
func swapZone(state int) string {
	var b bytes.Buffer
	b.WriteString("$TTL 300\n")
	for i, name := range []string{"to-a", "to-cname"} {
		if (state+i)%2 == 0 {
			fmt.Fprintf(&b, "%s CNAME stays\n", name)
		} else {
			fmt.Fprintf(&b, "%s A 192.0.2.7\n", name)
		}
	}
	b.WriteString("stays A 192.0.2.8\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "host-with-a-long-name-%d TXT \"%d %s\"\n", i, state, strings.Repeat("x", 60))
	}
	return b.String()
}

func writeTestFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
