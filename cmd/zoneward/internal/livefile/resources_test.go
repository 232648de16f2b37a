package livefile

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// apps are resources with a place, and a secret.
var apps = providers.ResourceType{
	Kind: providers.App,
	Fields: []providers.FieldSpec{
		{Name: "app", Rule: providers.WriteOnce},
		{Name: "canonical", Rule: providers.Mutable},
		{Name: "subject", Rule: providers.Mutable, Secret: "certificate"},
		{Name: "fingerprint", Rule: providers.WriteOnly, Secret: "certificate"},
	},
	Removal: providers.RemovedAtRetire,
}

// appServer has the names of two applications.
func appServer(t *testing.T) *memory.ResourceProvider {
	t.Helper()
	p := memory.NewResources(apps, memory.WithSecrets(memory.SecretFields{
		Secret: "certificate", Fingerprint: "fingerprint", Shown: "subject", Show: func(value string) (string, error) {
			if value == "bad" {
				return "", errors.New("no certificate")
			}
			return fmt.Sprintf("%d octets", len(value)), nil
		},
	}))
	p.Set(app("www", "shop"))
	p.Set(app("blog", "blog"))
	return p
}

func app(label, name string) providers.Resource {
	return providers.Resource{
		Kind: providers.App, Name: zonefile.MustParseName(label + ".example.com."), Fields: map[string]string{"app": name, "canonical": "true"},
	}
}

// certified returns r with a secret.
func certified(r providers.Resource, reference, value string) providers.Resource {
	r.Secrets = map[string]providers.Secret{"certificate": providers.NewSecret(reference, func() (string, error) {
		if value == "" {
			return "", errors.New("it cannot be read")
		}
		return value, nil
	})}
	return r
}

// collected returns a file with what is wanted of a provider.
func collected(t *testing.T, p providers.ResourceReader, wanted ...providers.Resource) (*File, string) {
	t.Helper()
	text := string(written(t, func(w *Writer) {
		failed, err := Collect(t.Context(), w, Sources{Resources: map[string]reconcile.ResourceTarget{"paas": {Reader: p, System: "memory"}}},
			Wanted{Resources: map[string][]providers.Resource{"paas": wanted}})
		if err != nil || len(failed) > 0 {
			t.Errorf("errors %v, %v", err, failed)
		}
	}))
	return mustRead(t, []byte(text)), text
}

// TestResourcesAgain: what a provider answers comes back, and of what nobody asked the lists tell, as far as they go.
func TestResourcesAgain(t *testing.T) {
	p := appServer(t)
	f, _ := collected(t, p, app("www", "shop"), app("new", "shop"), app("blog", "blog"))
	reader := f.Resources("paas", "memory", p)
	want, err := p.FetchResource(t.Context(), app("www", "shop"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := reader.FetchResource(t.Context(), app("www", "shop")); err != nil || got.ID != want.ID || !reflect.DeepEqual(got.Fields, want.Fields) {
		t.Errorf("it is %+v, %v; want %+v", got, err, want)
	}
	for _, tc := range []struct {
		name string
		ask  providers.Resource
		want error
	}{
		{"was not there", app("new", "shop"), providers.ErrNoResource},
		{"was not asked for, and is not in the list", app("later", "shop"), providers.ErrNoResource},
		{"at a place that nobody looked at", app("later", "press"), ErrNotInFile},
		{"somewhere else than it was", app("www", "blog"), ErrNotInFile},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := reader.FetchResource(t.Context(), tc.ask); !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
		})
	}
	all, err := reader.Resources(t.Context(), providers.Resource{Kind: providers.App, Fields: map[string]string{"app": "shop"}})
	if err != nil || len(all) != 1 || all[0].Name != want.Name {
		t.Errorf("the list of shop has %d, %v; want www alone", len(all), err)
	}
	if _, err := reader.Resources(t.Context(), providers.Resource{Kind: providers.App, Fields: map[string]string{"app": "press"}}); !errors.Is(err, ErrNotInFile) {
		t.Errorf("error %v for a list that nobody asked for, want ErrNotInFile", err)
	}
	if _, err := f.Resources("other", "memory", p).FetchResource(t.Context(), app("www", "shop")); !errors.Is(err, ErrNotInFile) {
		t.Errorf("error %v for a provider that is not there, want ErrNotInFile", err)
	}
}

// TestListOfAll: where a list is of all places, what it has at another place than the one that is asked for is not the answer.
func TestListOfAll(t *testing.T) {
	p := appServer(t)
	live, err := p.FetchResource(t.Context(), app("www", "shop"))
	if err != nil {
		t.Fatal(err)
	}
	reader := mustRead(t, written(t, func(w *Writer) {
		w.Provider("paas", "memory", true, nil, nil)
		w.Listing(nil, []*providers.ResourceSnapshot{live}, nil)
	})).Resources("paas", "memory", p)
	if got, err := reader.FetchResource(t.Context(), app("www", "shop")); err != nil || got.ID != live.ID {
		t.Errorf("it is %+v, %v", got, err)
	}
	if _, err := reader.FetchResource(t.Context(), app("www", "blog")); !errors.Is(err, ErrNotInFile) {
		t.Errorf("error %v at another place, want ErrNotInFile", err)
	}
	if all, err := reader.Resources(t.Context(), providers.Resource{Kind: providers.App, Fields: map[string]string{"app": "blog"}}); len(all) != 0 || err != nil {
		t.Errorf("the list of another place has %d, %v; want none", len(all), err)
	}
}

// TestUnreadSecret: what there is of a resource is known, also if the secret that it is declared with could not be read.
func TestUnreadSecret(t *testing.T) {
	p := appServer(t)
	f, _ := collected(t, p, certified(app("www", "shop"), "${file:/run/gone}", ""))
	if _, err := f.Resources("paas", "memory", p).FetchResource(t.Context(), app("www", "shop")); err != nil {
		t.Error(err)
	}
}

// TestSecrets: what follows from a secret is in the file, and the secret is not; who reads the file needs none.
func TestSecrets(t *testing.T) {
	p := appServer(t)
	declared := certified(app("www", "shop"), "${file:/run/www}", "the private key")
	broken := certified(app("broken", "shop"), "${file:/run/broken}", "bad")
	gone := certified(app("gone", "shop"), "${file:/run/gone}", "")
	f, text := collected(t, p, declared, broken, gone)
	if strings.Contains(text, "the private key") {
		t.Error("the secret is in the file")
	}
	reader := f.Resources("paas", "memory", p)
	for name, real := range map[string]providers.Resource{"good": declared, "bad": broken, "unreadable": gone} {
		t.Run(name, func(t *testing.T) {
			want, wantErr := p.NormalizeResource(real)
			declared := real
			declared.Secrets = map[string]providers.Secret{"certificate": providers.NewSecret(real.Secrets["certificate"].Reference, func() (string, error) {
				t.Error("the secret is read")
				return "another one", nil
			})}
			got, err := reader.NormalizeResource(declared)
			if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got.Fields, want.Fields) {
				t.Errorf("it is %v, %v; want %v, %v", got.Fields, err, want.Fields, wantErr)
			}
			field, ok := errors.AsType[*providers.FieldError](err)
			wantField, _ := errors.AsType[*providers.FieldError](wantErr)
			if wantErr != nil && (!ok || field.Error() != wantField.Error()) {
				t.Errorf("error %v, want %v", err, wantErr)
			}
		})
	}
	if _, err := reader.NormalizeResource(certified(declared, "${file:/run/another}", "another one")); !errors.Is(err, ErrNotInFile) {
		t.Errorf("error %v for a secret that nobody has read, want ErrNotInFile", err)
	}
	if got, err := reader.NormalizeResource(app("plain", "shop")); err != nil || got.Fields["app"] != "shop" {
		t.Errorf("without a secret it is %v, %v", got.Fields, err)
	}
}
