package reconcile

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// retiredEstate is an estate whose application and mail have left the zones repository, and are retired.
func retiredEstate(t *testing.T) *estate {
	e := upEstate(t)
	e.files["example.com.domain.yaml"] = strings.SplitAfter(domainFile, "transfer_lock: true}\n")[0]
	e.converge(time.Minute)
	time.Sleep(10 * time.Minute) // longer than the TTL of the CNAME
	e.applyAll()
	if left := e.todo(); len(left) > 0 {
		t.Fatalf("there is still\n%s", strings.Join(left, "\n"))
	}
	e.calls = nil
	return e
}

// stone returns the tombstone that stands at a provider.
func (e *estate) stone(target string) Tombstone {
	e.t.Helper()
	stones, err := e.store.Tombstones(e.t.Context(), TombstoneQuery{Zone: example, Target: target})
	if err != nil || len(stones) != 1 {
		e.t.Fatalf("the tombstones at %s are %+v, %v; want one", target, stones, err)
	}
	return stones[0]
}

// restore brings back what a tombstone is of.
func (e *estate) restore(stone Tombstone) Outcome {
	e.t.Helper()
	plan, err := e.planner.Restore(e.t.Context(), e.tree(), Restoration{Stone: stone.ID, For: 24 * time.Hour, Actor: "a", Reason: "by mistake"})
	if err != nil {
		e.t.Fatal(err)
	}
	if len(plan.Zones) != 1 || plan.Zones[0].Err != nil {
		e.t.Fatalf("plan %+v", plan.Zones)
	}
	return e.apply(plan)[0]
}

func TestResourceIsRestored(t *testing.T) {
	for target, name := range map[string]string{"scalingo": "www.example.com.", "tem": "example.com."} {
		t.Run(target, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := retiredEstate(t)
				stone := e.stone(target)
				if o := e.restore(stone); o.Status != Applied || len(o.Changes) != 1 || o.Changes[0].Action != Restore {
					t.Fatalf("restore: %s, %v, %v", o.Status, o.Changes, o.Err)
				}
				p := map[string]interface {
					Stored(zonefile.Name) (map[string]string, bool)
				}{"scalingo": e.apps, "tem": e.mail}[target]
				fields, ok := p.Stored(zonefile.MustParseName(name))
				if !ok {
					t.Fatal("it is not there")
				}
				for field, was := range stone.Settings {
					if field != idSetting && fields[field] != was {
						t.Errorf("%s is %q, and was %q", field, fields[field], was)
					}
				}
				after, err := e.store.Tombstone(t.Context(), stone.ID)
				if err != nil || after.State != Restored {
					t.Errorf("its tombstone is %s, %v", after.State, err)
				}
				// It is pinned: git does not have it, and plans leave it as it is until the time is over.
				e.applyAll()
				if _, ok := p.Stored(zonefile.MustParseName(name)); !ok || len(e.todo()) > 0 {
					t.Errorf("it is there: %t; the plan is\n%s", ok, strings.Join(e.todo(), "\n"))
				}
				time.Sleep(25 * time.Hour)
				if got := linesWith(e.todo(), "retire resource "+name+" on "+target); len(got) != 1 {
					t.Errorf("a day later the plan is\n%s\nwant it retired again", strings.Join(e.todo(), "\n"))
				}
			})
		})
	}
}

func TestResourceIsPurgedNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := retiredEstate(t)
		stone := e.stone("tem")
		plan, err := e.planner.Purge(t.Context(), e.tree(), []string{stone.ID, e.stone("scalingo").ID})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range e.apply(plan) {
			if o.Err != nil {
				t.Errorf("%s: %s, %v", o.Ref, o.Status, o.Err)
			}
		}
		if _, ok := e.mail.Stored(example); ok {
			t.Error("the mail domain is still there")
		}
		for _, target := range []string{"tem", "scalingo"} {
			if stones, _ := e.store.Tombstones(t.Context(), TombstoneQuery{Zone: example, Target: target}); len(stones) > 0 {
				t.Errorf("the tombstone at %s still stands", target)
			}
		}
		if _, err := e.planner.Purge(t.Context(), e.tree(), []string{stone.ID}); !errors.Is(err, ErrClosed) {
			t.Errorf("purged again: %v, want ErrClosed", err)
		}
	})
}

func TestPurgeOfWhatIsDeclaredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := retiredEstate(t)
		e.files["example.com.domain.yaml"] = domainFile
		plan, err := e.planner.Purge(t.Context(), e.tree(), []string{e.stone("tem").ID})
		if err != nil {
			t.Fatal(err)
		}
		if plan.Zones[0].Err == nil {
			t.Fatal("purged although it is declared again")
		}
		e.apply(plan)
		if _, ok := e.mail.Stored(example); !ok {
			t.Error("revoked although it is declared again")
		}
	})
}

// TestCanonicalMoves has the name that others lead to be another one: the old one loses it first, since an application has one.
func TestCanonicalMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		two := strings.TrimSuffix(domainFile, "\n") + "\n  - {provider: scalingo, app: my-app, name: shop.example.com, canonical: false, publish: [cname]}\n"
		e.files["example.com.domain.yaml"] = two
		e.up()
		e.calls = nil
		e.files["example.com.domain.yaml"] = strings.NewReplacer("canonical: true", "canonical: false", "canonical: false", "canonical: true").Replace(two)
		e.up()
		var updates []string
		for _, call := range e.calls {
			if strings.HasPrefix(call, "scalingo update") {
				updates = append(updates, call)
			}
		}
		want := []string{
			"scalingo update resource app www.example.com. canonical=false", "scalingo update resource app shop.example.com. canonical=true",
		}
		if !slices.Equal(updates, want) {
			t.Errorf("the updates were\n%s\nwant\n%s", strings.Join(updates, "\n"), strings.Join(want, "\n"))
		}
	})
}

// TestSPFIsCheckedOnly has a domain whose SPF record does not let the mail provider send: that is said, and left to people.
func TestSPFIsCheckedOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		e.write(append(slices.Clone(zoneText[:3]), `@ TXT "v=spf1 include:_spf.other.example -all"`, "api A 192.0.2.1")...)
		e.up()
		var found []string
		for _, z := range e.plan().Zones {
			for _, p := range z.Warnings {
				if p.Rule == "missing-include" {
					found = append(found, p.Message)
				}
			}
		}
		if len(found) == 0 || !strings.Contains(found[0], "include:_spf.tem.example") {
			t.Errorf("warnings %q, want which include: is missing", found)
		}
		set, _ := e.zones.Served(example).Get(zonefile.Key{Name: example, Type: zonefile.TypeTXT})
		if got := strings.Join(set.Text(), " "); got != `"v=spf1 include:_spf.other.example -all"` {
			t.Errorf("the SPF record is %s", got)
		}
	})
}

// TestAlarms has somebody else change what is watched and not declared.
func TestAlarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		e.delegation.Observe(example, providers.Observation{Name: "registrant", Text: "c1", Watched: true})
		e.up()
		e.applyAll()
		e.delegation.Observe(example, providers.Observation{Name: "registrant", Text: "thief", Watched: true})
		alarms := func() []string {
			var all []string
			for _, z := range e.plan().Zones {
				for _, p := range z.Warnings {
					if strings.Contains(p.Message, "thief") {
						all = append(all, p.Message)
					}
				}
			}
			return all
		}
		if len(alarms()) != 1 {
			t.Fatalf("alarms %q, want one", alarms())
		}
		e.applyAll()
		if len(alarms()) != 1 {
			t.Error("an apply takes the alarm for answered")
		}
		if _, err := e.applier.Adopt(t.Context(), e.tree(), Selection{}); err != nil {
			t.Fatal(err)
		}
		if len(alarms()) != 0 {
			t.Errorf("somebody said that it is right, and still %q", alarms())
		}
	})
}

// TestMoreNamesThanAnApplicationCanHave has one more than that: those that nobody declared count too.
func TestMoreNamesThanAnApplicationCanHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		for _, name := range []string{"a.example.net.", "b.example.net.", "c.example.net."} {
			e.apps.Set(providers.Resource{Kind: providers.App, Name: zonefile.MustParseName(name), Fields: map[string]string{"app": "my-app", "canonical": "false", "letsencrypt": "true"}})
		}
		more := strings.TrimSuffix(domainFile, "\n") + "\n  - {provider: scalingo, app: my-app, name: s1.example.com}\n  - {provider: scalingo, app: my-app, name: s2.example.com}\n"
		e.files["example.com.domain.yaml"] = more
		got := linesWith(e.todo(), "example.com.domain.yaml:8:", "has 5 names at scalingo already, and can have 5")
		if len(got) != 1 {
			t.Fatalf("the plan is\n%s\nwant a problem of the last name", strings.Join(e.todo(), "\n"))
		}
		e.converge(time.Minute)
		for _, call := range e.calls {
			if strings.HasPrefix(call, "scalingo create") {
				t.Errorf("called %s", call)
			}
		}
		// One leaves in its place: then it waits for that.
		e.files["example.com.domain.yaml"] = strings.Replace(more, "  - {provider: scalingo, app: my-app, name: www.example.com, canonical: true, publish: [acme, cname]}\n", "", 1)
		e.converge(time.Hour)
		for _, name := range []string{"s1.example.com.", "s2.example.com."} {
			if _, ok := e.apps.Stored(zonefile.MustParseName(name)); !ok {
				t.Errorf("%s is not linked; the plan is\n%s", name, strings.Join(e.todo(), "\n"))
			}
		}
	})
}

// TestCertificateThatNothingKeeps has an application with a certificate that somebody uploaded: it is lost with the application, so a person is asked, and it is no
// reason not to bring back the rest.
func TestCertificateThatNothingKeeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		app := zonefile.MustParseName("www.example.com.")
		fields, _ := e.apps.Stored(app)
		fields["certificate"] = "CN=www.example.com"
		e.apps.Set(providers.Resource{Kind: providers.App, Name: app, Fields: fields})
		e.files["example.com.domain.yaml"] = strings.SplitAfter(domainFile, "publish: [dkim, dmarc, mx]}\n")[0]
		e.converge(time.Minute)
		time.Sleep(10 * time.Minute)
		if got := linesWith(e.todo(), "on scalingo held by "+string(GuardNoStore), "the certificate of www.example.com."); len(got) != 1 {
			t.Fatalf("the plan is\n%s\nwant it held", strings.Join(e.todo(), "\n"))
		}
		e.applyAll(GuardNoStore)
		if _, ok := e.apps.Stored(app); ok {
			t.Fatal("still linked")
		}
		if o := e.restore(e.stone("scalingo")); o.Status != Applied {
			t.Fatalf("restore: %s, %v", o.Status, o.Err)
		}
		if after, ok := e.apps.Stored(app); !ok || after["canonical"] != "true" || after["certificate"] != "" {
			t.Errorf("after the restore it is %v, %t", after, ok)
		}
	})
}

// TestResourceThatIsDeclaredElsewhere has an application's name be declared for another application: it is where it was, and nothing is made.
func TestResourceThatIsDeclaredElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		e.files["example.com.domain.yaml"] = strings.Replace(domainFile, "app: my-app", "app: other-app", 1)
		if got := linesWith(e.todo(), "example.com.domain.yaml:6:", `app: it is "my-app" at scalingo`); len(got) != 1 {
			t.Errorf("the plan is\n%s\nwant a problem of the field", strings.Join(e.todo(), "\n"))
		}
		e.converge(time.Minute)
		for _, call := range e.calls {
			if !strings.Contains(call, "fetch") {
				t.Errorf("called %s", call)
			}
		}
	})
}
