package reconcile

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// mortalResources are those of a process that dies, see mortal. Its death may be after the provider was called, and before the answer.
type mortalResources struct {
	providers.ResourceProvider
	*mortal
}

func (m mortalResources) write(do func() error) error {
	if !m.alive() {
		return errDead
	}
	if err := do(); err != nil {
		return err
	}
	if !m.alive() { // it is done, and nobody is there to hear it
		return errDead
	}
	return nil
}

func (m mortalResources) CreateResource(ctx context.Context, r providers.Resource) error {
	return m.write(func() error { return m.ResourceProvider.CreateResource(ctx, r) })
}

func (m mortalResources) UpdateResource(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	return m.write(func() error { return m.ResourceProvider.UpdateResource(ctx, base, r, fields) })
}

func (m mortalResources) RemoveResource(ctx context.Context, base *providers.ResourceSnapshot) error {
	return m.write(func() error { return m.ResourceProvider.RemoveResource(ctx, base) })
}

func (m mortalResources) FetchResource(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	if !m.alive() {
		return nil, errDead
	}
	return m.ResourceProvider.FetchResource(ctx, what)
}

// dying applies what is planned in a process that dies after some steps.
func (e *estate) dying(steps int, overrides ...Guard) {
	m := &mortal{Store: e.store, ZoneProvider: e.zones, steps: steps}
	a := *e.applier
	a.Store, a.Resources = m, map[string]providers.ResourceProvider{}
	for name, p := range e.applier.Resources {
		a.Resources[name] = mortalResources{p, m}
	}
	a.Apply(e.t.Context(), e.tree(), e.plan(), Approval{Overrides: overrides})
}

// settled fails the test if somebody is still taken to write.
func (e *estate) settled(when string) {
	e.t.Helper()
	overview, err := e.store.Overview(e.t.Context())
	if err != nil || len(overview.Open) > 0 {
		e.t.Errorf("%s: still open: %v, %v", when, overview.Open, err)
	}
}

// TestDeathAtAnyStepOfEstates has a process die at each step of bringing a domain up, and of taking it away, and the next one go on.
func TestDeathAtAnyStepOfEstates(t *testing.T) {
	for steps := range 24 {
		t.Run(fmt.Sprintf("up, after %d steps", steps), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEstate(t)
				e.dying(steps)
				e.up()
				e.settled("up")
				if got := e.outage(); got != "" {
					t.Error(got)
				}
				creates := 0
				for _, call := range e.calls {
					if strings.HasPrefix(call, "tem create") {
						creates++
					}
				}
				if creates != 1 {
					t.Errorf("the mail domain was made %d times: each time it has another key\n%s", creates, strings.Join(e.calls, "\n"))
				}
			})
		})
		t.Run(fmt.Sprintf("away, after %d steps", steps), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := upEstate(t)
				e.files["example.com.domain.yaml"] = strings.SplitAfter(domainFile, "transfer_lock: true}\n")[0]
				e.dying(steps)
				e.converge(time.Minute)
				time.Sleep(10 * time.Minute) // longer than the TTL of the CNAME
				e.dying(steps)
				e.converge(time.Minute)
				e.settled("away")
				if _, ok := e.apps.Stored(zonefile.MustParseName("www.example.com.")); ok {
					t.Errorf("still linked; the plan is\n%s", strings.Join(e.todo(), "\n"))
				}
				for _, target := range []string{"tem", "scalingo"} {
					stones, err := e.store.Tombstones(t.Context(), TombstoneQuery{Zone: example, Target: target})
					if err != nil || len(stones) != 1 || stones[0].State != Retired {
						t.Errorf("the tombstones at %s are %+v, %v; want one", target, stones, err)
					}
				}
			})
		})
	}
}
