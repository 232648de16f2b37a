package server

import (
	"errors"
	"math"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// proposalsAtOnce is how many proposals are planned at the same time: each reads zones from providers, and anybody who may look may ask for one.
const proposalsAtOnce = 4

// ProposalRequest is a change of the zones repository that is to be planned. All of it is somebody's claim, but what it names can only be had from the
// daemon's own repository.
type ProposalRequest struct {
	// Base and Head are whole ids of commits. Base is "" for the tip of the branch that is applied.
	Base, Head string
	// Ref is where the repository has Head, such as refs/pull/12/head, "" if it is not known. It is a name that git takes.
	Ref string
	// Pull is the number of the pull request, 0 if it is none.
	Pull int
	// Sees reports whether whoever asks may see a zone; nil: all of them. If it is not nil the report says nothing that is not about a zone it is true for.
	Sees func(zone zonefile.Name) bool
}

// What may be wrong with a proposal, beside reconcile.ErrNotRunning: errors of an Engine wrap these. Their text is shown to whoever asks, unless that is not
// for all zones.
var (
	// ErrNoCommit: the repository does not have the commit, at the ref that is said to have it.
	ErrNoCommit = errors.New("no such commit")
	// ErrNeedsUpdate: the head cannot be merged as it is.
	ErrNeedsUpdate = errors.New("the head needs an update")
	// ErrSource: the zones repository cannot be read now.
	ErrSource = errors.New("the zones repository cannot be read")
	// ErrProposalTooLarge: the change, or a file of it, is larger than what is read.
	ErrProposalTooLarge = errors.New("the proposal is too large")
	// ErrOtherZones: it touches zones that whoever asks may not see.
	ErrOtherZones = errors.New("the proposal touches other zones")
	// ErrNoProposals: the daemon plans no proposals, whatever they are.
	ErrNoProposals = errors.New("this daemon plans no proposals")
)

// propose answers POST proposals.
func (a *API) propose(c *call) (any, error) {
	var body document.ProposeRequest
	if err := c.read(&body); err != nil {
		return nil, err
	}
	switch {
	case !forge.ValidCommit(body.Head):
		return nil, badRequest("head: want the whole id of a commit")
	case body.Base != "" && !forge.ValidCommit(body.Base):
		return nil, badRequest("base: want the whole id of a commit")
	case body.Ref != "" && (!forge.ValidRef(body.Ref) || plain(body.Ref, len(body.Ref)) != body.Ref):
		return nil, badRequest("ref: want a whole one, such as refs/pull/12/head")
	case body.Pull < 0 || body.Pull > mostPull:
		return nil, badRequest("pull: want the number of a pull request")
	}
	what := ProposalRequest{Base: body.Base, Head: body.Head, Ref: body.Ref, Pull: body.Pull}
	if c.token.restricted() {
		what.Sees = c.token.sees
	}
	c.note = append(c.note, "commit", body.Head, "pull", body.Pull)
	select {
	case a.proposals <- struct{}{}:
		defer func() { <-a.proposals }()
	default:
		return nil, tooManyProposals()
	}
	report, err := a.engine.Propose(c.Context(), what)
	if err != nil {
		return nil, proposalProblem(err, c.token)
	}
	return text(report), nil
}

// mostPull is the largest number of a pull request.
const mostPull = math.MaxInt32

// proposalProblem returns how a proposal is answered that is not planned, and other errors as they are. What is wrong with other zones than those of the
// token is not said.
func proposalProblem(err error, token Token) error {
	if errors.Is(err, ErrOtherZones) {
		return forbidden("the proposal touches zones that the token " + token.Name + " is not for")
	}
	for _, known := range []struct {
		err     error
		problem func(format string, args ...any) *problem
	}{
		{ErrNoCommit, notFound}, {ErrNeedsUpdate, needsUpdate}, {ErrProposalTooLarge, proposalTooLarge}, {ErrSource, sourceUnread}, {ErrNoProposals, noProposals},
	} {
		switch {
		case !errors.Is(err, known.err):
		case token.restricted():
			return known.problem("%v", known.err)
		default:
			return known.problem("%v", err)
		}
	}
	return err
}

// reviews answers GET reviews.
func (a *API) reviews(c *call) (any, error) {
	pull := int(c.query.number("pull", 0, mostPull))
	open := c.query.flag("open")
	limit := int(c.query.number("limit", usualPage, mostOnPage))
	if err := c.query.done(); err != nil {
		return nil, err
	}
	all, err := a.engine.Reviews(c.Context(), pull, open)
	if err != nil {
		return nil, err
	}
	doc := document.Reviews{Version: document.Version, Reviews: []document.Review{}}
	for _, r := range all {
		if len(doc.Reviews) == limit {
			break
		}
		if seen, ok := c.seenReview(r); ok {
			doc.Reviews = append(doc.Reviews, seen)
		}
	}
	return doc, nil
}

// seenReview returns what the token sees of a review, and false if that is nothing.
func (c *call) seenReview(r document.Review) (document.Review, bool) {
	r.Zones = slices.Clone(r.Zones)
	if c.token.restricted() {
		r.Zones = slices.DeleteFunc(r.Zones, func(z document.PlanID) bool {
			zone, err := document.ParseName(z.Zone)
			return err != nil || !c.sees(reconcile.Ref{Zone: zone, Target: z.Target})
		})
		if len(r.Zones) == 0 {
			return r, false
		}
	}
	if r.Zones == nil {
		r.Zones = []document.PlanID{}
	}
	return r, true
}
