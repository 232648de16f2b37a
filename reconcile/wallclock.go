package reconcile

import "time"

// A wall time is a time.Time in UTC whose date and time of day are those that a clock on the wall of some zone shows. A zone that changes its clocks
// leaves some wall times out, and has others twice.

// maxOffset is more than any zone is ahead of UTC or behind it.
const maxOffset = 24 * time.Hour

// firstAt returns when the clocks of a zone first show a wall time or a later one.
func firstAt(wall time.Time, zone *time.Location) time.Time {
	at := wall.Add(-maxOffset).In(zone)
	for {
		_, offset := at.Zone()
		_, change := at.ZoneBounds()
		shown := wall.Add(-time.Duration(offset) * time.Second)
		switch {
		case !shown.After(at):
			return at // the change left the wall time out
		case change.IsZero() || shown.Before(change):
			return shown
		}
		at = change
	}
}

// lastAt returns when the clocks of a zone show a wall time for the last time, or go past it.
func lastAt(wall time.Time, zone *time.Location) time.Time {
	var last time.Time
	at := wall.Add(-maxOffset).In(zone)
	for {
		_, offset := at.Zone()
		_, change := at.ZoneBounds()
		if shown := wall.Add(-time.Duration(offset) * time.Second); !shown.Before(at) {
			last = shown
			if !change.IsZero() && change.Before(shown) {
				last = change
			}
		}
		if change.IsZero() || change.After(wall.Add(maxOffset)) {
			return last
		}
		at = change
	}
}
