package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// testsFolder is where the DNS tests are, below the source directory.
const testsFolder = "tests"

// testMode says what DNS tests are run against.
type testMode string

const (
	againstPlan    testMode = "plan"    // the zones as they are after the plan
	againstFiles   testMode = "offline" // what the zone files state
	againstServers testMode = "live"    // the name servers
)

// testFlags are the flags of test.
type testFlags struct {
	live, offline, strict bool
	servers               []string
	within                time.Duration
}

func (c *common) testCommand() *cobra.Command {
	var flags testFlags
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Run the DNS tests of the zones repository",
		Long: `Runs the tests in tests/ of the zones repository: what must be true of DNS. They are run against the zones as they would be after an apply, which is
planned for it and not done; with --offline against what the zone files state, and no provider is asked; or with --live against the name servers, after an apply.

Exits with 1 if a test has failed, or a file of tests has an error. What nobody can tell from the zones at hand is not decided, and leaves it at 0 unless --strict is
given.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.test(cmd.Context(), flags)
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	c.statelessFlags(cmd)
	cmd.Flags().BoolVar(&flags.live, "live", false, "ask the name servers")
	cmd.Flags().BoolVar(&flags.offline, "offline", false, "ask nobody: take the zones as their files state them")
	cmd.Flags().BoolVar(&flags.strict, "strict", false, "have a test that cannot be decided fail")
	cmd.Flags().StringArrayVar(&flags.servers, "server-address", nil, "with --live: ask the name server at `ADDRESS`, and no others (can be repeated)")
	cmd.Flags().DurationVar(&flags.within, "within", 30*time.Second, "with --live: run what fails again, for this `TIME`")
	check := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if flags.live && flags.offline {
			return &usageError{err: errors.New("--live asks the name servers, and --offline nobody: give one of them")}
		}
		for _, name := range []string{"server-address", "within"} {
			if cmd.Flags().Changed(name) && !flags.live {
				return &usageError{err: fmt.Errorf("--%s is for --live", name)}
			}
		}
		if flags.within < 0 {
			return &usageError{err: fmt.Errorf("--within %s: want a time from 0s up", flags.within)}
		}
		return check(cmd, args)
	}
	return cmd
}

// mode returns what the flags ask for.
func (f testFlags) mode() testMode {
	switch {
	case f.live:
		return againstServers
	case f.offline:
		return againstFiles
	}
	return againstPlan
}

func (c *common) test(ctx context.Context, flags testFlags) error {
	servers, err := flags.nameServers()
	if err != nil {
		return err
	}
	w, err := c.openToTest(ctx, flags)
	if err != nil {
		return err
	}
	defer w.close()
	suite, problems := dnstest.Read(w.tree.FS, testsFolder)
	if len(w.only.Zones) > 0 {
		suite = suite.Touching(w.only.Zones...)
	}
	tested := testedZones{mode: flags.mode(), problems: problems, folder: w.planner.Folder}
	if suite.Len() > 0 {
		if tested.results, err = c.runTests(ctx, w, suite, flags, servers); err != nil {
			return err
		}
	}
	if err := c.writeTested(tested); err != nil {
		return err
	}
	if len(problems) > 0 || tested.count(dnstest.Failed) > 0 || flags.strict && tested.count(dnstest.Undecided) > 0 {
		return exitStatus(exitError)
	}
	return nil
}

// nameServers returns the servers that are to be asked, none for those of the configuration.
func (f testFlags) nameServers() ([]dnsquery.Server, error) {
	var servers []dnsquery.Server
	for _, text := range f.servers {
		server, err := dnsquery.ParseServer(text)
		if err != nil {
			return nil, &usageError{err: fmt.Errorf("--server-address: %w", err)}
		}
		servers = append(servers, server)
	}
	return servers, nil
}

// openToTest opens what the tests need: for a plan all that a plan needs, otherwise no provider.
func (c *common) openToTest(ctx context.Context, flags testFlags) (*workspace, error) {
	if flags.mode() == againstPlan {
		return c.open(ctx, toPlan)
	}
	w, err := c.openBase(ctx, flags.live) // the addresses of name servers may be named
	if err != nil {
		return nil, err
	}
	w.planner.Targets, w.planner.Resources = w.config.declared()
	if err := c.readSource(ctx, w); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// runTests runs the tests against what the flags ask for.
func (c *common) runTests(ctx context.Context, w *workspace, suite *dnstest.Suite, flags testFlags, servers []dnsquery.Server) (results []dnstest.Result, err error) {
	// Whether a zone file is good has no say in which zones there are.
	findings, _, err := w.planner.Check(ctx, w.tree, reconcile.Selection{})
	if err != nil {
		return nil, err
	}
	refs := refsOf(findings)
	if flags.live {
		asking := c.progress("asking the name servers")
		results = suite.Await(ctx, dnstest.NewServers(refs, w.config.asking(refs, servers)), flags.within)
		asking.done()
	} else {
		zones, err := c.zonesToTest(ctx, w, flags.mode())
		if err != nil {
			return nil, err
		}
		zones = append(zones, dnstest.Unread(refs, zones, "it is not among the zones that are asked for")...)
		results = suite.Run(ctx, dnstest.NewZones(zones...))
	}
	if len(w.only.Targets) > 0 {
		results = slices.DeleteFunc(results, func(r dnstest.Result) bool { return r.Target != "" && !slices.Contains(w.only.Targets, r.Target) })
	}
	return results, ctx.Err()
}

// refsOf returns the zones of findings on their targets.
func refsOf(findings []reconcile.Finding) []reconcile.Ref {
	var refs []reconcile.Ref
	for _, f := range findings {
		if f.Declares { // no zone
			continue
		}
		for _, target := range f.Targets {
			refs = append(refs, reconcile.Ref{Zone: f.Zone, Target: target})
		}
	}
	return refs
}

// zonesToTest returns the zones that are meant, as they are after the plan or as their files state them.
func (c *common) zonesToTest(ctx context.Context, w *workspace, mode testMode) ([]dnstest.Zone, error) {
	if mode == againstFiles {
		stated, err := w.planner.Statements().Read(ctx, w.tree, w.only)
		if err != nil {
			return nil, err
		}
		return statedZones(stated), nil
	}
	c.full = true // a zone that was not fetched is not known
	plan, err := c.makePlan(ctx, w)
	if err != nil {
		return nil, err
	}
	return dnstest.Planned(plan), nil
}

// statedZones returns the zones as their files state them. What resources have published in a zone is not among that.
func statedZones(stated reconcile.Stated) []dnstest.Zone {
	publishing := map[zonefile.Name]string{}
	for _, file := range stated.Declaring {
		if domain, ok := domainfile.DomainOf(path.Base(file)); ok {
			publishing[domain] = file
		}
	}
	zones := make([]dnstest.Zone, len(stated.Zones))
	for i, z := range stated.Zones {
		zones[i] = dnstest.Zone{Ref: z.Ref, Content: z.Zone}
		if z.Err != nil {
			zones[i].Unknown = firstLine(z.Err)
		}
		for domain, file := range publishing {
			if domain.In(z.Ref.Zone) {
				zones[i].Unknown = fmt.Sprintf("what %s has published is known to its providers alone", file)
			}
		}
	}
	return zones
}

// asking returns what asks the name servers of zones, by target: those that are given, or those of the configuration, or else those that a zone's NS RRset names.
func (c *config) asking(refs []reconcile.Ref, given []dnsquery.Server) map[string]*dnsquery.Verifier {
	verifiers := map[string]*dnsquery.Verifier{}
	for _, ref := range refs {
		if verifiers[ref.Target] != nil {
			continue
		}
		servers := given
		if len(servers) == 0 {
			servers = c.providers[ref.Target].verify
		}
		verifiers[ref.Target] = dnsquery.New(dnsquery.Options{Servers: servers})
	}
	return verifiers
}
