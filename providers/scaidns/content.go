package scaidns

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// entry is a record that was read.
type entry struct {
	id       string
	key      zonefile.Key
	rdata    string // canonical wire form
	ttl      zonefile.TTL
	disabled bool
}

// content is all that a zone has.
type content struct {
	entries  []entry
	at       map[zonefile.Key][]int // the entries of a key, in their order
	snapshot *providers.Snapshot    // without the properties
}

// newContent reads the records of a zone. What cannot be read is an error that names it: left out, it would look as if it were not there.
func newContent(origin zonefile.Name, all []record, traits providers.Traits) (*content, error) {
	c := &content{entries: make([]entry, 0, len(all)), at: map[zonefile.Key][]int{}}
	for _, r := range all {
		e, err := parseEntry(origin, r)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", r.Name, r.Type, err)
		}
		c.at[e.key] = append(c.at[e.key], len(c.entries))
		c.entries = append(c.entries, e)
	}
	var err error
	if c.snapshot, err = c.takeSnapshot(origin); err != nil {
		return nil, err
	}
	c.snapshot.Traits = traits
	return c, nil
}

func parseEntry(origin zonefile.Name, r record) (entry, error) {
	name, err := parseName(r.Name, origin)
	if err != nil {
		return entry{}, err
	}
	t, err := zonefile.ParseType(r.Type)
	if err != nil {
		return entry{}, err
	}
	if r.TTL == nil || *r.TTL < 0 || *r.TTL > int64(zonefile.MaxTTL) {
		return entry{}, fmt.Errorf("no TTL from 0 to %d", zonefile.MaxTTL)
	}
	rdata, err := parseContent(t, r.Content)
	if err != nil {
		return entry{}, err
	}
	return entry{r.ID, zonefile.Key{Name: name, Type: t}, string(rdata), zonefile.TTL(*r.TTL), r.Disabled}, nil
}

// takeSnapshot sorts the records by what can be done with them. Records of one RRset that differ in their TTL have the lowest (RFC 2181 §5.2).
func (c *content) takeSnapshot(origin zonefile.Name) (*providers.Snapshot, error) {
	live, foreign, disabled := zonefile.NewBuilder(origin), zonefile.NewBuilder(origin), zonefile.NewBuilder(origin)
	for _, e := range c.entries {
		to := live
		switch {
		case e.disabled:
			to = disabled
		case !manageable(e.key.Type):
			to = foreign
		}
		if err := to.Add(e.key, c.ttl(e.key, e.disabled), []byte(e.rdata)); err != nil {
			return nil, fmt.Errorf("%s: %w", e.key, err)
		}
	}
	s := &providers.Snapshot{Zone: live.Zone()}
	if z := foreign.Zone(); z.Len() > 0 {
		s.Foreign = z
	}
	if z := disabled.Zone(); z.Len() > 0 {
		s.Disabled = z
	}
	set, ok := s.Zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
	if !ok {
		return nil, errors.New("the zone has no SOA among its records")
	}
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		return nil, err
	}
	s.Serial = soa.Serial
	return s, nil
}

// manageable reports whether RRsets of a type are in Snapshot.Zone. Others are served, and not ours to touch.
func manageable(t zonefile.Type) bool {
	return t == zonefile.TypeSOA || slices.Contains(writableTypes(), t)
}

// ttl returns the lowest TTL of the records of a key that are disabled, or of those that are not.
func (c *content) ttl(key zonefile.Key, disabled bool) zonefile.TTL {
	lowest := zonefile.MaxTTL
	for e := range c.of(key) {
		if e.disabled == disabled {
			lowest = min(lowest, e.ttl)
		}
	}
	return lowest
}

// of gives the records of a key.
func (c *content) of(key zonefile.Key) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, i := range c.at[key] {
			if !yield(c.entries[i]) {
				return
			}
		}
	}
}

// find returns the id of a record that is there with that content, disabled or not.
func (c *content) find(want entry) (id string, ok bool) {
	for e := range c.of(want.key) {
		if e.rdata == want.rdata && e.disabled == want.disabled {
			return e.id, true
		}
	}
	return "", false
}

// counts returns how many records are an SOA or NS, and how many of the others are disabled.
func (c *content) counts() (system, disabled int) {
	for _, e := range c.entries {
		if e.key.Type == zonefile.TypeSOA || e.key.Type == zonefile.TypeNS {
			system++
		} else if e.disabled {
			disabled++
		}
	}
	return system, disabled
}

// counted returns an error if a zone that is said to have so many records cannot be this one. Whether the SOA, the NS and the disabled records count is not
// documented.
func (c *content) counted(count int) error {
	system, disabled := c.counts()
	if most := len(c.entries); count > most || count < most-system-disabled {
		return fmt.Errorf("incomplete: the zone is said to have %d records, and %d came, %d of them SOA and NS, %d disabled", count, most, system, disabled)
	}
	return nil
}

// conflict returns an error that wraps ErrConflict if a zone is not what base says.
func conflict(live, base *providers.Snapshot) error {
	if live.Serial != base.Serial {
		return fmt.Errorf("%w: its serial is %d, and was %d when the change was planned", providers.ErrConflict, live.Serial, base.Serial)
	}
	for _, pair := range [][2]*zonefile.Zone{{live.Zone, base.Zone}, {live.Foreign, base.Foreign}, {live.Disabled, base.Disabled}} {
		if key, differs := firstDifference(pair[0], pair[1]); differs {
			return fmt.Errorf("%w: %s is not what it was when the change was planned", providers.ErrConflict, key)
		}
	}
	return nil
}

// firstDifference returns the first key at which two zones differ, and whether there is one. nil is a zone with nothing in it. Keys in but are not looked at.
func firstDifference(a, b *zonefile.Zone, but ...zonefile.Key) (zonefile.Key, bool) {
	switch {
	case a == nil && b == nil:
		return zonefile.Key{}, false
	case a == nil:
		a = zonefile.NewZone(b.Origin())
	case b == nil:
		b = zonefile.NewZone(a.Origin())
	}
	for c := range zonefile.Diff(a, b) {
		if !slices.Contains(but, c.Key()) {
			return c.Key(), true
		}
	}
	return zonefile.Key{}, false
}
