package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// verifyFlags are the flags of verify.
type verifyFlags struct {
	servers  []string
	resolver string
	within   time.Duration
	all      bool
}

func (c *common) verifyCommand() *cobra.Command {
	var flags verifyFlags
	cmd := &cobra.Command{
		Use:   "verify [ZONE...]",
		Short: "Ask the name servers whether they serve what the providers have",
		Long: `Fetches the zones from their providers and asks their name servers, over UDP and TCP, for the serial and for RRsets: those of the apex, all NS
and MX, and some of the others. The name servers are those under "verify" of the provider, without any those that the zone's NS RRset names.

With the URL of a running daemon as --server that asks them.

Exits with 1 if a server does not serve what the provider has.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			c.zones = append(c.zones, args...)
			return c.verify(cmd.Context(), flags)
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	c.verifyServerFlags(cmd, &flags)
	cmd.Flags().StringVar(&flags.resolver, "resolver", "", "find name servers with the resolver `ADDRESS`, not with that of the system")
	cmd.Flags().DurationVar(&flags.within, "within", 0, "ask again until all agree, for this `TIME`")
	cmd.Flags().BoolVar(&flags.all, "all", false, "compare all RRsets")
	return cmd
}

func (c *common) verify(ctx context.Context, flags verifyFlags) error {
	if c.remote.is() {
		return c.verifyAtServer(ctx, flags)
	}
	opts, err := flags.options()
	if err != nil {
		return err
	}
	w, err := c.openBase(ctx, true)
	if err != nil {
		return err
	}
	defer w.close()
	if w.targets, err = w.config.openProviders(nil); err != nil {
		return err
	}
	if err := c.readSource(ctx, w); err != nil {
		return err
	}
	verified, err := c.verifyZones(ctx, w, flags, opts)
	if err != nil {
		return err
	}
	return c.tellVerified(verified)
}

// tellVerified writes what was found, which decides how the command ends.
func (c *common) tellVerified(verified []verifiedZone) error {
	if err := c.writeVerified(verified); err != nil {
		return err
	}
	if slices.ContainsFunc(verified, func(z verifiedZone) bool { return !z.ok() }) {
		return exitStatus(exitError)
	}
	return nil
}

// options returns whom to ask.
func (f verifyFlags) options() (dnsquery.Options, error) {
	opts := dnsquery.Options{MaxRRsets: math.MaxInt} // what is asked for is chosen here
	if f.within < 0 {
		return opts, &usageError{err: fmt.Errorf("--within %s: want a time from 0s up", f.within)}
	}
	for _, text := range f.servers {
		server, err := dnsquery.ParseServer(text)
		if err != nil {
			return opts, &usageError{err: fmt.Errorf("--server: %w", err)}
		}
		opts.Servers = append(opts.Servers, server)
	}
	if f.resolver == "" {
		return opts, nil
	}
	server, err := dnsquery.ParseServer(f.resolver)
	if err != nil {
		return opts, &usageError{err: fmt.Errorf("--resolver: %w", err)}
	}
	addr, ok := server.Address()
	if !ok {
		return opts, &usageError{err: fmt.Errorf("--resolver %s: want an address, not a host name", f.resolver)}
	}
	opts.Resolver = addr
	return opts, nil
}

// verifier returns who asks the name servers of the target: those of opts, without any those of the configuration, and without those too the ones
// that a zone's NS RRset names.
func (t openedTarget) verifier(opts dnsquery.Options) reconcile.Verifier {
	if len(opts.Servers) == 0 {
		opts.Servers = t.config.verify
	}
	return dnsquery.New(opts)
}

// verifiedZone is what the name servers of a zone on a target said.
type verifiedZone struct {
	reconcile.Ref
	serial           uint32 // at the provider
	rrsets, compared int
	result           reconcile.Verification
	err              error
}

func (z verifiedZone) ok() bool { return z.err == nil && z.result.OK() }

// parallelVerifications is how many zones are verified at a time.
const parallelVerifications = 8

// verifyZones verifies the zones that are meant, on each of their targets.
func (c *common) verifyZones(ctx context.Context, w *workspace, flags verifyFlags, opts dnsquery.Options) ([]verifiedZone, error) {
	p := c.progress("verifying")
	defer p.done()
	// Whether a zone file is good has no say in what is live.
	findings, _, err := w.planner.Check(ctx, w.tree, w.only)
	if err != nil {
		return nil, err
	}
	var zones []verifiedZone
	for _, f := range findings {
		if f.Declares { // no zone
			continue
		}
		for _, target := range f.Targets {
			zones = append(zones, verifiedZone{Ref: reconcile.Ref{Zone: f.Zone, Target: target}})
		}
	}
	slices.SortFunc(zones, func(a, b verifiedZone) int { return a.Compare(b.Ref) })
	most := dnsquery.DefaultRRsets
	if flags.all {
		most = math.MaxInt
	}
	readers, verifiers := w.targets.readers(), map[string]reconcile.Verifier{}
	for name, t := range w.targets.zones {
		verifiers[name] = t.verifier(opts)
	}
	for _, z := range zones {
		p.zone(z.Ref, reconcile.Queued)
	}
	var group errgroup.Group
	group.SetLimit(parallelVerifications)
	for i := range zones {
		group.Go(func() error {
			p.zone(zones[i].Ref, reconcile.Verifying)
			defer p.zone(zones[i].Ref, reconcile.Finished)
			target := zones[i].Target
			zones[i].verify(ctx, readers[target].Reader, verifiers[target], flags.within, most)
			return nil
		})
	}
	_ = group.Wait() // no member returns an error: it is in its zone
	return zones, ctx.Err()
}

// verify fetches the zone and asks its name servers for at most so many of its RRsets.
func (z *verifiedZone) verify(ctx context.Context, from providers.ZoneReader, verifier reconcile.Verifier, within time.Duration, most int) {
	live, err := from.Fetch(ctx, z.Zone)
	if err != nil {
		z.err = err
		return
	}
	expect := reconcile.Expectation{Ref: z.Ref, Serial: live.Serial, Changes: expected(live.Zone, most), Served: live.Served(), Within: within}
	expect.Sampled = len(expect.Changes) < live.Zone.Len()
	z.serial, z.rrsets, z.compared = live.Serial, live.Zone.Len(), len(expect.Changes)
	z.result, z.err = verifier.Verify(ctx, expect)
}

// expected returns at most so many of the RRsets of a zone, as changes after which they are served.
func expected(zone *zonefile.Zone, most int) []reconcile.Change {
	keys := make([]zonefile.Key, 0, zone.Len())
	for set := range zone.All() {
		keys = append(keys, set.Key)
	}
	var changes []reconcile.Change
	for _, i := range dnsquery.Sample(keys, zone.Origin(), most) {
		if set, ok := zone.Get(keys[i]); ok {
			changes = append(changes, reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Update, Key: set.Key, New: &set})
		}
	}
	return changes
}

// writeVerified writes what was found, zone by zone.
func (c *common) writeVerified(zones []verifiedZone) error {
	if c.format == "json" {
		return c.stdout.writeJSON(verifiedDocument(zones))
	}
	states, failed := map[document.ServerState]int{}, 0
	for _, z := range zones {
		c.writeVerifiedZone(z)
		if z.err != nil {
			failed++
		}
		for _, s := range z.result.Servers {
			states[document.StateOfServer(s)]++
		}
	}
	line := fmt.Sprintf("Verified: %s.", render.Count(len(zones)-failed, "zone", "zones"))
	var parts []string
	for _, state := range []document.ServerState{document.ServerOK, document.ServerBehind, document.ServerWrong, document.ServerNoAnswer} {
		if n := states[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if parts != nil {
		line += fmt.Sprintf(" Servers: %s.", strings.Join(parts, ", "))
	}
	if failed > 0 {
		line += fmt.Sprintf(" Not verified because of errors: %s.", render.Count(failed, "zone", "zones"))
	}
	style := c.colours()
	fmt.Fprintf(c.stdout, "%s%s%s\n", style.Bold, line, style.Reset)
	return nil
}

func verifiedDocument(zones []verifiedZone) document.Verified {
	doc := document.Verified{Version: document.Version, Zones: make([]document.VerifiedZone, len(zones))}
	for i, z := range zones {
		doc.Zones[i] = document.VerifiedZone{
			Zone: z.Zone.String(), Target: z.Target, OK: z.ok(), Serial: z.serial, RRsets: z.rrsets, Compared: z.compared,
			Servers: document.OfServers(z.result.Servers), Notes: append([]string{}, z.result.Notes...), Error: document.OfError(z.err),
		}
	}
	return doc
}

// writeVerifiedZone writes the table of one zone: a line for each server, and below it what is wrong there.
func (c *common) writeVerifiedZone(z verifiedZone) {
	style := c.colours()
	fmt.Fprintf(c.stdout, "%s%s on %s%s", style.Bold, render.Name(z.Zone), z.Target, style.Reset)
	if z.err != nil {
		fmt.Fprintf(c.stdout, "\n  %serror:%s %s\n\n", style.Red, style.Reset, strings.ReplaceAll(render.Lines(z.err.Error()), "\n", "\n  "))
		return
	}
	fmt.Fprintf(c.stdout, ": serial %d, %d of %s compared\n", z.serial, z.compared, render.Count(z.rrsets, "RRset", "RRsets"))
	writeServers(c.stdout, z.result.Servers, style)
	for _, note := range z.result.Notes {
		fmt.Fprintf(c.stdout, "  note: %s\n", render.Shown(note))
	}
	fmt.Fprintln(c.stdout)
}

// writeServers writes a table: a line for each server, and below it what is wrong there.
func writeServers(w *output, servers []reconcile.ServerAnswer, style render.Style) {
	server, serial := len("server"), len("4294967295")
	for _, s := range servers {
		server = max(server, len(s.Server))
	}
	fmt.Fprintf(w, "  %s%-*s  %-*s  state%s\n", style.Dim, server, "server", serial, "serial", style.Reset)
	colour := map[document.ServerState]string{document.ServerOK: style.Green, document.ServerBehind: style.Yellow, document.ServerWrong: style.Red, document.ServerNoAnswer: style.Red}
	for _, s := range servers {
		number := "-"
		if s.Serial != 0 {
			number = fmt.Sprint(s.Serial)
		}
		state := document.StateOfServer(s)
		fmt.Fprintf(w, "  %-*s  %-*s  %s%s%s\n", server, render.Shown(s.Server), serial, number, colour[state], state, style.Reset)
		if s.Err != nil {
			fmt.Fprintf(w, "    %s\n", render.Shown(s.Err.Error()))
		}
		for _, wrong := range s.Wrong {
			fmt.Fprintf(w, "    %s\n", render.Shown(wrong))
		}
	}
}
