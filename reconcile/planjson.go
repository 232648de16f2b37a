package reconcile

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// PlanVersion is the version of the JSON form of a plan. A program refuses one that it does not know.
const PlanVersion = 1

// The JSON form of a plan. All fields are always there, so that a reader need not guess.
type (
	planJSON struct {
		Version   int             `json:"version"`
		ID        zonefile.Digest `json:"id"`
		Commit    string          `json:"commit"`
		CreatedAt time.Time       `json:"created_at"`
		Zones     []zoneJSON      `json:"zones"`
		Notices   []string        `json:"notices"`
		Summary   summaryJSON     `json:"summary"`
	}
	zoneJSON struct {
		Zone        string          `json:"zone"`
		Target      string          `json:"target"`
		ID          zonefile.Digest `json:"id"`
		Base        zonefile.Digest `json:"base"`
		Changes     []changeJSON    `json:"changes"`
		Deferred    []deferredJSON  `json:"deferred"` // that have to wait for others, or for a time
		Holds       []holdJSON      `json:"holds"`
		Pinned      []pinJSON       `json:"pinned"`
		Waiting     []waitingJSON   `json:"waiting"` // what left the repository and is served until its grace is over
		Drift       []changeJSON    `json:"drift"`   // what was changed elsewhere and is left
		Warnings    []warningJSON   `json:"warnings"`
		Foreign     int             `json:"foreign"`      // live RRsets that are not ours to touch
		Parts       string          `json:"parts"`        // why it cannot be written at once, empty if it can
		Resources   []viewJSON      `json:"resources"`    // of the domain, as they were found
		State       *stateJSON      `json:"state"`        // in which nothing can be written to it
		NegativeTTL zonefile.TTL    `json:"negative_ttl"` // of the live zone, in seconds
		Error       *string         `json:"error"`
	}
	changeJSON struct {
		Kind   Kind       `json:"kind"`
		Action Action     `json:"action"`
		Name   string     `json:"name"`
		Type   string     `json:"type,omitempty"` // none for a zone
		Old    *rrsetJSON `json:"old"`
		New    *rrsetJSON `json:"new"`
		Source string     `json:"source"`
		Cause  Cause      `json:"cause"`
		// Lingers is how many seconds resolvers may still give the old answer. It follows from the rest, and is not read.
		Lingers int64  `json:"lingers"`
		Stone   string `json:"tombstone,omitempty"` // that is restored or purged
		// Property is there for the kind property.
		Property *propertyJSON `json:"property,omitempty"`
		// Resource is there for the kind resource.
		Resource *resourceJSON `json:"resource,omitempty"`
		From     string        `json:"from,omitempty"` // which output of a resource an RRset is
	}
	propertyJSON struct {
		Name string `json:"name"`
		Old  string `json:"old"`
		New  string `json:"new"`
	}
	stateJSON struct {
		Name    string       `json:"name"`
		Needs   string       `json:"needs"`
		Outputs []outputJSON `json:"outputs"` // what has to be published elsewhere first
	}
	outputJSON struct {
		For   string     `json:"for"`
		Name  string     `json:"name"`
		Type  string     `json:"type"`
		RRset *rrsetJSON `json:"rrset"`
		Until *time.Time `json:"until"`
	}
	pinJSON struct {
		Name   string    `json:"name"`
		Type   string    `json:"type,omitempty"` // none for a zone
		Until  time.Time `json:"until"`
		Actor  string    `json:"actor"`
		Reason string    `json:"reason"`
	}
	waitingJSON struct {
		Name  string     `json:"name"`
		Type  string     `json:"type,omitempty"` // none for a zone, or a resource
		Kind  Kind       `json:"kind"`
		Old   *rrsetJSON `json:"old"`
		Since time.Time  `json:"since"`
		Until time.Time  `json:"until"`
		Noted bool       `json:"noted"` // the store knows of it
	}
	warningJSON struct {
		File    string `json:"file"`
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Rule    string `json:"rule"`
		Message string `json:"message"`
	}
	rrsetJSON struct {
		TTL     zonefile.TTL `json:"ttl"`
		Records []string     `json:"records"`
	}
	holdJSON struct {
		Guard  Guard  `json:"guard"`
		Reason string `json:"reason"`
	}
	summaryJSON struct {
		Create   int `json:"create"`
		Update   int `json:"update"`
		Retire   int `json:"retire"`
		Restore  int `json:"restore"`
		Purge    int `json:"purge"`
		Deferred int `json:"deferred"` // that have to wait, beside those above
		Waiting  int `json:"waiting"`
		Drift    int `json:"drift"`
		Held     int `json:"held"`
		Errors   int `json:"errors"`
	}
)

// WriteJSON writes p as JSON, version 1. RDATA is in presentation form with absolute names.
func (p *Plan) WriteJSON(w io.Writer) error {
	s := p.Summary()
	doc := planJSON{
		Version: PlanVersion, ID: p.ID(), Commit: p.Commit, CreatedAt: p.CreatedAt, Zones: make([]zoneJSON, len(p.Zones)),
		Notices: append([]string{}, p.Notices...), Summary: summaryJSON(s),
	}
	for i, z := range p.Zones {
		doc.Zones[i] = z.json()
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

func (z *ZonePlan) json() zoneJSON {
	doc := zoneJSON{
		Zone: z.Zone.String(), Target: z.Target, ID: z.ID, Base: z.Base, Foreign: z.Foreign, Parts: z.Parts, NegativeTTL: z.NegativeTTL,
		Changes: z.changesToJSON(z.Changes), Drift: z.changesToJSON(z.Drift), Holds: make([]holdJSON, len(z.Holds)),
		Deferred: z.deferredToJSON(), Resources: z.viewsToJSON(), Pinned: make([]pinJSON, len(z.Pinned)), Waiting: make([]waitingJSON, len(z.Waiting)), Warnings: make([]warningJSON, len(z.Warnings)),
	}
	for i, p := range z.Pinned {
		doc.Pinned[i] = pinJSON{p.Key.Name.String(), typeToJSON(p.Key), p.Until.UTC(), p.Actor, p.Reason}
	}
	for i, w := range z.Waiting {
		doc.Waiting[i] = waitingJSON{w.Key.Name.String(), typeToJSON(w.Key), w.Kind, rrsetToJSON(w.Old), w.Since.UTC(), w.Until.UTC(), w.Noted}
	}
	for i, h := range z.Holds {
		doc.Holds[i] = holdJSON(h)
	}
	for i, w := range z.Warnings {
		doc.Warnings[i] = warningJSON{w.Position.File, w.Position.Line, w.Position.Column, w.Rule, w.Message}
	}
	doc.State = stateToJSON(z.State)
	if z.Err != nil {
		text := z.Err.Error()
		doc.Error = &text
	}
	return doc
}

func (z *ZonePlan) changesToJSON(changes []Change) []changeJSON {
	docs := make([]changeJSON, len(changes))
	for i, c := range changes {
		docs[i] = changeJSON{
			Kind: c.Kind, Action: c.Action, Name: c.Key.Name.String(), Type: typeToJSON(c.Key), Old: rrsetToJSON(c.Old), New: rrsetToJSON(c.New),
			Source: c.Source.String(), Cause: c.Cause, Lingers: int64(z.Lingers(c).Seconds()), Stone: c.Stone,
			Resource: resourceToJSON(c.Resource), From: c.From,
		}
		if c.Kind == KindProperty {
			docs[i].Property = new(propertyJSON(c.Property))
		}
	}
	return docs
}

// stateToJSON returns nil for nil.
func stateToJSON(s *State) *stateJSON {
	if s == nil {
		return nil
	}
	doc := &stateJSON{Name: s.Name, Needs: s.Needs, Outputs: make([]outputJSON, len(s.Outputs))}
	for i, o := range s.Outputs {
		doc.Outputs[i] = outputJSON{For: o.Name, Name: o.RRset.Key.Name.String(), Type: o.RRset.Key.Type.String(), RRset: rrsetToJSON(&o.RRset)}
		if !o.Until.IsZero() {
			doc.Outputs[i].Until = new(o.Until.UTC())
		}
	}
	return doc
}

// state is the reverse of stateToJSON.
func (doc *stateJSON) state() (*State, error) {
	if doc == nil {
		return nil, nil
	}
	s := &State{Name: doc.Name, Needs: doc.Needs}
	for _, o := range doc.Outputs {
		key, err := keyFromJSON(o.Name, o.Type)
		if err != nil {
			return nil, err
		}
		set, err := o.RRset.rrset(key)
		if err != nil {
			return nil, err
		}
		if set == nil {
			return nil, fmt.Errorf("%s: the output has no records", key)
		}
		output := providers.Output{Name: o.For, RRset: *set}
		if o.Until != nil {
			output.Until = *o.Until
		}
		s.Outputs = append(s.Outputs, output)
	}
	return s, nil
}

// typeToJSON returns the type of an RRset, empty for a zone.
func typeToJSON(key zonefile.Key) string {
	if key.Type == 0 {
		return ""
	}
	return key.Type.String()
}

func rrsetToJSON(s *zonefile.RRset) *rrsetJSON {
	if s == nil {
		return nil
	}
	return &rrsetJSON{s.TTL, s.Text()}
}
