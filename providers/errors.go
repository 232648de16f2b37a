package providers

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// The kinds of error that callers tell apart, with errors.Is. What a provider returns wraps at most one of them, and says
// itself what was being done, to what, and what the server answered.
var (
	// ErrNoZone: the provider does not have the zone.
	ErrNoZone = errors.New("the provider does not have this zone")
	// ErrNoResource: the provider does not have the resource.
	ErrNoResource = errors.New("the provider does not have this")
	// ErrConflict: the zone or the resource is not what the change was made from. Fetch again and make a new plan.
	ErrConflict = errors.New("it has changed in the meantime")
	// ErrInvalid: the server refuses the data, and will refuse it again.
	ErrInvalid = errors.New("the server does not accept this data")
	// ErrUnsupported: the provider cannot do or hold this.
	ErrUnsupported = errors.New("not supported by this provider")
	// ErrAuth: the credentials are missing, wrong, or not good enough.
	ErrAuth = errors.New("not authorized")
	// ErrBlocked: the state of the zone or the resource forbids it, and a person has to change that.
	ErrBlocked = errors.New("blocked by its state")
	// ErrPartial: some of what was to be written was, and some was not.
	ErrPartial = errors.New("applied in part")
)

// BusyError says that the server did nothing because it is asked too much, or is not ready.
type BusyError struct {
	// After is how long the server wants to be left alone, 0 if it did not say.
	After time.Duration
	// Err is what the server answered.
	Err error
}

// Error returns what the server answered and how long to wait.
func (e *BusyError) Error() string {
	if e.After == 0 {
		return fmt.Sprintf("busy: %v", e.Err)
	}
	return fmt.Sprintf("busy, to be asked again after %s: %v", max(e.After.Round(time.Second), time.Second), e.Err)
}

// Unwrap returns what the server answered.
func (e *BusyError) Unwrap() error { return e.Err }

// PermanentError is an error of no kind of this package that knows whether the same call would end with it again.
type PermanentError interface {
	error
	Permanent() bool
}

// Passing reports whether err could be gone the next time, and so says nothing about the zone or resource that was asked for: a *BusyError, and what is neither of
// a kind of this package nor a [PermanentError] that says it is permanent, such as a time-out.
func Passing(err error) bool {
	if _, busy := errors.AsType[*BusyError](err); busy {
		return true
	}
	if e, ok := errors.AsType[PermanentError](err); ok && e.Permanent() {
		return false
	}
	return !hasKind(err)
}

// kinds are the errors that say what the server thinks of a call, and so that it is there.
func kinds() []error {
	return []error{ErrNoZone, ErrNoResource, ErrConflict, ErrInvalid, ErrUnsupported, ErrAuth, ErrBlocked, ErrPartial}
}

func hasKind(err error) bool {
	return slices.ContainsFunc(kinds(), func(kind error) bool { return errors.Is(err, kind) })
}
