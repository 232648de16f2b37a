package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

// scalewayCommand starts the fake of Scaleway Domains and DNS and does things to it that its API does not:
//
//	scaleway start                     starts it, and sets URL, PROJECT and SECRETKEY, of a key that may do all
//	scaleway key NAME [SETTING...]     sets a variable to another key: access=read|none expires=TIME
//	scaleway zone ZONE [SETTING...]    makes a zone: root=true linked=PRODUCT
//	scaleway remove ZONE               takes a zone away
//	scaleway status ZONE STATUS        makes a zone active, error or locked
//	scaleway put ZONE FILE             adds records as somebody else: a JSON array
//	scaleway meanwhile PATTERN ZONE FILE   does so in front of the next request of a pattern of http.ServeMux
//	scaleway revision NAME ZONE NUMBER  sets a variable to the id of a revision as zoneward lists them: 1 is the newest
//	scaleway records ZONE FILE         writes all records of a zone to a file, one a line, as JSON
func scalewayCommand(ts *testscript.TestScript, neg bool, args []string) {
	s := scriptOf(ts)
	if neg || len(args) == 0 || (args[0] == "start") != (s.scaleway == nil) || args[0] != "start" && len(args) < 2 {
		ts.Fatalf("usage: scaleway start, once, and then scaleway key|zone|remove|status|put|meanwhile|revision|records ...")
	}
	switch {
	case args[0] == "start":
		s.startScaleway(ts)
	case args[0] == "key":
		ts.Setenv(args[1], s.scaleway.AddToken(s.scalewayKey(ts, args[2:])))
	case args[0] == "zone":
		in := scriptSettings(ts, args[2:], "root", "linked")
		zone := scalewaytest.Zone{Root: in["root"] == "true"}
		if product, ok := in["linked"]; ok {
			zone.Linked = []string{product}
		}
		s.scaleway.AddZone(args[1], zone)
	case args[0] == "remove":
		s.scaleway.RemoveZone(args[1])
	case args[0] == "status" && len(args) == 3:
		s.scaleway.SetStatus(args[1], args[2], "")
	case args[0] == "put" && len(args) == 3:
		s.scalewayPut(ts, args[1], args[2])()
	case args[0] == "meanwhile" && len(args) == 4:
		meanwhile(s.faults, args[1], s.scalewayPut(ts, args[2], args[3]))
	case args[0] == "revision" && len(args) == 4:
		scalewayRevision(ts, args[1], args[2], args[3])
	case args[0] == "records" && len(args) == 3:
		s.scalewayRecords(ts, args[1], args[2])
	default:
		ts.Fatalf("no such command: scaleway %s", strings.Join(args, " "))
	}
}

func (s *script) startScaleway(ts *testscript.TestScript) {
	s.scaleway = scalewaytest.New(s.tb, scalewaytest.Options{})
	s.faults = s.scaleway.Faults
	ts.Setenv("URL", s.scaleway.URL)
	ts.Setenv("PROJECT", s.scaleway.Project)
	ts.Setenv("SECRETKEY", s.scaleway.Token)
}

func (s *script) scalewayKey(ts *testscript.TestScript, args []string) scalewaytest.Token {
	in := scriptSettings(ts, args, "access", "expires")
	token := scalewaytest.Token{Organization: s.scaleway.Organization}
	switch in["access"] {
	case "":
	case "read":
		token.Access = scalewaytest.ReadOnly
	case "none":
		token.Access = scalewaytest.NoAccess
	default:
		ts.Fatalf("access=%s: want read or none", in["access"])
	}
	if text, ok := in["expires"]; ok {
		at, err := time.Parse(time.RFC3339, text)
		ts.Check(err)
		token.Expires = at
	}
	return token
}

// scalewayPut returns what adds the records of a file to a zone.
func (s *script) scalewayPut(ts *testscript.TestScript, zone, file string) func() {
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile(file)))
	dec.DisallowUnknownFields()
	var records []scalewaytest.Record
	ts.Check(dec.Decode(&records))
	return func() { s.scaleway.Put(zone, records...) }
}

func scalewayRevision(ts *testscript.TestScript, variable, zone, number string) {
	n, err := strconv.Atoi(number)
	ts.Check(err)
	ts.Check(ts.Exec("zoneward", "history", "--revisions", zone, "--format", "json"))
	var list struct{ Revisions []struct{ ID string } }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &list))
	if n < 1 || n > len(list.Revisions) {
		ts.Fatalf("there are %d revisions", len(list.Revisions))
	}
	ts.Setenv(variable, list.Revisions[n-1].ID)
}

func (s *script) scalewayRecords(ts *testscript.TestScript, zone, file string) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	for _, record := range s.scaleway.Records(zone) {
		ts.Check(enc.Encode(record))
	}
	ts.Check(os.WriteFile(ts.MkAbs(file), text.Bytes(), 0o600))
}
