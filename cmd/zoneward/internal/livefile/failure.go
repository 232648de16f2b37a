package livefile

import (
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/providers"
)

// failure is an error that a provider answered with.
type failure struct {
	// Kind is that of package providers, empty for none.
	Kind  string     `json:"kind,omitempty"`
	Text  string     `json:"text"`
	State *stateJSON `json:"state,omitempty"`
}

// stateJSON is a providers.StateError. Its kind is that of the failure.
type stateJSON struct {
	State   string       `json:"state"`
	Needs   string       `json:"needs"`
	Outputs []outputJSON `json:"outputs,omitempty"`
}

// failureKind names a kind of error in a file.
type failureKind struct {
	name string
	err  error
}

func failureKinds() []failureKind {
	return []failureKind{
		{"no-zone", providers.ErrNoZone},
		{"no-resource", providers.ErrNoResource},
		{"conflict", providers.ErrConflict},
		{"invalid", providers.ErrInvalid},
		{"unsupported", providers.ErrUnsupported},
		{"auth", providers.ErrAuth},
		{"blocked", providers.ErrBlocked},
		{"partial", providers.ErrPartial},
	}
}

// failureOf returns nil for nil.
func failureOf(err error) *failure {
	if err == nil {
		return nil
	}
	f := &failure{Text: err.Error()}
	for _, kind := range failureKinds() {
		if errors.Is(err, kind.err) {
			f.Kind = kind.name
			break
		}
	}
	if state, ok := errors.AsType[*providers.StateError](err); ok {
		f.State = &stateJSON{state.State, state.Needs, outputsOf(state.Outputs)}
	}
	return f
}

// decode returns the error that f stands for. err says that it is none that failureOf returns.
func (f *failure) decode() (answer, err error) {
	if f == nil {
		return nil, nil
	}
	r := &recorded{text: f.Text}
	for _, kind := range failureKinds() {
		if f.Kind == kind.name {
			r.kind = kind.err
		}
	}
	if r.kind == nil && f.Kind != "" {
		return nil, fmt.Errorf("%q is no kind of error", f.Kind)
	}
	if f.State == nil {
		return r, nil
	}
	if !errors.Is(r.kind, providers.ErrBlocked) && !errors.Is(r.kind, providers.ErrNoZone) {
		return nil, fmt.Errorf("a state, and the kind of error is %q", f.Kind)
	}
	state := &providers.StateError{State: f.State.State, Needs: f.State.Needs, Kind: r.kind}
	if state.Outputs, err = outputs(f.State.Outputs); err != nil {
		return nil, err
	}
	r.kind = state
	return r, nil
}

// recorded is an error as it was. It comes again however often the file is asked.
type recorded struct {
	text string
	kind error // nil if it is none of package providers
}

// Error returns the text as it was.
func (r *recorded) Error() string { return r.text }

// Unwrap returns its kind.
func (r *recorded) Unwrap() error { return r.kind }

// Permanent implements [providers.PermanentError].
func (r *recorded) Permanent() bool { return true }
