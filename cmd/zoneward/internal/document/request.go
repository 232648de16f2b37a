package document

import (
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// The bodies of requests to a daemon, docs/api.md. Names of zones are as people write them: absolute, the dot at the end may be left out, and labels may be
// in Unicode. Nothing in them is null: what is not wanted is left out.
type (
	// ApproveRequest has plans that wait or are held applied.
	ApproveRequest struct {
		// Plans are the ids of zone plans as the daemon has shown them.
		Plans []zonefile.Digest `json:"plans"`
		// Overrides are guards whose holds do not count; that of approval is understood.
		Overrides []reconcile.Guard `json:"overrides,omitempty"`
		// Reason is why, for the history.
		Reason string `json:"reason"`
	}
	// ReconcileRequest has zones looked at now: all of them on all targets where none is named.
	ReconcileRequest struct {
		Zones   []string `json:"zones,omitempty"`
		Targets []string `json:"targets,omitempty"`
	}
	// RestoreRequest says what is to be brought back: a tombstone, or an RRset by its name and type. With Apply the plan of exactly those Plans is applied,
	// without it is only made.
	RestoreRequest struct {
		Tombstone string `json:"tombstone,omitempty"` // its id, 16 hex digits
		Zone      string `json:"zone,omitempty"`
		Target    string `json:"target,omitempty"`
		Name      string `json:"name,omitempty"` // absolute
		Type      string `json:"type,omitempty"`
		// At is the point whose state of the RRset is brought back; nil for its newest tombstone.
		At *PointRequest `json:"at,omitempty"`
		// KeepFor is for how many seconds it is kept although git does not have it, 0 for the usual time.
		KeepFor   int64             `json:"keep_for,omitempty"`
		Reason    string            `json:"reason,omitempty"`
		Apply     bool              `json:"apply"`
		Plans     []zonefile.Digest `json:"plans,omitempty"`
		Overrides []reconcile.Guard `json:"overrides,omitempty"`
	}
	// PointRequest is a point in the history: one of these.
	PointRequest struct {
		Time   time.Time `json:"time,omitzero"`
		Commit string    `json:"commit,omitempty"` // or how it begins, 7 hex digits or more
		Plan   string    `json:"plan,omitempty"`   // "sha256:..." or how it begins; also the state of a directory
	}
	// SuspendRequest keeps zones from being written: each zone on each target, all zones of the targets, or with All everything.
	SuspendRequest struct {
		Zones   []string  `json:"zones,omitempty"`
		Targets []string  `json:"targets,omitempty"`
		All     bool      `json:"all,omitempty"`
		Reason  string    `json:"reason"`
		Until   time.Time `json:"until,omitzero"` // zero for never
	}
	// VerifyRequest has name servers asked whether they serve what the providers have: for all zones on all targets where none is named.
	VerifyRequest struct {
		Zones   []string `json:"zones,omitempty"`
		Targets []string `json:"targets,omitempty"`
		// Within is for how many seconds they are asked again until all agree, 0 to ask once.
		Within int64 `json:"within,omitempty"`
		// Whole compares all RRsets, and not some of them.
		Whole bool `json:"whole,omitempty"`
	}
	// ProposeRequest has a change of the zones repository planned.
	ProposeRequest struct {
		// Base is the commit that it is proposed for, "" the tip of the branch that is applied. Head is the newest of its own. Both are whole ids.
		Base string `json:"base,omitempty"`
		Head string `json:"head"`
		// Ref is where the repository has Head, such as refs/pull/12/head, "" if any branch may have it.
		Ref string `json:"ref,omitempty"`
		// Pull is the number of the pull request, 0 if it is none.
		Pull int `json:"pull,omitempty"`
	}
)

// Queued is how many zones a daemon was told to look at, version 1.
type Queued struct {
	Version int `json:"version"`
	Queued  int `json:"queued"`
}
