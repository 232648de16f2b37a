package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/zonefile"
)

// change is a change of the zones repository, with the configuration of the base that it is planned by.
type change struct {
	*workspace
	config string // the path of the configuration in the repository; one that is outside as it was given
	inside bool   // the configuration is in the repository
	source string // the path of the source directory in the repository
	git.Proposed
	folder string // with the files of the base, empty if the configuration is outside
}

// maxBaseFiles is how many octets the files beside the configuration may have that are taken from the base.
const maxBaseFiles = 64 << 20

// openChange reads the change between two commits of a local clone. The configuration, and whatever it names with a path that is not absolute, is taken from the
// base, so that a proposal has no say in where secrets are sent to and what policy counts. The caller closes it.
func (c *common) openChange(ctx context.Context, j *job, f ciFlags, secrets bool) (_ *change, err error) {
	ch := &change{workspace: &workspace{}}
	defer func() {
		if err != nil {
			ch.close()
		}
	}()
	top, err := topOf(f.repository)
	if err != nil {
		return nil, err
	}
	if ch.config, ch.inside, err = configIn(top, c.configFile); err != nil {
		return nil, err
	}
	whole, err := git.OpenRepository(git.RepositoryOptions{URL: top, MaxFileBytes: maxZoneFile})
	if err != nil {
		return nil, err
	}
	defer func() { _ = whole.Close() }()
	isMerge := func(ctx context.Context, commit, of string) bool {
		parents, err := whole.Parents(ctx, commit)
		return err == nil && len(parents) == 2 && parents[1] == of
	}
	base, head, err := j.revisions(ctx, f, isMerge)
	if err != nil {
		return nil, err
	}
	if err := ch.loadConfig(ctx, c, whole, base, secrets); err != nil {
		return nil, err
	}
	if ch.source, err = ch.workspace.config.source.below(top, ch.config, ch.inside); err != nil {
		return nil, err
	}
	repository, err := git.OpenRepository(git.RepositoryOptions{URL: top, Path: ch.source, MaxFileBytes: ch.workspace.config.source.fileBytes()})
	if err != nil {
		return nil, err
	}
	ch.workspace.source = repository
	if ch.Proposed, err = repository.Proposed(ctx, base, head); err != nil {
		return nil, advised(err)
	}
	ch.tree = ch.Head
	ch.planner = ch.workspace.config.planner()
	ch.planner.Folder = ch.source
	ch.actor = actor(c.lookup, userAtHost)
	return ch, nil
}

// advised returns an error with what to do about it, if that is not plain.
func advised(err error) error {
	if errors.Is(err, git.ErrShallow) {
		return &advisedError{err, "fetch more of the history: fetch-depth: 0 at actions/checkout, GIT_DEPTH: 0 in GitLab CI, git fetch --unshallow"}
	}
	return err
}

func (ch *change) close() {
	ch.workspace.close()
	if ch.folder != "" {
		_ = os.RemoveAll(ch.folder)
	}
}

// loadConfig reads the configuration as the base has it.
func (ch *change) loadConfig(ctx context.Context, c *common, whole *git.Repository, base string, secrets bool) (err error) {
	if !ch.inside {
		ch.workspace.config, err = loadConfig(ch.config, c.lookup, secrets)
		return err
	}
	if ch.folder, err = os.MkdirTemp("", "zoneward-base-"); err != nil {
		return err
	}
	isConfig := func(file string) bool { return file == ch.config }
	if err := whole.Export(ctx, base, ch.folder, isConfig, maxBaseFiles); err != nil {
		return advised(err)
	}
	file := filepath.Join(ch.folder, filepath.FromSlash(ch.config))
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &usageError{
			fmt.Errorf("there is no %s at %.12s, the base: the configuration counts once it is merged", ch.config, base),
			"merge the configuration first, and propose zones after it; or name another configuration with -c",
		}
	}
	if err != nil {
		return err
	}
	blind, err := parseConfigIn(filepath.Dir(file), ch.config, content, c.lookup, false)
	if err != nil {
		return err
	}
	source, err := blind.source.below(ch.folder, ch.config, true)
	if err != nil {
		return err
	}
	beside := func(file string) bool {
		_, isZone := zonefile.OriginOf(file)
		return !isConfig(file) && !isZone && (source == "." || !strings.HasPrefix(file, source+"/"))
	}
	if err := whole.Export(ctx, base, ch.folder, beside, maxBaseFiles); err != nil {
		return err
	}
	ch.workspace.config, err = parseConfigIn(filepath.Dir(file), ch.config, content, c.lookup, secrets)
	return err
}

// configFiles returns the configuration if the change has another one, which counts once it is merged.
func (ch *change) configFiles() []string {
	if !ch.inside || !slices.Contains(ch.Files, ch.config) {
		return nil
	}
	return []string{ch.config}
}

// topOf returns the work tree that a directory is in.
func topOf(dir string) (string, error) {
	top, _, err := git.Around(dir)
	if err != nil {
		return "", &usageError{fmt.Errorf("--repository: %w", err), "give a clone of the zones repository"}
	}
	return top, nil
}

// configInClone is [configIn] for the clone that the flags name.
func (c *common) configInClone(f ciFlags) (string, bool, error) {
	top, err := topOf(f.repository)
	if err != nil {
		return "", false, err
	}
	return configIn(top, c.configFile)
}

// configIn returns the path of the configuration in a repository, and false for one that is outside. The file need not be there: it is read from a commit. One that
// leads into the repository by a link is in it, and one that is in it by its name is even if a link leads out again: a proposal that is checked out there may have
// put that link there.
func configIn(top, file string) (string, bool, error) {
	at, err := filepath.Abs(file)
	if err != nil {
		return "", false, err
	}
	for dir := filepath.Dir(at); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil && real == top {
			below, err := filepath.Rel(dir, at)
			return filepath.ToSlash(below), err == nil, err
		}
	}
	real, err := filepath.EvalSymlinks(at)
	if err != nil { // it is not there, but its folder may be
		if real, err = filepath.EvalSymlinks(filepath.Dir(at)); err != nil {
			return file, false, nil
		}
		real = filepath.Join(real, filepath.Base(at))
	}
	below, err := filepath.Rel(top, real)
	if err != nil || !filepath.IsLocal(below) {
		return file, false, nil
	}
	return filepath.ToSlash(below), true, nil
}

// below returns the source directory as a path in a repository, for a configuration that is in it or not.
func (s sourceConfig) below(top, config string, inside bool) (string, error) {
	if s.git != nil {
		return cleanBelow(s.git.path)
	}
	if inside {
		return cleanBelow(path.Join(path.Dir(config), s.dir))
	}
	at, err := filepath.Abs(s.path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(at); err == nil {
		at = real
	}
	below, err := filepath.Rel(top, at)
	if err != nil {
		return "", err
	}
	return cleanBelow(filepath.ToSlash(below))
}

func cleanBelow(dir string) (string, error) {
	if dir == "" {
		dir = "."
	}
	if !fs.ValidPath(path.Clean(dir)) {
		return "", &usageError{err: fmt.Errorf("source: %s is not in the repository", dir)}
	}
	return path.Clean(dir), nil
}
