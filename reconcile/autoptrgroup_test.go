package reconcile

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// TestLoopRestsWithAReverseZoneInTheGroup has a reverse zone that is planned together with the zone that it waits for: it does not plan them on and on.
func TestLoopRestsWithAReverseZoneInTheGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newReverseHouse(t)
		const part = "reverse.example.com"
		rule := h.rule(part, "live")
		rule.CreateZone, rule.AutoPTR = new(true), &AutoPTR{Network: netip.MustParsePrefix("192.0.2.0/28")}
		rule.Policy.MaxDeletes = Quota{}
		h.rule("example.com", "live").Policy.Grace = 5 * time.Hour
		h.files[part+".zone"] = "; made of the addresses\n"
		h.files["example.com.domain.yaml"] = "domain: example.com\n"
		h.bring()
		r := run(t, h)
		defer r.stop()
		r.after(time.Minute)
		h.write("$TTL 300", "www A 192.0.2.1")
		r.source.push(h.blobs(), "less", nil)
		r.after(90 * time.Second)
		if g := r.loop.groups[Ref{example, "live"}]; !g.has(Ref{zonefile.MustParseName(part + "."), "live"}) {
			t.Fatal("the two zones are not planned together")
		}
		r.roundsOf(TriggerDue)
		r.after(30 * time.Minute)
		if due := r.roundsOf(TriggerDue); len(due) > 0 {
			t.Errorf("planned %d times while nothing has changed: %v", len(due), due[:min(4, len(due))])
		}
		r.after(5 * time.Hour)
		for set := range h.targets["live"].Served(zonefile.MustParseName(part + ".")).All() {
			if set.Key.Type == zonefile.TypePTR && set.Key.Name.Relative(zonefile.MustParseName(part+".")) == "8" {
				t.Errorf("live after the grace: %s", set)
			}
		}
	})
}
