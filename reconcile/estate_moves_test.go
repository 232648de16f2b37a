package reconcile

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// TestMoveInGitRemovesNothing has a resource be declared in another way, and be the same at its provider: a place that it left would take it away.
func TestMoveInGitRemovesNothing(t *testing.T) {
	shopHere := appOf("example.com", "shop.example.com")
	tests := []struct {
		name          string
		before, after map[string]string // domain files
	}{
		{
			"mail under another name of its provider",
			map[string]string{"example.com": domainFile},
			map[string]string{"example.com": strings.Replace(domainFile, "provider: tem,", "provider: tem2,", 1)},
		},
		{
			"an application under another name of its provider",
			map[string]string{"example.com": domainFile},
			map[string]string{"example.com": strings.Replace(domainFile, "provider: scalingo,", "provider: scalingo2,", 1)},
		},
		{
			"an application in another file",
			map[string]string{"example.com": shopHere},
			map[string]string{"example.com": mailOnly, "shop.example.com": strings.Replace(shopHere, "domain: ", "domain: shop.", 1)},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEstate(t)
				e.write(append(slices.Clone(zoneText), "shop A 198.51.100.7")...)
				e.planner.Resources["tem2"], e.applier.Resources["tem2"] = ResourceTarget{Reader: e.mail, System: "tem"}, e.mail
				e.planner.Resources["scalingo2"], e.applier.Resources["scalingo2"] = ResourceTarget{Reader: e.apps, System: "scalingo"}, e.apps
				e.declare(tt.before)
				e.converge(100 * time.Hour)
				e.applyAll()
				e.calls = nil
				e.declare(tt.after)
				e.converge(time.Minute)
				time.Sleep(31 * 24 * time.Hour)
				e.converge(time.Minute)
				e.converge(time.Minute)
				for _, call := range e.calls {
					if strings.Contains(call, " remove ") {
						t.Errorf("called %s", call)
					}
				}
				if strings.Contains(tt.before["example.com"], "delegation") {
					if got := e.outage(); got != "" {
						t.Error(got)
					}
				}
			})
		})
	}
}

// declare writes domain files.
func (e *estate) declare(files map[string]string) {
	for domain, text := range files {
		e.files[domain+".domain.yaml"] = text
	}
}

// asking notes what a provider is asked for.
type asking struct {
	providers.ResourceReader
	asked *[]providers.Resource
}

func (a asking) FetchResource(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	*a.asked = append(*a.asked, what)
	return a.ResourceReader.FetchResource(ctx, what)
}

// cameBack is an estate whose mail and delegation have left, and come back.
func cameBack(t *testing.T) *estate {
	e := upEstate(t)
	e.files["example.com.domain.yaml"] = onlyApp
	e.converge(time.Minute)
	e.files["example.com.domain.yaml"] = domainFile
	e.converge(time.Minute)
	return e
}

const onlyApp = "domain: example.com\napps:\n  - {provider: scalingo, app: my-app, name: www.example.com, canonical: true, publish: [acme, cname]}\n"

// TestDriftIsSeenOfWhatCameBack has somebody else change what came back: without what was applied of it, that is no drift.
func TestDriftIsSeenOfWhatCameBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := cameBack(t)
		for _, target := range []string{"tem", "glauca"} {
			applied, err := e.store.AppliedResources(t.Context(), Ref{example, target})
			if err != nil || len(applied) != 1 || len(applied[0].Fields) == 0 {
				t.Errorf("applied at %s: %+v, %v; want its fields", target, applied, err)
			}
		}
		e.planner.DomainPolicy.Drift.Detect, e.planner.Rules[0].Policy.Drift.Detect = true, true
		e.mail.Set(providers.Resource{Kind: providers.Mail, Name: example, Fields: map[string]string{"autoconfig": "true", "region": "fr-par", "project": "p1"}})
		if got := linesWith(e.todo(), "drift: update resource example.com. on tem"); len(got) != 1 {
			t.Errorf("the plan is\n%s\nwant the drift", strings.Join(e.todo(), "\n"))
		}
	})
}

// TestWhatCameBackIsFoundWhenItLeaves has it leave once more: a provider asked without where it is does not find it, and it would never be retired.
func TestWhatCameBackIsFoundWhenItLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := cameBack(t)
		e.files["example.com.domain.yaml"] = onlyApp
		var asked []providers.Resource
		target := e.planner.Resources["tem"]
		target.Reader = asking{target.Reader, &asked}
		e.planner.Resources["tem"] = target
		e.plan()
		if len(asked) == 0 {
			t.Error("nobody looked for it")
		}
		for _, r := range asked {
			if r.Fields["region"] == "" || r.Fields["project"] == "" {
				t.Errorf("asked for %s with %v; want its region and project", r.Name, r.Fields)
			}
		}
	})
}
