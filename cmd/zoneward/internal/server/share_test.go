package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// Somebody who opens connections and lets them lie, as many as there are, keeps nobody else waiting.
func TestConnectionsOfOneSender(t *testing.T) {
	address := startServer(t, newMetrics())
	for i := range mostConnections {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		// What is announced does not come.
		_, _ = fmt.Fprint(conn, "POST /healthz HTTP/1.1\r\nHost: zoneward.example\r\nContent-Length: 1000\r\n\r\n")
		if i == mostOfSender { // one that is too much
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			if _, err := io.ReadAll(conn); isTimeout(err) {
				t.Fatal("a connection beyond those of one sender is kept")
			}
		}
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	other := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	client := http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DialContext: other.DialContext}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://127.0.0.1:" + port + "/healthz")
	if err != nil {
		t.Fatalf("another sender waits: %v", err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
}

// A connection makes room once, however often it is closed.
func TestShareOfASenderComesBack(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	l := newShareListener(inner, 2)
	for range 5 {
		client, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		_ = conn.Close()
	}
	if len(l.of) != 0 {
		t.Errorf("after all are closed: %v", l.of)
	}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}
