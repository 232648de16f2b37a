package memory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// apps is a type with a field of each sort.
var apps = providers.ResourceType{
	Kind: providers.App,
	Fields: []providers.FieldSpec{
		{Name: "app", Rule: providers.WriteOnce},
		{Name: "canonical", Rule: providers.Mutable, Exclusive: "app"},
		{Name: "letsencrypt", Rule: providers.Mutable, Default: "true"},
		{Name: "servers", Rule: providers.Mutable, Set: true},
		{Name: "certificate", Rule: providers.WriteOnly},
		{Name: "subject", Rule: providers.Mutable},
	},
	Outputs: []string{"acme"},
	Removal: providers.RemovedAtRetire,
}

// certificates are PEM-like: what comes before the colon is shown.
var certificates = memory.SecretFields{
	Secret: "certificate", Fingerprint: "certificate", Shown: "subject",
	Show: func(value string) (string, error) {
		subject, _, ok := strings.Cut(value, ":")
		if !ok {
			return "", errors.New("not a certificate")
		}
		return subject, nil
	},
}

func newApps(options ...memory.ResourceOption) *memory.ResourceProvider {
	return memory.NewResources(apps, append([]memory.ResourceOption{
		memory.WithForm("letsencrypt", memory.Boolean), memory.WithSecrets(certificates),
	}, options...)...)
}

// appNamed returns a resource of the application shop.
func appNamed(name string, fields ...string) providers.Resource {
	r := providers.Resource{Kind: providers.App, Name: zonefile.MustParseName(name), Fields: map[string]string{"app": "shop"}}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		r.Fields[name] = value
	}
	return r
}

// secretly returns r with a certificate.
func secretly(r providers.Resource, value string) providers.Resource {
	r.Secrets = map[string]providers.Secret{"certificate": providers.NewSecret("${file:/certificate}", func() (string, error) { return value, nil })}
	return r
}

func normal(t testing.TB, p providers.ResourceReader, r providers.Resource) providers.Resource {
	t.Helper()
	r, err := p.NormalizeResource(r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fetched(t testing.TB, p providers.ResourceReader, r providers.Resource) *providers.ResourceSnapshot {
	t.Helper()
	s, err := p.FetchResource(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var www = appNamed("www.example.com.")

func TestNormalizeResource(t *testing.T) {
	p := newApps()
	unreadable := providers.Resource{Kind: providers.App, Secrets: map[string]providers.Secret{
		"certificate": providers.NewSecret("${file:/gone}", func() (string, error) { return "", errDown }),
	}}
	for _, tt := range []struct {
		name string
		in   providers.Resource
		want map[string]string
		err  error
		bad  string // the field of the error
	}{
		{"nothing declared", providers.Resource{Kind: providers.App}, map[string]string{}, nil, ""},
		{"booleans", appNamed("a.example.", "canonical=1", "letsencrypt=False"), map[string]string{"app": "shop", "canonical": "true", "letsencrypt": "false"}, nil, ""},
		{"set", appNamed("a.example.", "servers= b,a ,, b"), map[string]string{"app": "shop", "servers": "a, b"}, nil, ""},
		{
			"secret", secretly(appNamed("a.example."), "CN=www:key"), map[string]string{
				"app": "shop", "subject": "CN=www", "certificate": "afdb11564caf626cb856ca378343ee0c9d978abec02772c4ebfb633ace5933f6",
			}, nil, "",
		},
		{"bad boolean", appNamed("a.example.", "canonical=maybe"), nil, providers.ErrInvalid, "canonical"},
		{"bad secret", secretly(appNamed("a.example."), "rubbish"), nil, providers.ErrInvalid, "subject"},
		{"secret that cannot be read", unreadable, nil, errDown, "certificate"},
		{"unknown field", appNamed("a.example.", "colour=red"), nil, providers.ErrUnsupported, "colour"},
		{"unknown secret", providers.Resource{Kind: providers.App, Secrets: map[string]providers.Secret{"key": {}}}, nil, providers.ErrUnsupported, "key"},
		{"another kind", providers.Resource{Kind: providers.Mail}, nil, providers.ErrInvalid, "kind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := p.NormalizeResource(tt.in)
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if bad, ok := errors.AsType[*providers.FieldError](err); err != nil && (!ok || bad.Field != tt.bad) {
				t.Errorf("error %v, want one about %s", err, tt.bad)
			}
			if err != nil {
				return
			}
			if d := cmp.Diff(got.Fields, tt.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
		})
	}
}

func TestFaultsOfResources(t *testing.T) {
	for _, tt := range []struct {
		op      providers.Operation
		written int
		want    map[string]string // of letsencrypt and servers, afterwards; nil if the resource is not there
	}{
		{providers.OperationCreateResource, 0, nil},
		{providers.OperationCreateResource, memory.All, map[string]string{"letsencrypt": "true", "servers": "a"}},
		{providers.OperationUpdateResource, 0, map[string]string{"letsencrypt": "true", "servers": "a"}},
		{providers.OperationUpdateResource, 1, map[string]string{"letsencrypt": "false", "servers": "a"}},
		{providers.OperationUpdateResource, memory.All, map[string]string{"letsencrypt": "false", "servers": "b"}},
		{providers.OperationRemoveResource, 0, map[string]string{"letsencrypt": "true", "servers": "a"}},
		{providers.OperationRemoveResource, memory.All, nil},
		{providers.OperationFetchResource, 0, map[string]string{"letsencrypt": "true", "servers": "a"}},
		{providers.OperationResources, 0, map[string]string{"letsencrypt": "true", "servers": "a"}},
	} {
		t.Run(fmt.Sprintf("%s, %d written", tt.op, tt.written), func(t *testing.T) {
			p := newApps()
			calls := map[providers.Operation]func(base *providers.ResourceSnapshot) error{
				providers.OperationCreateResource: func(*providers.ResourceSnapshot) error {
					return p.CreateResource(t.Context(), appNamed("www.example.com.", "servers=a"))
				},
				providers.OperationUpdateResource: func(base *providers.ResourceSnapshot) error {
					return p.UpdateResource(t.Context(), base, appNamed("www.example.com.", "letsencrypt=false", "servers=b"), []string{"letsencrypt", "servers"})
				},
				providers.OperationRemoveResource: func(base *providers.ResourceSnapshot) error { return p.RemoveResource(t.Context(), base) },
				providers.OperationFetchResource: func(*providers.ResourceSnapshot) error {
					_, err := p.FetchResource(t.Context(), www)
					return err
				},
				providers.OperationResources: func(*providers.ResourceSnapshot) error {
					_, err := p.Resources(t.Context(), www)
					return err
				},
			}
			var base *providers.ResourceSnapshot
			if tt.op != providers.OperationCreateResource {
				p.Set(appNamed("www.example.com.", "servers=a"))
				base = fetched(t, p, www)
			}
			p.Inject(tt.op, memory.Fault{Err: errDown, Written: tt.written})
			if err := calls[tt.op](base); !errors.Is(err, errDown) {
				t.Errorf("error %v, want %v", err, errDown)
			}
			got, _ := p.Stored(www.Name)
			delete(got, "app")
			delete(got, "canonical")
			if d := cmp.Diff(got, tt.want); d != "" {
				t.Errorf("stored (-got +want):\n%s", d)
			}
		})
	}
}

func TestStaleResource(t *testing.T) {
	p := newApps()
	p.Set(appNamed("www.example.com.", "servers=a"))
	p.Set(appNamed("www.example.com.", "servers=b"))
	p.Inject(providers.OperationFetchResource, memory.Fault{Stale: true})
	p.Inject(providers.OperationResources, memory.Fault{Stale: true})
	for _, want := range []string{"a", "b"} {
		all, err := p.Resources(t.Context(), www)
		if err != nil {
			t.Fatal(err)
		}
		if got := fetched(t, p, www).Fields["servers"]; got != want || all[0].Fields["servers"] != want {
			t.Errorf("got %q, and %q in the list, want %q", got, all[0].Fields["servers"], want)
		}
	}
}

func TestLogOfResources(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var heard []string
	p := newApps(
		memory.WithClock(func() time.Time { return at }),
		memory.OnCall(func(c memory.ResourceCall) { heard = append(heard, c.String()) }))
	r := normal(t, p, secretly(appNamed("www.example.com."), "CN=www:s3cr3t"))
	if err := p.CreateResource(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	base := fetched(t, p, www)
	if err := p.UpdateResource(t.Context(), base, r.With(map[string]string{"canonical": "true"}), []string{"canonical"}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Resources(t.Context(), www); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range p.Log() {
		got = append(got, c.String())
		if !c.At.Equal(at) {
			t.Errorf("%s at %s, want %s", c, c.At, at)
		}
	}
	want := []string{
		"create resource app www.example.com. app=shop certificate=" + r.Fields["certificate"] + " subject=CN=www",
		"fetch resource app www.example.com.",
		"update resource app www.example.com. canonical=true",
		"resources app",
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("log (-got +want):\n%s", d)
	}
	if !slices.Equal(heard, want) {
		t.Errorf("called back with %q", heard)
	}
	if value, ok := p.StoredSecret(www.Name, "certificate"); !ok || value != "CN=www:s3cr3t" {
		t.Errorf("the secret is %q, %t", value, ok)
	}
}

func TestSecretIsTakenAway(t *testing.T) {
	p := newApps()
	p.Set(secretly(appNamed("www.example.com."), "CN=www:key"))
	base := fetched(t, p, www)
	empty := appNamed("www.example.com.", "certificate=")
	if err := p.UpdateResource(t.Context(), base, empty, []string{"certificate"}); err != nil {
		t.Fatal(err)
	}
	if got := fetched(t, p, www).Fields["subject"]; base.Fields["subject"] != "CN=www" || got != "" {
		t.Errorf("the subject went from %q to %q", base.Fields["subject"], got)
	}
	if _, ok := p.StoredSecret(www.Name, "certificate"); ok {
		t.Error("the secret is still there")
	}
	other := appNamed("www.example.com.", "certificate=4711")
	if err := p.UpdateResource(t.Context(), fetched(t, p, www), other, []string{"certificate"}); !errors.Is(err, providers.ErrInvalid) {
		t.Errorf("a fingerprint without its secret: error %v, want one that wraps ErrInvalid", err)
	}
}

func TestExclusiveFieldIsGivenUpFirst(t *testing.T) {
	p := newApps()
	holder, next, third := appNamed("a.example.", "canonical=true"), appNamed("b.example.", "canonical=true"), appNamed("c.example.")
	p.Set(holder)
	p.Set(third)
	if err := p.CreateResource(t.Context(), next); !errors.Is(err, providers.ErrInvalid) {
		t.Errorf("create: error %v, want one that wraps ErrInvalid", err)
	}
	if err := p.CreateResource(t.Context(), appNamed("b.example.")); err != nil {
		t.Fatal(err)
	}
	base := fetched(t, p, next)
	take := func() error { return p.UpdateResource(t.Context(), base, next, []string{"canonical"}) }
	if err := take(); !errors.Is(err, providers.ErrInvalid) {
		t.Errorf("update: error %v, want one that wraps ErrInvalid", err)
	}
	p.Set(third.With(map[string]string{"canonical": "true"}))
	if err := take(); !errors.Is(err, providers.ErrConflict) {
		t.Errorf("update after somebody else took it: error %v, want one that wraps ErrConflict", err)
	}
	if got := fetched(t, p, holder); got.Fields["canonical"] != "false" || got.Holders["canonical"] != third.Name {
		t.Errorf("the one that lost it has %v, and knows of %v", got.Fields, got.Holders)
	}
	p.Set(third.With(map[string]string{"canonical": "false"}))
	if err := take(); err != nil {
		t.Errorf("update when nobody has it: %v", err)
	}
}

func TestStatusOutputsAndObservations(t *testing.T) {
	acme := func(text string) providers.Output {
		return providers.Output{Name: "acme", RRset: zonefile.MustParseRRset("_acme-challenge.www.example.com. 60 TXT", text)}
	}
	pending := providers.ResourceStatus{Phase: providers.Pending, State: "pending_dns", Reason: "publish the TXT"}
	p := newApps(memory.Beginning(pending), memory.WithLateOutputs(func(r providers.Resource) []providers.Output {
		return []providers.Output{acme(r.Fields["app"])}
	}))
	if err := p.CreateResource(t.Context(), www); err != nil {
		t.Fatal(err)
	}
	created := fetched(t, p, www)
	if created.Status != pending || len(created.Outputs) > 0 {
		t.Errorf("it begins with %v and %v", created.Status, created.Outputs)
	}
	p.MakeOutputs(www.Name)
	if got := fetched(t, p, www).Outputs; !slices.Equal(got, []providers.Output{acme("shop")}) {
		t.Errorf("outputs %v", got)
	}
	p.RotateOutput(www.Name, acme("rotated"))
	p.Observe(www.Name, providers.Observation{Name: "validity", Text: "soon"}, providers.Observation{Name: "validity", Text: "now"})
	p.SetStatus(www.Name, providers.ResourceStatus{Phase: providers.Blocked, State: "locked", Reason: "ask the support"})
	got := fetched(t, p, www)
	if !slices.Equal(got.Outputs, []providers.Output{acme("rotated")}) || len(got.Observed) != 1 || got.Observed[0].Text != "now" {
		t.Errorf("outputs %v, observed %v", got.Outputs, got.Observed)
	}
	err := p.UpdateResource(t.Context(), got, appNamed("www.example.com.", "servers=a"), []string{"servers"})
	state, ok := errors.AsType[*providers.StateError](err)
	if !ok || state.State != "locked" || state.Needs != "ask the support" || !errors.Is(err, providers.ErrBlocked) {
		t.Errorf("error %v, want the state", err)
	}
	p.DropOutput(www.Name, "acme")
	if got := fetched(t, p, www).Outputs; len(got) > 0 {
		t.Errorf("outputs %v, want none", got)
	}
}

func TestResourceChecker(t *testing.T) {
	if _, ok := newApps().Unwrap().(providers.ResourceChecker); ok {
		t.Error("it is a ResourceChecker, and nobody has asked for one")
	}
	var p *memory.ResourceProvider
	p = newApps(memory.Checking(func(name zonefile.Name) {
		p.SetStatus(name, providers.ResourceStatus{Phase: providers.Ready, State: "checked"})
	}))
	p.Set(www)
	checker, ok := p.Unwrap().(providers.ResourceChecker)
	if !ok {
		t.Fatal("it is no ResourceChecker")
	}
	base := fetched(t, p, www)
	p.FailNext(providers.OperationCheckResource, errDown)
	for _, want := range []error{errDown, nil} {
		if err := checker.CheckResource(t.Context(), base); !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
		if got := fetched(t, p, www).Status.State; (got == "checked") != (want == nil) {
			t.Errorf("after %v it is %s", want, got)
		}
	}
	p.Remove(www.Name)
	if err := checker.CheckResource(t.Context(), base); !errors.Is(err, providers.ErrNoResource) {
		t.Errorf("error %v, want one that wraps ErrNoResource", err)
	}
}

func TestResourcesThatAreNotCreated(t *testing.T) {
	p := newApps(memory.WithoutCreation())
	if err := p.CreateResource(t.Context(), www); !errors.Is(err, providers.ErrUnsupported) {
		t.Errorf("error %v, want one that wraps ErrUnsupported", err)
	}
	p.Set(www)
	if s := fetched(t, p, www); s.Fields["letsencrypt"] != "true" {
		t.Errorf("it begins with %v", s.Fields)
	}
}

func TestMalformedCallsOfResources(t *testing.T) {
	p := newApps(memory.RefusingResources(func(r providers.Resource) bool { return r.Fields["servers"] == "refused" }))
	p.Set(www)
	base := fetched(t, p, www)
	update := func(r providers.Resource, fields ...string) error {
		return p.UpdateResource(context.Background(), base, r, fields)
	}
	for _, tt := range []struct {
		name string
		err  error
		want error
	}{
		{"created as it is not normalized", p.CreateResource(t.Context(), appNamed("a.example.", "servers=b,a")), providers.ErrInvalid},
		{"created without a write-once field", p.CreateResource(t.Context(), appNamed("a.example.", "app=")), providers.ErrInvalid},
		{"created and refused", p.CreateResource(t.Context(), appNamed("a.example.", "servers=refused")), providers.ErrInvalid},
		{"updated and refused", update(appNamed("www.example.com.", "servers=refused"), "servers"), providers.ErrInvalid},
		{"updated without a base", p.UpdateResource(t.Context(), nil, www, nil), providers.ErrInvalid},
		{"updated with another name", update(appNamed("a.example.", "servers=a"), "servers"), providers.ErrInvalid},
		{"updated with a field that has no value", update(www, "servers"), providers.ErrInvalid},
		{"updated with a field that there is not", update(www, "colour"), providers.ErrUnsupported},
		{"updated as it is not normalized", update(appNamed("www.example.com.", "servers=b,a"), "servers"), providers.ErrInvalid},
		{"removed without a base", p.RemoveResource(t.Context(), nil), providers.ErrInvalid},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: error %v, want one that wraps %q", tt.name, tt.err, tt.want)
		}
	}
	if d := cmp.Diff(fetched(t, p, www).Fields, base.Fields); d != "" || p.Calls(providers.OperationRemoveResource) != 0 {
		t.Errorf("something was written (-got +want):\n%s", d)
	}
	if _, ok := p.Stored(zonefile.MustParseName("a.example.")); ok {
		t.Error("something was created")
	}
}
