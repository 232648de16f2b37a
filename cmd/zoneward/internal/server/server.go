package server

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"
)

// Options are what a server needs.
type Options struct {
	// Address is where it listens, HOST:PORT, where port 0 is any that is free.
	Address string
	Health  *Health
	Metrics *Metrics
	// Hooks answers what is below /hooks/, nil for nothing.
	Hooks http.Handler
	// API answers what is below /api/v1/, nil for nothing.
	API *API
	TLS TLS
	// PprofAddress is where profiles are made, see CheckPprof; empty for nowhere.
	PprofAddress string
	Log          *slog.Logger
}

const (
	// mostConnections is how many connections there are at a time. More wait: the files that a process may open are for the providers and the state too.
	mostConnections = 1000
	// mostOfSender is how many one sender has of them. A reverse proxy is one too.
	mostOfSender = mostConnections / 4
	// headerTime is how long the header of a request may take to arrive, and requestTime all of it.
	headerTime, requestTime = 10 * time.Second, 30 * time.Second
	// answerTime is how long it may take from the header until the answer has left. What takes longer says so.
	answerTime = time.Minute
	idleTime   = 2 * time.Minute
	maxHeader  = 32 << 10
	// lastTime is how long what is being answered has at the end. What is written has the time that it needs.
	lastTime = 5 * time.Second
)

// Server answers /healthz, /readyz and /metrics, and what else its options have.
type Server struct {
	listener net.Listener
	http     *http.Server
	api      *API
	secure   bool // with TLS
	// pprof and pprofListener are nil if there are no profiles.
	pprof         *http.Server
	pprofListener net.Listener
}

// Listen opens the addresses. It is an error if the key does not go with the certificate.
func Listen(ctx context.Context, o Options) (_ *Server, err error) {
	s := &Server{api: o.API, secure: o.TLS != TLS{}}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", o.Health.live)
	mux.HandleFunc("GET /readyz", o.Health.readiness)
	mux.Handle("GET /metrics", o.Metrics.handler(o.Log))
	if o.Hooks != nil {
		mux.Handle("/hooks/", o.Hooks)
	}
	if o.API != nil {
		mux.Handle(apiRoot, o.API)
	}
	s.http = newServer(mux, o.Log)
	s.http.WriteTimeout = answerTime
	if s.secure {
		pair, err := openKeyPair(o.TLS, o.Log)
		if err != nil {
			return nil, err
		}
		s.http.TLSConfig = pair.config()
	}
	if s.listener, err = listen(ctx, o.Address); err != nil {
		return nil, err
	}
	s.listener = netutil.LimitListener(newShareListener(s.listener, mostOfSender), mostConnections)
	if o.PprofAddress == "" {
		return s, nil
	}
	if err := CheckPprof(o.PprofAddress); err != nil {
		return nil, err
	}
	s.pprof = newServer(newPprof(), o.Log) // a profile takes as long as it is asked to
	s.pprofListener, err = listen(ctx, o.PprofAddress)
	return s, err
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return listener, nil
}

// newServer returns a server that waits for nobody for long.
func newServer(handler http.Handler, l *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader, ErrorLog: errorLog(l),
	}
}

// errorLog returns where net/http says what goes wrong with connections: at the level of what nobody has to look at, since anybody can make it happen.
func errorLog(l *slog.Logger) *log.Logger {
	if l == nil {
		return nil
	}
	return slog.NewLogLogger(l.Handler(), slog.LevelDebug)
}

// close closes what was opened.
func (s *Server) close() {
	for _, l := range []net.Listener{s.listener, s.pprofListener} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// Addr returns the address that is listened on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Serve answers until ctx is done, and then lets what is being answered finish. What an API has begun to write it finishes before Serve returns.
func (s *Server) Serve(ctx context.Context) error {
	base := context.WithValue(context.WithoutCancel(ctx), programKey{}, ctx)
	s.http.BaseContext = func(net.Listener) context.Context { return base }
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return serve(running, s.http, s.listener, s.secure) })
	if s.pprof != nil {
		group.Go(func() error { return serve(running, s.pprof, s.pprofListener, false) })
	}
	err := group.Wait()
	if s.api != nil {
		s.api.Finish()
	}
	return err
}

// serve answers until ctx is done, and then lets what is being answered finish.
func serve(ctx context.Context, server *http.Server, listener net.Listener, secure bool) error {
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTime)
		defer cancel()
		stopped <- server.Shutdown(last)
	})
	var err error
	if secure {
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	if stop() {
		return err // it ended by itself
	}
	if err = <-stopped; errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return err
}
