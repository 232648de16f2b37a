package reconcile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ReadPlan reads what [Plan.WriteJSON] wrote. The plan is refused if it is of another version, or if its changes do not give its ids.
// It can be shown and compared, see [Reviewed]; to apply it, it has to be made again.
func ReadPlan(r io.Reader) (*Plan, error) {
	dec := json.NewDecoder(r)
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return nil, fmt.Errorf("not a plan: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not a plan: something follows it")
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, fmt.Errorf("not a plan: %w", err)
	}
	if head.Version != PlanVersion {
		return nil, fmt.Errorf("a plan of version %d, and this program knows version %d: make it again", head.Version, PlanVersion)
	}
	var doc planJSON
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&doc); err != nil {
		return nil, fmt.Errorf("not a plan: %w", err)
	}
	plan := &Plan{Commit: doc.Commit, CreatedAt: doc.CreatedAt, Notices: doc.Notices, Zones: make([]ZonePlan, len(doc.Zones))}
	for i, z := range doc.Zones {
		zone, err := z.plan()
		if err != nil {
			return nil, fmt.Errorf("zone %s on %s: %w", z.Zone, z.Target, err)
		}
		if i > 0 && plan.Zones[i-1].Compare(zone.Ref) >= 0 {
			return nil, fmt.Errorf("zone %s on %s: out of order, or twice", z.Zone, z.Target)
		}
		plan.Zones[i] = zone
	}
	if plan.ID() != doc.ID {
		return nil, errPlanID
	}
	return plan, nil
}

var errPlanID = errors.New("its id does not go with its changes: it was changed by hand or damaged; make it again")

func (doc zoneJSON) plan() (ZonePlan, error) {
	origin, err := zonefile.ParseName(doc.Zone, zonefile.Name{})
	if err != nil {
		return ZonePlan{}, err
	}
	z := ZonePlan{
		Ref: Ref{origin, doc.Target}, ID: doc.ID, Base: doc.Base, Foreign: doc.Foreign, Parts: doc.Parts, NegativeTTL: doc.NegativeTTL,
	}
	if z.Changes, err = changesFromJSON(doc.Changes, origin); err != nil {
		return ZonePlan{}, err
	}
	if z.Deferred, err = deferredFromJSON(doc.Deferred, origin); err != nil {
		return ZonePlan{}, err
	}
	if z.Resources, err = viewsFromJSON(doc.Resources); err != nil {
		return ZonePlan{}, err
	}
	if z.Drift, err = changesFromJSON(doc.Drift, origin); err != nil {
		return ZonePlan{}, err
	}
	for _, h := range doc.Holds {
		z.Holds = append(z.Holds, Hold(h))
	}
	for _, w := range doc.Warnings {
		at := zonefile.Position{File: w.File, Line: w.Line, Column: w.Column}
		z.Warnings = append(z.Warnings, zonefile.Problem{Position: at, Rule: w.Rule, Severity: zonefile.Warning, Message: w.Message})
	}
	for _, p := range doc.Pinned {
		key, err := keyFromJSON(p.Name, p.Type)
		if err != nil {
			return ZonePlan{}, err
		}
		z.Pinned = append(z.Pinned, Pin{Ref: z.Ref, Key: key, Until: p.Until, Actor: p.Actor, Reason: p.Reason})
	}
	for _, w := range doc.Waiting {
		waiting, err := w.waiting()
		if err != nil {
			return ZonePlan{}, err
		}
		z.Waiting = append(z.Waiting, waiting)
	}
	if z.State, err = doc.State.state(); err != nil {
		return ZonePlan{}, err
	}
	if doc.Error != nil {
		z.Err = errors.New(*doc.Error)
		return z, nil
	}
	if digestPlan(&z) != doc.ID {
		return ZonePlan{}, errPlanID
	}
	return z, nil
}

// keyFromJSON returns the key of an RRset, or that of a zone if there is no type.
func keyFromJSON(name, typ string) (key zonefile.Key, err error) {
	if key.Name, err = zonefile.ParseName(name, zonefile.Name{}); err != nil {
		return key, err
	}
	if typ == "" {
		return key, nil
	}
	if key.Type, err = zonefile.ParseType(typ); err != nil {
		return key, fmt.Errorf("%s: %w", name, err)
	}
	return key, nil
}

func (doc waitingJSON) waiting() (Waiting, error) {
	key, err := keyFromJSON(doc.Name, doc.Type)
	if err != nil {
		return Waiting{}, err
	}
	w := Waiting{Kind: doc.Kind, Key: key, Since: doc.Since, Until: doc.Until, Noted: doc.Noted}
	if doc.Type == "" {
		return w, nil
	}
	w.Old, err = doc.Old.rrset(key)
	return w, err
}

func changesFromJSON(docs []changeJSON, origin zonefile.Name) ([]Change, error) {
	var changes []Change
	for _, doc := range docs {
		change, err := doc.change(origin)
		if err != nil {
			return nil, err
		}
		changes = append(changes, change)
	}
	return changes, nil
}

func (doc changeJSON) change(origin zonefile.Name) (Change, error) {
	key, err := keyFromJSON(doc.Name, doc.Type)
	if err != nil {
		return Change{}, err
	}
	c := Change{Kind: doc.Kind, Action: doc.Action, Key: key, Source: parsePosition(doc.Source), Cause: doc.Cause, Stone: doc.Stone, From: doc.From}
	bare := doc.Type == "" && doc.Old == nil && doc.New == nil
	switch {
	case doc.Kind == KindZone && bare && key.Name == origin && slices.Contains([]Action{Create, Retire, Restore, Purge}, doc.Action):
		return c, nil
	case doc.Kind == KindProperty && bare && key.Name == origin && doc.Property != nil && slices.Contains([]Action{Create, Update}, doc.Action):
		c.Property = Property(*doc.Property)
		return c, nil
	case doc.Kind == KindResource && bare && doc.Resource != nil:
		if c.Resource, err = doc.Resource.change(doc.Action); err != nil {
			return Change{}, fmt.Errorf("%s: %w", doc.Name, err)
		}
		return c, nil
	case doc.Kind != KindRRset:
		return Change{}, fmt.Errorf("%s: a change of the kind %q with the action %q is not known", doc.Name, doc.Kind, doc.Action)
	case doc.Type == "":
		return Change{}, fmt.Errorf("%s: no type", doc.Name)
	}
	if c.Old, err = doc.Old.rrset(key); err != nil {
		return Change{}, err
	}
	if c.New, err = doc.New.rrset(key); err != nil {
		return Change{}, err
	}
	can := []Action{Update, Restore}
	switch {
	case c.Old == nil && c.New == nil:
		return Change{}, fmt.Errorf("%s: neither old nor new", key)
	case c.Old == nil:
		can = []Action{Create, Restore}
	case c.New == nil:
		can = []Action{Retire, Purge}
	}
	if !slices.Contains(can, doc.Action) {
		return Change{}, fmt.Errorf("%s: the action is %q, and old and new say %q", key, doc.Action, can[0])
	}
	return c, nil
}

func (doc *rrsetJSON) rrset(key zonefile.Key) (*zonefile.RRset, error) {
	if doc == nil {
		return nil, nil
	}
	set, err := zonefile.ParseRRset(key, doc.TTL, zonefile.Name{}, doc.Records...)
	if err != nil {
		return nil, err
	}
	return &set, nil
}

// parsePosition reads what zonefile.Position.String gives. A file whose name ends in a colon and digits is misread, and only shown so.
func parsePosition(text string) zonefile.Position {
	at := zonefile.Position{File: text}
	for _, into := range []*int{&at.Column, &at.Line} {
		file, digits, ok := cutLast(at.File, ":")
		n, err := strconv.Atoi(digits)
		if !ok || err != nil {
			break
		}
		at.File, *into = file, n
	}
	if at.Line == 0 {
		at.Line, at.Column = at.Column, 0
	}
	return at
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
