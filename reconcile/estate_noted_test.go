package reconcile

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// TestKeyIsHeldWhereverItWasNoted has the key of mail change after a command that notes what is published: one that notes it late, or forgets it, lets the change through.
func TestKeyIsHeldWhereverItWasNoted(t *testing.T) {
	for name, noted := range map[string]func(*testing.T, *estate){
		"in the apply that published it": func(_ *testing.T, e *estate) { e.up() },
		"before an adopt": func(t *testing.T, e *estate) {
			e.up()
			e.applyAll()
			if _, err := e.applier.Adopt(t.Context(), e.tree(), Selection{Zones: []zonefile.Name{example}, Targets: []string{"tem"}}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEstate(t)
				noted(t, e)
				e.mail.RotateOutput(example, otherDKIM)
				if got := linesWith(e.todo(), "held by "+string(GuardMailKeyChange)); len(got) != 1 {
					t.Errorf("the plan is\n%s\nwant it held", strings.Join(e.todo(), "\n"))
				}
				e.converge(time.Minute)
				if set, _ := e.zones.Served(example).Get(otherDKIM.RRset.Key); !strings.Contains(set.Text()[0], "p=one") {
					t.Errorf("published %s without anybody's word", set.Text())
				}
			})
		})
	}
}

// TestWhatIsNotPublishedIsNotNoted applies a mail domain without the zone that its key is in: a key noted there would be published later without anybody's word.
func TestWhatIsNotPublishedIsNotNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		delete(e.files, "example.com.domain.yaml")
		shop := zonefile.MustParseName("shop.example.com.")
		e.files["shop.example.com.domain.yaml"] = "domain: shop.example.com\nmail:\n  - {provider: tem, region: fr-par, project: p1, publish: [dkim]}\n"
		e.converge(time.Hour)
		e.mail.RotateOutput(shop, outputOf("dkim", "p1._domainkey.shop.example.com. 3600 TXT", `"v=DKIM1; p=one"`))
		e.converge(time.Hour)
		e.applyAll()
		e.mail.RotateOutput(shop, outputOf("dkim", "p1._domainkey.shop.example.com. 3600 TXT", `"v=DKIM1; p=two"`))
		held := func() bool { return len(linesWith(e.todo(), "held by "+string(GuardMailKeyChange))) == 1 }
		if !held() {
			t.Fatalf("the plan is\n%s\nwant it held", strings.Join(e.todo(), "\n"))
		}
		e.convergeOnly(Selection{Zones: []zonefile.Name{shop}})
		if !held() {
			t.Errorf("after an apply of the mail domain alone the plan is\n%s\nwant it held", strings.Join(e.todo(), "\n"))
		}
	})
}

// convergeOnly applies what is planned now of a selection, and waits for nothing.
func (e *estate) convergeOnly(only Selection) {
	e.t.Helper()
	plan, err := e.planner.Plan(e.t.Context(), e.tree(), only)
	if err != nil {
		e.t.Fatal(err)
	}
	e.applier.Converge(e.t.Context(), e.tree(), plan, Approval{}, Convergence{Only: only})
}
