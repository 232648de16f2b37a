package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// openRecords opens the state for a command that needs nothing else: neither the zones repository nor a provider has to be there, nor a secret.
func (c *common) openRecords(ctx context.Context, state openState) (*workspace, error) {
	cfg, err := loadConfig(c.configFile, c.lookup, false)
	if err != nil {
		return nil, err
	}
	w := &workspace{config: cfg, actor: actor(c.lookup, userAtHost)}
	if w.only, err = c.selection(cfg); err != nil {
		return nil, err
	}
	if err := c.needTombstones(); err != nil {
		return nil, err
	}
	what, where := "state", cfg.state
	if c.stateless {
		what, where = "folder of tombstones", c.tombstones
	}
	if _, err := os.Stat(where); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(c.stderr, "note: there is no %s yet in %s\n", what, render.Shown(where))
	}
	if w.store, err = state(ctx, cfg.state, c.keeping); err != nil {
		return nil, err
	}
	return w, nil
}

// oneZone returns the zone and the target that are meant, for a command that takes at most one of each: the zero Name and "" for all.
func (c *common) oneZone() (zonefile.Name, string, error) {
	var zone zonefile.Name
	var target string
	switch {
	case len(c.zones) > 1:
		return zone, target, &usageError{err: errors.New("--zone: want one zone")}
	case len(c.targets) > 1:
		return zone, target, &usageError{err: errors.New("--target: want one target")}
	}
	if len(c.zones) == 1 {
		var err error
		if zone, err = zonefile.ParseUnicodeName(c.zones[0], zonefile.Root); err != nil {
			return zone, target, &usageError{err: fmt.Errorf("--zone: %w", err)}
		}
	}
	if len(c.targets) == 1 {
		target = c.targets[0]
	}
	return zone, target, nil
}

// parseKey reads a NAME and a TYPE from the command line; either may be "". A name that is not in the zone as it is written is relative to it.
func parseKey(name, typ string, zone zonefile.Name) (zonefile.Key, error) {
	var key zonefile.Key
	if name != "" {
		absolute, err := zonefile.ParseUnicodeName(name, zonefile.Root)
		key.Name = absolute
		if !zone.IsZero() && !absolute.In(zone) && !strings.HasSuffix(name, ".") || !zone.IsZero() && name == "@" {
			key.Name, err = zonefile.ParseUnicodeName(name, zone)
		}
		switch {
		case err != nil:
			return key, &usageError{err: fmt.Errorf("%s: %w", render.Shown(name), err)}
		case !zone.IsZero() && !key.Name.In(zone):
			return key, &usageError{err: fmt.Errorf("%s is not in the zone %s", key.Name, zone)}
		}
	}
	if typ != "" {
		t, err := zonefile.ParseType(typ)
		if err != nil {
			return key, &usageError{err: err}
		}
		key.Type = t
	}
	return key, nil
}

// shortRevision returns a revision of the zones repository as people say it: a commit by its first digits.
func shortRevision(revision string) string {
	const digits = 12
	algorithm, hex, ok := strings.Cut(revision, ":")
	switch {
	case ok && len(hex) > digits:
		return render.Shown(algorithm + ":" + hex[:digits])
	case len(revision) > digits:
		return render.Shown(revision[:digits])
	}
	return render.Shown(revision)
}

// shortDigest returns the beginning of a digest, by which it is found again.
func shortDigest(d zonefile.Digest) string { return shortRevision(d.String()) }

// byCommit returns "commit 1a2b3c by Ann <ann@example.com>", as far as that is known. A directory outside git has a digest, and no author.
func byCommit(w reconcile.Writer) string {
	var text string
	switch {
	case strings.Contains(w.Commit, ":"):
		text = "zones " + shortRevision(w.Commit)
	case w.Commit != "":
		text = "commit " + shortRevision(w.Commit)
	}
	if w.Author != "" {
		text = strings.TrimPrefix(text+" by "+render.Shown(w.Author), " ")
	}
	return text
}
