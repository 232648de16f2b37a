package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Review is a plan that was shown to those who review a pull request.
type Review struct {
	Pull int
	URL  string // of the pull request
	// Context is that of the commit status under which the plan was reported: a repository may have more than one configuration.
	Context string
	// Head is the commit that was planned, Base the tip of the branch that it is to go to, as it was then.
	Head, Base string
	Plan       zonefile.Digest // reconcile.Plan.ID
	Zones      []ReviewedZone
	// Document is the plan as JSON. It is nil if it has more than MaxReviewDocument octets, or if it was dropped since, for later ones.
	Document []byte
	MadeAt   time.Time
	// Merged is the commit by which the base has the change, empty if it is not known to be merged.
	Merged string
	// ClosedAt is zero while the pull request is open. One that is merged is closed.
	ClosedAt time.Time
}

// ReviewedZone is a zone of a plan, with the id of its part.
type ReviewedZone struct {
	reconcile.Ref
	ID zonefile.Digest
	// Progress is how far the review has been made use of for the zone.
	Progress Progress
}

// Progress is how far a review was made use of for a zone.
type Progress int

// The kinds of progress. A review is good for one time.
const (
	Unused  Progress = iota
	Carried          // its plan was applied; what it said to follow is not done yet
	Done             // and that was, too
)

// MaxReviewDocument is how many octets a plan's document has at most that is kept.
const MaxReviewDocument = 16 << 20

// ReviewQuery says which reviews are asked for. What is zero counts for nothing.
type ReviewQuery struct {
	Pull    int
	Context string
	Head    string
	Merged  string
	Plan    zonefile.Digest
	// Zone is a zone on a target that the plan has, Zone.ID the id of its part. Either may be zero.
	Zone ReviewedZone
	// Open leaves out those of pull requests that are closed.
	Open bool
	// Documents has Review.Document read.
	Documents bool
	// Limit is how many there are at most, 0 for all.
	Limit int
}

// KeepReview keeps a review in the place of the one of the same pull request, context and head. One that is merged stays as it is: what was merged is
// what was reviewed before. It forgets reviews that are too old, or too many: see reviewLimits.
func (s *Store) KeepReview(ctx context.Context, r Review) error {
	document, err := packDocument(r.Document)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		merged := 0
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM review WHERE pull = ? AND context = ? AND head = ? AND merged <> ''`, r.Pull, r.Context, r.Head).Scan(&merged); err != nil || merged > 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM review WHERE pull = ? AND context = ? AND head = ?`, r.Pull, r.Context, r.Head); err != nil {
			return err
		}
		if err := insertReview(ctx, tx, r, document); err != nil {
			return err
		}
		return pruneReviews(ctx, tx, r.MadeAt, defaultReviewLimits)
	})
}

func insertReview(ctx context.Context, tx *sql.Tx, r Review, document []byte) error {
	row, err := tx.ExecContext(ctx, `INSERT INTO review (pull, url, context, head, base, plan, zones, document, made_at, merged, closed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Pull, r.URL, r.Context, r.Head, r.Base, digestBytes(r.Plan), len(r.Zones), document, micros(r.MadeAt), r.Merged, micros(r.ClosedAt))
	if err != nil {
		return err
	}
	id, err := row.LastInsertId()
	if err != nil {
		return err
	}
	add, err := tx.PrepareContext(ctx, `INSERT INTO review_zone (review, zone, target, zone_plan) VALUES (?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer add.Close()
	for _, z := range r.Zones {
		if _, err := add.ExecContext(ctx, id, nameText(z.Zone), z.Target, digestBytes(z.ID)); err != nil {
			return fmt.Errorf("the review of pull request %d: %s: %w", r.Pull, z.Ref, err)
		}
	}
	return nil
}

// MarkProgress notes how far a review was made use of for a zone.
func (s *Store) MarkProgress(ctx context.Context, r Review, ref reconcile.Ref, p Progress) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE review_zone SET progress = ? WHERE zone = ? AND target = ? AND review IN (SELECT id FROM review WHERE pull = ? AND context = ? AND head = ?)`,
			int(p), nameText(ref.Zone), ref.Target, r.Pull, r.Context, r.Head)
		return err
	})
}

// MarkMerged notes that the base has the commit head of a pull request by the commit merged, and that the pull request is closed.
// Without a review of that head it is only closed.
func (s *Store) MarkMerged(ctx context.Context, pull int, head, merged string, at time.Time) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE review SET merged = ? WHERE pull = ? AND head = ?`, merged, pull, head); err != nil {
			return err
		}
		return closeReviews(ctx, tx, pull, at)
	})
}

// CloseReviews notes that a pull request is closed. Where it is opened again, the next review that is kept is open.
func (s *Store) CloseReviews(ctx context.Context, pull int, at time.Time) error {
	return s.write(ctx, func(tx *sql.Tx) error { return closeReviews(ctx, tx, pull, at) })
}

func closeReviews(ctx context.Context, tx *sql.Tx, pull int, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE review SET closed_at = ? WHERE pull = ? AND closed_at = ?`, micros(at), pull, micros(time.Time{}))
	return err
}

// Reviews returns the reviews that a query asks for, the last first. Their zones are in the order of their names.
func (s *Store) Reviews(ctx context.Context, q ReviewQuery) ([]Review, error) {
	document := "x''"
	if q.Documents {
		document = "document"
	}
	var reviews []Review
	err := s.read(ctx, func(tx *sql.Tx) error {
		var ids []int64
		if err := query(ctx, tx, func(rows *sql.Rows) error {
			id, r, err := scanReview(rows)
			ids, reviews = append(ids, id), append(reviews, r)
			return err
		}, `SELECT id, pull, url, context, head, base, plan, `+document+`, made_at, merged, closed_at FROM review WHERE `+q.where().String()+` ORDER BY id DESC LIMIT ?`,
			append(q.where().args, cmp.Or(q.Limit, -1))...); err != nil {
			return err
		}
		for i, id := range ids {
			if err := query(ctx, tx, func(rows *sql.Rows) error {
				var z ReviewedZone
				err := rows.Scan(nameInto{&z.Zone}, &z.Target, digestInto{&z.ID}, &z.Progress)
				reviews[i].Zones = append(reviews[i].Zones, z)
				return err
			}, `SELECT zone, target, zone_plan, progress FROM review_zone WHERE review = ? ORDER BY zone, target`, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reviews, nil
}

func (q ReviewQuery) where() *where {
	w := &where{}
	if q.Pull != 0 {
		w.and("pull = ?", q.Pull)
	}
	for _, column := range []struct{ name, value string }{{"context", q.Context}, {"head", q.Head}, {"merged", q.Merged}} {
		if column.value != "" {
			w.and(column.name+" = ?", column.value)
		}
	}
	if !q.Plan.IsZero() {
		w.and("plan = ?", digestBytes(q.Plan))
	}
	if q.Open {
		w.and("closed_at = ?", micros(time.Time{}))
	}
	zone := &where{}
	zone.ref(q.Zone.Ref, zonefile.Name{})
	if !q.Zone.ID.IsZero() {
		zone.and("zone_plan = ?", digestBytes(q.Zone.ID))
	}
	if len(zone.conditions) > 0 {
		w.and("id IN (SELECT review FROM review_zone WHERE "+zone.String()+")", zone.args...)
	}
	return w
}

func scanReview(rows *sql.Rows) (id int64, r Review, err error) {
	var document []byte
	if err := rows.Scan(&id, &r.Pull, &r.URL, &r.Context, &r.Head, &r.Base, digestInto{&r.Plan}, &document, timeInto{&r.MadeAt}, &r.Merged, timeInto{&r.ClosedAt}); err != nil {
		return 0, r, err
	}
	if r.Document, err = unpackDocument(document); err != nil {
		return 0, r, fmt.Errorf("the review of pull request %d at %s: %w", r.Pull, r.Head, err)
	}
	return id, r, nil
}

// packDocument returns what the column has of a document: nothing of one that is too large.
func packDocument(document []byte) ([]byte, error) {
	if len(document) == 0 || len(document) > MaxReviewDocument {
		return []byte{}, nil
	}
	e := newEncoder()
	e.octets(document)
	return e.pack()
}

func unpackDocument(packed []byte) ([]byte, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	d, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	document := d.octets()
	return document, d.end()
}
