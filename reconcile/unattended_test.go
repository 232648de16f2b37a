package reconcile

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// allDoubter is a Vetter that doubts some commit among all, and none that touches a file which is still there.
type allDoubter struct{}

func (allDoubter) Vet(_ context.Context, _, _ string, paths []string) ([]Doubt, error) {
	if len(paths) == 0 {
		return []Doubt{{Commit: "0123456789abcdef", Reason: "it is not signed"}}, nil
	}
	return nil, nil
}

// TestUnsignedRemovalOfADomainFile has a commit that nobody signed take a domain file away: what it published stays.
func TestUnsignedRemovalOfADomainFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		before := e.zones.Served(example)
		e.planner.Vetter = allDoubter{}
		delete(e.files, "example.com.domain.yaml")
		for range 3 {
			for _, o := range e.converge(100 * time.Hour) {
				if o.Status == Applied {
					t.Errorf("%s: %s", o.Ref, o.Status)
				}
			}
			time.Sleep(24 * time.Hour)
		}
		if !e.zones.Served(example).Equal(before) {
			t.Error("the zone has changed")
		}
		i := slices.IndexFunc(e.plan().Zones, func(z ZonePlan) bool { return z.Target == "live" && z.heldBy(GuardUnsignedCommit) })
		if i < 0 {
			t.Error("the zone is not held")
		}
	})
}

// TestDomainFileThatIsKept has the file go where nothing is retired for it: the zone is judged by its own file.
func TestDomainFileThatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		e.planner.Vetter = allDoubter{}
		e.leaveKept()
		e.write(append(slices.Clone(zoneText), "new A 192.0.2.2")...)
		if !slices.ContainsFunc(e.converge(time.Hour), func(o Outcome) bool { return o.Target == "live" && o.Status == Applied }) || !e.serves("new.example.com.", "A") {
			t.Error("the zone is not applied")
		}
	})
}
