package render

import (
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// NotShown stands for the records of an RRset that has none: one whose RDATA is kept from those who read it.
const NotShown = "(not shown)"

// texts returns the records of an RRset, each as it is shown.
func texts(s *zonefile.RRset) []string {
	if s.Len() == 0 {
		return []string{NotShown}
	}
	return s.Text()
}

// LineKind is what a line of an RRset's change says.
type LineKind int

// The kinds of lines: what stays, what goes and what comes.
const (
	LineSame LineKind = iota
	LineGone
	LineNew
)

// ValueLine is one record of an RRset that changes.
type ValueLine struct {
	Kind LineKind
	TTL  zonefile.TTL
	Text string
}

// ValueLines returns the records of a change: those that go, those that come, and those that stay, in that order. If the TTL changes, all go and come.
func ValueLines(c reconcile.Change) []ValueLine {
	var gone, come, same []ValueLine
	switch {
	case c.Old == nil && c.New == nil:
		return nil
	case c.Old == nil:
		for _, text := range texts(c.New) {
			come = append(come, ValueLine{LineNew, c.New.TTL, text})
		}
	case c.New == nil:
		for _, text := range texts(c.Old) {
			gone = append(gone, ValueLine{LineGone, c.Old.TTL, text})
		}
	default:
		old, stays := texts(c.Old), map[string]bool{}
		if c.Old.TTL == c.New.TTL && c.Old.Len() > 0 {
			for _, text := range old {
				stays[text] = true
			}
		}
		kept := map[string]bool{}
		for _, text := range texts(c.New) {
			if stays[text] {
				kept[text] = true
				same = append(same, ValueLine{LineSame, c.New.TTL, text})
				continue
			}
			come = append(come, ValueLine{LineNew, c.New.TTL, text})
		}
		for _, text := range old {
			if !kept[text] {
				gone = append(gone, ValueLine{LineGone, c.Old.TTL, text})
			}
		}
	}
	return append(append(gone, come...), same...)
}
