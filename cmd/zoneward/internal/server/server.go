package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Server answers /healthz, /readyz and /metrics.
type Server struct {
	listener net.Listener
	http     http.Server
}

// Listen opens the server's address, HOST:PORT, where port 0 is any that is free.
func Listen(ctx context.Context, address string, health *Health, metrics *Metrics) (*Server, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", health.live)
	mux.HandleFunc("GET /readyz", health.readiness)
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics.registry, promhttp.HandlerOpts{}))
	return &Server{listener, http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute}}, nil
}

// Addr returns the address that is listened on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Serve answers until ctx is done, and then lets what is being answered finish.
func (s *Server) Serve(ctx context.Context) error {
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- s.http.Shutdown(last)
	})
	err := s.http.Serve(s.listener)
	if stop() {
		return err // it ended by itself
	}
	if err = <-stopped; errors.Is(err, context.DeadlineExceeded) {
		return s.http.Close()
	}
	return err
}
