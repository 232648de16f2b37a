package reconcile

import (
	"strings"
	"testing"
	"time"
)

// TestZoneThatComesBackWhileItIsForgotten is gone on both sides, and in git again before a round without it has ended: it may leave once more.
func TestZoneThatComesBackWhileItIsForgotten(t *testing.T) {
	loop, ref := NewLoop(LoopOptions{}), Ref{example, "live"}
	loop.known[ref] = true
	old := &group{refs: []Ref{ref}, gone: true}
	loop.state.present = map[Ref]bool{ref: true}
	loop.record(t.Context(), old, remembered{}, Round{Plan: &Plan{}}, nil)
	if !loop.known[ref] {
		t.Error("it is forgotten although it is there")
	}
	loop.state.present = nil
	loop.record(t.Context(), old, remembered{}, Round{Plan: &Plan{}}, nil)
	if loop.known[ref] {
		t.Error("it is not forgotten")
	}
}

// TestAppointmentsAreOfTheSteadyClock: of times of which some are by the wall clock nobody knows the order once that is set.
func TestAppointmentsAreOfTheSteadyClock(t *testing.T) {
	loop, ref := NewLoop(LoopOptions{}), Ref{example, "live"}
	loop.meet(appointment{time.Now().Add(time.Hour).Round(0), ref, TriggerDue})
	if at := loop.diary.of[ref].at; !strings.Contains(at.String(), " m=") || time.Until(at) < 59*time.Minute || time.Until(at) > time.Hour {
		t.Errorf("%v; want the same time with a monotonic reading", at)
	}
}
