package scalewaytem_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
	"github.com/zoneward/zoneward/zonefile"
)

func TestNormalize(t *testing.T) {
	const project = "AAAAAAAA-0000-4000-8000-00000000000A"
	app := mail(domainText)
	app.Kind = providers.App
	secret := mail(domainText)
	secret.Secrets = map[string]providers.Secret{"certificate": providers.NewSecret("${KEY}", nil)}
	named := func(name string) providers.Resource {
		return providers.Resource{Kind: providers.Mail, Name: zonefile.MustParseName(name)}
	}
	for _, tt := range []struct {
		name  string
		r     providers.Resource
		want  string // the fields
		field string // that is wrong
		kind  error
	}{
		{"nothing declared", mail(domainText), "", "", nil},
		{"all", mail(domainText, "region=fr-par", "project="+project, "autoconfig=T"), "autoconfig=true project=" + strings.ToLower(project) + " region=fr-par", "", nil},
		{"off", mail(domainText, "autoconfig=0"), "autoconfig=false", "", nil},
		{"another region", mail(domainText, "region=nl-ams"), "", "region", providers.ErrInvalid},
		{"no region", mail(domainText, "region="), "", "region", providers.ErrInvalid},
		{"a project by its name", mail(domainText, "project=default"), "", "project", providers.ErrInvalid},
		{"no project", mail(domainText, "project="), "", "project", providers.ErrInvalid},
		{"neither on nor off", mail(domainText, "autoconfig="), "", "autoconfig", providers.ErrInvalid},
		{"another field", mail(domainText, "letsencrypt=true"), "", "letsencrypt", providers.ErrUnsupported},
		{"a secret", secret, "", "certificate", providers.ErrUnsupported},
		{"another kind", app, "", "kind", providers.ErrInvalid},
		{"no name", providers.Resource{Kind: providers.Mail}, "", "name", providers.ErrInvalid},
		{"the root", named("."), "", "name", providers.ErrInvalid},
		{"a top-level domain", named("example."), "", "name", providers.ErrInvalid},
		{"a wildcard", named("*.example.com."), "", "name", providers.ErrInvalid},
		{"an underscore", named("_dmarc.example.com."), "", "name", providers.ErrInvalid},
		{"an escape", named(`a\.b.example.com.`), "", "name", providers.ErrInvalid},
		{"an A-label", named("xn--bcher-kva.example."), "", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, p := start(t, scalewaytemtest.Options{})
			got, err := p.NormalizeResource(tt.r)
			if tt.field == "" {
				if err != nil {
					t.Fatal(err)
				}
				want := mail(domainText, strings.Fields(tt.want)...)
				diff(t, "fields", want.Fields, got.Fields)
				return
			}
			wants(t, err, tt.kind)
			e, ok := errors.AsType[*providers.FieldError](err)
			if !ok || e.Field != tt.field {
				t.Errorf("got %v, want one about %s", err, tt.field)
			}
		})
	}
}

// What stands for a project may be a secret that somebody named by mistake.
func TestNoProjectInErrors(t *testing.T) {
	_, p := start(t, scalewaytemtest.Options{})
	for _, field := range []string{"project", "region"} {
		_, err := p.NormalizeResource(mail(domainText, field+"=hunter2"))
		if wants(t, err, providers.ErrInvalid); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// A place that cannot be is not looked at.
func TestBadPlaces(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	app := mail(domainText)
	app.Kind = providers.App
	for _, what := range []providers.Resource{mail(domainText, "region=../x"), mail(domainText, "project=default"), app} {
		_, err := p.FetchResource(t.Context(), what)
		wants(t, err, providers.ErrInvalid)
		_, err = p.Resources(t.Context(), what)
		wants(t, err, providers.ErrInvalid)
	}
	diff(t, "requests", 0, len(asked(f)))
	// A value that cannot be for what does not say where it is, is no reason not to look.
	if _, err := p.FetchResource(t.Context(), mail(domainText, "autoconfig=maybe")); err != nil {
		t.Error(err)
	}
}
