package dnsquery

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// defaultPort is that of DNS.
const defaultPort = 53

// Server is a name server to be asked: its address, or its host name, which stands for all of its addresses; and its port.
// Servers are compared with ==. The zero Server is none.
type Server struct {
	addr netip.Addr // not valid for a host name
	host string     // as a resolver is asked for it
	port uint16
}

// Errors of [ParseServer].
var (
	errNoServer    = errors.New("want an address or a host name, with a port behind it or without: 192.0.2.53, 192.0.2.53:5353, [2001:db8::53]:53, ns1.example.net")
	errServerPort  = errors.New("the port is not a number from 1 to 65535")
	errNoOneServer = errors.New("not the address of one server")
)

// ParseServer reads a name server: "192.0.2.53", "127.0.0.1:5301", "2001:db8::53", "[::1]:53", "ns1.example.net", "ns1.example.net:5353". The port is 53
// if there is none. A host name may be in Unicode; without a dot at the end it is looked up as the system looks up others.
func ParseServer(text string) (Server, error) {
	s, err := parseServer(text)
	if err != nil {
		return Server{}, fmt.Errorf("name server %q: %w", text, err)
	}
	return s, nil
}

func parseServer(text string) (Server, error) {
	s := Server{host: text, port: defaultPort}
	if inner, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(inner, "]") {
		s.host = strings.TrimSuffix(inner, "]")
		if !strings.Contains(s.host, ":") {
			return Server{}, errNoServer
		}
	} else if colons := strings.Count(text, ":"); colons == 1 || colons > 1 && ok {
		host, port, err := net.SplitHostPort(text)
		if err != nil {
			return Server{}, errNoServer
		}
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 {
			return Server{}, errServerPort
		}
		s.host, s.port = host, uint16(number)
	}
	if addr, err := netip.ParseAddr(s.host); err == nil {
		if addr.IsUnspecified() || addr.IsMulticast() {
			return Server{}, errNoOneServer
		}
		return Server{addr: addr.Unmap(), port: s.port}, nil
	}
	var err error
	s.host, err = hostName(s.host)
	return s, err
}

// serverNamed returns the server of that name in an NS RRset.
func serverNamed(name zonefile.Name) Server { return Server{host: name.String(), port: defaultPort} }

// hostName returns a host name as a resolver is asked for it.
func hostName(text string) (string, error) {
	name, err := zonefile.ParseUnicodeName(text, zonefile.Root)
	if err != nil {
		return "", errNoServer
	}
	host := strings.TrimSuffix(name.String(), ".")
	last := host[strings.LastIndex(host, ".")+1:]
	if host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || strings.Trim(last, "0123456789") == "" {
		return "", errNoServer
	}
	if strings.HasSuffix(text, ".") {
		host += "."
	}
	return host, nil
}

// String returns the server as [ParseServer] reads it, with its port.
func (s Server) String() string {
	if s.addr.IsValid() {
		return netip.AddrPortFrom(s.addr, s.port).String()
	}
	return net.JoinHostPort(s.host, strconv.Itoa(int(s.port)))
}

// Address returns the server's address and port, and false for a host name.
func (s Server) Address() (netip.AddrPort, bool) {
	return netip.AddrPortFrom(s.addr, s.port), s.addr.IsValid()
}
