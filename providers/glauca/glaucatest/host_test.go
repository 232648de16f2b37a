package glaucatest_test

import (
	"testing"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

func TestHosts(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	const hosts = "/api/name_servers/"
	body := func(name string) string {
		return `{"name_server":"` + name + `","addresses":["192.0.2.53","2001:DB8::53"]}`
	}
	made := c.want(200, "POST", hosts, body("NS.example.com"))
	if made.at("name_server") != `"ns.example.com"` || made.at("addresses") != `["192.0.2.53","2001:db8::53"]` || made.at("statuses") != `["ok"]` {
		t.Errorf("made %s", made.text)
	}
	one := hosts + "name_server_1/"
	for _, tt := range []struct {
		status             int
		method, path, body string
	}{
		{409, "POST", hosts, body("ns.example.com")},
		{403, "POST", hosts, body("ns.example.org")},
		{500, "POST", hosts, body("_ns.example.com")},
		{400, "POST", hosts, `{"name_server":"ns2.example.com"}`},
		{400, "POST", hosts, `{"name_server":"ns2.example.com","addresses":["x"]}`},
		{400, "PATCH", one, `{"name_server":"ns2.example.com"}`},
		{400, "PUT", one, `{"addresses":[]}`},
		{404, "GET", hosts + "name_server_9/", ""},
		{200, "PATCH", one, `{"addresses":["192.0.2.54"]}`},
	} {
		c.want(tt.status, tt.method, tt.path, tt.body)
	}
	c.patch(200, servers("ns.example.com", "ns1.example.net"))
	if a := c.want(200, "GET", one, ""); a.at("statuses") != `["ok","linked"]` || a.at("addresses") != `["192.0.2.54"]` || a.at("last_updated") == "null" {
		t.Errorf("got %s", a.text)
	}
	if got := c.want(500, "DELETE", one, "").text; got != registryError("Object association prohibits operation") {
		t.Errorf("got %s", got)
	}
	s.AddHost("other", "ns.example.org")
	c.want(403, "GET", hosts+"name_server_2/", "")
	if a := c.want(200, "GET", hosts, ""); a.at(0, "id") != `"name_server_1"` || a.at(1) != "" {
		t.Errorf("list %s", a.text)
	}
	c.patch(200, servers("ns1.example.net"))
	c.want(204, "DELETE", one, "")
	if got := c.want(200, "GET", hosts, "").text; got != "[]" {
		t.Errorf("list %s", got)
	}
}
