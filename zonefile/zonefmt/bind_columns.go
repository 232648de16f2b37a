package zonefmt

import (
	"unicode/utf8"

	"github.com/zoneward/zoneward/zonefile"
)

// columns are where the parts of a record begin, from 0. The owner begins at 0. What is longer than its column moves what is behind it.
type columns struct{ ttl, class, typ, data int }

const (
	// columnStep is what the column behind the owner is a multiple of, so that a name that is a little longer does not move all others.
	columnStep = 8
	// widestOwner is how long an owner may be that widens the column for others. Where all are longer, as in ip6.arpa, widestLongOwner is.
	widestOwner     = 30
	widestLongOwner = 78
	// usualTTL and usualType are the widths of what most groups have: 86400 and CNAME.
	usualTTL  = 5
	usualType = 5
)

// widths are how wide the parts of some records are at most.
type widths struct{ owner, longOwner, ttl, class, typ int }

// add counts a record in.
func (w *widths) add(text string, e zonefile.Entry) {
	width := func(i int) int {
		if i < 0 {
			return 0
		}
		return utf8.RuneCountInString(text[e.Words[i].Start:e.Words[i].End])
	}
	if n := width(e.Owner); n <= widestOwner {
		w.owner = max(w.owner, n)
	} else if n <= widestLongOwner {
		w.longOwner = max(w.longOwner, n)
	}
	w.ttl, w.class, w.typ = max(w.ttl, width(e.TTL)), max(w.class, width(e.Class)), max(w.typ, width(e.Type))
}

// columns returns the columns of records of these widths, with the class or without.
func (w widths) columns(class bool) columns {
	owner := w.owner
	if owner == 0 {
		owner = w.longOwner
	}
	c := columns{ttl: (owner + gap + columnStep - 1) / columnStep * columnStep}
	c.class = c.ttl
	if w.ttl > 0 {
		c.class += max(w.ttl, usualTTL) + gap
	}
	c.typ = c.class
	if class {
		c.typ += max(w.class, len("IN")) + gap
	}
	c.data = c.typ + max(w.typ, usualType) + gap
	return c
}
