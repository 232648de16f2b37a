package scaidns_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
	"github.com/zoneward/zoneward/zonefile"
)

// likely is ScaiDNS as it most likely is.
var likely = variant{name: "likely"}

// variant is one way in which ScaiDNS may be, and in which the provider may be set up for it.
type variant struct {
	name     string
	fake     scaidnstest.Options
	options  scaidns.Options // without the URL and the key
	validate bool            // new zones need a validation
	soak     bool            // is tried with ZONEWARD_SOAK=1 only
}

// variants have each switch of the fake both ways: likely all of them one way, the second all of them the other way. The rest are the further values of those
// with more than two.
var variants = []variant{
	{name: "likely", options: scaidns.Options{ManageApexNS: true}},
	{
		name: "unlikely", validate: true,
		fake: scaidnstest.Options{
			IDs: scaidnstest.PrefixedIDs, RecordIDs: scaidnstest.RecordIDsByPlace, Names: scaidnstest.RelativeNames, ZoneNamesWithDot: true, KeepCase: true,
			Created: true, Listing: scaidnstest.Paged, UserRecordCount: true, UnsignedNotFound: true, TTLs: scaidnstest.TTLPerRecord,
			SystemRecords: scaidnstest.AllWritable, BulkLimit: 30, BulkDeleteField: "ids", StorePending: true, RecreateDeleted: true, ServeDeleted: true,
			AskForDeleted: true, HideDeleted: true, RestoreRenames: true, RestorePending: scaidnstest.RestoredInactive,
		},
		options: scaidns.Options{AllowHardDelete: true, BulkDeleteField: "ids", PageSize: 1},
	},
	{
		name: "ids that are kept", validate: true, soak: true,
		fake:    scaidnstest.Options{RecordIDs: scaidnstest.RecordIDsKept, Names: scaidnstest.AbsoluteNamesWithDot},
		options: scaidns.Options{AllowHardDelete: true},
	},
	{
		name: "ids by RRset", soak: true,
		fake: scaidnstest.Options{RecordIDs: scaidnstest.RecordIDsByRRset},
	},
	{
		name: "fleeting ids", validate: true, soak: true,
		fake:    scaidnstest.Options{RecordIDs: scaidnstest.RecordIDsBySerial, SystemRecords: scaidnstest.NoApexWritable},
		options: scaidns.Options{BulkDeleteField: "record_ids"},
	},
}

func TestConformance(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			sample(t, !v.soak)
			t.Parallel()
			providertest.Run(t, newHouse(t, v).fixtures(func(p providers.ZoneProvider) providers.ZoneProvider { return p }))
		})
	}
}

// sample skips a test that is not in the sample of those which take a minute each.
func sample(t *testing.T, in bool) {
	t.Helper()
	if !in && os.Getenv("ZONEWARD_SOAK") != "1" {
		t.Skip("takes a minute: runs with ZONEWARD_SOAK=1")
	}
}

// A caller who does not give up gets through each fault.
func TestConformanceWithFaults(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rules func(h *house) []httpfault.Rule
	}{
		{"several at once", func(h *house) []httpfault.Rule {
			h.Break(scaidnstest.Broken{BulkAfter: 7})
			var rules []httpfault.Rule
			for i, fault := range []httpfault.Fault{
				httpfault.Status(429), scaidnstest.Detail(503, "PowerDNS is being restarted"), httpfault.RetryIn(429, 0),
				httpfault.Status(500), scaidnstest.Detail(502, "PowerDNS cannot be reached"), httpfault.After(scaidnstest.Detail(500, "Internal Server Error")),
				httpfault.Lost(), httpfault.After(httpfault.Lost()), httpfault.CutOff(), httpfault.NotJSON(), httpfault.After(httpfault.Proxy(504)),
			} {
				rules = append(rules, httpfault.Rule{Every: 151 + 10*i, Fault: fault})
			}
			return rules // reads that are behind take twice as long: TestLagging has them
		}},
		{"busy", func(*house) []httpfault.Rule {
			return []httpfault.Rule{
				{Every: 23, Fault: httpfault.Status(429)},
				{Every: 29, Fault: scaidnstest.Detail(503, "PowerDNS is being restarted")},
				{Every: 31, Fault: httpfault.RetryIn(429, 0)},
			}
		}},
		{"broken server", func(*house) []httpfault.Rule {
			return []httpfault.Rule{
				{Every: 23, Fault: httpfault.Status(500)},
				{Every: 29, Fault: scaidnstest.Detail(502, "PowerDNS cannot be reached")},
				{Every: 31, Fault: httpfault.After(scaidnstest.Detail(500, "Internal Server Error"))},
			}
		}},
		{"broken network", func(*house) []httpfault.Rule {
			return []httpfault.Rule{
				{Every: 23, Fault: httpfault.Lost()},
				{Every: 29, Fault: httpfault.After(httpfault.Lost())},
				{Every: 31, Fault: httpfault.CutOff()},
				{Every: 37, Fault: httpfault.NotJSON()},
				{Every: 41, Fault: httpfault.After(httpfault.Proxy(504))},
			}
		}},
		{"reads that are behind", func(h *house) []httpfault.Rule {
			return []httpfault.Rule{{Pattern: "/api/v1/domains/{zone}/", Fault: h.Faults.Stale(1)}}
		}},
		{"bulk in parts", func(h *house) []httpfault.Rule {
			h.Break(scaidnstest.Broken{BulkAfter: 7})
			return nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sample(t, tt.name == "several at once")
			t.Parallel()
			h := newHouse(t, likely)
			for _, r := range tt.rules(h) {
				r.Match = func(r *http.Request) bool { return r.Header.Get(besides) == "" }
				h.Faults.Add(r)
			}
			providertest.Run(t, h.fixtures(providertest.Persistent))
		})
	}
}

// fixtures returns what opens zones of a fake, one after the other.
func (h *house) fixtures(guard func(providers.ZoneProvider) providers.ZoneProvider) func(*testing.T) providertest.Fixture {
	var n int
	return func(t *testing.T) providertest.Fixture {
		n++
		return h.fixture(t, n, guard(h.p))
	}
}

// fixture returns the nth zone for the conformance suite.
func (h *house) fixture(t *testing.T, n int, p providers.ZoneProvider) providertest.Fixture {
	origin := zonefile.MustParseName(fmt.Sprintf("zone%d.example.", n))
	secondary := zonefile.MustParseName(fmt.Sprintf("secondary%d.example.", n))
	id := h.AddZone(t, scaidnstest.Zone{Name: origin.String()})
	h.AddZone(t, scaidnstest.Zone{Name: secondary.String(), Type: scaidnstest.Secondary})
	// One that the search for the zone finds too.
	h.AddZone(t, scaidnstest.Zone{Name: "sub." + origin.String()})
	in := func(status scaidnstest.Status) func(testing.TB) func(testing.TB) {
		return func(t testing.TB) func(testing.TB) {
			h.SetStatus(t, id, status)
			return func(t testing.TB) { h.SetStatus(t, id, scaidnstest.Active) }
		}
	}
	return providertest.Fixture{
		Provider:    p,
		Origin:      origin,
		Write:       h.writer(id, origin),
		WriteHidden: h.hiddenWriter(id, origin),
		Refused:     zonefile.MustParseRRset("mx."+origin.String()+" 300 MX", "10 _no-host.example."),
		Secondary:   secondary,
		NewZone:     zonefile.MustParseName(fmt.Sprintf("new%d.example.", n)),
		NewZones: []providers.ZoneSpec{
			{
				Origin: zonefile.MustParseName(fmt.Sprintf("%d.2.0.192.in-addr.arpa.", n)),
				Properties: map[string]string{
					providers.PropertyCIDR: fmt.Sprintf("192.0.2.%d/32", n), providers.PropertyDefaultTTL: "1h30m",
					providers.PropertyDescription: "über", "settings": `{"b": 1, "a": {"y": [1.50, "<&>"], "x": null}}`,
				},
			},
			{Origin: zonefile.MustParseName(fmt.Sprintf("%s.8.b.d.0.1.0.0.2.ip6.arpa.", nibbles(n))), Kind: "reverse_ipv6"},
		},
		Activate: func(t testing.TB, origin zonefile.Name) { h.FinishValidation(t, h.idOf(t, origin)) },
		DropKept: func(t testing.TB, origin zonefile.Name) { h.DropDeleted(t, h.idOf(t, origin)) },
		Properties: []providertest.Property{
			{Name: providers.PropertyDescription, Values: []string{"first", "second \"<&>\" ü", ""}},
			{Name: providers.PropertyDefaultTTL, Values: []string{"300", "1h", "1d"}, Bad: []string{"", "-1", "2147483648", "soon"}},
			{Name: "settings", Values: []string{`{}`, `{"b":1,"a":[true,null]}`, ` { "a" : 1.0 } `}, Bad: []string{"", "[]", "null", "{}{}", `"a"`}},
			{Name: providers.PropertyDNSSEC, Values: []string{"off", "ecdsap256sha256"}, Bad: []string{"on", "13", "DSA"}},
			{Name: providers.PropertyCIDR, Values: []string{"192.0.2.0/24", "198.51.100.0/24"}, Bad: []string{"192.0.2.1/24", "192.0.2.0"}},
		},
		WriteProperties: func(t testing.TB, properties map[string]string) { h.writeProperties(t, origin, properties) },
		States: map[string]func(testing.TB) func(testing.TB){
			"inactive": in(scaidnstest.Inactive),
		},
	}
}

// nibbles returns a number as labels of a name below ip6.arpa.
func nibbles(n int) string {
	return strings.Join(strings.Split(fmt.Sprintf("%04x", n), ""), ".")
}

// writer makes changes as somebody else would.
func (h *house) writer(id string, origin zonefile.Name) func(testing.TB, []zonefile.Change) {
	return func(t testing.TB, changes []zonefile.Change) {
		t.Helper()
		var sets []scaidnstest.RRset
		for _, c := range changes {
			var served zonefile.RRset
			if c.New != nil {
				served = *c.New
			}
			sets = append(sets, rrset(origin, c.Key(), served, zonefile.RRset{}))
		}
		h.Write(t, id, sets...)
	}
}

// hiddenWriter writes RRsets with disabled records as somebody else would.
func (h *house) hiddenWriter(id string, origin zonefile.Name) func(testing.TB, zonefile.Key, zonefile.RRset, zonefile.RRset) {
	return func(t testing.TB, key zonefile.Key, served, hidden zonefile.RRset) {
		t.Helper()
		h.Write(t, id, rrset(origin, key, served, hidden))
	}
}

// rrset returns an RRset as the fake has it.
func rrset(origin zonefile.Name, key zonefile.Key, served, hidden zonefile.RRset) scaidnstest.RRset {
	set := scaidnstest.RRset{Name: key.Name.Relative(origin), Type: key.Type.String()}
	for _, part := range []zonefile.RRset{hidden, served} {
		for _, text := range part.Text() {
			set.Records = append(set.Records, scaidnstest.Record{Content: text, Disabled: part == hidden})
			set.TTL = int64(part.TTL)
		}
	}
	return set
}

// idOf returns the id of a zone, a soft-deleted one too.
func (h *house) idOf(t testing.TB, origin zonefile.Name) string {
	t.Helper()
	name := strings.TrimSuffix(origin.String(), ".")
	var list struct{ Data []struct{ ID, Name string } }
	call(t, h, "GET", "/api/v1/domains/?include_deleted=true&page_size=100&search="+strings.ReplaceAll(name, "/", "%2F"), nil, &list)
	for _, z := range list.Data {
		if strings.TrimSuffix(z.Name, ".") == name {
			return z.ID
		}
	}
	t.Fatalf("there is no zone %s", origin)
	return ""
}

// writeProperties sets properties as somebody else would.
func (h *house) writeProperties(t testing.TB, origin zonefile.Name, properties map[string]string) {
	t.Helper()
	path := "/api/v1/domains/" + h.idOf(t, origin)
	body := map[string]any{}
	for name, value := range properties {
		switch name {
		case providers.PropertyDefaultTTL:
			ttl, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			body[name] = ttl
		case providers.PropertyDescription:
			body[name] = value
		case "settings":
			body[name] = json.RawMessage(value)
		case providers.PropertyDNSSEC:
			if value == "off" {
				call(t, h, "POST", path+"/dnssec/disable", nil, nil)
			} else {
				call(t, h, "POST", path+"/dnssec/enable", map[string]int{"algorithm": 13}, nil)
			}
		default:
			t.Fatalf("nobody sets %s", name)
		}
	}
	if len(body) > 0 {
		call(t, h, "PATCH", path, body, nil)
	}
}
