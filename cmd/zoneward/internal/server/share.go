package server

import (
	"net"
	"net/netip"
	"sync"
)

// shareListener closes connections of a sender that has so many already: nobody takes all that there are, and with them the answers to whoever asks whether the
// daemon lives.
type shareListener struct {
	net.Listener
	most int

	mu sync.Mutex
	of map[netip.Prefix]int // connections by their sender
}

func newShareListener(l net.Listener, most int) *shareListener {
	return &shareListener{Listener: l, most: most, of: map[netip.Prefix]int{}}
}

// Accept returns the next connection that is not too much.
func (l *shareListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		sender := networkOf(conn.RemoteAddr().String())
		if l.enter(sender) {
			return &sharedConn{Conn: conn, leave: sync.OnceFunc(func() { l.leave(sender) })}, nil
		}
		_ = conn.Close() // its sender has others
	}
}

func (l *shareListener) enter(sender netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[sender] >= l.most {
		return false
	}
	l.of[sender]++
	return true
}

func (l *shareListener) leave(sender netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[sender]--; l.of[sender] == 0 {
		delete(l.of, sender)
	}
}

// sharedConn is a connection that makes room when it is closed.
type sharedConn struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *sharedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
