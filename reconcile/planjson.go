package reconcile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

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
		Summary   summaryJSON     `json:"summary"`
	}
	zoneJSON struct {
		Zone    string          `json:"zone"`
		Target  string          `json:"target"`
		ID      zonefile.Digest `json:"id"`
		Base    zonefile.Digest `json:"base"`
		Changes []changeJSON    `json:"changes"`
		Holds   []holdJSON      `json:"holds"`
		Pinned  []pinJSON       `json:"pinned"`
		Waiting []waitingJSON   `json:"waiting"` // what left the repository and is served until its grace is over
		Drift   []changeJSON    `json:"drift"`   // what was changed elsewhere and is left
		Parts   string          `json:"parts"`   // why it cannot be written at once, empty if it can
		Error   *string         `json:"error"`
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
		Stone  string     `json:"tombstone,omitempty"` // that is restored or purged
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
		Type  string     `json:"type,omitempty"` // none for a zone
		Old   *rrsetJSON `json:"old"`
		Since time.Time  `json:"since"`
		Until time.Time  `json:"until"`
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
		Create  int `json:"create"`
		Update  int `json:"update"`
		Retire  int `json:"retire"`
		Restore int `json:"restore"`
		Purge   int `json:"purge"`
		Held    int `json:"held"`
		Errors  int `json:"errors"`
	}
)

// WriteJSON writes p as JSON, version 1. RDATA is in presentation form with absolute names.
func (p *Plan) WriteJSON(w io.Writer) error {
	s := p.Summary()
	doc := planJSON{
		Version: PlanVersion, ID: p.ID(), Commit: p.Commit, CreatedAt: p.CreatedAt, Zones: make([]zoneJSON, len(p.Zones)),
		Summary: summaryJSON{Create: s.Create, Update: s.Update, Retire: s.Retire, Restore: s.Restore, Purge: s.Purge, Held: s.Held, Errors: s.Errors},
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
		Zone: z.Zone.String(), Target: z.Target, ID: z.ID, Base: z.Base, Parts: z.Parts,
		Changes: changesToJSON(z.Changes), Drift: changesToJSON(z.Drift),
		Holds: make([]holdJSON, len(z.Holds)), Pinned: make([]pinJSON, len(z.Pinned)), Waiting: make([]waitingJSON, len(z.Waiting)),
	}
	for i, p := range z.Pinned {
		doc.Pinned[i] = pinJSON{p.Key.Name.String(), typeToJSON(p.Key), p.Until, p.Actor, p.Reason}
	}
	for i, w := range z.Waiting {
		doc.Waiting[i] = waitingJSON{w.Key.Name.String(), typeToJSON(w.Key), rrsetToJSON(w.Old), w.Since, w.Until}
	}
	for i, h := range z.Holds {
		doc.Holds[i] = holdJSON(h)
	}
	if z.Err != nil {
		text := z.Err.Error()
		doc.Error = &text
	}
	return doc
}

func changesToJSON(changes []Change) []changeJSON {
	docs := make([]changeJSON, len(changes))
	for i, c := range changes {
		docs[i] = changeJSON{
			Kind: c.Kind, Action: c.Action, Name: c.Key.Name.String(), Type: typeToJSON(c.Key),
			Old: rrsetToJSON(c.Old), New: rrsetToJSON(c.New), Source: c.Source.String(), Cause: c.Cause, Stone: c.Stone,
		}
	}
	return docs
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
	plan := &Plan{Commit: doc.Commit, CreatedAt: doc.CreatedAt, Zones: make([]ZonePlan, len(doc.Zones))}
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
	z := ZonePlan{Ref: Ref{origin, doc.Target}, ID: doc.ID, Base: doc.Base}
	for _, c := range doc.Changes {
		change, err := c.change(origin)
		if err != nil {
			return ZonePlan{}, err
		}
		z.Changes = append(z.Changes, change)
	}
	for _, h := range doc.Holds {
		z.Holds = append(z.Holds, Hold(h))
	}
	if doc.Error != nil {
		z.Err = errors.New(*doc.Error)
		return z, nil
	}
	if digestChanges(z.Ref, z.Changes) != doc.ID {
		return ZonePlan{}, errPlanID
	}
	return z, nil
}

func (doc changeJSON) change(origin zonefile.Name) (Change, error) {
	name, err := zonefile.ParseName(doc.Name, zonefile.Name{})
	if err != nil {
		return Change{}, err
	}
	c := Change{Kind: doc.Kind, Action: doc.Action, Key: zonefile.Key{Name: name}, Source: parsePosition(doc.Source), Cause: doc.Cause, Stone: doc.Stone}
	switch {
	case doc.Kind == KindZone && (doc.Action == Create || doc.Action == Retire) && name == origin && doc.Type == "" && doc.Old == nil && doc.New == nil:
		return c, nil
	case doc.Kind != KindRRset:
		return Change{}, fmt.Errorf("%s: a change of the kind %q with the action %q is not known", doc.Name, doc.Kind, doc.Action)
	}
	if c.Key.Type, err = zonefile.ParseType(doc.Type); err != nil {
		return Change{}, fmt.Errorf("%s: %w", doc.Name, err)
	}
	if c.Old, err = doc.Old.rrset(c.Key); err != nil {
		return Change{}, err
	}
	if c.New, err = doc.New.rrset(c.Key); err != nil {
		return Change{}, err
	}
	want := Update
	switch {
	case c.Old == nil && c.New == nil:
		return Change{}, fmt.Errorf("%s: neither old nor new", c.Key)
	case c.Old == nil:
		want = Create
	case c.New == nil && doc.Action == Purge:
		want = Purge
	case c.New == nil:
		want = Retire
	}
	if doc.Action != want {
		return Change{}, fmt.Errorf("%s: the action is %q, and old and new say %q", c.Key, doc.Action, want)
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
