package scw_test

import (
	"errors"
	"testing"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/internal/scw"
)

// What is not there has the kind that the caller says, and none if he knows of nothing that could be missing.
func TestMissing(t *testing.T) {
	errMissing := errors.New("missing")
	for _, tt := range []struct {
		name string
		err  *rest.Error
		want bool
	}{
		{"typed", &rest.Error{Status: 404, Body: `{"type":"not_found","resource":"domain","resource_id":"1"}`}, true},
		{"typed with another status", &rest.Error{Status: 400, Body: `{"type":"not_found"}`}, true},
		{"message", &rest.Error{Status: 404, Body: `{"message":"no"}`}, true},
		{"page of a proxy", &rest.Error{Status: 404, Body: `<html>`}, false},
		{"error of the server", &rest.Error{Status: 500, Body: `{"type":"not_found"}`}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := errors.Is(scw.WithKind(tt.err, errMissing), errMissing); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
			if got := scw.WithKind(tt.err, nil); !errors.Is(got, tt.err) {
				t.Errorf("without a kind of what is missing: got %v, want it as it was", got)
			}
		})
	}
}

func TestIsID(t *testing.T) {
	for id, want := range map[string]bool{
		"11111111-1111-1111-1111-111111111111": true, "AAAAAAAA-1111-1111-1111-111111111111": true,
		"": false, "default": false, "11111111-1111-1111-1111-111111111111/": false, "11111111111111111111111111111111": false,
	} {
		if got := scw.IsID(id); got != want {
			t.Errorf("%q: got %t", id, got)
		}
	}
}
