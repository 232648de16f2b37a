package httpfault_test

import (
	"net/http"
	"testing"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

func TestAcceptsJSON(t *testing.T) {
	for _, tt := range []struct {
		name   string
		accept []string
		want   bool
	}{
		{"nothing is said", nil, true},
		{"JSON", []string{"application/json"}, true},
		{"JSON among others", []string{"text/html, application/json;q=0.9"}, true},
		{"JSON in another field", []string{"text/html", "application/json"}, true},
		{"any application", []string{"application/*"}, true},
		{"anything", []string{"*/*"}, true},
		{"HTML", []string{"text/html"}, false},
		{"another JSON", []string{"application/problem+json"}, false},
		{"empty", []string{""}, false},
	} {
		if got := httpfault.AcceptsJSON(http.Header{"Accept": tt.accept}); got != tt.want {
			t.Errorf("%s: got %t", tt.name, got)
		}
	}
}
