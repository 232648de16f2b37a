package scaidns_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
	"github.com/zoneward/zoneward/zonefile"
)

// listed answers the list of zones with pages.
func listed(pages ...string) httpfault.Fault {
	n := 0
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, pages[min(n, len(pages)-1)])
			n++
		})
	}
}

func zoneJSON(id, name, kind, status string) string {
	return fmt.Sprintf(`{"id":%q,"name":%q,"domain_type":%q,"status":%q}`, id, name, kind, status)
}

func pageJSON(number, total, pages int, zones ...string) string {
	return fmt.Sprintf(`{"data":[%s],"total":%d,"page":%d,"page_size":1,"total_pages":%d}`, strings.Join(zones, ","), total, number, pages)
}

func TestZones(t *testing.T) {
	t.Parallel()
	h := newHouse(t, variant{})
	one, two := zoneJSON("1", "one.example", "primary", "active"), zoneJSON("2", "Two.Example.", "reverse_ipv4", "pending_validation")
	for _, tt := range []struct {
		name  string
		pages []string
		want  []string // nil for an error with text
		text  string
	}{
		{"pages", []string{pageJSON(1, 2, 2, one), pageJSON(2, 2, 2, two)}, []string{"one.example. 1", "two.example. 1"}, ""},
		{
			"kinds",
			[]string{pageJSON(1, 3, 1, zoneJSON("1", "a.example", "secondary", "active"), zoneJSON("2", "b.example", "new", "active"), zoneJSON("3", "c.example", "primary", "deleted"))},
			[]string{"a.example. 2", "b.example. 2"},
			"",
		},
		{"none", []string{pageJSON(1, 0, 0)}, []string{}, ""},
		{"less than there are", []string{pageJSON(1, 2, 1, one)}, nil, "1 of 2"},
		{"more than there are", []string{pageJSON(1, 1, 1, one, two)}, nil, "2 of 1"},
		{"one added meanwhile", []string{pageJSON(1, 2, 2, one), pageJSON(2, 3, 3, two)}, nil, "has changed"},
		{"one removed meanwhile", []string{pageJSON(1, 3, 3, one), pageJSON(2, 3, 3)}, nil, "1 of 3"},
		{"one moved meanwhile", []string{pageJSON(1, 2, 2, one), pageJSON(2, 2, 2, one)}, nil, "has changed"},
		{"the same page always", []string{pageJSON(1, 2, 2, one)}, nil, "page 2 was asked for"},
		{"bad name", []string{pageJSON(1, 2, 1, zoneJSON("1", "a..example", "primary", "active"), two)}, []string{"two.example. 1"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer h.Faults.Add(httpfault.Rule{Pattern: list, Fault: listed(tt.pages...)}).Lift()
			zones, err := h.p.Zones(t.Context())
			if tt.want == nil {
				wants(t, err, nil, tt.text)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, z := range zones {
				got = append(got, fmt.Sprintf("%s %d", z.Origin, z.Kind))
			}
			diff(t, "zones", tt.want, got)
		})
	}
}

// The zone is the one whose name is the same, whatever else the search finds and however it is written.
func TestNames(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	others := []string{zoneJSON("1", "my.zone.example", "primary", "active"), zoneJSON("2", "zone.example.org", "primary", "active")}
	mine := func(id, name, status string) string { return zoneJSON(id, name, "primary", status) }
	for _, tt := range []struct {
		name  string
		zones []string
		kind  error
		text  string
	}{
		{"dot and letter case", append(others, mine(h.id, "Zone.EXAMPLE.", "active")), nil, ""},
		{"beside one that is kept", append(others, mine("9", "zone.example", "deleted"), mine(h.id, "zone.example", "active")), nil, ""},
		{"only a part of others", others, providers.ErrNoZone, "zone.example."},
		{"two of them", append(others, mine("8", "zone.example", "active"), mine(h.id, "zone.example", "inactive")), providers.ErrBlocked, "2 zones of this name: 8"},
		{"id that is a path", append(others, mine("..", "zone.example", "active")), nil, `".." is no id`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer h.Faults.Add(httpfault.Rule{Pattern: list, Fault: listed(pageJSON(1, len(tt.zones), 1, tt.zones...))}).Lift()
			_, err := h.p.Fetch(t.Context(), origin)
			if tt.kind == nil && tt.text == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wants(t, err, tt.kind, tt.text)
		})
	}
}

// A zone of which something may be missing is an error.
func TestIncomplete(t *testing.T) {
	t.Parallel()
	h := start(t, variant{}, rr("a", "A", 300, "192.0.2.1"), rr("b", "A", 300, "192.0.2.1"))
	count := func(n int) httpfault.Fault {
		return httpfault.Edit(func(a *httpfault.Answer) {
			a.Body = []byte(strings.Replace(string(a.Body), `"record_count":5`, fmt.Sprintf(`"record_count":%d`, n), 1))
			a.Header.Del("Content-Length")
		})
	}
	const detail = "GET /api/v1/domains/{zone}"
	for _, tt := range []struct {
		name string
		set  func() (lift func())
		text string // "" for no error
	}{
		{"total", func() func() {
			h.Break(scaidnstest.Broken{MissingRecords: 1})
			return func() { h.Break(scaidnstest.Broken{}) }
		}, "5 of 6"},
		{"no way to the others", func() func() {
			h.Configure(func(o *scaidnstest.Options) { o.Listing, o.PageSize = scaidnstest.Truncated, 2 })
			return func() { h.Configure(func(o *scaidnstest.Options) { o.Listing = scaidnstest.Whole }) }
		}, "2 of 5"},
		{"record_count with all", func() func() { return h.Faults.Add(httpfault.Rule{Pattern: detail, Fault: count(5)}).Lift }, ""},
		{"record_count without SOA and NS", func() func() { return h.Faults.Add(httpfault.Rule{Pattern: detail, Fault: count(2)}).Lift }, ""},
		{"record_count of more", func() func() { return h.Faults.Add(httpfault.Rule{Pattern: detail, Fault: count(6)}).Lift }, "said to have 6 records"},
		{"record_count of less", func() func() { return h.Faults.Add(httpfault.Rule{Pattern: detail, Fault: count(1)}).Lift }, "said to have 1 records"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer tt.set()()
			_, err := h.p.Fetch(t.Context(), origin)
			if tt.text != "" {
				wants(t, err, nil, "incomplete", tt.text)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// A zone that changes while it is read is read again, and not for ever.
func TestUnsettled(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	last := 0
	write := httpfault.Call(func(*http.Request) {
		last++
		h.Write(t, h.id, rr("www", "A", 300, fmt.Sprintf("192.0.2.%d", last)))
	})
	once := h.Faults.Add(httpfault.Rule{Pattern: "GET " + records, Times: 1, Fault: write})
	diff(t, "zone", []string{"www.zone.example. 300 IN A 192.0.2.1"}, text(h.fetch(t).Zone))
	diff(t, "waits", 1, *h.waits)
	once.Lift()
	defer h.Faults.Add(httpfault.Rule{Pattern: "GET " + records, Fault: write}).Lift()
	_, err := h.p.Fetch(t.Context(), origin)
	wants(t, err, nil, "does not stay the same")
}

// What a record may look like, and what is made of it.
func TestRecords(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	given := func(record string) httpfault.Fault {
		return httpfault.Edit(func(a *httpfault.Answer) {
			body := strings.Replace(string(a.Body), `"data":[`, `"data":[`+record+`,`, 1)
			a.Body = []byte(strings.Replace(body, `"total":3`, `"total":4`, 1))
		})
	}
	record := func(name, typ, content, rest string) string {
		return fmt.Sprintf(`{"id":"x","name":%q,"type":%q,"content":%q%s}`, name, typ, content, rest)
	}
	const fine = `,"ttl":300,"disabled":false`
	for _, tt := range []struct {
		name, record          string
		zone, foreign, hidden string
		text                  string // of an error
	}{
		{name: "relative", record: record("www", "A", "192.0.2.1", fine), zone: "www.zone.example. 300 IN A 192.0.2.1"},
		{name: "relative of several labels", record: record("a.b", "A", "192.0.2.1", fine), zone: "a.b.zone.example. 300 IN A 192.0.2.1"},
		{name: "absolute", record: record("WWW.Zone.Example", "A", "192.0.2.1", fine), zone: "www.zone.example. 300 IN A 192.0.2.1"},
		{name: "absolute with a dot", record: record("www.zone.example.", "A", "192.0.2.1", fine), zone: "www.zone.example. 300 IN A 192.0.2.1"},
		{name: "apex", record: record("@", "MX", "10 mail.example.", fine), zone: "zone.example. 300 IN MX 10 mail.example."},
		{name: "apex by name", record: record("zone.example", "TXT", `"a" "b"`, fine), zone: `zone.example. 300 IN TXT "a" "b"`},
		{name: "hidden", record: record("www", "A", "192.0.2.1", `,"ttl":300,"disabled":true`), hidden: "www.zone.example. 300 IN A 192.0.2.1"},
		{name: "type that is not written", record: record("www", "HTTPS", "1 . alpn=h2", fine), foreign: `www.zone.example. 300 IN HTTPS 1 . alpn="h2"`},
		{name: "type of a signer", record: record("@", "DNSKEY", "257 3 13 AQIDBA==", fine), foreign: "zone.example. 300 IN DNSKEY 257 3 13 AQIDBA=="},
		{name: "another zone", record: record("www.example.org.", "A", "192.0.2.1", fine), text: "www.example.org"},
		{name: "no name", record: record("", "A", "192.0.2.1", fine), text: "without a name"},
		{name: "no type", record: record("www", "NONSENSE", "192.0.2.1", fine), text: "NONSENSE"},
		{name: "no TTL", record: record("www", "A", "192.0.2.1", `,"disabled":false`), text: "no TTL"},
		{name: "bad content", record: record("www", "A", "192.0.2.256", fine), text: "www A"},
		{name: "relative target", record: record("www", "CNAME", "other", fine), text: "www CNAME"},
		{name: "text without quotes", record: record("www", "TXT", "v=spf1 -all", fine), text: "without quotes"},
		{name: "not UTF-8", record: record("www", "TXT", "\"\ufffd\"", fine), text: "not UTF-8"},
		{name: "two SOA", record: record("@", "SOA", "a. b. 1 2 3 4 5", fine), text: "SOA"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer h.Faults.Add(httpfault.Rule{Pattern: "GET " + records, Fault: given(tt.record)}).Lift()
			defer h.Faults.Add(httpfault.Rule{Pattern: "GET /api/v1/domains/{zone}", Fault: httpfault.Edit(func(a *httpfault.Answer) {
				a.Body = []byte(strings.Replace(string(a.Body), `"record_count":3`, `"record_count":4`, 1))
			})}).Lift()
			s, err := h.p.Fetch(t.Context(), origin)
			if tt.text != "" {
				wants(t, err, providers.ErrBlocked, tt.text)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []struct {
				what, want string
				got        *zonefile.Zone
			}{{"zone", tt.zone, s.Zone}, {"foreign", tt.foreign, s.Foreign}, {"hidden", tt.hidden, s.Disabled}} {
				want := []string{}
				if part.want != "" {
					want = append(want, part.want)
				}
				got := text(part.got)
				if part.what == "foreign" && part.got != nil {
					got = got[:0]
					for set := range part.got.All() {
						got = append(got, set.String())
					}
				}
				diff(t, part.what, want, got)
			}
		})
	}
}

// Records of one RRset with several TTLs have the lowest (RFC 2181 §5.2), and all get one when they are written.
func TestTTLs(t *testing.T) {
	t.Parallel()
	h := start(t, variant{fake: scaidnstest.Options{TTLs: scaidnstest.TTLPerRecord}})
	path := "/api/v1/domains/" + h.id + "/records"
	for i, ttl := range []int{600, 300, 900} {
		call(t, h, "POST", path, map[string]any{"name": "www", "type": "A", "content": fmt.Sprintf("192.0.2.%d", i), "ttl": ttl}, nil)
	}
	base := h.fetch(t)
	diff(t, "zone", []string{"www.zone.example. 300 IN A 192.0.2.0", "www.zone.example. 300 IN A 192.0.2.1", "www.zone.example. 300 IN A 192.0.2.2"}, text(base.Zone))
	if _, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{put(base, set("www.zone.example. 300 A", "192.0.2.0", "192.0.2.3"))}}); err != nil {
		t.Fatal(err)
	}
	var all struct{ Data []struct{ TTL int } }
	call(t, h, "GET", path, nil, &all)
	for _, r := range all.Data {
		diff(t, "TTL", 300, r.TTL)
	}
}

// A zone about whose DNSSEC there is nothing is not signed, if it does not say that it is.
func TestUnsigned(t *testing.T) {
	t.Parallel()
	h := start(t, variant{fake: scaidnstest.Options{UnsignedNotFound: true}})
	says := func(signed string) httpfault.Fault {
		return httpfault.Edit(func(a *httpfault.Answer) {
			a.Body = []byte(strings.Replace(string(a.Body), `"dnssec_enabled":false`, `"dnssec_enabled":`+signed, 1))
			a.Header.Del("Content-Length")
		})
	}
	const detail = "GET /api/v1/domains/{zone}"
	rule := h.Faults.Add(httpfault.Rule{Pattern: detail, Fault: says("null")})
	diff(t, "dnssec", "off", h.fetch(t).Properties["dnssec"])
	rule.Lift()
	s, err := h.p.Signing(t.Context(), origin)
	if err != nil || s.Signed {
		t.Errorf("%v, %v", s, err)
	}
	h.Faults.Add(httpfault.Rule{Pattern: detail, Fault: says("true")})
	_, err = h.p.Fetch(t.Context(), origin)
	wants(t, err, nil, "dnssec: it was listed, and is not found")
}

// Pages that do not end are not asked for for ever.
func TestEndlessPages(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	n := 0
	h.Faults.Add(httpfault.Rule{Pattern: "GET " + records, Fault: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n++
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"data":[{"id":"%d"}],"total":2,"total_pages":5}`, n)
		})
	}})
	_, err := h.p.Fetch(t.Context(), origin)
	wants(t, err, nil, "incomplete: 3 of 2 came")
	diff(t, "requests", 3, n)
}

// A zone whose name is not in lower case is found, though the search minds that.
func TestLetterCase(t *testing.T) {
	t.Parallel()
	for _, fake := range []scaidnstest.Options{{}, {KeepCase: true}} {
		h := newHouse(t, variant{fake: fake, options: scaidns.Options{AllowHardDelete: true}})
		h.AddZone(t, scaidnstest.Zone{Name: "Zone.EXAMPLE"})
		base := h.fetch(t)
		wants(t, h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}), providers.ErrConflict, "there already")
		export, err := h.p.ExportZone(t.Context(), origin)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.p.RemoveZone(t.Context(), base); err != nil {
			t.Fatal(err)
		}
		_, err = h.p.Fetch(t.Context(), origin)
		wants(t, err, providers.ErrNoZone, "creating the zone brings it back")
		if err := h.p.PurgeZone(t.Context(), origin, export); err != nil {
			t.Fatal(err)
		}
		_, err = h.p.Fetch(t.Context(), origin)
		wants(t, err, providers.ErrNoZone)
	}
}

// A zone that leaves the state in which it was listed is not read.
func TestStateWhileRead(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	h.Faults.Add(httpfault.Rule{Pattern: "GET /api/v1/domains/{zone}", Fault: httpfault.Edit(func(a *httpfault.Answer) {
		a.Body = []byte(strings.Replace(string(a.Body), `"status":"active"`, `"status":"inactive"`, 1))
		a.Header.Del("Content-Length")
	})})
	_, err := h.p.Fetch(t.Context(), origin)
	wants(t, err, providers.ErrBlocked, "inactive", "switch it on")
}

// Settings that are null are none.
func TestNullSettings(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	h.Faults.Add(httpfault.Rule{Pattern: "GET /api/v1/domains/{zone}", Fault: httpfault.Edit(func(a *httpfault.Answer) {
		a.Body = []byte(strings.Replace(string(a.Body), `"settings":{}`, `"settings":null`, 1))
		a.Header.Del("Content-Length")
	})})
	diff(t, "settings", "{}", h.fetch(t).Properties["settings"])
}
