package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// writeUndo says how what was retired comes back, if anything was: a line for each zone, as far as they are few.
func (c *common) writeUndo(outcomes []reconcile.Outcome) {
	if c.format == "json" {
		return
	}
	if c.stateless || c.remote.is() {
		c.writeUndoOneByOne(outcomes)
		return
	}
	lines := undoLines(outcomes)
	for i, words := range lines {
		if i == mostUndone {
			fmt.Fprintf(c.stdout, "and %d more: %s and %s have what was retired\n", len(lines)-i, c.commandLine("trash", "list"), c.commandLine("history"))
			return
		}
		fmt.Fprintf(c.stdout, "To undo: %s\n", c.commandLine(words...))
	}
}

// program returns how a command line with the same configuration begins.
func (c *common) program() string {
	if c.configFile == defaultConfigFile {
		return "zoneward"
	}
	return "zoneward -c " + shellWord(c.configFile)
}

// commandLine returns a command line with the same configuration.
func (c *common) commandLine(words ...string) string {
	line := c.program()
	for _, word := range slices.Concat(words, c.words(), c.remote.words()) {
		line += " " + shellWord(word)
	}
	return line
}

// writeUndoOneByOne says how what was retired comes back where there is no rollback: without a state, and at a daemon.
func (c *common) writeUndoOneByOne(outcomes []reconcile.Outcome) {
	var stones []string
	for _, o := range outcomes {
		stones = append(stones, o.Tombstones...)
	}
	switch {
	case c.stateless && c.tombstones == "" || len(stones) == 0:
	case len(stones) == 1:
		fmt.Fprintf(c.stdout, "To undo: %s\n", c.commandLine("restore", stones[0]))
	default:
		fmt.Fprintf(c.stdout, "To undo: %s  (for each ID of %s)\n", c.commandLine("restore", "ID"), c.commandLine("trash", "list"))
	}
}

// mostUndone is how many command lines are shown that bring back what was retired.
const mostUndone = 5

// undoLines returns the command lines that bring back what was retired, without the name of the program: those of zones that are there still come first.
func undoLines(outcomes []reconcile.Outcome) [][]string {
	var zones []zonefile.Name
	before := map[zonefile.Name]time.Time{} // the first write to any of its targets
	var stones [][]string
	for _, o := range outcomes {
		switch {
		case len(o.Tombstones) == 0:
		case slices.ContainsFunc(o.Changes, func(c reconcile.Change) bool { return c.Kind == reconcile.KindZone || c.Kind == reconcile.KindResource }):
			for _, stone := range o.Tombstones {
				stones = append(stones, []string{"restore", stone})
			}
		default:
			if began, seen := before[o.Zone]; !seen {
				zones, before[o.Zone] = append(zones, o.Zone), o.Began
			} else if o.Began.Before(began) {
				before[o.Zone] = o.Began
			}
		}
	}
	var lines [][]string
	for _, zone := range zones {
		// To the millisecond: another apply may have ended in the same second.
		to := before[zone].UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.999Z07:00")
		lines = append(lines, []string{"rollback", zone.String(), "--to", to})
	}
	return append(lines, stones...)
}

// shellWord returns text as one word for a POSIX shell: the name of a zone comes from outside, and a line is made to be copied.
func shellWord(text string) string {
	if render.IsWord(text) {
		return text
	}
	return "'" + strings.ReplaceAll(render.Shown(text), "'", `'\''`) + "'"
}
