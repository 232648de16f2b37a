package reconcile

import (
	"fmt"
	"strings"
)

// RefusedError says that a provider does not take some of the changes of a plan, which is all that went wrong: what is not named in it was written.
type RefusedError struct {
	Ref
	// Refused and Skipped are those of the [Outcome].
	Refused []Refusal
	Skipped []Change
}

// Error names what was refused, each with the provider's words on a line of its own, and what was skipped for that.
func (e *RefusedError) Error() string {
	var lines []string
	for _, r := range e.Refused {
		lines = append(lines, fmt.Sprintf("apply %s: %s: %v", e.Ref, list(keysOf(r.Changes)), r.Err))
	}
	if n := len(e.Skipped); n > 0 {
		lines = append(lines, fmt.Sprintf("apply %s: %s not retired, since not all that is new is live: %s",
			e.Ref, plural(n, "RRset was", "RRsets were"), list(keysOf(e.Skipped))))
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the provider's errors.
func (e *RefusedError) Unwrap() []error {
	errs := make([]error, len(e.Refused))
	for i, r := range e.Refused {
		errs[i] = r.Err
	}
	return errs
}
