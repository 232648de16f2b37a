package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenResourcesEnv names the broken provider of resources that a process tests.
const brokenResourcesEnv = "ZONEWARD_TEST_BROKEN_RESOURCES"

// brokenResources is the fake with some of its methods replaced.
type brokenResources struct {
	*memory.ResourceProvider
	typ       func(providers.ResourceType) providers.ResourceType
	normalize func(providers.Resource) (providers.Resource, error)
	fetch     func(context.Context, providers.Resource) (*providers.ResourceSnapshot, error)
	list      func(context.Context, providers.Resource) ([]*providers.ResourceSnapshot, error)
	create    func(context.Context, providers.Resource) error
	update    func(context.Context, *providers.ResourceSnapshot, providers.Resource, []string) error
	remove    func(context.Context, *providers.ResourceSnapshot) error
	check     func(context.Context, *providers.ResourceSnapshot) error
}

func (b *brokenResources) ResourceType() providers.ResourceType {
	if b.typ != nil {
		return b.typ(b.ResourceProvider.ResourceType())
	}
	return b.ResourceProvider.ResourceType()
}

func (b *brokenResources) NormalizeResource(r providers.Resource) (providers.Resource, error) {
	if b.normalize != nil {
		return b.normalize(r)
	}
	return b.ResourceProvider.NormalizeResource(r)
}

func (b *brokenResources) FetchResource(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	if b.fetch != nil {
		return b.fetch(ctx, what)
	}
	return b.ResourceProvider.FetchResource(ctx, what)
}

func (b *brokenResources) Resources(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
	if b.list != nil {
		return b.list(ctx, like)
	}
	return b.ResourceProvider.Resources(ctx, like)
}

func (b *brokenResources) CreateResource(ctx context.Context, r providers.Resource) error {
	if b.create != nil {
		return b.create(ctx, r)
	}
	return b.ResourceProvider.CreateResource(ctx, r)
}

func (b *brokenResources) UpdateResource(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	if b.update != nil {
		return b.update(ctx, base, r, fields)
	}
	return b.ResourceProvider.UpdateResource(ctx, base, r, fields)
}

func (b *brokenResources) RemoveResource(ctx context.Context, base *providers.ResourceSnapshot) error {
	if b.remove != nil {
		return b.remove(ctx, base)
	}
	return b.ResourceProvider.RemoveResource(ctx, base)
}

// CheckResource is that of the fake if nothing else is said.
func (b *brokenResources) CheckResource(ctx context.Context, base *providers.ResourceSnapshot) error {
	if b.check != nil {
		return b.check(ctx, base)
	}
	checker, _ := providers.AsResource[providers.ResourceChecker](b.ResourceProvider)
	return checker.CheckResource(ctx, base)
}

// resourceBreakage is one way of breaking the contract for resources.
type resourceBreakage struct {
	breaks func(*brokenResources)
	// options are what else the fake has, and removal what it does, if it is not 0.
	options []memory.ResourceOption
	removal providers.Removal
	// alone has the fixture lack all that others do.
	alone bool
	// fails is the subtest that has to fail, empty for a provider that is not broken; says a part of the message.
	fails, says string
}

// resourceType is that of the fake.
var resourceType = providers.ResourceType{
	Kind: providers.App,
	Fields: []providers.FieldSpec{
		{Name: "app", Rule: providers.WriteOnce},
		{Name: "canonical", Rule: providers.Mutable, Exclusive: "app"},
		{Name: "letsencrypt", Rule: providers.Mutable, Default: "true"},
		{Name: "servers", Rule: providers.Mutable, Set: true},
		{Name: "key", Rule: providers.WriteOnly},
		{Name: "subject", Rule: providers.Mutable},
	},
	Outputs: []string{"acme"},
	Removal: providers.RemovedAtRetire,
}

// keySecret is all of a key.
const keySecret = "k3y-that-nobody-may-see"

// keys returns the secrets of a resource.
func keys(key string) map[string]providers.Secret {
	return map[string]providers.Secret{"key": providers.NewSecret("${file:/key}", func() (string, error) { return key, nil })}
}

var (
	wwwName = zonefile.MustParseName("www.example.com.")
	apiName = zonefile.MustParseName("api.example.com.")
	locked  = providers.ResourceStatus{Phase: providers.Blocked, State: "locked", Reason: "ask the support"}
	ready   = providers.ResourceStatus{Phase: providers.Ready, State: "ready"}
)

// resourceNamed returns a resource of the application shop.
func resourceNamed(name zonefile.Name, fields map[string]string) providers.Resource {
	r := providers.Resource{Kind: providers.App, Name: name, Fields: map[string]string{"app": "shop"}}
	return r.With(fields)
}

// openResources returns a fixture with the fake behind what a breakage makes of it.
func openResources(b resourceBreakage) providertest.ResourceFixture {
	typ := resourceType
	if b.removal != 0 {
		typ.Removal = b.removal
	}
	p := memory.NewResources(typ, append([]memory.ResourceOption{
		memory.WithForm("letsencrypt", memory.Boolean),
		memory.WithSecrets(memory.SecretFields{
			Secret: "key", Fingerprint: "key", Shown: "subject", Show: func(key string) (string, error) { return fmt.Sprint(len(key), " octets"), nil },
		}),
		memory.WithOutputs(func(r providers.Resource) []providers.Output {
			return []providers.Output{{Name: "acme", RRset: zonefile.MustParseRRset("acme.example. 60 CNAME", "target.example.").WithName(r.Name)}}
		}),
		memory.Checking(func(zonefile.Name) {}),
	}, b.options...)...)
	provider := &brokenResources{ResourceProvider: p}
	if b.breaks != nil {
		b.breaks(provider)
	}
	fixture := providertest.ResourceFixture{
		Provider: provider,
		Cases: []providertest.ResourceCase{
			{
				Resource: resourceNamed(wwwName, map[string]string{"servers": "b, a", "canonical": "false"}),
				Updates: []providers.Resource{
					{Fields: map[string]string{"letsencrypt": "0", "canonical": "true", "servers": "c"}},
					{Fields: map[string]string{"servers": "d"}, Secrets: keys(keySecret)},
					{Secrets: keys("another-" + keySecret)},
				},
				Elsewhere: map[string]string{"app": "office"},
			},
			{Resource: resourceNamed(apiName, nil)},
		},
		Bad: map[string]providers.Resource{
			"bad boolean": resourceNamed(wwwName, map[string]string{"letsencrypt": "maybe"}),
		},
		CreatesNone: typ.Removal == providers.NeverRemoved,
		Faults: []providertest.ResourceFault{
			failing(p, "busy", memory.Fault{Err: &providers.BusyError{Err: errDown}}),
			failing(p, "failing", memory.Fault{Err: errDown}),
			failing(p, "answer lost", memory.Fault{Err: errDown, Written: memory.All}),
			failing(p, "cancelled", memory.Fault{}),
		},
		Secret: []string{"t0ken"},
	}
	if b.alone {
		return fixture
	}
	fixture.Begin = func(_ testing.TB, r providers.Resource) { p.Set(r) }
	fixture.Edit = func(_ testing.TB, r providers.Resource) { p.Set(r) }
	fixture.End = func(_ testing.TB, r providers.Resource) { p.Remove(r.Name) }
	fixture.Block = func(_ testing.TB, r providers.Resource) func(testing.TB) {
		p.SetStatus(r.Name, locked)
		return func(testing.TB) { p.SetStatus(r.Name, ready) }
	}
	return fixture
}

var errDown = errors.New("connection reset")

// failing has a fault come up in the next call of each operation. One without an error cancels the call.
func failing(p *memory.ResourceProvider, name string, fault memory.Fault) providertest.ResourceFault {
	_, busy := errors.AsType[*providers.BusyError](fault.Err)
	return providertest.ResourceFault{Name: name, Busy: busy, Begin: func(_ providers.Resource, cancel context.CancelFunc) func() {
		if fault.Err == nil {
			fault.Before = cancel
		}
		for _, op := range []providers.Operation{
			providers.OperationResources, providers.OperationFetchResource,
			providers.OperationCreateResource, providers.OperationUpdateResource, providers.OperationRemoveResource,
		} {
			p.Inject(op, fault)
		}
		return p.Lift
	}}
}

// resourceBreakages are the broken providers of resources, and a few that are not.
func resourceBreakages() map[string]resourceBreakage {
	every := map[string]resourceBreakage{
		"sound":                   {},
		"sound, alone":            {alone: true},
		"sound, removed at purge": {removal: providers.RemovedAtPurge},
		"sound, never made":       {removal: providers.NeverRemoved, options: []memory.ResourceOption{memory.WithoutCreation()}},
	}
	for _, more := range []map[string]resourceBreakage{
		brokenTypes, brokenForms, brokenResourceWrites, brokenResourceBases, brokenResourceConflicts, brokenSnapshots, brokenResourceErrors,
	} {
		maps.Copy(every, more)
	}
	return every
}

// TestBrokenResourceProviders checks that the suite fails for each broken provider, in the subtest that is about what is broken, and passes for one
// that is not. It does so as TestBrokenProviders does.
func TestBrokenResourceProviders(t *testing.T) {
	if name, ok := os.LookupEnv(brokenResourcesEnv); ok {
		b, ok := resourceBreakages()[name]
		if !ok {
			t.Fatalf("no broken provider %q", name)
		}
		providertest.RunResources(t, func(*testing.T) providertest.ResourceFixture { return openResources(b) })
		return
	}
	for name, b := range resourceBreakages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runBroken(t, brokenSuite{"TestBrokenResourceProviders", brokenResourcesEnv + "=" + name, b.fails, b.says})
		})
	}
}
