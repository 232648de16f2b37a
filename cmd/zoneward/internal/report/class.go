package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Class is what a report comes to. More is worse.
type Class int

// The classes.
const (
	// Unchanged: there is nothing to apply.
	Unchanged Class = iota
	// Changes: there is something to apply, and nothing holds it.
	Changes
	// Held: a guard holds some of it.
	Held
	// Failed: a zone has errors or could not be planned, a test fails, or the branch has to be updated.
	Failed
)

// String returns the word that stands for the class in a report as JSON: none, changes, held or error.
func (c Class) String() string { return [...]string{"none", "changes", "held", "error"}[c] }

// Class returns what the report comes to.
func (r *Report) Class() Class {
	s := r.Proposal.Plan.Summary()
	isError := func(p zonefile.Problem) bool { return p.Severity == zonefile.Error }
	switch {
	case r.NoPlan, s.Errors > 0, len(r.Conflicts) > 0, slices.ContainsFunc(r.Problems, isError), dnstest.Count(r.Tests, dnstest.Failed) > 0:
		return Failed
	case s.Held > 0:
		return Held
	case s.Changes()+s.Deferred > 0:
		return Changes
	}
	return Unchanged
}

// MaxStatus is the most octets of [Report.StatusDescription]. GitHub takes 140 characters.
const MaxStatus = 140

// StatusDescription returns what a commit status says of the report: the plan's id, and what it comes to. There is no id in it if there is no plan that could
// be applied as it was reviewed: the status is no success then.
func (r *Report) StatusDescription() string {
	if r.Class() == Failed || r.unproven {
		return statusWords(r)
	}
	return described(r.Proposal.Plan.ID(), statusWords(r))
}

// described returns an id and what it is of, without words that there is no room for.
func described(id zonefile.Digest, words string) string {
	text := id.String() + " " + words
	if len(text) > MaxStatus {
		return id.String()
	}
	return text
}

func statusWords(r *Report) string {
	s := r.Proposal.Plan.Summary()
	switch failed := dnstest.Count(r.Tests, dnstest.Failed); {
	case r.NoPlan:
		return "no plan could be made"
	case len(r.Conflicts) > 0:
		return "the branch has to be updated"
	case s.Errors > 0:
		return render.Count(s.Errors, "zone", "zones") + " could not be planned"
	case r.Class() == Failed && failed == 0:
		return "zone files have errors"
	case failed > 0:
		return render.Count(failed, "DNS test fails", "DNS tests fail")
	case s.Changes()+s.Deferred == 0:
		return "no changes"
	}
	text := strings.Join(counted(s), ", ")
	if s.Held > 0 {
		text += fmt.Sprintf("; %d held", s.Held)
	}
	return text
}

// counted returns the numbers of a summary that are not zero.
func counted(s reconcile.Summary) []string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{s.Create, "create"}, {s.Update, "update"}, {s.Retire, "retire"}, {s.Restore, "restore"}, {s.Purge, "purge"}, {s.Deferred, "to follow"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return parts
}
