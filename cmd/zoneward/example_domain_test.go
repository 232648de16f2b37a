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

// TestExampleDomain applies the example by the command line, with a real parent zone: the DS of the domain is there once somebody has put it there, and the next
// apply tells the zone's host.
func TestExampleDomain(t *testing.T) {
	hosted := scaidnstest.New(t, scaidnstest.Options{})
	parent := dnsserver.BIND(t, dnsserver.Zone{Origin: "com"})
	lookup := func(name, typ string) []string { return servedTexts(t, hosted.DNS, name, typ) }
	mail := scalewaytemtest.New(t, scalewaytemtest.Options{Lookup: func(_ context.Context, name, typ string) []string { return lookup(name, typ) }})
	apps := scalingotest.New(scalingotest.Options{Lookup: lookup})
	apps.AddApp(scalingotest.App{Name: "my-app"})
	domain := glaucatest.New(t, glaucatest.Options{})
	domain.AddDomain(glaucatest.Domain{Name: "example.com"})
	config := filepath.Join(copyExample(t, "domain", t.TempDir()), "zoneward.yaml")
	served := func(h http.Handler) string {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return server.URL
	}
	scalingoURL := served(apps)
	replaceInFile(t, config, "https://scaidns.scailabs.ai", hosted.URL)
	replaceInFile(t, config, "type: scaleway-tem,", "type: scaleway-tem, rate: 1000, url: "+served(mail)+",")
	replaceInFile(t, config, "type: scalingo,", fmt.Sprintf("type: scalingo, rate: 1000, url: %q, auth_url: %q,", scalingoURL, scalingoURL))
	replaceInFile(t, config, "type: glauca,", fmt.Sprintf("type: glauca, url: %q, name_servers: {%s: [%q], %s: [%q]}, parents: [%q],",
		served(domain)+"/api/", scaidnsServers[0], hosted.DNS, scaidnsServers[1], hosted.DNS, parent.Addr))
	vars := map[string]string{
		"SCAIDNS_API_KEY": hosted.MintKey(scaidnstest.Key{SkipsValidation: true}), "SCW_SECRET_KEY": mail.Token, "SCW_PROJECT_ID": mail.Project,
		"SCALINGO_API_TOKEN": apps.Token, "GLAUCA_TOKEN": domain.Token,
	}
	zoneward(t, exitDone, vars, "validate", "-c", config)
	stdout, _ := zoneward(t, exitDone, vars, "apply", "--yes", "--wait", "3s", "-c", config)
	if !strings.Contains(stdout, "once the parent zone has its DS") {
		t.Errorf("apply does not say what still waits:\n%s", stdout)
	}
	var update strings.Builder
	for _, ns := range domain.NS("example.com") {
		fmt.Fprintf(&update, "update add example.com. 3600 NS %s.\n", ns)
	}
	for _, ds := range domain.DS("example.com") {
		fmt.Fprintf(&update, "update add example.com. 3600 DS %s\n", ds)
	}
	parent.Update(t, update.String()+"send\n")
	zoneward(t, exitDone, vars, "apply", "--yes", "--wait", "30s", "-c", config)
	zoneward(t, exitDone, vars, "plan", "--detailed-exitcode", "-c", config)
	for name, typ := range map[string]string{"www.example.com.": "CNAME", "_dmarc.example.com.": "TXT", "example.com.": "DNSKEY"} {
		if _, got := dnsserver.Query(t, hosted.DNS, name, typ); len(got) == 0 {
			t.Errorf("%s %s is not served", name, typ)
		}
	}
	if ns := domain.NS("example.com"); len(ns) != 2 {
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
