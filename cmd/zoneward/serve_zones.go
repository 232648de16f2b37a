package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery/preview"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// previewed are the zones that are answered for.
type previewed struct {
	env
	server *preview.Server
	zones  map[zonefile.Name]*previewedZone
}

// previewedZone is a zone that is answered for.
type previewedZone struct {
	origin   zonefile.Name
	content  *zonefile.Zone // nil if it was never known
	serial   uint32         // of the SOA that stands in, see preview.Zone
	position func(zonefile.Key) zonefile.Position
	source   string
	problem  string // why content is not what the file says now; empty if it is
}

// inOrder returns the zones by name.
func (p *previewed) inOrder() []*previewedZone {
	return slices.SortedFunc(maps.Values(p.zones), func(a, b *previewedZone) int { return a.origin.Compare(b.origin) })
}

// put has the server answer for the zones as they are now.
func (p *previewed) put() {
	zones := make([]preview.Zone, 0, len(p.zones))
	for _, z := range p.zones {
		note := z.problem
		if z.content != nil && note != "" {
			note = "not what the zone file says now: " + note
		}
		zones = append(zones, preview.Zone{Origin: z.origin, Content: z.content, Serial: z.serial, Note: note})
	}
	p.server.Put(preview.NewZones(zones...))
}

// begin answers for zones for the first time, and says what there is to know of them. It is an error if one of them is not the same on its targets.
func (p *previewed) begin(all []candidate, remarks []string) error {
	chosen := choose(all)
	var errs []error
	for _, c := range chosen {
		if differ, ok := errors.AsType[*differError](c.err); ok {
			errs = append(errs, differ)
		}
	}
	if errs != nil {
		return &usageError{errors.Join(errs...), "--target says which one is meant, or --zone which zones are"}
	}
	var bare, signed []string
	for _, c := range chosen {
		p.add(c)
		if c.content == nil {
			continue
		}
		if !c.content.Has(zonefile.Key{Name: c.Zone, Type: zonefile.TypeSOA}) {
			bare = append(bare, c.Zone.String())
		}
		for set := range c.content.All() {
			if set.Key.Type.Signing() {
				signed = append(signed, c.Zone.String())
				break
			}
		}
	}
	if bare != nil {
		remarks = append(remarks, "without an SOA, so that one stands in for that of the provider, whose serial counts the edits: "+some(bare))
	}
	if signed != nil {
		remarks = append(remarks, "nothing is signed here; left out is what signing has made of: "+some(signed))
	}
	for _, remark := range remarks {
		fmt.Fprintln(p.stderr, "note: "+render.Shown(remark))
	}
	p.put()
	return nil
}

// change answers for zones as they are now, and says what has changed.
func (p *previewed) change(all []candidate) {
	chosen := choose(all)
	here := map[zonefile.Name]bool{}
	for _, c := range chosen {
		here[c.Zone] = true
		z := p.zones[c.Zone]
		switch {
		case z == nil:
			p.add(c)
			if c.err == nil {
				fmt.Fprintf(p.stderr, "%s: answered from now on, %s (%s)\n", render.Name(c.Zone), render.Count(c.content.Records(), "record", "records"), render.Shown(c.source))
			}
		case c.err != nil:
			p.keep(z, c.err)
		default:
			p.replace(z, c)
		}
	}
	for _, z := range p.inOrder() {
		if !here[z.origin] {
			delete(p.zones, z.origin)
			fmt.Fprintf(p.stderr, "%s: not answered any more: %s is gone\n", render.Name(z.origin), render.Shown(z.source))
		}
	}
	p.put()
}

// add takes a zone that was not there before.
func (p *previewed) add(c candidate) {
	z := &previewedZone{origin: c.Zone, content: c.content, serial: 1, position: c.position, source: c.source}
	p.zones[c.Zone] = z
	if c.err != nil {
		z.problem = firstLine(c.err)
		fmt.Fprintf(p.stderr, "error: %s\n  %s is answered with SERVFAIL until that is put right\n", render.Lines(c.err.Error()), render.Name(c.Zone))
	}
}

// keep leaves a zone as it is, which it should not be any more.
func (p *previewed) keep(z *previewedZone, err error) {
	before := z.problem
	if z.problem = firstLine(err); z.problem == before {
		return
	}
	fmt.Fprintf(p.stderr, "error: %s\n", render.Lines(err.Error()))
	if z.content != nil {
		fmt.Fprintf(p.stderr, "  %s is answered as it was before\n", render.Name(z.origin))
	}
}

// firstLine returns the first line of an error, and how many more there are.
func firstLine(err error) string {
	first, rest, _ := strings.Cut(err.Error(), "\n")
	if rest != "" {
		first += fmt.Sprintf(" (and %d more)", 1+strings.Count(rest, "\n"))
	}
	return first
}

// replace puts another content in the place of a zone's, and says what differs.
func (p *previewed) replace(z *previewedZone, c candidate) {
	before, was := z.content, z.position
	wasWrong := z.problem != ""
	z.content, z.position, z.source, z.problem = c.content, c.position, c.source, ""
	var changes []reconcile.Change
	if before == nil {
		before = zonefile.NewZone(z.origin)
	}
	if before != c.content {
		for change := range zonefile.Diff(before, c.content) {
			changes = append(changes, previewedChange(change, was, c.position))
		}
	}
	if len(changes) > 0 {
		z.serial++
		p.writeChanges(z.origin, changes)
	} else if wasWrong {
		fmt.Fprintf(p.stderr, "%s: the file says again what is answered\n", render.Name(z.origin))
	}
}

// previewedChange returns a change for people, with where it is stated, or was.
func previewedChange(change zonefile.Change, was, is func(zonefile.Key) zonefile.Position) reconcile.Change {
	c := reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Update, Key: change.Key(), Old: change.Old, New: change.New, Source: is(change.Key()).WithoutColumn()}
	switch {
	case change.Old == nil:
		c.Action = reconcile.Create
	case change.New == nil:
		c.Action, c.Source = reconcile.Retire, zonefile.Position{File: was(c.Key).File}
	}
	return c
}

// mostChanges is how many changes of a zone are shown.
const mostChanges = 50

// writeChanges says what has changed in a zone, as a plan does.
func (p *previewed) writeChanges(origin zonefile.Name, changes []reconcile.Change) {
	counts := map[reconcile.Action]int{}
	for _, c := range changes {
		counts[c.Action]++
	}
	var parts []string
	for _, part := range []struct {
		action reconcile.Action
		text   string
	}{{reconcile.Create, "added"}, {reconcile.Update, "changed"}, {reconcile.Retire, "removed"}} {
		if n := counts[part.action]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, part.text))
		}
	}
	onStderr := env{stdout: p.stderr, lookup: p.lookup}
	t := render.NewPrinter(p.stderr, onStderr.colours())
	t.Printf("%s%s%s: %s\n", t.Style.Bold, render.Name(origin), t.Style.Reset, strings.Join(parts, ", "))
	shownChanges := changes[:min(len(changes), mostChanges)]
	var cols render.Columns
	for _, c := range shownChanges {
		cols.Fit(c)
	}
	for _, c := range shownChanges {
		t.Change(c, cols)
	}
	if more := len(changes) - len(shownChanges); more > 0 {
		t.Printf("  and %d more\n", more)
	}
	_ = t.Flush() // who cannot read it can still ask
}
