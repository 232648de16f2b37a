package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// importFlags are the flags of import. domain and app are for providers of resources, format and soa for those of zones.
type importFlags struct {
	provider, out string
	domain, app   string
	format        string
	soa           bool
}

// The formats of zone files that import writes.
const (
	formatBIND = "bind"
	formatYAML = "yaml"
)

func (c *common) importCommand() *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:   "import --provider NAME",
		Short: "Write zone files, or files of domains, for what a provider has already",
		Long: `Reads the zones that a provider has, and writes zone files that state them as they are: a plan with these files changes nothing. They go to standard output,
each below its name, or with --out into a folder, where no file is overwritten. What a file cannot say is in its comments. A zone that the zones repository has
already is left out unless --zone names it, and so is a secondary zone.

Of a provider of resources it lists what is there, and writes the files of domains that declare it as it is. What is declared in the zones repository already is
left out. A resource belongs to the zone of the zones repository that it is in, to the domain of a file that is there, to --domain, or is a domain of its own: the
first of these that there is.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.importAll(cmd.Context(), flags)
		},
	}
	cmd.Flags().StringVar(&flags.provider, "provider", "", "the provider `NAME`")
	cmd.Flags().StringVar(&flags.out, "out", "", "write the files into the folder `DIR`")
	cmd.Flags().StringArrayVar(&c.zones, "zone", nil, "only the zone `NAME` (can be repeated)")
	cmd.Flags().StringVar(&flags.format, "format", formatBIND, "`FORMAT` of zone files: "+formatBIND+", "+formatYAML)
	cmd.Flags().BoolVar(&flags.soa, "soa", false, "state the SOA too, so that its names and timers are managed")
	cmd.Flags().StringVar(&flags.domain, "domain", "", "of resources: the domain `NAME` has what is in no other zone or domain")
	cmd.Flags().StringVar(&flags.app, "app", "", "of resources: only the names of the application `NAME`")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if flags.format != formatBIND && flags.format != formatYAML {
			return &usageError{err: fmt.Errorf("--format %q: want one of %s, %s", flags.format, formatBIND, formatYAML)}
		}
		for _, one := range []string{"zone", "format", "soa"} {
			for _, other := range []string{"domain", "app"} {
				if cmd.Flags().Changed(one) && cmd.Flags().Changed(other) {
					return &usageError{err: fmt.Errorf("--%s is for providers of zones, and --%s for providers of resources", one, other)}
				}
			}
		}
		return nil
	}
	return cmd
}

// importAll imports what the provider has that is meant.
func (c *common) importAll(ctx context.Context, flags importFlags) error {
	w, err := c.openBase(ctx, true)
	if err != nil {
		return err
	}
	defer w.close()
	if w.targets, err = w.config.openProviders(nil); err != nil {
		return err
	}
	if target, ok := w.targets.zones[flags.provider]; ok {
		if flags.domain != "" || flags.app != "" {
			return &usageError{err: fmt.Errorf("--domain and --app are for providers of resources, and %s has zones", flags.provider)}
		}
		return c.importZones(ctx, w, target.reader(), flags)
	}
	if target, ok := w.targets.resources[flags.provider]; ok {
		if len(c.zones) > 0 || flags.soa || flags.format != formatBIND {
			return &usageError{err: fmt.Errorf("--zone, --format and --soa are for providers of zones, and %s has none", flags.provider)}
		}
		return c.importResources(ctx, w, target.reader().Reader, flags)
	}
	there := slices.Sorted(maps.Keys(w.config.providers))
	if flags.provider == "" {
		return &usageError{errors.New("import: --provider is missing"), "the providers of " + w.config.file + " are " + strings.Join(there, ", ")}
	}
	return &usageError{err: fmt.Errorf("--provider: there is no provider %q in %s; there are %s", flags.provider, w.config.file, strings.Join(there, ", "))}
}
