package scaidnstest

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// draft is a zone that is being changed: PowerDNS gets its changes in one request, all or none.
type draft struct {
	server  *Server
	zone    *zone
	before  served
	sets    map[setKey]pdnsSet // as they will be, those that are changed
	order   []setKey           // of the changes
	written []writtenRecord
}

// writtenRecord is a record that is added or changed. PowerDNS may write its content in another way.
type writtenRecord struct {
	key recordKey
	ttl int64
}

// draft begins a change of a zone, if it may be changed.
func (s *Server) draft(ctx context.Context, z *zone) (*draft, error) {
	switch {
	case z.typ == Secondary:
		return nil, refuse(http.StatusConflict, "Records of a secondary domain come from its primary")
	case z.status != Active && z.status != Pending, z.store == nil:
		return nil, errNotActive(z.status)
	}
	content, err := z.store.zone(ctx, z.name)
	return &draft{server: s, zone: z, before: content, sets: map[setKey]pdnsSet{}}, err
}

// set returns an RRset as the draft has it. PowerDNS's names are in lower case.
func (d *draft) set(key setKey) pdnsSet {
	if set, ok := d.sets[key]; ok {
		return set
	}
	return d.old(key)
}

// old returns an RRset as PowerDNS has it, without records if it has none.
func (d *draft) old(key setKey) pdnsSet {
	i := slices.IndexFunc(d.before.RRsets, func(set pdnsSet) bool { return set.Name == key.name && set.Type == key.typ })
	if i < 0 {
		return pdnsSet{Name: key.name, Type: key.typ}
	}
	set := d.before.RRsets[i]
	set.Records = slices.Clone(set.Records)
	return set
}

func (d *draft) put(key setKey, set pdnsSet) {
	if _, ok := d.sets[key]; !ok {
		d.order = append(d.order, key)
	}
	d.sets[key] = set
}

// add adds a record.
func (d *draft) add(key recordKey, ttl int64, disabled bool) error {
	if err := d.writable(key); err != nil {
		return err
	}
	set := d.set(key.set())
	if slices.ContainsFunc(set.Records, func(r pdnsRecord) bool { return r.Content == key.content }) {
		return refuseConflict("Record already exists", d.ids(func(r record) bool { return r.key == key }))
	}
	set.TTL = ttl
	set.Records = append(set.Records, pdnsRecord{key.content, disabled})
	d.put(key.set(), set)
	d.written = append(d.written, writtenRecord{key, ttl})
	return nil
}

// remove removes a record.
func (d *draft) remove(key recordKey) error {
	if err := d.writable(key); err != nil {
		return err
	}
	set := d.set(key.set())
	set.Records = slices.DeleteFunc(set.Records, func(r pdnsRecord) bool { return r.Content == key.content })
	d.put(key.set(), set)
	return nil
}

// change gives a record another content, TTL and state.
func (d *draft) change(key recordKey, content string, ttl int64, disabled bool) error {
	if err := d.writable(key); err != nil {
		return err
	}
	set := d.set(key.set())
	if content != key.content && slices.ContainsFunc(set.Records, func(r pdnsRecord) bool { return r.Content == content }) {
		return refuseConflict("Record already exists", d.ids(func(r record) bool { return r.key == recordKey{key.name, key.typ, content} }))
	}
	i := slices.IndexFunc(set.Records, func(r pdnsRecord) bool { return r.Content == key.content })
	set.Records[i] = pdnsRecord{content, disabled}
	set.TTL = ttl
	d.put(key.set(), set)
	d.written = append(d.written, writtenRecord{recordKey{key.name, key.typ, content}, ttl})
	return nil
}

// writable refuses the records that the product keeps itself.
func (d *draft) writable(key recordKey) error {
	apexNS := key.typ == "NS" && key.name == d.zone.name+"."
	access := d.server.opts.SystemRecords
	if key.typ == "SOA" && access != AllWritable || apexNS && access == NoApexWritable {
		return refuseField("type", key.typ+" records are managed by the system")
	}
	return nil
}

// ids returns the ids of the records that PowerDNS has and that match.
func (d *draft) ids(matches func(record) bool) []string {
	ids := []string{}
	for _, r := range d.server.records(d.zone, d.before) {
		if matches(r) {
			ids = append(ids, r.id)
		}
	}
	return ids
}

// commit makes the changes, and returns the records that were added or changed.
func (d *draft) commit(ctx context.Context) ([]record, error) {
	var sets []pdnsSet
	for _, key := range d.order {
		sets = append(sets, d.sets[key])
	}
	if err := d.zone.store.patch(ctx, d.zone.name, replacing(sets)); err != nil {
		return nil, d.refusal(err)
	}
	d.zone.updated = d.server.opts.Now()
	after, err := d.zone.store.zone(ctx, d.zone.name)
	if err != nil {
		return nil, err
	}
	keys := d.stored(after)
	d.noteTTLs(keys)
	all := d.server.records(d.zone, after)
	var out []record
	for _, key := range keys {
		if i := slices.IndexFunc(all, func(r record) bool { return r.key == key }); i >= 0 {
			out = append(out, all[i])
		}
	}
	return out, nil
}

func (d *draft) noteTTLs(keys []recordKey) {
	for set, after := range d.sets {
		written := map[string]int64{}
		for i, key := range keys {
			if key.set() == set {
				written[key.content] = d.written[i].ttl
			}
		}
		d.zone.noteTTLs(d.old(set), after, written)
	}
}

// stored returns the keys of the written records as PowerDNS has them, which may write a content in another way: what it does not have as
// it was written is the next of its RRset that was not there before.
func (d *draft) stored(after served) []recordKey {
	there, known := map[recordKey]bool{}, map[recordKey]bool{}
	for _, key := range keysOf(after) {
		there[key] = true
	}
	for _, key := range keysOf(d.before) {
		known[key] = true
	}
	for _, w := range d.written {
		known[w.key] = true
	}
	fresh := slices.DeleteFunc(keysOf(after), func(key recordKey) bool { return known[key] })
	keys := make([]recordKey, len(d.written))
	for i, w := range d.written {
		keys[i] = w.key
		if there[w.key] {
			continue
		}
		if j := slices.IndexFunc(fresh, func(key recordKey) bool { return key.set() == w.key.set() }); j >= 0 {
			keys[i] = fresh[j]
			fresh = slices.Delete(fresh, j, j+1)
		}
	}
	return keys
}

func keysOf(content served) []recordKey {
	var keys []recordKey
	for _, set := range content.RRsets {
		for _, r := range set.Records {
			keys = append(keys, recordKey{set.Name, set.Type, r.Content})
		}
	}
	return keys
}

// refusal returns the answer for what PowerDNS has against the changes.
func (d *draft) refusal(err error) error {
	message, refused := powerDNSRefused(err)
	switch {
	case !refused:
		return err
	case strings.Contains(message, "Conflicts with"), strings.Contains(message, "Duplicate record"):
		return refuseConflict(message, d.ids(func(r record) bool { return strings.Contains(message, r.key.name) }))
	default:
		return refuseField("content", message)
	}
}
