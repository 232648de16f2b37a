package reconcile

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Calendar says when plans may be applied. The zero Calendar allows any time.
//
// Nothing may be written within a window that denies, and, if there is a window that allows, outside all of those that allow.
type Calendar struct {
	windows []Window // ordered by their text, without duplicates
}

// NewCalendar returns the calendar of those windows, in any order.
func NewCalendar(windows ...Window) Calendar { return Calendar{}.With(windows...) }

// With returns a calendar with the windows of c and others. c stays as it is.
func (c Calendar) With(windows ...Window) Calendar {
	all := slices.Concat(c.windows, windows)
	slices.SortFunc(all, func(a, b Window) int { return cmp.Compare(a.String(), b.String()) })
	return Calendar{slices.CompactFunc(all, func(a, b Window) bool { return a.String() == b.String() })}
}

// String returns the windows, with "; " between. It is the same for the same windows in whatever order and spelling, and empty for the zero Calendar.
func (c Calendar) String() string {
	texts := make([]string, len(c.windows))
	for i, w := range c.windows {
		texts[i] = w.String()
	}
	return strings.Join(texts, "; ")
}

// Equal reports whether both calendars have the same windows.
func (c Calendar) Equal(other Calendar) bool { return c.String() == other.String() }

// foreseen is how far ahead is looked for the end of a closed time.
const foreseen = 35 * 24 * time.Hour

// Closed returns why nothing may be written at t, and from when on it may be again, all windows taken together, in the time zone of the windows that
// it is closed by. Both are zero if it may be written at t; until alone is zero if there is no end of it within five weeks.
func (c Calendar) Closed(t time.Time) (reason string, until time.Time) {
	limit := t.Add(foreseen)
	by, next := c.closed(t, limit)
	if len(by) == 0 {
		return "", time.Time{}
	}
	for at := next; !at.IsZero(); at = next {
		var still []Window
		if still, next = c.closed(at, limit); len(still) == 0 {
			until = at.In(by[0].zone)
			break
		}
		if at.After(limit) {
			break
		}
	}
	return sentence(by), until
}

// closed returns the windows by which t is closed: those that deny it, or else all that allow other times. None if it is open. It is so until next at
// least; next is zero if no window that allows begins before the limit.
func (c Calendar) closed(t, limit time.Time) (by []Window, next time.Time) {
	if t.After(limit) {
		limit = t
	}
	var allow []Window
	allowed := false
	for _, w := range c.windows {
		end := w.until(t, limit)
		within := end.After(t)
		switch {
		case w.allow:
			allow = append(allow, w)
			allowed = allowed || within
		case within:
			by = append(by, w)
			next = end
		}
	}
	if len(by) > 0 || allowed {
		return by, next
	}
	for _, w := range allow {
		for s := range w.spans(t, limit) {
			if next.IsZero() || s.begin.Before(next) {
				next = s.begin
			}
			break
		}
	}
	return allow, next
}

// sentence says in words by which windows, all of one kind, it is closed.
func sentence(by []Window) string {
	words := make([]string, len(by))
	for i, w := range by {
		words[i] = w.words() + " (" + w.zone.String() + ")"
	}
	if by[0].allow {
		return "changes only " + strings.Join(words, ", or ")
	}
	return "no changes " + strings.Join(words, ", and ")
}
