package main

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// declarationNeeds returns what a domain file needs so that a resource stays that a plan has brought back from its tombstone. It has to be made by hand: what
// the resource published is not in the tombstone.
func declarationNeeds(ctx context.Context, w *workspace, plan *reconcile.Plan, outcomes []reconcile.Outcome, id string) ([]need, error) {
	if id == "" || len(outcomes) != 1 || outcomes[0].Status != reconcile.Applied && outcomes[0].Status != reconcile.Unchanged {
		return nil, nil
	}
	stone, err := w.store.Tombstone(ctx, id)
	if err != nil || stone.Kind != reconcile.KindResource {
		return nil, err
	}
	file := plan.Zones[0].Restatement().File
	if file == "" {
		file = zonefile.FileName(stone.Zone) + ".domain.yaml"
	}
	if w.declares(file, stone) {
		return nil, nil
	}
	byHand := fmt.Sprintf("it does not declare %s on %s", render.Resource(stone.Resource, stone.Key.Name), stone.Target)
	if target, ok := w.planner.Resources[stone.Target]; ok && len(target.Reader.ResourceType().Outputs) > 0 {
		byHand += "; if it published something, that is in the history of the file"
	}
	return []need{{file: w.named(file), refs: []reconcile.Ref{stone.Ref}, declaration: declarationText(stone), byHand: byHand}}, nil
}

// declares reports whether a domain file below the source directory declares what a tombstone is of. One that cannot be read does not.
func (w *workspace) declares(file string, stone reconcile.Tombstone) bool {
	f, err := domainfile.Parse(w.tree.FS, path.Clean(file), w.planner.Domains)
	return err == nil && slices.ContainsFunc(f.Declarations, func(d domainfile.Declaration) bool {
		return d.Provider == stone.Target && d.Resource.Kind == stone.Resource && d.Resource.Name == stone.Key.Name
	})
}
