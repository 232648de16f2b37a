package document

import "github.com/zoneward/zoneward/zonefile"

// DaemonProblem is why a daemon does not do what it was asked for (RFC 9457): the body of every answer from 400 up.
type DaemonProblem struct {
	Type   string `json:"type"` // an address that tells one kind of problem from another
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// Request is the id of the request, by which the daemon's log has it.
	Request string `json:"request"`
	// Role is what the token would have to have, if that is the problem.
	Role string `json:"role,omitempty"`
	// Plans are those that wait or are held now, if the problem is that others were asked for.
	Plans []PlanID `json:"plans,omitempty"`
}

// PlanID names the plan of a zone on a target.
type PlanID struct {
	Zone   string          `json:"zone"`
	Target string          `json:"target"`
	ID     zonefile.Digest `json:"id"`
}
