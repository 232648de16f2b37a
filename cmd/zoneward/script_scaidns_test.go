package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

// scaidnsCommand starts the fake of ScaiDNS and does things to it that its API does not:
//
//	scaidns start [dots]              starts it, with names that end in a dot if that is said, and sets URL, ADDR (where its PowerDNS answers DNS) and
//	                                  APIKEY, of a key that may do all and needs no validation
//	scaidns key NAME [SETTING...]     sets a variable to another key: permissions=A,B ips=CIDR,CIDR expires=TIME tenant=TENANT bypass=true
//	scaidns zone ZONE [SETTING...]    makes a zone: type, status, tenant, description
//	scaidns write ZONE OWNER TYPE TTL [CONTENT...]   writes an RRset behind the back of the API; content with "disabled:" in front is
//	scaidns meanwhile PATTERN ZONE OWNER TYPE TTL [CONTENT...]   does so in front of the next request of a pattern of http.ServeMux
//	scaidns patch ZONE FILE           changes what a zone has beside its records, by the API
//	scaidns status ZONE STATUS        gives a zone another status
//	scaidns validate ZONE             has its validation come to a good end
//	scaidns drop ZONE                 ends the retention of a zone that was removed
func scaidnsCommand(ts *testscript.TestScript, neg bool, args []string) {
	s := scriptOf(ts)
	if neg || len(args) == 0 || (args[0] == "start") != (s.scaidns == nil) || args[0] != "start" && len(args) < 2 {
		ts.Fatalf("usage: scaidns start [dots], once, and then scaidns key|zone|write|meanwhile|patch|status|validate|drop ...")
	}
	switch {
	case args[0] == "start":
		s.startScaiDNS(ts, slices.Contains(args, "dots"))
	case args[0] == "key":
		ts.Setenv(args[1], s.scaidns.MintKey(scaidnsKey(ts, args[2:])))
	case args[0] == "zone":
		s.scaidns.AddZone(s.tb, scaidnsZone(ts, args[1:]))
	case args[0] == "write":
		s.scaidnsWrite(ts, args[1:])()
	case args[0] == "meanwhile":
		meanwhile(s.faults, args[1], s.scaidnsWrite(ts, args[2:]))
	case args[0] == "patch" && len(args) == 3:
		s.scaidnsCall(ts, http.MethodPatch, s.scaidnsID(ts, args[1]), ts.ReadFile(args[2]))
	case args[0] == "status" && len(args) == 3:
		s.scaidns.SetStatus(s.tb, s.scaidnsID(ts, args[1]), scaidnstest.Status(args[2]))
	case args[0] == "validate":
		s.scaidns.FinishValidation(s.tb, s.scaidnsID(ts, args[1]))
	case args[0] == "drop":
		s.scaidns.DropDeleted(s.tb, s.scaidnsID(ts, args[1]))
	default:
		ts.Fatalf("no such command: scaidns %s", strings.Join(args, " "))
	}
}

func (s *script) startScaiDNS(ts *testscript.TestScript, dots bool) {
	var opts scaidnstest.Options
	if dots {
		opts.Names, opts.ZoneNamesWithDot = scaidnstest.AbsoluteNamesWithDot, true
	}
	s.scaidns = scaidnstest.New(s.tb, opts)
	s.server = &dnsserver.Server{Addr: s.scaidns.DNS} // without a key: ScaiDNS gives its zones none
	s.faults = s.scaidns.Faults
	ts.Setenv("URL", s.scaidns.URL)
	ts.Setenv("ADDR", s.scaidns.DNS)
	ts.Setenv("APIKEY", s.scaidns.MintKey(scaidnstest.Key{SkipsValidation: true}))
}

func scaidnsKey(ts *testscript.TestScript, args []string) scaidnstest.Key {
	in := scriptSettings(ts, args, "permissions", "ips", "expires", "tenant", "bypass")
	key := scaidnstest.Key{Tenant: in["tenant"], SkipsValidation: in["bypass"] == "true"}
	if text, ok := in["permissions"]; ok {
		key.Permissions = strings.Split(text, ",")
	}
	if text, ok := in["ips"]; ok {
		for _, cidr := range strings.Split(text, ",") {
			prefix, err := netip.ParsePrefix(cidr)
			ts.Check(err)
			key.IPs = append(key.IPs, prefix)
		}
	}
	if text, ok := in["expires"]; ok {
		at, err := time.Parse(time.RFC3339, text)
		ts.Check(err)
		key.Expires = at
	}
	return key
}

func scaidnsZone(ts *testscript.TestScript, args []string) scaidnstest.Zone {
	in := scriptSettings(ts, args[1:], "type", "status", "tenant", "description")
	return scaidnstest.Zone{
		Name: args[0], Type: scaidnstest.Type(in["type"]), Status: scaidnstest.Status(in["status"]), Tenant: in["tenant"], Description: in["description"],
	}
}

// scaidnsWrite returns what writes an RRset behind the back of the API. It may be called from anywhere.
func (s *script) scaidnsWrite(ts *testscript.TestScript, args []string) func() {
	if len(args) < 4 {
		ts.Fatalf("want ZONE OWNER TYPE TTL [CONTENT...]")
	}
	ttl, err := strconv.ParseInt(args[3], 10, 32)
	ts.Check(err)
	set := scaidnstest.RRset{Name: args[1], Type: args[2], TTL: ttl}
	for _, text := range args[4:] {
		content, disabled := strings.CutPrefix(text, "disabled:")
		set.Records = append(set.Records, scaidnstest.Record{Content: content, Disabled: disabled})
	}
	id := s.scaidnsID(ts, args[0])
	return func() { s.scaidns.Write(s.tb, id, set) }
}

// scaidnsID returns the id of a zone, removed or not.
func (s *script) scaidnsID(ts *testscript.TestScript, zone string) string {
	query := url.Values{"search": {zone}, "include_deleted": {"true"}, "page_size": {"100"}}
	var list struct{ Data []struct{ ID, Name string } }
	ts.Check(json.Unmarshal(s.scaidnsCall(ts, http.MethodGet, "?"+query.Encode(), ""), &list))
	for _, z := range list.Data {
		if strings.TrimSuffix(z.Name, ".") == zone {
			return z.ID
		}
	}
	ts.Fatalf("ScaiDNS has no zone %s: %v", zone, list.Data)
	return ""
}

// scaidnsCall makes a call of the API with a key of its own, as somebody else does, and returns the body of the answer.
func (s *script) scaidnsCall(ts *testscript.TestScript, method, path, body string) []byte {
	req, err := http.NewRequest(method, s.scaidns.URL+"/api/v1/domains/"+path, strings.NewReader(body))
	ts.Check(err)
	req.Header.Set("X-API-Key", s.scaidns.MintKey(scaidnstest.Key{}))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode/100 != 2 {
		ts.Fatalf("%s %s: %s %s", method, path, resp.Status, answer)
	}
	return answer
}
