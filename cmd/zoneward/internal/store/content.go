package store

import (
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// The content of an intent is what of it is in no column: overrides, suspension, changes, pins and tombstones, in this order, packed. A first apply
// has a million changes, so they are read one by one, and only those that are asked for become values.

// The first number of a content. The layout of a number that was released is never changed.
const (
	plainContent    = 1
	propertyContent = 2 // a change may have a property
	resourceContent = 3 // a change may have a resource or be of an output of one, and a tombstone may be of one
	reasonContent   = 4 // behind the overrides comes why somebody has approved it
)

// contentVersion returns the first number of the content of an intent.
func contentVersion(in reconcile.Intent) uint64 {
	version := uint64(plainContent)
	if in.Reason != "" {
		return reasonContent
	}
	for _, c := range in.Changes {
		switch {
		case c.Resource != nil || c.From != "":
			return resourceContent
		case c.Kind == reconcile.KindProperty:
			version = propertyContent
		}
	}
	if slices.ContainsFunc(in.Stones, func(t reconcile.Tombstone) bool { return t.Kind == reconcile.KindResource }) {
		return resourceContent
	}
	return version
}

// encodeContent returns the content of an intent.
func encodeContent(in reconcile.Intent) ([]byte, error) {
	e := newEncoder()
	e.number(contentVersion(in))
	e.number(uint64(len(in.Overrides)))
	for _, guard := range in.Overrides {
		e.text(string(guard))
	}
	if in.Reason != "" {
		e.text(in.Reason)
	}
	e.bool(in.Suspend != nil)
	if s := in.Suspend; s != nil {
		e.name(s.Zone)
		for _, text := range []string{s.Target, s.Reason, s.Actor} {
			e.text(text)
		}
		e.time(s.Since)
		e.time(s.Until)
		e.digest(s.File)
	}
	e.number(uint64(len(in.Changes)))
	for _, c := range in.Changes {
		if err := e.change(c); err != nil {
			return nil, err
		}
	}
	places := placesOf(in)
	e.number(uint64(len(in.Pins)))
	for _, p := range in.Pins {
		e.pin(in, p, places[p.Key])
	}
	e.number(uint64(len(in.Stones)))
	for _, t := range in.Stones {
		e.stone(in, t, places[t.Key])
	}
	return e.pack()
}

// placesOf says for each key which change is about it, counted from 1. Of a purge and another change of the same key it is the other.
func placesOf(in reconcile.Intent) map[zonefile.Key]int {
	if len(in.Pins) == 0 && len(in.Stones) == 0 {
		return nil
	}
	places := make(map[zonefile.Key]int, len(in.Changes))
	for i, c := range in.Changes {
		if c.Kind != reconcile.KindProperty && (c.Action != reconcile.Purge || places[c.Key] == 0) {
			places[c.Key] = i + 1
		}
	}
	return places
}

// The parts of a change that are there.
const (
	hasOld = 1 << iota
	hasNew
	hasSource
	hasStone
	hasProperty
	hasResource
	hasFrom
)

func partsOf(c reconcile.Change) uint64 {
	parts := uint64(0)
	if c.Old != nil {
		parts |= hasOld
	}
	if c.New != nil {
		parts |= hasNew
	}
	if !c.Source.IsZero() {
		parts |= hasSource
	}
	if c.Stone != "" {
		parts |= hasStone
	}
	if c.Kind == reconcile.KindProperty {
		parts |= hasProperty
	}
	if c.Resource != nil {
		parts |= hasResource
	}
	if c.From != "" {
		parts |= hasFrom
	}
	return parts
}

func (e *encoder) change(c reconcile.Change) error {
	if c.Kind == reconcile.KindResource && c.Resource == nil {
		return fmt.Errorf("the change of the resource %s does not say what it is", c.Key.Name)
	}
	parts := partsOf(c)
	e.number(parts)
	e.word(string(c.Kind))
	e.word(string(c.Action))
	e.word(string(c.Cause))
	e.key(c.Key)
	for _, set := range []*zonefile.RRset{c.Old, c.New} {
		if set == nil {
			continue
		}
		if set.Key != c.Key {
			return fmt.Errorf("the change of %s has an RRset of %s", c.Key, set.Key)
		}
		e.data(*set)
	}
	if parts&hasSource != 0 {
		e.word(c.Source.File)
		e.signed(int64(c.Source.Line))
		e.signed(int64(c.Source.Column))
	}
	if parts&hasStone != 0 {
		e.text(c.Stone)
	}
	if parts&hasProperty != 0 {
		e.word(c.Property.Name)
		e.text(c.Property.Old)
		e.text(c.Property.New)
	}
	if parts&hasResource != 0 {
		e.resource(*c.Resource)
	}
	if parts&hasFrom != 0 {
		e.word(c.From)
	}
	return nil
}

// ref writes ref, briefly if it is that of the intent.
func (e *encoder) ref(in reconcile.Intent, ref reconcile.Ref) {
	e.bool(ref == in.Ref)
	if ref != in.Ref {
		e.name(ref.Zone)
		e.text(ref.Target)
	}
}

func (e *encoder) pin(in reconcile.Intent, p reconcile.Pin, place int) {
	e.number(uint64(place))
	e.key(p.Key)
	e.ref(in, p.Ref)
	e.digest(p.Stated)
	e.time(p.Until)
	e.time(p.Since)
	e.word(p.Actor)
	e.word(p.Reason)
}

func (e *encoder) stone(in reconcile.Intent, t reconcile.Tombstone, place int) {
	e.number(uint64(place))
	e.text(t.ID)
	e.word(string(t.Kind))
	e.key(t.Key)
	e.ref(in, t.Ref)
	same := place > 0 && in.Changes[place-1].Old != nil && t.RRset == *in.Changes[place-1].Old
	e.bool(same)
	if !same {
		e.key(t.RRset.Key)
		e.data(t.RRset)
	}
	e.settings(t.Settings)
	for _, text := range []string{t.Actor, t.Commit, t.Author} {
		e.word(text)
	}
	e.bool(t.Plan == in.Plan)
	if t.Plan != in.Plan {
		e.digest(t.Plan)
	}
	e.time(t.BuriedAt)
	e.time(t.PurgeAt)
	e.bool(t.Hidden)
	if t.Kind == reconcile.KindResource {
		e.word(string(t.Resource))
		e.settings(t.References)
	}
}
