package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// writeUndo says how what was retired comes back, if anything was: at most one line for RRsets and one for zones.
func (c *common) writeUndo(outcomes []reconcile.Outcome) {
	if c.format == "json" {
		return
	}
	if c.stateless {
		c.writeUndoStateless(outcomes)
		return
	}
	for _, line := range undoLines(outcomes) {
		fmt.Fprintf(c.stdout, "To undo: %s %s\n", c.program(), line)
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
	for _, word := range slices.Concat(words, c.words()) {
		line += " " + shellWord(word)
	}
	return line
}

// writeUndoStateless says how what was retired comes back where there are tombstones and no state: one by one.
func (c *common) writeUndoStateless(outcomes []reconcile.Outcome) {
	var stones []string
	for _, o := range outcomes {
		stones = append(stones, o.Tombstones...)
	}
	switch {
	case c.tombstones == "" || len(stones) == 0:
	case len(stones) == 1:
		fmt.Fprintf(c.stdout, "To undo: %s\n", c.commandLine("restore", stones[0]))
	default:
		fmt.Fprintf(c.stdout, "To undo: %s  (for each ID of %s)\n", c.commandLine("restore", "ID"), c.commandLine("trash", "list"))
	}
}

// undoLines returns the command lines that bring back what was retired, without the name of the program.
func undoLines(outcomes []reconcile.Outcome) []string {
	var names, stones []string
	var before time.Time
	for _, o := range outcomes {
		switch {
		case len(o.Tombstones) == 0:
		case slices.ContainsFunc(o.Changes, func(c reconcile.Change) bool { return c.Kind == reconcile.KindZone }):
			stones = append(stones, o.Tombstones...)
		default:
			if name := shellWord(o.Zone.String()); !slices.Contains(names, name) {
				names = append(names, name)
			}
			if before.IsZero() || o.Began.Before(before) {
				before = o.Began
			}
		}
	}
	one := func(all []string, many string) string {
		if len(all) > 1 {
			return many
		}
		return all[0]
	}
	var lines []string
	if len(names) > 0 {
		// To the millisecond: another apply may have ended in the same second.
		lines = append(lines, fmt.Sprintf("rollback %s --to %s", one(names, "ZONE"), before.UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.999Z07:00")))
	}
	if len(stones) > 0 {
		lines = append(lines, fmt.Sprintf("restore %s", one(stones, "ID  (zoneward trash list has the ids)")))
	}
	return lines
}

// plainWord matches what a shell takes as one word and as it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9._/:@%+,=-]+$`)

// shellWord returns text as one word for a POSIX shell: the name of a zone comes from outside, and a line is made to be copied.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(shown(text), "'", `'\''`) + "'"
}
