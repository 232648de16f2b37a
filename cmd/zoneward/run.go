package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
)

func (c *common) runCommand() *cobra.Command {
	var logFormat string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Watch the zones repository and keep the providers equal to it",
		Long: `Looks at the zones repository again and again (a directory is watched), plans and applies what has changed, and now and then
goes through all zones. What a guard holds waits for "zoneward apply". /healthz, /readyz and /metrics are on server.listen.

The configuration is read again when it changes; one that has an error is said, and the one before goes on. SIGTERM ends it when what is being written is
finished.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var handler slog.Handler
			switch logFormat {
			case "json":
				handler = slog.NewJSONHandler(c.stderr, nil)
			case "text":
				handler = slog.NewTextHandler(c.stderr, nil)
			default:
				return &usageError{err: fmt.Errorf("--log-format %q: want text or json", logFormat)}
			}
			return c.watch(cmd.Context(), slog.New(handler))
		},
	}
	cmd.Flags().StringVar(&logFormat, "log-format", "text", "`FORMAT` of the log: text, json")
	return cmd
}

// watch runs the daemon until ctx is done. That is a good end if SIGTERM was the cause.
func (c *common) watch(ctx context.Context, log *slog.Logger) (err error) {
	content, err := readConfig(c.configFile)
	if err != nil {
		return err
	}
	cfg, err := parseConfig(c.configFile, content, c.lookup, true)
	if err != nil {
		return err
	}
	release, err := onlyDaemon(cfg.state)
	if err != nil {
		return err
	}
	defer release()
	state, err := store.Open(ctx, cfg.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	d := &daemon{common: c, log: log, state: state, health: server.NewHealth(heartbeat), started: time.Now()}
	d.metrics = server.NewMetrics(server.MetricsOptions{Version: version(), Health: d.health})
	d.api = server.NewAPI(daemonAPI{d}, log)
	e, err := d.start(cfg)
	if err != nil {
		return err
	}
	web, err := server.Listen(ctx, server.Options{
		Address: cfg.server.listen, Health: d.health, Metrics: d.metrics, Hooks: &d.hooks, API: d.api, TLS: cfg.server.tls, PprofAddress: cfg.server.pprof, Log: log,
	})
	if err != nil {
		return errors.Join(err, e.source.Close())
	}
	d.setAccess(cfg.server)
	d.engage(ctx, e) // before somebody asks
	log.Info("watching", "from", cfg.source.String(), "interval", cfg.source.interval, "drift_interval", cfg.drift, "listen", web.Addr(), "version", version())
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return web.Serve(running) })
	group.Go(func() error { return d.run(running, e, sha256.Sum256(content)) })
	if err := group.Wait(); err != nil {
		return err
	}
	log.Info("stopped")
	if errors.Is(context.Cause(ctx), errTerminated) {
		return nil
	}
	return ctx.Err()
}

// onlyDaemon keeps other daemons from working with a state file until release is called, or the process has ended: they would not harm zones, which have locks of
// their own, but each would tell people the same. Commands are not kept from it.
func onlyDaemon(state string) (release func(), err error) {
	lock := flock.New(state + daemonLock)
	locked, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock the state for this daemon: %w", err)
	case !locked:
		return nil, &usageError{
			fmt.Errorf("another daemon works with the state file %s", state), "end that one first, or give this one a configuration with another state:",
		}
	}
	return func() { _ = lock.Unlock() }, nil
}

// daemonLock is what the file is called, behind the name of the state file, that a daemon has locked.
const daemonLock = ".daemon"
