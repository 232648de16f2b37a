package notify

import (
	"context"
	"time"
)

// Outbox keeps what is to be delivered until it is. What its methods say is durable when they return, and a Put that returns an error has put in nothing.
// Its methods may be called concurrently.
type Outbox interface {
	// Put adds entries, all or none, in their order, under limits:
	//   - One that stands (see Entry) and has the State of what stands of its subject at its sink is left out: it is told already.
	//   - One that is Over is left out if nothing of its subject stands at its sink: nobody was told what is over.
	//   - One with the Key of the last entry of its subject at its sink, which came within limits.Window of it, is left out and counted there. If that was delivered
	//     already, the next with that Key has the count.
	//   - Beyond limits.Pending entries of one sink the oldest of the least severity are lost, and counted.
	Put(ctx context.Context, limits Limits, entries ...Entry) error
	// Next returns the oldest entries of a sink that are not delivered yet, limit at most, in the order in which they were put in.
	Next(ctx context.Context, sink string, limit int) ([]Entry, error)
	// Lost returns what of a sink was lost and nobody was told of.
	Lost(ctx context.Context, sink string) ([]Loss, error)
	// Done notes that entries of a sink were delivered, and that the message told of the losses.
	Done(ctx context.Context, sink string, ids []int64, told []Loss) error
	// Failed notes that a delivery of entries was tried in vain.
	Failed(ctx context.Context, ids []int64) error
	// Drop has entries of a sink lost.
	Drop(ctx context.Context, sink string, ids []int64) error
	// Forget removes all there is of a sink.
	Forget(ctx context.Context, sink string) error
	// Stats says how much waits at each sink of which there is anything.
	Stats(ctx context.Context) ([]Stats, error)
	// Standing returns the subjects of which something stands at any sink.
	Standing(ctx context.Context) ([]string, error)
}

// Limits are those of an outbox.
type Limits struct {
	Window  time.Duration // in which the same is not told again
	Pending int           // entries of one sink that wait
}

// Entry is an event that waits for its delivery to a sink.
type Entry struct {
	ID       int64 // in the order in which they were put in; the outbox gives it
	Sink     string
	Subject  string
	Key      string
	Kind     Kind
	State    string
	Severity Severity
	At       time.Time
	Content  []byte
	// Silent says that nothing is delivered: it only ends what stands.
	Silent bool
	// Delivery is an id that a receiver can tell repetitions by; the outbox gives it.
	Delivery string
	// Count is how often it came. 0 is once.
	Count int
	// Attempts is how often its delivery was tried in vain.
	Attempts int
}

// Stands reports whether the entry is a state that lasts.
func (e Entry) Stands() bool { return e.Kind.stands() }

// Ends reports whether nothing of its subject stands any more.
func (e Entry) Ends() bool { return e.Kind.ends() }

// Over reports whether it is of use only to those who were told of what is over.
func (e Entry) Over() bool { return e.Kind.over() }

// Loss is how many events of a kind were not delivered, and will not be.
type Loss struct {
	Kind        Kind
	Count       int
	First, Last time.Time // when these events were
}

// Stats is how much waits at a sink.
type Stats struct {
	Sink    string
	Pending int
	Oldest  time.Time // when the oldest that waits was, the zero Time if none does
	Lost    int       // events that nobody was told of
}
