package server

import (
	"slices"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// reconcile answers POST reconcile.
func (a *API) reconcile(c *call) (any, error) {
	var body document.ReconcileRequest
	if err := c.read(&body); err != nil {
		return nil, err
	}
	only, some, err := a.meant(c, body.Zones, body.Targets)
	if err != nil {
		return nil, err
	}
	doc := document.Queued{Version: document.Version}
	if !some {
		return doc, nil
	}
	a.engine.Look()
	doc.Queued, err = a.engine.Reconcile(c.Context(), only)
	c.note = append(c.note, "queued", doc.Queued)
	return doc, err
}

// mostVerified is how many zones on targets are verified for one request.
const mostVerified = 1000

// longestWithin is for how many seconds name servers are asked again at most.
const longestWithin = 600

// verify answers POST verify.
func (a *API) verify(c *call) (any, error) {
	var body document.VerifyRequest
	if err := c.read(&body); err != nil {
		return nil, err
	}
	if body.Within < 0 || body.Within > longestWithin {
		return nil, badRequest("within: want seconds from 0 to %d", longestWithin)
	}
	only, some, err := a.meant(c, body.Zones, body.Targets)
	if err != nil {
		return nil, err
	}
	if !some {
		return document.Verified{Version: document.Version, Zones: []document.VerifiedZone{}}, nil
	}
	n := 0
	for _, z := range a.engine.Status().Zones {
		if only.Has(z.Ref) {
			n++
		}
	}
	if n > mostVerified {
		return nil, badRequest("these are %d zones on targets, and one request verifies up to %d: name some", n, mostVerified)
	}
	return a.engine.Verify(c.Context(), Verification{Only: only, Within: time.Duration(body.Within) * time.Second, Whole: body.Whole})
}

// meant returns the zones and targets that a request is for, and false if there are none. For a token that is not for all zones, all are those that it is for: the
// selection that names none, which means every zone, is never made of it.
func (a *API) meant(c *call, zones, targets []string) (only reconcile.Selection, some bool, err error) {
	if only, err = selectionOf(zones, targets); err != nil {
		return only, false, err
	}
	for _, zone := range only.Zones {
		if !c.token.sees(zone) {
			return only, false, otherZone(c.token, zone)
		}
	}
	if !c.token.restricted() || len(only.Zones) > 0 {
		return only, true, nil
	}
	for _, z := range a.engine.Status().Zones {
		if c.sees(z.Ref) && !slices.Contains(only.Zones, z.Zone) {
			only.Zones = append(only.Zones, z.Zone)
		}
	}
	return only, len(only.Zones) > 0, nil
}

// otherZone says that a token is not for a zone, whether there is one or not.
func otherZone(token Token, zone zonefile.Name) *problem {
	return forbidden("the token " + token.Name + " is not for the zone " + zone.String())
}
