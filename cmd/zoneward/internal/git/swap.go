package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	// Each fetch leaves a pack, and nothing packs them again. A clone with so many is made anew when there is nothing
	// else to do, and one with twice as many at once.
	manyPacks = 50
	// A clone that has grown to so many times what it had when it was new is made anew too, once it has some size.
	growthFactor = 4
	minGrown     = 64 << 20

	// pastKept is how long what is replaced is kept for the Trees that were made from it.
	pastKept = 30 * time.Minute
	// refusedFor is how long a commit that needs too much is not asked for again.
	refusedFor = time.Hour
)

// growth is how a clone grows.
type growth struct {
	first int64     // size when it was new, or first seen
	tried time.Time // when it was last tried to make it smaller
}

func (g *growth) begin(dir string) { g.first = dirSize(dir) }

// grown says that a new clone would be smaller.
func (g *growth) grown(dir string) bool { return packs(dir) > 1 }

// much says that a new clone would be a good thing, and tooMuch that it is not to wait.
func (g *growth) much(dir string) bool    { return g.beyond(dir, 1) }
func (g *growth) tooMuch(dir string) bool { return g.beyond(dir, 2) }

func (g *growth) beyond(dir string, times int) bool {
	if g.first == 0 {
		g.begin(dir)
	}
	if time.Since(g.tried) < renewEvery {
		return false
	}
	n := packs(dir)
	if n > times*manyPacks {
		return true
	}
	size := dirSize(dir)
	return n > 1 && size > minGrown && size > int64(times)*growthFactor*g.first
}

// packs is the number of packs in the repository at dir.
func packs(dir string) int {
	entries, _ := os.ReadDir(packsOf(dir))
	n := 0
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".pack") {
			n++
		}
	}
	return n
}

// tidy makes the clone anew if it has grown, while there is nothing new in it. It is as good as before if that fails.
func (c *clone) tidy(ctx context.Context, talk contact, at tip) {
	if c.growth.much(c.at.dir) {
		c.growth.tried = time.Now()
		c.sayWhether(c.replace(ctx, talk, at, keepPast))
	}
}

// makeSmaller is tidy after a fetch.
func (c *clone) makeSmaller(ctx context.Context) {
	c.growth.tried = time.Now()
	c.sayWhether(c.anew(ctx, keepPast))
}

func (c *clone) sayWhether(err error) {
	if err != nil {
		c.log.Warn("clone has grown, and could not be made anew", "repository", c.location.String(), "dir", c.at.dir, "err", err)
		return
	}
	c.log.Info("clone made anew", "repository", c.location.String(), "dir", c.at.dir)
}

// swap puts the repository at next in the place of the clone.
func (c *clone) swap(next string, old fate) error {
	past, err := os.MkdirTemp(c.home, pastPrefix)
	if err != nil {
		return err
	}
	moved := filepath.Join(past, cloneName)
	c.at.mu.Lock()
	err = os.Rename(c.at.dir, moved)
	was := err == nil
	if err == nil || errors.Is(err, os.ErrNotExist) {
		err = os.Rename(next, c.at.dir)
		if err != nil && was {
			err = errors.Join(err, os.Rename(moved, c.at.dir))
			was = false
		}
	}
	dir := c.at.dir
	if err == nil && was && old == keepPast {
		// Who has the place of the old one goes with it.
		c.at.dir = moved
	}
	c.at.mu.Unlock()
	if err != nil || !was || old == dropPast {
		return errors.Join(err, os.RemoveAll(past))
	}
	c.at = &place{dir: dir}
	c.past = append(c.past, pastClone{past, time.Now().Add(pastKept)})
	return nil
}

// pastClone is a clone that was replaced.
type pastClone struct {
	dir   string
	until time.Time
}

// forget removes the clones that were replaced and whose time is over by now.
func (c *clone) forget(now time.Time) error {
	var errs []error
	c.past = slices.DeleteFunc(c.past, func(p pastClone) bool {
		if now.Before(p.until) {
			return false
		}
		errs = append(errs, os.RemoveAll(p.dir))
		return true
	})
	return errors.Join(errs...)
}

// refusedTip is a commit that needs more than is allowed: to fetch up to the limit again and again would cost more
// than what it is to protect.
type refusedTip struct {
	commit plumbing.Hash
	op     string
	until  time.Time
	err    error
}

func (r *refusedTip) note(commit plumbing.Hash, op string, err error) {
	if errors.Is(err, ErrTooLarge) {
		*r = refusedTip{commit, op, time.Now().Add(refusedFor), err}
	}
}

// of is the error that the commit met before.
func (r *refusedTip) of(commit plumbing.Hash, op string) error {
	if r.err == nil || r.commit != commit || r.op != op || time.Now().After(r.until) {
		return nil
	}
	return fmt.Errorf("%w; it is asked for again at %s, or when the branch has moved", r.err, r.until.Format(time.TimeOnly))
}
