package reconcile

import (
	"iter"

	"github.com/zoneward/zoneward/zonefile"
)

// kin finds things by name: those at a name, above it, and below it, without going through all of them. The zero kin is empty.
type kin[T any] struct {
	at, under map[zonefile.Name][]T
}

// kinOf returns the things of a sequence by their names.
func kinOf[T any](all iter.Seq2[zonefile.Name, T]) kin[T] {
	k := kin[T]{map[zonefile.Name][]T{}, map[zonefile.Name][]T{}}
	for name, thing := range all {
		k.at[name] = append(k.at[name], thing)
		for above := range ancestors(name) {
			k.under[above] = append(k.under[above], thing)
		}
	}
	return k
}

// above gives what is at a name, and then what is at the names above it.
func (k kin[T]) above(name zonefile.Name) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, thing := range k.at[name] {
			if !yield(thing) {
				return
			}
		}
		for higher := range ancestors(name) {
			for _, thing := range k.at[higher] {
				if !yield(thing) {
					return
				}
			}
		}
	}
}

// around gives what is at a name, above it, or below it: what the resources of a domain of that name may have to do with.
func (k kin[T]) around(name zonefile.Name) iter.Seq[T] {
	return func(yield func(T) bool) {
		for thing := range k.above(name) {
			if !yield(thing) {
				return
			}
		}
		for _, thing := range k.under[name] {
			if !yield(thing) {
				return
			}
		}
	}
}

// some reports whether there is anything in a sequence.
func some[T any](all iter.Seq[T]) bool {
	for range all {
		return true
	}
	return false
}

// ancestors gives the names above a name, the root last.
func ancestors(name zonefile.Name) iter.Seq[zonefile.Name] {
	return func(yield func(zonefile.Name) bool) {
		for !name.IsZero() && name != zonefile.Root {
			if name = name.Parent(); !yield(name) {
				return
			}
		}
	}
}
