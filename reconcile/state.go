package reconcile

import (
	"errors"

	"github.com/zoneward/zoneward/providers"
)

// State is a state that a zone is in at its provider, in which nothing can be written to it.
type State struct {
	// Name is the provider's word for it: "pending_validation".
	Name string
	// Needs says in a sentence what has to be done.
	Needs string
	// Outputs are what the provider wants to be published elsewhere first.
	Outputs []providers.Output
}

// blockedState returns the state that an error of a provider is about, nil if it is about none, or the zone is not there.
func blockedState(err error) *State {
	e, ok := errors.AsType[*providers.StateError](err)
	if !ok || !errors.Is(e.Kind, providers.ErrBlocked) {
		return nil
	}
	return &State{e.State, e.Needs, e.Outputs}
}

// isKept reports whether an error of a provider says that it has removed a zone and keeps it, so that creating the zone brings it back.
func isKept(err error) bool {
	e, ok := errors.AsType[*providers.StateError](err)
	return ok && errors.Is(e.Kind, providers.ErrNoZone)
}
