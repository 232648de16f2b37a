package reconcile

import (
	"context"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Verifier asks the name servers of a zone whether they serve what was applied.
type Verifier interface {
	// Verify asks until all servers agree with the expectation, or the time is over. The error is for what kept it from asking: no server is
	// known, or ctx ended. What a server answers wrongly, or not at all, is in the Verification.
	Verify(ctx context.Context, expect Expectation) (Verification, error)
}

// Expectation is what the name servers of a zone should answer.
type Expectation struct {
	Ref
	// Serial is the least that the SOA should have (RFC 1982), 0 for any. A server that signs may have a higher one, and one that counts serials of its
	// own a lower one: that is no failure if it serves all Changes.
	Serial uint32
	// Changes are what should be seen: for each its New, or that there is nothing at its key if that is nil.
	Changes []Change
	// Sampled says that Changes are not what was changed but some RRsets of the zone. A server with a lower serial may then lack others.
	Sampled bool
	// Served is all that the provider serves of the zone with the changes, so that it is known what else is at their names. It may be nil.
	Served *zonefile.Zone
	// Within is how long the servers have to come to it. 0 asks each once.
	Within time.Duration
}

// Verification is what the name servers of a zone answered at last.
type Verification struct {
	Servers []ServerAnswer
	// Notes are sentences on what was not asked or not compared, and why: "example.com. ALIAS: not compared: ...".
	Notes []string
	Took  time.Duration
}

// OK reports whether all servers, of which there is at least one, answer as they should.
func (v Verification) OK() bool {
	for _, s := range v.Servers {
		if !s.OK() {
			return false
		}
	}
	return len(v.Servers) > 0
}

// ServerAnswer is what one name server answered.
type ServerAnswer struct {
	// Server is its name, if it has one, and address with port.
	Server string
	// Host is its name, empty if only its address is known. One host may have several addresses, each with an answer of its own.
	Host string
	// Serial is that of the SOA that it serves, 0 if it serves none.
	Serial uint32
	// Lags says that its serial is lower than it should be, and that nothing shows that it serves what was changed all the same.
	Lags bool
	// Wrong are the differences from the expectation, in words: "www.example.com. A: serves 192.0.2.1, want 192.0.2.2 (over TCP)".
	Wrong []string
	// Err is why it could not be asked, or not over both UDP and TCP, nil if it could. What it said over one of them counts all the same.
	Err error
}

// OK reports whether the server answers as it should.
func (s ServerAnswer) OK() bool { return s.Err == nil && !s.Lags && len(s.Wrong) == 0 }
