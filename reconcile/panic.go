package reconcile

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
)

// ErrPanic is wrapped by the error of a zone, or of the resources of a domain, with which the program panicked. What zone files and providers say is
// anybody's, and one that leads to a bug stops no other.
var ErrPanic = errors.New("the program panicked: this is a bug, please report it")

// caught returns an error that wraps ErrPanic for what recover returned, and says where that was. The deferred function calls it itself.
func caught(cause any) error {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	for began, more := false, true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if began && !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Errorf("%w: %.200s, at %s:%d", ErrPanic, fmt.Sprint(cause), path.Base(frame.File), frame.Line)
		}
		began = began || frame.Function == "runtime.gopanic"
	}
	return fmt.Errorf("%w: %.200s", ErrPanic, fmt.Sprint(cause))
}

// panicked returns the plan of a zone with which the program panicked: none.
func panicked(zone *desiredZone, system string, err error, again func(context.Context, *Planner, remembered) ZonePlan) ZonePlan {
	plan := ZonePlan{Ref: zone.Ref, Err: fmt.Errorf("%s: %w", zone.Ref, err)}
	plan.desired, plan.system, plan.why, plan.again = zone, system, "apply", again
	return plan
}
