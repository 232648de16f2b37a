package document

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// DaemonStatus is what GET /api/v1/status gives: how a daemon is as a whole.
type DaemonStatus struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`      // when it was asked
	Program string    `json:"program"` // its version
	Daemon
	Source  Source   `json:"source"`
	Notices []string `json:"notices"`
	// Queued says how many zones wait for their turn, by why, and Running how many are being worked on.
	Queued  map[reconcile.Trigger]int `json:"queued"`
	Running int                       `json:"running"`
	// Zones says how many there are in each state that some are in.
	Zones map[ZoneState]int `json:"zones"`
}

// Source is how the zones repository was found.
type Source struct {
	Revision   string     `json:"revision"`    // that is worked on, empty before the first was read
	RevisionAt *time.Time `json:"revision_at"` // when that was read
	ReadAt     *time.Time `json:"read_at"`     // when it could last be read, null if never
	// Error is why it cannot be read since FailingSince, null if it can.
	Error        *string    `json:"error"`
	FailingSince *time.Time `json:"failing_since"`
}

// ZoneStatuses is what GET /api/v1/zones gives, with the queries zone and target, which can be repeated, state, and attention=true for those alone that are in
// another state than live: how far zones on targets are, and resources of domains at providers, in their order.
type ZoneStatuses struct {
	Version int          `json:"version"`
	Zones   []ZoneStatus `json:"zones"`
	// After is what the query has as its "after" to go on, left out on the last page.
	After string `json:"after,omitempty"`
}

// ZoneStatus is how far a zone on a target is, or the resources of a domain at a provider.
type ZoneStatus struct {
	Zone   string           `json:"zone"`
	Target string           `json:"target"`
	State  ZoneState        `json:"state"`
	Status reconcile.Status `json:"status"` // what became of it the last time, empty if it was not looked at yet
	// Plan is the id of the last plan, null if it had nothing to say. GET /api/v1/plans has the plans.
	Plan     *zonefile.Digest `json:"plan"`
	Changes  int              `json:"changes"`  // of that plan, that can be made now
	Deferred int              `json:"deferred"` // of that plan, that have to wait
	Holds    []Hold           `json:"holds"`
	Error    *string          `json:"error"` // why it failed the last time
	Revision string           `json:"revision"`
	// AttemptedAt is when it was last planned, SucceededAt when it was last seen to be live as stated, null for never.
	AttemptedAt *time.Time `json:"attempted_at"`
	SucceededAt *time.Time `json:"succeeded_at"`
	Failures    int        `json:"failures"` // in a row
	// NextAt is when it is looked at again if nothing happens before, and Trigger why; null if it is queued or worked on now.
	NextAt     *time.Time        `json:"next_at"`
	Trigger    reconcile.Trigger `json:"trigger"`
	Suspended  bool              `json:"suspended"`
	Managed    int               `json:"managed"` // RRsets
	Foreign    int               `json:"foreign"` // RRsets
	Tombstones int               `json:"tombstones"`
	Expired    int               `json:"expired"` // of the tombstones, that are due to be purged
}

// ZoneState says in a word how far a zone on a target is.
type ZoneState string

// The states of a zone on a target, those that a person has to look at first.
const (
	ZoneFailing   ZoneState = "failing"   // it could not be planned, or not be applied
	ZoneBlocked   ZoneState = "blocked"   // it is in a state at its provider in which it cannot be written
	ZoneHeld      ZoneState = "held"      // a guard holds it
	ZoneApproval  ZoneState = "approval"  // its plan waits for somebody to approve it, and nothing else holds it
	ZoneSuspended ZoneState = "suspended" // somebody has suspended it, and nothing else holds it
	ZonePending   ZoneState = "pending"   // it is about to be written, or has changes that wait for something
	ZoneUnseen    ZoneState = "unseen"    // it was not looked at yet
	ZoneLive      ZoneState = "live"      // it is as the zones repository states it
)

// ZoneStates are all states, those that a person has to look at first.
var ZoneStates = [...]ZoneState{ZoneFailing, ZoneBlocked, ZoneHeld, ZoneApproval, ZoneSuspended, ZonePending, ZoneUnseen, ZoneLive}

// StateOfZone returns how far a zone on a target is.
func StateOfZone(s reconcile.ZoneStatus) ZoneState {
	var holds []reconcile.Guard
	changes := 0
	if s.Plan != nil {
		for _, hold := range s.Plan.Holds {
			holds = append(holds, hold.Guard)
		}
		changes = len(s.Plan.Changes) + len(s.Plan.Deferred)
	}
	only := func(guards ...reconcile.Guard) bool {
		return len(holds) > 0 && !slices.ContainsFunc(holds, func(g reconcile.Guard) bool { return !slices.Contains(guards, g) })
	}
	switch {
	case s.Err != nil || s.Plan != nil && s.Plan.Err != nil:
		return ZoneFailing
	case s.Plan != nil && s.Plan.State != nil:
		return ZoneBlocked
	case s.Suspended && len(holds) == 0, only(reconcile.GuardSuspended), only(reconcile.GuardSuspended, reconcile.GuardApproval) && s.Suspended:
		return ZoneSuspended
	case only(reconcile.GuardApproval):
		return ZoneApproval
	case len(holds) > 0:
		return ZoneHeld
	case s.Attempted.IsZero():
		return ZoneUnseen
	case changes > 0 && s.Status != reconcile.Applied, s.Next.IsZero() && s.Trigger == reconcile.TriggerSource:
		return ZonePending
	}
	return ZoneLive
}

// OfDaemonStatus returns how a daemon is as a whole. program is its version, and at when it was asked.
func OfDaemonStatus(s reconcile.LoopStatus, program string, at time.Time) DaemonStatus {
	doc := DaemonStatus{
		Version: Version, At: at.UTC(), Program: program, Notices: append([]string{}, s.Notices...), Queued: map[reconcile.Trigger]int{}, Running: s.Running,
		Zones: map[ZoneState]int{},
		Source: Source{
			Revision: s.Revision, RevisionAt: OfTime(s.RevisionAt), ReadAt: OfTime(s.SourceRead), Error: OfError(s.SourceErr), FailingSince: OfTime(s.SourceFailing),
		},
	}
	maps.Copy(doc.Queued, s.Queued)
	for _, z := range s.Zones {
		doc.Zones[StateOfZone(z)]++
	}
	return doc
}

// OfZoneStatus returns how far a zone on a target is.
func OfZoneStatus(s reconcile.ZoneStatus) ZoneStatus {
	doc := ZoneStatus{
		Zone: s.Zone.String(), Target: s.Target, State: StateOfZone(s), Status: s.Status, Holds: []Hold{}, Error: OfError(s.Err), Revision: s.Revision,
		AttemptedAt: OfTime(s.Attempted), SucceededAt: OfTime(s.Succeeded), Failures: s.Failures, NextAt: OfTime(s.Next), Trigger: s.Trigger,
		Suspended: s.Suspended, Managed: s.Managed, Foreign: s.Foreign, Tombstones: s.Tombstones, Expired: s.Expired,
	}
	if p := s.Plan; p != nil {
		doc.Changes, doc.Deferred, doc.Holds = len(p.Changes), len(p.Deferred), OfHolds(p.Holds)
		if !p.ID.IsZero() {
			doc.Plan = &p.ID
		}
		if s.Err == nil {
			doc.Error = OfError(p.Err)
		}
	}
	return doc
}

// Ref returns which zone on which target it is about. It is an error if something in it cannot be.
func (s ZoneStatus) Ref() (reconcile.Ref, error) {
	zone, err := ParseName(s.Zone)
	ref := reconcile.Ref{Zone: zone, Target: s.Target}
	switch {
	case err != nil:
		return ref, err
	case zone.IsZero():
		return ref, errors.New("a zone without a name")
	case !slices.Contains(ZoneStates[:], s.State):
		return ref, fmt.Errorf("%s: the state %q is not known", zone, s.State)
	}
	_, err = holdsOf(s.Holds)
	return ref, errors.Join(err, checkWords("a target", s.Target))
}
