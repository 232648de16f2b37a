package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/schema"
)

func (c *common) schemaCommand() *cobra.Command {
	var kinds []string
	for _, k := range schema.Kinds() {
		kinds = append(kinds, string(k))
	}
	return &cobra.Command{
		Use:   "schema zone|domain|config",
		Short: "Write the JSON Schema of a kind of file, for editors",
		Long: `Writes the JSON Schema of zone files in YAML, of files of domains, or of the configuration to standard output. Editors complete and explain keys by it.

With the YAML language server a line at the top of a file names it:

  # yaml-language-server: $schema=zone.schema.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, ok := schema.Of(schema.Kind(args[0]))
			if !ok {
				return &usageError{err: fmt.Errorf("there is no schema of %.60q: want one of %s", args[0], strings.Join(kinds, ", "))}
			}
			_, err := c.stdout.Write(text)
			return err
		},
	}
}
