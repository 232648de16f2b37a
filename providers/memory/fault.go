package memory

import (
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
	// or a batch that was applied in part. Of properties it is how many Configure sets, in the order of their names. In CreateZone, RemoveZone and
	// PurgeZone it is not 0 if they do their work all the same; CreateZone with an Err that is providers.ErrPartial leaves out the properties.
	Written int
	// After is called when the call has done what it does, before it returns. It may do anything, as Before, or not return at all: a
	// panic or runtime.Goexit in it is a crash after the write and before its answer.
	After func()
	// Race is what somebody else writes after Apply has compared the preconditions, and before it writes.
	Race []zonefile.Change
	// Stale has Fetch return the zone, and Zones each zone, as it was before the last write to it.
	Stale bool
}

// All operations of a batch, see [Fault].
const All = -1

// Inject queues faults for the next calls of an operation, one for each call. A zero Fault lets a call pass.
func (p *Provider) Inject(op providers.Operation, faults ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults[op] = append(p.faults[op], faults...)
}

// FailNext has the next call of an operation, behind those that have faults queued, do nothing and return err.
func (p *Provider) FailNext(op providers.Operation, err error) {
	p.Inject(op, Fault{Err: err})
}

// Calls returns how often an operation was called.
func (p *Provider) Calls(op providers.Operation) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[op]
}

// call counts a call of an operation and takes its fault from the queue. do is called with the lock, which Before and After may want.
func call[T any](p *Provider, op providers.Operation, do func(Fault) (T, error)) (T, error) {
	f := p.begin(op)
	if f.Before != nil {
		f.Before()
	}
	result, err := locked(p, func() (T, error) { return do(f) })
	if f.After != nil {
		f.After()
	}
	return result, err
}

func (p *Provider) begin(op providers.Operation) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[op]++
	queue := p.faults[op]
	if len(queue) == 0 {
		return Fault{}
	}
	p.faults[op] = queue[1:]
	return queue[0]
}

func locked[T any](p *Provider, do func() (T, error)) (T, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return do()
}
