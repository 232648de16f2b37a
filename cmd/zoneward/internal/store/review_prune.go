package store

import (
	"context"
	"database/sql"
	"time"
)

// reviewLimits bound what reviews take: anybody who may open a pull request, of a public repository anybody at all, has some kept.
type reviewLimits struct {
	age       time.Duration // for which those of a closed pull request are kept
	heads     int           // of one pull request and context
	all       int
	zones     int // of all reviews together
	documents int // octets of all documents, packed
}

var defaultReviewLimits = reviewLimits{age: 90 * 24 * time.Hour, heads: 20, all: 2000, zones: 1_000_000, documents: 256 << 20}

// pruneReviews removes what is beyond limits. Those of closed pull requests go first, and of the same the oldest; the last one of all stays, whatever
// it takes. What is removed is missed by nobody but those who ask for it: the commit status at the forge has the id of the plan as well.
func pruneReviews(ctx context.Context, tx *sql.Tx, now time.Time, limits reviewLimits) error {
	open := micros(time.Time{})
	if _, err := tx.ExecContext(ctx, `DELETE FROM review WHERE closed_at <> ? AND closed_at <= ?`, open, micros(now.Add(-limits.age))); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM review WHERE id IN (
		SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY pull, context ORDER BY merged <> '' DESC, id DESC) AS place FROM review) WHERE place > ?)`,
		limits.heads); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM review WHERE id IN (
		SELECT id FROM (SELECT id, row_number() OVER best AS place, sum(zones) OVER best AS zones_up_to FROM review WINDOW best AS (ORDER BY closed_at = ? DESC, id DESC))
		WHERE place > ? OR place > 1 AND zones_up_to > ?)`, open, limits.all, limits.zones); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE review SET document = x'' WHERE length(document) > 0 AND id IN (
		SELECT id FROM (SELECT id, sum(length(document)) OVER (ORDER BY id DESC) AS up_to FROM review) WHERE up_to > ?)`, limits.documents)
	return err
}
