package memory

import (
	"sync"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Fault is what goes wrong in one call. The zero Fault is nothing.
type Fault struct {
	// Before is called as the call begins. It may do anything: write to the zone, cancel a context, wait.
	Before func()
	// Err is what the call returns. A call that returns it has done nothing, unless Written says otherwise.
	Err error
	// Written is how many operations of a batch are carried out before Err is returned, All for all: an answer that was lost,
	// or a batch that was applied in part. Of properties it is how many Configure sets, in the order of their names; of the fields of a resource how many
	// UpdateResource sets, in the order in which they are given. In the other calls that write it is not 0 if they do their work all the same; CreateZone
	// with an Err that is providers.ErrPartial leaves out the properties.
	Written int
	// After is called when the call has done what it does, before it returns. It may do anything, as Before, or not return at all: a
	// panic or runtime.Goexit in it is a crash after the write and before its answer.
	After func()
	// Race is what somebody else writes after Apply has compared the preconditions, and before it writes.
	Race []zonefile.Change
	// Stale has Fetch return the zone, and Zones each zone, as it was before the last write to it; so do FetchResource and Resources.
	Stale bool
}

// All operations of a batch, see [Fault].
const All = -1

// script has what is to go wrong in the calls of a fake, and counts them.
type script struct {
	mu     sync.Mutex // for all that the fake has
	faults map[providers.Operation][]Fault
	calls  map[providers.Operation]int
}

func newScript() script {
	return script{faults: map[providers.Operation][]Fault{}, calls: map[providers.Operation]int{}}
}

// Inject queues faults for the next calls of an operation, one for each call. A zero Fault lets a call pass.
func (s *script) Inject(op providers.Operation, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[op] = append(s.faults[op], faults...)
}

// FailNext has the next call of an operation, behind those that have faults queued, do nothing and return err.
func (s *script) FailNext(op providers.Operation, err error) {
	s.Inject(op, Fault{Err: err})
}

// Lift takes away the faults that are queued.
func (s *script) Lift() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.faults)
}

// Calls returns how often an operation was called.
func (s *script) Calls(op providers.Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[op]
}

// call counts a call of an operation and takes its fault from the queue. do is called with the lock, which Before and After may want.
func call[T any](s *script, op providers.Operation, do func(Fault) (T, error)) (T, error) {
	f := s.begin(op)
	if f.Before != nil {
		f.Before()
	}
	result, err := locked(s, func() (T, error) { return do(f) })
	if f.After != nil {
		f.After()
	}
	return result, err
}

func (s *script) begin(op providers.Operation) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[op]++
	queue := s.faults[op]
	if len(queue) == 0 {
		return Fault{}
	}
	s.faults[op] = queue[1:]
	return queue[0]
}

func locked[T any](s *script, do func() (T, error)) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return do()
}
