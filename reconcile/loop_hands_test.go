package reconcile

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// oneByOne is a provider that takes its time, and finds fault with whoever fetches a zone while another does.
type oneByOne struct {
	providers.ZoneReader
	t *testing.T

	mu   sync.Mutex
	busy map[zonefile.Name]bool
}

func (p *oneByOne) enter(origin zonefile.Name, busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if busy && p.busy[origin] {
		p.t.Errorf("%s is fetched twice at once", origin)
	}
	p.busy[origin] = busy
}

func (p *oneByOne) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	p.enter(origin, true)
	defer p.enter(origin, false)
	time.Sleep(rand.N(5 * time.Second))
	if rand.N(20) == 0 {
		return nil, errors.New("down")
	}
	return p.ZoneReader.Fetch(ctx, origin)
}

// TestLoopInManyHands has everybody at once ask a loop for everything while the zones repository changes: no zone is looked at twice at once, none leaves that
// was always there, and when there is peace all is live.
func TestLoopInManyHands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.planner.Unattended = true
		for _, name := range []string{"east", "west"} {
			h.target(name)
		}
		h.planner.Rules = nil
		for _, r := range []Rule{
			{Match: []string{"z0.example", "z1.example"}, File: "east/{origin}.zone", Targets: []string{"east"}},
			{Match: []string{"z0.example", "z2.example"}, Targets: []string{"west", "live"}},
			{Match: []string{"*"}, Targets: []string{"live", "east"}},
		} {
			r.Policy = DefaultPolicy()
			r.Policy.RetireZones, r.Policy.MaxDeletes, r.Policy.Grace = true, Percent(100), time.Hour
			h.planner.Rules = append(h.planner.Rules, r)
		}
		h.planner.Rules[1].Policy.Together, h.planner.Rules[2].Policy.Approve = true, true
		const zones = 8
		for i := range zones {
			for target := range h.targets {
				origin := fmt.Sprintf("z%d.example.", i)
				z, err := zonefile.ZoneOf(zonefile.MustParseName(origin), zonefile.MustParseRRset(origin+" 300 SOA", soaText), zonefile.MustParseRRset("www."+origin+" 300 A", "192.0.2.1"))
				if err != nil {
					t.Fatal(err)
				}
				h.targets[target].AddZone(z)
				_ = h.store.SetApplied(t.Context(), Ref{zonefile.MustParseName(origin), target}, AppliedState{System: target}, z)
			}
		}
		for name, target := range h.planner.Targets {
			target.Reader, target.CanRemove = &oneByOne{ZoneReader: target.Reader, t: t, busy: map[zonefile.Name]bool{}}, true
			h.planner.Targets[name] = target
		}
		change := func(last bool) Tree {
			clear(h.files)
			for i := range zones {
				if !last && i >= 4 && rand.N(3) == 0 {
					continue // gone
				}
				file := fmt.Sprintf("z%d.example.zone", i)
				if i < 2 {
					h.files["east/"+file] = fmt.Sprintf("www 300 A 192.0.2.%d\n", 1+rand.N(200))
				}
				if i != 1 {
					h.files[[]string{"", "west/", "other/"}[rand.N(3)]+file] = fmt.Sprintf("www 300 A 192.0.2.%d\n", 1+rand.N(200))
				}
			}
			return h.tree()
		}
		h.files["z0.example.zone"] = ""
		r := &running{house: h, source: &fakeSource{hint: make(chan struct{})}}
		r.source.push(change(true), "0", nil)
		r.start()
		defer r.stop()
		ctx, cancel := context.WithCancel(t.Context())
		var hands sync.WaitGroup
		for range 4 {
			hands.Go(func() {
				for ctx.Err() == nil {
					time.Sleep(rand.N(20 * time.Second))
					r.loop.Look()
					r.loop.Status()
					_, _ = r.loop.Reconcile(ctx, Selection{Zones: []zonefile.Name{zonefile.MustParseName(fmt.Sprintf("z%d.example.", rand.N(zones)))}})
					for _, z := range r.loop.Plan(Selection{}).Zones {
						if rand.N(4) == 0 {
							_, _, _ = r.loop.Approve(ctx, Approve{Plans: []zonefile.Digest{z.ID}, Actor: "ann"})
						}
					}
				}
			})
		}
		for i := range 60 {
			if i%7 == 3 {
				r.source.push(Tree{}, "", errors.New("gone"))
			} else {
				r.source.push(change(false), fmt.Sprint(i+1), nil)
			}
			r.after(rand.N(2 * time.Minute))
		}
		last := change(true)
		r.source.push(last, "last", nil)
		r.after(3 * time.Hour)
		cancel()
		hands.Wait()
		r.after(3 * time.Hour)
		for _, z := range r.loop.Plan(Selection{}).Zones {
			for _, hold := range z.Holds {
				if hold.Guard != GuardApproval {
					t.Errorf("%s is held: %s", z.Ref, hold.Reason)
				}
			}
			if len(z.Changes) > 0 {
				if _, outcomes, err := r.loop.Approve(t.Context(), Approve{Plans: []zonefile.Digest{z.ID}}); err != nil || outcomes[0].Err != nil {
					t.Logf("%s: %v", z.Ref, err)
				}
			}
		}
		r.after(3 * time.Hour)
		plan, err := h.planner.Plan(t.Context(), last, Selection{})
		if err != nil {
			t.Fatal(err)
		}
		for _, z := range plan.Zones {
			if len(z.Changes) > 0 || z.Err != nil && !strings.Contains(z.Err.Error(), "down") {
				t.Errorf("%s is not live at the end: %v %v %v", z.Ref, changes(z), z.Err, z.Holds)
			}
		}
		for _, stone := range h.store.stones {
			if stone.Kind == KindZone && stone.Zone.Compare(zonefile.MustParseName("z4.example.")) < 0 && stone.Target == "live" {
				t.Errorf("%s was retired", stone.Ref)
			}
		}
		r.loop.mu.Lock()
		defer r.loop.mu.Unlock()
		if n := len(r.loop.busy) + len(r.loop.parked) + len(r.loop.queue.in); n > 0 {
			t.Errorf("%d are queued or worked on at the end", n)
		}
		for ref := range r.loop.groups {
			if _, ok := r.loop.diary.of[ref]; !ok {
				t.Errorf("%s is lost: it has no appointment", ref)
			}
		}
	})
}
