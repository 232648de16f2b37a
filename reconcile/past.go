package reconcile

import (
	"context"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// pastField is a field of a resource that we have changed.
type pastField struct {
	name     string
	old, new string
	at       time.Time
}

// past returns the changes of a resource's fields that the audit log has, the newest first: what somebody may still remember of it does not depend on what is noted
// as applied by now.
func (p *Planner) past(ctx context.Context, ref Ref, name zonefile.Name) ([]pastField, error) {
	var all []pastField
	for entry, err := range p.Store.History(ctx, HistoryQuery{Zone: ref.Zone, Target: ref.Target, Name: name}) {
		if err != nil {
			return nil, err
		}
		for i, c := range entry.Changes {
			writes := c.Kind == KindResource && c.Action != Retire && c.Action != Purge && c.Key.Name == name
			if !writes || !entry.Open && (i >= len(entry.Live) || !entry.Live[i]) {
				continue
			}
			for _, f := range c.Resource.Fields {
				all = append(all, pastField{f.Name, f.Old, f.New, entry.ended()})
			}
		}
	}
	return all, nil
}

// lost returns the elements of a field that is a set which the change took away.
func (f pastField) lost() []string {
	return added(FieldChange{Old: f.new, New: f.old})
}

// secures reports whether a field is one by which a parent zone says with what the domain is signed.
func secures(field string) bool { return field == fieldDS || field == fieldKeyData }

// unsignedAt returns when we last took a DS or key away from the parent zone, the zero time if we never did.
func (l *liveResource) unsignedAt() time.Time {
	var last time.Time
	for _, f := range l.past {
		if secures(f.name) && len(f.lost()) > 0 && f.at.After(last) {
			last = f.at
		}
	}
	return last
}

// leftServers returns the name servers that the domain has left, each value with the time until which resolvers may ask them.
func (l *liveResource) leftServers(clock Clock) map[string]time.Time {
	left := map[string]time.Time{}
	for _, f := range l.past {
		until := f.at.Add(parentNSTTL)
		if f.name == fieldNameServers && f.old != "" && len(f.lost()) > 0 && !clock.Over(f.at, until) && until.After(left[f.old]) {
			left[f.old] = until
		}
	}
	return left
}

// dsOf returns what a parent zone has of a domain with such fields: its DS, and those of the keys that a registrar makes them of.
func dsOf(domain zonefile.Name, fields map[string]string) ([]zonefile.DS, error) {
	set := func(field string, typ zonefile.Type) (zonefile.RRset, error) {
		texts := providers.SplitSet(fields[field])
		if len(texts) == 0 {
			return zonefile.RRset{}, nil
		}
		return zonefile.ParseRRset(zonefile.Key{Name: domain, Type: typ}, 0, zonefile.Root, texts...)
	}
	records, err := set(fieldDS, zonefile.TypeDS)
	if err != nil {
		return nil, err
	}
	all, err := zonefile.ParseDS(records)
	if err != nil {
		return nil, err
	}
	if records, err = set(fieldKeyData, zonefile.TypeDNSKEY); err != nil || records.IsZero() {
		return all, err
	}
	keys, err := zonefile.ParseDNSKEY(records)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		ds, err := key.DS(domain, zonefile.DigestSHA256)
		if err != nil {
			return nil, err
		}
		all = append(all, ds)
	}
	return all, nil
}
