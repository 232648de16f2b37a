package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// diffSource is how a comparison reads files by the configuration: all as its source is read, and the source directory itself by its rules. A nil diffSource
// reads files as if there were no configuration.
type diffSource struct {
	config *config
	// target is the provider on the other side, whose rules count; empty if there is none.
	target string
	only   []zonefile.Name // the zones that are meant, none for all
}

// diffSource reads the configuration. Where no provider is compared there need be none, and what is wrong with one is a note.
func (c *common) diffSource(provider string, only []zonefile.Name) (*diffSource, error) {
	if _, err := os.Stat(c.configFile); provider == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	cfg, err := loadConfig(c.configFile, c.lookup, provider != "")
	switch {
	case err == nil:
		return &diffSource{config: cfg, target: provider, only: only}, nil
	case provider != "":
		return nil, err
	}
	fmt.Fprintf(c.stderr, "note: files are read without the configuration, which has errors: %s\n", render.Lines(err.Error()))
	return nil, nil
}

// options returns how the files of a zone are read.
func (s *diffSource) options(origin zonefile.Name) zonefile.ParseOptions {
	if s == nil {
		return zonefile.ParseOptions{Origin: origin}
	}
	planner := s.config.planner()
	return zonefile.ParseOptions{Origin: origin, DefaultTTL: planner.DefaultTTL, Limits: planner.Limits, Semicolons: planner.Semicolons}
}

// fileBytes returns how many octets a file may have.
func (s *diffSource) fileBytes() int64 {
	if s == nil {
		return maxZoneFile
	}
	return s.config.source.fileBytes()
}

// skips returns what is no zone file in a directory, nil for nothing.
func (s *diffSource) skips(dir string) func(path string) bool {
	if !s.is(dir) {
		return nil
	}
	return s.config.source.skips
}

// is reports whether a directory is the source directory, which it may have been in a commit.
func (s *diffSource) is(dir string) bool {
	if s == nil || s.config.source.git != nil {
		return false
	}
	return realPath(dir) == realPath(s.config.source.path)
}

// realPath returns the path of a file without links, or as far as it is there.
func realPath(file string) string {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	if real, err := filepath.EvalSymlinks(absolute); err == nil {
		return real
	}
	return absolute
}

// treeSide returns the side of a tree of files, which is or was in a directory.
func (s *diffSource) treeSide(ctx context.Context, o operand, dir string, tree fs.FS, where func(file string) string) (*diffSide, error) {
	if !s.is(dir) {
		return treeSide(o.text, tree, s.options(zonefile.Name{}), where)
	}
	return s.ruledSide(ctx, o.text, tree, where)
}

// byName stands for a target of the zones that no rule sends anywhere: no provider is called so.
const byName = "files by their names"

// ruledSide returns the side of the source directory: the zones as a plan reads them, and by the names of their files those that no rule is for.
func (s *diffSource) ruledSide(ctx context.Context, label string, tree fs.FS, where func(file string) string) (*diffSide, error) {
	planner := s.config.planner()
	planner.Folder = ""
	planner.Targets, planner.Resources = s.config.declared()
	planner.Rules = append(planner.Rules[:len(planner.Rules):len(planner.Rules)],
		reconcile.Rule{Match: []string{"*"}, Targets: []string{byName}, Policy: reconcile.DefaultPolicy()})
	stated, err := planner.Statements().Read(ctx, reconcile.Tree{FS: tree}, reconcile.Selection{Zones: s.only, Lenient: true})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", label, err)
	}
	byZone := map[zonefile.Name][]reconcile.StatedZone{}
	for _, z := range stated.Zones {
		byZone[z.Ref.Zone] = append(byZone[z.Ref.Zone], z)
	}
	side := &diffSide{label: label, origins: map[zonefile.Name]bool{}, notices: stated.Notices, ruled: true, close: func() {}}
	for origin, zones := range byZone {
		if byZone[origin] = s.meant(zones); len(byZone[origin]) > 0 {
			side.origins[origin] = true
		}
	}
	side.read = func(_ context.Context, origin zonefile.Name) (sideZone, error) {
		zones := byZone[origin]
		if len(zones) > 1 {
			return sideZone{}, splitHorizon(zones, where)
		}
		return statedZone(zones[0], where)
	}
	return side, nil
}

// meant returns of what is stated of one zone for all targets what is compared: nothing if rules send it to others than the one that is meant, several if targets have
// different ones and nobody says which is meant.
func (s *diffSource) meant(zones []reconcile.StatedZone) []reconcile.StatedZone {
	ruled := slices.DeleteFunc(slices.Clone(zones), func(z reconcile.StatedZone) bool { return z.Target == byName })
	if len(ruled) == 0 {
		return zones
	}
	var meant []reconcile.StatedZone
	for _, z := range ruled {
		if z.Target == s.target || s.target == "" && !holds(meant, z) {
			meant = append(meant, z)
		}
	}
	return meant
}

// holds reports whether one of zones is the same zone.
func holds(zones []reconcile.StatedZone, z reconcile.StatedZone) bool {
	for _, other := range zones {
		a, b := other.File(), z.File()
		if other.Source == z.Source && (a == b || a != nil && b != nil && a.Zone.Equal(b.Zone)) {
			return true
		}
	}
	return false
}

// splitHorizon is the error of a zone that targets have in different ways.
func splitHorizon(zones []reconcile.StatedZone, where func(file string) string) error {
	var all []string
	for _, z := range zones {
		all = append(all, fmt.Sprintf("%s for %s", where(z.Source), z.Target))
	}
	return fmt.Errorf("%s: it is not the same for all targets (%s): compare it with provider:NAME, or the files by their paths", zones[0].Ref.Zone, strings.Join(all, ", "))
}

// statedZone returns a zone as it was read.
func statedZone(z reconcile.StatedZone, where func(file string) string) (sideZone, error) {
	if two, ok := errors.AsType[*reconcile.TwoFilesError](z.Err); ok {
		return sideZone{}, severalFiles(z.Ref.Zone, two.Files, where)
	}
	if z.Err != nil {
		return sideZone{}, located(z.Err, where)
	}
	return statedSide(z.File(), where), nil
}
