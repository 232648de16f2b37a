package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

// description is openapi.yaml, and what its schemas say of JSON. A field that is not described is wrong.
type description struct {
	doc      map[string]any
	compiler *jsonschema.Compiler

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
}

const descriptionURL = "https://zoneward.invalid/openapi.json"

func describe(t testing.TB) *description {
	t.Helper()
	var raw any
	if err := yaml.Unmarshal(openAPI, &raw); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	closeSchemas(doc)
	d := &description{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(descriptionURL, doc); err != nil {
		t.Fatal(err)
	}
	return d
}

// closeSchemas has each schema of an object that says nothing of other fields allow none.
func closeSchemas(node any) {
	switch n := node.(type) {
	case []any:
		for _, element := range n {
			closeSchemas(element)
		}
	case map[string]any:
		_, object := n["properties"].(map[string]any)
		_, said := n["additionalProperties"]
		if _, typed := n["type"]; object && typed && !said {
			n["additionalProperties"] = false
		}
		for _, element := range n {
			closeSchemas(element)
		}
	}
}

// at returns what is at a path in the description, following references.
func (d *description) at(path ...string) any {
	var node any = d.doc
	for _, step := range path {
		m, ok := node.(map[string]any)
		if !ok {
			return nil
		}
		node = m[step]
		if m, ok := node.(map[string]any); ok {
			if ref, ok := m["$ref"].(string); ok {
				node = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			}
		}
	}
	return node
}

// operation is an operation of the description.
type operation struct {
	method, path string
	id           string
	role         string // that is wanted, empty for none
	open         bool   // without a token
	parameters   []string
	fields       map[string]any
}

func (d *description) operations(t *testing.T) []operation {
	var all []operation
	for path, methods := range d.at("paths").(map[string]any) {
		for method, fields := range methods.(map[string]any) {
			o := operation{method: strings.ToUpper(method), path: path, fields: fields.(map[string]any)}
			o.id, _ = o.fields["operationId"].(string)
			for _, needs := range o.fields["security"].([]any) {
				o.role = fmt.Sprint(needs.(map[string]any)["token"].([]any)[0])
			}
			o.open = o.role == ""
			parameters, _ := o.fields["parameters"].([]any)
			for _, p := range parameters {
				parameter := p.(map[string]any)
				if ref, ok := parameter["$ref"].(string); ok {
					parameter = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(map[string]any)
				}
				if parameter["in"] == "query" {
					o.parameters = append(o.parameters, parameter["name"].(string))
				}
			}
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	if len(all) == 0 {
		t.Fatal("no operations")
	}
	return all
}

// schema returns the schema at a pointer.
func (d *description) schema(t testing.TB, pointer string) *jsonschema.Schema {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.schemas[pointer] == nil {
		schema, err := d.compiler.Compile(descriptionURL + "#" + pointer)
		if err != nil {
			t.Fatal(err)
		}
		d.schemas[pointer] = schema
	}
	return d.schemas[pointer]
}

// body returns the schema of the body of an operation.
func (d *description) body(t testing.TB, path string) *jsonschema.Schema {
	return d.schema(t, pointer("paths", path, "post", "requestBody", "content", "application/json", "schema"))
}

func pointer(steps ...string) string {
	var b strings.Builder
	for _, step := range steps {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step))
	}
	return (&url.URL{Path: b.String()}).EscapedPath()
}

// pathOf returns the path of the description that a request's is.
func (d *description) pathOf(path string) string {
	if strings.HasPrefix(path, apiRoot+"tombstones/") {
		return apiRoot + "tombstones/{id}"
	}
	return path
}

// check checks an answer.
func (d *description) check(t testing.TB, r *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s %s: %d %s\n%s", r.Method, r.URL, w.Code, w.Body, fmt.Sprintf(format, args...))
	}
	at := "/components/schemas/Problem"
	switch media := w.Header().Get("Content-Type"); {
	case w.Code >= 400 && media != "application/problem+json", w.Code == http.StatusOK && media != "application/json" && media != "application/yaml":
		fail("Content-Type %s", media)
		return
	case media == "application/yaml":
		return
	case w.Code == http.StatusOK:
		at = pointer("paths", d.pathOf(r.URL.Path), strings.ToLower(r.Method), "responses", "200", "content", media, "schema")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		fail("%v", err)
		return
	}
	if err := d.schema(t, at).Validate(value); err != nil {
		fail("%v", err)
	}
	responses, ok := d.at("paths", d.pathOf(r.URL.Path), strings.ToLower(r.Method), "responses").(map[string]any)
	if ok && responses[fmt.Sprint(w.Code)] == nil && responses["default"] == nil {
		fail("the status is not described")
	}
}

func TestOpenAPIRoutes(t *testing.T) {
	d := describe(t)
	described := map[string]operation{}
	for _, o := range d.operations(t) {
		if o.open {
			if o.path != apiRoot+"openapi.yaml" {
				t.Errorf("%s %s is described as open to all", o.method, o.path)
			}
			continue
		}
		described[o.method+" "+o.path] = o
	}
	for _, r := range routes() {
		name := r.method + " " + r.path
		o, ok := described[name]
		if !ok {
			t.Errorf("%s is not described", name)
			continue
		}
		delete(described, name)
		if o.id != r.operation || o.role != r.role.String() {
			t.Errorf("%s is described as %s with the role %s; it is %s with %s", name, o.id, o.role, r.operation, r.role)
		}
		if _, has := o.fields["requestBody"]; has != (r.method == http.MethodPost) {
			t.Errorf("%s: a body is described: %t", name, has)
		}
	}
	for name := range described {
		t.Errorf("%s is described, and there is no such route", name)
	}
}

// TestOpenAPIParameters tries each parameter that any operation has at all of them.
func TestOpenAPIParameters(t *testing.T) {
	x := newTester(t)
	values := map[string]string{
		"zone": "team-a.example", "target": "pdns", "state": "held", "attention": "true", "limit": "5", "after": "1", "name": "www.team-a.example", "type": "A", "all": "false",
		"since": "2026-01-02T03:04:05Z", "reason": "why", "pull": "12", "open": "true", "token": "zw_x", "access_token": "zw_x",
	}
	for _, o := range x.about.operations(t) {
		for _, parameter := range o.parameters {
			if values[parameter] == "" {
				t.Fatalf("no value for the parameter %s", parameter)
			}
		}
		if o.open {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			w := x.do(x.request("admin", o.method, strings.Replace(o.path, "{id}", stoneOf["team-a.example."], 1)+"?"+url.Values{name: {values[name]}}.Encode(), `{}`))
			unknown := strings.Contains(w.Body.String(), "there is no parameter")
			if unknown && w.Code != http.StatusBadRequest {
				t.Errorf("%s %s: %d", o.method, o.path, w.Code)
			}
			if unknown == slices.Contains(o.parameters, name) {
				t.Errorf("%s %s with %s: %s", o.method, o.path, name, w.Body)
			}
		}
	}
}

func TestOpenAPIRoles(t *testing.T) {
	x := newTester(t)
	roles := map[string]Role{"reader": RoleRead, "operator": RoleOperate, "admin": RoleAdmin}
	for _, o := range x.about.operations(t) {
		for name, has := range roles {
			w := x.do(x.request(name, o.method, strings.Replace(o.path, "{id}", stoneOf["team-a.example."], 1), `{}`))
			role, _ := ParseRole(o.role)
			problem := map[string]any{}
			_ = json.Unmarshal(w.Body.Bytes(), &problem) // the description itself is no JSON
			if refused := w.Code == http.StatusForbidden; refused != (has < role) || refused && problem["role"] != o.role {
				t.Errorf("%s %s by %s: %d %s", o.method, o.path, name, w.Code, w.Body)
			}
		}
	}
}

// TestOpenAPIWords compares the values that are listed with those that there are.
func TestOpenAPIWords(t *testing.T) {
	d := describe(t)
	for schema, want := range map[string][]string{
		"Guard":     words(reconcile.Guards[:]),
		"Status":    words([]reconcile.Status{reconcile.Unchanged, reconcile.Applied, reconcile.Held, reconcile.Stale, reconcile.Conflict, reconcile.Failed, reconcile.Interrupted}),
		"Trigger":   append(words(reconcile.Triggers[:]), ""),
		"ZoneState": words(zoneStates()), "ReviewState": words(document.ReviewStates[:]),
	} {
		var got []string
		for _, word := range d.at("components", "schemas", schema, "enum").([]any) {
			got = append(got, word.(string))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v; want %v", schema, got, want)
		}
	}
}

func words[T ~string](all []T) []string {
	var texts []string
	for _, one := range all {
		texts = append(texts, string(one))
	}
	return texts
}
