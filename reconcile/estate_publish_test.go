package reconcile

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

var errUnavailable = errors.New("503 Service Unavailable")

// faulty is a provider of package memory.
type faulty interface {
	Inject(op providers.Operation, faults ...memory.Fault)
}

// fails has all calls of an operation fail until the faults are lifted.
func fails(p faulty, op providers.Operation, err error) {
	for range 200 {
		p.Inject(op, memory.Fault{Err: err})
	}
}

func keyOf(name, typ string) zonefile.Key {
	return zonefile.Key{Name: zonefile.MustParseName(name), Type: zonefile.MustParseType(typ)}
}

func outputOf(name, head string, text ...string) providers.Output {
	return providers.Output{Name: name, RRset: zonefile.MustParseRRset(head, text...)}
}

// serves reports whether "live" has an RRset in the zone of the domain.
func (e *estate) serves(name, typ string) bool {
	return e.zones.Served(example).Has(keyOf(name, typ))
}

// mailOnly is a domain file with mail only, of which nothing is published.
const mailOnly = "domain: example.com\nmail:\n  - {provider: tem, region: fr-par, project: p1}\n"

// otherDKIM is the key of mail after it was rotated.
var otherDKIM = outputOf("dkim", "p1._domainkey.example.com. 3600 TXT", `"v=DKIM1; p=two"`)

// leaveKept takes the domain file away where what leaves is kept.
func (e *estate) leaveKept() {
	e.planner.Rules[0].Policy.RetireZones = false
	e.planner.DomainPolicy.RetireZones = false
	delete(e.files, "example.com.domain.yaml")
}

// misplaced are outputs that are none of their provider's business.
var misplaced = map[string]providers.Output{
	"an address":                  outputOf("dkim", "api.example.com. 300 A", "192.0.2.66"),
	"an address of a new name":    outputOf("dkim", "login.example.com. 60 A", "203.0.113.66"),
	"an address of the apex":      outputOf("mx", "example.com. 60 A", "203.0.113.66"),
	"the name servers":            outputOf("dmarc", "example.com. 300 NS", "ns1.other.example."),
	"the name servers of a name":  outputOf("dkim", "sub.example.com. 60 NS", "ns1.other.example."),
	"a DS":                        outputOf("dkim", "x.example.com. 60 DS", "1 13 2 "+strings.Repeat("AB", 32)),
	"who issues certificates":     outputOf("dmarc", "example.com. 60 CAA", `0 issue "ca.example"`),
	"a text at the apex":          outputOf("dkim", "example.com. 300 TXT", `"v=spf1 +all"`),
	"a text at a host":            outputOf("dkim", "login.example.com. 300 TXT", `"x"`),
	"mail of another name":        outputOf("mx", "other.example.com. 300 MX", "10 mx.other.example."),
	"mail of all names":           outputOf("mx", "*.example.com. 60 MX", "10 mx.other.example."),
	"the challenge of the domain": outputOf("dkim", "_acme-challenge.example.com. 60 TXT", `"x"`),
	"the challenge of a host":     outputOf("dkim", "_acme-challenge.login.example.com. 60 TXT", `"x"`),
	"a text in another domain":    outputOf("dkim", "p._domainkey.example.net. 300 TXT", `"x"`),
	"an address elsewhere":        outputOf("dkim", "login.example.net. 60 A", "203.0.113.66"),
}

// TestOutputHasItsPlace has a provider want records published that are none of its business: what it says is no reason to change them.
func TestOutputHasItsPlace(t *testing.T) {
	for name, output := range misplaced {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := upEstate(t)
				before := e.zones.Served(example)
				e.planner.Rules[0].Policy.AutoOutputs = true
				e.mail.RotateOutput(example, output)
				e.converge(time.Minute)
				for c := range zonefile.Diff(before, e.zones.Served(example)) {
					t.Errorf("the zone has changed: %v", c)
				}
				if e.zones.Served(zonefile.MustParseName("example.net.")).Has(output.RRset.Key) {
					t.Errorf("%s is published in another domain", output.RRset.Key)
				}
				if got := linesWith(e.todo(), "which is no place for it"); len(got) != 1 {
					t.Errorf("the plan is\n%s\nwant it said", strings.Join(e.todo(), "\n"))
				}
			})
		})
	}
}

// TestFirstOutputHasItsPlace has it say so from the beginning: nothing is published before, so that a change would be no change.
func TestFirstOutputHasItsPlace(t *testing.T) {
	for name, output := range misplaced {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEstate(t)
				e.mailAt(memory.NewResources(mailType, memory.WithOutputs(func(providers.Resource) []providers.Output { return []providers.Output{output} })))
				e.converge(time.Minute)
				for _, zone := range []string{"example.com.", "example.net."} {
					served := e.zones.Served(zonefile.MustParseName(zone))
					if served == nil {
						continue
					}
					if set, ok := served.Get(output.RRset.Key); ok && set == output.RRset {
						t.Errorf("%s is published in %s", output.RRset.Key, zone)
					}
				}
			})
		})
	}
}

// mailAt has the mail be at another provider.
func (e *estate) mailAt(p *memory.ResourceProvider) {
	e.mail = p
	e.planner.Resources["tem"] = ResourceTarget{Reader: p, System: "tem"}
	e.applier.Resources["tem"] = p
}

// withoutApplied is a store that cannot say what was applied of resources.
type withoutApplied struct{ Store }

func (withoutApplied) AppliedResources(context.Context, Ref) ([]AppliedResource, error) {
	return nil, errUnavailable
}

// TestPublishedStays has the key of mail, and where it goes, be told otherwise by anybody but a person: without them mail is lost.
func TestPublishedStays(t *testing.T) {
	tests := []struct {
		name   string
		change func(*estate)
	}{
		{"the key is to be at another name", func(e *estate) {
			e.mail.RotateOutput(example, outputOf("dkim", "p2._domainkey.example.com. 3600 TXT", `"v=DKIM1; p=two"`))
		}},
		{"what is ready lacks its outputs", func(e *estate) { e.mail.DropOutput(example, "dkim"); e.mail.DropOutput(example, "mx") }},
		{"somebody else has removed the mail domain", func(e *estate) { e.mail.Remove(example) }},
		{"the provider is down", func(e *estate) { fails(e.mail, providers.OperationFetchResource, errUnavailable) }},
		{"it left, and its provider is not configured any more", func(e *estate) {
			e.leaveKept()
			delete(e.planner.Resources, "tem")
			delete(e.applier.Resources, "tem")
		}},
		{"it left, and lacks its outputs", func(e *estate) { e.leaveKept(); e.mail.DropOutput(example, "dkim") }},
		{"it left, and somebody else has removed it", func(e *estate) { e.leaveKept(); e.mail.Remove(example) }},
		{"it left, and the store does not answer", func(e *estate) { e.leaveKept(); e.planner.Store = withoutApplied{e.store} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := upEstate(t)
				tt.change(e)
				e.converge(time.Minute)
				for _, key := range []zonefile.Key{keyOf("p1._domainkey.example.com.", "TXT"), keyOf("_dmarc.example.com.", "TXT"), keyOf("example.com.", "MX")} {
					if !e.zones.Served(example).Has(key) {
						t.Errorf("%s is not published any more; the plan is\n%s", key, strings.Join(e.todo(), "\n"))
					}
				}
			})
		})
	}
}

// TestZoneGoesOnWithoutItsOutputs has mail be of no use for now: otherwise a provider stops all changes of the zone.
func TestZoneGoesOnWithoutItsOutputs(t *testing.T) {
	for name, change := range map[string]func(*estate){
		"its provider is down": func(e *estate) { fails(e.mail, providers.OperationFetchResource, errUnavailable) },
		"it wants a CNAME where an address is": func(e *estate) {
			e.mail.RotateOutput(example, outputOf("dmarc", "api.example.com. 60 CNAME", "other.example."))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := upEstate(t)
				change(e)
				e.write(append(zoneAt("ns1.example.net.", "ns2.example.net."), "new A 192.0.2.7")...)
				e.converge(time.Minute)
				if !e.serves("new.example.com.", "A") {
					t.Errorf("new.example.com is not served; the plan is\n%s", strings.Join(e.todo(), "\n"))
				}
			})
		})
	}
}

// TestPendingAppKeepsItsOutputsOnly has an application that waits for long: otherwise no record of its zone ever leaves.
func TestPendingAppKeepsItsOutputsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		e.apps.SetStatus(zonefile.MustParseName("www.example.com."), providers.ResourceStatus{Phase: providers.Blocked, State: "error", Reason: "no certificate"})
		e.apps.DropOutput(zonefile.MustParseName("www.example.com."), "acme")
		e.write(zoneText[:len(zoneText)-1]...)
		e.converge(time.Minute)
		if e.serves("api.example.com.", "A") {
			t.Errorf("api.example.com is still served; the plan is\n%s", strings.Join(e.todo(), "\n"))
		}
	})
}

// TestAutoconfigRecordsStay has the provider write into the zone itself, and be down: its records would be taken for somebody else's, and removed.
func TestAutoconfigRecordsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		e.files["example.com.domain.yaml"] = "domain: example.com\nmail:\n  - {provider: tem, region: fr-par, project: p1, autoconfig: true}\n"
		e.write("$TTL 300", "@ NS ns1.example.net.", "@ NS ns2.example.net.", "api A 192.0.2.1")
		e.converge(time.Hour)
		dkim := zonefile.MustParseRRset("p1._domainkey.example.com. 3600 TXT", `"v=DKIM1; p=one"`)
		mx := zonefile.MustParseRRset("example.com. 3600 MX", "10 blackhole.tem.example.")
		e.zones.Write(example, zonefile.Change{New: &dkim}, zonefile.Change{New: &mx})
		e.applyAll()
		fails(e.mail, providers.OperationFetchResource, errUnavailable)
		e.converge(time.Minute)
		for _, set := range []zonefile.RRset{dkim, mx} {
			if !e.zones.Served(example).Has(set.Key) {
				t.Errorf("%s is removed; the plan is\n%s", set.Key, strings.Join(e.todo(), "\n"))
			}
		}
	})
}

// TestPublishedInAZoneBelowStays has outputs belong to a zone below the domain's: it has another file, and says nothing of the domain.
func TestPublishedInAZoneBelowStays(t *testing.T) {
	tests := []struct {
		name, file  string
		zone, owner string
		typ         string
		change      func(*estate)
	}{
		{
			name: "the domain file is broken", file: "domain: example.com\napps:\n  - {provider: scalingo, app: my-app, name: www.news.example.com, publish: [cname]}\n",
			zone: "news.example.com.", owner: "www.news.example.com.", typ: "CNAME",
			change: func(e *estate) { e.files["example.com.domain.yaml"] += "nonsense: 1\n" },
		},
		{
			name: "the provider is down", file: strings.Replace(mailOnly, "p1", "p1, publish: [dkim]", 1), zone: "_domainkey.example.com.", owner: "p1._domainkey.example.com.", typ: "TXT",
			change: func(e *estate) { fails(e.mail, providers.OperationFetchResource, errUnavailable) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEstate(t)
				delete(e.planner.Resources, "glauca") // which knows the domain by its file although that is broken, and is planned first
				e.files["example.com.domain.yaml"] = tt.file
				e.files[tt.zone+"zone"] = "$TTL 300\n@ NS ns1.example.net.\n@ NS ns2.example.net.\nx A 192.0.2.1\n"
				e.converge(time.Hour)
				e.applyAll()
				zone, key := zonefile.MustParseName(tt.zone), keyOf(tt.owner, tt.typ)
				if !e.zones.Served(zone).Has(key) {
					t.Fatalf("%s was never published", key)
				}
				tt.change(e)
				e.converge(time.Minute)
				if !e.zones.Served(zone).Has(key) {
					t.Errorf("%s is not published any more", key)
				}
			})
		})
	}
}
