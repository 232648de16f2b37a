package main

import (
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// entryJSON is an entry of the audit log in JSON, version 1.
type entryJSON struct {
	Seq         int64             `json:"seq"`
	At          time.Time         `json:"at"` // when it was begun
	Why         string            `json:"why"`
	Zone        string            `json:"zone"`   // empty for all
	Target      string            `json:"target"` // empty for all
	System      string            `json:"system"`
	Actor       string            `json:"actor"`
	Commit      string            `json:"commit"`
	Author      string            `json:"author"`
	Plan        string            `json:"plan"` // empty for none
	Overrides   []string          `json:"overrides"`
	Result      string            `json:"result"` // open if it is not known yet
	ConcludedAt *time.Time        `json:"concluded_at"`
	Settled     bool              `json:"settled"` // by another one than who wrote
	Serial      uint32            `json:"serial"`
	Error       *string           `json:"error"`
	Changes     []entryChangeJSON `json:"changes"`
	Suspension  *suspensionJSON   `json:"suspension"`
	Tombstones  entryStonesJSON   `json:"tombstones"`
	Hash        string            `json:"hash"` // empty as long as it is open
}

// entryChangeJSON is a change as a plan has it, and whether it is live.
type entryChangeJSON struct {
	Kind      reconcile.Kind   `json:"kind"`
	Action    reconcile.Action `json:"action"`
	Name      string           `json:"name"`
	Type      string           `json:"type,omitempty"` // none for a zone
	Old       *recordsJSON     `json:"old"`
	New       *recordsJSON     `json:"new"`
	Source    string           `json:"source"`
	Cause     reconcile.Cause  `json:"cause"`
	Tombstone string           `json:"tombstone,omitempty"` // that is restored or purged
	Property  *propertyJSON    `json:"property,omitempty"`  // of the zone, for that kind
	Resource  *resourceJSON    `json:"resource,omitempty"`  // for that kind
	From      string           `json:"from,omitempty"`      // which output of a resource an RRset is
	Live      bool             `json:"live"`
}

type resourceJSON struct {
	Kind       providers.ResourceKind `json:"kind"`
	Fields     []fieldJSON            `json:"fields"`
	References map[string]string      `json:"references,omitempty"` // by which secrets are named
}

type fieldJSON struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

type propertyJSON struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// entryStonesJSON are the ids of the tombstones that an entry made, and of those that it ended.
type entryStonesJSON struct {
	Buried   []string `json:"buried"`
	Restored []string `json:"restored"`
	Purged   []string `json:"purged"`
}

func entryDocument(e reconcile.Entry) entryJSON {
	doc := entryJSON{
		Seq: e.Seq, At: e.Intent.At.UTC(), Why: e.Why, Zone: nameOf(e.Zone), Target: e.Target, System: e.System, Actor: e.Actor, Commit: e.Commit, Author: e.Author,
		Overrides: []string{}, Result: string(e.Result), Settled: e.Settled, Serial: e.Serial, Changes: make([]entryChangeJSON, len(e.Changes)),
		Tombstones: entryStonesJSON{
			Buried: []string{}, Restored: append([]string{}, e.Restored...), Purged: append([]string{}, e.Purged...),
		},
	}
	if !e.Plan.IsZero() {
		doc.Plan = e.Plan.String()
	}
	if e.Open {
		doc.Result = "open"
	} else {
		doc.ConcludedAt, doc.Hash = timeOf(e.Conclusion.At), e.Hash.String()
	}
	if e.Err != "" {
		doc.Error = &e.Err
	}
	for _, guard := range e.Overrides {
		doc.Overrides = append(doc.Overrides, string(guard))
	}
	for _, t := range e.Stones {
		doc.Tombstones.Buried = append(doc.Tombstones.Buried, t.ID)
	}
	slices.Sort(doc.Tombstones.Buried)
	if e.Suspend != nil {
		s := suspensionDocument(*e.Suspend)
		doc.Suspension = &s
	}
	for i, c := range e.Changes {
		doc.Changes[i] = entryChangeJSON{
			Kind: c.Kind, Action: c.Action, Name: c.Key.Name.String(), Type: typeOf(c.Key), Old: recordsOf(c.Old), New: recordsOf(c.New),
			Source: c.Source.String(), Cause: c.Cause, Tombstone: c.Stone, From: c.From, Live: i < len(e.Live) && e.Live[i],
		}
		if r := c.Resource; r != nil {
			doc.Changes[i].Resource = &resourceJSON{r.Kind, make([]fieldJSON, len(r.Fields)), r.References}
			for j, f := range r.Fields {
				doc.Changes[i].Resource.Fields[j] = fieldJSON{f.Name, f.Old, f.New}
			}
		}
		if p := c.Property; c.Kind == reconcile.KindProperty {
			doc.Changes[i].Property = &propertyJSON{p.Name, p.Old, p.New}
		}
	}
	return doc
}
