package glaucatest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

const (
	domains = "/api/domains/"
	first   = domains + "domain_1/"
	digest  = "66818ACF61D1EF06C90B5871A045E2302A7474A6BAC046FE3FE23B9338F9D559"
	dsItem  = `{"key_tag":6687,"algorithm":13,"digest_type":2,"digest":"` + digest + `","key_data":null}`
	keyItem = `{"flags":257,"protocol":3,"algorithm":13,"public_key":"bWFnaWM="}`
	anyDS   = `{"sec_dns":{"max_sig_life":null,"ds_data":[` + dsItem + `],"key_data":null}}`
)

// client asks the fake as a person with curl does.
type client struct {
	t     testing.TB
	url   string
	token string // with its scheme
}

// start serves a fake with example.com, whose name servers are ns1.example.net and ns2.example.net.
func start(t testing.TB, opts glaucatest.Options) (*glaucatest.Server, client) {
	t.Helper()
	if opts.Now == nil {
		opts.Now = func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }
	}
	s := glaucatest.New(t, opts)
	s.AddDomain(glaucatest.Domain{Name: "example.com", NameServers: glaucatest.Hosts("ns1.example.net", "ns2.example.net")})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, client{t, server.URL, "X-AS207960-PAT " + s.Token}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
}

// send makes a request. A body is JSON unless a header says otherwise. An empty value takes a header away. It follows no redirect.
func (c client) send(method, path, body string, header map[string]string) (answer, error) {
	c.t.Helper()
	var r io.Reader = http.NoBody
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", c.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		req.Header.Del(name)
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(text)}, err
}

func (c client) do(method, path, body string) answer {
	c.t.Helper()
	a, err := c.send(method, path, body, nil)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// want fails the test if the status is another one.
func (c client) want(status int, method, path, body string) answer {
	c.t.Helper()
	a := c.do(method, path, body)
	if a.status != status {
		c.t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, a.status, a.text, status)
	}
	return a
}

// patch updates example.com.
func (c client) patch(status int, body string) answer {
	c.t.Helper()
	return c.want(status, "PATCH", first, body)
}

// read returns example.com.
func (c client) read() answer {
	c.t.Helper()
	return c.want(200, "GET", first, "")
}

// at returns the JSON of what is under a path of keys and places, "" if there is nothing.
func (a answer) at(path ...any) string {
	var v any
	if json.Unmarshal([]byte(a.text), &v) != nil {
		return ""
	}
	for _, step := range path {
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[step.(string)]
			if !ok {
				return ""
			}
			v = next
		case []any:
			if step.(int) >= len(in) {
				return ""
			}
			v = in[step.(int)]
		default:
			return ""
		}
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// servers is the body of an update with host objects.
func servers(names ...string) string {
	var items []string
	for _, name := range names {
		items = append(items, `{"host_object":"`+name+`","host_name":null,"addresses":null}`)
	}
	return `{"name_servers":[` + strings.Join(items, ",") + `]}`
}

// always is a rule that something happens to each request.
func always(f httpfault.Fault) httpfault.Rule { return httpfault.Rule{Fault: f} }
