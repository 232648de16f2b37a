package rest

import (
	"net/http"
	"testing"
)

// A proxy that the environment names would get the credential.
func TestDefaultTransportAsksNoProxy(t *testing.T) {
	c, err := New(Options{BaseURL: "http://192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	if transport, ok := c.http.Transport.(*http.Transport); !ok || transport.Proxy != nil {
		t.Errorf("the transport is %T, and may ask a proxy", c.http.Transport)
	}
	if own := http.DefaultTransport.(*http.Transport); own.Proxy == nil {
		t.Error("the default transport of others is changed")
	}
	c, err = New(Options{BaseURL: "http://192.0.2.1", HTTP: http.DefaultClient})
	if err != nil || c.http.Transport != http.DefaultClient.Transport {
		t.Errorf("the transport that was given is not used: %v", err)
	}
}
