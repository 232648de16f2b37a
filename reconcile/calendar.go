package reconcile

import "time"

// Calendar says when plans may be applied. The zero Calendar allows any time.
type Calendar struct {
	windows []window
}

// window is a time that comes again and again.
type window struct{}

// Closed returns why nothing may be written at t, and until when as far as that is known within a month; "" if it may.
func (c Calendar) Closed(t time.Time) (reason string, until time.Time) { return "", time.Time{} }
