package reconcile

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// delegated returns a field of the delegation of the domain.
func (e *estate) delegated(field string) string {
	fields, _ := e.delegation.Stored(example)
	return fields[field]
}

// dnssec returns how the zone of the domain is signed.
func (e *estate) dnssec() string {
	e.t.Helper()
	live, err := e.zones.Fetch(e.t.Context(), example)
	if err != nil {
		e.t.Fatal(err)
	}
	return live.Properties[providers.PropertyDNSSEC]
}

// never is longer than any test waits.
const never = 1000 * time.Hour

// withKeyData has a registrar that makes the DS itself, of the keys that it is given.
func (e *estate) withKeyData(fields map[string]string) {
	typ := delegationType
	typ.Fields = append(slices.Clone(typ.Fields), providers.FieldSpec{Name: "key_data", Rule: providers.Mutable, Set: true})
	e.delegation = memory.NewResources(typ, memory.WithoutCreation(), memory.OnCall(e.log("glauca")))
	e.planner.Resources["glauca"] = ResourceTarget{Reader: e.delegation, System: "glauca"}
	e.applier.Resources["glauca"] = e.delegation
	e.delegation.Set(providers.Resource{Kind: providers.Delegation, Name: example, Fields: fields})
}

// TestKeyDataIsGuardedAsDS has key data where other registrars have a DS: whoever validates refuses a domain whose key nobody serves.
func TestKeyDataIsGuardedAsDS(t *testing.T) {
	key := estateKey.Text()[0]
	t.Run("a key that nobody serves", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := newEstate(t)
			e.withKeyData(map[string]string{"name_servers": "ns1.example.net., ns2.example.net."})
			e.keyless = never
			e.files["example.com.domain.yaml"] = "domain: example.com\ndelegation: {provider: glauca, name_servers: from-zone, key_data: [\"" + key + "\"]}\n"
			e.converge(time.Minute, GuardNewTarget)
			if e.delegated("key_data") != "" {
				t.Error("the registrar has a key that no name server serves")
			}
		})
	})
	t.Run("name servers without the key", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := newEstate(t)
			e.withKeyData(map[string]string{"name_servers": "ns1.old.example., ns2.old.example.", "key_data": key})
			e.keyless = never
			e.files["example.com.domain.yaml"] = "domain: example.com\ndelegation: {provider: glauca, name_servers: from-zone}\n"
			e.converge(time.Minute, GuardNewTarget)
			if got := e.delegated("name_servers"); strings.Contains(got, "example.net") {
				t.Errorf("it is delegated to %s, which lack the key that the registrar has", got)
			}
		})
	})
	t.Run("a zone that is to be unsigned", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := newEstate(t)
			e.withKeyData(map[string]string{"name_servers": "ns1.example.net., ns2.example.net.", "key_data": key})
			e.files["example.com.domain.yaml"] = "domain: example.com\ndelegation: {provider: glauca, name_servers: from-zone}\n"
			e.converge(time.Hour)
			e.applyAll()
			e.planner.Rules[0].Properties = map[string]string{providers.PropertyDNSSEC: "off"}
			e.converge(time.Minute)
			if e.dnssec() == "off" && e.delegated("key_data") != "" {
				t.Error("not signed any more, and the registrar has its key")
			}
		})
	})
}

// TestZoneThatMayBeDelegatedStays has a zone leave whose delegation nobody knows: if the domain is delegated to it, nobody finds it any more.
func TestZoneThatMayBeDelegatedStays(t *testing.T) {
	for name, change := range map[string]func(*estate){
		"the registrar is down":     func(e *estate) { fails(e.delegation, providers.OperationFetchResource, errUnavailable) },
		"the domain file is broken": func(e *estate) { e.files["example.com.domain.yaml"] += "nonsense: 1\n" },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := upEstate(t)
				delete(e.files, "example.com.zone")
				change(e)
				e.converge(time.Minute, GuardMaxDeletes)
				if e.zones.Served(example) == nil {
					t.Error("the zone is gone, and the domain is delegated to it")
				}
			})
		})
	}
}

// TestDSIsNotPublishedUnseen overrides a guard that says nothing of keys, or that held nothing when it was overridden: whoever validates would refuse the domain.
func TestDSIsNotPublishedUnseen(t *testing.T) {
	for name, tt := range map[string]struct {
		change   func(*estate)
		override Guard
	}{
		"with the guard of name servers": {func(e *estate) { e.planner.Prober = nil }, GuardDelegationNotServing},
		"with what nobody has seen held": {func(e *estate) {
			if got := linesWith(e.todo(), "held by"); len(got) > 0 {
				e.t.Fatalf("held at first: %q", got)
			}
		}, GuardDSWithoutDNSKEY},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEstate(t)
				e.keyless = never
				tt.change(e)
				e.converge(time.Minute, tt.override)
				if got := e.delegated("ds"); got != "" {
					t.Errorf("the DS is %s, and no name server has its key", got)
				}
			})
		})
	}
}

// unsigned is a host that says of all zones that it does not sign them.
type unsigned struct{}

func (unsigned) Signing(context.Context, zonefile.Name) (providers.Signing, error) {
	return providers.Signing{}, nil
}

// TestDSStaysThoughTheHostSaysUnsigned has the host of a zone that is to be signed say otherwise for a moment: the domain would be insecure without anybody's word.
func TestDSStaysThoughTheHostSaysUnsigned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		target := e.planner.Targets["live"]
		target.Signer = unsigned{}
		e.planner.Targets["live"] = target
		e.converge(time.Minute)
		if e.delegated("ds") == "" {
			t.Error("the DS is gone")
		}
	})
}

// TestDelegationGoesByItsZone has a zone be at two hosts with another content each: name servers asked for the content of the other one never serve the domain.
func TestDelegationGoesByItsZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		e.planner.Targets["inner"] = NewTarget(e.target("inner"), "inner")
		inner := e.planner.Rules[0]
		inner.Match, inner.Targets, inner.File, inner.Properties = []string{"example.com"}, []string{"inner"}, "inner.zone", nil
		e.planner.Rules = slices.Insert(e.planner.Rules, 0, inner)
		e.files["inner.zone"] = "$TTL 300\n@ NS ns1.inner.example.\n@ NS ns2.inner.example.\napi A 198.51.100.1\n"
		e.files["example.com.domain.yaml"] = "domain: example.com\ndelegation: {provider: glauca, name_servers: {from-zone: live}, ds: {from-zone: live}}\n"
		e.converge(time.Hour)
		if got := e.delegated("name_servers"); got != "ns1.example.net., ns2.example.net." {
			t.Errorf("it is delegated to %q; the plan is\n%s", got, strings.Join(e.todo(), "\n"))
		}
	})
}
