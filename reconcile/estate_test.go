package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// The types of the resources of an estate.
var (
	mailType = providers.ResourceType{
		Kind: providers.Mail,
		Fields: []providers.FieldSpec{
			{Name: "region", Rule: providers.WriteOnce},
			{Name: "project", Rule: providers.WriteOnce},
			{Name: "autoconfig", Rule: providers.Mutable, Default: "false"},
		},
		Outputs: []string{"dkim", "dmarc", "mx", "spf"}, Removal: providers.RemovedAtPurge,
	}
	appType = providers.ResourceType{
		Kind: providers.App,
		Fields: []providers.FieldSpec{
			{Name: "app", Rule: providers.WriteOnce, Most: 5},
			{Name: "canonical", Rule: providers.Mutable, Default: "false", Exclusive: "app"},
			{Name: "letsencrypt", Rule: providers.Mutable, Default: "true"},
			{Name: "certificate", Rule: providers.Mutable, Secret: "certificate"},
		},
		Outputs: []string{"acme", "cname"}, Removal: providers.RemovedAtRetire,
	}
	delegationType = providers.ResourceType{
		Kind: providers.Delegation,
		Fields: []providers.FieldSpec{
			{Name: "name_servers", Rule: providers.Mutable, Set: true},
			{Name: "ds", Rule: providers.Mutable, Set: true},
			{Name: "transfer_lock", Rule: providers.Mutable},
			{Name: "registrant", Rule: providers.Mutable},
		},
		Removal: providers.NeverRemoved,
	}
)

// estate is a domain with all that it can have beside its zone: mail on "tem", an application on "scalingo", a delegation on "glauca". Its zone is on "live",
// which signs, and whose name servers serve at once what it has unless lag says otherwise.
type estate struct {
	*house
	zones                  *memory.Provider
	mail, apps, delegation *memory.ResourceProvider
	// lag is for how long after the first question the name servers do not answer, and keyless for how long they serve no key.
	lag, keyless time.Duration
	asked        time.Time
	// parent is what the parent zone has of DS, as the registrar has it if it is empty.
	parentless bool
	mu         sync.Mutex
	calls      []string
}

const domainFile = `domain: example.com
delegation: {provider: glauca, name_servers: from-zone, ds: from-zone, transfer_lock: true}
mail:
  - {provider: tem, region: fr-par, project: p1, publish: [dkim, dmarc, mx]}
apps:
  - {provider: scalingo, app: my-app, name: www.example.com, canonical: true, publish: [acme, cname]}
`

var zoneText = []string{"$TTL 300", "@ NS ns1.example.net.", "@ NS ns2.example.net.", "@ TXT \"v=spf1 include:_spf.tem.example -all\"", "api A 192.0.2.1"}

// newEstate has all of it declared, and nothing of it there but the registration.
func newEstate(t testing.TB) *estate {
	e := &estate{house: newHouse(t)}
	e.zones = e.target("live", memory.Signing(), memory.Keeping())
	target := NewTarget(e.zones, "live")
	target.Signer = signerOf{e}
	e.planner.Targets["live"] = target
	rule := &e.planner.Rules[0]
	rule.CreateZone, rule.Policy.RetireZones, rule.Properties = new(true), true, map[string]string{providers.PropertyDNSSEC: "ECDSAP256SHA256"}
	e.planner.DomainPolicy = rule.Policy
	output := func(name, head, text string) providers.Output {
		return providers.Output{Name: name, RRset: zonefile.MustParseRRset(head, text)}
	}
	e.mail = memory.NewResources(mailType, memory.OnCall(e.log("tem")), memory.WithOutputs(func(r providers.Resource) []providers.Output {
		return []providers.Output{
			output("dkim", "p1._domainkey.example.com. 3600 TXT", `"v=DKIM1; p=one"`), output("dmarc", "_dmarc.example.com. 3600 TXT", `"v=DMARC1; p=none"`),
			output("mx", "example.com. 3600 MX", "10 blackhole.tem.example."), output("spf", "example.com. 3600 TXT", `"v=spf1 include:_spf.tem.example -all"`),
		}
	}))
	e.apps = memory.NewResources(appType, memory.OnCall(e.log("scalingo")), memory.WithOutputs(func(r providers.Resource) []providers.Output {
		return []providers.Output{
			output("acme", "_acme-challenge."+r.Name.String()+" 300 TXT", `"one"`), output("cname", r.Name.String()+" 300 CNAME", "my-app.example."),
		}
	}))
	e.delegation = memory.NewResources(delegationType, memory.WithoutCreation(), memory.OnCall(e.log("glauca")))
	e.delegation.Set(providers.Resource{Kind: providers.Delegation, Name: example, Fields: map[string]string{"transfer_lock": "false", "registrant": "c1"}})
	e.planner.Resources, e.applier.Resources = map[string]ResourceTarget{}, map[string]providers.ResourceProvider{}
	for name, p := range map[string]*memory.ResourceProvider{"tem": e.mail, "scalingo": e.apps, "glauca": e.delegation} {
		e.planner.Resources[name] = ResourceTarget{Reader: p, System: name}
		e.applier.Resources[name] = p
	}
	e.planner.Prober = proberOf{e}
	e.write(zoneText...)
	e.files["example.com.domain.yaml"] = domainFile
	e.files["example.net.zone"] = "www 300 A 192.0.2.1\n" // so that the repository is never empty
	return e
}

func (e *estate) log(provider string) func(memory.ResourceCall) {
	return func(c memory.ResourceCall) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.calls = append(e.calls, provider+" "+c.String())
	}
}

// converge applies what is planned now, for at most within.
func (e *estate) converge(within time.Duration, overrides ...Guard) []Outcome {
	e.t.Helper()
	return e.applier.Converge(e.t.Context(), e.tree(), e.plan(), Approval{Overrides: overrides}, Convergence{Within: within})
}

// up brings all of it up.
func (e *estate) up() {
	e.t.Helper()
	for _, o := range e.converge(100 * time.Hour) {
		if o.Status != Applied && o.Status != Unchanged || len(o.Deferred) > 0 {
			e.t.Fatalf("%s: %s, %v, %v; want it applied", o.Ref, o.Status, o.Err, o.Deferred)
		}
	}
}

// todo returns what is planned now, in short: "update example.com. on glauca: ds: old -> new", and what waits or is held.
func (e *estate) todo() []string {
	e.t.Helper()
	var all []string
	for _, z := range e.plan().Zones {
		if z.Err != nil {
			all = append(all, z.Ref.String()+": "+z.Err.Error())
		}
		for _, c := range z.Changes {
			all = append(all, inShort(z.Ref, c))
		}
		for _, d := range z.Deferred {
			all = append(all, inShort(z.Ref, d.Change)+" "+d.For)
		}
		for _, h := range z.Holds {
			all = append(all, fmt.Sprintf("%s held by %s: %s", z.Ref, h.Guard, h.Reason))
		}
		for _, d := range z.Drift {
			all = append(all, "drift: "+inShort(z.Ref, d))
		}
	}
	return all
}

func inShort(ref Ref, c Change) string {
	text := fmt.Sprintf("%s %s %s on %s", c.Action, c.Kind, strings.TrimSpace(c.Key.Name.String()+" "+typeText(c.Key)), ref.Target)
	if c.Resource != nil {
		for _, f := range c.Resource.Fields {
			text += "; " + f.String()
		}
	}
	if c.Kind == KindProperty {
		text += " " + c.Property.String()
	}
	return text
}

func typeText(key zonefile.Key) string {
	if key.Type == 0 {
		return ""
	}
	return key.Type.String()
}

// estateKey is the key that "live" signs with.
var estateKey = zonefile.MustParseRRset("example.com. 300 DNSKEY", "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==")

func estateDS(t testing.TB) zonefile.RRset {
	keys, err := zonefile.ParseDNSKEY(estateKey)
	if err != nil {
		t.Fatal(err)
	}
	ds, err := keys[0].DS(example, zonefile.DigestSHA256)
	if err != nil {
		t.Fatal(err)
	}
	set, err := zonefile.DSRRset(example, 3600, ds)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// signerOf says how "live" signs.
type signerOf struct{ *estate }

func (s signerOf) Signing(ctx context.Context, origin zonefile.Name) (providers.Signing, error) {
	live, err := s.zones.Fetch(ctx, origin)
	if err != nil || live.Properties[providers.PropertyDNSSEC] == "off" {
		return providers.Signing{}, err
	}
	return providers.Signing{Signed: true, Algorithm: 13, DS: estateDS(s.t)}, nil
}

// proberOf answers as the name servers of an estate do.
type proberOf struct{ *estate }

func (p proberOf) Probe(ctx context.Context, origin zonefile.Name, servers []zonefile.Name, _ *zonefile.Zone, keys []zonefile.Key) ([]Probe, error) {
	if p.asked.IsZero() {
		p.asked = time.Now()
	}
	var probes []Probe
	for _, server := range servers {
		probe := Probe{Server: server, Address: "192.0.2.53:53", Sets: map[zonefile.Key]zonefile.RRset{}}
		live, err := p.servedBy(ctx, server, origin)
		if err != nil || time.Since(p.asked) < p.lag {
			probe = Probe{Server: server, Err: errors.New("REFUSED")}
			probes = append(probes, probe)
			continue
		}
		for _, key := range keys {
			if set, ok := live.Zone.Get(key); ok {
				probe.Sets[key] = set
			}
			if key.Type == zonefile.TypeDNSKEY && live.Properties[providers.PropertyDNSSEC] != "off" && time.Since(p.asked) >= p.keyless {
				probe.Sets[key] = estateKey
			}
		}
		probes = append(probes, probe)
	}
	return probes, nil
}

// servedBy returns what a name server of an estate has: those of example.net are of "live", and those of example.org of "other".
func (e *estate) servedBy(ctx context.Context, server, origin zonefile.Name) (*providers.Snapshot, error) {
	switch {
	case server.In(zonefile.MustParseName("example.net.")):
		return e.zones.Fetch(ctx, origin)
	case server.In(zonefile.MustParseName("example.org.")) && e.targets["other"] != nil:
		return e.targets["other"].Fetch(ctx, origin)
	}
	return nil, errors.New("REFUSED")
}

// outage returns who cannot be served now, empty if all can: whoever follows the delegation, validates, opens the application, or gets mail.
func (e *estate) outage() string {
	e.t.Helper()
	delegated, _ := e.delegation.Stored(example)
	for _, text := range providers.SplitSet(delegated["name_servers"]) {
		server := zonefile.MustParseName(text)
		live, err := e.servedBy(e.t.Context(), server, example)
		if err != nil || !live.Zone.Has(zonefile.Key{Name: zonefile.MustParseName("api.example.com."), Type: zonefile.TypeA}) {
			return "whoever asks " + text + " does not find api.example.com"
		}
		if signed := live.Properties[providers.PropertyDNSSEC]; delegated["ds"] != "" && (signed == "" || signed == "off" || delegated["ds"] != strings.Join(estateDS(e.t).Text(), ", ")) {
			return "whoever validates what " + text + " says refuses it"
		}
		if _, linked := e.apps.Stored(zonefile.MustParseName("www.example.com.")); !linked && live.Zone.Has(zonefile.Key{Name: zonefile.MustParseName("www.example.com."), Type: zonefile.TypeCNAME}) {
			return "whoever opens www.example.com gets an error of the platform"
		}
	}
	if delegated["name_servers"] == "" {
		return "nobody finds the domain"
	}
	return ""
}

func (p proberOf) Parent(context.Context, zonefile.Name) (ParentView, error) {
	fields, _ := p.delegation.Stored(example)
	if fields["ds"] == "" || p.parentless {
		return ParentView{}, nil
	}
	return ParentView{DS: estateDS(p.t)}, nil
}

func TestEstateComesUpInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		e.lag, e.keyless = time.Minute, 2*time.Minute
		want := []string{
			"create zone example.com. on live",
			"create rrset example.com. NS on live", "create rrset example.com. TXT on live", "create rrset api.example.com. A on live",
			`create property example.com. on live dnssec: "" -> "ECDSAP256SHA256"`,
		}
		first := e.todo()
		t.Log(strings.Join(first, "\n"))
		for _, line := range want {
			if !slices.Contains(first, line) {
				t.Errorf("the first plan lacks %q", line)
			}
		}
		e.up()
		if left := e.todo(); len(left) > 2 { // example.net
			t.Errorf("after the apply there is still\n%s", strings.Join(left, "\n"))
		}
		var writes []string
		for _, call := range e.calls {
			if !strings.Contains(call, "fetch") {
				writes = append(writes, call)
			}
		}
		t.Log(strings.Join(writes, "\n"))
		fields, _ := e.delegation.Stored(example)
		if diff := cmp.Diff(map[string]string{
			"name_servers": "ns1.example.net., ns2.example.net.", "ds": strings.Join(estateDS(t).Text(), ", "), "transfer_lock": "true", "registrant": "c1",
		}, fields); diff != "" {
			t.Errorf("the delegation (-want +got):\n%s", diff)
		}
		served := e.zones.Served(example)
		for _, text := range []string{"p1._domainkey TXT", "_dmarc TXT", "@ MX", "www CNAME", "_acme-challenge.www TXT"} {
			f := strings.Fields(text)
			name, err := zonefile.ParseName(f[0], example)
			if err != nil || !served.Has(zonefile.Key{Name: name, Type: zonefile.MustParseType(f[1])}) {
				t.Errorf("%s is not published", text)
			}
		}
		live, err := e.zones.Fetch(t.Context(), example)
		if err != nil || live.Properties[providers.PropertyDS] != "published" {
			t.Errorf("properties %v, %v; want the DS confirmed", live.Properties, err)
		}
	})
}
