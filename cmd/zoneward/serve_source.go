package main

import (
	"context"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// previewSource follows the zones repository.
type previewSource struct {
	source     reconcile.Source
	statements *reconcile.Statements
	only       reconcile.Selection
	interval   time.Duration // between looks where there are no hints
	to         *previewed

	began    bool
	revision string // that was read last
	failure  string // of the last look, not to say it again and again
}

// afterFailure is how long it is to the next look after one that failed: somebody is in the middle of something.
const afterFailure = time.Second

// read reads the zones as they are now, and has them answered for.
func (s *previewSource) read(ctx context.Context) error {
	tree, err := s.source.Tree(ctx)
	if err != nil {
		return fmt.Errorf("read the source: %w", err)
	}
	if s.began && tree.Revision == s.revision {
		return nil
	}
	stated, err := s.statements.Read(ctx, tree, s.only)
	if err != nil {
		return err
	}
	if s.began {
		s.to.change(candidatesOf(stated))
	} else if err := s.to.begin(candidatesOf(stated), remarksOn(stated)); err != nil {
		return err
	}
	s.began, s.revision = true, tree.Revision
	return nil
}

// follow reads the zones whenever they may have changed, until ctx is done. What cannot be read is said, and leaves all as it is.
func (s *previewSource) follow(ctx context.Context) {
	wait := s.interval
	for {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-s.source.Changed():
		}
		timer.Stop()
		wait = s.interval
		err := s.read(ctx)
		if ctx.Err() != nil {
			return
		}
		failure := ""
		if err != nil {
			failure, wait = err.Error(), min(wait, afterFailure)
		}
		if failure != s.failure && failure != "" {
			fmt.Fprintf(s.to.stderr, "error: %s\n  answered is what was there before\n", render.Lines(failure))
		}
		s.failure = failure
	}
}
