package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery/preview"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// defaultServe is where serve answers.
const defaultServe = "127.0.0.1:5300"

// serveFlags are the flags of serve.
type serveFlags struct {
	listen   string
	commit   string
	planFile string
	at       netip.AddrPort
}

func (c *common) serveCommand() *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "serve [PLAN]",
		Short: "Answer DNS queries for the zone files, before anything is live",
		Long: `Answers DNS queries on a loopback address as name servers would if they had the zones: those of the zone files, which are watched, so that an edit
is answered as soon as it is saved; those at a commit; or with a PLAN that "plan --out" saved, those that would be live after it. Nothing is written.

Ask it with dig; dig ZONE AXFR shows a whole zone. Nothing is signed. Ends with Ctrl-C or SIGTERM.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				flags.planFile = args[0]
			}
			return c.serve(cmd.Context(), flags)
		},
	}
	c.selectFlags(cmd)
	cmd.Flags().StringVar(&flags.listen, "listen", defaultServe, "answer at this loopback `ADDRESS`; port 0: one that is free")
	cmd.Flags().StringVar(&flags.commit, "commit", "", "answer for the zone files at the commit `REV`, and not for those of now")
	return cmd
}

// serve answers until ctx is done. That is a good end if SIGTERM was the cause.
func (c *common) serve(ctx context.Context, flags serveFlags) error {
	if flags.planFile != "" && flags.commit != "" {
		return &usageError{err: errors.New("a plan says itself what is live after it: --commit does not go with it")}
	}
	var err error
	if flags.at, err = preview.ParseAddress(flags.listen); err != nil {
		return &usageError{err: fmt.Errorf("--listen %w", err)}
	}
	cfg, err := loadConfig(c.configFile, c.lookup, flags.planFile != "")
	if err != nil {
		return err
	}
	only, err := c.selection(cfg)
	if err != nil {
		return err
	}
	server, err := preview.Listen(ctx, flags.at)
	if err != nil {
		return &advisedError{err, "--listen has it answer elsewhere"}
	}
	defer server.Close()
	p := &previewed{env: c.env, server: server, zones: map[zonefile.Name]*previewedZone{}}
	var follow func(context.Context) // nil if nothing changes any more
	switch {
	case flags.planFile != "":
		err = c.previewPlan(ctx, p, cfg, only, flags.planFile)
	case flags.commit != "":
		err = c.previewCommit(ctx, p, cfg, only, flags.commit)
	default:
		var source reconcile.Source
		if source, err = openToPreview(cfg.source, slog.New(slog.NewTextHandler(c.stderr, nil))); err != nil {
			return fmt.Errorf("open the source: %w", err)
		}
		defer func() { _ = source.Close() }()
		w := &previewSource{source: source, statements: statementsOf(cfg), only: only, interval: cfg.source.interval, to: p}
		err, follow = c.reading(func() error { return w.read(ctx) }), w.follow
	}
	if err != nil {
		return err
	}
	c.writeServing(p)
	var wg sync.WaitGroup
	if follow != nil {
		wg.Go(func() { follow(ctx) })
	}
	server.Serve(ctx)
	wg.Wait()
	if errors.Is(context.Cause(ctx), errTerminated) {
		return nil
	}
	return ctx.Err()
}

// reading shows that the zones repository is read.
func (c *common) reading(read func() error) error {
	defer c.progress("reading the zones repository").done()
	return read()
}

// statementsOf returns what reads the zone files. No provider has to be there for that.
func statementsOf(cfg *config) *reconcile.Statements {
	planner := cfg.planner()
	planner.Targets, planner.Resources = cfg.declared()
	return planner.Statements()
}

// previewCommit takes the zones at a commit of the repository that the source is, or that its directory is in.
func (c *common) previewCommit(ctx context.Context, p *previewed, cfg *config, only reconcile.Selection, revision string) error {
	repository, err := openToLookBack(cfg.source)
	if err != nil {
		return fmt.Errorf("open the source: %w", err)
	}
	defer func() { _ = repository.Close() }()
	return c.reading(func() error {
		tree, err := repository.At(ctx, revision)
		if errors.Is(err, git.ErrNoRevision) {
			return &usageError{err: fmt.Errorf("--commit: %w", err)}
		}
		if err != nil {
			return fmt.Errorf("read the source: %w", err)
		}
		stated, err := statementsOf(cfg).Read(ctx, tree, only)
		if err != nil {
			return err
		}
		return p.begin(candidatesOf(stated), remarksOn(stated))
	})
}

// openToLookBack opens the repository of a source, of which any commit can be read.
func openToLookBack(s sourceConfig) (*git.Repository, error) {
	opts := git.RepositoryOptions{MaxFileBytes: s.fileBytes()}
	if s.git == nil {
		var err error
		if opts.URL, opts.Path, err = git.Around(s.path); err != nil {
			return nil, err
		}
		return git.OpenRepository(opts)
	}
	source, err := s.open(false, nil)
	if err != nil {
		return nil, err
	}
	repository, ok := source.(*git.Repository)
	if !ok {
		return nil, errors.Join(fmt.Errorf("of %s only what is there now can be read", s), source.Close())
	}
	return repository, nil
}

// openToPreview opens a source to be followed by somebody who waits for it.
func openToPreview(s sourceConfig, log *slog.Logger) (reconcile.Source, error) {
	if s.git != nil {
		return s.open(true, log)
	}
	return git.OpenDirectory(git.DirectoryOptions{
		Dir: s.path, Skip: s.skips, Watch: true, Debounce: previewQuiet, MaxFileBytes: s.fileBytes(), Logger: log,
	})
}

// previewQuiet is how long a directory has to be quiet before it is read: a file that is saved is there at once, and what is half there is there for a moment only.
const previewQuiet = 100 * time.Millisecond

// plainOrigin matches names that a shell takes as they are.
var plainOrigin = regexp.MustCompile(`^[a-z0-9._-]+\.$`)

// writeServing says where what is answered, and how to ask.
func (c *common) writeServing(p *previewed) {
	at := p.server.Addr()
	records := 0
	example := "ZONE"
	for _, zone := range p.inOrder() {
		if zone.content == nil {
			continue
		}
		records += zone.content.Records()
		if text := zone.origin.String(); example == "ZONE" && plainOrigin.MatchString(text) {
			example = strings.TrimSuffix(text, ".")
		}
	}
	fmt.Fprintf(c.stdout, "Answering for %s, %s, at %s, over UDP and TCP.\n", render.Count(len(p.zones), "zone", "zones"), render.Count(records, "record", "records"), at)
	for _, what := range []string{"SOA", "AXFR"} {
		fmt.Fprintf(c.stdout, "  dig @%s -p %d %s %s\n", at.Addr(), at.Port(), example, what)
	}
}
