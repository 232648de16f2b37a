// Package report says what merging a change of the zones repository does to live DNS: for reviewers, in the forms that terminals, pull requests and programs take.
//
// What this change does stands apart from what is adrift already. Everything in a report may be written by somebody who wants to deceive its reader: records,
// names, names of files, texts of servers. It is bounded, made visible and made inert before it is written, see [render.Shown] and [Inert].
package report

import (
	"errors"
	"slices"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Report is what there is to say of a change between two commits. It is a value: what is made from it depends on it alone.
type Report struct {
	// Config is the path of the configuration, below the repository's root.
	Config string
	// Proposal is what the change does. It is never nil.
	Proposal *reconcile.Proposal
	// Problems are those of the zone files that the change touches.
	Problems []zonefile.Problem
	// ConfigFiles are the files of the configuration that the change touches. What they say counts once it is merged, and not in this report.
	ConfigFiles []string
	// Conflicts are the files that both sides have changed since they parted: the branch has to be updated.
	Conflicts []string
	// Tests are the results of the DNS tests, run against the zones as they would be.
	Tests []dnstest.Result
	// Redact says what is not shown.
	Redact Redaction
	// SnapshotAt is when the live zones were as the plan has them if they were read from a snapshot. It is zero if the providers were asked.
	SnapshotAt time.Time
	// Stateless says that no store was at hand: what was applied and what has to be kept is not known.
	Stateless bool
	// NoPlan says that none could be made: the Problems say why, and the Proposal has nothing.
	NoPlan bool
	// Untrusted says that it was made by somebody whose word does not count, such as a job of a fork.
	Untrusted bool
	// Details is the URL of where all of the report is, empty if there is none.
	Details string

	unproven bool
	shown    []zone // of a report that is unproven: all that is known of its zones
}

// Unproven reports whether the report was read from a document that has not all of its plan, since some of it is redacted: nobody can tell whether its id
// is that of what it shows. A commit status must not be set from it.
func (r *Report) Unproven() bool { return r.unproven }

// problems returns all problems that are known, also those for which a zone could not be planned, each once.
func (r *Report) problems() []zonefile.Problem {
	all := slices.Clone(r.Problems)
	told := map[string]bool{}
	for _, p := range all {
		told[p.String()] = true
	}
	for i := range r.Proposal.Plan.Zones {
		wrong, ok := errors.AsType[*zonefile.ProblemsError](r.Proposal.Plan.Zones[i].Err)
		if !ok {
			continue
		}
		for _, p := range wrong.Problems { // of one file that is for many targets they are the same
			if !told[p.String()] {
				told[p.String()] = true
				all = append(all, p)
			}
		}
	}
	return all
}

// told returns the lines that the problems are told in.
func (r *Report) told() map[string]bool {
	told := map[string]bool{}
	for _, p := range r.Problems {
		for _, line := range linesOf(p.String()) {
			told[line] = true
		}
	}
	return told
}
