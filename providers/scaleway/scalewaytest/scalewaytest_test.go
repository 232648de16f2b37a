package scalewaytest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

// path is the start of all paths.
const path = "/domain/v2beta1/dns-zones"

// request is one request to the fake, with the server's token and JSON if there is nothing else in header.
type request struct {
	method, path, body string
	header             map[string]string
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

func send(t *testing.T, s *scalewaytest.Server, r request) answer {
	t.Helper()
	var body io.Reader = http.NoBody
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(t.Context(), r.method, s.URL+r.path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", s.Token)
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		req.Header.Del(name)
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, string(text), resp.Header}
}

// patch sends changes for example.com, and returns "STATUS type".
func patch(t *testing.T, s *scalewaytest.Server, changes ...string) string {
	t.Helper()
	return send(t, s, request{method: "PATCH", path: path + "/example.com/records", body: changesJSON(changes...)}).kind()
}

func changesJSON(changes ...string) string {
	return `{"changes":[` + strings.Join(changes, ",") + `],"disallow_new_zone_creation":true}`
}

// add is a change that adds a record with a TTL of 60.
func add(name, kind, data string) string {
	return fmt.Sprintf(`{"add":{"records":[%s]}}`, recordJSON(name, kind, data))
}

func recordJSON(name, kind, data string) string {
	return fmt.Sprintf(`{"name":%q,"type":%q,"data":%q,"ttl":60}`, name, kind, data)
}

func line(name string, ttl uint32, kind string, priority uint32, data string) string {
	return fmt.Sprintf("%s %d %s %d %s", name, ttl, kind, priority, data)
}

// lines returns the records of example.com but for the NS records of its apex.
func lines(s *scalewaytest.Server) []string {
	all := []string{}
	for _, r := range s.Records("example.com") {
		if r.Name != "" || r.Type != "NS" {
			all = append(all, line(r.Name, r.TTL, r.Type, r.Priority, r.Data))
		}
	}
	return all
}

// a is an A record with a TTL of 60.
func a(name, address string) scalewaytest.Record {
	return scalewaytest.Record{Name: name, Type: "A", TTL: 60, Data: address}
}

// withZone starts a fake with example.com and some records.
func withZone(t *testing.T, o scalewaytest.Options, records ...scalewaytest.Record) *scalewaytest.Server {
	t.Helper()
	s := scalewaytest.New(t, o)
	s.AddZone("example.com", scalewaytest.Zone{Records: records})
	return s
}
