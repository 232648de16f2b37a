package document_test

import (
	"errors"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

// TestStateOfZoneInTheQueue: a zone whose file has changed is not live until it has been looked at. One that is only compared again is.
func TestStateOfZoneInTheQueue(t *testing.T) {
	at := time.Unix(1e9, 0)
	tests := map[string]struct {
		status reconcile.ZoneStatus
		want   document.ZoneState
	}{
		"nothing to do":            {reconcile.ZoneStatus{Next: at, Trigger: reconcile.TriggerDrift}, document.ZoneLive},
		"compared now":             {reconcile.ZoneStatus{Trigger: reconcile.TriggerDrift}, document.ZoneLive},
		"changed in git":           {reconcile.ZoneStatus{Trigger: reconcile.TriggerSource}, document.ZonePending},
		"changed, after it failed": {reconcile.ZoneStatus{Trigger: reconcile.TriggerSource, Err: errors.New("refused")}, document.ZoneFailing},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.status.Attempted, test.status.Status = at, reconcile.Unchanged
			if got := document.StateOfZone(test.status); got != test.want {
				t.Errorf("it is %s; want %s", got, test.want)
			}
		})
	}
}
