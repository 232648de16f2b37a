package reconcile

import "github.com/zoneward/zoneward/zonefile"

// Scopes returns what is meant as scopes: each zone on each target.
func (s Selection) Scopes() []Scope {
	zones, targets := s.Zones, s.Targets
	if len(zones) == 0 {
		zones = []zonefile.Name{{}}
	}
	if len(targets) == 0 {
		targets = []string{""}
	}
	var scopes []Scope
	for _, zone := range zones {
		for _, target := range targets {
			scopes = append(scopes, Scope{Zone: zone, Target: target})
		}
	}
	return scopes
}

// Overlaps reports whether a zone on a target can be in both scopes.
func (s Scope) Overlaps(other Scope) bool {
	return (s.Zone.IsZero() || other.Zone.IsZero() || s.Zone == other.Zone) && (s.Target == "" || other.Target == "" || s.Target == other.Target)
}
