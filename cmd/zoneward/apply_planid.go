package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// reviewedPattern matches the id of a plan that was reviewed, or enough of one that no other plan begins so.
var reviewedPattern = regexp.MustCompile(`^sha256:[0-9a-f]{16,64}$`)

// reviewedIDs name plans that somebody has reviewed, by their ids or by how these begin: those of zones, or of a plan as a whole.
type reviewedIDs []string

// parseReviewedIDs reads the ids that --plan-id has. The error is a usageError.
func parseReviewedIDs(texts []string) (reviewedIDs, error) {
	ids := make(reviewedIDs, len(texts))
	for i, text := range texts {
		ids[i] = strings.ToLower(text)
		if !reviewedPattern.MatchString(ids[i]) {
			return nil, &usageError{
				fmt.Errorf("--plan-id %q: want the id of a plan, sha256: and 64 hexadecimal digits, or 16 of them at least", text),
				"plan shows them, and so does what is said of a pull request",
			}
		}
	}
	return ids, nil
}

// has reports whether one of the ids is that of a plan.
func (ids reviewedIDs) has(id zonefile.Digest) bool {
	return slices.ContainsFunc(ids, func(text string) bool { return strings.HasPrefix(id.String(), text) })
}

// among returns the part of a plan that was reviewed: all of it if its own id is among the ids, and otherwise the zones whose ids are. An id that is neither
// is an error that wraps reconcile.ErrStale: then nothing of the plan is to be applied.
func (ids reviewedIDs) among(plan *reconcile.Plan) (*reconcile.Plan, error) {
	if len(ids) == 1 && ids.has(plan.ID()) {
		return plan, nil
	}
	part := *plan
	part.Zones = slices.DeleteFunc(slices.Clone(plan.Zones), func(z reconcile.ZonePlan) bool {
		return z.Err != nil || len(z.Changes)+len(z.Deferred) == 0 || !ids.has(z.ID)
	})
	for _, id := range ids {
		if !slices.ContainsFunc(part.Zones, func(z reconcile.ZonePlan) bool { return reviewedIDs{id}.has(z.ID) }) {
			return nil, ids.moved(id, plan)
		}
	}
	return &part, nil
}

// mostMoved is how many zones an error names.
const mostMoved = 10

// moved says that no plan has an id any more, and which there are.
func (ids reviewedIDs) moved(id string, plan *reconcile.Plan) error {
	errs := []error{fmt.Errorf("%w: there is no plan %s: it was applied, or something has moved since it was reviewed. The plan is %s now", reconcile.ErrStale, id, plan.ID())}
	named := 0
	for _, z := range plan.Zones {
		switch {
		case named == mostMoved:
			errs = append(errs, errors.New("and more"))
			return errors.Join(errs...)
		case z.Err != nil:
			errs = append(errs, fmt.Errorf("%s cannot be planned: %w", z.Ref, z.Err))
		case len(z.Changes)+len(z.Deferred) == 0 || ids.has(z.ID):
			continue
		default:
			errs = append(errs, fmt.Errorf("%s is %s now", z.Ref, z.ID))
		}
		named++
	}
	return errors.Join(errs...)
}
