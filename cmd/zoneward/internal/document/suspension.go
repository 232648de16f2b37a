package document

import (
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Suspensions are what is suspended, or was now: what "suspend" writes, and GET /api/v1/suspensions and the POST give.
type Suspensions struct {
	Version     int          `json:"version"`
	Suspensions []Suspension `json:"suspensions"`
}

// Resumed is what was resumed: what "resume" writes, and DELETE /api/v1/suspensions gives.
type Resumed struct {
	Version   int          `json:"version"`
	Resumed   []Suspension `json:"resumed"`
	Suspended []Suspension `json:"suspended"` // still, of what was meant
}

// Suspension is a suspension.
type Suspension struct {
	Zone   string     `json:"zone"`   // empty for all
	Target string     `json:"target"` // empty for all
	Reason string     `json:"reason"`
	Actor  string     `json:"actor"`
	Since  time.Time  `json:"since"`
	Until  *time.Time `json:"until"` // null if it does not end by itself
	// UntilFile says that it ends when the zone file changes.
	UntilFile bool `json:"until_zone_file_changes"`
}

// OfSuspension returns a suspension.
func OfSuspension(s reconcile.Suspension) Suspension {
	return Suspension{OfName(s.Zone), s.Target, s.Reason, s.Actor, s.Since.UTC(), OfTime(s.Until), !s.File.IsZero()}
}

// OfSuspensions returns an empty list for none.
func OfSuspensions(all []reconcile.Suspension) []Suspension {
	docs := make([]Suspension, len(all))
	for i, s := range all {
		docs[i] = OfSuspension(s)
	}
	return docs
}

// Suspension is the reverse of OfSuspension. Of which zone file it is, if it ends when that changes, is not known: its digest is one that no file has.
func (s Suspension) Suspension() (reconcile.Suspension, error) {
	zone, err := ParseName(s.Zone)
	if err == nil {
		err = checkWords("a target", s.Target)
	}
	if err != nil {
		return reconcile.Suspension{}, err
	}
	suspension := reconcile.Suspension{
		Scope: reconcile.Scope{Zone: zone, Target: s.Target}, Reason: s.Reason, Actor: s.Actor, Since: s.Since, Until: timeOf(s.Until),
	}
	if s.UntilFile {
		suspension.File = zonefile.Digest{1}
	}
	return suspension, nil
}

// SuspensionsOf is the reverse of OfSuspensions.
func SuspensionsOf(docs []Suspension) ([]reconcile.Suspension, error) {
	var all []reconcile.Suspension
	for _, doc := range docs {
		s, err := doc.Suspension()
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
