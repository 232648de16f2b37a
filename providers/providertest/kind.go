package providertest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
)

// What [CheckKind] takes beside the errors that package providers has.
var (
	// ErrBusy stands for a *[providers.BusyError].
	ErrBusy = errors.New("busy")
	// ErrNoKind stands for an error that promises nothing.
	ErrNoKind = errors.New("of no kind")
)

// kinds are the errors that promise something, with what they are called.
var kinds = []error{
	providers.ErrNoZone, providers.ErrNoResource, providers.ErrConflict, providers.ErrInvalid, providers.ErrUnsupported, providers.ErrAuth,
	providers.ErrBlocked, providers.ErrPartial,
}

// kindsOf returns the errors among kinds that an error wraps.
func kindsOf(err error) []error {
	return slices.DeleteFunc(slices.Clone(kinds), func(kind error) bool { return !errors.Is(err, kind) })
}

// CheckKind checks that an error is there, is of a kind and of no other, and has words in its text. The kind is an error of package
// providers that promises something, such as [providers.ErrConflict], or [ErrBusy] or [ErrNoKind]; nothing is of the kind nil.
//
//	_, err := p.Fetch(ctx, missing)
//	providertest.CheckKind(t, err, providers.ErrNoZone, "missing.example.")
func CheckKind(t testing.TB, err, kind error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one: %v", kind)
		return
	}
	is := kindsOf(err)
	if _, busy := errors.AsType[*providers.BusyError](err); busy {
		is = append(is, ErrBusy)
	}
	if len(is) == 0 {
		is = append(is, ErrNoKind)
	}
	if !slices.Equal(is, []error{kind}) {
		t.Errorf("the error is %q, want %v: %v", is, kind, err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not in the error: %v", word, err)
		}
	}
}

// oneKind checks that an error is of no more than one kind.
func oneKind(t *testing.T, err error) {
	t.Helper()
	if is := kindsOf(err); len(is) > 1 {
		t.Errorf("the error is of more than one kind, %q: %v", is, err)
	}
}
