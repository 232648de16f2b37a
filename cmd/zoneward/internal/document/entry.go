package document

import (
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// History is what "history" writes.
type History struct {
	Version int     `json:"version"`
	Entries []Entry `json:"entries"`
}

// HistoryPage is what GET /api/v1/history gives: entries of the audit log, the newest first.
type HistoryPage struct {
	Version int         `json:"version"`
	Entries []PageEntry `json:"entries"`
	// After is what the query has as its "after" to go on, null on the last page.
	After *int64 `json:"after"`
}

// PageEntry is an entry, with the tombstones of one that has no changes.
type PageEntry struct {
	Entry
	Stones []Tombstone `json:"stones,omitempty"`
}

// Entry is an entry of the audit log.
type Entry struct {
	Seq         int64         `json:"seq"`
	At          time.Time     `json:"at"` // when it was begun
	Why         string        `json:"why"`
	Zone        string        `json:"zone"`   // empty for all
	Target      string        `json:"target"` // empty for all
	System      string        `json:"system"`
	Actor       string        `json:"actor"`
	Commit      string        `json:"commit"`
	Author      string        `json:"author"`
	Plan        string        `json:"plan"` // empty for none
	Overrides   []string      `json:"overrides"`
	Reason      string        `json:"reason,omitempty"` // why somebody has approved it, as they said
	Result      string        `json:"result"`           // open if it is not known yet
	ConcludedAt *time.Time    `json:"concluded_at"`
	Settled     bool          `json:"settled"` // by another one than who wrote
	Serial      uint32        `json:"serial"`
	Error       *string       `json:"error"`
	Changes     []EntryChange `json:"changes"`
	Suspension  *Suspension   `json:"suspension"`
	Tombstones  EntryStones   `json:"tombstones"`
	Hash        string        `json:"hash"` // empty as long as it is open
}

// EntryChange is a change, and whether it is live.
type EntryChange struct {
	Change
	Live bool `json:"live"`
}

// EntryStones are the ids of the tombstones that an entry made, and of those that it ended.
type EntryStones struct {
	Buried   []string `json:"buried"`
	Restored []string `json:"restored"`
	Purged   []string `json:"purged"`
}

// resultOpen stands for the result of an entry that is not known yet.
const resultOpen = "open"

// OfEntry returns an entry of the audit log.
func OfEntry(e reconcile.Entry) Entry {
	doc := Entry{
		Seq: e.Seq, At: e.Intent.At.UTC(), Why: e.Why, Zone: OfName(e.Zone), Target: e.Target, System: e.System, Actor: e.Actor, Commit: e.Commit, Author: e.Author,
		Overrides: []string{}, Reason: e.Reason, Result: string(e.Result), Settled: e.Settled, Serial: e.Serial, Changes: make([]EntryChange, len(e.Changes)),
		Tombstones: EntryStones{
			Buried: []string{}, Restored: append([]string{}, e.Restored...), Purged: append([]string{}, e.Purged...),
		},
	}
	if !e.Plan.IsZero() {
		doc.Plan = e.Plan.String()
	}
	if e.Open {
		doc.Result = resultOpen
	} else {
		doc.ConcludedAt, doc.Hash = OfTime(e.Conclusion.At), e.Hash.String()
	}
	if e.Err != "" {
		doc.Error = &e.Err
	}
	for _, guard := range e.Overrides {
		doc.Overrides = append(doc.Overrides, string(guard))
	}
	for _, t := range e.Stones {
		doc.Tombstones.Buried = append(doc.Tombstones.Buried, t.ID)
	}
	slices.Sort(doc.Tombstones.Buried)
	if e.Suspend != nil {
		s := OfSuspension(*e.Suspend)
		doc.Suspension = &s
	}
	for i, c := range e.Changes {
		doc.Changes[i] = EntryChange{OfChange(c), i < len(e.Live) && e.Live[i]}
	}
	return doc
}

// Entry is the reverse of OfEntry. The tombstones that it made have nothing but their ids.
func (e Entry) Entry() (reconcile.Entry, error) {
	entry, err := e.entry()
	if err != nil {
		return entry, fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	return entry, nil
}

func (e Entry) entry() (entry reconcile.Entry, err error) {
	entry.Seq, entry.Intent.At, entry.Why, entry.Target, entry.System = e.Seq, e.At, e.Why, e.Target, e.System
	entry.Writer = reconcile.Writer{Actor: e.Actor, Commit: e.Commit, Author: e.Author}
	if entry.Zone, err = ParseName(e.Zone); err != nil {
		return entry, err
	}
	if err := checkWords("what became of it", e.Result, e.Target); err != nil {
		return entry, err
	}
	if entry.Plan, err = digestOf(e.Plan); err != nil {
		return entry, fmt.Errorf("plan: %w", err)
	}
	if entry.Hash, err = digestOf(e.Hash); err != nil {
		return entry, fmt.Errorf("hash: %w", err)
	}
	for _, guard := range e.Overrides {
		entry.Overrides = append(entry.Overrides, reconcile.Guard(guard))
	}
	entry.Reason, entry.Open = e.Reason, e.Result == resultOpen
	if !entry.Open {
		entry.Result, entry.Conclusion.At = reconcile.Result(e.Result), timeOf(e.ConcludedAt)
	}
	entry.Settled, entry.Serial, entry.Restored, entry.Purged = e.Settled, e.Serial, e.Tombstones.Restored, e.Tombstones.Purged
	if e.Error != nil {
		entry.Err = *e.Error
	}
	for _, id := range e.Tombstones.Buried {
		entry.Stones = append(entry.Stones, reconcile.Tombstone{ID: id})
	}
	if e.Suspension != nil {
		s, err := e.Suspension.Suspension()
		if err != nil {
			return entry, fmt.Errorf("suspension: %w", err)
		}
		entry.Suspend = &s
	}
	for _, doc := range e.Changes {
		c, err := doc.Change.Change()
		if err != nil {
			return entry, err
		}
		entry.Changes, entry.Live = append(entry.Changes, c), append(entry.Live, doc.Live)
	}
	return entry, nil
}

// OfPageEntry returns an entry of the audit log for a page.
func OfPageEntry(e reconcile.Entry) PageEntry {
	doc := PageEntry{Entry: OfEntry(e)}
	if len(e.Changes) == 0 {
		for _, t := range e.Stones {
			doc.Stones = append(doc.Stones, OfTombstone(t, reconcile.Clock{}))
		}
	}
	return doc
}

// PageEntry is the reverse of OfPageEntry.
func (e PageEntry) PageEntry() (reconcile.Entry, error) {
	entry, err := e.Entry.Entry()
	if err != nil || len(e.Stones) == 0 {
		return entry, err
	}
	if entry.Stones, err = TombstonesOf(e.Stones); err != nil {
		return entry, fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	return entry, nil
}

// digestOf reads a digest, the zero Digest from an empty text.
func digestOf(text string) (d zonefile.Digest, err error) {
	if text != "" {
		err = d.UnmarshalText([]byte(text))
	}
	return d, err
}
