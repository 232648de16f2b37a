package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// settleOpen says of each intent of the zone that nobody concluded what became of it, as far as the live zone tells, and returns how many
// there were. live is nil if the provider does not have the zone.
func (w zoneWrite) settleOpen(ctx context.Context, live *providers.Snapshot) (settled int, err error) {
	if !w.plan.open {
		return 0, nil
	}
	intents, err := w.Store.Open(ctx, w.plan.Ref)
	if err != nil {
		return 0, fmt.Errorf("read what was interrupted at %s: %w", w.plan.Ref, err)
	}
	for _, intent := range intents {
		end := settlement(intent, live, w.now())
		if creates(intent) && live != nil && !w.plan.desired.made(live.Zone) && !brings(intent, live.Zone) {
			// It is there, and has what we did not put into it: somebody else made it.
			end.Result, end.Live, end.Restored = NotDone, make([]bool, len(intent.Changes)), nil
		}
		switch err := w.Store.Conclude(ctx, intent.ID, end); {
		case errors.Is(err, ErrConcluded):
		case err != nil:
			return settled, fmt.Errorf("note what became of a write to %s that was interrupted: %w", w.plan.Ref, err)
		default:
			settled++
		}
	}
	return settled, nil
}

// creates reports whether an intent is to make a zone.
func creates(i Intent) bool {
	return len(i.Changes) > 0 && i.Changes[0].Kind == KindZone && (i.Changes[0].Action == Create || i.Changes[0].Action == Restore)
}

// brings reports whether a live zone has nothing but an SOA and NS at its apex and what an intent was to bring.
func brings(i Intent, live *zonefile.Zone) bool {
	brought := make(map[zonefile.Key]*zonefile.RRset, len(i.Changes))
	for _, c := range i.Changes {
		brought[c.Key] = c.New
	}
	for set := range live.All() {
		if !isApex(set.Key, i.Zone) && !set.Key.Type.Signing() && !sameSide(brought[set.Key], &set) {
			return false
		}
	}
	return true
}

// settlement returns what became of an intent whose writer was interrupted: what of its changes is live now.
func settlement(intent Intent, live *providers.Snapshot, now time.Time) Conclusion {
	c := Conclusion{At: now, Live: make([]bool, len(intent.Changes)), Settled: true}
	n := 0
	for i, change := range intent.Changes {
		if c.Live[i] = isLive(change, live); c.Live[i] {
			n++
		}
	}
	if creates(intent) && c.Live[0] && intent.Changes[0].Stone != "" {
		c.Restored = []string{intent.Changes[0].Stone}
	}
	c.Result = resultOf(n, len(intent.Changes))
	if live != nil {
		c.Serial = live.Serial
	}
	return c
}

func resultOf(live, all int) Result {
	switch live {
	case all:
		return Done
	case 0:
		return NotDone
	}
	return Partly
}

// keepsOwn reports whether an RRset is one that the target always has and does not let be set: whatever it is, there is nothing to do.
func keepsOwn(live *providers.Snapshot, key zonefile.Key) bool {
	return key.Name == live.Zone.Origin() &&
		(key.Type == zonefile.TypeSOA && !live.Traits.SOAWritable || key.Type == zonefile.TypeNS && !live.Traits.ApexNSWritable)
}

// isLive reports whether a change is live.
func isLive(c Change, live *providers.Snapshot) bool {
	if c.Kind == KindZone {
		return c.Action != Purge && (live == nil) == (c.Action == Retire) // what became of a purge nobody can see
	}
	if live == nil {
		return false
	}
	if c.Kind == KindProperty {
		return live.Properties[c.Property.Name] == c.Property.New
	}
	if keepsOwn(live, c.Key) {
		return true
	}
	if c.Action == Purge {
		if live.Disabled == nil {
			return true
		}
		kept, ok := live.Disabled.Get(c.Key)
		if !ok {
			return true
		}
		_, some := common(*c.Old, kept)
		return !some
	}
	set, ok := live.Zone.Get(c.Key)
	if c.New == nil || !ok {
		return (c.New == nil) == !ok
	}
	return withoutSerial(set) == withoutSerial(*c.New)
}
