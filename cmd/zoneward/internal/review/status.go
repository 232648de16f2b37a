package review

import (
	"cmp"
	"slices"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Status is what a Worker is at. It is a copy.
type Status struct {
	// Looked is when the forge was asked for its pull requests last, zero if it never was, and Err what was wrong then.
	Looked time.Time
	Err    error
	// Dropped is how many events there was no place for, as MaxPulls says.
	Dropped int
	// Pulls are the pull requests that are open as far as is known, by number.
	Pulls []PullStatus
}

// PullStatus is how far a pull request is.
type PullStatus struct {
	Number int64
	Phase  Phase
	// Head is the commit that is planned now, or that was planned last, empty if there is none.
	Head string
	// Base is the commit of the branch that the last plan that was published holds for, and Plan its id: zero if it could not be applied. At is
	// when it was published.
	Base string
	Plan zonefile.Digest
	At   time.Time
	// Failures is how often it was tried in vain since, and Err what happened last.
	Failures int
	Err      error
	// Next is when it is looked at next, zero if that is when something happens to it.
	Next time.Time
}

// Phase is what a pull request is at.
type Phase string

// The phases.
const (
	Waiting  Phase = "waiting"  // for its turn
	Planning Phase = "planning" // or asked about
	Failing  Phase = "failing"  // and tried again at Next
	Current  Phase = "current"  // what was published holds, as far as is known
)

// Status returns what the Worker is at.
func (w *Worker) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	status := Status{Looked: w.state.looked, Err: w.state.lookErr, Dropped: w.state.dropped}
	for _, p := range w.state.pulls {
		one := PullStatus{
			Number: p.number, Phase: p.phase(), Head: p.done.head, Base: p.done.base, Plan: p.done.plan, At: p.done.at,
			Failures: p.failures, Err: p.err, Next: p.due,
		}
		if p.phase() != Current && p.head != "" {
			one.Head = p.head
		}
		status.Pulls = append(status.Pulls, one)
	}
	slices.SortFunc(status.Pulls, func(a, b PullStatus) int { return cmp.Compare(a.Number, b.Number) })
	return status
}

func (p *pull) phase() Phase {
	switch {
	case p.cancel != nil:
		return Planning
	case p.failures > 0:
		return Failing
	case !p.due.IsZero():
		return Waiting
	}
	return Current
}
