package memory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/zonefile"
)

func TestConformanceOfResources(t *testing.T) {
	outputs := func(r providers.Resource) []providers.Output {
		name, err := zonefile.ParseName("_acme-challenge", r.Name)
		if err != nil {
			panic(err)
		}
		return []providers.Output{{
			Name: "acme", RRset: zonefile.MustParseRRset("name.invalid. 60 TXT", "token").WithName(name),
		}}
	}
	kept := apps
	kept.Removal = providers.NeverRemoved
	purged := apps
	purged.Removal = providers.RemovedAtPurge
	for _, tt := range []struct {
		name    string
		typ     providers.ResourceType
		options []memory.ResourceOption
		alone   bool // nobody else has access
	}{
		{name: "removed at retire", typ: apps},
		{name: "removed at purge", typ: purged, options: []memory.ResourceOption{memory.WithOutputs(outputs)}},
		{name: "pending", typ: apps, options: []memory.ResourceOption{
			memory.Beginning(providers.ResourceStatus{Phase: providers.Pending, State: "new", Reason: "wait"}),
			memory.WithLateOutputs(outputs), memory.Checking(func(zonefile.Name) {}),
		}},
		{name: "never made or removed", typ: kept, options: []memory.ResourceOption{memory.WithoutCreation()}},
		{name: "without anybody else", typ: apps, alone: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			providertest.RunResources(t, func(*testing.T) providertest.ResourceFixture {
				f := resourceFixture(tt.typ, tt.options...)
				if f.CreatesNone = tt.typ.Removal == providers.NeverRemoved; tt.alone {
					f.Begin, f.Edit, f.End, f.Block = nil, nil, nil, nil
				}
				return f
			})
		})
	}
}

// resourceFixture returns all that the suite can be given.
func resourceFixture(typ providers.ResourceType, options ...memory.ResourceOption) providertest.ResourceFixture {
	p := memory.NewResources(typ, append([]memory.ResourceOption{
		memory.WithForm("letsencrypt", memory.Boolean), memory.WithSecrets(certificates),
		memory.RefusingResources(func(r providers.Resource) bool { return r.Name == zonefile.MustParseName("refused.example.com.") }),
	}, options...)...)
	fields := func(fields ...string) providers.Resource {
		r := appNamed("www.example.com.", fields...)
		delete(r.Fields, "app")
		return r
	}
	return providertest.ResourceFixture{
		Provider: p,
		Cases: []providertest.ResourceCase{
			{
				Resource: appNamed("www.example.com.", "servers=b, a"),
				Updates: []providers.Resource{
					fields("letsencrypt=False", "canonical=1", "servers=c"),
					secretly(fields("servers=", "canonical=true"), "CN=www.example.com:s3cr3t-k3y"),
					secretly(fields("canonical=false"), "CN=other.example.com:s3cr3t-k3y"),
				},
				Elsewhere: map[string]string{"app": "office"},
			},
			{Resource: secretly(appNamed("*.example.com.", "letsencrypt=true"), "CN=*.example.com:an0ther-s3cr3t")},
		},
		Bad: map[string]providers.Resource{
			"refused":       appNamed("refused.example.com."),
			"bad boolean":   appNamed("bad.example.com.", "canonical=maybe"),
			"unknown field": appNamed("bad.example.com.", "colour=red"),
			"bad secret":    secretly(appNamed("bad.example.com."), "s3cr3t-rubbish"),
		},
		Begin: func(_ testing.TB, r providers.Resource) { p.Set(r) },
		Edit:  func(_ testing.TB, r providers.Resource) { p.Set(r) },
		End:   func(_ testing.TB, r providers.Resource) { p.Remove(r.Name) },
		Block: func(_ testing.TB, r providers.Resource) func(testing.TB) {
			p.SetStatus(r.Name, providers.ResourceStatus{Phase: providers.Blocked, State: "locked", Reason: "ask the support"})
			return func(testing.TB) {
				p.SetStatus(r.Name, providers.ResourceStatus{Phase: providers.Ready, State: "ready"})
			}
		},
		Faults: resourceFaults(p),
		Secret: []string{"s3cr3t"},
	}
}

// resourceFaults are what can go wrong in the calls of a fake.
func resourceFaults(p *memory.ResourceProvider) []providertest.ResourceFault {
	var all []providertest.ResourceFault
	for _, kind := range []struct {
		name  string
		fault memory.Fault
		busy  bool
	}{
		{"nothing is done", memory.Fault{Err: errDown}, false},
		{"the answer is lost", memory.Fault{Err: errDown, Written: memory.All}, false},
		{"one field is written", memory.Fault{Err: errors.Join(providers.ErrPartial, errDown), Written: 1}, false},
		{"busy", memory.Fault{Err: &providers.BusyError{Err: errDown}}, true},
		{"not authorized", memory.Fault{Err: providers.ErrAuth}, false},
	} {
		all = append(all, providertest.ResourceFault{
			Name: kind.name, Busy: kind.busy,
			Begin: func(providers.Resource, context.CancelFunc) func() { return injected(p, kind.fault) },
		})
	}
	return append(all, providertest.ResourceFault{
		Name: "cancelled",
		Begin: func(_ providers.Resource, cancel context.CancelFunc) func() {
			return injected(p, memory.Fault{Before: cancel})
		},
	})
}

// injected has a fault come up in the next call of each operation.
func injected(p *memory.ResourceProvider, fault memory.Fault) (lift func()) {
	for _, op := range []providers.Operation{
		providers.OperationResources, providers.OperationFetchResource,
		providers.OperationCreateResource, providers.OperationUpdateResource, providers.OperationRemoveResource,
	} {
		p.Inject(op, fault)
	}
	return p.Lift
}
