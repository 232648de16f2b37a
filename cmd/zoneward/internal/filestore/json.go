package filestore

import (
	"fmt"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// formatVersion is that of the files. One of a later version is refused.
const formatVersion = 1

// checkVersion returns an error if a file has another version than this program knows.
func checkVersion(version int) error {
	if version != formatVersion {
		return fmt.Errorf("it has version %d, and this program knows %d", version, formatVersion)
	}
	return nil
}

// The JSON form of tombstones and entries. Names are absolute; a type is left out for a zone.
type (
	keyJSON struct {
		Name string `json:"name"`
		Type string `json:"type,omitempty"`
	}
	rrsetJSON struct {
		TTL     zonefile.TTL `json:"ttl"`
		Records []string     `json:"records"` // RDATA as in a zone file
	}
	refJSON struct {
		Zone   string `json:"zone"` // empty for none
		Target text   `json:"target"`
	}
	writerJSON struct {
		Actor  text `json:"actor"`
		Commit text `json:"commit"`
		Author text `json:"author"`
	}
	stoneJSON struct {
		ID      string               `json:"id"`
		State   reconcile.StoneState `json:"state"`
		StateAt time.Time            `json:"state_at"`
		Kind    reconcile.Kind       `json:"kind"`
		refJSON
		keyJSON
		TTL      *zonefile.TTL   `json:"ttl,omitempty"` // this and Records are those of an RRset
		Records  []string        `json:"records,omitempty"`
		Settings map[string]text `json:"settings,omitempty"`
		// Resource is the kind of a resource, whose fields are the Settings.
		Resource   providers.ResourceKind `json:"resource,omitempty"`
		References map[string]text        `json:"references,omitempty"`
		writerJSON
		Plan     zonefile.Digest `json:"plan"`
		BuriedAt time.Time       `json:"buried_at"`
		PurgeAt  time.Time       `json:"purge_at"`
		Hidden   bool            `json:"hidden"`
	}
	changeJSON struct {
		Kind   reconcile.Kind   `json:"kind"`
		Action reconcile.Action `json:"action"`
		keyJSON
		Old    *rrsetJSON      `json:"old,omitempty"`
		New    *rrsetJSON      `json:"new,omitempty"`
		File   text            `json:"file,omitempty"`
		Line   int             `json:"line,omitempty"`
		Column int             `json:"column,omitempty"`
		Cause  reconcile.Cause `json:"cause,omitempty"`
		Stone  string          `json:"tombstone,omitempty"`
		// Property is there for the kind property.
		Property *propertyJSON `json:"property,omitempty"`
		// Resource is there for the kind resource.
		Resource *resourceJSON `json:"resource,omitempty"`
		From     text          `json:"from,omitempty"`
	}
	propertyJSON struct {
		Name text `json:"name"`
		Old  text `json:"old"`
		New  text `json:"new"`
	}
	pinJSON struct {
		refJSON
		keyJSON
		Stated zonefile.Digest `json:"stated,omitzero"`
		Until  time.Time       `json:"until"`
		Since  time.Time       `json:"since"`
		Actor  text            `json:"actor"`
		Reason text            `json:"reason"`
	}
	suspensionJSON struct {
		refJSON
		Reason text            `json:"reason"`
		Actor  text            `json:"actor"`
		Since  time.Time       `json:"since"`
		Until  time.Time       `json:"until,omitzero"`
		File   zonefile.Digest `json:"file,omitzero"`
	}
	intentJSON struct {
		At time.Time `json:"at"`
		refJSON
		System text `json:"system"`
		Why    text `json:"why"`
		writerJSON
		Plan      zonefile.Digest   `json:"plan,omitzero"`
		Overrides []reconcile.Guard `json:"overrides,omitempty"`
		Reason    text              `json:"reason,omitempty"`
		Changes   []changeJSON      `json:"changes"`
		Stones    []stoneJSON       `json:"tombstones,omitempty"`
		Pins      []pinJSON         `json:"pins,omitempty"`
		Suspend   *suspensionJSON   `json:"suspend,omitempty"`
	}
	outcomeJSON struct {
		At       time.Time        `json:"at"`
		Result   reconcile.Result `json:"result"`
		Live     []bool           `json:"live,omitempty"` // for each change of the intent
		Err      text             `json:"error,omitempty"`
		Serial   uint32           `json:"serial,omitempty"`
		Settled  bool             `json:"settled,omitempty"`
		Mark     text             `json:"mark,omitempty"`
		Restored []string         `json:"restored,omitempty"`
		Purged   []string         `json:"purged,omitempty"`
	}
)

func refToJSON(ref reconcile.Ref) refJSON {
	doc := refJSON{Target: text(ref.Target)}
	if !ref.Zone.IsZero() {
		doc.Zone = ref.Zone.String()
	}
	return doc
}

func (doc refJSON) ref() (reconcile.Ref, error) {
	ref := reconcile.Ref{Target: string(doc.Target)}
	if doc.Zone == "" {
		return ref, nil
	}
	var err error
	ref.Zone, err = zonefile.ParseName(doc.Zone, zonefile.Name{})
	return ref, err
}

func keyToJSON(key zonefile.Key) keyJSON {
	doc := keyJSON{Name: key.Name.String()}
	if key.Type != 0 {
		doc.Type = key.Type.String()
	}
	return doc
}

func (doc keyJSON) key() (key zonefile.Key, err error) {
	if key.Name, err = zonefile.ParseName(doc.Name, zonefile.Name{}); err != nil || doc.Type == "" {
		return key, err
	}
	key.Type, err = zonefile.ParseType(doc.Type)
	return key, err
}

func rrsetToJSON(set *zonefile.RRset) *rrsetJSON {
	if set == nil {
		return nil
	}
	return &rrsetJSON{set.TTL, set.Text()}
}

func (doc *rrsetJSON) rrset(key zonefile.Key) (*zonefile.RRset, error) {
	switch {
	case doc == nil:
		return nil, nil
	case len(doc.Records) == 0:
		return &zonefile.RRset{Key: key, TTL: doc.TTL}, nil
	}
	set, err := zonefile.ParseRRset(key, doc.TTL, zonefile.Name{}, doc.Records...)
	if err != nil {
		return nil, err
	}
	return &set, nil
}

func writerToJSON(w reconcile.Writer) writerJSON {
	return writerJSON{text(w.Actor), text(w.Commit), text(w.Author)}
}

func (doc writerJSON) writer() reconcile.Writer {
	return reconcile.Writer{Actor: string(doc.Actor), Commit: string(doc.Commit), Author: string(doc.Author)}
}

// stoneToJSON leaves out the export of a zone.
func stoneToJSON(t reconcile.Tombstone) stoneJSON {
	doc := stoneJSON{
		ID: t.ID, State: t.State, StateAt: t.StateAt.UTC(), Kind: t.Kind, refJSON: refToJSON(t.Ref), keyJSON: keyToJSON(t.Key),
		writerJSON: writerToJSON(t.Writer), Plan: t.Plan, BuriedAt: t.BuriedAt.UTC(), PurgeAt: t.PurgeAt.UTC(), Hidden: t.Hidden,
	}
	if t.Kind == reconcile.KindRRset {
		doc.TTL, doc.Records = &t.RRset.TTL, t.RRset.Text()
	}
	doc.Settings = textsToJSON(t.Settings)
	if t.Kind == reconcile.KindResource {
		doc.Resource, doc.References = t.Resource, textsToJSON(t.References)
	}
	return doc
}

func (doc stoneJSON) stone() (reconcile.Tombstone, error) {
	t := reconcile.Tombstone{
		ID: doc.ID, State: doc.State, StateAt: doc.StateAt, Kind: doc.Kind, Writer: doc.writer(), Plan: doc.Plan,
		BuriedAt: doc.BuriedAt, PurgeAt: doc.PurgeAt, Hidden: doc.Hidden, Resource: doc.Resource,
	}
	var err error
	if t.Ref, err = doc.ref(); err != nil {
		return t, err
	}
	if t.Key, err = doc.key(); err != nil {
		return t, err
	}
	if doc.TTL != nil {
		set, err := (&rrsetJSON{*doc.TTL, doc.Records}).rrset(t.Key)
		if err != nil {
			return t, err
		}
		t.RRset = *set
	}
	if t.Settings, err = textsOf(doc.Settings); err != nil {
		return t, err
	}
	if t.References, err = textsOf(doc.References); err != nil {
		return t, err
	}
	return t, t.Check()
}

func changeToJSON(c reconcile.Change) changeJSON {
	doc := changeJSON{
		Kind: c.Kind, Action: c.Action, keyJSON: keyToJSON(c.Key), Old: rrsetToJSON(c.Old), New: rrsetToJSON(c.New),
		File: text(c.Source.File), Line: c.Source.Line, Column: c.Source.Column, Cause: c.Cause, Stone: c.Stone,
		Resource: resourceToJSON(c.Resource), From: text(c.From),
	}
	if p := c.Property; c.Kind == reconcile.KindProperty {
		doc.Property = &propertyJSON{text(p.Name), text(p.Old), text(p.New)}
	}
	return doc
}

func (doc changeJSON) change() (reconcile.Change, error) {
	c := reconcile.Change{
		Kind: doc.Kind, Action: doc.Action, Source: zonefile.Position{File: string(doc.File), Line: doc.Line, Column: doc.Column},
		Cause: doc.Cause, Stone: doc.Stone, From: string(doc.From),
	}
	if p := doc.Property; p != nil {
		c.Property = reconcile.Property{Name: string(p.Name), Old: string(p.Old), New: string(p.New)}
	}
	var err error
	if c.Key, err = doc.key(); err != nil {
		return c, err
	}
	if c.Old, err = doc.Old.rrset(c.Key); err != nil {
		return c, err
	}
	if c.New, err = doc.New.rrset(c.Key); err != nil {
		return c, err
	}
	if c.Resource, err = doc.Resource.change(); err == nil && c.Kind == reconcile.KindResource && c.Resource == nil {
		err = fmt.Errorf("the change of the resource %s does not say what it is", c.Key.Name)
	}
	return c, err
}

func pinToJSON(p reconcile.Pin) pinJSON {
	return pinJSON{refToJSON(p.Ref), keyToJSON(p.Key), p.Stated, p.Until.UTC(), p.Since.UTC(), text(p.Actor), text(p.Reason)}
}

func (doc pinJSON) pin() (reconcile.Pin, error) {
	p := reconcile.Pin{Stated: doc.Stated, Until: doc.Until, Since: doc.Since, Actor: string(doc.Actor), Reason: string(doc.Reason)}
	var err error
	if p.Ref, err = doc.ref(); err != nil {
		return p, err
	}
	p.Key, err = doc.key()
	return p, err
}

func suspensionToJSON(s *reconcile.Suspension) *suspensionJSON {
	if s == nil {
		return nil
	}
	return &suspensionJSON{refToJSON(reconcile.Ref(s.Scope)), text(s.Reason), text(s.Actor), s.Since.UTC(), s.Until.UTC(), s.File}
}

func (doc *suspensionJSON) suspension() (*reconcile.Suspension, error) {
	if doc == nil {
		return nil, nil
	}
	ref, err := doc.ref()
	return &reconcile.Suspension{
		Scope: reconcile.Scope(ref), Reason: string(doc.Reason), Actor: string(doc.Actor), Since: doc.Since, Until: doc.Until, File: doc.File,
	}, err
}

func intentToJSON(in reconcile.Intent) *intentJSON {
	return &intentJSON{
		At: in.At.UTC(), refJSON: refToJSON(in.Ref), System: text(in.System), Why: text(in.Why), writerJSON: writerToJSON(in.Writer), Plan: in.Plan,
		Overrides: in.Overrides, Reason: text(in.Reason), Changes: each(in.Changes, changeToJSON), Stones: each(in.Stones, stoneToJSON), Pins: each(in.Pins, pinToJSON),
		Suspend: suspensionToJSON(in.Suspend),
	}
}

func (doc *intentJSON) intent(id int64) (reconcile.Intent, error) {
	in := reconcile.Intent{
		ID: id, At: doc.At, System: string(doc.System), Why: string(doc.Why), Writer: doc.writer(), Plan: doc.Plan, Overrides: doc.Overrides, Reason: string(doc.Reason),
	}
	var err error
	if in.Ref, err = doc.ref(); err != nil {
		return in, err
	}
	if in.Changes, err = tryEach(doc.Changes, changeJSON.change); err != nil {
		return in, err
	}
	if in.Stones, err = tryEach(doc.Stones, stoneJSON.stone); err != nil {
		return in, err
	}
	if in.Pins, err = tryEach(doc.Pins, pinJSON.pin); err != nil {
		return in, err
	}
	in.Suspend, err = doc.Suspend.suspension()
	return in, err
}

func outcomeToJSON(c reconcile.Conclusion) *outcomeJSON {
	return &outcomeJSON{
		At: c.At.UTC(), Result: c.Result, Live: c.Live, Err: text(c.Err), Serial: c.Serial, Settled: c.Settled, Mark: text(c.Mark),
		Restored: c.Restored, Purged: c.Purged,
	}
}

func (doc *outcomeJSON) conclusion() reconcile.Conclusion {
	return reconcile.Conclusion{
		At: doc.At, Result: doc.Result, Live: doc.Live, Err: string(doc.Err), Serial: doc.Serial, Settled: doc.Settled, Mark: string(doc.Mark),
		Restored: doc.Restored, Purged: doc.Purged,
	}
}

// each returns what do makes of all elements.
func each[A, B any](all []A, do func(A) B) []B {
	made := make([]B, len(all))
	for i, a := range all {
		made[i] = do(a)
	}
	return made
}

// tryEach is each for what may fail. It returns nil for no elements.
func tryEach[A, B any](all []A, do func(A) (B, error)) ([]B, error) {
	var made []B
	for _, a := range all {
		b, err := do(a)
		if err != nil {
			return nil, err
		}
		made = append(made, b)
	}
	return made, nil
}
