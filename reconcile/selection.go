package reconcile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// Selection says which zones are meant. The zero Selection means all.
type Selection struct {
	Zones   []zonefile.Name // empty for all
	Targets []string        // empty for all
	// Lenient leaves out Zones that the zones repository does not have. Without it they are an error.
	Lenient bool
}

// Some reports whether not all zones on all targets are meant.
func (s Selection) Some() bool { return len(s.Zones) > 0 || len(s.Targets) > 0 }

// Has reports whether a zone on a target is meant.
func (s Selection) Has(ref Ref) bool {
	return s.hasZone(ref) && (len(s.Targets) == 0 || slices.Contains(s.Targets, ref.Target))
}

func (s Selection) hasZone(ref Ref) bool {
	return len(s.Zones) == 0 || slices.Contains(s.Zones, ref.Zone)
}

// ErrNoZone is wrapped where a zone was asked for by name and no rule brings it from the zones repository to a target that was asked for.
var ErrNoZone = errors.New("the zones repository has no such zone for these targets")

// complete returns an error if a zone that is meant is neither there nor known: what was applied once, and is gone from the repository, may be retired.
// A domain that has resources is there.
func (s Selection) complete(state desiredState, known map[Ref]Known) error {
	for _, zone := range s.Zones {
		_, here := state.domains.files[zone]
		here = here || slices.ContainsFunc(state.zones, func(d *desiredZone) bool { return d.Zone == zone && s.Has(d.Ref) })
		for ref := range known {
			here = here || ref.Zone == zone && s.Has(ref)
		}
		if !s.Lenient && !here {
			return fmt.Errorf("%w: %s", ErrNoZone, zone)
		}
	}
	return nil
}
