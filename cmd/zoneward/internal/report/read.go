package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// MaxDocument is the most octets of a report that Read takes.
const MaxDocument = 64 << 20

// maxObjects is the most objects of a report that Read takes. Those of a document can be as short as three octets, and take hundreds when they are read.
const maxObjects = 1 << 20

// Read reads what [Report.WriteJSON] wrote. The document comes from outside: it may be of anybody, and what it says of itself (its configuration, commits and
// texts) is what somebody says; [Report.Details], which would be a link, is left out. What it shows of a plan is checked against the plan's id, unless it is redacted: see [Report.Unproven].
func Read(r io.Reader) (*Report, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("read a report: %w", err)
	}
	if len(text) > MaxDocument {
		return nil, fmt.Errorf("not a report: it has more than %d octets", MaxDocument)
	}
	if bytes.Count(text, []byte("{")) > maxObjects {
		return nil, fmt.Errorf("not a report: it has more than %d objects", maxObjects)
	}
	report, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("not a report: %s", clipped(err.Error(), mostText)) // it may quote all of the document
	}
	return report, nil
}

func parse(text []byte) (*Report, error) {
	var head document.Head
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, err
	}
	if err := head.Check(); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var doc reportJSON
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	return doc.report()
}

var (
	errParts  = errors.New("its parts are not those of its plan")
	errPlanID = errors.New("its plan does not have its id")
)

func (doc *reportJSON) report() (*Report, error) {
	r := &Report{
		Config: doc.Config, ConfigFiles: doc.ConfigFiles, Conflicts: doc.Conflicts, Tests: doc.Tests, Stateless: doc.Stateless,
		Proposal: &reconcile.Proposal{Base: doc.Base, Head: doc.Head},
	}
	if doc.SnapshotAt != nil {
		r.SnapshotAt = *doc.SnapshotAt
	}
	var err error
	if r.Problems, err = problemsOf(doc.Problems); err != nil {
		return nil, err
	}
	for _, left := range doc.Left {
		name, err := zonefile.ParseName(left.Zone, zonefile.Name{})
		if err != nil {
			return nil, err
		}
		r.Proposal.Left = append(r.Proposal.Left, reconcile.Ref{Zone: name, Target: left.Target})
	}
	if isNull := bytes.Equal(bytes.TrimSpace(doc.Plan), []byte("null")); doc.Redacted != isNull {
		return nil, errors.New("it has a plan if nothing is redacted, and none otherwise")
	}
	if doc.Redacted {
		err = doc.unproven(r)
	} else {
		err = doc.proven(r)
	}
	if err != nil {
		return nil, err
	}
	if err := document.CheckPlan(r.Proposal.Plan); err != nil {
		return nil, err
	}
	if r.Proposal.Plan.ID() != doc.PlanID {
		return nil, errPlanID
	}
	return r, nil
}

// proven reads the plan, and parts it as the document says. What else the document says of zones follows from it, and is not read.
func (doc *reportJSON) proven(r *Report) error {
	plan, err := reconcile.ReadPlan(bytes.NewReader(doc.Plan))
	if err != nil {
		return err
	}
	if len(plan.Zones) != len(doc.Zones) {
		return errParts
	}
	r.Proposal.Plan = plan
	for i := range doc.Zones {
		z, err := doc.Zones[i].proposed(&plan.Zones[i])
		if err != nil {
			return err
		}
		r.Proposal.Zones = append(r.Proposal.Zones, z)
	}
	return nil
}

// proposed parts the plan of a zone.
func (doc *zoneJSON) proposed(plan *reconcile.ZonePlan) (z reconcile.ProposedZone, err error) {
	if doc.Zone != plan.Zone.String() || doc.Target != plan.Target {
		return z, errParts
	}
	z.ZonePlan = plan
	caused, adrift := doc.Caused, doc.Adrift
	for _, c := range plan.Changes {
		switch {
		case isNext(caused, c):
			z.Caused, caused = append(z.Caused, c), caused[1:]
		case isNext(adrift, c):
			z.Adrift, adrift = append(z.Adrift, c), adrift[1:]
		default:
			return z, errParts
		}
	}
	var later, others []document.Change
	for _, f := range doc.Later {
		later = append(later, f.Changes...)
	}
	for _, f := range doc.Others {
		others = append(others, f.Changes...)
	}
	for _, d := range plan.Deferred {
		switch {
		case isNext(later, d.Change):
			z.Later, later = append(z.Later, d), later[1:]
		case isNext(others, d.Change):
			others = others[1:]
		default:
			return z, errParts
		}
	}
	for _, l := range doc.Leaving {
		i := slices.IndexFunc(plan.Waiting, func(w reconcile.Waiting) bool {
			return w.Kind == l.Kind && w.Key.Name.String() == l.Name && document.OfType(w.Key) == l.Type
		})
		if i < 0 {
			return z, errParts
		}
		z.Leaving = append(z.Leaving, plan.Waiting[i])
	}
	if len(caused)+len(adrift)+len(later)+len(others) > 0 {
		return z, errParts
	}
	z.Settled, err = changesOf(doc.Settled)
	return z, err
}

// isNext reports whether the first of some documents is of a change. Places are only shown, and may be written in more than one way.
func isNext(docs []document.Change, c reconcile.Change) bool {
	if len(docs) == 0 {
		return false
	}
	a, b := docs[0], document.OfChange(c)
	a.Source, b.Source = "", ""
	return reflect.DeepEqual(plain(a), plain(b))
}

// plain returns a document in which nothing and an empty list are the same.
func plain(doc document.Change) document.Change {
	if r := doc.Resource; r != nil {
		r := *r
		if len(r.Fields) == 0 {
			r.Fields = nil
		}
		if len(r.References) == 0 {
			r.References = nil
		}
		doc.Resource = &r
	}
	return doc
}

// unproven reads what a document shows of zones whose plan it does not have.
func (doc *reportJSON) unproven(r *Report) error {
	r.unproven = true
	plan := &reconcile.Plan{CreatedAt: doc.CreatedAt, Notices: doc.Notices}
	for i := range doc.Zones {
		z, err := doc.Zones[i].zone()
		if err != nil {
			return fmt.Errorf("zone %s on %s: %w", doc.Zones[i].Zone, doc.Zones[i].Target, err)
		}
		if i > 0 && r.shown[i-1].Compare(z.Ref) >= 0 {
			return fmt.Errorf("zone %s: out of order, or twice", z.Ref)
		}
		r.shown = append(r.shown, z)
		plan.Zones = append(plan.Zones, z.plan())
	}
	r.Proposal.Plan = plan
	return nil
}

// zone is the reverse of zoneToJSON.
func (doc *zoneJSON) zone() (z zone, err error) {
	z.Target, z.id, z.leaves, z.blocked = doc.Target, doc.ID, doc.Leaves, doc.Blocked
	if z.Zone, err = zonefile.ParseName(doc.Zone, zonefile.Name{}); err != nil {
		return z, err
	}
	if doc.Lingers < 0 || doc.Lingers > math.MaxInt32 {
		return z, fmt.Errorf("lingers: %d is no TTL", doc.Lingers)
	}
	z.lingers = time.Duration(doc.Lingers) * time.Second
	if doc.Error != nil {
		z.failure = linesOf(*doc.Error)
	}
	for _, part := range []struct {
		docs []document.Change
		into *[]reconcile.Change
	}{{doc.Caused, &z.caused}, {doc.Adrift, &z.adrift}, {doc.Settled, &z.settled}} {
		if *part.into, err = changesOf(part.docs); err != nil {
			return z, err
		}
	}
	if z.later, err = followingOf(doc.Later); err != nil {
		return z, err
	}
	if z.others, err = followingOf(doc.Others); err != nil {
		return z, err
	}
	for _, h := range doc.Holds {
		z.holds = append(z.holds, hold(h))
	}
	for _, m := range doc.Remarks {
		z.remarks = append(z.remarks, render.Remark(m))
	}
	for _, l := range doc.Leaving {
		w := reconcile.Waiting{Kind: l.Kind}
		if w.Key.Name, err = zonefile.ParseName(l.Name, zonefile.Name{}); err != nil {
			return z, err
		}
		if l.Type != "" {
			if w.Key.Type, err = zonefile.ParseType(l.Type); err != nil {
				return z, err
			}
		}
		z.leaving = append(z.leaving, w)
	}
	z.warnings, err = problemsOf(doc.Warnings)
	return z, err
}

// plan returns as much of the plan of a zone as what it comes to needs.
func (z *zone) plan() reconcile.ZonePlan {
	plan := reconcile.ZonePlan{Ref: z.Ref, ID: z.id, Changes: slices.Concat(z.caused, z.adrift)}
	for _, f := range slices.Concat(z.later, z.others) {
		for _, c := range f.Changes {
			plan.Deferred = append(plan.Deferred, reconcile.Deferred{Change: c, For: f.What})
		}
	}
	for _, h := range z.holds {
		plan.Holds = append(plan.Holds, reconcile.Hold{Guard: h.Guard, Reason: h.Reason})
	}
	if z.blocked {
		plan.State = &reconcile.State{}
	}
	if z.failure != nil {
		plan.Err = errors.New(joined(z.failure))
	}
	return plan
}

func followingOf(docs []followJSON) ([]render.Following, error) {
	var all []render.Following
	for _, doc := range docs {
		changes, err := changesOf(doc.Changes)
		if err != nil {
			return nil, err
		}
		all = append(all, render.Following{What: doc.What, Changes: changes})
	}
	return all, nil
}

func changesOf(docs []document.Change) ([]reconcile.Change, error) {
	var all []reconcile.Change
	for _, doc := range docs {
		c, err := changeOf(doc)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// changeOf returns a change, in which RRsets without records are not shown.
func changeOf(doc document.Change) (reconcile.Change, error) {
	isBlank := func(s *document.RRset) bool { return s != nil && len(s.Records) == 0 }
	if doc.Kind != reconcile.KindRRset || doc.Type == "" || !isBlank(doc.Old) && !isBlank(doc.New) {
		return doc.Change()
	}
	subject := document.Subject{Action: doc.Action, Name: doc.Name, Type: doc.Type, From: doc.From, Source: doc.Source}
	c, err := subject.Change()
	if err != nil {
		return c, err
	}
	c.Cause, c.Stone = doc.Cause, doc.Tombstone
	for _, side := range []struct {
		doc  *document.RRset
		into **zonefile.RRset
	}{{doc.Old, &c.Old}, {doc.New, &c.New}} {
		if isBlank(side.doc) {
			*side.into = &zonefile.RRset{Key: c.Key, TTL: side.doc.TTL}
		} else if *side.into, err = side.doc.RRset(c.Key); err != nil {
			return c, err
		}
	}
	return c, nil
}

// problemsOf is the reverse of document.OfProblems.
func problemsOf(docs []document.Problem) ([]zonefile.Problem, error) {
	var all []zonefile.Problem
	for _, doc := range docs {
		p := zonefile.Problem{Position: zonefile.Position{File: doc.File, Line: doc.Line, Column: doc.Column}, Rule: doc.Rule, Message: doc.Message}
		switch doc.Severity {
		case zonefile.Error.String():
			p.Severity = zonefile.Error
		case zonefile.Warning.String():
			p.Severity = zonefile.Warning
		default:
			return nil, fmt.Errorf("the severity %q is not known", doc.Severity)
		}
		all = append(all, p)
	}
	return all, nil
}
