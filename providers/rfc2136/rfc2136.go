// Package rfc2136 is the provider for name servers that take DNS updates (RFC 2136) and give zone transfers (RFC 5936), with or without
// TSIG (RFC 8945): BIND, Knot DNS, PowerDNS and others.
//
// Fetch is one AXFR. Apply is one UPDATE message, which a server carries out as a whole or not at all, with prerequisites that make
// it a compare-and-set; a batch that does not fit into a message is written in several. NOERROR does not mean that a server has
// done all that it was told: what contradicts the zone is left out in silence. So Apply reads back what it wrote, by another AXFR of which
// it keeps the RRsets of the batch alone. Asking for each of them would cost less and show less: a query does not see what is
// below a zone cut, and sees wildcards where there is nothing.
//
// What servers do beyond the RFCs is told with each rule here; docs/providers/rfc2136.md has what an operator needs to know.
package rfc2136

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Options say which server is asked, and how. Server is the one that has to be set.
type Options struct {
	// Server takes the updates: "HOST:PORT", or a host alone for port 53. It is asked over TCP.
	Server string
	// TSIG is the key that requests are signed with and answers must be. The zero TSIG is for servers that go by addresses.
	TSIG TSIG

	// TransferServer gives the transfers if that is another one, and TransferTSIG is its key if that is another one.
	TransferServer string
	TransferTSIG   TSIG

	// Timeout is how long connecting may take, and each message of an answer: 30 seconds if it is 0. A transfer may take twenty times as
	// long as a whole, and has at most 1 GiB.
	Timeout time.Duration
	// Settle is how long a server may take to serve what it has acknowledged: 10 seconds if it is 0. Only those are waited for that
	// may need it: BIND with inline-signing, which cannot be told from others that sign, and a TransferServer.
	Settle time.Duration
	// MaxMessage is the most octets of an UPDATE message, 60,000 if it is 0: over TCP 65,535 are possible.
	MaxMessage int
	// MaxTTL is the largest TTL that the server serves, zonefile.MaxTTL if it is 0. BIND lowers those of zones with a dnssec-policy to
	// its max-zone-ttl, 86,400 in the policy "default".
	MaxTTL zonefile.TTL
	// RequireAtomic refuses a batch that does not fit into one message.
	RequireAtomic bool
	// Profile says what the server cannot do that RFC 2136 has.
	Profile Profile
}

// Profile is how a server differs from RFC 2136. The zero Profile is that of one that does not.
type Profile struct {
	// NoSOAPrerequisite: the SOA is never a prerequisite. It can also be a choice, for zones in which others write all the time: then
	// only the RRsets of a batch are compared. Servers where such a prerequisite cannot hold, as BIND with inline-signing, are
	// found out without it.
	NoSOAPrerequisite bool
	// NoCNAMEPrerequisite: a prerequisite about a CNAME never holds.
	NoCNAMEPrerequisite bool
	// NotAtomic: a message that is refused may have been carried out in part.
	NotAtomic bool
	// Types are those that the server takes, nil for all.
	Types []zonefile.Type
	// NoUnknownTypes: it takes no types that have no mnemonic (RFC 3597).
	NoUnknownTypes bool
}

// PowerDNS is the profile of the PowerDNS Authoritative Server (4.7.3), which answers FORMERR to types that it does not know.
func PowerDNS() Profile { return Profile{NoUnknownTypes: true} }

// HexDNS is the profile of Glauca's HexDNS, as its source has it (https://github.com/AS207960/hexdns): it answers YXRRSET where an
// RRset is not as the prerequisite says, never finds an SOA or a CNAME that a prerequisite names, and writes record by record.
func HexDNS() Profile {
	return Profile{
		NoSOAPrerequisite: true, NoCNAMEPrerequisite: true, NotAtomic: true,
		Types: []zonefile.Type{
			zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeCAA, zonefile.TypeCNAME, zonefile.TypeDS, zonefile.Type(dns.TypeDHCID),
			zonefile.TypeHINFO, zonefile.TypeLOC, zonefile.TypeMX, zonefile.TypeNAPTR, zonefile.TypeNS, zonefile.TypeRP,
			zonefile.TypeSRV, zonefile.TypeTLSA, zonefile.TypeTXT,
		},
	}
}

const (
	defaultTimeout    = 30 * time.Second
	defaultSettle     = 10 * time.Second
	defaultMaxMessage = 60_000
	leastMaxMessage   = 512
)

// Provider is the provider. It keeps nothing but what it has learnt about the prerequisites that hold for a zone.
type Provider struct {
	update, transfers client
	settle            time.Duration
	maxMessage        int // without a signature
	maxTTL            zonefile.TTL
	requireAtomic     bool
	profile           Profile

	mu  sync.Mutex
	soa map[zonefile.Name]soaPrerequisite // by origin
}

// soaPrerequisite says whether the SOA that a server serves for a zone can be a prerequisite there. It cannot where BIND signs inline:
// updates go to an unsigned copy of the zone, which has a serial of its own.
type soaPrerequisite int

const (
	soaUnknown soaPrerequisite = iota
	soaHolds
	soaNever
)

var _ providers.ZoneProvider = (*Provider)(nil)

// New returns the provider. Nothing is sent before it is used.
func New(opts Options) (*Provider, error) {
	server, err := hostPort(opts.Server)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	signer, err := newSigner(opts.TSIG)
	if err != nil {
		return nil, err
	}
	timeout := opts.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	p := &Provider{
		update: client{server, signer, timeout}, transfers: client{server, signer, timeout},
		settle: opts.Settle, maxMessage: opts.MaxMessage, maxTTL: opts.MaxTTL, requireAtomic: opts.RequireAtomic, profile: opts.Profile,
		soa: map[zonefile.Name]soaPrerequisite{},
	}
	if opts.TransferServer != "" {
		if p.transfers.server, err = hostPort(opts.TransferServer); err != nil {
			return nil, fmt.Errorf("transfer server: %w", err)
		}
	}
	if s, err := newSigner(opts.TransferTSIG); err != nil {
		return nil, fmt.Errorf("transfer: %w", err)
	} else if s != nil {
		p.transfers.signer = s
	}
	if p.maxTTL == 0 || p.maxTTL > zonefile.MaxTTL {
		p.maxTTL = zonefile.MaxTTL
	}
	if p.settle == 0 {
		p.settle = defaultSettle
	}
	if p.maxMessage == 0 {
		p.maxMessage = defaultMaxMessage
	}
	if p.maxMessage < leastMaxMessage || p.maxMessage > maxMessage {
		return nil, fmt.Errorf("messages of at most %d octets: want %d to %d", p.maxMessage, leastMaxMessage, maxMessage)
	}
	p.maxMessage = min(p.maxMessage, maxMessage-signer.tsigSize())
	if opts.RequireAtomic && opts.Profile.NotAtomic {
		return nil, errors.New("batches are to be atomic, and this server's updates are not")
	}
	return p, nil
}

// hostPort returns the address of a name server, with port 53 if it has none.
func hostPort(text string) (string, error) {
	if host, port, err := net.SplitHostPort(text); err == nil && host != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err == nil && n > 0 {
			return text, nil
		}
	}
	if inside, ok := strings.CutPrefix(text, "["); ok {
		inside, ok = strings.CutSuffix(inside, "]")
		if addr, err := netip.ParseAddr(inside); ok && err == nil && addr.Is6() {
			return net.JoinHostPort(inside, "53"), nil
		}
	}
	if _, err := netip.ParseAddr(text); err == nil || text != "" && !strings.ContainsAny(text, ":[]/ ") {
		return net.JoinHostPort(text, "53"), nil
	}
	return "", fmt.Errorf("%q: want HOST:PORT", text)
}

// Zones returns ErrUnsupported: no message asks a server for its zones.
func (p *Provider) Zones(context.Context) ([]providers.ZoneInfo, error) {
	return nil, fmt.Errorf("list the zones of %s: %w: DNS has no such query, name the zones in the configuration", p.update.server, providers.ErrUnsupported)
}

// Fetch transfers the zone. What the server makes by signing it, and PowerDNS's ALIAS and LUA, are in Foreign. The Version is the data
// of the SOA. The Traits have ComparesZone only after an Apply has shown that the SOA can be a prerequisite there; it is tried in any case.
func (p *Provider) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	snapshot, err := p.fetch(ctx, origin)
	if err != nil {
		return nil, fmt.Errorf("transfer %s from %s: %w", origin, p.transfers.server, err)
	}
	return snapshot, nil
}

func (p *Provider) fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	zone, foreign, signers := zonefile.NewBuilder(origin), zonefile.NewBuilder(origin), zonefile.NewBuilder(origin)
	soa, err := p.transfers.transfer(ctx, origin, func(key zonefile.Key, ttl zonefile.TTL, rdata []byte) error {
		switch {
		case key.Type == zonefile.TypeCDS || key.Type == zonefile.TypeCDNSKEY:
			return signers.Add(key, ttl, rdata)
		case unmanaged(key.Type) != "":
			return foreign.Add(key, ttl, rdata)
		}
		return zone.Add(key, ttl, rdata)
	})
	if err != nil {
		return nil, p.transferError(ctx, origin, err)
	}
	parsed, err := zonefile.ParseSOA(soa)
	if err != nil {
		return nil, err
	}
	s := &providers.Snapshot{Zone: zone.Zone(), Foreign: foreign.Zone(), Serial: parsed.Serial, Version: soa.Text()[0], Traits: p.traits(origin)}
	// Where the zone is signed, CDS and CDNSKEY are the signer's (RFC 7344 §3).
	to := s.Zone
	if s.Foreign.Has(zonefile.Key{Name: origin, Type: zonefile.TypeDNSKEY}) {
		to = s.Foreign
	}
	for set := range signers.Zone().All() {
		if err := to.Put(set); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// traits returns what is promised for a zone.
func (p *Provider) traits(origin zonefile.Name) providers.Traits {
	t := providers.Traits{
		Atomicity:      providers.AtomicBatch,
		Whole:          p.requireAtomic,
		Preconditions:  providers.ComparesRRsets,
		Limits:         providers.BatchLimits{Bytes: p.maxMessage},
		Types:          slices.Clone(p.profile.Types),
		MaxTTL:         p.maxTTL,
		SOAWritable:    p.takes(zonefile.TypeSOA),
		ApexNSWritable: p.takes(zonefile.TypeNS),
	}
	if p.profile.NotAtomic {
		t.Atomicity = providers.AtomicNone
	}
	if p.soaPrerequisite(origin) == soaHolds {
		t.Preconditions |= providers.ComparesZone
	}
	return t
}

func (p *Provider) takes(t zonefile.Type) bool {
	if p.profile.NoUnknownTypes && strings.HasPrefix(t.String(), "TYPE") {
		return false
	}
	return p.profile.Types == nil || slices.Contains(p.profile.Types, t)
}

func (p *Provider) soaPrerequisite(origin zonefile.Name) soaPrerequisite {
	if p.profile.NoSOAPrerequisite {
		return soaNever
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.soa[origin]
}

func (p *Provider) learn(origin zonefile.Name, s soaPrerequisite) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.soa[origin] = s
}

// unmanaged returns why RRsets of a type cannot be managed by updates, empty for those that can.
func unmanaged(t zonefile.Type) string {
	switch {
	case t.Signing():
		return "the server makes it when it signs the zone"
	case t == zonefile.TypeALIAS, t == zonefile.TypeLUA:
		return "it is PowerDNS's own: use the provider powerdns"
	}
	return ""
}

// mostRDATA is the most octets of records that an answer can have, with a question of the longest name before them.
const mostRDATA = maxMessage - headerSize - maxName - 4

// Normalize returns set as it is, but for a TTL above the largest. The error wraps ErrUnsupported for what servers make by signing, ALIAS
// and LUA, two records of which there can be one, and more data than a message has room for.
func (p *Provider) Normalize(set zonefile.RRset) (zonefile.RRset, error) {
	refuse := func(why string) (zonefile.RRset, error) {
		return zonefile.RRset{}, fmt.Errorf("%s: %w: %s", set.Key, providers.ErrUnsupported, why)
	}
	if why := unmanaged(set.Key.Type); why != "" {
		return refuse(why)
	}
	if !p.takes(set.Key.Type) {
		return refuse("the server takes no records of this type")
	}
	switch set.Key.Type {
	case zonefile.TypeCNAME, zonefile.TypeDNAME, zonefile.TypeSOA:
		// Servers keep the last of them and say nothing.
		if set.Len() > 1 {
			return refuse("more than one record")
		}
	}
	size := 0
	for rdata := range set.RDATA() {
		size += 2 + 10 + len(rdata)
	}
	if size > mostRDATA {
		return refuse("the records do not fit into a message, so no server could answer with them")
	}
	return set.WithTTL(min(set.TTL, p.maxTTL)), nil
}
