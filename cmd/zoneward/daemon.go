package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/reconcile"
)

// daemon is what runs as long as the program does: the state, and what is told over HTTP. What follows from the configuration is in an engine, of which there is
// one after another.
type daemon struct {
	*common
	log     *slog.Logger
	state   *store.Store
	health  *server.Health
	metrics *server.Metrics
	api     *server.API
	hooks   hookSwitch
	started time.Time

	mu     sync.Mutex
	engine *engine
	// refused is why the configuration that is there now is not in force, nil if it is, and loaded when that in force was read.
	refused error
	loaded  time.Time
}

// engine is what works with one configuration.
type engine struct {
	config  *config
	source  reconcile.Source
	targets opened
	planner *reconcile.Planner
	applier *reconcile.Applier
	loop    *reconcile.Loop
	teller  *teller       // nil if nobody is told anything
	pulls   *pullRequests // nil if nothing is known of any
}

// heartbeat is how long a loop may be silent. It beats every few seconds.
const heartbeat = time.Minute

// current returns the engine that works now.
func (d *daemon) current() *engine {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.engine
}

// start opens what a configuration needs. Nothing of it works before its loop runs.
func (d *daemon) start(cfg *config) (*engine, error) {
	if err := d.refuseNeeds(cfg.policies()); err != nil {
		return nil, err
	}
	targets, err := cfg.openProviders(d.metrics.Call)
	if err != nil {
		return nil, err
	}
	if err := checkNotifications(cfg.notifications); err != nil {
		return nil, fmt.Errorf("%s: %w", cfg.file, err)
	}
	source, err := d.openSource(cfg.source)
	if err != nil {
		return nil, fmt.Errorf("open the source: %w", err)
	}
	e := &engine{config: cfg, source: source, targets: targets, planner: cfg.planner()}
	if e.planner.Vetter, err = cfg.source.vetter(source); err != nil {
		return nil, errors.Join(err, d.closeSource(source))
	}
	e.planner.Targets, e.planner.Resources, e.planner.Store, e.planner.Unattended = targets.readers(), targets.resourceReaders(), d.state, true
	if e.pulls, err = d.pullRequests(e); err != nil {
		return nil, errors.Join(err, d.closeSource(source))
	}
	if e.pulls != nil {
		e.planner.Reviewer = e.pulls.reviewer
	}
	e.applier = targets.applier(e.planner, d.state, actor(d.lookup, userAtHost))
	if len(cfg.notifications) > 0 {
		e.teller = d.newTeller(cfg.notifications)
	}
	e.loop = reconcile.NewLoop(reconcile.LoopOptions{
		Source: source, Applier: e.applier, Interval: cfg.source.interval, DriftInterval: cfg.drift, Log: d.log,
		OnBeat: d.health.Beat,
		OnLook: func(look reconcile.Look) {
			if look.Changed {
				e.pulls.look(false)
			}
			d.health.Look(look)
			d.metrics.Look(look)
			e.teller.look(look)
		},
		OnRound: func(round reconcile.Round) {
			d.metrics.Round(round)
			e.teller.round(round)
		},
	})
	return e, nil
}

// openSource opens a source, or returns the one that is open if that is the same: a clone is kept for one at a time.
func (d *daemon) openSource(s sourceConfig) (reconcile.Source, error) {
	if e := d.current(); e != nil && e.config.source.same(s) {
		return e.source, nil
	}
	return s.openObserved(true, func(c git.Contact) { d.metrics.Git(c.Operation, c.Took, c.Err) }, d.log)
}

// closeSource closes a source, unless the engine that works now has it too.
func (d *daemon) closeSource(source reconcile.Source) error {
	if e := d.current(); e != nil && e.source == source {
		return nil
	}
	return source.Close()
}

// engage has an engine be the one that works.
func (d *daemon) engage(ctx context.Context, e *engine) {
	e.teller.begin(ctx, d.log)
	d.mu.Lock()
	again := d.engine != nil
	d.engine, d.refused, d.loaded = e, nil, time.Now()
	d.mu.Unlock()
	if again {
		e.pulls.look(true)
	}
	repository, branch := e.config.source.String(), ""
	if e.config.source.git != nil {
		branch = e.config.source.git.branch
	}
	d.hooks.set(d.hooksOf(e))
	d.metrics.Watch(e.loop.Status)
	d.metrics.WatchPulls(e.pulls.counts)
	d.metrics.Configured(repository, branch, e.config.server.mostZones, calendarsOf(e.config))
	d.metrics.Reload(nil)
	e.teller.config(nil)
}

// setAccess puts tokens and identities in force. They are those of the configuration that was read last, which may be newer than the one that is worked with.
func (d *daemon) setAccess(c serverConfig) {
	if err := errors.Join(d.api.SetTokens(c.tokens), d.api.SetOIDC(c.oidc)); err != nil { // they were checked
		d.log.Error("tokens refused, those before count", "err", err)
	}
}

// calendarsOf returns the calendars of all policies.
func calendarsOf(c *config) []reconcile.Calendar {
	var all []reconcile.Calendar
	for _, policy := range c.policies() {
		all = append(all, policy.Freeze)
	}
	return all
}

// run works until ctx is done, with one configuration after another. The first is engaged.
func (d *daemon) run(ctx context.Context, first *engine, from contentSum) error {
	changed := make(chan *engine)
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { d.watchConfig(running, from, changed); return nil })
	group.Go(func() error {
		for e := first; e != nil; {
			next := d.runUntil(running, e, changed)
			if next != nil {
				d.engage(running, next)
			}
			e = next
		}
		return nil
	})
	return group.Wait()
}

// runUntil has an engine work until there is another one, which it returns, or the program ends.
func (d *daemon) runUntil(ctx context.Context, e *engine, changed <-chan *engine) (next *engine) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var loop, telling sync.WaitGroup
	loop.Go(func() { e.loop.Run(ctx) })
	loop.Go(func() { e.pulls.run(ctx) })
	last, enough := context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		enough()
		telling.Wait()
	}()
	telling.Go(func() { e.teller.run(last) }) // what the loop does at last is noted too
	telling.Go(func() { e.pulls.tellApplied(last) })
	select {
	case <-ctx.Done():
	case next = <-changed:
		stop() // what is being written is finished
	}
	loop.Wait()
	if next == nil || next.source != e.source {
		if err := e.source.Close(); err != nil {
			d.log.Warn("source left something behind", "err", err)
		}
	}
	return next
}

// How often is looked whether the configuration has changed. It is a small file, and a mounted ConfigMap gives no notice that can be relied on.
const configInterval = 2 * time.Second

// How often a configuration that was refused is tried again: what it names, as the file of a secret, may come after it.
const refusedInterval = 10 * time.Second

// contentSum tells contents apart.
type contentSum [sha256.Size]byte

// watchConfig looks again and again whether the configuration has changed, and sends an engine for it. One that cannot be used is said, and the old one goes
// on.
func (d *daemon) watchConfig(ctx context.Context, seen contentSum, changed chan<- *engine) {
	tick := time.NewTicker(configInterval)
	defer tick.Stop()
	var sent *engine    // the last one
	var again time.Time // when one that was refused is tried again; zero if none was
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		content, err := os.ReadFile(d.configFile)
		sum := sha256.Sum256(content)
		if err != nil {
			sum = sha256.Sum256([]byte(err.Error()))
		}
		if sum == seen && (again.IsZero() || time.Now().Before(again)) {
			continue
		}
		if sent != nil && d.current() != sent {
			// What the one before is writing is being finished. A token that is taken away does not wait for that; all else does.
			if cfg, err := parseConfig(d.configFile, content, d.lookup, true); err == nil {
				d.setAccess(cfg.server)
			}
			continue
		}
		seen, again = sum, time.Time{}
		e, err := d.reload(content, err)
		if err != nil {
			again = time.Now().Add(refusedInterval)
			d.refuse(err)
			continue
		}
		if e == nil {
			continue
		}
		d.setAccess(e.config.server) // at once: one that was taken away counts no more while what is being written is finished
		select {
		case changed <- e:
			sent = e
			d.log.Info("configuration read again", "from", e.config.source.String())
		case <-ctx.Done():
			_ = d.closeSource(e.source)
			return
		}
	}
}

// reload returns an engine for a configuration that was read with that error.
func (d *daemon) reload(content []byte, err error) (*engine, error) {
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	cfg, err := parseConfig(d.configFile, content, d.lookup, true)
	if err != nil {
		return nil, err
	}
	if err := cfg.sameProcess(d.current().config); err != nil {
		return nil, err
	}
	return d.start(cfg)
}

// refuse says, once, that the configuration that is there now is not in force.
func (d *daemon) refuse(err error) {
	d.mu.Lock()
	known := d.refused != nil && d.refused.Error() == err.Error()
	d.refused = err
	e := d.engine
	d.mu.Unlock()
	if known {
		return
	}
	d.metrics.Reload(err)
	d.log.Error("configuration refused, the one before goes on", "err", err)
	e.teller.config(err)
}

// sameProcess returns an error if something has changed that a running program cannot change.
func (c *config) sameProcess(before *config) error {
	var errs []error
	for _, fixed := range []struct{ key, before, now string }{
		{"state", before.state, c.state},
		{"server.listen", before.server.listen, c.server.listen},
		{"server.pprof", before.server.pprof, c.server.pprof},
		{"server.tls.certificate", before.server.tls.Certificate, c.server.tls.Certificate},
		{"server.tls.key", before.server.tls.Key, c.server.tls.Key},
	} {
		if fixed.before != fixed.now {
			errs = append(errs, fmt.Errorf("%s: %s cannot change from %q to %q while the program runs: start it anew", c.file, fixed.key, fixed.before, fixed.now))
		}
	}
	return errors.Join(errs...)
}
