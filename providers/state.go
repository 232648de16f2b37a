package providers

import (
	"fmt"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// StateError says that a provider knows a zone or a resource, and that it is in a state in which it cannot be written: it waits for somebody to prove
// that it is his, it was switched off, or it was removed and is kept.
type StateError struct {
	// State is the provider's word for it: "pending_validation".
	State string
	// Needs says in a sentence what has to be done, and where.
	Needs string
	// Outputs are what the provider wants to be published elsewhere.
	Outputs []Output
	// Kind is ErrBlocked if the provider has it, ErrNoZone if it has removed a zone and keeps it: then ZoneCreator.CreateZone brings it back.
	Kind error
}

// Output is an RRset that a provider asks for, at a place that it cannot write.
type Output struct {
	// Name says what it is for, in a word: "validation".
	Name string
	// RRset is what has to be published where the domain is served now. Its TTL is a proposal.
	RRset zonefile.RRset
	// Until is when the provider does not look for it any longer, the zero Time if it does not say.
	Until time.Time
}

// Error returns the state and what has to be done.
func (e *StateError) Error() string { return fmt.Sprintf("%v: it is %s: %s", e.Kind, e.State, e.Needs) }

// Unwrap returns the kind.
func (e *StateError) Unwrap() error { return e.Kind }
