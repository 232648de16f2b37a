package reconcile

import (
	"container/heap"
	"time"
)

// appointment says when something is to be looked at again, and why.
type appointment struct {
	at      time.Time
	ref     Ref
	trigger Trigger
}

// diary has the next appointment of each ref.
type diary struct {
	of    map[Ref]appointment
	order appointments
}

func newDiary() *diary { return &diary{of: map[Ref]appointment{}} }

// set puts an appointment in the place of the one that there is.
func (d *diary) set(a appointment) {
	d.of[a.ref] = a
	heap.Push(&d.order, a)
	if len(d.order) > 2*len(d.of)+64 { // those that were put off
		d.order = d.order[:0]
		for _, a := range d.of {
			d.order = append(d.order, a)
		}
		heap.Init(&d.order)
	}
}

func (d *diary) cancel(ref Ref) { delete(d.of, ref) }

// due takes the next appointment whose time has come.
func (d *diary) due(now time.Time) (appointment, bool) {
	for len(d.order) > 0 {
		first := d.order[0]
		if d.of[first.ref] != first {
			heap.Pop(&d.order)
			continue
		}
		if now.Before(first.at) {
			return appointment{}, false
		}
		heap.Pop(&d.order)
		delete(d.of, first.ref)
		return first, true
	}
	return appointment{}, false
}

// next returns when the next appointment is, the zero time if there is none.
func (d *diary) next() time.Time {
	for len(d.order) > 0 {
		if first := d.order[0]; d.of[first.ref] == first {
			return first.at
		}
		heap.Pop(&d.order)
	}
	return time.Time{}
}

// appointments is a heap by time.
type appointments []appointment

func (a appointments) Len() int           { return len(a) }
func (a appointments) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a appointments) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }

// Push is heap.Interface's.
func (a *appointments) Push(one any) { *a = append(*a, one.(appointment)) }

// Pop is heap.Interface's.
func (a *appointments) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}
