package server

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// slowEngine takes its time to say what time it is.
type slowEngine struct {
	*fakeEngine
	takes time.Duration
}

func (e slowEngine) Clock(ctx context.Context) (reconcile.Clock, error) {
	select {
	case <-time.After(e.takes):
		return e.fakeEngine.Clock(ctx)
	case <-ctx.Done():
		return reconcile.Clock{}, ctx.Err()
	}
}

// TestSlowReading reads for longer than a body may take to arrive, which nobody sends.
func TestSlowReading(t *testing.T) {
	x := newTester(t)
	synctest.Test(t, func(t *testing.T) {
		x.api.engine = slowEngine{x.engine, bodyTime + time.Second}
		s := newServer(x.api, nil)
		conns := &pipes{make(chan net.Conn)}
		go func() { _ = s.Serve(conns) }()
		defer s.Close()
		client, server := net.Pipe()
		conns.all <- server
		defer client.Close()
		if _, err := fmt.Fprintf(client, "GET %stombstones HTTP/1.1\r\nHost: zoneward.example\r\nAuthorization: Bearer %s\r\n\r\n", apiRoot, x.tokens["reader"]); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusOK {
			t.Errorf("after %s: %s", bodyTime+time.Second, resp.Status)
		}
	})
}

// pipes is a listener for connections within this program.
type pipes struct{ all chan net.Conn }

func (p *pipes) Accept() (net.Conn, error) {
	conn, ok := <-p.all
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p *pipes) Close() error {
	close(p.all)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{} }
