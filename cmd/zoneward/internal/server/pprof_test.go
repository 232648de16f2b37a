package server

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestPprof(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:6060": true, "[::1]:6060": true, "localhost:0": true, "127.8.9.1:1": true,
		":6060": false, "0.0.0.0:6060": false, "[::]:6060": false, "192.0.2.1:6060": false, "example.com:6060": false, "127.0.0.1": false, "127.0.0.1.example.com:6060": false, "": false,
	} {
		if err := CheckPprof(address); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
	handler := newPprof()
	for host, want := range map[string]int{"127.0.0.1:6060": 200, "localhost:6060": 200, "[::1]:6060": 200, "rebound.example:6060": 403, "": 403} {
		r := httptest.NewRequest(http.MethodGet, "/debug/pprof/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d; want %d", host, w.Code, want)
		}
	}
	v := newTester(t).serve(Options{PprofAddress: "127.0.0.1:0"})
	get := func(url string) int {
		resp, err := v.client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if code := get("http://" + v.server.pprofListener.Addr().String() + "/debug/pprof/cmdline"); code != http.StatusOK {
		t.Errorf("on its address: %d", code)
	}
	if code := get(v.url + "/debug/pprof/cmdline"); code != http.StatusNotFound {
		t.Errorf("on the other address: %d", code)
	}
}
