package reconcile

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// lines returns those of what is to be done that have all of some words.
func linesWith(all []string, words ...string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(line string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) })
	})
}

// upEstate is an estate that is up.
func upEstate(t *testing.T) *estate {
	e := newEstate(t)
	e.up()
	e.applyAll() // notes what is watched
	if left := e.todo(); len(left) > 0 {
		t.Fatalf("after the apply there is still\n%s", strings.Join(left, "\n"))
	}
	e.calls = nil
	return e
}

func (e *estate) applyAll(overrides ...Guard) []Outcome {
	e.t.Helper()
	return e.apply(e.plan(), overrides...)
}

func TestEstateStaysAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		e.converge(time.Hour)
		for _, call := range e.calls {
			if !strings.Contains(call, "fetch") {
				t.Errorf("a second apply called %s", call)
			}
		}
	})
}

func TestAppIsUnlinkedOnceNothingLeadsToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		app := zonefile.MustParseName("www.example.com.")
		e.files["example.com.domain.yaml"] = strings.SplitAfter(domainFile, "apps:")[0]
		e.files["example.com.domain.yaml"] = strings.TrimSuffix(e.files["example.com.domain.yaml"], "apps:")
		first := e.todo()
		if got := linesWith(first, "retire resource www.example.com. on scalingo", "once www.example.com. leads nowhere"); len(got) != 1 {
			t.Fatalf("the plan is\n%s\nwant the application to wait for its CNAME", strings.Join(first, "\n"))
		}
		e.converge(time.Minute) // less than the TTL of the CNAME
		if _, ok := e.apps.Stored(app); !ok {
			t.Fatal("unlinked while resolvers may still lead there")
		}
		if got := linesWith(e.todo(), "once resolvers have forgotten the CNAME"); len(got) != 1 {
			t.Fatalf("the plan is\n%s\nwant the application to wait for the TTL", strings.Join(e.todo(), "\n"))
		}
		// Another program goes on: the wait is in the store.
		time.Sleep(5 * time.Minute)
		e.applyAll()
		if _, ok := e.apps.Stored(app); ok {
			t.Fatalf("still linked; the plan is\n%s", strings.Join(e.todo(), "\n"))
		}
		stones, err := e.store.Tombstones(t.Context(), TombstoneQuery{Zone: example, Target: "scalingo"})
		if err != nil || len(stones) != 1 || stones[0].Settings["canonical"] != "true" {
			t.Fatalf("tombstones %+v, %v; want that of the application with its fields", stones, err)
		}
		e.files["example.com.domain.yaml"] = domainFile
		e.up()
		if fields, ok := e.apps.Stored(app); !ok || fields["canonical"] != "true" {
			t.Errorf("the application is %v, %t after it came back", fields, ok)
		}
	})
}

func TestAppThatIsStillNamedIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		// The CNAME moves from the domain file to the zone file, and the application leaves.
		e.files["example.com.domain.yaml"] = strings.TrimSuffix(strings.SplitAfter(domainFile, "apps:")[0], "apps:")
		e.write(append(slices.Clone(zoneText), "www CNAME my-app.example.")...)
		e.applyAll()
		if got := linesWith(e.todo(), "held by "+string(GuardAppStillCNAMEd)); len(got) != 1 {
			t.Errorf("the plan is\n%s\nwant it held", strings.Join(e.todo(), "\n"))
		}
		if _, ok := e.apps.Stored(zonefile.MustParseName("www.example.com.")); !ok {
			t.Error("unlinked although a CNAME leads there: its users would get an error")
		}
	})
}

func TestMailIsKeptUntilItsPurge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		before, _ := e.mail.Stored(example)
		withoutMail := strings.Replace(domainFile, "mail:\n  - {provider: tem, region: fr-par, project: p1, publish: [dkim, dmarc, mx]}\n", "", 1)
		e.files["example.com.domain.yaml"] = withoutMail
		e.converge(time.Minute)
		key := zonefile.Key{Name: zonefile.MustParseName("p1._domainkey.example.com."), Type: zonefile.TypeTXT}
		if _, ok := e.mail.Stored(example); !ok || e.zones.Served(example).Has(key) {
			t.Fatalf("kept %t, published %t; want it kept at its provider and not published", ok, e.zones.Served(example).Has(key))
		}
		e.files["example.com.domain.yaml"] = domainFile
		e.up()
		if after, _ := e.mail.Stored(example); len(after) != len(before) || !e.zones.Served(example).Has(key) {
			t.Errorf("after it came back it is %v, published %t", after, e.zones.Served(example).Has(key))
		}
		if stones, _ := e.store.Tombstones(t.Context(), TombstoneQuery{Zone: example, Target: "tem"}); len(stones) != 0 {
			t.Errorf("its tombstone still stands: %+v", stones)
		}

		e.files["example.com.domain.yaml"] = withoutMail
		e.converge(time.Minute)
		time.Sleep(31 * 24 * time.Hour)
		if got := linesWith(e.todo(), "purge resource example.com. on tem"); len(got) != 1 {
			t.Fatalf("the plan is\n%s\nwant it revoked", strings.Join(e.todo(), "\n"))
		}
		e.applyAll()
		if _, ok := e.mail.Stored(example); ok {
			t.Error("still there after its retention")
		}
	})
}

func TestMailKeyThatChangesIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		key := zonefile.Key{Name: zonefile.MustParseName("p1._domainkey.example.com."), Type: zonefile.TypeTXT}
		e.mail.RotateOutput(example, providers.Output{Name: "dkim", RRset: zonefile.MustParseRRset("p1._domainkey.example.com. 3600 TXT", `"v=DKIM1; p=two"`)})
		e.converge(time.Minute)
		if set, _ := e.zones.Served(example).Get(key); !strings.Contains(set.Text()[0], "p=one") {
			t.Fatalf("published %s without anybody's word", set.Text())
		}
		if got := linesWith(e.todo(), "held by "+string(GuardMailKeyChange), "dkim of mail example.com. on tem"); len(got) != 1 {
			t.Fatalf("the plan is\n%s\nwant it held", strings.Join(e.todo(), "\n"))
		}
		e.planner.Rules[0].Policy.AutoOutputs = true
		e.converge(time.Minute)
		if set, _ := e.zones.Served(example).Get(key); !strings.Contains(set.Text()[0], "p=two") {
			t.Errorf("published %s, want the new key with outputs: auto", set.Text())
		}
	})
}

func TestOutputThatCannotBeReadStaysPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		e.mail.SetStatus(example, providers.ResourceStatus{Phase: providers.Pending, State: "pending", Reason: "it is being made"})
		e.mail.DropOutput(example, "dkim")
		e.write(zoneText[:len(zoneText)-1]...) // and a record leaves at the same time
		e.converge(time.Minute)
		served := e.zones.Served(example)
		for _, name := range []string{"p1._domainkey.example.com.", "_dmarc.example.com."} {
			if !served.Has(zonefile.Key{Name: zonefile.MustParseName(name), Type: zonefile.TypeTXT}) {
				t.Errorf("%s is not published any more", name)
			}
		}
		if served.Has(zonefile.Key{Name: zonefile.MustParseName("api.example.com."), Type: zonefile.TypeA}) {
			t.Error("what the zone file does not state any more waits too, although it is known what is published")
		}
	})
}

func TestDomainFileThatCannotBeReadChangesNothing(t *testing.T) {
	for name, text := range map[string]string{
		"not YAML": "{", "another key": domainFile + "nonsense: 1\n", "empty": "", "gone": "-",
		"another provider": strings.Replace(domainFile, "provider: tem", "provider: nobody", 1),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := upEstate(t)
				e.planner.Rules[0].Policy.RetireZones = false
				e.planner.DomainPolicy.RetireZones = false
				if e.files["example.com.domain.yaml"] = text; text == "-" {
					delete(e.files, "example.com.domain.yaml")
				}
				e.converge(time.Minute)
				for _, call := range e.calls {
					if !strings.Contains(call, "fetch") {
						t.Errorf("called %s", call)
					}
				}
				key := zonefile.Key{Name: zonefile.MustParseName("p1._domainkey.example.com."), Type: zonefile.TypeTXT}
				if !e.zones.Served(example).Has(key) {
					t.Error("the key of the mail domain is not published any more")
				}
			})
		})
	}
}

// TestAppWhoseNameLeadsElsewhere moves a site to another place: resolvers know the old one for as long as they may.
func TestAppWhoseNameLeadsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		app := zonefile.MustParseName("www.example.com.")
		e.files["example.com.domain.yaml"] = strings.TrimSuffix(strings.SplitAfter(domainFile, "apps:")[0], "apps:")
		e.write(append(slices.Clone(zoneText), "www CNAME elsewhere.example.")...)
		e.converge(time.Minute)
		if _, ok := e.apps.Stored(app); !ok {
			t.Fatal("unlinked while resolvers may still lead there")
		}
		time.Sleep(5 * time.Minute)
		e.converge(time.Minute)
		if _, ok := e.apps.Stored(app); ok {
			t.Errorf("still linked; the plan is\n%s", strings.Join(e.todo(), "\n"))
		}
	})
}

// TestMailOfSomebodyElseIsNotRevoked has a name be revoked elsewhere and registered anew by somebody: the tombstone is not of that one.
func TestMailOfSomebodyElseIsNotRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := retiredEstate(t)
		fields, _ := e.mail.Stored(example)
		e.mail.Remove(example)
		e.mail.Set(providers.Resource{Kind: providers.Mail, Name: example, Fields: fields})
		time.Sleep(31 * 24 * time.Hour)
		e.applyAll()
		e.applyAll()
		if _, ok := e.mail.Stored(example); !ok {
			t.Error("revoked a domain that is somebody else's")
		}
	})
}
