package preview

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/zonefile"
)

// The zones of which BIND is asked the same. They have whatever an answer depends on.
var comparedZones = map[string]string{
	"example.com": `$TTL 300
@ SOA ns1 hostmaster 7 3600 600 604800 200
@ NS ns1
@ NS ns.example.net.
@ MX 10 mail
@ MX 20 mail.sub
@ MX 30 mail.example.org.
@ TXT "apex"
ns1 A 192.0.2.53
ns1 AAAA 2001:db8::53
mail A 192.0.2.25
www 60 A 192.0.2.1
www 60 A 192.0.2.2
www TXT "a" "b"
WWW HINFO "c" "o"
alias CNAME www
alias2 CNAME alias
dangling CNAME nothing
outside CNAME www.elsewhere.invalid.
across CNAME www.example.org.
across2 CNAME back.example.org.
nowhere CNAME nothing.example.org.
intocut CNAME www.sub
intowild CNAME x.wild
inton CNAME a.b.ent
loop1 CNAME loop2
loop2 CNAME loop1
self CNAME self
*.wild TXT "any"
*.wild A 192.0.2.9
exists.wild A 192.0.2.7
below.ent.wild TXT "below"
*.cwild CNAME www
*.oneself CNAME x.oneself
sub.*.deep A 192.0.2.8
*.mx MX 10 mail
a.b.ent A 192.0.2.6
d DNAME example.org.
d TXT "at the DNAME"
*.dhost A 192.0.2.5
dd DNAME d
longd DNAME ` + strings.Repeat(strings.Repeat("x", 60)+".", 3) + `example.org.
todname CNAME www.d
sub NS ns1.sub
sub NS ns2.sub
sub NS ns.example.net.
sub DS 12345 13 2 0000000000000000000000000000000000000000000000000000000000000001
ns1.sub A 192.0.2.54
ns1.sub AAAA 2001:db8::54
ns2.sub A 192.0.2.55
mail.sub A 192.0.2.26
sibling NS ns1.sub
sibling NS ns1
noglue NS ns.elsewhere.invalid.
deep.under.noglue A 192.0.2.99
kid NS ns1.kid
kid NS ns1
ns1.kid A 192.0.2.101
kid DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000001
_sip._tcp SRV 10 20 5060 mail
_sip._tcp SRV 20 20 5060 alias
svc HTTPS 1 . alpn=h2 port=8443
svc A 192.0.2.80
mxwild MX 10 host.wild
mxalias MX 10 alias
mxd MX 10 www.d
srvcut SRV 1 1 1 ns1.sub
sub2 NS host.wild
sub3 NS ns.below.ent.wild
sub4 NS alias
svc2 HTTPS 1 svc alpn=h2
svc3 HTTPS 0 svc
naptr NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp
naptr NAPTR 20 10 "a" "SIP+D2T" "" mail
afsdb AFSDB 1 mail
caa CAA 0 issue "ca.example.net"
loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
any TYPE65300 \# 3 00c00c
key CNAME www
esc\.aped A 192.0.2.30
oct\000\255et TXT "octets"
sp\032ace A 192.0.2.31
host.\* A 192.0.2.32
txt TXT "` + strings.Repeat("x", 250) + `" "` + strings.Repeat("y", 250) + `" "` + strings.Repeat("z", 250) + `" "` + strings.Repeat("w", 250) + `" "` + strings.Repeat("v", 250) + `" "` + strings.Repeat("u", 250) + `"
`,
	"kid.example.com": `$TTL 100
@ SOA ns1 hostmaster 3 3600 600 604800 300
@ NS ns1
ns1 A 192.0.2.102
www A 192.0.2.103
up CNAME www.example.com.
`,
	"example.org": `$TTL 300
@ SOA ns1.example.com. hostmaster 5 3600 600 604800 300
@ NS ns1.example.com.
@ DNAME example.com.
`,
	"example.net": `$TTL 300
@ SOA ns hostmaster 5 3600 600 604800 300
@ NS ns
ns A 192.0.2.150
*.any A 192.0.2.151
`,
}

// comparedTypes are the types that are asked for at each name.
var comparedTypes = []uint16{
	dns.TypeA, dns.TypeAAAA, dns.TypeNS, dns.TypeSOA, dns.TypeCNAME, dns.TypeDNAME, dns.TypeMX, dns.TypeTXT, dns.TypeSRV, dns.TypeDS, dns.TypeHTTPS,
	dns.TypeNAPTR, dns.TypeAFSDB, dns.TypeCAA, dns.TypeANY, 65300,
}

// parseZone reads a master file, which is good.
func parseZone(t testing.TB, origin, text string) *zonefile.Zone {
	t.Helper()
	name := zonefile.MustParseName(dns.Fqdn(origin))
	file, err := zonefile.Parse(fstest.MapFS{"zone": {Data: []byte(text)}}, "zone", zonefile.ParseOptions{Origin: name})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Err(); err != nil {
		t.Fatal(err)
	}
	return file.Zone
}

// zonesOf returns master files, by origin, to answer for.
func zonesOf(t testing.TB, texts map[string]string) *Zones {
	t.Helper()
	var zones []Zone
	for origin, text := range texts {
		content := parseZone(t, origin, text)
		zones = append(zones, Zone{Origin: content.Origin(), Content: content})
	}
	return NewZones(zones...)
}

// serve starts a server for zones, for as long as the test lasts, and returns its address.
func serve(t testing.TB, zones *Zones) string {
	t.Helper()
	s, err := Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	s.Put(zones)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Serve(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return s.Addr().String()
}

// comparedNames returns the names of the zones, their parents, names below each, and some beside.
func comparedNames(t *testing.T) []zonefile.Name {
	t.Helper()
	names := map[zonefile.Name]bool{}
	for origin, text := range comparedZones {
		for set := range parseZone(t, origin, text).All() {
			for name := set.Key.Name; !name.IsRoot(); name = name.Parent() {
				for _, prefix := range []string{"@", "x", "*", "x.y", "x.*", "zzz"} {
					below, err := zonefile.ParseName(prefix, name)
					if err != nil {
						t.Fatal(err)
					}
					names[below] = true
				}
			}
		}
	}
	return slices.SortedFunc(maps.Keys(names), zonefile.Name.Compare)
}

// answerText is a message as it is compared: what an answer means.
type answerText struct {
	Rcode                         string
	Authoritative                 bool
	Answer, Authority, Additional []string
}

func textOf(m *dns.Msg) answerText {
	section := func(records []dns.RR) []string {
		var lines []string
		for _, rr := range records {
			if rr.Header().Rrtype != dns.TypeOPT {
				lines = append(lines, strings.ToLower(strings.Join(strings.Fields(rr.String()), " ")))
			}
		}
		slices.Sort(lines)
		return lines
	}
	return answerText{dns.RcodeToString[m.Rcode], m.Authoritative, section(m.Answer), section(m.Ns), section(m.Extra)}
}

// asker asks one server over one connection.
type asker struct {
	conn *dns.Conn
}

func newAsker(t *testing.T, addr string) *asker {
	t.Helper()
	conn, err := dns.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &asker{conn}
}

func (a *asker) ask(t *testing.T, m *dns.Msg) *dns.Msg {
	t.Helper()
	if err := a.conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := a.conn.WriteMsg(m); err != nil {
		t.Fatal(err)
	}
	r, err := a.conn.ReadMsg()
	if err != nil {
		t.Fatalf("%s: %v", m.Question[0].String(), err)
	}
	return r
}

// chain asks BIND, and asks again for the name that an answer ends with if that is in another zone: BIND goes from zone to zone only where it may recurse.
func (a *asker) chain(t *testing.T, name string, typ uint16) answerText {
	t.Helper()
	var all answerText
	for seen := map[string]bool{}; ; {
		m := new(dns.Msg)
		m.SetQuestion(name, typ)
		r := a.ask(t, m)
		text := textOf(r)
		if len(seen) > 0 {
			text.Authoritative = all.Authoritative
		}
		text.Answer = append(text.Answer, all.Answer...)
		slices.Sort(text.Answer)
		text.Answer = slices.Compact(text.Answer)
		all = text
		ended := typ == dns.TypeCNAME || typ == dns.TypeANY || r.Rcode != dns.RcodeSuccess || len(r.Answer) == 0 || len(r.Ns) > 0
		if ended {
			return all
		}
		asked := name
		for next := true; next; {
			seen[name] = true
			next = false
			for _, rr := range r.Answer {
				cname, ok := rr.(*dns.CNAME)
				if ok && strings.EqualFold(cname.Hdr.Name, name) && !seen[cname.Target] {
					name, next = cname.Target, true
				}
			}
		}
		answered := slices.ContainsFunc(r.Answer, func(rr dns.RR) bool { return strings.EqualFold(rr.Header().Name, name) })
		if name == asked || answered || !isCompared(name) {
			return all
		}
	}
}

// isCompared reports whether a name is in one of the zones.
func isCompared(name string) bool {
	for origin := range comparedZones {
		if dns.IsSubDomain(dns.Fqdn(origin), name) {
			return true
		}
	}
	return false
}

// reconcile takes out of two answers what is known to differ:
//
//   - With a referral BIND has the addresses alone that are at or below a zone cut. Here there are those too that the zone has itself, as RFC 1034 §4.3.2 has it.
//   - With a NAPTR BIND has what its flags lead to (RFC 3403 §4.1). Here there is nothing.
func (a *asker) reconcile(t *testing.T, typ uint16, theirs, ours *answerText) {
	t.Helper()
	switch {
	case typ == dns.TypeNAPTR && len(theirs.Authority) == 0:
		theirs.Additional = nil
	case !ours.Authoritative && len(ours.Authority) > 0:
		ours.Additional = slices.DeleteFunc(ours.Additional, func(line string) bool {
			owner, _, _ := strings.Cut(line, " ")
			m := new(dns.Msg)
			m.SetQuestion(owner, dns.TypeA)
			r := a.ask(t, m)
			return !slices.Contains(theirs.Additional, line) && r.Authoritative && len(r.Answer) > 0
		})
		if len(ours.Additional) == 0 {
			ours.Additional = nil
		}
	}
}

// TestAsBIND asks BIND and this package the same.
func TestAsBIND(t *testing.T) {
	var zones []dnsserver.Zone
	for origin, text := range comparedZones {
		zones = append(zones, dnsserver.Zone{Origin: origin, Text: text, Config: "check-names ignore; zero-no-soa-ttl no;"})
	}
	theirs := newAsker(t, dnsserver.BIND(t, zones...).Addr)
	ours := newAsker(t, serve(t, zonesOf(t, comparedZones)))
	asked := 0
	for _, name := range comparedNames(t) {
		for _, typ := range comparedTypes {
			asked++
			m := new(dns.Msg)
			m.SetQuestion(name.String(), typ)
			want, got := theirs.chain(t, name.String(), typ), textOf(ours.ask(t, m))
			theirs.reconcile(t, typ, &want, &got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s (- BIND, + here):\n%s", name, dns.TypeToString[typ], diff)
			}
		}
	}
	t.Logf("%d questions", asked)
}
