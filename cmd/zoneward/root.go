package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// common are the flags and the environment that all commands share.
type common struct {
	env
	configFile string
	zones      []string
	targets    []string
	format     string
	full       bool // every zone is fetched
	keeping
	remote remote
	finish func() // when all has been said
}

// newRoot returns the command line, which sets what its commands have in common.
func newRoot(c *common, args []string) *cobra.Command {
	e := c.env
	root := &cobra.Command{
		Use:   "zoneward",
		Short: "Keep live DNS equal to what a git repository says",
		Long: `zoneward reads zone files, works out how they differ from what each provider serves, and applies a reviewed
plan of creates, updates and soft deletes.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			err := errors.New("no command")
			if len(args) > 0 {
				err = fmt.Errorf("unknown command %q", args[0])
			}
			return &usageError{err, "zoneward --help lists the commands"}
		},
	}
	root.SetArgs(args)
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err, cmd.CommandPath() + " --help lists the flags"}
	})
	root.PersistentFlags().StringVarP(&c.configFile, "config", "c", defaultConfigFile, "configuration `FILE`")
	root.AddCommand(c.validateCommand(), c.fmtCommand(), c.planCommand(), c.snapshotCommand(), c.applyCommand(), c.statusCommand(), c.importCommand(), c.diffCommand(), c.adoptCommand(), c.restoreCommand(),
		c.trashCommand(), c.historyCommand(), c.rollbackCommand(), c.auditCommand(), c.suspendCommand(), c.resumeCommand(), c.verifyCommand(), c.ciCommand(), c.testCommand(), c.reconcileCommand(), c.serveCommand(), c.runCommand(), c.tokenCommand(),
		c.schemaCommand(), c.versionCommand())
	checkArgs(root.Commands())
	return root
}

// checkArgs has all commands make errors about arguments usageErrors.
func checkArgs(commands []*cobra.Command) {
	for _, command := range commands {
		command.Args = usageArgs(command.Args)
		checkArgs(command.Commands())
	}
}

// usageArgs makes an error about arguments a usageError.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check == nil {
			check = cobra.NoArgs
		}
		if err := check(cmd, args); err != nil {
			return &usageError{err, "usage: " + cmd.UseLine()}
		}
		return nil
	}
}

// selectFlags adds the flags that say which zones are meant.
func (c *common) selectFlags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&c.zones, "zone", nil, "only the zone `NAME` (can be repeated)")
	cmd.Flags().StringArrayVar(&c.targets, "target", nil, "only on the target `NAME` (can be repeated)")
}

// fullFlag adds --full.
func (c *common) fullFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.full, "full", false, "fetch every zone, also those that have not changed as far as their provider lists them")
}

// formatFlag adds --format.
func (c *common) formatFlag(cmd *cobra.Command, formats ...string) {
	c.format = formats[0]
	cmd.Flags().StringVar(&c.format, "format", formats[0], "`FORMAT` of the result: "+strings.Join(formats, ", "))
	check := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(formats, c.format) {
			return &usageError{err: fmt.Errorf("--format %q: want one of %s", c.format, strings.Join(formats, ", "))}
		}
		if check != nil {
			return check(cmd, args)
		}
		return nil
	}
}

// selection returns which zones are meant.
func (c *common) selection(cfg *config) (reconcile.Selection, error) {
	only, err := c.zoneSelection()
	if err != nil {
		return only, err
	}
	for _, target := range c.targets {
		if _, ok := cfg.providers[target]; !ok {
			return only, &usageError{err: fmt.Errorf("--target: there is no provider %q in %s", target, cfg.file)}
		}
	}
	return only, nil
}

// zoneSelection returns which zones and targets are meant, whatever targets there are.
func (c *common) zoneSelection() (reconcile.Selection, error) {
	only := reconcile.Selection{Targets: c.targets}
	for _, text := range c.zones {
		zone, err := zonefile.ParseUnicodeName(text, zonefile.Root)
		if err != nil {
			return only, &usageError{err: fmt.Errorf("--zone: %w", err)}
		}
		only.Zones = append(only.Zones, zone)
	}
	return only, nil
}

// workspace is what most commands work with: the configuration, the zones, the providers and the state.
type workspace struct {
	config  *config
	only    reconcile.Selection
	tree    reconcile.Tree
	source  reconcile.Source
	store   keeper
	planner *reconcile.Planner
	targets opened
	actor   string
}

// open opens everything that a plan needs. The caller closes it.
func (c *common) open(ctx context.Context, state openState) (*workspace, error) {
	w, err := c.openBase(ctx, true)
	if err != nil {
		return nil, err
	}
	if err := c.openTargets(ctx, w, state); err != nil {
		w.close()
		return nil, err
	}
	if err := c.readSource(ctx, w); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// readSource reads the zones repository, which may mean to clone it.
func (c *common) readSource(ctx context.Context, w *workspace) (err error) {
	defer c.progress("reading the zones repository").done()
	if w.tree, err = w.source.Tree(ctx); err != nil {
		return fmt.Errorf("read the source: %w", err)
	}
	return nil
}

// openBase reads the configuration and opens the source.
func (c *common) openBase(_ context.Context, secrets bool) (*workspace, error) {
	cfg, err := loadConfig(c.configFile, c.lookup, secrets)
	if err != nil {
		return nil, err
	}
	w := &workspace{config: cfg}
	if w.only, err = c.selection(cfg); err != nil {
		return nil, err
	}
	if w.source, err = cfg.source.open(false, nil); err != nil {
		return nil, fmt.Errorf("open the source: %w", err)
	}
	w.planner = cfg.planner()
	if w.planner.Vetter, err = cfg.source.vetter(w.source); err != nil {
		w.close()
		return nil, err
	}
	w.actor = actor(c.lookup, userAtHost)
	return w, nil
}

// openTargets opens the providers and the state.
func (c *common) openTargets(ctx context.Context, w *workspace, state openState) (err error) {
	if w.targets, err = w.config.openProviders(nil); err != nil {
		return err
	}
	w.planner.Targets, w.planner.Resources = w.targets.readers(), w.targets.resourceReaders()
	return c.openStore(ctx, w, state)
}

// openStore opens the state.
func (c *common) openStore(ctx context.Context, w *workspace, state openState) (err error) {
	if w.store, err = state(ctx, w.config.state, c.keeping); err != nil {
		return err
	}
	w.planner.Store, w.planner.Stateless, w.planner.Keepless = w.store, c.stateless, c.stateless && c.tombstones == ""
	return nil
}

func (w *workspace) applier() *reconcile.Applier {
	return w.targets.applier(w.planner, w.store, w.actor)
}

func (w *workspace) close() {
	if w.source != nil {
		_ = w.source.Close()
	}
	if w.store != nil {
		_ = w.store.Close()
	}
}

// hintFor says what to do about an error, if that is not plain.
func (c *common) hintFor(err error) string {
	if usage, ok := errors.AsType[*usageError](err); ok {
		return usage.hint
	}
	if advised, ok := errors.AsType[*advisedError](err); ok {
		return advised.hint
	}
	if hint := c.remoteHint(err); hint != "" {
		return hint
	}
	switch {
	case errors.Is(err, reconcile.ErrNoZones):
		return "source: in the configuration says where zoneward looks; nothing is ever retired because there is nothing to read. A repository with files of domains alone has zones: []"
	case errors.Is(err, git.ErrEmpty):
		return "source: in the configuration says where zoneward looks; nothing is ever retired because there is nothing to read"
	case errors.Is(err, reconcile.ErrNoTombstone), errors.Is(err, reconcile.ErrClosed):
		return c.commandLine("trash", "list", "--all") + " has the ids"
	case errors.Is(err, reconcile.ErrNoSuchPoint):
		return c.commandLine("history") + " has what was written, with commits and plans"
	case errors.Is(err, git.ErrUnstable):
		return "something is still writing there; try again when it is done"
	}
	return ""
}

// roundTime is a time as people want to see it.
func roundTime(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(100 * time.Microsecond)
}
