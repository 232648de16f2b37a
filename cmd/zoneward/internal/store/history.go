package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"math"
	"strings"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// historyPage is how many entries are found at a time. Between two of them nothing is being read, so that a caller may take its time and write.
const historyPage = 256

// History returns the audit log.
func (s *Store) History(ctx context.Context, q reconcile.HistoryQuery) iter.Seq2[reconcile.Entry, error] {
	return func(yield func(reconcile.Entry, error) bool) {
		before := int64(math.MaxInt64)
		for {
			page, err := s.historyPage(ctx, q, before)
			if err != nil {
				yield(reconcile.Entry{}, err)
				return
			}
			for _, seq := range page {
				entry, ok, err := s.entry(ctx, q, seq)
				if err != nil {
					yield(reconcile.Entry{}, err)
					return
				}
				if ok && !yield(entry, nil) {
					return
				}
			}
			if len(page) < historyPage {
				return
			}
			before = page[len(page)-1]
		}
	}
}

// historyPage returns the numbers of the next entries that may be wanted, the newest first.
func (s *Store) historyPage(ctx context.Context, q reconcile.HistoryQuery, before int64) ([]int64, error) {
	var w where
	w.and("seq < ?", before)
	w.ref(reconcile.Ref{Zone: q.Zone, Target: q.Target}, q.Name)
	if !q.Since.IsZero() {
		w.and("at >= ?", micros(q.Since))
	}
	var page []int64
	err := s.read(ctx, func(tx *sql.Tx) error {
		return query(ctx, tx, func(rows *sql.Rows) error {
			var seq int64
			err := rows.Scan(&seq)
			page = append(page, seq)
			return err
		}, `SELECT seq FROM audit_intent WHERE `+w.String()+` ORDER BY seq DESC LIMIT ?`, append(w.args, historyPage)...)
	})
	return page, err
}

// zonesAbove returns the condition that the column zone is one that name may be in.
func zonesAbove(name zonefile.Name) (condition string, args []any) {
	var marks []string
	for n := name; !n.IsZero(); n = n.Parent() {
		marks, args = append(marks, "?"), append(args, n.String())
	}
	return "zone IN (" + strings.Join(marks, ", ") + ")", args
}

// entry returns the entry with that number, and whether it has what q wants.
func (s *Store) entry(ctx context.Context, q reconcile.HistoryQuery, seq int64) (reconcile.Entry, bool, error) {
	entry := reconcile.Entry{Seq: seq}
	var content []byte
	var o outcome
	err := s.read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT `+intentColumns+`, o.seq IS NULL, `+outcomeOrNone+`
			FROM audit_intent i LEFT JOIN audit_outcome o ON o.seq = i.seq WHERE i.seq = ?`, seq).
			Scan(append(append(intentRow(&entry.Intent, &content), &entry.Open), o.row()...)...)
	})
	if err != nil {
		return reconcile.Entry{}, false, fmt.Errorf("entry %d of the audit log: %w", seq, err)
	}
	all := q.Name.IsZero() && q.Type == 0
	chosen, changes, err := decodeContent(content, &entry.Intent, q.Wants)
	if err != nil {
		return reconcile.Entry{}, false, fmt.Errorf("entry %d of the audit log: %w", seq, err)
	}
	if len(chosen) == 0 && !all {
		return reconcile.Entry{}, false, nil
	}
	if entry.Open {
		return entry, true, nil
	}
	if entry.Conclusion, err = o.conclusion(changes); err != nil {
		return reconcile.Entry{}, false, fmt.Errorf("entry %d of the audit log: %w", seq, err)
	}
	entry.Hash = o.hash
	if live := entry.Live; live != nil && !all {
		entry.Live = make([]bool, len(chosen))
		for i, change := range chosen {
			entry.Live[i] = live[change]
		}
	}
	return entry, true, nil
}

// outcomeOrNone are the columns of outcomeColumns, with values that can be scanned if there is no outcome.
const outcomeOrNone = `coalesce(o.position, 0), coalesce(o.at, 0), coalesce(o.result, ''), o.live, coalesce(o.err, ''), coalesce(o.serial, 0),
	coalesce(o.settled, 0), coalesce(o.mark, ''), coalesce(o.stones, x''), coalesce(o.hash, x'')`
