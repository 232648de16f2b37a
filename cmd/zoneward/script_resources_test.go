package main

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
	"github.com/zoneward/zoneward/zonefile"
)

// liveZones is the directory of a script whose zone files are what the fakes of providers of resources find in DNS.
const liveZones = "live"

// published returns what a name has in DNS, as far as the fakes see: the texts of TXT records without quotes, and others in presentation form.
func published(dir, name, typ string) []string {
	owner, err := zonefile.ParseName(name, zonefile.Root)
	if err != nil {
		return nil
	}
	t, err := zonefile.ParseType(typ)
	if err != nil {
		return nil
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.zone"))
	var values []string
	for _, file := range files {
		origin, ok := zonefile.OriginOf(file)
		if !ok || !owner.In(origin) {
			continue
		}
		zone, err := zonefile.Parse(os.DirFS(dir), filepath.Base(file), zonefile.ParseOptions{Origin: origin})
		if err != nil {
			continue // it is being written, or is gone again
		}
		set, _ := zone.Zone.Get(zonefile.Key{Name: owner, Type: t})
		for _, text := range set.Text() {
			if t == zonefile.TypeTXT {
				text = strings.Trim(strings.ReplaceAll(text, `" "`, ""), `"`)
			}
			values = append(values, text)
		}
	}
	return values
}

// temCommand starts the fake of Scaleway Transactional Email and does things to it that its API does not:
//
//	tem start                           starts it, and sets TEM_URL, TEM_PROJECT and TEM_KEY
//	tem add NAME                        has somebody else register a domain
//	tem revoke NAME                     has somebody else revoke it
//	tem rotate NAME                     gives it another DKIM key
//	tem autoconfig NAME true|false      has somebody else turn autoconfiguration on or off
//	tem status NAME STATUS [ERROR]      gives it a status
//	tem reputation NAME STATUS SCORE    gives it a reputation
func temCommand(ts *testscript.TestScript, neg bool, args []string) {
	s := scriptOf(ts)
	if neg || len(args) == 0 || (args[0] == "start") != (s.tem == nil) || args[0] != "start" && len(args) < 2 {
		ts.Fatalf("usage: tem start, once, and then tem add|revoke|rotate|autoconfig|status|reputation NAME ...")
	}
	switch {
	case args[0] == "start":
		dir := ts.MkAbs(liveZones)
		s.tem = scalewaytemtest.New(s.tb, scalewaytemtest.Options{
			Lookup: func(_ context.Context, name, typ string) []string { return published(dir, name, typ) },
		})
		s.faults = s.tem.Faults
		server := httptest.NewServer(s.tem)
		s.tb.Cleanup(server.Close)
		ts.Setenv("TEM_URL", server.URL)
		ts.Setenv("TEM_PROJECT", s.tem.Project)
		ts.Setenv("TEM_KEY", s.tem.Token)
	case args[0] == "add":
		s.tem.AddDomain(args[1], "")
	case args[0] == "revoke":
		s.tem.Revoke(args[1])
	case args[0] == "rotate":
		s.tem.RotateDKIM(args[1])
	case args[0] == "autoconfig" && len(args) == 3:
		s.tem.SetAutoconfig(args[1], args[2] == "true")
	case args[0] == "status" && len(args) >= 3:
		s.tem.SetStatus(args[1], scalewaytemtest.Status(args[2]), strings.Join(args[3:], " "))
	case args[0] == "reputation" && len(args) == 4:
		score, err := strconv.Atoi(args[3])
		ts.Check(err)
		s.tem.SetReputation(args[1], args[2], score)
	default:
		ts.Fatalf("no such command: tem %s", strings.Join(args, " "))
	}
}

// scalingoCommand starts the fake of Scalingo and does things to it that its API does not:
//
//	scalingo start                          starts it, and sets SCALINGO_URL and SCALINGO_TOKEN
//	scalingo app NAME                       adds an application
//	scalingo link APP NAME [SETTING...]     has somebody else link a name: canonical=true letsencrypt=false
//	scalingo unlink APP NAME                has somebody else unlink it
//	scalingo canonical APP NAME true|false  has somebody else make it canonical, or not
//	scalingo status APP NAME STATUS [ERROR] gives the certificate of a name a status
//	scalingo certificate FILE NAME...       writes a certificate for names, and its key, to a file
func scalingoCommand(ts *testscript.TestScript, neg bool, args []string) {
	s := scriptOf(ts)
	if neg || len(args) == 0 || (args[0] == "start") != (s.scalingo == nil) || args[0] != "start" && len(args) < 2 {
		ts.Fatalf("usage: scalingo start, once, and then scalingo app|link|unlink|canonical|status|certificate ...")
	}
	switch {
	case args[0] == "start":
		dir := ts.MkAbs(liveZones)
		s.scalingo = scalingotest.New(scalingotest.Options{Lookup: func(name, kind string) []string { return published(dir, name, kind) }})
		s.faults = s.scalingo.Faults
		server := httptest.NewServer(s.scalingo)
		s.tb.Cleanup(server.Close)
		ts.Setenv("SCALINGO_URL", server.URL)
		ts.Setenv("SCALINGO_TOKEN", s.scalingo.Token)
	case args[0] == "app":
		s.scalingo.AddApp(scalingotest.App{Name: args[1]})
	case args[0] == "link" && len(args) >= 3:
		in := scriptSettings(ts, args[3:], "canonical", "letsencrypt")
		s.scalingo.Link(args[1], scalingotest.Domain{Name: args[2], Canonical: in["canonical"] == "true", LetsEncryptEnabled: in["letsencrypt"] != "false"})
	case args[0] == "unlink" && len(args) == 3:
		s.scalingo.Unlink(args[1], args[2])
	case args[0] == "canonical" && len(args) == 4:
		s.scalingo.Edit(args[1], args[2], func(d *scalingotest.Domain) { d.Canonical = args[3] == "true" })
	case args[0] == "status" && len(args) >= 4:
		s.scalingo.SetStatus(args[1], args[2], scalingotest.Status(args[3]), strings.Join(args[4:], " "))
	case args[0] == "certificate" && len(args) >= 3:
		certificate, key := scalingotest.SelfSigned(nil, time.Now().Add(90*24*time.Hour), args[2:]...)
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(certificate+key), 0o600))
	default:
		ts.Fatalf("no such command: scalingo %s", strings.Join(args, " "))
	}
}

// glaucaCommand starts the fake of the registrar of Glauca Digital and does things to it that its API does not. In the end nothing must have been asked of it that a
// program must not ask by itself.
//
//	glauca start                        starts it, and sets GLAUCA_URL, GLAUCA_TOKEN, and CONTACT, which is the id of a contact
//	glauca contact NAME                 sets a variable to the id of another contact
//	glauca domain NAME [SETTING...]     registers a domain: ns=A,B registrant=CONTACT days=DAYS (until it expires) statuses=A,B
//	glauca change NAME [SETTING...]     has somebody else change one
//	glauca redeem NAME                  has somebody else delete one, which can be restored for a time
//	glauca remove NAME                  takes one out of the account
func glaucaCommand(ts *testscript.TestScript, neg bool, args []string) {
	s := scriptOf(ts)
	if neg || len(args) == 0 || (args[0] == "start") != (s.glauca == nil) || args[0] != "start" && len(args) < 2 {
		ts.Fatalf("usage: glauca start, once, and then glauca contact|domain|change|redeem|remove ...")
	}
	switch args[0] {
	case "start":
		s.glauca = glaucatest.New(s.tb, glaucatest.Options{Prices: glaucatest.Prices{Renew: 1000, Restore: 8000}})
		s.faults = s.glauca.Faults
		server := httptest.NewServer(s.glauca)
		s.tb.Cleanup(server.Close)
		s.tb.Cleanup(func() {
			if calls := s.glauca.Forbidden(); len(calls) > 0 {
				s.tb.Errorf("what must never be asked by itself: %q", calls)
			}
		})
		ts.Setenv("GLAUCA_URL", server.URL+"/api")
		ts.Setenv("GLAUCA_TOKEN", s.glauca.Token)
		ts.Setenv("CONTACT", s.glauca.Contact)
	case "contact":
		ts.Setenv(args[1], s.glauca.AddContact(glaucatest.Contact{}))
	case "domain":
		domain := glaucatest.Domain{Name: args[1], NameServers: glaucatest.Hosts("ns1.example.net", "ns2.example.net")}
		glaucaSettings(ts, args[2:])(&domain)
		s.glauca.AddDomain(domain)
	case "change":
		s.glauca.Change(args[1], glaucaSettings(ts, args[2:]))
	case "redeem":
		s.glauca.Redeem(args[1])
	case "remove":
		s.glauca.Remove(args[1])
	default:
		ts.Fatalf("no such command: glauca %s", strings.Join(args, " "))
	}
}

// glaucaSettings returns what gives a domain settings.
func glaucaSettings(ts *testscript.TestScript, args []string) func(*glaucatest.Domain) {
	in := scriptSettings(ts, args, "ns", "registrant", "days", "statuses")
	days := 0
	if text, ok := in["days"]; ok {
		var err error
		days, err = strconv.Atoi(text)
		ts.Check(err)
	}
	return func(d *glaucatest.Domain) {
		if text, ok := in["ns"]; ok {
			d.NameServers = glaucatest.Hosts(strings.Split(text, ",")...)
		}
		if text, ok := in["registrant"]; ok {
			d.Registrant = text
		}
		if days > 0 {
			d.Expiry = time.Now().AddDate(0, 0, days)
		}
		if text, ok := in["statuses"]; ok {
			d.Statuses = strings.Split(text, ",")
		}
	}
}
