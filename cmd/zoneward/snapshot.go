package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/livefile"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/domainfile"
)

func (c *common) snapshotCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "snapshot --out FILE",
		Short: "Save what is live, for plans without access to a provider",
		Long: `Reads from the providers whatever a plan needs: all zones that the zones repository has, or that were applied before, and what the files of domains declare. It is
saved in a file, which "zoneward plan --snapshot FILE" and "zoneward ci plan --snapshot FILE" plan from. There are no secrets in it, but all records of the zones.

Exits with 1 if something could not be read. The file is there all the same, and what could not be read is an error in plans too that are made from it.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.snapshot(cmd.Context(), out) },
	}
	c.selectFlags(cmd)
	c.statelessFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	cmd.Flags().StringVar(&out, "out", "", "save it in `FILE`, which only its owner can read")
	return cmd
}

// snapshotJSON is what snapshot did, version 1.
type snapshotJSON struct {
	Version   int       `json:"version"`
	File      string    `json:"file"`
	MadeAt    time.Time `json:"made_at"`
	Zones     int       `json:"zones"`
	Records   int       `json:"records"`
	Resources int       `json:"resources"`
	Errors    []string  `json:"errors"`
}

func (c *common) snapshot(ctx context.Context, out string) error {
	if out == "" {
		return &usageError{errors.New("snapshot: --out is missing"), "zoneward snapshot --out live.snapshot"}
	}
	w, err := c.open(ctx, toPlan)
	if err != nil {
		return err
	}
	defer w.close()
	var texts references
	w.planner.Domains.Expand = texts.noting(w.planner.Domains.Expand)
	wanted, err := w.planned(ctx)
	if err != nil {
		return err
	}
	made := livefile.Made{At: w.planner.Clock().Wall.UTC().Truncate(time.Second), By: version(), Config: c.configFile}
	done := snapshotJSON{Version: 1, File: out, MadeAt: made.At, Errors: []string{}}
	for _, some := range wanted.Resources {
		done.Resources += len(some)
	}
	reading := c.progress("reading what is live")
	err = saveFile(out, func(to io.Writer) error {
		f := livefile.NewWriter(to, made)
		f.Texts(texts.all())
		failed, err := livefile.Collect(ctx, f, livefile.Sources{Zones: w.planner.Targets, Resources: w.planner.Resources, Prober: w.planner.Prober}, wanted)
		for _, one := range failed {
			done.Errors = append(done.Errors, one.Error())
		}
		done.Zones, done.Records = f.Counts()
		return errors.Join(err, f.Close())
	})
	reading.done()
	if err != nil {
		return fmt.Errorf("save what is live in %s: %w", out, err)
	}
	return c.writeSnapshot(done)
}

// writeSnapshot says what was saved, and what could not be read.
func (c *common) writeSnapshot(done snapshotJSON) error {
	if c.format == "json" {
		if err := c.stdout.writeJSON(done); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(c.stdout, "%s: %s with %s, and %s, as they were at %s\n", render.Shown(done.File), render.Count(done.Zones, "zone", "zones"),
			render.Count(done.Records, "record", "records"), render.Count(done.Resources, "resource", "resources"), render.Stamp(done.MadeAt))
	}
	for _, one := range done.Errors {
		fmt.Fprintln(c.stderr, "error: "+render.Lines(one))
	}
	if len(done.Errors) > 0 {
		return exitStatus(exitError)
	}
	return nil
}

// planned returns what planning would ask the providers for: what the zones repository has, and what was applied, or is kept, and is not there any more.
func (w *workspace) planned(ctx context.Context) (livefile.Wanted, error) {
	findings, _, err := w.planner.Check(ctx, w.tree, w.only)
	if err != nil {
		return livefile.Wanted{}, err
	}
	wanted := livefile.Wanted{Resources: map[string][]providers.Resource{}}
	for _, f := range findings {
		if f.Declares {
			if err := w.declared(f, &wanted); err != nil {
				return wanted, err
			}
			continue
		}
		for _, target := range f.Targets {
			wanted.Zones = append(wanted.Zones, reconcile.Ref{Zone: f.Zone, Target: target})
		}
	}
	return wanted, w.remembered(ctx, &wanted)
}

// declared adds what a file of a domain declares. What of it is wrong is found by planning too.
func (w *workspace) declared(f reconcile.Finding, wanted *livefile.Wanted) error {
	if f.Err != nil {
		return nil
	}
	file, err := domainfile.Parse(w.tree.FS, f.Files[0], w.planner.Domains)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Source, err)
	}
	for _, d := range file.Declarations {
		wanted.Resources[d.Provider] = append(wanted.Resources[d.Provider], d.Resource)
	}
	return nil
}

// remembered adds what the state has of zones and resources.
func (w *workspace) remembered(ctx context.Context, wanted *livefile.Wanted) error {
	all, err := w.store.Overview(ctx)
	if err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	refs := map[reconcile.Ref]bool{}
	for _, known := range all.Known {
		refs[known.Ref] = true
	}
	for ref := range all.Standing {
		refs[ref] = true
	}
	for _, ref := range slices.SortedFunc(maps.Keys(refs), reconcile.Ref.Compare) {
		if !w.only.Has(ref) {
			continue
		}
		target, ok := w.planner.Resources[ref.Target]
		if !ok {
			wanted.Zones = append(wanted.Zones, ref)
			continue
		}
		if err := w.resourcesOf(ctx, ref, target.Reader.ResourceType().Kind, wanted); err != nil {
			return fmt.Errorf("read what was applied of %s: %w", ref, err)
		}
	}
	return nil
}

// resourcesOf adds the resources that the state has of a domain at a provider.
func (w *workspace) resourcesOf(ctx context.Context, ref reconcile.Ref, kind providers.ResourceKind, wanted *livefile.Wanted) error {
	applied, err := w.store.AppliedResources(ctx, ref)
	if err != nil {
		return err
	}
	for _, a := range applied {
		wanted.Resources[ref.Target] = append(wanted.Resources[ref.Target], providers.Resource{Kind: kind, Name: a.Name, Fields: a.Fields})
	}
	stones, err := w.store.Tombstones(ctx, reconcile.TombstoneQuery{Zone: ref.Zone, Target: ref.Target})
	if err != nil {
		return err
	}
	for _, stone := range stones {
		if stone.Kind == reconcile.KindResource {
			wanted.Resources[ref.Target] = append(wanted.Resources[ref.Target], providers.Resource{Kind: kind, Name: stone.Key.Name, Fields: stone.Settings})
		}
	}
	return nil
}

// references notes what references stand for. It may be used concurrently.
type references struct {
	mu    sync.Mutex
	known map[string]string
}

// noting returns expand, and notes what it returns.
func (r *references) noting(expand func(string) (string, error)) func(string) (string, error) {
	return func(reference string) (string, error) {
		value, err := expand(reference)
		if err == nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.known == nil {
				r.known = map[string]string{}
			}
			r.known[reference] = value
		}
		return value, err
	}
}

func (r *references) all() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.known)
}
