package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// targetRevisions are the states of a zone that a provider has kept.
type targetRevisions struct {
	target string
	all    []providers.Revision
	err    error
}

// revisions shows the states of a zone that its providers have kept, the newest first.
func (c *common) revisions(ctx context.Context, args []string, flags historyFlags) error {
	origin, err := c.revisionsZone(args)
	if err != nil {
		return err
	}
	w, err := c.open(ctx, toPlan)
	if err != nil {
		return err
	}
	defer w.close()
	var found []targetRevisions
	keeping := 0
	for _, name := range slices.Sorted(maps.Keys(w.planner.Targets)) {
		target := w.planner.Targets[name]
		if target.Revisions == nil || len(c.targets) > 0 && !slices.Contains(c.targets, name) {
			continue
		}
		keeping++
		all, err := target.Revisions.Revisions(ctx, origin)
		if errors.Is(err, providers.ErrNoZone) {
			continue
		}
		if flags.limit > 0 && len(all) > flags.limit {
			fmt.Fprintf(c.stderr, "note: %s has more: --limit 0 shows all\n", name)
			all = all[:flags.limit]
		}
		found = append(found, targetRevisions{name, all, err})
	}
	if c.format == "json" {
		err = c.stdout.writeJSON(revisionsDocument(found))
	} else {
		c.writeRevisions(origin, found, keeping)
	}
	var errs []error
	for _, f := range found {
		if f.err != nil {
			errs = append(errs, fmt.Errorf("revisions of %s on %s: %w", origin, f.target, f.err))
		}
	}
	return errors.Join(append(errs, err)...)
}

// revisionsZone returns the zone whose revisions are asked for: the only argument, or that of --zone.
func (c *common) revisionsZone(args []string) (zonefile.Name, error) {
	if len(args) == 0 {
		origin, _, err := c.oneZone()
		if err == nil && origin.IsZero() {
			err = &usageError{err: errors.New("--revisions: want the ZONE")}
		}
		return origin, err
	}
	if len(args) > 1 {
		return zonefile.Name{}, &usageError{err: errors.New("--revisions: want one ZONE and no type")}
	}
	origin, err := zonefile.ParseUnicodeName(args[0], zonefile.Root)
	if err != nil {
		return origin, &usageError{err: fmt.Errorf("%s: %w", render.Shown(args[0]), err)}
	}
	return origin, nil
}

// writeRevisions writes what was found. keeping is how many providers keep revisions at all.
func (c *common) writeRevisions(origin zonefile.Name, found []targetRevisions, keeping int) {
	n := 0
	for _, f := range found {
		for _, r := range f.all {
			n++
			fmt.Fprintf(c.stdout, "%s  %s on %s  revision %s\n", render.Stamp(r.At), render.Name(origin), f.target, render.Shown(r.ID))
		}
	}
	if n == 0 && !slices.ContainsFunc(found, func(f targetRevisions) bool { return f.err != nil }) {
		if keeping == 0 {
			fmt.Fprintf(c.stdout, "No provider keeps revisions of its zones.\n")
		} else {
			fmt.Fprintf(c.stdout, "There are no revisions of %s.\n", render.Name(origin))
		}
		return
	}
	if n > 0 {
		fmt.Fprintf(c.stdout, "To go back to one: %s\n", c.commandLine("rollback", origin.String(), "--revision", "ID"))
	}
}

// revisionsJSON has the revisions of a zone, version 1.
type revisionsJSON struct {
	Version   int            `json:"version"`
	Revisions []revisionJSON `json:"revisions"`
}

type revisionJSON struct {
	Target string    `json:"target"`
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
}

func revisionsDocument(found []targetRevisions) revisionsJSON {
	doc := revisionsJSON{Version: 1, Revisions: []revisionJSON{}}
	for _, f := range found {
		for _, r := range f.all {
			doc.Revisions = append(doc.Revisions, revisionJSON{f.target, r.ID, r.At.UTC()})
		}
	}
	return doc
}
