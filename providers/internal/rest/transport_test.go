package rest

import (
	"net/http"
	"testing"
)

// A proxy that the environment names would get the credential.
func TestDefaultTransportAsksNoProxy(t *testing.T) {
	transport, ok := httpClient(nil).Transport.(*http.Transport)
	if !ok || transport.Proxy != nil {
		t.Errorf("the transport is %T, and may ask a proxy", transport)
	}
	if others, ok := http.DefaultTransport.(*http.Transport); ok && others.Proxy == nil {
		t.Error("the default transport of others is changed")
	}
	own := &http.Transport{}
	if got := httpClient(&http.Client{Transport: own}).Transport; got != own {
		t.Errorf("the transport is %v, want the one that was given", got)
	}
}
