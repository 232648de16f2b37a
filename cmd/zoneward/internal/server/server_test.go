package server

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestServe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Listen(ctx, Options{Address: "127.0.0.1:0", Health: NewHealth(time.Minute), Metrics: newMetrics()})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "not been read", "/metrics": `zoneward_build_info{`, "/": "not found"} {
		resp, err := http.Get("http://" + s.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s, %v; want %q", path, body, err, want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v; want nil after ctx is done", err)
	}
	if _, err := Listen(t.Context(), Options{Address: "127.0.0.1:99999", Health: NewHealth(time.Minute), Metrics: newMetrics()}); err == nil || !strings.Contains(err.Error(), "listen on 127.0.0.1:99999") {
		t.Errorf("error %v; want the address in it", err)
	}
}
