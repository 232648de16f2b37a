package scalewaytem_test

import (
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

// Each switch of the fake that matters to a provider is in the one position and in the other.
func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name  string
		opts  scalewaytemtest.Options
		alone bool // nobody else has access
	}{
		{"as it likely is", scalewaytemtest.Options{}, false},
		{"without anybody else", scalewaytemtest.Options{}, true},
		{"what is revoked is shown", scalewaytemtest.Options{RevokedReadable: true}, false},
		{"what is revoked is not listed", scalewaytemtest.Options{HideRevoked: true, DuplicateInvalid: true}, false},
		{"autoconfiguring is refused", scalewaytemtest.Options{RefuseTransient: true}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			providertest.RunResources(t, func(t *testing.T) providertest.ResourceFixture { return fixture(t, tt.opts, tt.alone) })
		})
	}
}

// fixture returns all that the suite can be given.
func fixture(t *testing.T, opts scalewaytemtest.Options, alone bool) providertest.ResourceFixture {
	now := &clock{begin}
	opts.Now = now.now
	f, p := start(t, opts)
	other := f.AddProject(f.Organization)
	in := func(project string, name string, fields ...string) providers.Resource {
		return mail(name, append(fields, "region=fr-par", "project="+project)...)
	}
	fixture := providertest.ResourceFixture{
		Provider: p,
		Cases: []providertest.ResourceCase{
			{
				Resource:  in(f.Project, domainText),
				Updates:   []providers.Resource{mail(domainText, "autoconfig=True"), mail(domainText, "autoconfig=false")},
				Elsewhere: map[string]string{"project": other},
			},
			{
				Resource:  mail("news.example.com", "project="+other, "autoconfig=true"),
				Updates:   []providers.Resource{mail("news.example.com", "autoconfig=0")},
				Elsewhere: map[string]string{"project": f.Project},
			},
		},
		Bad: map[string]providers.Resource{
			"no project":            mail("bad.example.com", "region=fr-par"),
			"project by its name":   in("default", "bad.example.com"),
			"region":                mail("bad.example.com", "region=nl-ams", "project="+f.Project),
			"boolean":               in(f.Project, "bad.example.com", "autoconfig=maybe"),
			"field that is not":     in(f.Project, "bad.example.com", "status=checked"),
			"top-level domain":      in(f.Project, "com"),
			"wildcard":              in(f.Project, "*.example.com"),
			"name with a character": in(f.Project, "_bad.example.com"),
		},
		Absent: in(f.Project, "not-there.example.com"),
		Settle: func(testing.TB, providers.Resource) { now.Time = now.Add(time.Hour) },
		Faults: providertest.HTTPFaults(f.Faults, scalewaytemtest.Get),
		Secret: []string{f.Token},
	}
	if alone {
		return fixture
	}
	fixture.Begin = func(_ testing.TB, r providers.Resource) {
		f.AddDomain(text(r), r.Fields["project"])
		f.SetAutoconfig(text(r), r.Fields["autoconfig"] == "true")
	}
	fixture.Edit = func(_ testing.TB, r providers.Resource) { f.SetAutoconfig(text(r), r.Fields["autoconfig"] == "true") }
	fixture.End = func(_ testing.TB, r providers.Resource) { f.Revoke(text(r)) }
	fixture.Block = func(_ testing.TB, r providers.Resource) func(testing.TB) {
		f.SetStatus(text(r), scalewaytemtest.Locked, "reputation too low")
		return func(testing.TB) { f.SetStatus(text(r), scalewaytemtest.Unchecked, "") }
	}
	return fixture
}

// text returns the name of a resource as the API has it.
func text(r providers.Resource) string {
	name := r.Name.String()
	return name[:len(name)-1]
}
