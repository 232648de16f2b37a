package reconcile

import (
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// The parts of the JSON form of a plan that are about resources, and about what waits.
type (
	resourceJSON struct {
		Kind       providers.ResourceKind `json:"kind"`
		Fields     []fieldJSON            `json:"fields"`
		References map[string]string      `json:"references,omitempty"` // how secrets are named
	}
	fieldJSON struct {
		Name  string `json:"name"`
		Old   string `json:"old"`
		New   string `json:"new"`
		After string `json:"after,omitempty"` // what has to be done before new is known
	}
	deferredJSON struct {
		changeJSON
		For     string     `json:"for"`
		DueTime *time.Time `json:"until"` // none if that is not known
	}
	viewJSON struct {
		Kind     providers.ResourceKind  `json:"kind"`
		Name     string                  `json:"name"`
		Phase    providers.ResourcePhase `json:"phase"`
		State    string                  `json:"state"`
		Reason   string                  `json:"reason"`
		Observed []observationJSON       `json:"observed"`
	}
	observationJSON struct {
		Name  string   `json:"name"`
		Text  string   `json:"text"`
		Value *float64 `json:"value"` // the same as a number, if it is one
		Alert string   `json:"alert"`
	}
)

func resourceToJSON(c *ResourceChange) *resourceJSON {
	if c == nil {
		return nil
	}
	doc := &resourceJSON{Kind: c.Kind, Fields: make([]fieldJSON, len(c.Fields)), References: c.References}
	for i, f := range c.Fields {
		doc.Fields[i] = fieldJSON(f)
	}
	return doc
}

// change is the reverse of resourceToJSON.
func (doc *resourceJSON) change(action Action) (*ResourceChange, error) {
	if !slices.Contains([]providers.ResourceKind{providers.Mail, providers.App, providers.Delegation}, doc.Kind) {
		return nil, fmt.Errorf("the kind of resource %q is not known", doc.Kind)
	}
	if !slices.Contains([]Action{Create, Update, Retire, Restore, Purge}, action) {
		return nil, fmt.Errorf("the action %q is not known", action)
	}
	c := &ResourceChange{Kind: doc.Kind, References: doc.References}
	for _, f := range doc.Fields {
		c.Fields = append(c.Fields, FieldChange(f))
	}
	return c, nil
}

func (z *ZonePlan) deferredToJSON() []deferredJSON {
	docs := make([]deferredJSON, len(z.Deferred))
	for i, d := range z.Deferred {
		docs[i] = deferredJSON{changeJSON: z.changesToJSON([]Change{d.Change})[0], For: d.For}
		if !d.Until.IsZero() {
			docs[i].DueTime = new(d.Until.UTC())
		}
	}
	return docs
}

// deferredFromJSON is the reverse of deferredToJSON.
func deferredFromJSON(docs []deferredJSON, origin zonefile.Name) ([]Deferred, error) {
	var all []Deferred
	for _, doc := range docs {
		d := Deferred{For: doc.For}
		if doc.DueTime != nil {
			d.Until = *doc.DueTime
		}
		var err error
		if doc.isPending() {
			d.Change, err = doc.pending()
		} else {
			d.Change, err = doc.change(origin)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// isPending reports whether the change is an output of which nothing is known but that it will be there.
func (doc changeJSON) isPending() bool {
	return doc.Kind == KindRRset && doc.Type == "" && doc.Old == nil && doc.New == nil && doc.From != ""
}

func (doc changeJSON) pending() (Change, error) {
	key, err := keyFromJSON(doc.Name, "")
	if err != nil {
		return Change{}, err
	}
	if doc.Action != Create {
		return Change{}, fmt.Errorf("%s: the action is %q, and what is not known yet is created", doc.Name, doc.Action)
	}
	return Change{Kind: KindRRset, Action: Create, Key: key, Source: parsePosition(doc.Source), Cause: doc.Cause, From: doc.From}, nil
}

func (z *ZonePlan) viewsToJSON() []viewJSON {
	docs := make([]viewJSON, len(z.Resources))
	for i, v := range z.Resources {
		docs[i] = viewJSON{v.Kind, v.Name.String(), v.Status.Phase, v.Status.State, v.Status.Reason, make([]observationJSON, len(v.Observed))}
		for j, o := range v.Observed {
			docs[i].Observed[j] = observationJSON{Name: o.Name, Text: o.Text, Alert: o.Alert}
			if o.Metric {
				docs[i].Observed[j].Value = new(o.Value)
			}
		}
	}
	return docs
}

// viewsFromJSON is the reverse of viewsToJSON.
func viewsFromJSON(docs []viewJSON) ([]ResourceView, error) {
	var all []ResourceView
	for _, doc := range docs {
		name, err := zonefile.ParseName(doc.Name, zonefile.Name{})
		if err != nil {
			return nil, err
		}
		v := ResourceView{doc.Kind, name, providers.ResourceStatus{Phase: doc.Phase, State: doc.State, Reason: doc.Reason}, nil}
		for _, o := range doc.Observed {
			observed := providers.Observation{Name: o.Name, Text: o.Text, Alert: o.Alert}
			if o.Value != nil {
				observed.Value, observed.Metric = *o.Value, true
			}
			v.Observed = append(v.Observed, observed)
		}
		all = append(all, v)
	}
	return all, nil
}
