package providertest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
)

// errorCount counts what a test says is wrong.
type errorCount struct {
	testing.TB
	n int
}

func (*errorCount) Helper() {}

func (c *errorCount) Errorf(string, ...any) { c.n++ }

func TestCheckKind(t *testing.T) {
	conflict := fmt.Errorf("update: it is another: %w", providers.ErrConflict)
	plain := errors.New("unexpected EOF")
	busy := fmt.Errorf("list: %w", &providers.BusyError{Err: plain})
	two := fmt.Errorf("%w, %w", providers.ErrConflict, providers.ErrPartial)
	for _, tt := range []struct {
		name      string
		err, kind error
		words     []string
		want      int // errors
	}{
		{"of the kind", conflict, providers.ErrConflict, nil, 0},
		{"with words", conflict, providers.ErrConflict, []string{"update", "another"}, 0},
		{"without words", conflict, providers.ErrConflict, []string{"update", "create", "remove"}, 2},
		{"of another kind", conflict, providers.ErrInvalid, nil, 1},
		{"of another kind, without words", conflict, providers.ErrInvalid, []string{"create"}, 2},
		{"of a kind, want none", conflict, providertest.ErrNoKind, nil, 1},
		{"of a kind, want busy", conflict, providertest.ErrBusy, nil, 1},
		{"of a kind, want nil", conflict, nil, nil, 1},
		{"of two kinds", two, providers.ErrConflict, nil, 1},
		{"busy", busy, providertest.ErrBusy, []string{"list"}, 0},
		{"busy, want another kind", busy, providers.ErrConflict, nil, 1},
		{"busy, want none", busy, providertest.ErrNoKind, nil, 1},
		{"busy and of a kind", &providers.BusyError{Err: conflict}, providertest.ErrBusy, nil, 1},
		{"of a kind and busy", &providers.BusyError{Err: conflict}, providers.ErrConflict, nil, 1},
		{"of no kind", plain, providertest.ErrNoKind, []string{"EOF"}, 0},
		{"of no kind, want one", plain, providers.ErrPartial, nil, 1},
		{"of no kind, want nil", plain, nil, nil, 1},
		{"no error", nil, providers.ErrConflict, []string{"update"}, 1},
		{"no error, want one of no kind", nil, providertest.ErrNoKind, nil, 1},
		{"no error, want nil", nil, nil, nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &errorCount{TB: t}
			providertest.CheckKind(c, tt.err, tt.kind, tt.words...)
			if c.n != tt.want {
				t.Errorf("%d errors, want %d", c.n, tt.want)
			}
		})
	}
}
