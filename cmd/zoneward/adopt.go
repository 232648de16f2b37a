package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

func (c *common) adoptCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "adopt",
		Short: "Take over what providers serve, so that plans may update and retire it",
		Long: `Notes what is live as applied. A zone that was never applied to a target is held by the guard new-target as soon as a plan
would update or retire something there: look at the plan, then adopt the zone. Nothing is written to a provider.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := c.open(cmd.Context(), toWrite)
			if err != nil {
				return err
			}
			defer w.close()
			done := c.follow(w.planner, "adopting")
			adoptions, err := w.applier().Adopt(cmd.Context(), w.tree, w.only)
			done()
			if err != nil {
				return err
			}
			return c.writeAdoptions(adoptions)
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	return cmd
}

// adoptionJSON is what adopt did with one zone on one target.
type adoptionJSON struct {
	Zone      string  `json:"zone"`
	Target    string  `json:"target"`
	RRsets    int     `json:"rrsets"`
	Records   int     `json:"records"`
	Resources int     `json:"resources"` // of a domain, which has no RRsets
	Error     *string `json:"error"`
}

func (c *common) writeAdoptions(adoptions []reconcile.Adoption) error {
	failed := false
	doc := struct {
		Version int            `json:"version"`
		Zones   []adoptionJSON `json:"zones"`
	}{1, make([]adoptionJSON, len(adoptions))}
	for i, a := range adoptions {
		doc.Zones[i] = adoptionJSON{Zone: a.Zone.String(), Target: a.Target, RRsets: a.RRsets, Records: a.Records, Resources: a.Resources}
		if a.Err != nil {
			failed = true
			text := a.Err.Error()
			doc.Zones[i].Error = &text
		}
		what := fmt.Sprintf("%s with %s", render.Count(a.RRsets, "RRset", "RRsets"), render.Count(a.Records, "record", "records"))
		if a.Resources > 0 {
			what = render.Count(a.Resources, "resource", "resources")
		}
		switch {
		case c.format == "json":
		case a.Err != nil:
			fmt.Fprintf(c.stderr, "error: %s\n", render.Lines(a.Err.Error()))
		case a.Known:
			fmt.Fprintf(c.stdout, "%s: adopted anew, %s\n", a.Ref, what)
		default:
			fmt.Fprintf(c.stdout, "%s: adopted %s\n", a.Ref, what)
		}
	}
	if c.format == "json" {
		if err := c.stdout.writeJSON(doc); err != nil {
			return err
		}
	}
	if failed {
		return exitStatus(exitError)
	}
	return nil
}
