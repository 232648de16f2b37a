package document

import (
	"fmt"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Tombstones is what "trash list" writes and GET /api/v1/tombstones gives: the newest first.
type Tombstones struct {
	Version    int         `json:"version"`
	Tombstones []Tombstone `json:"tombstones"`
	// Damaged says why those that cannot be read are missing. Only the API has it: the command says so on standard error.
	Damaged string `json:"damaged,omitempty"`
	// After is what the query has as its "after" to go on, left out on the last page. Only the API has it: the command writes all.
	After string `json:"after,omitempty"`
}

// ShownTombstone is what "trash show" writes and GET /api/v1/tombstones/{id} gives: all that a tombstone keeps.
type ShownTombstone struct {
	Version int `json:"version"`
	Tombstone
}

// Tombstone is a tombstone. What only trash show has is left out of a list.
type Tombstone struct {
	ID          string                 `json:"id"`
	Kind        reconcile.Kind         `json:"kind"`
	Zone        string                 `json:"zone"`
	Target      string                 `json:"target"`
	Name        string                 `json:"name"`
	Type        string                 `json:"type,omitempty"`     // of an RRset alone
	Resource    providers.ResourceKind `json:"resource,omitempty"` // the kind of a resource
	RRset       *RRset                 `json:"rrset"`              // null for others
	State       reconcile.StoneState   `json:"state"`
	Due         bool                   `json:"due"` // its retention is over, and it stands
	Hidden      bool                   `json:"hidden"`
	RetiredAt   time.Time              `json:"retired_at"`
	PurgeAt     time.Time              `json:"purge_at"`
	StateAt     time.Time              `json:"state_at"`
	Actor       string                 `json:"actor"`
	Commit      string                 `json:"commit"`
	Author      string                 `json:"author"`
	Plan        zonefile.Digest        `json:"plan"`
	Settings    map[string]string      `json:"settings,omitempty"`   // of a zone, or the fields of a resource
	References  map[string]string      `json:"references,omitempty"` // by which the secrets of a resource are named
	BIND        string                 `json:"bind,omitempty"`
	Declaration string                 `json:"declaration,omitempty"` // of a resource, as a domain file
}

// IsDue reports whether the next apply purges a tombstone: its retention is over, and it stands.
func IsDue(t reconcile.Tombstone, now reconcile.Clock) bool {
	return t.State == reconcile.Retired && now.Over(t.BuriedAt, t.PurgeAt)
}

// OfTombstone returns a tombstone as a list has it.
func OfTombstone(t reconcile.Tombstone, now reconcile.Clock) Tombstone {
	return Tombstone{
		ID: t.ID, Kind: t.Kind, Zone: t.Zone.String(), Target: t.Target, Name: t.Key.Name.String(), Type: OfType(t.Key), RRset: OfRRset(&t.RRset),
		State: t.State, Due: IsDue(t, now), Hidden: t.Hidden, RetiredAt: t.BuriedAt.UTC(), PurgeAt: now.End(t.BuriedAt, t.PurgeAt).UTC(),
		StateAt: t.StateAt.UTC(), Resource: t.Resource, Actor: t.Actor, Commit: t.Commit, Author: t.Author, Plan: t.Plan,
	}
}

// Tombstone is the reverse of OfTombstone. When it is purged is as its machine reckons it, whatever was done to the clock there; the export of a zone is
// left out.
func (t Tombstone) Tombstone() (reconcile.Tombstone, error) {
	stone, err := t.tombstone()
	if err != nil {
		return stone, fmt.Errorf("tombstone %s: %w", t.ID, err)
	}
	return stone, nil
}

func (t Tombstone) tombstone() (reconcile.Tombstone, error) {
	stone := reconcile.Tombstone{
		ID: t.ID, Ref: reconcile.Ref{Target: t.Target}, Kind: t.Kind, Resource: t.Resource, State: t.State, Hidden: t.Hidden,
		BuriedAt: t.RetiredAt, PurgeAt: t.PurgeAt, StateAt: t.StateAt, Plan: t.Plan,
		Writer:     reconcile.Writer{Actor: t.Actor, Commit: t.Commit, Author: t.Author},
		Settings:   t.Settings,
		References: t.References,
	}
	err := checkWords("its words", t.Target, string(t.State), string(t.Resource))
	if err != nil {
		return stone, err
	}
	if stone.Zone, err = ParseName(t.Zone); err != nil {
		return stone, err
	}
	if stone.Key, err = keyOf(t.Name, t.Type); err != nil {
		return stone, err
	}
	switch t.Kind {
	case reconcile.KindZone, reconcile.KindResource:
		return stone, nil
	case reconcile.KindRRset:
		set, err := t.RRset.RRset(stone.Key)
		if err != nil {
			return stone, err
		}
		if set == nil {
			return stone, fmt.Errorf("%s: no records", stone.Key)
		}
		stone.RRset = *set
		return stone, nil
	case reconcile.KindProperty:
	}
	return stone, fmt.Errorf("the kind %q is not known", t.Kind)
}

// TombstonesOf returns what the documents say.
func TombstonesOf(docs []Tombstone) ([]reconcile.Tombstone, error) {
	var all []reconcile.Tombstone
	for _, doc := range docs {
		t, err := doc.Tombstone()
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}
