package store

import (
	"fmt"
	"maps"
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
)

// contentVersion returns the first number of the content of an intent.
func contentVersion(in reconcile.Intent) uint64 {
	if slices.ContainsFunc(in.Changes, func(c reconcile.Change) bool { return c.Kind == reconcile.KindProperty }) {
		return propertyContent
	}
	return plainContent
}

// encodeContent returns the content of an intent.
func encodeContent(in reconcile.Intent) ([]byte, error) {
	e := newEncoder()
	e.number(contentVersion(in))
	e.number(uint64(len(in.Overrides)))
	for _, guard := range in.Overrides {
		e.text(string(guard))
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
	return parts
}

func (e *encoder) change(c reconcile.Change) error {
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
}

// settings writes 0 for nil, and otherwise one more than the number of settings.
func (e *encoder) settings(settings map[string]string) {
	if settings == nil {
		e.number(0)
		return
	}
	e.number(uint64(len(settings)) + 1)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		e.text(name)
		e.text(settings[name])
	}
}

func (d *decoder) settings() map[string]string {
	n := d.number()
	if n == 0 {
		return nil
	}
	if n-1 > uint64(len(d.rest)) {
		d.fail(errTruncated)
		return nil
	}
	settings := map[string]string{}
	for range n - 1 {
		name := d.text()
		settings[name] = d.text()
	}
	return settings
}

// change is a change as it is stored.
type change struct {
	parts               uint64
	kind, action, cause string
	key                 zonefile.Key
	old, new            data
	source              zonefile.Position
	stone               string
	property            reconcile.Property
}

// content reads a content. Its methods are called in the order in which the parts come.
type content struct {
	decoder
}

func openContent(packed []byte) (*content, error) {
	d, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	c := &content{*d}
	if version := c.number(); c.err == nil && version != plainContent && version != propertyContent {
		return nil, fmt.Errorf("it is in the form %d, which this program does not know", version)
	}
	return c, c.err
}

func (c *content) overrides() []reconcile.Guard {
	var guards []reconcile.Guard
	for range c.count() {
		guards = append(guards, reconcile.Guard(c.text()))
	}
	return guards
}

func (c *content) suspend() *reconcile.Suspension {
	if !c.bool() {
		return nil
	}
	s := &reconcile.Suspension{}
	s.Zone = c.name()
	for _, to := range []*string{&s.Target, &s.Reason, &s.Actor} {
		*to = c.text()
	}
	s.Since, s.Until, s.File = c.time(), c.time(), c.digest()
	return s
}

// change reads the next of the changes. Its octets are parts of the content.
func (c *content) change() change {
	x := change{parts: c.number(), kind: c.word(), action: c.word(), cause: c.word(), key: c.key()}
	if x.parts&hasOld != 0 {
		x.old = c.data()
	}
	if x.parts&hasNew != 0 {
		x.new = c.data()
	}
	if x.parts&hasSource != 0 {
		x.source = zonefile.Position{File: c.word(), Line: int(c.signed()), Column: int(c.signed())}
	}
	if x.parts&hasStone != 0 {
		x.stone = c.text()
	}
	if x.parts&hasProperty != 0 {
		x.property = reconcile.Property{Name: c.word(), Old: c.text(), New: c.text()}
	}
	return x
}

// value makes a change of x.
func (c *content) value(x change) reconcile.Change {
	v := reconcile.Change{
		Kind: reconcile.Kind(x.kind), Action: reconcile.Action(x.action), Cause: reconcile.Cause(x.cause),
		Key: x.key, Source: x.source, Stone: x.stone, Property: x.property,
	}
	if x.parts&hasOld != 0 {
		set := c.rrset(x.key, x.old)
		v.Old = &set
	}
	if x.parts&hasNew != 0 {
		set := c.rrset(x.key, x.new)
		v.New = &set
	}
	return v
}

// place is which change a pin or tombstone is about, counted from 1, and 0 for none.
type place int

func (c *content) place(changes int) place {
	n := c.number()
	if n > uint64(changes) {
		c.fail(fmt.Errorf("there is no change %d in it", n))
	}
	return place(n)
}

func (c *content) ref(in reconcile.Intent) reconcile.Ref {
	if c.bool() {
		return in.Ref
	}
	return reconcile.Ref{Zone: c.name(), Target: c.text()}
}

// pin reads the next of the pins.
func (c *content) pin(in reconcile.Intent, changes int) (place, reconcile.Pin) {
	at := c.place(changes)
	key := c.key()
	return at, reconcile.Pin{
		Key: key, Ref: c.ref(in), Stated: c.digest(), Until: c.time(), Since: c.time(), Actor: c.word(), Reason: c.word(),
	}
}

// stone reads the next of the tombstones. Its RRset is left out if it is the Old of the change: then same is true.
func (c *content) stone(in reconcile.Intent, changes int) (at place, t reconcile.Tombstone, same bool) {
	at = c.place(changes)
	t = reconcile.Tombstone{ID: c.text(), Kind: reconcile.Kind(c.word()), Key: c.key(), Ref: c.ref(in)}
	if same = c.bool(); !same {
		key := c.key()
		t.RRset = c.rrset(key, c.data())
	}
	t.Settings = c.settings()
	for _, to := range []*string{&t.Actor, &t.Commit, &t.Author} {
		*to = c.word()
	}
	t.Plan = in.Plan
	if !c.bool() {
		t.Plan = c.digest()
	}
	t.BuriedAt, t.PurgeAt, t.Hidden = c.time(), c.time(), c.bool()
	t.State, t.StateAt = reconcile.Buried, t.BuriedAt
	return at, t, same
}

// decodeContent puts what is in a content into the intent whose columns are there, but only the changes, pins and tombstones of the keys that
// are wanted. It returns the numbers of those changes, from 0, and how many there are.
func decodeContent(packed []byte, in *reconcile.Intent, wanted func(zonefile.Key) bool) (chosen []int, changes int, err error) {
	c, err := openContent(packed)
	if err != nil {
		return nil, 0, err
	}
	in.Overrides, in.Suspend = c.overrides(), c.suspend()
	changes = c.count()
	for i := range changes {
		x := c.change()
		if c.err != nil {
			return nil, 0, c.err
		}
		if wanted(x.key) {
			chosen = append(chosen, i)
			in.Changes = append(in.Changes, c.value(x))
		}
	}
	for range c.count() {
		if _, p := c.pin(*in, changes); c.err == nil && wanted(p.Key) {
			in.Pins = append(in.Pins, p)
		}
	}
	for range c.count() {
		at, t, same := c.stone(*in, changes)
		if c.err != nil || !wanted(t.Key) {
			continue
		}
		if i, ok := slices.BinarySearch(chosen, int(at)-1); same && ok && in.Changes[i].Old != nil {
			t.RRset = *in.Changes[i].Old
		}
		in.Stones = append(in.Stones, t)
	}
	return chosen, changes, c.end()
}

func everyKey(zonefile.Key) bool { return true }
