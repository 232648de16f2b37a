// Package dnsserver starts real name servers for tests: PowerDNS, BIND, Knot DNS and NSD, on loopback ports that the
// kernel picks.
//
// A server belongs to the test that starts it. When the function that starts it returns, it answers for every zone that
// it was given, signed where that was asked for; when the test ends, in whatever way, the server is gone. If the test
// failed, its output carries what the server logged. Any number of servers run side by side, in parallel tests and in
// several test processes, for root and for an ordinary user.
//
// A server that is not installed skips the test, with a reason that names the Debian package. Where the environment has
// ZONEWARD_REQUIRE_SERVERS=1 it fails the test instead.
//
//	func TestApply(t *testing.T) {
//		s := dnsserver.BIND(t, dnsserver.Zone{Origin: "example.com", Mode: dnsserver.PolicySigned})
//		s.Update(t, "zone example.com\nupdate add www.example.com 300 A 192.0.2.1") // somebody else writes
//		lines := dnsserver.AXFR(t, s.Addr, "example.com", s.Key)
//		...
//	}
//
// Origins are absolute with or without the last dot.
package dnsserver

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// Key is a TSIG key (RFC 8945). The zero Key stands for no key: messages go unsigned.
type Key struct {
	Name      string // without the last dot
	Algorithm string // as server configurations write it: "hmac-sha256"
	Secret    string // base64
}

// TestKey returns the key that every server here is configured with. It may update and transfer every zone.
func TestKey() Key {
	return Key{
		Name:      "zoneward-test",
		Algorithm: "hmac-sha256",
		Secret:    base64.StdEncoding.EncodeToString([]byte("this key guards nothing: tests.")),
	}
}

// Mode says whether and how a server signs a zone.
type Mode int

const (
	// Unsigned zones have no DNSSEC.
	Unsigned Mode = iota
	// PolicySigned zones are signed in place as they are updated: BIND's dnssec-policy without inline-signing, Knot's
	// dnssec-signing, and keys at PowerDNS. There is one serial, and the SOA that is served can be a prerequisite.
	PolicySigned
	// InlineSigned zones are BIND's alone: dnssec-policy with inline-signing. Updates go to an unsigned copy with a serial of
	// its own, and reach the served zone a moment after they are acknowledged.
	InlineSigned
)

// String names the mode in the names of subtests.
func (m Mode) String() string {
	switch m {
	case Unsigned:
		return "unsigned"
	case PolicySigned:
		return "policy-signed"
	case InlineSigned:
		return "inline-signed"
	}
	return fmt.Sprintf("Mode(%d)", int(m))
}

// Zone is a primary zone that a server starts with and that TestKey may update and transfer.
type Zone struct {
	Origin string
	// Text is the zone's master file at the start, relative to Origin. Empty means MasterFile(Origin).
	Text string
	Mode Mode
	// Config is added to the zone's block in the configuration of BIND or Knot: lines in the server's own language.
	Config string
}

// MasterFile returns the smallest zone that every server loads under every origin: an SOA with serial 1 and one NS, whose name is
// outside, since an address under a reverse zone's origin would be refused. Text put after it is relative to the origin.
//
//	$ORIGIN example.com.
//	$TTL 300
//	@ IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 604800 300
//	@ IN NS ns.invalid.
func MasterFile(origin string) string {
	return "$ORIGIN " + dns.Fqdn(origin) + `
$TTL 300
@ IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 604800 300
@ IN NS ns.invalid.
`
}

// FileName returns the name of a zone's file in the directories that servers load from, "example.com.zone". The slash of
// an RFC 2317 origin is written as an underscore.
func FileName(origin string) string {
	return strings.ReplaceAll(strings.TrimSuffix(origin, "."), "/", "_") + ".zone"
}

func (z Zone) text() string {
	if z.Text == "" {
		return MasterFile(z.Origin)
	}
	return z.Text
}
