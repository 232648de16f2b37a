package preview

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// What a connection over TCP may have.
const (
	mostConnections = 64               // at a time; more of them wait until one has ended
	idleTime        = 10 * time.Second // until a query is there as a whole
	sendTime        = 10 * time.Second // until a message of the answer is taken
)

// portTries is how often a port is looked for that is free for UDP and for TCP.
const portTries = 20

// Server answers queries over UDP and TCP at one loopback address.
type Server struct {
	udp   *net.UDPConn
	tcp   *net.TCPListener
	zones atomic.Pointer[Zones]
}

// ParseAddress reads where to listen: "127.0.0.1:5300" or "[::1]:5300", which is of the machine itself and of nothing else. Nobody else is to take what may
// be live one day for what is.
func ParseAddress(text string) (netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q: want an address and a port, as 127.0.0.1:5300", text)
	}
	if !at.Addr().IsLoopback() {
		return netip.AddrPort{}, fmt.Errorf("%s: want a loopback address, as 127.0.0.1 or [::1]: what is answered is not live", at)
	}
	return at, nil
}

// Listen listens at an address of [ParseAddress]. Port 0 is any that is free. It answers once Serve is called. The caller calls Serve, or Close.
func Listen(ctx context.Context, at netip.AddrPort) (*Server, error) {
	var listener net.ListenConfig
	for try := 1; ; try++ {
		packets, err := listener.ListenPacket(ctx, "udp", at.String())
		if err != nil {
			return nil, fmt.Errorf("listen at %s: %w", at, err)
		}
		port := packets.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		connections, err := listener.Listen(ctx, "tcp", netip.AddrPortFrom(at.Addr(), port).String())
		if err == nil {
			s := &Server{udp: packets.(*net.UDPConn), tcp: connections.(*net.TCPListener)}
			s.zones.Store(NewZones())
			return s, nil
		}
		_ = packets.Close()
		if at.Port() != 0 || try == portTries {
			return nil, fmt.Errorf("listen at %s: %w", at, err)
		}
	}
}

// Addr returns where the server is.
func (s *Server) Addr() netip.AddrPort { return s.tcp.Addr().(*net.TCPAddr).AddrPort() }

// Put has the server answer for these zones from now on, and for no others. A transfer on its way goes on with those that it began with. It may be called
// at any time.
func (s *Server) Put(zones *Zones) { s.zones.Store(zones) }

// Close gives the address back.
func (s *Server) Close() { _, _ = s.udp.Close(), s.tcp.Close() }

// Serve answers until ctx is done, and closes the server. It waits for its goroutines.
func (s *Server) Serve(ctx context.Context) {
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() { s.serveUDP(ctx) })
	}
	wg.Go(func() { s.serveTCP(ctx, &wg) })
	<-ctx.Done()
	s.Close()
	wg.Wait()
}

// pause waits a moment after an error of the operating system, such as that there are too many open files, which goes on for a while.
func pause(ctx context.Context) {
	timer := time.NewTimer(50 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// serveUDP answers datagrams until the socket is closed.
func (s *Server) serveUDP(ctx context.Context) {
	buf := make([]byte, largestMessage)
	for {
		n, from, err := s.udp.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			pause(ctx)
		default:
			if answer := s.zones.Load().Datagram(buf[:n]); answer != nil {
				_, _ = s.udp.WriteToUDPAddrPort(answer, from) // who does not get it asks again
			}
		}
	}
}

// serveTCP answers connections until the listener is closed, each in a goroutine of wg.
func (s *Server) serveTCP(ctx context.Context, wg *sync.WaitGroup) {
	places := make(chan struct{}, mostConnections)
	for {
		places <- struct{}{}
		conn, err := s.tcp.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			<-places
			pause(ctx)
			continue
		}
		wg.Go(func() {
			defer func() { <-places }()
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
			s.serveConn(conn)
		})
	}
}

// serveConn answers the queries of a connection, one after the other, until it ends or is idle for too long.
func (s *Server) serveConn(conn net.Conn) {
	var size [2]byte
	for {
		if err := conn.SetReadDeadline(time.Now().Add(idleTime)); err != nil {
			return
		}
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		message := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, message); err != nil {
			return
		}
		for answer := range s.zones.Load().Stream(message) {
			if err := conn.SetWriteDeadline(time.Now().Add(sendTime)); err != nil {
				return
			}
			framed := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(answer)), uint16(len(answer)))
			if _, err := conn.Write(append(framed, answer...)); err != nil {
				return
			}
		}
	}
}
