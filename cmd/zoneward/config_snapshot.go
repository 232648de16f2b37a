package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/livefile"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// snapshotFlags say that plans are made from a file with what providers had, see snapshotCommand.
type snapshotFlags struct {
	file   string
	maxAge time.Duration
}

// usualMaxAge is how old a snapshot may be unless it is said.
const usualMaxAge = 24 * time.Hour

// add adds the flags to a command.
func (f *snapshotFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "snapshot", "", "plan from the snapshot in `FILE`, and ask no provider (implies --stateless)")
	cmd.Flags().DurationVar(&f.maxAge, "max-age", usualMaxAge, "with --snapshot: refuse one that is older than `TIME`")
	check := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		given := cmd.Flags().Changed("snapshot")
		switch {
		case given && f.file == "":
			return &usageError{err: errors.New("--snapshot: want the name of a file")}
		case !given && cmd.Flags().Changed("max-age"):
			return &usageError{errors.New("--max-age is for --snapshot"), "give both, or neither"}
		case f.maxAge <= 0:
			return &usageError{err: fmt.Errorf("--max-age %s: want a time from 1s up", f.maxAge)}
		}
		if check != nil {
			return check(cmd, args)
		}
		return nil
	}
}

// snapshotUnfit are the flags of add.
var snapshotUnfit = unfit{"snapshot": daemonReads, "max-age": daemonReads}

// daemonReads is why a snapshot makes no sense where a daemon does the work.
const daemonReads = "the daemon asks the providers"

// is reports whether a snapshot is planned from.
func (f snapshotFlags) is() bool { return f.file != "" }

// at returns when the snapshot was made, the zero Time if there is none.
func (f snapshotFlags) at() (time.Time, error) {
	if !f.is() {
		return time.Time{}, nil
	}
	return livefile.MadeAt(f.file)
}

// openSnapshot has the planner of a workspace plan from a snapshot, and opens a state that has nothing: no provider can be asked, and no secret is read. The
// configuration may have been read without its secrets.
func (c *common) openSnapshot(ctx context.Context, w *workspace, f snapshotFlags) error {
	reading := c.progress("reading the snapshot")
	file, err := livefile.Open(f.file, livefile.Limits{})
	reading.done()
	if err != nil {
		return fmt.Errorf("read the snapshot: %w", err)
	}
	if err := file.Fresh(readClock().Wall, f.maxAge); err != nil {
		return &advisedError{fmt.Errorf("%s: %w", f.file, err), c.commandLine("snapshot", "--out", f.file) + " makes one; --max-age takes an older one"}
	}
	if w.planner.Targets, w.planner.Resources, err = w.config.snapshotTargets(file); err != nil {
		return err
	}
	w.planner.Prober, w.planner.Domains = file.Prober(), w.config.domains.after(file.Texts()).options()
	c.stateless = true
	return c.openStore(ctx, w, toPlan)
}

// tell adds to a plan that it was made from a snapshot, if it was.
func (f snapshotFlags) tell(plan *reconcile.Plan) error {
	at, err := f.at()
	if err == nil && f.is() {
		plan.Notices = append(plan.Notices, fmt.Sprintf("made from the snapshot of %s: what is live now can be something else", render.Stamp(at)))
	}
	return err
}

// after returns r with what references stood for somewhere else.
func (r domainReferences) after(known map[string]string) domainReferences {
	r.known, r.blind = known, false
	return r
}

// snapshotTargets returns the providers of the configuration as they answered when a snapshot was made. What they know without asking anybody, such as how they write
// data, the real ones say, which are opened without their secrets, and with nothing that could reach anybody.
func (c *config) snapshotTargets(file *livefile.File) (map[string]reconcile.Target, map[string]reconcile.ResourceTarget, error) {
	zones, resources := map[string]reconcile.Target{}, map[string]reconcile.ResourceTarget{}
	var errs []error
	nobody := &http.Client{Transport: unreachable{}}
	for _, name := range slices.Sorted(maps.Keys(c.providers)) {
		config, err := c.providers[name].sealed()
		if err != nil {
			errs = append(errs, err) // it says where it is
			continue
		}
		if config.openResources != nil {
			p, err := config.openResources(nobody)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: providers.%s: %w", config.at, name, err))
				continue
			}
			target := openedResources{p, config}.reader()
			target.Reader = file.Resources(name, target.System, target.Reader)
			resources[name] = target
			continue
		}
		p, err := config.open(nobody)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: providers.%s: %w", config.at, name, err))
			continue
		}
		target := openedTarget{p, config}.reader()
		_, keeps := providers.As[providers.ZonePurger](p)
		target.Reader = file.Zones(name, target.System, p.Normalize, keeps)
		if target.Signer != nil {
			target.Signer = file.Signer(name, target.System)
		}
		target.Revisions = nil // they are asked for, and no plan needs them
		zones[name] = target
	}
	if len(errs) > 0 {
		return nil, nil, &usageError{errors.Join(errs...), "a plan from a snapshot needs no secret, but whatever else the configuration names"}
	}
	return zones, resources, nil
}

// unreachable is a transport by which nobody is reached.
type unreachable struct{}

// RoundTrip implements [http.RoundTripper].
func (unreachable) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("%s %s: nobody is asked where a plan is made from a snapshot", r.Method, r.URL.Redacted())
}
