package document

import (
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Change is a change as a plan has it.
type Change struct {
	Kind      reconcile.Kind   `json:"kind"`
	Action    reconcile.Action `json:"action"`
	Name      string           `json:"name"`
	Type      string           `json:"type,omitempty"` // none for a zone
	Old       *RRset           `json:"old"`
	New       *RRset           `json:"new"`
	Source    string           `json:"source"`
	Cause     reconcile.Cause  `json:"cause"`
	Tombstone string           `json:"tombstone,omitempty"` // that is restored or purged
	Property  *Property        `json:"property,omitempty"`  // of the zone, for that kind
	Resource  *Resource        `json:"resource,omitempty"`  // for that kind
	From      string           `json:"from,omitempty"`      // which output of a resource an RRset is
}

// Property is the change of one property of a zone.
type Property struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// Resource is what a change does to a resource.
type Resource struct {
	Kind       providers.ResourceKind `json:"kind"`
	Fields     []Field                `json:"fields"`
	References map[string]string      `json:"references,omitempty"` // by which secrets are named
}

// Field is the change of one field of a resource.
type Field struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// OfChange returns a change that was made: what its values come from, if that was not known before, is left out.
func OfChange(c reconcile.Change) Change {
	doc := Change{
		Kind: c.Kind, Action: c.Action, Name: c.Key.Name.String(), Type: OfType(c.Key), Old: OfRRset(c.Old), New: OfRRset(c.New),
		Source: c.Source.String(), Cause: c.Cause, Tombstone: c.Stone, From: c.From,
	}
	if r := c.Resource; r != nil {
		doc.Resource = &Resource{r.Kind, make([]Field, len(r.Fields)), r.References}
		for i, f := range r.Fields {
			doc.Resource.Fields[i] = Field{f.Name, f.Old, f.New}
		}
	}
	if p := c.Property; c.Kind == reconcile.KindProperty {
		doc.Property = &Property{p.Name, p.Old, p.New}
	}
	return doc
}

// Change is the reverse of OfChange. The place that it comes from is to be shown only: its line is in the name of the file.
func (c Change) Change() (reconcile.Change, error) {
	key, err := keyOf(c.Name, c.Type)
	if err != nil {
		return reconcile.Change{}, err
	}
	change := reconcile.Change{
		Kind: c.Kind, Action: c.Action, Key: key, Source: zonefile.Position{File: c.Source}, Cause: c.Cause, Stone: c.Tombstone, From: c.From,
	}
	if err := checkAction(c.Action); err != nil {
		return change, err
	}
	switch c.Kind {
	case reconcile.KindRRset:
		if change.Old, err = c.Old.RRset(key); err != nil {
			return change, err
		}
		if change.New, err = c.New.RRset(key); err != nil {
			return change, err
		}
		if change.Old == nil && change.New == nil && c.From == "" {
			return change, fmt.Errorf("%s: neither old nor new", c.Name)
		}
		return change, nil
	case reconcile.KindZone:
		return change, nil
	case reconcile.KindProperty:
		if c.Property == nil {
			return change, fmt.Errorf("%s: no property", c.Name)
		}
		change.Property = reconcile.Property(*c.Property)
		return change, nil
	case reconcile.KindResource:
		if c.Resource == nil {
			return change, fmt.Errorf("%s: no resource", c.Name)
		}
		if err := checkWords("a resource", string(c.Resource.Kind)); err != nil {
			return change, err
		}
		change.Resource = &reconcile.ResourceChange{Kind: c.Resource.Kind, References: c.Resource.References}
		for _, f := range c.Resource.Fields {
			change.Resource.Fields = append(change.Resource.Fields, reconcile.FieldChange{Name: f.Name, Old: f.Old, New: f.New})
		}
		return change, nil
	}
	return change, fmt.Errorf("%s: a change of the kind %q is not known", c.Name, c.Kind)
}

func checkAction(action reconcile.Action) error {
	if !slices.Contains([]reconcile.Action{reconcile.Create, reconcile.Update, reconcile.Retire, reconcile.Restore, reconcile.Purge}, action) {
		return fmt.Errorf("the action %q is not known", action)
	}
	return nil
}

// Subject says what a change is about.
type Subject struct {
	Action reconcile.Action `json:"action"`
	Name   string           `json:"name"`
	Type   string           `json:"type,omitempty"` // of RRsets alone
	// Property is the name of one of the zone's.
	Property string `json:"property,omitempty"`
	// Resource is the kind of a resource, and Fields are the names of those that change.
	Resource providers.ResourceKind `json:"resource,omitempty"`
	Fields   []string               `json:"fields,omitempty"`
	From     string                 `json:"from,omitempty"` // which output of a resource an RRset is
	Source   string                 `json:"source"`
}

// OfSubject says what a change is about.
func OfSubject(c reconcile.Change) Subject {
	doc := Subject{Action: c.Action, Name: c.Key.Name.String(), Type: OfType(c.Key), Property: c.Property.Name, From: c.From, Source: c.Source.String()}
	if c.Kind == reconcile.KindResource {
		doc.Resource = c.Resource.Kind
		for _, f := range c.Resource.Fields {
			doc.Fields = append(doc.Fields, f.Name)
		}
	}
	return doc
}

// OfSubjects returns OfSubject of each.
func OfSubjects(changes []reconcile.Change) []Subject {
	docs := make([]Subject, len(changes))
	for i, c := range changes {
		docs[i] = OfSubject(c)
	}
	return docs
}

// Change is the reverse of OfSubject: a change without old and new.
func (s Subject) Change() (reconcile.Change, error) {
	key, err := keyOf(s.Name, s.Type)
	if err != nil {
		return reconcile.Change{}, err
	}
	c := reconcile.Change{Kind: reconcile.KindZone, Action: s.Action, Key: key, From: s.From, Source: zonefile.Position{File: s.Source}}
	switch {
	case s.Property != "":
		c.Kind, c.Property.Name = reconcile.KindProperty, s.Property
	case s.Resource != "":
		if err := checkWords("a resource", string(s.Resource)); err != nil {
			return c, err
		}
		c.Kind, c.Resource = reconcile.KindResource, &reconcile.ResourceChange{Kind: s.Resource}
		for _, name := range s.Fields {
			c.Resource.Fields = append(c.Resource.Fields, reconcile.FieldChange{Name: name})
		}
	case s.Type != "" || s.From != "":
		c.Kind = reconcile.KindRRset
	}
	return c, checkAction(s.Action)
}

// changesOf is the reverse of OfSubjects.
func changesOf(docs []Subject) ([]reconcile.Change, error) {
	var all []reconcile.Change
	for _, doc := range docs {
		c, err := doc.Change()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}
