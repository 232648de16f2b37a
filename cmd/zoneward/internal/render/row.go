package render

import (
	"fmt"

	"github.com/zoneward/zoneward/reconcile"
)

// Row is a change as the row of a table. Its texts are not inert.
type Row struct {
	Name, Type string
	// Old and New are the values before and after, with the TTL in front of each record. What stays is in both.
	Old, New []string
	// About is where the change comes from, what it waits for, and what else there is to say of it.
	About []string
}

// RowOf returns the row of a change. what is what it waits for, empty if it does not.
func RowOf(c reconcile.Change, what string) Row {
	r := Row{Name: Name(c.Key.Name), Type: "zone"}
	add := func(kind LineKind, text string) {
		if kind != LineNew {
			r.Old = append(r.Old, text)
		}
		if kind != LineGone {
			r.New = append(r.New, text)
		}
	}
	switch c.Kind {
	case reconcile.KindZone:
	case reconcile.KindResource:
		r.Type = string(c.Resource.Kind)
		for _, f := range c.Resource.Fields {
			for _, line := range FieldLines(f) {
				add(line.Kind, Shown(f.Name)+" "+line.Text)
			}
		}
	case reconcile.KindRRset:
		if r.Type = c.Key.Type.String(); IsPending(c) {
			r.Name, r.Type = Shown(c.From), ""
		}
	case reconcile.KindProperty:
		r.Type, r.New = "zone "+c.Property.Name, []string{c.Property.New}
		if c.Property.Old != "" {
			r.Old = []string{c.Property.Old}
		}
	}
	for _, line := range ValueLines(c) {
		add(line.Kind, fmt.Sprintf("%s %s", line.TTL, line.Text))
	}
	if at := c.Source.String(); at != "" {
		r.About = append(r.About, at)
	}
	if what != "" {
		r.About = append(r.About, what)
	}
	r.About = append(r.About, Notes(c)...)
	return r
}
