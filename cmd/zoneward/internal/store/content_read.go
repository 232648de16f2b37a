package store

import (
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// change is a change as it is stored.
type change struct {
	parts               uint64
	kind, action, cause string
	key                 zonefile.Key
	old, new            data
	source              zonefile.Position
	stone               string
	property            reconcile.Property
	resource            *reconcile.ResourceChange
	from                string
}

// content reads a content. Its methods are called in the order in which the parts come.
type content struct {
	decoder
	version uint64
}

func openContent(packed []byte) (*content, error) {
	d, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	c := &content{decoder: *d}
	if c.version = c.number(); c.err == nil && (c.version < plainContent || c.version > reasonContent) {
		return nil, fmt.Errorf("it is in the form %d, which this program does not know", c.version)
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

// reason reads why somebody has approved it, empty if nobody was asked.
func (c *content) reason() string {
	if c.version < reasonContent {
		return ""
	}
	return c.text()
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
	if x.parts&hasResource != 0 {
		x.resource = c.resource()
	} else if x.kind == string(reconcile.KindResource) {
		c.fail(errors.New("a change in it is of a resource, and does not say what it is"))
	}
	if x.parts&hasFrom != 0 {
		x.from = c.word()
	}
	return x
}

// value makes a change of x.
func (c *content) value(x change) reconcile.Change {
	v := reconcile.Change{
		Kind: reconcile.Kind(x.kind), Action: reconcile.Action(x.action), Cause: reconcile.Cause(x.cause),
		Key: x.key, Source: x.source, Stone: x.stone, Property: x.property, Resource: x.resource, From: x.from,
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
	if t.Kind == reconcile.KindResource {
		t.Resource, t.References = providers.ResourceKind(c.word()), c.settings()
	}
	t.State, t.StateAt = reconcile.Buried, t.BuriedAt
	return at, t, same
}

// decodeContent puts what is in a content into the intent whose columns are there, but only the changes, pins and tombstones that are wanted by their kind
// and key. It returns the numbers of those changes, from 0, and how many there are.
func decodeContent(packed []byte, in *reconcile.Intent, wanted func(reconcile.Kind, zonefile.Key) bool) (chosen []int, changes int, err error) {
	c, err := openContent(packed)
	if err != nil {
		return nil, 0, err
	}
	in.Overrides, in.Reason, in.Suspend = c.overrides(), c.reason(), c.suspend()
	changes = c.count()
	resources := map[place]bool{} // the changes of resources
	for i := range changes {
		x := c.change()
		if c.err != nil {
			return nil, 0, c.err
		}
		if x.resource != nil {
			resources[place(i+1)] = true
		}
		if wanted(reconcile.Kind(x.kind), x.key) {
			chosen = append(chosen, i)
			in.Changes = append(in.Changes, c.value(x))
		}
	}
	for range c.count() {
		at, p := c.pin(*in, changes)
		kind := reconcile.KindRRset
		switch {
		case resources[at]:
			kind = reconcile.KindResource
		case p.Key.Type == 0:
			kind = reconcile.KindZone
		}
		if c.err == nil && wanted(kind, p.Key) {
			in.Pins = append(in.Pins, p)
		}
	}
	for range c.count() {
		at, t, same := c.stone(*in, changes)
		if c.err != nil || !wanted(t.Kind, t.Key) {
			continue
		}
		if i, ok := slices.BinarySearch(chosen, int(at)-1); same && ok && in.Changes[i].Old != nil {
			t.RRset = *in.Changes[i].Old
		}
		in.Stones = append(in.Stones, t)
	}
	return chosen, changes, c.end()
}

func everything(reconcile.Kind, zonefile.Key) bool { return true }
