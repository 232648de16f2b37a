package livefile

import (
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// line is one line of a file: one of its fields is there.
type line struct {
	Snapshot *headLine     `json:"snapshot,omitempty"`
	Text     *textLine     `json:"text,omitempty"`
	Provider *providerLine `json:"provider,omitempty"`
	Listed   *listedLine   `json:"listed,omitempty"`
	Zone     *zoneLine     `json:"zone,omitempty"`
	RRset    *rrsetJSON    `json:"rrset,omitempty"`
	Resource *resourceLine `json:"resource,omitempty"`
	Listing  *listingLine  `json:"listing,omitempty"`
	Secret   *secretLine   `json:"secret,omitempty"`
	Parent   *parentLine   `json:"parent,omitempty"`
	End      *endLine      `json:"end,omitempty"`
}

// count returns how many things are in the line.
func (l line) count() int {
	n := 0
	for _, there := range []bool{
		l.Snapshot != nil, l.Text != nil, l.Provider != nil, l.Listed != nil, l.Zone != nil, l.RRset != nil, l.Resource != nil, l.Listing != nil, l.Secret != nil,
		l.Parent != nil, l.End != nil,
	} {
		if there {
			n++
		}
	}
	return n
}

// headLine is the first.
type headLine struct {
	Version int       `json:"version"`
	MadeAt  time.Time `json:"made_at"`
	MadeBy  string    `json:"made_by"`
	Config  string    `json:"config"`
}

// endLine is the last. The digest is that of the octets in front of it.
type endLine struct {
	Lines  int             `json:"lines"`
	Digest zonefile.Digest `json:"digest"`
}

// textLine is what a reference stood for in the file of a domain, in a field that is no secret.
type textLine struct {
	Reference string `json:"reference"`
	Value     string `json:"value"`
}

// providerLine begins what a provider answered: all lines behind it, up to the next.
type providerLine struct {
	Name string `json:"name"`
	// System is a digest of what is in reconcile.Target: addresses are nobody's business who reads the file.
	System    string   `json:"system"`
	Resources bool     `json:"resources"` // it has resources, and no zones
	ListError *failure `json:"list_error,omitempty"`
}

func systemDigest(system string) string {
	return zonefile.Digest(sha256.Sum256([]byte(system))).String()
}

// listedLine is a zone in a provider's list.
type listedLine struct {
	Zone    string             `json:"zone"`
	Kind    providers.ZoneKind `json:"kind"`
	Serial  uint32             `json:"serial,omitempty"`
	Version string             `json:"version,omitempty"`
}

// zoneLine is what a provider answered when it was asked for a zone. Behind it are the RRsets of the zone, then those that are foreign, then those that are
// disabled, each in canonical order.
type zoneLine struct {
	Zone       string            `json:"zone"`
	Error      *failure          `json:"error,omitempty"` // nothing else is there
	Serial     uint32            `json:"serial,omitempty"`
	Version    string            `json:"version,omitempty"`
	Properties map[string]string `json:"properties,omitempty"`
	Traits     *traitsJSON       `json:"traits,omitempty"`
	RRsets     int               `json:"rrsets,omitempty"`
	Foreign    int               `json:"foreign,omitempty"`
	Disabled   int               `json:"disabled,omitempty"`
	Signing    *signingJSON      `json:"signing,omitempty"`
}

// traitsJSON are providers.Traits.
type traitsJSON struct {
	Atomicity      providers.Atomicity     `json:"atomicity"`
	Whole          bool                    `json:"whole"`
	Preconditions  providers.Preconditions `json:"preconditions"`
	LimitOps       int                     `json:"limit_ops"`
	LimitBytes     int                     `json:"limit_bytes"`
	Types          []zonefile.Type         `json:"types"` // null for all
	MinTTL         zonefile.TTL            `json:"min_ttl"`
	MaxTTL         zonefile.TTL            `json:"max_ttl"`
	MaxRecords     int                     `json:"max_records"`
	SOAWritable    bool                    `json:"soa_writable"`
	ApexNSWritable bool                    `json:"apex_ns_writable"`
	CanDisable     bool                    `json:"can_disable"`
	Properties     []string                `json:"properties"`
}

func traitsOf(t providers.Traits) *traitsJSON {
	return &traitsJSON{
		t.Atomicity, t.Whole, t.Preconditions, t.Limits.Ops, t.Limits.Bytes, t.Types, t.MinTTL, t.MaxTTL, t.MaxRecords, t.SOAWritable, t.ApexNSWritable, t.CanDisable,
		t.Properties,
	}
}

func (t *traitsJSON) traits() providers.Traits {
	return providers.Traits{
		Atomicity: t.Atomicity, Whole: t.Whole, Preconditions: t.Preconditions, Limits: providers.BatchLimits{Ops: t.LimitOps, Bytes: t.LimitBytes},
		Types: t.Types, MinTTL: t.MinTTL, MaxTTL: t.MaxTTL, MaxRecords: t.MaxRecords, SOAWritable: t.SOAWritable, ApexNSWritable: t.ApexNSWritable,
		CanDisable: t.CanDisable, Properties: t.Properties,
	}
}

// signingJSON is providers.Signing, or why that could not be told.
type signingJSON struct {
	Error     *failure   `json:"error,omitempty"`
	Signed    bool       `json:"signed"`
	Status    string     `json:"status,omitempty"`
	Algorithm uint8      `json:"algorithm,omitempty"`
	DS        *rrsetJSON `json:"ds,omitempty"`
}

// rrsetJSON is an RRset, with its RDATA in presentation form.
type rrsetJSON struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// TTL has room for what is none, to say so.
	TTL     int64    `json:"ttl"`
	Records []string `json:"records"`
}

func rrsetOf(s zonefile.RRset) *rrsetJSON {
	return &rrsetJSON{s.Key.Name.String(), s.Key.Type.String(), int64(s.TTL), s.Text()}
}

// someRRset is rrsetOf, nil for the zero RRset.
func someRRset(s zonefile.RRset) *rrsetJSON {
	if s.IsZero() {
		return nil
	}
	return rrsetOf(s)
}

// rrset returns the zero RRset for nil.
func (r *rrsetJSON) rrset() (zonefile.RRset, error) {
	if r == nil {
		return zonefile.RRset{}, nil
	}
	name, err := parseName(r.Name)
	if err != nil {
		return zonefile.RRset{}, err
	}
	typ, err := zonefile.ParseType(r.Type)
	if err != nil {
		return zonefile.RRset{}, fmt.Errorf("%s: %w", name, err)
	}
	if r.TTL < 0 || r.TTL > int64(zonefile.MaxTTL) {
		return zonefile.RRset{}, fmt.Errorf("%s %s: the TTL %d: want 0 to %d", name, typ, r.TTL, zonefile.MaxTTL)
	}
	return zonefile.ParseRRset(zonefile.Key{Name: name, Type: typ}, zonefile.TTL(r.TTL), zonefile.Name{}, r.Records...)
}

// parseName reads an absolute name.
func parseName(text string) (zonefile.Name, error) { return zonefile.ParseName(text, zonefile.Name{}) }

// resourceLine is what a provider answered when it was asked for a resource.
type resourceLine struct {
	Name string `json:"name"`
	// At are the write-once fields that said where it was to be looked for.
	At    map[string]string `json:"at,omitempty"`
	Error *failure          `json:"error,omitempty"`
	Found *resourceJSON     `json:"found,omitempty"`
}

// listingLine is all that a provider has at a place.
type listingLine struct {
	At    map[string]string `json:"at,omitempty"`
	Error *failure          `json:"error,omitempty"`
	All   []*resourceJSON   `json:"all,omitempty"`
}

// secretLine is what follows from the secret that a resource is declared with, or why nothing does. It is what plans show of it, and not the secret.
type secretLine struct {
	Name      string            `json:"name"` // of the resource
	Secret    string            `json:"secret"`
	Reference string            `json:"reference"`
	Fields    map[string]string `json:"fields,omitempty"`
	Field     string            `json:"field,omitempty"` // that Error is about
	Error     *failure          `json:"error,omitempty"`
}

// parentLine is what the parent zone has of a delegation.
type parentLine struct {
	Zone        string       `json:"zone"`
	NS          *rrsetJSON   `json:"ns,omitempty"`
	DS          *rrsetJSON   `json:"ds,omitempty"`
	NegativeTTL zonefile.TTL `json:"negative_ttl,omitempty"`
}

// resourceJSON is a providers.ResourceSnapshot.
type resourceJSON struct {
	Kind     providers.ResourceKind  `json:"kind"`
	Name     string                  `json:"name"`
	Fields   map[string]string       `json:"fields,omitempty"`
	ID       string                  `json:"id,omitempty"`
	Outputs  []outputJSON            `json:"outputs,omitempty"`
	Phase    providers.ResourcePhase `json:"phase"`
	State    string                  `json:"state,omitempty"`
	Reason   string                  `json:"reason,omitempty"`
	Observed []observationJSON       `json:"observed,omitempty"`
	Holders  map[string]string       `json:"holders,omitempty"`
}

// outputJSON is a providers.Output.
type outputJSON struct {
	Name  string     `json:"name"`
	RRset *rrsetJSON `json:"rrset"`
	Until *time.Time `json:"until,omitempty"`
}

// observationJSON is a providers.Observation. Value is there if it is a metric.
type observationJSON struct {
	Name    string   `json:"name"`
	Text    string   `json:"text"`
	Value   *float64 `json:"value,omitempty"`
	Alert   string   `json:"alert,omitempty"`
	Watched bool     `json:"watched,omitempty"`
}

func outputsOf(outputs []providers.Output) []outputJSON {
	all := make([]outputJSON, 0, len(outputs))
	for _, o := range outputs {
		one := outputJSON{Name: o.Name, RRset: rrsetOf(o.RRset)}
		if !o.Until.IsZero() {
			one.Until = &o.Until
		}
		all = append(all, one)
	}
	return all
}

func outputs(all []outputJSON) ([]providers.Output, error) {
	var outputs []providers.Output
	for _, o := range all {
		set, err := o.RRset.rrset()
		if err != nil {
			return nil, err
		}
		one := providers.Output{Name: o.Name, RRset: set}
		if o.Until != nil {
			one.Until = *o.Until
		}
		outputs = append(outputs, one)
	}
	return outputs, nil
}

// snapshotOf leaves out what is secret, which a snapshot does not have, and with it the fields that are written and never read.
func snapshotOf(s *providers.ResourceSnapshot) *resourceJSON {
	r := &resourceJSON{
		Kind: s.Kind, Name: s.Name.String(), Fields: s.Fields, ID: s.ID, Outputs: outputsOf(s.Outputs), Phase: s.Status.Phase, State: s.Status.State,
		Reason: s.Status.Reason,
	}
	for _, o := range s.Observed {
		one := observationJSON{Name: o.Name, Text: o.Text, Alert: o.Alert, Watched: o.Watched}
		if o.Metric && !math.IsNaN(o.Value) && !math.IsInf(o.Value, 0) {
			one.Value = &o.Value
		}
		r.Observed = append(r.Observed, one)
	}
	for field, holder := range s.Holders {
		if r.Holders == nil {
			r.Holders = map[string]string{}
		}
		r.Holders[field] = holder.String()
	}
	return r
}

func (r *resourceJSON) snapshot() (*providers.ResourceSnapshot, error) {
	name, err := parseName(r.Name)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]providers.ResourcePhase{providers.Ready, providers.Pending, providers.Blocked}, r.Phase) {
		return nil, fmt.Errorf("%s: %q is no phase of a resource", name, r.Phase)
	}
	s := &providers.ResourceSnapshot{
		Resource: providers.Resource{Kind: r.Kind, Name: name, Fields: r.Fields}, ID: r.ID,
		Status: providers.ResourceStatus{Phase: r.Phase, State: r.State, Reason: r.Reason},
	}
	if s.Outputs, err = outputs(r.Outputs); err != nil {
		return nil, err
	}
	for _, o := range r.Observed {
		one := providers.Observation{Name: o.Name, Text: o.Text, Alert: o.Alert, Watched: o.Watched}
		if o.Value != nil {
			one.Value, one.Metric = *o.Value, true
		}
		s.Observed = append(s.Observed, one)
	}
	for field, text := range r.Holders {
		holder, err := parseName(text)
		if err != nil {
			return nil, err
		}
		if s.Holders == nil {
			s.Holders = map[string]zonefile.Name{}
		}
		s.Holders[field] = holder
	}
	return s, nil
}
