package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

func (c *common) auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit {verify | export}",
		Short: "Check the audit log, and write it out",
		Long: `Every write to a provider is an entry in the audit log, and so is what else was decided: adoptions, suspensions. Each entry has a hash over itself and
the one before, so that one that was changed or removed is found. "zoneward history" shows the log to people.`,
		RunE: func(*cobra.Command, []string) error {
			return &usageError{errors.New("audit: want verify or export"), "zoneward audit --help says more"}
		},
	}
	cmd.AddCommand(c.auditVerifyCommand(), c.auditExportCommand())
	return cmd
}

func (c *common) auditVerifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that the audit log is as it was written",
		Long:  `Goes through the audit log and names the first entry that is not as it was written, or is missing. Exits with 1 if there is one.`,
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.auditVerify(cmd.Context()) },
	}
	c.formatFlag(cmd, "text", "json")
	c.statelessFlags(cmd)
	return cmd
}

func (c *common) auditVerify(ctx context.Context) error {
	w, err := c.openRecords(ctx, toPlan)
	if err != nil {
		return err
	}
	defer w.close()
	entries, wrong := w.store.VerifyAudit(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if c.format == "json" {
		err := c.stdout.writeJSON(struct {
			Version int     `json:"version"`
			OK      bool    `json:"ok"`
			Entries int     `json:"entries"` // that are as they were written, up to the first that is not
			Error   *string `json:"error"`
		}{1, wrong == nil, entries, document.OfError(wrong)})
		if err == nil && wrong != nil {
			err = exitStatus(exitError)
		}
		return err
	}
	if wrong != nil {
		return fmt.Errorf("verify the audit log: %w", wrong)
	}
	fmt.Fprintf(c.stdout, "The audit log is as it was written: %s.\n", render.Count(entries, "entry", "entries"))
	return nil
}

func (c *common) auditExportCommand() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write out the audit log as JSON",
		Long:  `Writes the audit log as JSON, one entry a line, the newest first. An entry has the fields that it has in "zoneward history --format json".`,
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.auditExport(cmd.Context(), since) },
	}
	c.selectFlags(cmd)
	c.statelessFlags(cmd)
	cmd.Flags().StringVar(&since, "since", "", "only what was done since this `TIME`, or so long ago: 2026-01-02, 7d")
	return cmd
}

func (c *common) auditExport(ctx context.Context, since string) error {
	query, err := c.historyQuery(nil, since)
	if err != nil {
		return err
	}
	w, err := c.openRecords(ctx, toPlan)
	if err != nil {
		return err
	}
	defer w.close()
	out := bufio.NewWriter(c.stdout)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for entry, err := range w.store.History(ctx, query) {
		if err != nil {
			return errors.Join(fmt.Errorf("read the audit log: %w", err), out.Flush())
		}
		if err := enc.Encode(document.OfEntry(entry)); err != nil {
			return err
		}
	}
	return out.Flush()
}
