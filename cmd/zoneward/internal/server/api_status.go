package server

import (
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

const (
	// usualPage is how many zones, tombstones or changes a page has if nobody says, and mostOnPage how many it may have.
	usualPage, mostOnPage = 100, 1000
)

// status answers GET status.
func (a *API) status(c *call) (any, error) {
	if err := c.query.done(); err != nil {
		return nil, err
	}
	status, daemon := a.engine.Status(), a.engine.Daemon()
	status.Zones = slices.DeleteFunc(status.Zones, func(z reconcile.ZoneStatus) bool { return !c.sees(z.Ref) })
	doc := document.OfDaemonStatus(status, daemon.Program, time.Now())
	doc.Daemon = daemon.Daemon
	if c.token.restricted() {
		doc = doc.Narrow()
	}
	return doc, nil
}

// zones answers GET zones.
func (a *API) zones(c *call) (any, error) {
	only := c.query.selection()
	wanted := document.ZoneState(c.query.one("state"))
	attention := c.query.flag("attention")
	limit := int(c.query.number("limit", usualPage, mostOnPage))
	after, past := afterRef(c.query)
	if wanted != "" && !slices.Contains(document.ZoneStates[:], wanted) {
		c.query.fail("state: there is no state %q", plain(string(wanted), longestName))
	}
	if err := c.query.done(); err != nil {
		return nil, err
	}
	doc := document.ZoneStatuses{Version: document.Version, Zones: []document.ZoneStatus{}}
	for _, z := range a.engine.Status().Zones {
		if past && z.Compare(after) <= 0 || !only.Has(z.Ref) || !c.sees(z.Ref) {
			continue
		}
		zone := document.OfZoneStatus(z)
		switch {
		case wanted != "" && zone.State != wanted, attention && zone.State == document.ZoneLive:
		case len(doc.Zones) == limit:
			last := doc.Zones[limit-1]
			doc.After = last.Zone + " " + last.Target
			return doc, nil
		default:
			doc.Zones = append(doc.Zones, zone)
		}
	}
	return doc, nil
}

// afterRef reads the parameter after, "ZONE TARGET", and reports whether it is there. A name has no space in it.
func afterRef(q *query) (after reconcile.Ref, ok bool) {
	text := q.one("after")
	if text == "" {
		return after, false
	}
	zone, target, _ := strings.Cut(text, " ")
	name, err := document.ParseName(zone)
	if err != nil || target == "" {
		q.fail("after: want what the page before said")
	}
	return reconcile.Ref{Zone: name, Target: target}, true
}
