package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
	"github.com/zoneward/zoneward/providers/scalewaytem"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
	"github.com/zoneward/zoneward/providers/scalingo"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// wholeDomain is the example with a domain that has everything, and the four systems that it is at: fakes whose DNS is a real PowerDNS.
type wholeDomain struct {
	t       *testing.T
	zones   *scaidnstest.Server
	mail    *scalewaytemtest.Fake
	apps    *scalingotest.Server
	domain  *glaucatest.Server
	files   map[string]string
	planner *reconcile.Planner
	applier *reconcile.Applier

	mu    sync.Mutex
	calls []string // that write, in their order
}

// newWholeDomain begins with nothing but an application without names, and a registered domain without name servers.
func newWholeDomain(t *testing.T, zones *scaidnstest.Server, key, file string) *wholeDomain {
	w := &wholeDomain{t: t, zones: zones, files: map[string]string{}}
	lookup := func(name, kind string) []string { return servedTexts(t, zones.DNS, name, kind) }
	w.mail = scalewaytemtest.New(t, scalewaytemtest.Options{Lookup: func(_ context.Context, name, kind string) []string { return lookup(name, kind) }})
	w.apps = scalingotest.New(scalingotest.Options{Lookup: lookup})
	w.apps.AddApp(scalingotest.App{Name: "my-app"})
	w.domain = glaucatest.New(t, glaucatest.Options{})
	w.domain.AddDomain(glaucatest.Domain{Name: "example.com"})
	t.Cleanup(func() {
		if forbidden := w.domain.Forbidden(); len(forbidden) > 0 {
			t.Errorf("the registrar was asked for %q", forbidden)
		}
	})
	w.open(key, file)
	return w
}

// open opens the example as the commands do, with the fakes in the place of networks.
func (w *wholeDomain) open(key, file string) {
	is := func(value string) func() (string, error) { return func() (string, error) { return value, nil } }
	hosted, err := scaidns.New(scaidns.Options{URL: w.zones.URL, APIKey: is(key), HTTP: w.client("scaidns", w.zones.Faults)})
	w.check(err)
	mail, err := scalewaytem.New(scalewaytem.Options{SecretKey: is(w.mail.Token), HTTP: w.client("tem", w.mail)})
	w.check(err)
	apps, err := scalingo.New(scalingo.Options{APIToken: is(w.apps.Token), HTTP: w.client("scalingo", w.apps)})
	w.check(err)
	domain, err := glauca.New(glauca.Options{Token: is(w.domain.Token), HTTP: w.client("glauca", w.domain)})
	w.check(err)
	cfg, err := loadConfig("../../examples/domain/zoneward.yaml", func(string) (string, bool) { return "x", true }, true)
	w.check(err)
	rule := cfg.rules[0]
	state, err := store.Open(w.t.Context(), file)
	w.check(err)
	w.t.Cleanup(func() { _ = state.Close() })
	for _, name := range []string{"example.com.zone", "example.com.domain.yaml"} {
		content, err := os.ReadFile(filepath.Join("../../examples/domain/zones", name))
		w.check(err)
		w.files[name] = string(content)
	}
	target := reconcile.NewTarget(hosted, "scaidns")
	w.planner = &reconcile.Planner{
		Rules: []reconcile.Rule{rule}, Targets: map[string]reconcile.Target{"scaidns": target}, DomainPolicy: rule.Policy, Folder: "zones", Store: state,
		Domains:   domainfile.Options{Expand: func(string) (string, error) { return w.mail.Project, nil }},
		Resources: map[string]reconcile.ResourceTarget{},
		Prober:    registrarProber{w.prober(), w.domain},
	}
	w.applier = &reconcile.Applier{
		Planner: w.planner, Store: state, Targets: map[string]providers.ZoneProvider{"scaidns": hosted}, Actor: "test", Resources: map[string]providers.ResourceProvider{},
	}
	for name, p := range map[string]providers.ResourceProvider{"scaleway-tem": mail, "scalingo": apps, "glauca": domain} {
		_, checks := p.(providers.ResourceChecker)
		w.planner.Resources[name] = reconcile.ResourceTarget{Reader: p, System: name, CanCheck: checks}
		w.applier.Resources[name] = p
	}
}

func (w *wholeDomain) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// prober asks the name servers of ScaiDNS where the fake's PowerDNS answers.
func (w *wholeDomain) prober() *dnsquery.Prober {
	at, err := dnsquery.ParseServer(w.zones.DNS)
	w.check(err)
	servers := map[zonefile.Name][]dnsquery.Server{}
	for _, name := range scaidnsServers {
		servers[zonefile.MustParseName(name)] = []dnsquery.Server{at}
	}
	return dnsquery.NewProber(dnsquery.ProberOptions{Servers: servers})
}

// scaidnsServers are the name servers that the fake gives its zones.
var scaidnsServers = []string{"ns1.scaidns.example.", "ns2.scaidns.example."}

// registrarProber has the parent zone be what the registrar has of it.
type registrarProber struct {
	*dnsquery.Prober
	registrar *glaucatest.Server
}

func (p registrarProber) Parent(_ context.Context, origin zonefile.Name) (reconcile.ParentView, error) {
	var texts []string
	for _, ds := range p.registrar.DS(strings.TrimSuffix(origin.String(), ".")) {
		texts = append(texts, ds.String())
	}
	if texts == nil {
		return reconcile.ParentView{}, nil
	}
	set, err := zonefile.ParseRRset(zonefile.Key{Name: origin, Type: zonefile.TypeDS}, 3600, zonefile.Root, texts...)
	return reconcile.ParentView{DS: set}, err
}

// ids are what is another one in each run.
var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|domain_[0-9]+|[dr]_[0-9a-f]{12}|/[0-9a-f]{24}`)

// client returns a client of a fake that notes what is written, by the path, and the keys of the body.
func (w *wholeDomain) client(system string, h http.Handler) *http.Client {
	below := httpfault.Transport(h)
	return &http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
		if req.Method != http.MethodGet && !strings.HasSuffix(req.URL.Path, "/exchange") {
			call := system + " " + req.Method + " " + ids.ReplaceAllString(req.URL.Path, "*")
			if req.Body != nil {
				body, _ := io.ReadAll(req.Body)
				req.Body = io.NopCloser(bytes.NewReader(body))
				var object map[string]json.RawMessage
				if json.Unmarshal(body, &object) == nil && system == "glauca" {
					call += " " + strings.Join(slices.Sorted(maps.Keys(object)), ",")
				}
			}
			w.mu.Lock()
			w.calls = append(w.calls, call)
			w.mu.Unlock()
		}
		return below.RoundTrip(req)
	})}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func (w *wholeDomain) tree() reconcile.Tree {
	files := fstest.MapFS{}
	for name, text := range w.files {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return reconcile.Tree{FS: files, Revision: "c0ffee", Author: "A <a@example.com>"}
}

func (w *wholeDomain) plan() *reconcile.Plan {
	w.t.Helper()
	plan, err := w.planner.Plan(w.t.Context(), w.tree(), reconcile.Selection{})
	w.check(err)
	return plan
}

// apply applies what is planned now, and what follows from it, for at most within.
func (w *wholeDomain) apply(within time.Duration, overrides ...reconcile.Guard) []reconcile.Outcome {
	w.t.Helper()
	how := reconcile.Convergence{Within: within}
	return w.applier.Converge(w.t.Context(), w.tree(), w.plan(), reconcile.Approval{Overrides: overrides}, how)
}

// left returns what is still to be done, or wrong, in short.
func (w *wholeDomain) left() []string {
	w.t.Helper()
	var all []string
	for _, z := range w.plan().Zones {
		if z.Err != nil {
			all = append(all, fmt.Sprintf("%s: %v", z.Ref, z.Err))
		}
		for _, c := range z.Changes {
			all = append(all, fmt.Sprintf("%s: %s %s %s", z.Ref, c.Action, c.Kind, c.Key.Name))
		}
		for _, d := range z.Deferred {
			all = append(all, fmt.Sprintf("%s: %s %s %s %s", z.Ref, d.Action, d.Kind, d.Key.Name, d.For))
		}
		for _, h := range z.Holds {
			all = append(all, fmt.Sprintf("%s: held by %s: %s", z.Ref, h.Guard, h.Reason))
		}
		for _, d := range z.Drift {
			all = append(all, fmt.Sprintf("%s: drift of %s %s", z.Ref, d.Kind, d.Key.Name))
		}
	}
	return all
}

// inOrder fails the test unless calls were made that begin so, each after the one before it.
func (w *wholeDomain) inOrder(want ...string) {
	w.t.Helper()
	rest := w.calls
	for _, call := range want {
		i := slices.IndexFunc(rest, func(made string) bool { return strings.HasPrefix(made, call) })
		if i < 0 {
			w.t.Errorf("no %q after what should be before it; the calls were\n%s", call, strings.Join(w.calls, "\n"))
			return
		}
		rest = rest[i+1:]
	}
}

// must fails the test unless nothing is left to be done after an apply.
func (w *wholeDomain) must(outcomes []reconcile.Outcome) {
	w.t.Helper()
	for _, o := range outcomes {
		if o.Status != reconcile.Applied && o.Status != reconcile.Unchanged {
			w.t.Errorf("%s: %s, %v, %v, %v", o.Ref, o.Status, o.Err, o.Deferred, o.Holds)
		}
	}
	if left := w.left(); len(left) > 0 {
		w.t.Fatalf("after the apply there is still\n%s", strings.Join(left, "\n"))
	}
}

// TestDomainExample brings the example up with one apply, has somebody edit a field at each system, and takes it all away and back. The hours that it
// waits for are those of a clock that knows when everybody waits.
func TestDomainExample(t *testing.T) {
	zones := scaidnstest.New(t, scaidnstest.Options{})
	key := zones.MintKey(scaidnstest.Key{SkipsValidation: true})
	file := filepath.Join(t.TempDir(), "state.db")
	synctest.Test(t, func(t *testing.T) {
		w := newWholeDomain(t, zones, key, file)
		w.must(w.apply(time.Hour))
		w.inOrder("scaidns POST /api/v1/domains/", "scaidns POST /api/v1/domains/*/dnssec/enable", "glauca PATCH /api/domains/*/ name_servers",
			"glauca PATCH /api/domains/*/ sec_dns", "scaidns POST /api/v1/domains/*/dnssec/confirm-ds-published")
		w.inOrder("tem POST /transactional-email/v1alpha1/regions/fr-par/domains", "scaidns POST /api/v1/domains/*/records/bulk",
			"tem POST /transactional-email/v1alpha1/regions/fr-par/domains/*/check")
		w.inOrder("scalingo POST /v1/apps/my-app/domains", "scaidns POST /api/v1/domains/*/records/bulk", "glauca PATCH /api/domains/*/ name_servers")
		w.isUp()

		w.calls = nil
		w.must(w.apply(time.Hour))
		if len(w.calls) > 0 {
			t.Errorf("a second apply wrote:\n%s", strings.Join(w.calls, "\n"))
		}
		w.editedElsewhere()
		w.awayAndBack()
	})
}

// isUp fails the test unless each system has what the example says.
func (w *wholeDomain) isUp() {
	w.t.Helper()
	if d := w.mail.Domain("example.com"); d.Status != "checked" {
		w.t.Errorf("the mail domain is %s", d.Status)
	}
	for _, name := range []string{"www.example.com", "*.preview.example.com"} {
		if d, ok := w.apps.Domain("my-app", name); !ok {
			w.t.Errorf("%s is not linked: %+v", name, d)
		}
	}
	if ns := w.domain.NS("example.com"); !slices.Equal(ns, []string{"ns1.scaidns.example", "ns2.scaidns.example"}) {
		w.t.Errorf("the parent zone has the name servers %q", ns)
	}
	if ds := w.domain.DS("example.com"); len(ds) != 1 {
		w.t.Errorf("the parent zone has the DS %v", ds)
	}
}

// editedElsewhere has somebody edit a field at each system, behind our back.
func (w *wholeDomain) editedElsewhere() {
	w.t.Helper()
	w.zones.Write(w.t, w.zoneID(), scaidnstest.RRset{Name: "api", Type: "A", TTL: 3600, Records: []scaidnstest.Record{{Content: "192.0.2.66"}}})
	w.mail.SetAutoconfig("example.com", true)
	w.apps.Edit("my-app", "www.example.com", func(d *scalingotest.Domain) { d.Canonical = false })
	w.domain.Change("example.com", func(d *glaucatest.Domain) { d.NameServers = glaucatest.Hosts("ns1.other.example", "ns2.other.example") })
	found := map[string]bool{}
	for _, z := range w.plan().Zones {
		changes := z.Changes
		for _, d := range z.Deferred { // the delegation goes where it belongs once the zone there is as it is to be
			changes = append(changes, d.Change)
		}
		for _, c := range changes {
			if c.Cause != reconcile.CauseDrift {
				w.t.Errorf("%s: %s %s %s is because of %q", z.Ref, c.Action, c.Kind, c.Key.Name, c.Cause)
			}
			found[z.Target] = true
		}
	}
	if len(found) != 4 {
		w.t.Errorf("drift is found at %v, want all four", slices.Sorted(maps.Keys(found)))
	}
	w.must(w.apply(time.Hour))
	w.isUp()
}

// zoneID returns the id that ScaiDNS gave the zone.
func (w *wholeDomain) zoneID() string {
	return w.zones.ID(w.t, "example.com")
}

// awayAndBack takes all of it out of the zones repository, and puts it back.
func (w *wholeDomain) awayAndBack() {
	w.t.Helper()
	all, keyBefore := maps.Clone(w.files), w.mail.Domain("example.com").Records[0]
	w.files = map[string]string{"other.example.zone": "$TTL 300\n@ TXT here\n"} // a repository without zones says nothing
	w.calls = nil
	w.apply(time.Hour)
	if len(w.calls) > 0 {
		w.t.Errorf("without anybody's word there was written:\n%s", strings.Join(w.calls, "\n"))
	}
	w.apply(0, reconcile.GuardLastNS, reconcile.GuardMaxDeletes)
	if _, ok := w.apps.Domain("my-app", "www.example.com"); !ok {
		w.t.Error("unlinked while resolvers may still lead there")
	}
	w.must(w.apply(48 * time.Hour))
	w.inOrder("scaidns DELETE /api/v1/domains/*", "scalingo DELETE /v1/apps/my-app/domains")
	if left := w.apps.Domains("my-app"); len(left) > 0 {
		w.t.Errorf("still linked: %v", left)
	}
	if d := w.mail.Domain("example.com"); d.Status == "revoked" {
		w.t.Error("the mail domain is revoked: it is to be kept until its retention is over")
	}
	w.files = all
	w.calls = nil
	w.must(w.apply(100 * time.Hour))
	w.isUp()
	if keyAfter := w.mail.Domain("example.com").Records[0]; keyAfter != keyBefore {
		w.t.Errorf("the key of mail was %v and is %v", keyBefore, keyAfter)
	}
	for _, call := range w.calls {
		if strings.HasPrefix(call, "tem POST") && !strings.HasSuffix(call, "/check") {
			w.t.Errorf("%s: the mail domain was kept", call)
		}
	}
}
