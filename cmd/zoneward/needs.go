package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/zoneedit"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// need is what the zones repository needs so that something that did not come from it stays as it is.
type need struct {
	file    string // of the zone, as people know it
	refs    []reconcile.Ref
	changes []zonefile.Change // of what the file says
	texts   []zoneedit.Text   // nil if they have to be made by hand
	byHand  string            // why
	// patch is the texts as a patch, and lines are what of them it changes.
	patch string
	lines []neededLine
	// declaration is what a domain file has to declare, as one that declares nothing else; empty for a zone file.
	declaration string
}

// neededLine is a line that the zones repository needs, or does not need any more.
type neededLine struct {
	file string // as people know it
	zoneedit.Line
}

// needsOf returns what the zones repository needs for the zones of a plan that are live as it has them. A file that is read for other zones too is
// left to people: what one zone needs of it would change the others.
func needsOf(ctx context.Context, w *workspace, plan *reconcile.Plan, outcomes []reconcile.Outcome) ([]need, error) {
	type zone struct {
		need
		restatement reconcile.Restatement
		origin      zonefile.Name
	}
	var zones []*zone
	for i, o := range outcomes {
		z := &plan.Zones[i]
		if z.Err != nil || o.Status != reconcile.Applied && o.Status != reconcile.Unchanged {
			continue
		}
		r := z.Restatement()
		if len(r.Changes) == 0 {
			continue
		}
		at := slices.IndexFunc(zones, func(other *zone) bool { return other.origin == z.Zone && other.restatement.File == r.File })
		if at < 0 {
			at = len(zones)
			zones = append(zones, &zone{restatement: r, origin: z.Zone, need: need{file: w.named(r.File)}})
		}
		zones[at].add(z.Ref, r.Changes)
	}
	needs := make([]need, len(zones))
	edited := map[string]bool{}
	var readers readers
	for i, z := range zones {
		needs[i] = z.need
		err := z.restatement.Err
		switch {
		case z.byHand != "":
			err = errors.New(z.byHand)
		case err != nil:
			err = fmt.Errorf("the file has an error: %w", err)
		case isShared(w.config.rules, z.restatement.File):
			err = errors.New("the file is of several zones")
		default:
			needs[i].texts, err = zoneedit.Edit(zoneedit.Source{
				FS: w.tree.FS, File: z.restatement.File, Beside: z.restatement.Beside, Stated: z.restatement.Stated,
				Options: zonefile.ParseOptions{Origin: z.origin, DefaultTTL: w.planner.DefaultTTL, Limits: w.planner.Limits, Semicolons: w.planner.Semicolons},
			}, z.changes)
		}
		for _, text := range needs[i].texts {
			switch {
			case edited[text.File]:
				err = errors.New("another zone needs a change of the same file")
			case isShared(w.config.rules, text.File):
				err = fmt.Errorf("%s is of several zones", w.named(text.File))
			}
			edited[text.File] = true
		}
		if len(needs[i].texts) > 0 && err == nil {
			if readers == nil {
				if readers, err = readersOf(ctx, w); err != nil {
					return nil, err
				}
			}
			err = readers.others(w, needs[i].texts, reader{z.origin, w.named(z.restatement.File)})
		}
		if err != nil {
			needs[i].texts, needs[i].byHand = nil, err.Error()
		}
		needs[i].write(w)
	}
	return needs, nil
}

// write writes the texts as a patch, and line by line.
func (n *need) write(w *workspace) {
	for _, text := range n.texts {
		name := text.File
		if w.patchesHere() {
			name = w.named(name)
		}
		n.patch += text.Unified(name)
		for l := range text.All {
			if l.Kind != zoneedit.Kept {
				n.lines = append(n.lines, neededLine{w.named(text.File), l})
			}
		}
	}
}

// reader is a zone that is read from a file, which is named as people know it.
type reader struct {
	zone zonefile.Name
	file string
}

// readers has for each file in the source directory what is read from it, also by way of other files that include it.
type readers map[string][]reader

// readersOf reads all zone files. What cannot be read of one counts as far as it could.
func readersOf(ctx context.Context, w *workspace) (readers, error) {
	findings, _, err := w.planner.Check(ctx, w.tree, reconcile.Selection{})
	if err != nil && !errors.Is(err, reconcile.ErrNoZones) {
		return nil, fmt.Errorf("look for zones that have a file in common: %w", err)
	}
	all := readers{}
	for _, f := range findings {
		for _, file := range f.Files {
			all[file] = append(all[file], reader{f.Zone, f.Source})
		}
	}
	return all, nil
}

// others returns an error if one of the files that are edited for a zone is read for another one too, or for the same one in another file.
func (r readers) others(w *workspace, texts []zoneedit.Text, own reader) error {
	for _, text := range texts {
		var names []string
		for _, other := range r[text.File] {
			if other != own && !slices.Contains(names, other.zone.String()) {
				names = append(names, other.zone.String())
			}
		}
		if len(names) > 0 {
			return fmt.Errorf("%s is read for %s too", w.named(text.File), strings.Join(names, ", "))
		}
	}
	return nil
}

// named returns a zone file as people know it.
func (w *workspace) named(file string) string { return path.Join(w.planner.Folder, file) }

// add adds what a zone on a target needs.
func (n *need) add(ref reconcile.Ref, changes []zonefile.Change) {
	n.refs = append(n.refs, ref)
	for _, c := range changes {
		i := slices.IndexFunc(n.changes, func(other zonefile.Change) bool { return other.Key() == c.Key() })
		switch {
		case i < 0:
			n.changes = append(n.changes, c)
		case (n.changes[i].New == nil) != (c.New == nil) || c.New != nil && *n.changes[i].New != *c.New:
			n.byHand = fmt.Sprintf("%s differs between %s and %s", c.Key(), n.refs[0].Target, ref.Target)
		}
	}
}

// isShared reports whether a rule has one file for many zones.
func isShared(rules []reconcile.Rule, file string) bool {
	return slices.ContainsFunc(rules, func(r reconcile.Rule) bool {
		named := r.File != "" && path.Clean(r.File) == file || slices.ContainsFunc(r.Beside, func(other string) bool { return path.Clean(other) == file })
		return named && (len(r.Match) != 1 || strings.Contains(r.Match[0], "*"))
	})
}

// mostNeeded is how many lines of a change are shown; a patch has all of them.
const mostNeeded = 20

// writeNeeds says what the zones repository needs, line by line. commands give that as patches.
func (c *common) writeNeeds(needs []need, commands ...string) {
	for _, n := range needs {
		if n.byHand != "" {
			fmt.Fprintf(c.stdout, "Git needs a change of %s, which has to be made by hand: %s\n", render.Shown(n.file), render.Lines(n.byHand))
			c.writeByHand(n)
			continue
		}
		fmt.Fprintf(c.stdout, "Git needs a change of %s:\n", render.Shown(n.file))
		for _, l := range n.lines[:min(mostNeeded, len(n.lines))] {
			fmt.Fprintf(c.stdout, "  %s:%d: %c %s\n", render.Shown(l.file), max(l.Number, 1), l.Kind, render.Shown(strings.TrimRight(l.Text, "\r\n")))
		}
		if more := len(n.lines) - mostNeeded; more > 0 {
			fmt.Fprintf(c.stdout, "  and %s\n", render.Count(more, "more line", "more lines"))
		}
	}
	if slices.ContainsFunc(needs, func(n need) bool { return n.byHand == "" }) {
		for _, command := range commands {
			fmt.Fprintf(c.stdout, "As a patch, for git apply: %s\n", command)
		}
	}
}

// writeByHand says what a file has to say, as lines of a master file, or as a domain file.
func (c *common) writeByHand(n need) {
	for line := range strings.Lines(n.declaration) {
		fmt.Fprintf(c.stdout, "  %s\n", render.Shown(strings.TrimSuffix(line, "\n")))
	}
	for i, change := range n.changes {
		if i == mostNeeded {
			fmt.Fprintf(c.stdout, "  and %s\n", render.Count(len(n.changes)-i, "more RRset", "more RRsets"))
			return
		}
		for _, side := range []struct {
			sign string
			set  *zonefile.RRset
		}{{"-", change.Old}, {"+", change.New}} {
			if side.set == nil {
				continue
			}
			for _, text := range side.set.Text() {
				fmt.Fprintf(c.stdout, "  %s %s %d IN %s %s\n", side.sign, render.Name(side.set.Key.Name), side.set.TTL, side.set.Key.Type, text)
			}
		}
	}
}

// writePatch writes what the zones repository needs as one patch. What has to be made by hand is said on standard error, and so is what folder the patch is
// relative to, unless that is where people know the files from.
func (c *common) writePatch(needs []need, folder string) {
	patch := ""
	for _, n := range needs {
		if n.byHand != "" {
			fmt.Fprintf(c.stderr, "warning: the patch is without %s, which has to be changed by hand: %s\n", render.Shown(n.file), render.Lines(n.byHand))
		}
		patch += n.patch
	}
	if isTerminal(c.stdout.file) {
		patch = render.Lines(patch) // nobody but a person reads it there
	}
	fmt.Fprint(c.stdout, patch)
	switch {
	case len(needs) == 0:
		fmt.Fprintln(c.stderr, "note: git needs no change")
	case folder != "":
		fmt.Fprintf(c.stderr, "note: the patch is relative to %s: git -C %s apply\n", render.Shown(folder), shellWord(folder))
	}
}

// patchesHere reports whether the names of zone files, as people know them, can stand in a patch: no path in one may be absolute, or lead upwards.
func (w *workspace) patchesHere() bool { return filepath.IsLocal(w.named("file")) }

// patchFolder returns the folder that patches are relative to, empty if people know the files from there.
func (w *workspace) patchFolder() string {
	if w.patchesHere() {
		return ""
	}
	return w.planner.Folder
}

func needsDocument(needs []need) []document.Need {
	docs := make([]document.Need, len(needs))
	for i, n := range needs {
		docs[i] = document.Need{File: n.file, Zone: n.refs[0].Zone.String(), Changes: document.OfStatedChanges(n.changes)}
		if n.declaration != "" {
			docs[i].Declaration = &n.declaration
		}
		if n.byHand != "" {
			docs[i].ByHand = &n.byHand
			continue
		}
		docs[i].Patch = &n.patch
	}
	return docs
}

// editJSON is what became of a plan that did not come from git, in JSON: the outcomes as apply has them, the plan, and what git needs.
type editJSON struct {
	document.Outcomes
	Plan json.RawMessage `json:"plan"`
	Git  []document.Need `json:"git"`
}

func (c *common) writeEditJSON(plan *reconcile.Plan, outcomes []reconcile.Outcome, needs []need) error {
	var text bytes.Buffer
	if err := plan.WriteJSON(&text); err != nil {
		return err
	}
	return c.stdout.writeJSON(editJSON{document.OfOutcomes(plan, outcomes), text.Bytes(), needsDocument(needs)})
}
