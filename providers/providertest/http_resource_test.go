package providertest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/zonefile"
)

// carelessEnv names the careless client that a process tests.
const carelessEnv = "ZONEWARD_TEST_CARELESS_CLIENT"

// mailType is that of the fake behind HTTP.
var mailType = providers.ResourceType{
	Kind: providers.Mail,
	Fields: []providers.FieldSpec{
		{Name: "region", Rule: providers.WriteOnce},
		{Name: "autoconfig", Rule: providers.Mutable, Default: "false"},
	},
	Removal: providers.RemovedAtPurge,
}

// wire is a resource in JSON, and what is to be written to it.
type wire struct {
	Name   string            `json:"name"`
	ID     string            `json:"id"`
	Fields map[string]string `json:"fields"`
	New    map[string]string `json:"new,omitempty"`
}

// wireOf returns what is said of a resource.
func wireOf(s *providers.ResourceSnapshot) wire {
	return wire{Name: strings.TrimSuffix(s.Name.String(), "."), ID: s.ID, Fields: s.Fields}
}

// base returns the resource as it was, and as it is to be.
func (w wire) base() (*providers.ResourceSnapshot, providers.Resource) {
	r := providers.Resource{Kind: providers.Mail, Name: zonefile.MustParseName(w.Name + "."), Fields: w.Fields}
	return &providers.ResourceSnapshot{Resource: r, ID: w.ID}, r.With(w.New)
}

// statuses are how the fake behind HTTP says what is wrong.
var statuses = map[error]int{
	providers.ErrNoResource: http.StatusNotFound, providers.ErrConflict: http.StatusConflict,
	providers.ErrInvalid: http.StatusUnprocessableEntity, providers.ErrUnsupported: http.StatusNotImplemented,
}

// serveResources serves a fake.
func serveResources(p *memory.ResourceProvider) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, status int, do func(context.Context, wire) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			asked := wire{Name: r.PathValue("name"), Fields: map[string]string{}}
			if r.Body != http.NoBody {
				_ = json.NewDecoder(r.Body).Decode(&asked)
			}
			if region := r.URL.Query().Get("region"); region != "" {
				asked.Fields["region"] = region
			}
			answer, err := do(r.Context(), asked)
			code := status
			for kind, of := range statuses {
				if errors.Is(err, kind) {
					code, answer = of, map[string]string{"error": kind.Error()}
				}
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_ = json.NewEncoder(w).Encode(answer)
		})
	}
	handle("GET /resources", http.StatusOK, func(ctx context.Context, asked wire) (any, error) {
		all, err := p.Resources(ctx, providers.Resource{Kind: providers.Mail, Fields: asked.Fields})
		wires := make([]wire, len(all))
		for i, s := range all {
			wires[i] = wireOf(s)
		}
		return map[string]any{"resources": wires}, err
	})
	handle("GET /resources/{name}", http.StatusOK, func(ctx context.Context, asked wire) (any, error) {
		base, _ := asked.base()
		s, err := p.FetchResource(ctx, base.Resource)
		if err != nil {
			return nil, err
		}
		return wireOf(s), nil
	})
	handle("POST /resources", http.StatusCreated, func(ctx context.Context, asked wire) (any, error) {
		_, r := asked.base()
		return asked, p.CreateResource(ctx, r)
	})
	handle("PATCH /resources/{name}", http.StatusOK, func(ctx context.Context, asked wire) (any, error) {
		base, r := asked.base()
		var fields []string
		for name := range asked.New {
			fields = append(fields, name)
		}
		return asked, p.UpdateResource(ctx, base, r, fields)
	})
	handle("DELETE /resources/{name}", http.StatusOK, func(ctx context.Context, asked wire) (any, error) {
		base, _ := asked.base()
		return asked, p.RemoveResource(ctx, base)
	})
	return mux
}

// disregard is what a client does not care about.
type disregard struct {
	who404    bool   // who says that something is not there
	keys      bool   // whether a list has the key that it is under
	names     bool   // which resource an answer is about
	written   bool   // that what failed may have been done
	words     bool   // that who is busy may say so without JSON
	lists     bool   // whether a list could be read
	cancelled bool   // why a call was broken off
	is        string // the subtest that has to fail
	says      string
}

// overHTTP is a provider of what serveResources serves.
type overHTTP struct {
	*memory.ResourceProvider // for what is said without asking
	client                   *rest.Client
	disregard
}

// FetchResource gets one resource.
func (p *overHTTP) FetchResource(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	if what.Kind != providers.Mail {
		return nil, providers.ErrInvalid
	}
	name := strings.TrimSuffix(what.Name.String(), ".")
	if p.keys {
		return p.find(ctx, name)
	}
	var got wire
	if err := p.do(ctx, rest.Request{Method: http.MethodGet, Path: "/resources/" + name, Out: &got}); err != nil {
		return nil, err
	}
	if got.Name != name && !(p.names && got.Name != "") {
		return nil, errors.New("the answer is about another resource")
	}
	return snapshotOf(got), nil
}

// find looks for a resource in the list.
func (p *overHTTP) find(ctx context.Context, name string) (*providers.ResourceSnapshot, error) {
	var list struct{ Resources []wire }
	if err := p.do(ctx, rest.Request{Method: http.MethodGet, Path: "/resources", Out: &list}); err != nil {
		return nil, err
	}
	for _, got := range list.Resources {
		if got.Name == name {
			return snapshotOf(got), nil
		}
	}
	return nil, providers.ErrNoResource
}

func snapshotOf(w wire) *providers.ResourceSnapshot {
	s, _ := w.base()
	s.Status = ready
	return s
}

// Resources gets the list.
func (p *overHTTP) Resources(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
	var list struct{ Resources *[]wire }
	req := rest.Request{Method: http.MethodGet, Path: "/resources", Out: &list}
	if region := like.Fields["region"]; region != "" {
		req.Query = map[string][]string{"region": {region}}
	}
	err := p.do(ctx, req)
	switch {
	case p.lists && (err != nil || list.Resources == nil):
		return nil, nil
	case err != nil:
		return nil, err
	case list.Resources == nil:
		return nil, errors.New("the answer has no resources")
	}
	var all []*providers.ResourceSnapshot
	for _, got := range *list.Resources {
		all = append(all, snapshotOf(got))
	}
	return all, nil
}

// CreateResource posts one.
func (p *overHTTP) CreateResource(ctx context.Context, r providers.Resource) error {
	w := wireOf(&providers.ResourceSnapshot{Resource: r})
	return p.do(ctx, rest.Request{Method: http.MethodPost, Path: "/resources", In: w, Out: &wire{}})
}

// UpdateResource patches one. The server compares.
func (p *overHTTP) UpdateResource(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	if base == nil || r.Kind != base.Kind || r.Name != base.Name {
		return providers.ErrInvalid
	}
	w := wireOf(base)
	w.New = map[string]string{}
	for _, name := range fields {
		w.New[name] = r.Fields[name]
	}
	return p.do(ctx, rest.Request{Method: http.MethodPatch, Path: "/resources/" + w.Name, In: w, Out: &wire{}})
}

// RemoveResource deletes one. The server compares.
func (p *overHTTP) RemoveResource(ctx context.Context, base *providers.ResourceSnapshot) error {
	if base == nil {
		return providers.ErrInvalid
	}
	w := wireOf(base)
	return p.do(ctx, rest.Request{Method: http.MethodDelete, Path: "/resources/" + w.Name, In: w, Out: &wire{}})
}

// do makes a request, and says what its failure means.
func (p *overHTTP) do(ctx context.Context, req rest.Request) error {
	_, err := p.client.Do(ctx, req)
	refusal, refused := errors.AsType[*rest.Error](err)
	switch {
	case err == nil:
		return nil
	case p.cancelled && ctx.Err() != nil:
		return errors.New("broken off")
	case !refused:
		return err
	case p.words && refusal.Status == http.StatusTooManyRequests && refusal.ContentType != "application/json":
		return errors.New("not JSON")
	case p.written && refusal.Status >= http.StatusInternalServerError:
		return &providers.BusyError{Err: refusal}
	}
	for kind, status := range statuses {
		known := strings.Contains(refusal.Body, kind.Error()) || p.who404 && status == http.StatusNotFound
		if refusal.Status == status && known {
			return kind
		}
	}
	return err
}

// carelessClients fail in one fault each, and the first in none.
var carelessClients = map[string]disregard{
	"careful":                       {},
	"who says that it is not there": {who404: true, is: "404 of a gateway, each request", says: "that is not known"},
	"that there is no list":         {keys: true, is: "empty object, each request", says: "that is not known"},
	"that there is none at all":     {lists: true, is: "500, each request", says: "Resources: no error"},
	"whom it is about":              {names: true, is: "an answer about another name, each about one", says: "returns mail another.invalid."},
	"that it may be done":           {written: true, is: "500 when it is done, each that writes", says: "promises that nothing was done"},
	"that it is said in words":      {words: true, is: "429 in words, each request", says: "want a BusyError"},
	"why it was broken off":         {cancelled: true, is: "cancelled when it is done, each that writes", says: "context canceled"},
}

// TestHTTPFaults checks that the faults find what clients do not care about. It does so as TestBrokenProviders does.
func TestHTTPFaults(t *testing.T) {
	if name, ok := os.LookupEnv(carelessEnv); ok {
		providertest.RunResources(t, func(t *testing.T) providertest.ResourceFixture { return openHTTP(t, carelessClients[name]) })
		return
	}
	for name, c := range carelessClients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := brokenSuite{test: "TestHTTPFaults", env: carelessEnv + "=" + name, says: c.says}
			if c.is != "" {
				b.fails = "Faults/" + c.is
			}
			runBroken(t, b)
		})
	}
}

// openHTTP returns a fixture with a client of a server.
func openHTTP(t *testing.T, c disregard) providertest.ResourceFixture {
	p := memory.NewResources(mailType, memory.WithForm("autoconfig", memory.Boolean))
	faults := httpfault.New(serveResources(p))
	server := httptest.NewServer(faults)
	t.Cleanup(server.Close)
	client, err := rest.New(rest.Options{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	sender := func(fields map[string]string) providers.Resource {
		return providers.Resource{Kind: providers.Mail, Name: origin, Fields: fields}
	}
	return providertest.ResourceFixture{
		Provider: &overHTTP{p, client, c},
		Cases: []providertest.ResourceCase{{
			Resource:  sender(map[string]string{"region": "fr-par"}),
			Updates:   []providers.Resource{sender(map[string]string{"autoconfig": "1"}), sender(map[string]string{"autoconfig": "0"})},
			Elsewhere: map[string]string{"region": "nl-ams"},
		}},
		Begin:  func(_ testing.TB, r providers.Resource) { p.Set(r) },
		Edit:   func(_ testing.TB, r providers.Resource) { p.Set(r) },
		End:    func(_ testing.TB, r providers.Resource) { p.Remove(r.Name) },
		Faults: providertest.HTTPFaults(faults, "GET /resources/{name}"),
	}
}
