package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

// exampleDomain is the example by the command line, and the systems that it is at.
type exampleDomain struct {
	config string
	vars   map[string]string // of the environment
	zones  *scaidnstest.Server
	parent *dnsserver.Server
	mail   *scalewaytemtest.Fake
	apps   *scalingotest.Server
	domain *glaucatest.Server
}

// newExampleDomain begins with nothing but applications without names, and a registered domain without name servers. Its parent zone is a real one.
func newExampleDomain(t *testing.T) exampleDomain {
	hosted := scaidnstest.New(t, scaidnstest.Options{})
	lookup := func(name, typ string) []string { return servedTexts(t, hosted.DNS, name, typ) }
	e := exampleDomain{
		config: filepath.Join(copyExample(t, "domain", t.TempDir()), "zoneward.yaml"), zones: hosted, parent: dnsserver.BIND(t, dnsserver.Zone{Origin: "com"}),
		mail:   scalewaytemtest.New(t, scalewaytemtest.Options{Lookup: func(_ context.Context, name, typ string) []string { return lookup(name, typ) }}),
		apps:   scalingotest.New(scalingotest.Options{Lookup: lookup}),
		domain: glaucatest.New(t, glaucatest.Options{}),
	}
	for _, name := range []string{"my-app", "other-app"} {
		e.apps.AddApp(scalingotest.App{Name: name})
	}
	e.domain.AddDomain(glaucatest.Domain{Name: "example.com"})
	served := func(h http.Handler) string {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return server.URL
	}
	scalingoURL := served(e.apps)
	replaceInFile(t, e.config, "https://scaidns.scailabs.ai", hosted.URL)
	replaceInFile(t, e.config, "type: scaleway-tem,", "type: scaleway-tem, rate: 1000, url: "+served(e.mail)+",")
	replaceInFile(t, e.config, "type: scalingo,", fmt.Sprintf("type: scalingo, rate: 1000, url: %q, auth_url: %q,", scalingoURL, scalingoURL))
	replaceInFile(t, e.config, "type: glauca,", fmt.Sprintf("type: glauca, url: %q, name_servers: {%s: [%q], %s: [%q]}, parents: [%q],",
		served(e.domain)+"/api/", scaidnsServers[0], hosted.DNS, scaidnsServers[1], hosted.DNS, e.parent.Addr))
	e.vars = map[string]string{
		"SCAIDNS_API_KEY": hosted.MintKey(scaidnstest.Key{SkipsValidation: true}), "SCW_SECRET_KEY": e.mail.Token, "SCW_PROJECT_ID": e.mail.Project,
		"SCALINGO_API_TOKEN": e.apps.Token, "GLAUCA_TOKEN": e.domain.Token,
	}
	return e
}

// file returns the path of the domain file.
func (e exampleDomain) file() string {
	return filepath.Join(filepath.Dir(e.config), "zones", "example.com.domain.yaml")
}

// TestExampleDomain applies the example by the command line, with a real parent zone: the DS of the domain is there once somebody has put it there, and the next
// apply tells the zone's host.
func TestExampleDomain(t *testing.T) {
	e := newExampleDomain(t)
	zoneward(t, exitDone, e.vars, "validate", "-c", e.config)
	stdout, _ := zoneward(t, exitDone, e.vars, "apply", "--yes", "--wait", "3s", "-c", e.config)
	if !strings.Contains(stdout, "once the parent zone has its DS") {
		t.Errorf("apply does not say what still waits:\n%s", stdout)
	}
	var update strings.Builder
	for _, ns := range e.domain.NS("example.com") {
		fmt.Fprintf(&update, "update add example.com. 3600 NS %s.\n", ns)
	}
	for _, ds := range e.domain.DS("example.com") {
		fmt.Fprintf(&update, "update add example.com. 3600 DS %s\n", ds)
	}
	e.parent.Update(t, update.String()+"send\n")
	zoneward(t, exitDone, e.vars, "apply", "--yes", "--wait", "30s", "-c", e.config)
	zoneward(t, exitDone, e.vars, "plan", "--detailed-exitcode", "-c", e.config)
	for name, typ := range map[string]string{"www.example.com.": "CNAME", "_dmarc.example.com.": "TXT", "example.com.": "DNSKEY"} {
		if _, got := dnsserver.Query(t, e.zones.DNS, name, typ); len(got) == 0 {
			t.Errorf("%s %s is not served", name, typ)
		}
	}
	if ns := e.domain.NS("example.com"); len(ns) != 2 {
		t.Errorf("the domain is at %q", ns)
	}
}

// servedTexts returns the values of the records at a name as the fakes of other systems see them: TXT without quotes.
func servedTexts(t testing.TB, addr, name, typ string) []string {
	_, found := dnsserver.Query(t, addr, strings.TrimSuffix(name, ".")+".", typ)
	for i, line := range found { // NAME TTL CLASS TYPE RDATA
		text := strings.Join(strings.Fields(line)[4:], " ")
		found[i] = strings.ReplaceAll(strings.Trim(text, `"`), `" "`, "") // a TXT record of several strings
	}
	return found
}
