package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// proofPrefix is how the name of an output begins that is a proof.
const proofPrefix = "proof of "

// prove gives the zone on the target that a proof is to be published at what the zone on another target asks for.
func prove(plan *ZonePlan, proof domainfile.Proof, gives map[Ref]*published) {
	at := Ref{plan.Zone, proof.PublishAt}
	if gives[at] == nil {
		gives[at] = newPublished()
	}
	from := proofPrefix + plan.Ref.String()
	switch {
	case plan.Err != nil:
		gives[at].unread = append(gives[at].unread, from)
	case plan.State != nil:
		for _, output := range plan.State.Outputs {
			if !isProof(output.RRset.Key, plan.Zone) {
				gives[at].unread = append(gives[at].unread, fmt.Sprintf("%s, which wants %s for it", from, output.RRset.Key))
				continue
			}
			gives[at].added = append(gives[at].added, zonefile.Addition{RRset: output.RRset, Position: proof.Position, For: from})
			gives[at].outputs[output.RRset.Key] = publishedOutput{from: from}
		}
	case len(plan.Changes) > 0 && plan.Changes[0].Kind == KindZone:
		change := Change{Kind: KindRRset, Action: Create, Key: zonefile.Key{Name: plan.Zone}, Source: proof.Position, Cause: CauseGit, From: from}
		gives[at].pending = append(gives[at].pending, Deferred{Change: change, For: fmt.Sprintf("once %s is created, if it wants that", plan.Ref), planned: true})
	}
}

// isProof reports whether an RRset may be one by which a domain is proved: a text at the apex, or at a name right below it that no host has (RFC 8552 §1.1).
func isProof(key zonefile.Key, domain zonefile.Name) bool {
	own := key.Name == domain || key.Name.Below(domain) && key.Name.Parent() == domain && strings.HasPrefix(key.Name.String(), "_")
	challenge := strings.HasPrefix(key.Name.String(), "_acme-challenge.")
	return key.Type == zonefile.TypeTXT && own && !challenge
}

// proved reports whether all that a zone's state asks for is live where it is to be published. One that asks for nothing may ask for something when its provider is to look.
func proved(plans []ZonePlan, plan *ZonePlan, proof domainfile.Proof) bool {
	i := slices.IndexFunc(plans, func(z ZonePlan) bool { return z.Ref == Ref{plan.Zone, proof.PublishAt} })
	if i < 0 || plans[i].will == nil {
		return false
	}
	for _, output := range plan.State.Outputs {
		key := output.RRset.Key
		changes := slices.ContainsFunc(plans[i].all(), func(c Change) bool { return c.Key == key })
		if changes || !plans[i].will.Has(key) {
			return false
		}
	}
	return true
}

// prove has a provider look whether what it asked for is published. What comes of it is seen when the zone is planned the next time.
func (a *Applier) prove(ctx context.Context, plan *ZonePlan) error {
	prover, ok := providers.As[providers.ZoneProver](a.Targets[plan.Target])
	if !plan.prove || !ok {
		return nil
	}
	if err := prover.ProveZone(ctx, plan.Zone); err != nil {
		return fmt.Errorf("have %s look for the proof of %s: %w", plan.Target, plan.Zone, err)
	}
	return nil
}
