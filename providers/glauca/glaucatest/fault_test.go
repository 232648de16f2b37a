package glaucatest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// What goes wrong with an answer, and whether what was asked for is done.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		want  string // status, and what is said
		done  bool
	}{
		{"busy", glaucatest.Throttled(0), `429 {"detail":"Request was throttled."}`, false},
		{"busy, with a time", glaucatest.Throttled(1500 * time.Millisecond), `429 {"detail":"Request was throttled. Expected available in 2 seconds."}`, false},
		{"registry", glaucatest.RegistryFailure("Session limit exceeded"), "500 " + registryError("Session limit exceeded"), false},
		{"registry that has done it", httpfault.After(glaucatest.RegistryFailure("Command failed")), "500 " + registryError("Command failed"), true},
		{"payment", glaucatest.Detail(402, "Error billing account"), `402 {"detail":"Error billing account"}`, false},
		{"gateway", httpfault.Proxy(502), "502 <html>", false},
		{"gateway that did not wait", httpfault.After(httpfault.Proxy(504)), "504 <html>", true},
		{"lost", httpfault.Lost(), "error", false},
		{"lost after it was done", httpfault.After(httpfault.Lost()), "error", true},
		{"connection cut", httpfault.CutOff(), "error", true},
		{"redirect", httpfault.Redirect(302, "http://192.0.2.1"), "302 ", false},
		{"about another domain", glaucatest.About("domain_2"), `200 {"url":"`, false},
		{"lie", glaucatest.Lie("domain_9", "example.org"), `200 {`, true},
		{"odd", glaucatest.Odd("example.com", "statuses", `{"a":1}`), `200 {`, true},
		{"odd, and another domain", glaucatest.Odd("example.org", "statuses", `{"a":1}`), `200 {`, true},
		{"lie about a refusal", func(next http.Handler) http.Handler {
			return glaucatest.Lie("domain_9", "example.org")(glaucatest.Throttled(0)(next))
		}, `429 {"detail":"Request was throttled."}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, glaucatest.Options{})
			s.AddDomain(glaucatest.Domain{Name: "example.net", NameServers: glaucatest.Hosts("ns1.example.net")})
			s.Faults.Add(httpfault.Rule{Pattern: glaucatest.PatchDomain, Times: 1, Fault: tt.fault})
			a, err := c.send("PATCH", first, servers("ns3.example.net"), nil)
			got := "error"
			if err == nil {
				got = strconv.Itoa(a.status) + " " + a.text
			}
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %.200s, want %s", got, tt.want)
			}
			if done := len(s.Domain("example.com").NameServers) == 1; done != tt.done {
				t.Errorf("done: %t", done)
			}
			switch tt.name {
			case "busy, with a time":
				if a.header.Get("Retry-After") != "2" {
					t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
				}
			case "about another domain":
				if a.at("domain") != `"example.net"` || s.NS("example.net")[0] != "ns3.example.net" {
					t.Errorf("got %s", a.text)
				}
			case "odd", "odd, and another domain":
				if odd := a.at("statuses") == `{"a":1}`; odd != (tt.name == "odd") {
					t.Errorf("got %s", a.text)
				}
			case "lie":
				if a.at("id") != `"domain_9"` || a.at("domain") != `"example.org"` || a.at("deleted") != "false" {
					t.Errorf("got %s", a.text)
				}
			}
		})
	}
}

// A fault at the third call, whatever it is.
func TestFaultByNumber(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	s.Faults.Add(httpfault.Rule{Every: 3, Times: 1, Fault: glaucatest.Throttled(0)})
	var got []int
	for range 6 {
		got = append(got, c.do("GET", first, "").status)
	}
	if d := cmp.Diff([]int{200, 200, 429, 200, 200, 200}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestBadLists(t *testing.T) {
	for _, paginated := range []bool{false, true} {
		for _, tt := range []struct {
			name  string
			fault httpfault.Fault
			want  []string
			next  string // of a page
		}{
			{"short", glaucatest.Short(1), []string{"example.com"}, "/api/domains/?limit=2&offset=2"},
			{"twice", glaucatest.Twice(), []string{"example.com", "a.example", "example.com"}, "/api/domains/?limit=2&offset=2"},
			{"elsewhere", glaucatest.NextAt("http://192.0.2.1/api/domains/"), []string{"example.com", "a.example"}, "http://192.0.2.1/api/domains/"},
			{"missing field", glaucatest.Missing("domain"), []string{"", ""}, "/api/domains/?limit=2&offset=2"},
		} {
			s, c := start(t, glaucatest.Options{Paginated: paginated})
			s.AddDomain(glaucatest.Domain{Name: "a.example"})
			if paginated {
				s.AddDomain(glaucatest.Domain{Name: "b.example"})
			} else {
				tt.next = ""
			}
			s.Faults.Add(httpfault.Rule{Pattern: glaucatest.ListDomains, Times: 1, Fault: tt.fault})
			got, next := names(t, c.want(200, "GET", domains+"?limit=2", ""))
			if d := cmp.Diff(tt.want, got); d != "" || strings.TrimPrefix(next, c.url) != tt.next {
				t.Errorf("%s, paginated %t: next is %q (-want +got):\n%s", tt.name, paginated, next, d)
			}
		}
	}
	s, c := start(t, glaucatest.Options{Paginated: true})
	s.AddDomain(glaucatest.Domain{Name: "a.example"})
	s.Faults.Add(always(glaucatest.FirstPage()))
	for _, query := range []string{"", "?limit=1&offset=1"} {
		if got, _ := names(t, c.want(200, "GET", domains+query, "")); got[0] != "example.com" {
			t.Errorf("%q starts with %q", query, got)
		}
	}
}

// Somebody else writes between the reading and the writing of a client.
func TestChangeInBetween(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	s.Faults.Add(httpfault.Rule{Pattern: glaucatest.PatchDomain, Fault: httpfault.Call(func(*http.Request) {
		s.Change("example.com", func(d *glaucatest.Domain) { d.SecDNS = &glaucatest.SecDNS{DS: []glaucatest.DS{{1, 8, 2, digest, nil}}} })
	})})
	c.patch(200, servers("ns3.example.net"))
	if got := c.read(); got.at("sec_dns", "ds_data", 0, "key_tag") != "1" || got.at("name_servers", 0, "host_object") != `"ns3.example.net"` {
		t.Errorf("got %s", got.text)
	}
}

// What a test has of a domain is a copy, and who it is stays.
func TestCopies(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	in := &glaucatest.SecDNS{DS: []glaucatest.DS{{1, 8, 2, digest, &glaucatest.Key{Flags: 257, Protocol: 3, PublicKey: "bWFnaWM="}}}}
	s.Change("example.com", func(d *glaucatest.Domain) { d.SecDNS, d.ID, d.Name = in, "other", "other.example" })
	before := c.read().text
	in.DS[0].Digest, in.DS[0].Key.Flags = "", 0
	out := s.Domain("example.com")
	out.SecDNS.DS[0].Key.Flags, out.NameServers[0].HostObject = 0, "x"
	s.NS("example.com")[0], s.DS("example.com")[0] = "x", glaucatest.DS{}
	if after := c.read().text; after != before || s.NS("example.com")[0] != "ns1.example.net" || s.DS("example.com")[0].KeyTag != 1 {
		t.Errorf("got %s, want %s", after, before)
	}
}

// In a bubble the fake is asked without a network, and its clock is the bubble's.
func TestInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := glaucatest.New(t, glaucatest.Options{UpdateTime: time.Hour})
		s.AddDomain(glaucatest.Domain{Name: "example.com", NameServers: glaucatest.Hosts("ns1.example.net")})
		ask := func(method, body string) int {
			r := httptest.NewRequestWithContext(t.Context(), method, first, strings.NewReader(body))
			r.Header.Set("Authorization", "X-AS207960-PAT "+s.Token)
			if body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			_, _ = io.Copy(io.Discard, w.Result().Body)
			return w.Code
		}
		if got := ask("PATCH", servers("ns3.example.net")); got != 200 {
			t.Fatalf("status %d", got)
		}
		time.Sleep(time.Hour - time.Second)
		if got := s.NS("example.com"); got[0] != "ns1.example.net" {
			t.Errorf("after an hour less a second: %q", got)
		}
		time.Sleep(time.Second)
		if got := s.NS("example.com"); got[0] != "ns3.example.net" || ask("GET", "") != 200 {
			t.Errorf("after an hour: %q", got)
		}
	})
}

// Clients, and tests that change things behind them, come at the same time.
func TestConcurrent(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 10 {
				if a, err := c.send("PATCH", first, servers("ns1.example.net", "ns"+string(rune('3'+i))+".example.net"), nil); err != nil || a.status != 200 {
					t.Errorf("%d %s %v", a.status, a.text, err)
				}
				s.Change("example.com", func(d *glaucatest.Domain) { d.LastTransferred = d.Expiry })
				_, _, _ = s.NS("example.com"), s.Domain("example.com"), s.Calls()
			}
		})
	}
	wg.Wait()
	if got := len(slices.DeleteFunc(s.Calls(), func(call string) bool { return call != "PATCH "+first })); got != 40 {
		t.Errorf("%d calls, want 40", got)
	}
}

// failures is a test that counts its errors.
type failures struct {
	testing.TB
	n int
}

func (f *failures) Helper()               {}
func (f *failures) Errorf(string, ...any) { f.n++ }

// A test that gets the fake wrong is told so.
func TestMisuse(t *testing.T) {
	f := &failures{TB: t}
	s := glaucatest.New(f, glaucatest.Options{})
	s.AddDomain(glaucatest.Domain{Name: "example.com"})
	for i, misuse := range []func(){
		func() { s.AddDomain(glaucatest.Domain{Name: "example.com"}) },
		func() { s.AddDomain(glaucatest.Domain{Name: "Example.org."}) },
		func() { s.Change("example.net", func(*glaucatest.Domain) {}) },
		func() { s.Redeem("example.net") },
		func() { s.EndUpdate("example.com") },
		func() { s.FailRetrieve("example.com", 403) },
		func() { s.SetToken("x", glaucatest.Token{}) },
	} {
		if misuse(); f.n != i+1 {
			t.Errorf("misuse %d: %d errors", i, f.n)
			f.n = i + 1
		}
	}
	if d := s.Domain("example.net"); d.ID != "" || s.NS("example.net") != nil {
		t.Errorf("a domain that is not there is %+v", d)
	}
}
