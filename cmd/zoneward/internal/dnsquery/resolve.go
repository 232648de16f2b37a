package dnsquery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// resolvers is where a system names its resolvers.
const resolvers = "/etc/resolv.conf"

// lookupTimeout bounds each look-up of a name server.
const lookupTimeout = 10 * time.Second

// resolver finds the name servers of zones, and their addresses.
type resolver struct {
	addr    netip.AddrPort // not valid: those of the system
	timeout time.Duration  // for one try of one question
}

// target is one address that is asked, or a server without one.
type target struct {
	label string // its name, if it has one, and address with port
	host  string // its name, if it has one
	addr  netip.AddrPort
	err   error // why it has no address
}

// nameServers returns the hosts that the NS RRset of a zone names, as the resolver gives it, ordered.
func (r resolver) nameServers(ctx context.Context, zone zonefile.Name) ([]Server, error) {
	addrs, err := r.addrs()
	if err != nil {
		return nil, err
	}
	key := zonefile.Key{Name: zone, Type: zonefile.TypeNS}
	var errs []error
	for _, addr := range addrs {
		m, err := askOnce(ctx, addr, r.timeout, key)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("resolver %s: %w", addr, err))
			continue
		}
		if m.rcode() != dns.RcodeSuccess && m.rcode() != dns.RcodeNameError {
			errs = append(errs, fmt.Errorf("resolver %s: %s", addr, m.rcodeText()))
			continue
		}
		servers := serversIn(records(m.answer, key))
		if len(servers) == 0 {
			return nil, fmt.Errorf("resolver %s: it has no NS", addr)
		}
		return servers, nil
	}
	return nil, errors.Join(errs...)
}

// askOnce puts a question to a resolver, over TCP too if the answer is truncated.
func askOnce(ctx context.Context, addr netip.AddrPort, timeout time.Duration, key zonefile.Key) (*message, error) {
	var m *message
	for _, network := range []string{overUDP, overTCP} {
		l := line{network: network, server: addr, timeout: timeout, recurse: true}
		var err error
		m, err = l.ask(ctx, key)
		l.close()
		if err != nil {
			return nil, err
		}
		if !m.truncated() {
			break
		}
	}
	return m, nil
}

// serversIn returns the hosts that NS records name.
func serversIn(found []record) []Server {
	var servers []Server
	for _, r := range found {
		name, _, err := zonefile.NameFromWire(r.rdata)
		if err != nil || name.IsRoot() { // a null NS
			continue
		}
		servers = append(servers, Server{host: name.String(), port: defaultPort})
	}
	slices.SortFunc(servers, func(a, b Server) int { return strings.Compare(a.host, b.host) })
	return slices.Compact(servers)
}

// addrs returns the addresses of resolvers.
func (r resolver) addrs() ([]netip.AddrPort, error) {
	if r.addr.IsValid() {
		return []netip.AddrPort{r.addr}, nil
	}
	config, err := dns.ClientConfigFromFile(resolvers)
	if err != nil {
		return nil, fmt.Errorf("find a resolver: %w", err)
	}
	port, err := strconv.ParseUint(config.Port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("find a resolver: %w", err)
	}
	var addrs []netip.AddrPort
	for _, text := range config.Servers {
		if addr, err := netip.ParseAddr(text); err == nil {
			addrs = append(addrs, netip.AddrPortFrom(addr.Unmap(), uint16(port)))
		}
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("find a resolver: %s names none", resolvers)
	}
	return addrs, nil
}

// targets returns the addresses of servers, each once, in their order. Of a host with several addresses those are left out that this machine has no way to,
// such as IPv6 ones where there is no IPv6; the notes say so.
func (r resolver) targets(ctx context.Context, servers []Server) (targets []target, notes []string) {
	for _, s := range servers {
		found, err := r.addressesOf(ctx, s)
		if err != nil {
			targets = append(targets, target{label: s.host, host: s.host, err: err})
			continue
		}
		var reached, others []target
		for _, addr := range found {
			t := target{label: addr.String(), host: s.host, addr: addr}
			if s.host != "" {
				t.label = fmt.Sprintf("%s (%s)", s.host, addr)
			}
			if t.err = noWay(addr); t.err != nil {
				others = append(others, t)
				continue
			}
			reached = append(reached, t)
		}
		if len(reached) == 0 {
			reached, others = others, nil
		}
		for _, t := range others {
			notes = append(notes, fmt.Sprintf("%s: not asked: %v", t.label, t.err))
		}
		for _, t := range reached {
			if !slices.ContainsFunc(targets, func(other target) bool { return other.err == nil && other.addr == t.addr }) {
				targets = append(targets, t)
			}
		}
	}
	return targets, notes
}

// addressesOf returns the addresses of a server, ordered.
func (r resolver) addressesOf(ctx context.Context, s Server) ([]netip.AddrPort, error) {
	if addr, ok := s.Address(); ok {
		return []netip.AddrPort{addr}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found, err := r.net().LookupNetIP(ctx, "ip", s.host)
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		return nil, fmt.Errorf("look up its address: %s", lookup.Err) // the whole text may name a server that was not asked
	}
	if err != nil {
		return nil, fmt.Errorf("look up its address: %w", err)
	}
	addrs := make([]netip.AddrPort, len(found))
	for i, addr := range found {
		addrs[i] = netip.AddrPortFrom(addr.Unmap(), s.port)
	}
	slices.SortFunc(addrs, netip.AddrPort.Compare)
	return slices.Compact(addrs), nil
}

// net returns the resolver of the standard library, which knows the hosts file and search domains as well.
func (r resolver) net() *net.Resolver {
	if !r.addr.IsValid() {
		return net.DefaultResolver
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, r.addr.String())
	}}
}

// noWay returns why this machine cannot send anything to an address, nil if it can. Nothing is sent to find out.
func noWay(addr netip.AddrPort) error {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return plain(err)
	}
	return conn.Close()
}
