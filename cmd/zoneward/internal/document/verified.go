package document

import (
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// ServerState says in a word how a name server stands to what the provider has.
type ServerState string

// The states of a name server.
const (
	ServerOK       ServerState = "ok"
	ServerBehind   ServerState = "behind"    // its serial is lower, and not all was compared and the same
	ServerWrong    ServerState = "wrong"     // its serial is not, and it serves something else
	ServerNoAnswer ServerState = "no answer" // over UDP or TCP
)

// StateOfServer returns how a name server stands.
func StateOfServer(a reconcile.ServerAnswer) ServerState {
	switch {
	case a.Lags:
		return ServerBehind
	case len(a.Wrong) > 0:
		return ServerWrong
	case a.Err != nil:
		return ServerNoAnswer
	}
	return ServerOK
}

// Verified is what "verify" writes and POST /api/v1/verify gives.
type Verified struct {
	Version int            `json:"version"`
	Zones   []VerifiedZone `json:"zones"`
}

// VerifiedZone is what the name servers of a zone on a target said.
type VerifiedZone struct {
	Zone     string         `json:"zone"`
	Target   string         `json:"target"`
	OK       bool           `json:"ok"`
	Serial   uint32         `json:"serial"` // at the provider
	RRsets   int            `json:"rrsets"`
	Compared int            `json:"compared"`
	Servers  []ServerAnswer `json:"servers"`
	Notes    []string       `json:"notes"`
	Error    *string        `json:"error"`
}

// Verification returns for which zone on which target it is, what the name servers said, and the error if they could not be asked.
func (z VerifiedZone) Verification() (reconcile.Ref, reconcile.Verification, error) {
	ref := reconcile.Ref{Target: z.Target}
	zone, err := ParseName(z.Zone)
	if err == nil {
		err = checkWords("a target", z.Target)
	}
	if err != nil {
		return ref, reconcile.Verification{}, err
	}
	ref.Zone = zone
	servers, err := serversOf(z.Servers)
	if err != nil {
		return ref, reconcile.Verification{}, fmt.Errorf("%s: %w", ref, err)
	}
	return ref, reconcile.Verification{Servers: servers, Notes: z.Notes}, nil
}

// Err returns why the name servers could not be asked, nil if they could.
func (z VerifiedZone) Err() error { return errorOf(z.Error, nil) }

// ServerAnswer is what one name server answered.
type ServerAnswer struct {
	Server string      `json:"server"`
	State  ServerState `json:"state"`
	Serial uint32      `json:"serial"` // 0 if it serves none
	Wrong  []string    `json:"wrong"`
	Error  *string     `json:"error"`
}

// OfServers returns an empty list for none.
func OfServers(servers []reconcile.ServerAnswer) []ServerAnswer {
	docs := make([]ServerAnswer, len(servers))
	for i, s := range servers {
		docs[i] = ServerAnswer{s.Server, StateOfServer(s), s.Serial, append([]string{}, s.Wrong...), OfError(s.Err)}
	}
	return docs
}

// serversOf is the reverse of OfServers.
func serversOf(docs []ServerAnswer) ([]reconcile.ServerAnswer, error) {
	var all []reconcile.ServerAnswer
	for _, doc := range docs {
		a := reconcile.ServerAnswer{Server: doc.Server, Serial: doc.Serial, Lags: doc.State == ServerBehind, Wrong: slices.Clone(doc.Wrong), Err: errorOf(doc.Error, nil)}
		if got := StateOfServer(a); got != doc.State {
			return nil, fmt.Errorf("the name server %s is said to be %q, and what it answered says %q", doc.Server, doc.State, got)
		}
		all = append(all, a)
	}
	return all, nil
}

// Verification is what the name servers answered after an apply.
type Verification struct {
	OK      bool           `json:"ok"`
	Servers []ServerAnswer `json:"servers"`
	Notes   []string       `json:"notes"`
	Took    float64        `json:"took"` // seconds
}

// ofVerification returns nil for nil.
func ofVerification(v *reconcile.Verification) *Verification {
	if v == nil {
		return nil
	}
	return &Verification{v.OK(), OfServers(v.Servers), append([]string{}, v.Notes...), v.Took.Seconds()}
}

// verification is the reverse of ofVerification.
func (v *Verification) verification() (*reconcile.Verification, error) {
	if v == nil {
		return nil, nil
	}
	servers, err := serversOf(v.Servers)
	if err != nil {
		return nil, err
	}
	return &reconcile.Verification{Servers: servers, Notes: v.Notes, Took: secondsOf(v.Took)}, nil
}

// secondsOf returns a time from seconds.
func secondsOf(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Microsecond)
}
