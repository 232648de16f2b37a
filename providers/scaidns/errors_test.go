package scaidns_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

// answer is a whole answer with a JSON body.
func answer(status int, body string) httpfault.Fault {
	return httpfault.Respond(httpfault.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)})
}

const (
	list    = "GET /api/v1/domains/{$}"
	records = "/api/v1/domains/{zone}/records"
	bulk    = "POST " + records + "/bulk"
	soa     = "GET /api/v1/domains/{zone}/soa"
)

// What the API says instead of what was asked for, and the kind of the error that it becomes.
func TestErrors(t *testing.T) {
	t.Parallel()
	h := start(t, variant{}, rr("www", "A", 300, "192.0.2.1"))
	base := h.fetch(t)
	fetch := func() error {
		_, err := h.p.Fetch(t.Context(), origin)
		return err
	}
	create := func() error {
		result, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{
			put(base, set("a.zone.example. 300 A", "192.0.2.1")), put(base, set("b.zone.example. 300 A", "192.0.2.1")),
		}})
		diff(t, "applied", []string{}, verbs(result))
		return err
	}
	pydantic := `{"detail":[{"loc":["body","records",0,"name"],"msg":"field required","type":"value_error.missing"},{"loc":["body"],"msg":"bad","type":"x"}]}`
	for _, tt := range []struct {
		name    string
		pattern string
		fault   httpfault.Fault
		call    func() error
		kind    error
		texts   []string
	}{
		{"text", soa, answer(401, `{"detail":"Invalid API key"}`), fetch, providers.ErrAuth, []string{`"Invalid API key"`, "401"}},
		{"permission", records, answer(403, `{"detail":"Permission denied: records:read"}`), fetch, providers.ErrAuth, []string{"Permission denied: records:read"}},
		{"field", bulk, answer(400, `{"detail":{"message":"bad","field":"content","conflicts":["r_1","r_2"]}}`), create, providers.ErrInvalid, []string{"content: bad: r_1 r_2"}},
		{"list", bulk, answer(422, pydantic), create, providers.ErrInvalid, []string{"body.records.0.name: field required; body: bad"}},
		{"more problems than an error shows", bulk, scaidnstest.Problems(100), create, providers.ErrInvalid, []string{"body.records.0.content: Value error"}},
		{"more problems than are read", bulk, scaidnstest.Problems(3000), create, providers.ErrInvalid, []string{"422"}},
		{"ids that are numbers", bulk, scaidnstest.Detail(409, map[string]any{"message": "CNAME and other data", "conflicts": []int{1, 2}}), create, providers.ErrConflict, []string{"CNAME and other data: 1 2"}},
		{"ids in objects", bulk, scaidnstest.Detail(409, map[string]any{"message": "bad", "conflicts": []any{map[string]string{"id": "r_1"}}}), create, providers.ErrConflict, []string{"bad: {", "r_1"}},
		{"detail of another form", bulk, scaidnstest.Detail(422, map[string]string{"error": "why"}), create, providers.ErrInvalid, []string{"why"}},
		{"problems of another form", bulk, scaidnstest.Detail(422, []any{"first", 2}), create, providers.ErrInvalid, []string{"first; 2"}},
		{"empty detail", bulk, scaidnstest.Detail(409, ""), create, providers.ErrConflict, []string{"409"}},
		{"detail that is null", bulk, scaidnstest.Detail(400, nil), create, providers.ErrInvalid, []string{"400"}},
		{"detail behind something else", bulk, answer(422, `{"request_id":"1","detail":"why"}`), create, providers.ErrInvalid, []string{"why"}},
		{"no detail", bulk, answer(422, `{"error":"of a proxy"}`), create, nil, []string{"422"}},
		{"coexistence", bulk, answer(409, `{"detail":{"message":"CNAME and other data","conflicts":["r_1"]}}`), create, providers.ErrConflict, []string{"CNAME and other data: r_1"}},
		{"zone is gone for a write", bulk, answer(404, `{"detail":"Domain not found"}`), create, providers.ErrNoZone, []string{"Domain not found", "another tenant"}},
		{"a list without the zone's records", records, answer(404, `{"detail":"Domain not found"}`), fetch, nil, []string{"was listed, and is not found", "Domain not found"}},
		{"a list without the zone's SOA", soa, answer(404, `{"detail":"SOA not found"}`), fetch, nil, []string{"was listed, and is not found"}},
		{"a list without the zone itself", "GET /api/v1/domains/{zone}", answer(404, `{"detail":"Domain not found"}`), fetch, nil, []string{"was listed, and is not found"}},
		{"no API", list, answer(404, `{"detail":"Not Found"}`), fetch, nil, []string{"there is no ScaiDNS with this url"}},
		{"404 of a proxy", records, httpfault.Proxy(404), fetch, nil, []string{"404"}},
		{"rate limit", list, httpfault.RetryIn(429, 7*time.Second), fetch, errBusy, []string{"7s"}},
		{"rate limit of a write", bulk, httpfault.Status(429), create, errBusy, nil},
		{"500", soa, answer(500, `{"detail":"Internal Server Error"}`), fetch, nil, []string{"Internal Server Error"}},
		{"502", soa, answer(502, `{"detail":"PowerDNS cannot be reached"}`), fetch, nil, []string{"PowerDNS cannot be reached"}},
		{"503", soa, answer(503, `{"detail":"Maintenance"}`), fetch, errBusy, []string{"Maintenance"}},
		{"503 of a write", bulk, answer(503, `{"detail":"Maintenance"}`), create, nil, []string{"Maintenance"}},
		{"504 of a proxy", bulk, httpfault.Proxy(504), create, nil, []string{"504"}},
		{"lost", bulk, httpfault.Lost(), create, nil, []string{"EOF"}},
		{"cut off", records, httpfault.CutOff(), fetch, nil, []string{"unexpected EOF"}},
		{"not JSON", records, httpfault.NotJSON(), fetch, nil, []string{"upstream says"}},
		{"a page", records, httpfault.Proxy(200), fetch, nil, []string{"text/html"}},
		{"no list", records, answer(200, `{"detail":"fine"}`), fetch, nil, []string{"no list and total"}},
		{"no serial", soa, answer(200, `{"mname":"ns1.example."}`), fetch, nil, []string{"without its serial"}},
		{"bulk says nothing", bulk, answer(200, `{}`), create, nil, []string{"does not say how many"}},
		{"bulk made none", bulk, answer(200, `{"total_created":0,"total_errors":2,"errors":["why"]}`), create, providers.ErrInvalid, []string{"why"}},
		{"bulk made one", bulk, answer(200, `{"total_created":1,"total_errors":1}`), create, providers.ErrPartial, []string{"1 of 2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rule := h.Faults.Add(httpfault.Rule{Pattern: tt.pattern, Fault: tt.fault})
			defer rule.Lift()
			wants(t, tt.call(), tt.kind, append(tt.texts, "zone.example.")...)
			if rule.Hits() == 0 {
				t.Error("the fault did not happen")
			}
		})
	}
}

// A key that may not do what it is used for.
func TestKeys(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	expired := h.MintKey(scaidnstest.Key{})
	h.ExpireKey(expired)
	for _, tt := range []struct {
		name, key string
		kind      error
		text      string
	}{
		{"unknown", "sdk_live_unknown", providers.ErrAuth, "Invalid API key"},
		{"expired", expired, providers.ErrAuth, "expired"},
		{"from elsewhere", h.MintKey(scaidnstest.Key{IPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}), providers.ErrAuth, "IP address"},
		{"without records:read", h.MintKey(scaidnstest.Key{Permissions: []string{"domains:read"}}), providers.ErrAuth, "records:read"},
		{"of another tenant", h.MintKey(scaidnstest.Key{Tenant: "other"}), providers.ErrNoZone, "zone.example."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(t, h.URL, tt.key, scaidns.Options{}).Fetch(t.Context(), origin)
			wants(t, err, tt.kind, tt.text)
		})
	}
	t.Run("that may not delete", func(t *testing.T) {
		p := open(t, h.URL, h.MintKey(scaidnstest.Key{Permissions: []string{"domains:*", "records:read", "records:create"}}), scaidns.Options{})
		h.Write(t, h.id, rr("old", "A", 300, "192.0.2.1"))
		base := h.fetch(t)
		result, err := p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{
			undo(providers.Delete, set("old.zone.example. 300 A", "192.0.2.1")), put(base, set("new.zone.example. 300 A", "192.0.2.1")),
		}})
		wants(t, err, providers.ErrPartial, "records:delete", "1 of 2")
		diff(t, "applied", []string{"put new.zone.example. A"}, verbs(result))
	})
}

// A redirect to another host would take the key along.
func TestRedirect(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other host was asked") }))
	t.Cleanup(other.Close)
	h.Faults.Add(httpfault.Rule{Fault: httpfault.Redirect(http.StatusTemporaryRedirect, other.URL)})
	_, err := h.p.Zones(t.Context())
	wants(t, err, nil, "redirects are not followed", other.URL)
	if e, ok := errors.AsType[providers.PermanentError](err); !ok || !e.Permanent() {
		t.Errorf("it would be tried again: %v", err)
	}
}

func TestNew(t *testing.T) {
	key := func() (string, error) { return "key", nil }
	for name, o := range map[string]scaidns.Options{
		"no URL":             {APIKey: key},
		"path of the API":    {URL: "https://scaidns.example/api/v1/", APIKey: key},
		"path of the zones":  {URL: "https://scaidns.example/api/v1/domains/", APIKey: key},
		"key in the URL":     {URL: "https://key@scaidns.example", APIKey: key},
		"no key":             {URL: "https://scaidns.example"},
		"page size too high": {URL: "https://scaidns.example", APIKey: key, PageSize: 101},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := scaidns.New(o); err == nil {
				t.Error("no error")
			}
		})
	}
}

// What a server says is shown in part only, and without the key, however it is written.
func TestWordsOfTheServer(t *testing.T) {
	t.Parallel()
	h := start(t, variant{}, rr("www", "A", 300, "192.0.2.1"))
	key := h.MintKey(scaidnstest.Key{})
	h.p = open(t, h.URL, key, scaidns.Options{})
	base := h.fetch(t)
	fetch := func() error {
		_, err := h.p.Fetch(t.Context(), origin)
		return err
	}
	create := func() error {
		_, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{
			put(base, set("a.zone.example. 300 A", "192.0.2.1")), put(base, set("b.zone.example. 300 A", "192.0.2.1")),
		}})
		return err
	}
	large := strings.Repeat("x", 100_000)
	escaped := fmt.Sprintf(`\u%04x%s`, key[0], key[1:])
	for _, tt := range []struct {
		name, pattern string
		body          string // with %s for what must not be shown
		status        int
		call          func() error
	}{
		{"detail", bulk, `{"detail":"%s"}`, 422, create},
		{"details of a bulk", bulk, `{"total_created":0,"total_errors":2,"errors":["%s"]}`, 200, create},
		{"status", list, pageJSON(1, 1, 1, `{"id":"1","name":"zone.example","domain_type":"primary","status":"%s"}`), 200, fetch},
		{"type", list, pageJSON(1, 1, 1, `{"id":"1","name":"zone.example","domain_type":"%s","status":"active"}`), 200, fetch},
		{"ids", list, pageJSON(1, 2, 1, `{"id":"1%[1]s","name":"zone.example","domain_type":"primary","status":"active"},{"id":"2","name":"zone.example","domain_type":"primary","status":"active"}`), 200, fetch},
		{"record", "GET " + records, `{"data":[{"id":"1","name":"%s..","type":"A","content":"192.0.2.1","ttl":1}],"total":1}`, 200, fetch},
		{"content", "GET " + records, `{"data":[{"id":"1","name":"www","type":"TXT","content":"%s","ttl":1}],"total":1}`, 200, fetch},
	} {
		for what, text := range map[string]string{"key": key, "escaped key": escaped, "much": large} {
			t.Run(tt.name+"/"+what, func(t *testing.T) {
				defer h.Faults.Add(httpfault.Rule{Pattern: tt.pattern, Fault: answer(tt.status, fmt.Sprintf(tt.body, text))}).Lift()
				err := tt.call()
				if err == nil {
					t.Fatal("no error")
				}
				if strings.Contains(err.Error(), key) || len(err.Error()) > 2000 {
					t.Errorf("%d octets: %.500s", len(err.Error()), err)
				}
				if state, ok := errors.AsType[*providers.StateError](err); ok && (strings.Contains(state.State, key) || len(state.State) > 2000) {
					t.Errorf("state %.500s", state.State)
				}
			})
		}
	}
}
