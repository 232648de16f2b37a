package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (c *common) trashCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trash {list | show | purge}",
		Short: "Look at what was retired, and end it for good",
		Long: `What leaves the zones repository is retired: it is not served any more, and a tombstone keeps what it was. "zoneward restore" brings it back,
"zoneward trash purge" ends it for good, which otherwise happens when its retention is over.`,
		RunE: func(*cobra.Command, []string) error {
			return &usageError{fmt.Errorf("trash: want list, show or purge"), "zoneward trash --help says more"}
		},
	}
	cmd.AddCommand(c.trashListCommand(), c.trashShowCommand(), c.trashPurgeCommand())
	return cmd
}
