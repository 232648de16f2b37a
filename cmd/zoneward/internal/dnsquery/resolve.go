package dnsquery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
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

// ask puts a question to the resolvers, one after the other until one answers, and says which did. There may be nothing of that name.
func (r resolver) ask(ctx context.Context, key zonefile.Key) (*message, netip.AddrPort, error) {
	addrs, err := r.addrs()
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	var errs []error
	for _, addr := range addrs {
		lines := newPair(addr, r.timeout, true)
		m, err := lines.ask(ctx, key)
		lines.close()
		if ctx.Err() != nil {
			return nil, netip.AddrPort{}, ctx.Err()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("resolver %s: %w", addr, err))
			continue
		}
		if m.rcode() != dns.RcodeSuccess && m.rcode() != dns.RcodeNameError {
			errs = append(errs, fmt.Errorf("resolver %s: %s", addr, m.rcodeText()))
			continue
		}
		return m, addr, nil
	}
	return nil, netip.AddrPort{}, errors.Join(errs...)
}

// nameServers returns the names in the NS RRset of a zone, as the resolver gives it, ordered.
func (r resolver) nameServers(ctx context.Context, zone zonefile.Name) ([]zonefile.Name, error) {
	key := zonefile.Key{Name: zone, Type: zonefile.TypeNS}
	m, addr, err := r.ask(ctx, key)
	if err != nil {
		return nil, err
	}
	var names []zonefile.Name
	for _, found := range records(m.answer, key) {
		name, _, err := zonefile.NameFromWire(found.rdata)
		if err != nil || name.IsRoot() { // a null NS
			continue
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("resolver %s: it has no NS", addr)
	}
	slices.SortFunc(names, zonefile.Name.Compare)
	return slices.Compact(names), nil
}

// parentOf returns the zone that delegates another, or would: the closest above it that has an SOA, as the resolver gives it.
func (r resolver) parentOf(ctx context.Context, zone zonefile.Name) (zonefile.Name, error) {
	for name := zone.Parent(); !name.IsZero(); name = name.Parent() {
		key := zonefile.Key{Name: name, Type: zonefile.TypeSOA}
		m, addr, err := r.ask(ctx, key)
		if err != nil {
			return zonefile.Name{}, err
		}
		if len(records(m.answer, key)) > 0 {
			return name, nil
		}
		if name.IsRoot() {
			return zonefile.Name{}, fmt.Errorf("resolver %s: it has no SOA of any zone above", addr)
		}
	}
	return zonefile.Name{}, errors.New("there is nothing above the root")
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
		reached, others := reach(s.host, found)
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

// reach returns the targets that the addresses of a host are, and apart from them those that this machine has no way to while it has one to others.
func reach(host string, addrs []netip.AddrPort) (targets, others []target) {
	for _, addr := range addrs {
		t := target{label: addr.String(), host: host, addr: addr}
		if host != "" {
			t.label = fmt.Sprintf("%s (%s)", host, addr)
		}
		if t.err = noWay(addr); t.err != nil {
			others = append(others, t)
			continue
		}
		targets = append(targets, t)
	}
	if len(targets) == 0 {
		return others, nil
	}
	return targets, others
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
