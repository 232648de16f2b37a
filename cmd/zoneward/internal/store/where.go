package store

import (
	"strings"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// where collects the conditions of a query, all of which are to be met, and their values. The zero where has none.
type where struct {
	conditions []string
	args       []any
}

// and adds a condition.
func (w *where) and(condition string, values ...any) {
	w.conditions, w.args = append(w.conditions, condition), append(w.args, values...)
}

// ref adds that it is about a zone on a target. Where no zone is given it is one that name may be in; what is empty counts for nothing.
func (w *where) ref(ref reconcile.Ref, name zonefile.Name) {
	if !ref.Zone.IsZero() {
		w.and("zone = ?", ref.Zone.String())
	} else if !name.IsZero() {
		condition, values := zonesAbove(name)
		w.and(condition, values...)
	}
	if ref.Target != "" {
		w.and("target = ?", ref.Target)
	}
}

// String returns the conditions as SQL has them behind WHERE.
func (w *where) String() string {
	if len(w.conditions) == 0 {
		return "1"
	}
	return strings.Join(w.conditions, " AND ")
}
