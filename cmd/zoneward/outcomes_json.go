package main

import (
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// The JSON form of what apply did, version 1.
type (
	outcomesJSON struct {
		Version int           `json:"version"`
		Zones   []outcomeJSON `json:"zones"`
	}
	outcomeJSON struct {
		Zone         string            `json:"zone"`
		Target       string            `json:"target"`
		Status       reconcile.Status  `json:"status"`
		Changes      int               `json:"changes"` // that are live now
		Written      string            `json:"written"` // whether the provider was written to: no, perhaps, yes
		Serial       uint32            `json:"serial"`  // 0 if it is not known
		Refused      []refusalJSON     `json:"refused"`
		Skipped      []subjectJSON     `json:"skipped"`      // retires that were not begun because of what was refused
		Tombstones   []string          `json:"tombstones"`   // ids of those of what was retired
		Verification *verificationJSON `json:"verification"` // null if the name servers were not asked
		RolledBack   bool              `json:"rolled_back"`
		Settled      int               `json:"settled"` // interrupted writes of which it was found out what had become of them
		Began        time.Time         `json:"began"`
		Took         float64           `json:"took"`     // seconds
		Until        *time.Time        `json:"until"`    // resolvers may give old answers, null if they do not
		State        *stateJSON        `json:"state"`    // of the zone at its provider that keeps it from being written, null for none
		Deferred     []deferredJSON    `json:"deferred"` // what still has to wait
		Holds        []holdJSON        `json:"holds"`    // what holds that which had to wait until now
		Error        *string           `json:"error"`
	}
	refusalJSON struct {
		Changes []subjectJSON `json:"changes"`
		Error   string        `json:"error"`
	}
	// subjectJSON says what a change is about.
	subjectJSON struct {
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
	deferredJSON struct {
		subjectJSON
		For   string     `json:"for"`
		Until *time.Time `json:"until"` // null if that is not known
	}
	holdJSON struct {
		Guard  reconcile.Guard `json:"guard"`
		Reason string          `json:"reason"`
	}
	verificationJSON struct {
		OK      bool                 `json:"ok"`
		Servers []verifiedServerJSON `json:"servers"`
		Notes   []string             `json:"notes"`
		Took    float64              `json:"took"` // seconds
	}
)

// outcomesDocument returns what became of the zones of a plan.
func outcomesDocument(plan *reconcile.Plan, outcomes []reconcile.Outcome) outcomesJSON {
	doc := outcomesJSON{Version: 1, Zones: make([]outcomeJSON, len(outcomes))}
	for i, o := range outcomes {
		zone := outcomeJSON{
			Zone: o.Zone.String(), Target: o.Target, Status: o.Status, Changes: len(o.Changes), Written: o.Written.String(), Serial: o.Serial,
			Refused: make([]refusalJSON, len(o.Refused)), Skipped: subjects(o.Skipped), Tombstones: append([]string{}, o.Tombstones...),
			Deferred: make([]deferredJSON, len(o.Deferred)), Holds: make([]holdJSON, len(o.Holds)),
			RolledBack: o.RolledBack, Settled: o.Settled, Began: o.Began.UTC(), Took: o.Took.Seconds(), Error: textOf(o.Err),
		}
		zone.State = stateDocument(o.State)
		for j, d := range o.Deferred {
			zone.Deferred[j] = deferredJSON{subjects([]reconcile.Change{d.Change})[0], d.For, timeOf(d.Until)}
		}
		for j, hold := range o.Holds {
			zone.Holds[j] = holdJSON(hold)
		}
		for j, r := range o.Refused {
			zone.Refused[j] = refusalJSON{subjects(r.Changes), r.Err.Error()}
		}
		if v := o.Verification; v != nil {
			zone.Verification = &verificationJSON{v.OK(), serversDocument(v.Servers), append([]string{}, v.Notes...), v.Took.Seconds()}
		}
		if until := lingersUntil(&plan.Zones[i], o); !until.IsZero() {
			zone.Until = &until
		}
		doc.Zones[i] = zone
	}
	return doc
}

// stateJSON is a state as a plan has it.
type stateJSON struct {
	Name    string       `json:"name"`
	Needs   string       `json:"needs"`
	Outputs []outputJSON `json:"outputs"`
}

// outputJSON is what has to be published elsewhere.
type outputJSON struct {
	For   string       `json:"for"`
	Name  string       `json:"name"`
	Type  string       `json:"type"`
	RRset *recordsJSON `json:"rrset"`
	Until *time.Time   `json:"until"`
}

// stateDocument returns nil for nil.
func stateDocument(s *reconcile.State) *stateJSON {
	if s == nil {
		return nil
	}
	doc := &stateJSON{s.Name, s.Needs, make([]outputJSON, len(s.Outputs))}
	for i, o := range s.Outputs {
		key := o.RRset.Key
		doc.Outputs[i] = outputJSON{o.Name, key.Name.String(), typeOf(key), recordsOf(&o.RRset), timeOf(o.Until)}
	}
	return doc
}

func subjects(changes []reconcile.Change) []subjectJSON {
	all := make([]subjectJSON, len(changes))
	for i, c := range changes {
		all[i] = subjectJSON{Action: c.Action, Name: c.Key.Name.String(), Type: typeOf(c.Key), Property: c.Property.Name, From: c.From, Source: c.Source.String()}
		if c.Kind == reconcile.KindResource {
			all[i].Resource = c.Resource.Kind
			for _, f := range c.Resource.Fields {
				all[i].Fields = append(all[i].Fields, f.Name)
			}
		}
	}
	return all
}

// textOf returns the text of an error, nil for none.
func textOf(err error) *string {
	if err == nil {
		return nil
	}
	text := err.Error()
	return &text
}
