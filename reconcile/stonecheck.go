package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Check returns an error if t cannot be a tombstone that zoneward wrote: stores keep them where others can change them. It does not look at the export of
// a zone, which is only there where one tombstone is asked for.
func (t Tombstone) Check() error {
	states := []StoneState{Buried, Retired, Restored, Superseded, Purged}
	resourceKinds := []providers.ResourceKind{providers.Mail, providers.App, providers.Delegation}
	switch {
	case t.Zone.IsZero():
		return errors.New("it names no zone")
	case !t.Key.Name.In(t.Zone):
		return fmt.Errorf("%s is not in the zone %s", t.Key.Name, t.Zone)
	case !slices.Contains(states, t.State):
		return fmt.Errorf("its state is %q", t.State)
	case t.BuriedAt.IsZero() || t.PurgeAt.Before(t.BuriedAt):
		return fmt.Errorf("it was buried at %s, and is to be kept until %s", t.BuriedAt.UTC().Format(time.RFC3339), t.PurgeAt.UTC().Format(time.RFC3339))
	case t.Kind == KindZone && t.Key == zonefile.Key{Name: t.Zone} && t.RRset.Len() == 0:
		return nil
	case t.Kind == KindResource && t.Key.Type == 0 && t.RRset.Len() == 0 && slices.Contains(resourceKinds, t.Resource):
		return nil
	case t.Kind != KindRRset || t.Key.Type == 0:
		return errors.New("it is neither that of an RRset nor that of a zone or a resource")
	}
	return checkRRset(t.Zone, t.Key, t.RRset)
}

// checkRRset returns an error if set cannot be what a zone has at key.
func checkRRset(zone zonefile.Name, key zonefile.Key, set zonefile.RRset) error {
	switch {
	case !key.Name.In(zone):
		return fmt.Errorf("%s is not in the zone %s", key, zone)
	case set.Len() == 0:
		return fmt.Errorf("%s has no records", key)
	case set.Key != key:
		return fmt.Errorf("the records of %s are those of %s", key, set.Key)
	case set.TTL > zonefile.MaxTTL:
		return fmt.Errorf("the TTL of %s is %d, and the longest is %d (RFC 2181 §8)", key, set.TTL, zonefile.MaxTTL)
	}
	return nil
}

// check returns an error if what an edit is to bring back cannot be of its zone.
func (e edit) check() error {
	for key, set := range e.want {
		var err error
		if set != nil {
			err = checkRRset(e.ref.Zone, key, *set)
		} else if !key.Name.In(e.ref.Zone) {
			err = fmt.Errorf("%s is not in the zone %s", key, e.ref.Zone)
		}
		if err != nil {
			return fmt.Errorf("%s: what the store has is not as it was written: %w", e.ref, err)
		}
	}
	return nil
}
