package document

import (
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// Daemon is what a daemon knows of itself, beside what its loop does.
type Daemon struct {
	StartedAt     time.Time     `json:"started_at"`
	Configuration Configuration `json:"configuration"`
}

// Configuration says which configuration is in force.
type Configuration struct {
	ReadAt time.Time `json:"read_at"` // when that in force was read
	// Error is why a newer one is not in force, null if there is none.
	Error *string `json:"error"`
}

// Narrow returns the status for somebody who may not see all zones: without what counts or names others. That something is wrong is left in it, and why is not,
// since errors name files and repositories.
func (s DaemonStatus) Narrow() DaemonStatus {
	unsaid := func(text *string, instead string) *string {
		if text == nil {
			return nil
		}
		return &instead
	}
	s.Notices, s.Queued, s.Running = []string{}, map[reconcile.Trigger]int{}, 0
	s.Source.Error = unsaid(s.Source.Error, "the zones repository cannot be read")
	s.Configuration.Error = unsaid(s.Configuration.Error, "a newer configuration has an error")
	return s
}
