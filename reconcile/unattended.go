package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// guardApproval holds the plans that a person has to approve, if nobody has seen them. It comes after the other guards.
func (p *Planner) guardApproval(ctx context.Context, tree Tree, plans []ZonePlan, r remembered) {
	if !p.Unattended {
		return
	}
	for i := range plans {
		z := &plans[i]
		if len(z.Changes) == 0 || z.desired == nil {
			continue
		}
		why := ""
		switch policy := z.desired.rule.Policy; {
		case policy.Approve:
			why = "the policy wants each plan to be approved (apply: approve)"
		case policy.Review:
			z.since = r.known[z.Ref].Commit
			why = p.review(ctx, tree, z)
		}
		if why != "" {
			z.Holds = append(z.Holds, Hold{GuardApproval, why})
		}
	}
}

// guardCommits holds the plans that come from commits which are not signed by somebody who is trusted.
func (p *Planner) guardCommits(ctx context.Context, tree Tree, plans []ZonePlan, state desiredState, r remembered) {
	if p.Vetter == nil {
		return
	}
	vanished := p.vanished(state, r)
	for i := range plans {
		z := &plans[i]
		if z.Err != nil || len(z.Changes) == 0 {
			continue
		}
		doubts, err := p.Vetter.Vet(ctx, r.known[z.Ref].Commit, tree.Revision, z.sources(state, vanished))
		switch {
		case err != nil:
			z.Holds = append(z.Holds, Hold{GuardUnsignedCommit, fmt.Sprintf("nobody can say who signed the commits it comes from: %v", err)})
		case len(doubts) > 0:
			z.Holds = append(z.Holds, Hold{GuardUnsignedCommit, doubtful(doubts)})
		}
	}
}

// vanished returns the domains whose file is gone, so that what was applied of it is retired.
func (p *Planner) vanished(state desiredState, r remembered) []zonefile.Name {
	var domains []zonefile.Name
	for ref := range r.known {
		_, isZone := p.Targets[ref.Target]
		_, there := state.domains.files[ref.Zone]
		if !isZone && !there && state.domains.doubt(p.unit(ref, ""), state) == "" {
			domains = append(domains, ref.Zone)
		}
	}
	return domains
}

// sources returns the files that a plan comes from, below the source directory. None means any: nobody knows where the file of a domain
// was that has vanished, and with it what it published.
func (z *ZonePlan) sources(state desiredState, vanished []zonefile.Name) []string {
	d := z.desired
	if d == nil || d.gone || d.file == nil || slices.ContainsFunc(vanished, func(domain zonefile.Name) bool { return concerned(domain, z.Zone) }) {
		return nil
	}
	files := []string{d.source}
	if d.unit == nil {
		files = slices.Clone(d.file.Files())
	} else if len(d.unit.declarations) == 0 {
		return nil
	}
	if d.pointed != nil {
		files = append(files, d.pointed.view.files...)
	}
	for domain, file := range state.domains.files { // what it publishes
		if concerned(domain, z.Zone) {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// mostDoubts is how many commits a hold names.
const mostDoubts = 3

// doubtful says which commits cannot be trusted, and why.
func doubtful(doubts []Doubt) string {
	var all []string
	for _, d := range doubts[:min(len(doubts), mostDoubts)] {
		text := fmt.Sprintf("commit %.12s of %s: %s", d.Commit, d.Author, d.Reason)
		if d.Fingerprint != "" {
			text += fmt.Sprintf(" (key %s)", d.Fingerprint)
		}
		all = append(all, text)
	}
	text := strings.Join(all, "; ")
	if more := len(doubts) - mostDoubts; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}
