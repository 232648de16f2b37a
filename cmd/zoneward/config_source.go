package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/reconcile"
)

// open opens the source. With watch a directory, and a repository on this machine, gives hints when it changes; log is told what it cannot do.
func (s sourceConfig) open(watch bool, log *slog.Logger) (reconcile.Source, error) {
	return s.openObserved(watch, nil, log)
}

// openObserved is open, and observe is told of each contact with a git server.
func (s sourceConfig) openObserved(watch bool, observe func(git.Contact), log *slog.Logger) (reconcile.Source, error) {
	if s.git == nil {
		opts := git.DirectoryOptions{Dir: s.path, Skip: s.skips, Watch: watch, MaxFileBytes: s.fileBytes(), Logger: log}
		if watch {
			// Nobody waits for the daemon, and what is copied slowly must be there whole.
			opts.Debounce = watchQuiet
		}
		return git.OpenDirectory(opts)
	}
	return s.git.open(s.fileBytes(), watch, observe, log)
}

// open opens a repository whose files have at most so many octets. observe is told of each contact with its server, and may be nil.
func (g *gitConfig) open(fileBytes int64, watch bool, observe func(git.Contact), log *slog.Logger) (*git.Repository, error) {
	opts := git.RepositoryOptions{
		URL: g.url, Branch: g.branch, Path: g.path, Watch: watch, MaxFileBytes: fileBytes, Logger: log, Observe: observe, Timeout: g.timeout,
		CAFile: g.caFile, Implementation: g.implementation, MaxRepositoryBytes: g.maxSize,
	}
	if watch {
		opts.Dir = g.cloneDir()
	}
	if g.token != nil {
		opts.Token = g.token.Value
	}
	if g.app != nil {
		opts.GitHubApp = new(g.app.options())
	}
	if g.sshKey != nil {
		opts.SSH.Key = g.sshKey.Value
	}
	if g.passphrase != nil {
		opts.SSH.Passphrase = g.passphrase.Value
	}
	opts.SSH.KnownHostsFile = g.knownHosts
	return git.OpenRepository(opts)
}

// options returns who asks for tokens.
func (a *appConfig) options() git.GitHubApp {
	return git.GitHubApp{ID: a.id, InstallationID: a.installation, Key: a.key.Value, APIURL: a.api}
}

// cloneDir returns the directory of the clone, which is for one at a time, empty for a temporary one. What is cloned in another way has another one.
func (g *gitConfig) cloneDir() string {
	if g.clone == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(g.identity()))
	return filepath.Join(g.clone, hex.EncodeToString(sum[:8]))
}

// identity is a text that is the same for repositories that are reached in the same way. It has no secrets in it.
func (g *gitConfig) identity() string {
	named := func(s *secret) string {
		if s == nil {
			return ""
		}
		return s.template
	}
	text := fmt.Sprintf("%q %q %q %q %q %q %q %q %q %d %s", g.url, g.branch, g.path, named(g.token), named(g.sshKey), named(g.passphrase), g.knownHosts, g.caFile,
		g.implementation, g.maxSize, g.timeout)
	if g.app != nil {
		text += fmt.Sprintf(" %q %d %q %q", g.app.id, g.app.installation, g.app.key.template, g.app.api)
	}
	return text
}

// same reports whether two configurations are of the same source, reached in the same way.
func (s sourceConfig) same(other sourceConfig) bool {
	if s.fileBytes() != other.fileBytes() {
		return false
	}
	if s.git == nil || other.git == nil {
		return s.git == nil && other.git == nil && s.path == other.path && slices.Equal(s.own, other.own)
	}
	return s.git.identity() == other.git.identity() && s.git.clone == other.git.clone
}

// vetter returns what says whether commits are signed by somebody who is trusted, nil if nobody asks.
func (s sourceConfig) vetter(source reconcile.Source) (reconcile.Vetter, error) {
	repository, ok := source.(*git.Repository)
	if s.git == nil || s.git.signatures == nil || !ok {
		return nil, nil
	}
	trusted := s.git.signatures
	vetter, err := git.NewVetter(repository, git.SignatureOptions{
		Mode: git.SignatureMode(trusted.mode), Keys: git.KeyFiles(trusted.openPGP, trusted.allowedSigners),
	})
	if err != nil {
		return nil, fmt.Errorf("source.git.signatures: %w", err)
	}
	return vetter, nil
}

// watchQuiet is how long a directory that is watched has to be quiet before it is read.
const watchQuiet = 2 * time.Second

// skips reports whether a path below the source directory is a file of ours that happens to lie there: the configuration, the state, and
// the directories that providers write.
func (s sourceConfig) skips(path string) bool {
	return slices.Contains(s.own, path)
}

// setOwn notes which files of ours lie below the source directory.
func (c *config) setOwn() {
	if c.source.git != nil {
		return
	}
	all := []string{c.file, c.state, c.state + "-wal", c.state + "-shm", c.state + "-journal", c.state + daemonLock} // SQLite's
	for _, p := range c.providers {
		if p.writes != "" {
			all = append(all, p.writes)
		}
	}
	for _, file := range all {
		if own, err := filepath.Rel(c.source.path, file); err == nil && filepath.IsLocal(own) {
			c.source.own = append(c.source.own, filepath.ToSlash(own))
		}
	}
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
	if !strings.Contains(s.git.url, "://") {
		return s.git.url // a path, or user@host:path, where the user is no secret
	}
	address, err := url.Parse(s.git.url)
	if err != nil {
		return "git"
	}
	address.User = nil
	return address.String()
}
