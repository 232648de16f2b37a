package server

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
)

// newPprof returns what answers /debug/pprof/, for somebody on this machine: profiles tell what is in memory, and making them takes time.
func newPprof() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A page whose name its owner has lead to 127.0.0.1 is for a browser here the same site.
		if !isLoopback(r.Host) {
			http.Error(w, "only for this machine", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// isLoopback reports whether HOST:PORT, or HOST, is this machine by an address, or by the name localhost.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// CheckPprof returns an error if an address, HOST:PORT, is not one of this machine alone.
func CheckPprof(address string) error {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return err
	}
	if !isLoopback(address) {
		return fmt.Errorf("%s: profiles are for this machine alone: want an address such as 127.0.0.1:6060", address)
	}
	return nil
}
