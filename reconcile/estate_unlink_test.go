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

// withoutApps is the domain file after its applications have left.
var withoutApps = strings.TrimSuffix(strings.SplitAfter(domainFile, "apps:")[0], "apps:")

// appOf is a domain file with one application, whose CNAME is the zone file's.
func appOf(domain, name string) string {
	return "domain: " + domain + "\napps:\n  - {provider: scalingo, app: my-app, name: " + name + "}\n"
}

// TestAppStaysLinkedWhileItsNameLeadsThere has an application leave whose name leads to it still, or did a moment ago: whoever opens it gets an error of the platform.
func TestAppStaysLinkedWhileItsNameLeadsThere(t *testing.T) {
	tests := []struct {
		name, app string
		// lines lead to the application; leaves says what is different when it has left.
		lines  []string
		leaves func(*estate)
	}{
		{"by a zone that does not change", "www.example.com", []string{"www CNAME my-app.example."}, func(*estate) {}},
		{"by a zone that cannot be read", "www.example.com", []string{"www CNAME my-app.example."}, func(e *estate) {
			e.write(zoneText...)
			fails(e.zones, providers.OperationFetch, errUnavailable)
		}},
		{"by an ALIAS", "example.com", []string{`@ TYPE65401 \# 16 066d792d617070076578616d706c6500`}, func(*estate) {}},
		{"by a CNAME that has changed a second ago", "www.example.com", []string{"www CNAME my-app.example."}, func(e *estate) {
			e.write(append(slices.Clone(zoneText), "www CNAME elsewhere.example.")...)
		}},
		{"by a CNAME whose change is held", "www.example.com", []string{"www CNAME my-app.example."}, func(e *estate) {
			e.write(append(slices.Clone(zoneText), "www CNAME elsewhere.example.")...)
			e.planner.Rules[0].Policy.Protected = []Pattern{{Name: "www", Types: []zonefile.Type{zonefile.TypeCNAME}}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEstate(t)
				e.files["example.com.domain.yaml"] = appOf("example.com", tt.app)
				e.write(append(slices.Clone(zoneText), tt.lines...)...)
				for _, other := range []string{"a", "b", "c", "d"} { // so many that zones which have not changed are not read again
					e.files[other+".example.zone"] = "www 300 A 192.0.2.1\n"
				}
				e.converge(time.Hour)
				for range 3 {
					e.applyAll()
				}
				e.files["example.com.domain.yaml"] = mailOnly
				tt.leaves(e)
				e.converge(time.Second)
				if _, ok := e.apps.Stored(zonefile.MustParseName(tt.app + ".")); !ok {
					t.Errorf("%s is unlinked", tt.app)
				}
			})
		})
	}
}

// TestAppStaysLinkedInAPlanWithoutItsZone has the application's name be in a zone that is not of the plan: that zone leads there although the plan does not have it.
func TestAppStaysLinkedInAPlanWithoutItsZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		delete(e.files, "example.com.domain.yaml")
		e.write(append(slices.Clone(zoneText), "shop CNAME my-app.example.")...)
		shop := zonefile.MustParseName("shop.example.com.")
		e.files["shop.example.com.domain.yaml"] = appOf("shop.example.com", "shop.example.com")
		e.converge(time.Hour)
		e.applyAll()
		e.files["shop.example.com.domain.yaml"] = strings.Replace(mailOnly, "domain: ", "domain: shop.", 1)
		e.convergeOnly(Selection{Zones: []zonefile.Name{shop}})
		if _, ok := e.apps.Stored(shop); !ok {
			t.Error("shop.example.com is unlinked")
		}
	})
}

// TestAppSaidToBeGoneIsRemembered has a provider say once that it does not have an application: if that was wrong, it would be linked for ever.
func TestAppSaidToBeGoneIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		e.files["example.com.domain.yaml"] = withoutApps
		fails(e.apps, providers.OperationFetchResource, providers.ErrNoResource)
		e.converge(time.Minute)
		e.apps.Lift()
		time.Sleep(100 * time.Hour)
		e.converge(time.Minute)
		_, linked := e.apps.Stored(zonefile.MustParseName("www.example.com."))
		applied, err := e.store.AppliedResources(t.Context(), Ref{example, "scalingo"})
		if err != nil {
			t.Fatal(err)
		}
		stones, err := e.store.Tombstones(t.Context(), TombstoneQuery{Zone: example, Target: "scalingo"})
		if err != nil {
			t.Fatal(err)
		}
		if linked && len(applied)+len(stones) == 0 {
			t.Error("it is linked, and nobody knows of it any more")
		}
	})
}
