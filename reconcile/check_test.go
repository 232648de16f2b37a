package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// TestCheckDomains has files that declare resources, of which one has errors of its own, one an error that only shows with the providers, one is good but for a
// warning, and others are none that can be read. Each is found once, with all that is wrong.
func TestCheckDomains(t *testing.T) {
	e := newEstate(t)
	e.files["bad.example.domain.yaml"] = "domain: bad.example\nmail:\n  - {provider: tem, projekt: p1, publish: [spf]}\n"
	e.files["other/lost.example.Domain.YML"] = "domain: lost.example\nmail: [{provider: glauca, project: p1}, {provider: tme, project: p1, name: a.lost.example}]\n"
	e.files["warned.example.domain.yaml"] = "domain: warned.example\nmail: [{provider: tem, project: p1, ttl: 300}]\n"
	e.files["a..example.domain.yaml"] = "domain: no.example\n"
	e.files["b..example.domain.yaml"] = ""
	for _, test := range []struct {
		name string
		only Selection
		want []string
	}{
		{"all", Selection{}, []string{
			`example.com. live zones/example.com.zone: 0 resources, 3 RRsets`,
			`example.net. live zones/example.net.zone: 0 resources, 1 RRsets`,
			`no.example.  zones/a..example.domain.yaml: 0 resources, 0 RRsets, 1 file-name`,
			`<no name>  zones/b..example.domain.yaml: 0 resources, 0 RRsets, 0 empty-file`,
			`bad.example. tem zones/bad.example.domain.yaml: 1 resources, 0 RRsets, 3 missing-key, 3 unknown-key, 3 spf-not-published`,
			`example.com. glauca scalingo tem zones/example.com.domain.yaml: 3 resources, 0 RRsets`,
			`lost.example. glauca tme zones/other/lost.example.Domain.YML: 2 resources, 0 RRsets, 2 provider, 2 provider`,
			`warned.example. tem zones/warned.example.domain.yaml: 1 resources, 0 RRsets, 2 unused-ttl`,
		}},
		{"of a domain", Selection{Zones: []zonefile.Name{zonefile.MustParseName("warned.example.")}}, []string{
			`warned.example. tem zones/warned.example.domain.yaml: 1 resources, 0 RRsets, 2 unused-ttl`,
		}},
		{"of a provider", Selection{Targets: []string{"glauca"}}, []string{
			`example.com. glauca scalingo tem zones/example.com.domain.yaml: 3 resources, 0 RRsets`,
			`lost.example. glauca tme zones/other/lost.example.Domain.YML: 2 resources, 0 RRsets, 2 provider, 2 provider`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			findings, _, err := e.planner.Check(t.Context(), e.tree(), test.only)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range findings {
				text := fmt.Sprintf("%s %s %s: %d resources, %d RRsets", f.Zone, strings.Join(f.Targets, " "), f.Source, f.Resources, f.RRsets)
				for _, problem := range f.Problems {
					text += fmt.Sprintf(", %d %s", problem.Position.Line, problem.Rule)
					if problem.Position.File != f.Source {
						t.Errorf("%s: the problem is at %s", f.Source, problem.Position)
					}
				}
				if f.Err != nil {
					text += ", " + f.Err.Error()
				}
				if f.Declares != strings.Contains(strings.ToLower(f.Source), ".domain.y") {
					t.Errorf("%s declares resources: %t", f.Source, f.Declares)
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
	if _, _, err := e.planner.Check(t.Context(), e.tree(), Selection{Zones: []zonefile.Name{zonefile.MustParseName("absent.example.")}}); !errors.Is(err, ErrNoZone) {
		t.Errorf("error %v, want %v", err, ErrNoZone)
	}
}

// TestFileOfNoDomain has a file that nobody can tell the domain of. It is an error that a plan shows, and may be the file of any domain.
func TestFileOfNoDomain(t *testing.T) {
	e := newEstate(t)
	e.converge(time.Hour)
	delete(e.files, "example.com.domain.yaml")
	e.files["example..com.domain.yaml"] = ""
	plan := e.plan()
	if z := plan.Zone(Ref{zonefile.Root, "resources"}); z == nil || z.Err == nil {
		t.Errorf("the plan says nothing of the file: %+v", z)
	}
	for _, z := range plan.Zones {
		if _, ok := e.planner.Resources[z.Target]; ok && len(z.all()) > 0 {
			t.Errorf("%s: %v", z.Ref, z.all())
		}
	}
	for _, provider := range []string{"glauca", "scalingo", "tem"} {
		want := fmt.Sprintf("example.com. on %s: not declared in the zones repository any more, and a file of which nobody can tell the domain may be its; nothing of it is touched", provider)
		if !slices.Contains(plan.Notices, want) {
			t.Errorf("notices %q, want %q among them", plan.Notices, want)
		}
	}
}
