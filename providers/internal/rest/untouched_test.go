package rest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

func TestUntouched(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	passing, busy := errors.New("reset by peer"), &providers.BusyError{Err: errors.New("later")}
	for _, tt := range []struct {
		name string
		ctx  context.Context
		err  error
		busy bool
	}{
		{"nothing", t.Context(), nil, false},
		{"could work another time", t.Context(), passing, true},
		{"busy as it is", t.Context(), busy, true},
		{"of a kind", t.Context(), providers.ErrAuth, false},
		{"permanent", t.Context(), &rest.Error{Status: 404}, false},
		{"given up", ended, passing, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := rest.Untouched(tt.ctx, tt.err)
			if _, busy := errors.AsType[*providers.BusyError](got); busy != tt.busy || !errors.Is(got, tt.err) {
				t.Errorf("got %v", got)
			}
		})
	}
}
