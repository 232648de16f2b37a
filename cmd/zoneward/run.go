package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/reconcile"
)

func (c *common) runCommand() *cobra.Command {
	var logFormat string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Watch the zones repository and keep the providers equal to it",
		Long: `Looks at the zones repository again and again (a directory is watched), plans and applies what has changed, and now and then
goes through all zones. What a guard holds waits for "zoneward apply". /healthz, /readyz and /metrics are on server.listen.

SIGTERM ends it when what is being written is finished.`,
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
	cfg, err := loadConfig(c.configFile, c.lookup, true)
	if err != nil {
		return err
	}
	metrics := server.NewMetrics(version())
	targets, err := cfg.openProviders(metrics.Call)
	if err != nil {
		return err
	}
	source, err := cfg.source.open(true, log)
	if err != nil {
		return fmt.Errorf("open the source: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	state, err := store.Open(ctx, cfg.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.Close()) }()

	// A round may take long at a slow provider: what counts as stuck is far more than a round and the pause before it.
	health := server.NewHealth(max(30*time.Minute, 10*cfg.source.interval))
	planner := cfg.planner()
	planner.Targets, planner.Resources, planner.Store = targets.readers(), targets.resourceReaders(), state
	loop := reconcile.Loop{
		Source:   source,
		Applier:  targets.applier(planner, state, actor(c.lookup, userAtHost)),
		Interval: cfg.source.interval, DriftInterval: cfg.drift, Log: log,
		Observe: func(r reconcile.Round) {
			health.Round(r)
			metrics.Round(r)
		},
	}
	web, err := server.Listen(ctx, cfg.listen, health, metrics)
	if err != nil {
		return err
	}
	log.Info("watching", "from", cfg.source.String(), "interval", cfg.source.interval, "drift_interval", cfg.drift, "listen", web.Addr(), "version", version())
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return web.Serve(running) })
	group.Go(func() error { loop.Run(running); return nil })
	if err := group.Wait(); err != nil {
		return err
	}
	log.Info("stopped")
	if errors.Is(context.Cause(ctx), errTerminated) {
		return nil
	}
	return ctx.Err()
}
