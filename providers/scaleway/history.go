package scaleway

import (
	"slices"
	"strings"
	"time"
)

// version is a state of a zone that Scaleway keeps. It makes one of each edit, and keeps the newest 100.
type version struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created_at"`
}

// history has the versions of a zone, the newest first. A zone that nobody has written since it was made has none.
type history []version

// newHistory sorts versions. The API does not say in which order it lists them: those of the same time are in the order that the others are in,
// or newest first.
func newHistory(all []version) history {
	if n := len(all); n > 0 && all[0].Created.Before(all[n-1].Created) {
		slices.Reverse(all)
	}
	slices.SortStableFunc(all, func(a, b version) int { return b.Created.Compare(a.Created) })
	return all
}

// newest names the newest version, "" if there is none. Where several have the time of the newest it names them all, so that one that is made
// at that very time makes another name.
func (h history) newest() string {
	var ids []string
	for _, v := range h {
		if v.Created.Equal(h[0].Created) {
			ids = append(ids, v.ID)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, "+")
}

// since returns the versions that are not in before.
func (h history) since(before history) history {
	var more history
	for _, v := range h {
		if !before.has(v.ID) {
			more = append(more, v)
		}
	}
	return more
}

// has reports whether there is a version of that ID.
func (h history) has(id string) bool {
	return slices.ContainsFunc(h, func(v version) bool { return v.ID == id })
}
