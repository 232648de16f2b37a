package powerdns_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/powerdns"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/zonefile"
)

const (
	metaJSON   = `{"name":"example.com.","kind":"Native","serial":3000000000,"soa_edit_api":"DEFAULT","soa_edit":""}`
	serverJSON = `{"type":"Server","id":"localhost","daemon_type":"authoritative"}`
	setsJSON   = `{"name":"example.com.","type":"SOA","ttl":60,"records":[{"content":"ns1.example. hostmaster.example. 3000000000 1 2 3 4","disabled":false}]}`
)

// zoneJSON is a zone with further RRsets.
func zoneJSON(more ...string) string {
	return strings.TrimSuffix(metaJSON, "}") + `,"rrsets":[` + strings.Join(append([]string{setsJSON}, more...), ",") + "]}"
}

func openURL(t testing.TB, url string) *powerdns.Provider {
	t.Helper()
	p, err := powerdns.New(powerdns.Options{URL: url, APIKey: func() (string, error) { return "key-of-the-test", nil }})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func answerJSON(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, text)
	}
}

func answerStatus(status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "said by the test")
	}
}

// onlyServer answers for a server without zones.
func onlyServer(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/localhost") {
		answerJSON(serverJSON)(w, r)
		return
	}
	answerStatus(404)(w, r)
}

// otherServer answers as another API could.
func otherServer(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/localhost") {
		answerJSON(`{"name":"localhost"}`)(w, r)
		return
	}
	answerStatus(404)(w, r)
}

// cutOff answers with a part of text.
func cutOff(text string, length int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = io.WriteString(w, text[:length])
	}
}

func reset(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// fault is a bad answer, and the kind of the error that it has to become: nil for one that promises nothing.
type fault struct {
	name   string
	answer http.HandlerFunc
	kind   error
	busy   time.Duration // how long it says to wait, if kind is a BusyError
	text   string        // in the error
}

func (f fault) check(t *testing.T, call string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", call)
		return
	}
	if !is(err, f.kind) || !strings.Contains(err.Error(), f.text) {
		t.Errorf("%s: got %v, want %v with %q", call, err, f.kind, f.text)
	}
	if busy, ok := errors.AsType[*providers.BusyError](err); ok && busy.After != f.busy {
		t.Errorf("%s: busy for %s, want %s", call, busy.After, f.busy)
	}
	if strings.Contains(err.Error(), "key-of-the-test") {
		t.Errorf("%s: the key is in the error: %v", call, err)
	}
}

// faults are the answers that are bad whatever was asked.
var faults = []fault{
	{"401", answerStatus(401), providers.ErrAuth, 0, "said by the test"},
	{"403", answerStatus(403), providers.ErrAuth, 0, "said by the test"},
	{"429", answerStatus(429, "Retry-After", "7"), errBusy, 7 * time.Second, "said by the test"},
	{"429 without a time", answerStatus(429), errBusy, 0, ""},
	{"502 from a proxy", answerStatus(502, "Content-Type", "text/html"), nil, 0, "said by the test"},
	{"404 from a proxy", answerStatus(404, "Content-Type", "text/html"), nil, 0, "said by the test"},
	{"page to log in", answerStatus(200, "Content-Type", "text/html"), nil, 0, ""},
	{"redirect", answerStatus(307, "Location", "http://192.0.2.1/"), nil, 0, "http://192.0.2.1/"},
	{"reset", reset, nil, 0, "EOF"},
}

func TestFaultsOfReading(t *testing.T) {
	whole := zoneJSON()
	reading := append([]fault{
		{"500", answerStatus(500), nil, 0, "said by the test"},
		{"503", answerStatus(503), errBusy, 0, ""},
		{"503 with a time", answerStatus(503, "Retry-After", "3"), errBusy, 3 * time.Second, ""},
		{"404", onlyServer, providers.ErrNoZone, 0, "example.com."},
		{"404 of all", answerStatus(404), nil, 0, "no PowerDNS with this url"},
		{"404 of all but another API", otherServer, nil, 0, "no PowerDNS with this url"},
		{"half a zone", cutOff(whole, len(whole)/2), nil, 0, "unexpected EOF"},
		{"all but the last octet", cutOff(whole, len(whole)-1), nil, 0, "unexpected EOF"},
		{"nothing", answerJSON(""), nil, 0, "unexpected EOF"},
		{"null", answerJSON("null"), nil, 0, ""},
		{"not JSON", answerJSON("oops"), nil, 0, `"oops"`},
		{"two zones", answerJSON(whole + whole), nil, 0, "something follows"},
		{"an array", answerJSON("[]"), nil, 0, ""},
		{"no RRsets", answerJSON(metaJSON), nil, 0, "rrsets"},
		{"RRsets that are null", answerJSON(strings.TrimSuffix(metaJSON, "}") + `,"rrsets":null}`), nil, 0, ""},
		{"another zone", answerJSON(strings.Replace(whole, "example.com.", "example.org.", 1)), providers.ErrBlocked, 0, `"example.org."`},
		{"two SOA records", answerJSON(strings.Replace(whole, `"records":[`, `"records":[{"content":"a. b. 1 2 3 4 5","disabled":false},`, 1)), providers.ErrBlocked, 0, "SOA"},
		{"secondary zone", answerJSON(strings.Replace(whole, "Native", "Slave", 1)), providers.ErrBlocked, 0, `"Slave"`},
		{"kind of zone of the future", answerJSON(strings.Replace(whole, "Native", "Elsewhere", 1)), providers.ErrBlocked, 0, `"Elsewhere"`},
	}, faults...)
	for what, set := range map[string]struct{ json, text string }{
		"bad content":          {`{"name":"www.example.com.","type":"A","ttl":60,"records":[{"content":"192.0.2.256","disabled":false}]}`, `www.example.com. A: A "192.0.2.256"`},
		"bad disabled content": {`{"name":"www.example.com.","type":"MX","ttl":60,"records":[{"content":"mail","disabled":true}]}`, `www.example.com. MX: MX "mail"`},
		"relative name":        {`{"name":"www.example.com.","type":"CNAME","ttl":60,"records":[{"content":"mail","disabled":false}]}`, `www.example.com. CNAME: CNAME "mail"`},
		"unknown type":         {`{"name":"www.example.com.","type":"NEWTYPE","ttl":60,"records":[{"content":"x","disabled":false}]}`, "NEWTYPE"},
		"outside the zone":     {`{"name":"www.example.org.","type":"A","ttl":60,"records":[{"content":"192.0.2.1","disabled":false}]}`, "www.example.org. A"},
		"no TTL":               {`{"name":"www.example.com.","type":"A","records":[{"content":"192.0.2.1","disabled":false}]}`, "www.example.com. A"},
		"TTL below zero":       {`{"name":"www.example.com.","type":"A","ttl":-1,"records":[{"content":"192.0.2.1","disabled":false}]}`, "www.example.com. A"},
		"not UTF-8":            {`{"name":"www.example.com.","type":"TXT","ttl":60,"records":[{"content":"` + `\"` + "\xff" + `\"` + `","disabled":false}]}`, "www.example.com. TXT"},
		"bad name":             {`{"name":"www..example.com.","type":"A","ttl":60,"records":[{"content":"192.0.2.1","disabled":false}]}`, "www..example.com."},
	} {
		reading = append(reading, fault{what, answerJSON(zoneJSON(set.json)), providers.ErrBlocked, 0, set.text})
	}
	for _, f := range reading {
		t.Run(f.name, func(t *testing.T) {
			server := httptest.NewServer(f.answer)
			t.Cleanup(server.Close)
			snapshot, err := openURL(t, server.URL).Fetch(t.Context(), origin)
			f.check(t, "Fetch", err)
			if snapshot != nil {
				t.Errorf("there is a snapshot beside the error")
			}
		})
	}
	for _, f := range append([]fault{
		{"404", answerStatus(404), nil, 0, "said by the test"},
		{"500", answerStatus(500), nil, 0, "said by the test"},
		{"half a list", cutOff("["+metaJSON+","+metaJSON+"]", 150), nil, 0, "unexpected EOF"},
		{"an object", answerJSON(metaJSON), nil, 0, ""},
		{"bad name", answerJSON(`[{"name":"example"}]`), nil, 0, `"example"`},
	}, faults...) {
		t.Run("list/"+f.name, func(t *testing.T) {
			server := httptest.NewServer(f.answer)
			t.Cleanup(server.Close)
			zones, err := openURL(t, server.URL).Zones(t.Context())
			f.check(t, "Zones", err)
			if zones != nil {
				t.Errorf("there are zones beside the error")
			}
		})
	}
}

// Records that cannot be read say nothing of the server: their zones are asked for once, and the others as ever.
func TestUnreadableZonesKeepNoOthersOut(t *testing.T) {
	const bad, all = 6, 10
	var gets [all]atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(r.URL.Path[strings.LastIndex(r.URL.Path, "/"):], "/z%d.example.", &n); err != nil {
			t.Error(err)
		}
		gets[n].Add(1)
		kind := "TXT"
		if n < bad {
			kind = "NEWTYPE"
		}
		answer := zoneJSON(fmt.Sprintf(`{"name":"www.example.com.","type":%q,"ttl":60,"records":[{"content":"\"x\"","disabled":false}]}`, kind))
		answerJSON(strings.ReplaceAll(answer, "example.com.", fmt.Sprintf("z%d.example.", n)))(w, r)
	}))
	t.Cleanup(server.Close)
	p := providers.NewAccount(providers.AccountPolicy{Retry: providers.RetryPolicy{FirstWait: time.Millisecond}}).Guard(openURL(t, server.URL))
	for n := range all {
		_, err := p.Fetch(t.Context(), zonefile.MustParseName(fmt.Sprintf("z%d.example.", n)))
		if n < bad && !is(err, providers.ErrBlocked) || n >= bad && err != nil {
			t.Errorf("zone %d: %v", n, err)
		}
		if got := gets[n].Load(); got != 1 {
			t.Errorf("zone %d was asked for %d times, want once", n, got)
		}
	}
}

// goldenZone is goldenBase as the API has it.
func goldenZone(t *testing.T) string {
	sets := strings.TrimSuffix(strings.TrimPrefix(jsonOf(goldenSets(goldenBase(t))), "["), "]")
	return strings.TrimSuffix(metaJSON, "}") + `,"rrsets":[` + sets + "]}"
}

// stage answers well until a request with the method comes, and counts the writes.
func stage(t *testing.T, method string, answer http.HandlerFunc) (p *powerdns.Provider, writes *atomic.Int32) {
	t.Helper()
	writes = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			writes.Add(1)
		}
		switch {
		case r.Method == method:
			answer(w, r)
		case strings.HasSuffix(r.URL.Path, "/localhost"):
			answerJSON(serverJSON)(w, r)
		default:
			answerJSON(goldenZone(t))(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return openURL(t, server.URL), writes
}

func TestFaultsBeforeWriting(t *testing.T) {
	for _, f := range append([]fault{
		{"404", onlyServer, providers.ErrNoZone, 0, ""},
		{"404 of all", answerStatus(404), nil, 0, "no PowerDNS with this url"},
		{"500", answerStatus(500), nil, 0, "said by the test"},
		{"503", answerStatus(503), errBusy, 0, ""},
		{"half an answer", cutOff(metaJSON, 30), nil, 0, "unexpected EOF"},
		{"not JSON", answerJSON("oops"), nil, 0, "oops"},
		{"nothing in it", answerJSON("{}"), nil, 0, "without its rrsets"},
		{"another zone", answerJSON(strings.Replace(zoneJSON(), "example.com.", "example.org.", 1)), providers.ErrBlocked, 0, `"example.org."`},
	}, faults...) {
		t.Run(f.name, func(t *testing.T) {
			p, writes := stage(t, http.MethodGet, f.answer)
			result, err := p.Apply(t.Context(), origin, puts(goldenBase(t), www(1)))
			f.check(t, "Apply", err)
			if writes.Load() > 0 || len(result.Applied) > 0 {
				t.Errorf("%d writes with %d operations", writes.Load(), len(result.Applied))
			}
		})
	}
}

func TestFaultsOfWriting(t *testing.T) {
	for _, f := range append([]fault{
		{"404", answerStatus(404), providers.ErrNoZone, 0, ""},
		{"503 with a time", answerStatus(503, "Retry-After", "3"), nil, 0, "said by the test"},
		{"500 that left the serial alone", answerStatus(500), errBusy, 0, "said by the test"},
		{"503", answerStatus(503), nil, 0, "said by the test"},
		{"422 without JSON", answerStatus(422), providers.ErrInvalid, 0, "said by the test"},
		{"413 from a proxy", answerStatus(413), providers.ErrInvalid, 0, "webserver-max-bodysize"},
		{"200 with something else", answerJSON("{}"), nil, 0, "this was not PowerDNS"},
	}, faults...) {
		t.Run(f.name, func(t *testing.T) {
			p, writes := stage(t, http.MethodPatch, f.answer)
			result, err := p.Apply(t.Context(), origin, puts(goldenBase(t), www(1)))
			f.check(t, "Apply", err)
			if writes.Load() != 1 || len(result.Applied) > 0 {
				t.Errorf("%d writes, and %d operations are said to be applied", writes.Load(), len(result.Applied))
			}
		})
	}
}

// A 500 promises nothing if the zone is another one afterwards, or if its serial does not tell.
func TestServerErrorAfterTheWrite(t *testing.T) {
	s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	for _, tt := range []struct {
		edit    string
		written bool
		kind    error
	}{
		{"DEFAULT", true, nil},
		{"DEFAULT", false, errBusy},
		{"", true, nil},
		{"", false, errBusy}, // an SOA went along
	} {
		t.Run(fmt.Sprintf("%s/%t", tt.edit, tt.written), func(t *testing.T) {
			newZone(t, s, tt.edit, 1)
			f := newFront(t, s)
			if tt.written {
				f.after = func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }
			} else {
				f.before = func(_ int, w http.ResponseWriter) bool { w.WriteHeader(http.StatusInternalServerError); return true }
			}
			p := openAt(t, f.url, s)
			_, err := p.Apply(t.Context(), origin, puts(fetch(t, p), www(1)))
			if !is(err, tt.kind) {
				t.Errorf("got %v, want %v", err, tt.kind)
			}
			if fetch(t, p).Zone.Has(www(1).Key) != tt.written {
				t.Error("the test did not do what it says")
			}
		})
	}
}

func TestCancelWhileTheServerIsSlow(t *testing.T) {
	// hang answers with a start of JSON and then nothing, until the client goes away.
	hang := func(cancel func()) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"name":"example.com.","rrsets":[`)
				w.(http.Flusher).Flush()
			}
			_, _ = io.Copy(io.Discard, r.Body) // so that the server sees the client go
			cancel()
			<-r.Context().Done()
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodPatch} {
		t.Run(method, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			p, _ := stage(t, method, hang(cancel))
			var err error
			if method == http.MethodGet {
				_, err = p.Fetch(ctx, origin)
			} else {
				_, err = p.Apply(ctx, origin, puts(goldenBase(t), www(1)))
			}
			if !errors.Is(err, context.Canceled) || !is(err, nil) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("timeout", func(t *testing.T) {
		server := httptest.NewServer(hang(func() {}))
		t.Cleanup(server.Close)
		p, err := powerdns.New(powerdns.Options{URL: server.URL, APIKey: func() (string, error) { return "x", nil }, Timeout: 20 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Fetch(t.Context(), origin); !errors.Is(err, context.DeadlineExceeded) || !is(err, nil) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRefusedBeforeAnythingIsSent(t *testing.T) {
	p := openURL(t, "http://127.0.0.1:1")
	base := goldenBase(t)
	soa, _ := base.Zone.Get(set("example.com. 1 SOA a. b. 1 2 3 4 5").Key)
	ns, _ := base.Zone.Get(set("example.com. 1 NS a.").Key)
	old, _ := base.Zone.Get(set("old.example.com. 1 A 192.0.2.1").Key)
	for name, tt := range map[string]struct {
		op   providers.Op
		kind error
	}{
		"delete the SOA":              {providers.Op{Verb: providers.Delete, Change: change(&soa, nil)}, providers.ErrInvalid},
		"disable the SOA":             {providers.Op{Verb: providers.Disable, Change: change(&soa, nil)}, providers.ErrInvalid},
		"delete the apex NS":          {providers.Op{Verb: providers.Delete, Change: change(&ns, nil)}, providers.ErrInvalid},
		"disable the apex NS":         {providers.Op{Verb: providers.Disable, Change: change(&ns, nil)}, providers.ErrInvalid},
		"outside the zone":            {providers.Op{Verb: providers.Put, Change: change(nil, new(set("www.example.org. 1 A 192.0.2.1")))}, providers.ErrInvalid},
		"what cannot be held":         {providers.Op{Verb: providers.Put, Change: change(nil, new(set("www.example.com. 1 RRSIG A 13 2 300 20300101000000 20200101000000 1 example.com. AQID")))}, providers.ErrUnsupported},
		"CNAME and other data":        {providers.Op{Verb: providers.Put, Change: change(nil, new(set("www.example.com. 1 CNAME a.")))}, providers.ErrInvalid},
		"CNAME at the apex":           {providers.Op{Verb: providers.Put, Change: change(nil, new(set("example.com. 1 CNAME a.")))}, providers.ErrInvalid},
		"no verb":                     {providers.Op{Change: change(&old, nil)}, providers.ErrUnsupported},
		"put of nothing":              {providers.Op{Verb: providers.Put, Change: change(&old, nil)}, providers.ErrInvalid},
		"delete of nothing":           {providers.Op{Verb: providers.Delete, Change: change(nil, &old)}, providers.ErrInvalid},
		"enable of what is served":    {providers.Op{Verb: providers.Enable, Change: change(&old, &old)}, providers.ErrConflict},
		"enable of what is not there": {providers.Op{Verb: providers.Enable, Change: change(nil, new(www(1)))}, providers.ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{tt.op}})
			if !is(err, tt.kind) || len(result.Applied) > 0 {
				t.Errorf("got %v, want %v", err, tt.kind)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	key := func() (string, error) { return "key-of-the-test", nil }
	for name, o := range map[string]powerdns.Options{
		"no key":                {URL: "http://127.0.0.1:8081"},
		"no URL":                {APIKey: key},
		"URL with the API path": {URL: "http://127.0.0.1:8081/api/v1", APIKey: key},
		"URL with /api/":        {URL: "http://127.0.0.1:8081/pdns/api/", APIKey: key},
		"no scheme":             {URL: "127.0.0.1:8081", APIKey: key},
		"kind":                  {URL: "http://127.0.0.1:8081", APIKey: key, Kind: "Slave"},
	} {
		if _, err := powerdns.New(o); err == nil || !strings.HasPrefix(err.Error(), "powerdns: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := powerdns.New(powerdns.Options{URL: "http://127.0.0.1:8081/apis/pdns", APIKey: key}); err != nil {
		t.Errorf("a path with /api in it that is not the API: %v", err)
	}
	p, err := powerdns.New(powerdns.Options{URL: "http://127.0.0.1:8081/proxied/", APIKey: key, ServerID: "a/b"})
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if text := fmt.Sprintf(verb, p); strings.Contains(text, "key-of-the-test") {
			t.Errorf("%s has the key in it: %s", verb, text)
		}
	}
}
