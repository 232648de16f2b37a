package server

import (
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// tombstones answers GET tombstones.
func (a *API) tombstones(c *call) (any, error) {
	q := c.query
	only := q.selection()
	query := reconcile.TombstoneQuery{Name: q.name("name"), Type: q.rrtype("type"), Closed: q.flag("all")}
	limit := int(q.number("limit", usualPage, mostOnPage))
	after := q.one("after")
	if after != "" && !isTombstoneID(after) {
		q.fail("after: want what the page before said")
	}
	if err := q.done(); err != nil {
		return nil, err
	}
	if len(only.Zones) == 1 {
		query.Zone = only.Zones[0]
	}
	clock, err := a.engine.Clock(c.Context())
	if err != nil {
		return nil, fmt.Errorf("read the clock: %w", err)
	}
	stones, damage := a.engine.Tombstones(c.Context(), query)
	if damage != nil && c.Context().Err() != nil {
		return nil, damage
	}
	stones = slices.DeleteFunc(stones, func(t reconcile.Tombstone) bool { return !c.sees(t.Ref) || !only.Has(t.Ref) })
	return tombstonePage(stones, clock, after, limit, damageText(c, damage))
}

// damageText says why tombstones are missing.
func damageText(c *call, damage error) string {
	switch {
	case damage == nil:
		return ""
	case c.token.restricted(): // it names others
		return "some tombstones cannot be read"
	}
	return damage.Error()
}

// tombstonePage returns those behind the one with the id after, the newest first.
func tombstonePage(stones []reconcile.Tombstone, clock reconcile.Clock, after string, limit int, damaged string) (any, error) {
	if after != "" {
		i := slices.IndexFunc(stones, func(t reconcile.Tombstone) bool { return t.ID == after })
		if i < 0 {
			return nil, badRequest("after: there is no such tombstone any more; begin again")
		}
		stones = stones[i+1:]
	}
	doc := document.Tombstones{Version: document.Version, Tombstones: []document.Tombstone{}, Damaged: damaged}
	for _, t := range stones[:min(limit, len(stones))] {
		doc.Tombstones = append(doc.Tombstones, document.OfTombstone(t, clock))
	}
	if len(stones) > limit {
		doc.After = stones[limit-1].ID
	}
	return doc, nil
}

// isTombstoneID reports whether text is the whole id of a tombstone.
func isTombstoneID(text string) bool { return isHex(text, 16, 16) }

// tombstone answers GET tombstones/{id}.
func (a *API) tombstone(c *call) (any, error) {
	if err := c.query.done(); err != nil {
		return nil, err
	}
	return a.seenTombstone(c, c.PathValue("id"))
}

// seenTombstone returns a tombstone by its whole id, of which nobody who may not see it learns whether it is there: one that only begins so could be found
// digit by digit.
func (a *API) seenTombstone(c *call, id string) (document.ShownTombstone, error) {
	if !isTombstoneID(id) {
		return document.ShownTombstone{}, badRequest("want the id of a tombstone: 16 hex digits")
	}
	stone, err := a.engine.Tombstone(c.Context(), id)
	if err != nil {
		return document.ShownTombstone{}, err
	}
	zone, err := document.ParseName(stone.Zone)
	if err != nil {
		return document.ShownTombstone{}, fmt.Errorf("tombstone %s: %w", id, err)
	}
	if !c.token.sees(zone) {
		return document.ShownTombstone{}, fmt.Errorf("%w: %s", reconcile.ErrNoTombstone, id)
	}
	return stone, nil
}

// history answers GET history. A page has whole entries, as many as have that many changes.
func (a *API) history(c *call) (any, error) {
	q := c.query
	query := reconcile.HistoryQuery{Zone: q.name("zone"), Target: q.one("target"), Name: q.name("name"), Type: q.rrtype("type"), Since: q.moment("since")}
	left := int(q.number("limit", usualPage, mostOnPage))
	after := q.number("after", 0, 1<<53)
	if err := q.done(); err != nil {
		return nil, err
	}
	if !query.Zone.IsZero() && !c.token.sees(query.Zone) {
		return nil, otherZone(c.token, query.Zone)
	}
	doc := document.HistoryPage{Version: document.Version, Entries: []document.PageEntry{}}
	for entry, err := range a.engine.History(c.Context(), query) {
		switch {
		case err != nil:
			return nil, fmt.Errorf("read the audit log: %w", err)
		case after > 0 && entry.Seq >= after, !c.seesScope(entry.Zone):
		case left <= 0:
			doc.After = &doc.Entries[len(doc.Entries)-1].Seq
			return doc, nil
		default:
			left -= max(len(entry.Changes), 1)
			doc.Entries = append(doc.Entries, document.OfPageEntry(entry))
		}
	}
	return doc, nil
}

// seesScope reports whether the token sees what is about a zone, or about all of them: that is about its own too.
func (c *call) seesScope(zone zonefile.Name) bool { return zone.IsZero() || c.token.sees(zone) }
