package scalewaytemtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

// domains is the path of the list.
const domains = "/transactional-email/v1alpha1/regions/fr-par/domains"

// start is when tests with a clock of their own begin.
var start = time.Date(2026, 3, 31, 9, 6, 31, 79961234, time.UTC)

// memory is a transport without a network.
type memory struct{ http.Handler }

func (m memory) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		switch got := recover(); got {
		case nil:
		case http.ErrAbortHandler:
			err = io.ErrUnexpectedEOF
		default:
			panic(got)
		}
	}()
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	return w.Result(), nil
}

// answer is what came back.
type answer struct {
	status int
	body   string
	header http.Header
}

// kind returns "STATUS type", with the message in the place of a type that is not there.
func (a answer) kind() string {
	var e struct{ Type, Message string }
	if json.Unmarshal([]byte(a.body), &e) != nil || e.Type == "" {
		e.Type = e.Message
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.status, e.Type))
}

// field returns a field of the body, as JSON.
func (a answer) field(t *testing.T, name string) string {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(a.body), &fields); err != nil {
		t.Fatal(err)
	}
	return string(fields[name])
}

// send sends "METHOD URI BODY" with the token of the fake, or as header says.
func send(t *testing.T, f *scalewaytemtest.Fake, request string, header map[string]string) answer {
	t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	uri, body, _ := strings.Cut(rest, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, "http://api.example.com"+uri, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Auth-Token", f.Token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	resp, err := memory{f}.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, string(text), resp.Header}
}

// create makes example.com, and returns the path of it.
func create(t *testing.T, f *scalewaytemtest.Fake) string {
	t.Helper()
	if got := send(t, f, "POST "+domains+" "+creation(f, "example.com"), nil); got.status != http.StatusOK {
		t.Fatalf("create: %s", got.body)
	}
	return domains + "/" + f.Domain("example.com").ID
}

func creation(f *scalewaytemtest.Fake, name string) string {
	return fmt.Sprintf(`{"project_id":%q,"domain_name":%q,"autoconfig":false}`, f.Project, name)
}

// zone is what is in DNS.
type zone struct {
	mu     sync.Mutex
	values map[string][]string // by "NAME TYPE"
}

func (z *zone) put(records ...scalewaytemtest.Record) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.values == nil {
		z.values = map[string][]string{}
	}
	for _, r := range records {
		z.values[r.Name+" "+r.Type] = append(z.values[r.Name+" "+r.Type], r.Value)
	}
}

func (z *zone) lookup(name, typ string) []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.values[name+" "+typ]
}

func (z *zone) clear() {
	z.mu.Lock()
	defer z.mu.Unlock()
	clear(z.values)
}

func TestCalls(t *testing.T) {
	var shared []string
	f := scalewaytemtest.New(t, scalewaytemtest.Options{OnCall: func(call string) { shared = append(shared, call) }})
	server := httptest.NewServer(f)
	defer server.Close()
	resp, err := http.Get(server.URL + domains + "?name=example.com")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	create(t, f)
	want := []string{"GET " + domains, "POST " + domains}
	if d := cmp.Diff(want, f.Calls()); d != "" {
		t.Errorf("Calls (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want, shared); d != "" {
		t.Errorf("OnCall (-want +got):\n%s", d)
	}
}

func TestConcurrent(t *testing.T) {
	var z zone
	f := scalewaytemtest.New(t, scalewaytemtest.Options{Lookup: lookup(&z)})
	at := create(t, f)
	z.put(f.Domain("example.com").Records...)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				send(t, f, "POST "+at+"/check {}", nil)
				f.SetReputation("example.com", "good", 70)
				send(t, f, "GET "+domains, nil)
				f.Domains()
			}
		})
	}
	wg.Wait()
	if got := len(f.Calls()); got != 81 {
		t.Errorf("%d calls, want 81", got)
	}
}
