package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// addChanges adds changes to an event: how many there are of each action, and their records.
func (e *Event) addChanges(changes []reconcile.Change) {
	if e.Counts == nil {
		e.Counts = map[string]int{}
	}
	for _, c := range changes {
		e.Counts[string(c.Action)]++
		for _, text := range changeLines(c) {
			if len(e.Lines) < MaxLines {
				e.Lines = append(e.Lines, text)
			} else {
				e.More++
			}
		}
	}
}

// changeLines returns a change in lines: for an RRset one for each record that goes or comes.
func changeLines(c reconcile.Change) []string {
	switch c.Kind {
	case reconcile.KindZone:
		return []string{string(c.Action) + " the zone itself"}
	case reconcile.KindProperty:
		return []string{fmt.Sprintf("%s of the zone: %q -> %q", c.Property.Name, c.Property.Old, c.Property.New)}
	case reconcile.KindResource:
		lines := []string{fmt.Sprintf("%s %s %s", c.Action, c.Resource.Kind, c.Key.Name)}
		for _, f := range c.Resource.Fields {
			lines = append(lines, "  "+f.String())
		}
		return lines
	case reconcile.KindRRset:
	}
	if c.Old == nil && c.New == nil {
		return []string{string(c.Action) + " " + c.From}
	}
	before, after := recordLines(c.Old), recordLines(c.New)
	var lines []string
	for _, text := range before {
		if !slices.Contains(after, text) {
			lines = append(lines, "- "+text)
		}
	}
	for _, text := range after {
		if !slices.Contains(before, text) {
			lines = append(lines, "+ "+text)
		}
	}
	return lines
}

func recordLines(s *zonefile.RRset) []string {
	if s == nil {
		return nil
	}
	var lines []string
	for _, text := range s.Text() {
		lines = append(lines, fmt.Sprintf("%s %d %s %s", s.Key.Name, s.TTL, s.Key.Type, text))
	}
	return lines
}

// digestOf is equal for equal changes.
func digestOf(changes []reconcile.Change) string {
	h := sha256.New()
	for _, c := range changes {
		for _, text := range changeLines(c) {
			_, _ = fmt.Fprintln(h, text) // a hash takes everything
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
