package main

import (
	"log/slog"
	"net/url"
	"path"
	"path/filepath"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/reconcile"
)

// open opens the source. With watch a directory gives hints when it changes; log is told what it cannot do.
func (s sourceConfig) open(watch bool, log *slog.Logger) (reconcile.Source, error) {
	if s.git == nil {
		return git.OpenDirectory(git.DirectoryOptions{Dir: s.path, Watch: watch, Logger: log})
	}
	opts := git.RepositoryOptions{URL: s.git.url, Branch: s.git.branch, Path: s.git.path, Logger: log}
	if s.git.token != nil {
		opts.Token = s.git.token.Value
	}
	return git.OpenRepository(opts)
}

// planner returns a planner for the rules of the configuration, which has no providers yet.
func (c *config) planner() *reconcile.Planner {
	p := &reconcile.Planner{Rules: c.rules, Folder: c.source.folder()}
	if own, err := filepath.Rel(c.source.path, c.file); c.source.git == nil && err == nil {
		p.NotZones = []string{filepath.ToSlash(own)}
	}
	return p
}

// folder returns what stands in front of the names of zone files where they are shown.
func (s sourceConfig) folder() string {
	if s.git == nil {
		return s.dir
	}
	return path.Clean(s.git.path)
}

// String returns what is read, without a user and a password.
func (s sourceConfig) String() string {
	if s.git == nil {
		return s.dir
	}
	address, err := url.Parse(s.git.url)
	if err != nil {
		return "git"
	}
	address.User = nil
	return address.String()
}
