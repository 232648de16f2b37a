package report

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// The JSON form of a report. All fields are always there.
type (
	reportJSON struct {
		Version     int                `json:"version"`
		Result      string             `json:"result"` // see Class
		Config      string             `json:"config"`
		Base        string             `json:"base"`
		Head        string             `json:"head"`
		CreatedAt   time.Time          `json:"created_at"`
		PlanID      zonefile.Digest    `json:"plan_id"`
		Redacted    bool               `json:"redacted"` // something is not shown, and plan is null
		Stateless   bool               `json:"stateless"`
		SnapshotAt  *time.Time         `json:"snapshot_at"`
		Details     string             `json:"details"`
		Summary     summaryJSON        `json:"summary"`
		Zones       []zoneJSON         `json:"zones"`
		Left        []refJSON          `json:"left"`
		Problems    []document.Problem `json:"problems"`
		ConfigFiles []string           `json:"config_files"`
		Conflicts   []string           `json:"conflicts"`
		Tests       []dnstest.Result   `json:"tests"`
		Notices     []string           `json:"notices"`
		Plan        json.RawMessage    `json:"plan"`
	}
	summaryJSON struct {
		Create  int `json:"create"` // this and the next five are what the change does
		Update  int `json:"update"`
		Retire  int `json:"retire"`
		Restore int `json:"restore"`
		Purge   int `json:"purge"`
		Later   int `json:"later"`
		Adrift  int `json:"adrift"`
		Settled int `json:"settled"`
		Held    int `json:"held"`   // zones
		Errors  int `json:"errors"` // zones
	}
	zoneJSON struct {
		Zone     string             `json:"zone"`
		Target   string             `json:"target"`
		ID       zonefile.Digest    `json:"id"`
		Error    *string            `json:"error"`
		Caused   []document.Change  `json:"caused"`
		Adrift   []document.Change  `json:"adrift"`
		Settled  []document.Change  `json:"settled"`
		Later    []followJSON       `json:"later"`
		Others   []followJSON       `json:"others"` // that would follow without this change too
		Leaving  []leavingJSON      `json:"leaving"`
		Holds    []holdJSON         `json:"holds"`
		Remarks  []remarkJSON       `json:"remarks"`
		Warnings []document.Problem `json:"warnings"`
		Lingers  int64              `json:"lingers"` // seconds for which resolvers may give old answers after the apply
		Blocked  bool               `json:"blocked"` // in a state in which its provider takes nothing
		Leaves   bool               `json:"leaves"`
	}
	followJSON struct {
		What    string            `json:"what"` // has to be so
		Changes []document.Change `json:"changes"`
	}
	leavingJSON struct {
		Kind reconcile.Kind `json:"kind"`
		Name string         `json:"name"`
		Type string         `json:"type"` // empty for what is no RRset
	}
	holdJSON struct {
		Guard  reconcile.Guard `json:"guard"`
		Reason string          `json:"reason"`
		Todo   string          `json:"todo"`
	}
	remarkJSON struct {
		Topic string `json:"topic"`
		Text  string `json:"text"`
	}
	refJSON struct {
		Zone   string `json:"zone"`
		Target string `json:"target"`
	}
)

// WriteJSON writes the report as JSON, version 1, without what is redacted. If anything is, the plan is left out, since its id could not be checked.
func (r *Report) WriteJSON(w io.Writer) error {
	shown := r.redacted()
	plan := shown.Proposal.Plan
	doc := reportJSON{
		Version: document.Version, Result: r.Class().String(), Config: r.Config, Base: r.Proposal.Base, Head: r.Proposal.Head, CreatedAt: plan.CreatedAt.UTC(),
		PlanID: plan.ID(), Redacted: r.unproven || r.hidesAny(), Stateless: r.Stateless, SnapshotAt: document.OfTime(r.SnapshotAt), Details: r.Details,
		Left: []refJSON{}, Problems: document.OfProblems(shown.Problems), ConfigFiles: append([]string{}, r.ConfigFiles...), Conflicts: append([]string{}, r.Conflicts...),
		Tests: append([]dnstest.Result{}, shown.Tests...), Notices: append([]string{}, plan.Notices...), Plan: json.RawMessage("null"), Zones: []zoneJSON{},
	}
	for _, ref := range r.Proposal.Left {
		doc.Left = append(doc.Left, refJSON{ref.Zone.String(), ref.Target})
	}
	zones := shown.zones()
	doc.Summary = summaryToJSON(zones)
	for i := range zones {
		doc.Zones = append(doc.Zones, zoneToJSON(&zones[i]))
	}
	if !doc.Redacted {
		var b bytes.Buffer
		if err := plan.WriteJSON(&b); err != nil {
			return err
		}
		doc.Plan = b.Bytes()
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

func summaryToJSON(zones []zone) summaryJSON {
	caused, adrift, settled := talliesOf(zones)
	s := summaryJSON{
		Create: caused.actions[reconcile.Create], Update: caused.actions[reconcile.Update], Retire: caused.actions[reconcile.Retire],
		Restore: caused.actions[reconcile.Restore], Purge: caused.actions[reconcile.Purge], Later: caused.later, Adrift: adrift.changes(), Settled: settled.changes(),
	}
	for _, z := range zones {
		switch {
		case len(z.failure) > 0:
			s.Errors++
		case len(z.holds) > 0 || z.blocked:
			s.Held++
		}
	}
	return s
}

func zoneToJSON(z *zone) zoneJSON {
	doc := zoneJSON{
		Zone: z.Zone.String(), Target: z.Target, ID: z.id, Caused: changesToJSON(z.caused), Adrift: changesToJSON(z.adrift), Settled: changesToJSON(z.settled),
		Later: followToJSON(z.later), Others: followToJSON(z.others), Leaving: make([]leavingJSON, len(z.leaving)), Holds: make([]holdJSON, len(z.holds)),
		Remarks: make([]remarkJSON, len(z.remarks)), Warnings: document.OfProblems(z.warnings), Lingers: int64(z.lingers.Seconds()), Blocked: z.blocked, Leaves: z.leaves,
	}
	if z.failure != nil {
		doc.Error = new(joined(z.failure))
	}
	for i, w := range z.leaving {
		doc.Leaving[i] = leavingJSON{w.Kind, w.Key.Name.String(), document.OfType(w.Key)}
	}
	for i, h := range z.holds {
		doc.Holds[i] = holdJSON(h)
	}
	for i, m := range z.remarks {
		doc.Remarks[i] = remarkJSON(m)
	}
	return doc
}

func changesToJSON(changes []reconcile.Change) []document.Change {
	docs := make([]document.Change, len(changes))
	for i, c := range changes {
		docs[i] = document.OfChange(c)
		for _, side := range []*document.RRset{docs[i].Old, docs[i].New} {
			if side != nil && side.Records == nil {
				side.Records = []string{} // not shown
			}
		}
	}
	return docs
}

func followToJSON(all []render.Following) []followJSON {
	docs := make([]followJSON, len(all))
	for i, f := range all {
		docs[i] = followJSON{f.What, changesToJSON(f.Changes)}
	}
	return docs
}
