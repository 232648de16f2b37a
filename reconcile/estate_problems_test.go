package reconcile

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestNothingIsMadeWithoutAPlace has a domain that is up, and a name for which the zone has no place: it is not linked.
func TestNothingIsMadeWithoutAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		e.files["example.com.domain.yaml"] = strings.TrimSuffix(domainFile, "\n") + "\n  - {provider: scalingo, app: my-app, name: api.example.com, publish: [cname]}\n"
		if got := linesWith(e.todo(), "example.com. on scalingo", "example.com.domain.yaml:7:"); len(got) != 1 {
			t.Errorf("the plan is\n%s\nwant a problem of the application too", strings.Join(e.todo(), "\n"))
		}
		e.converge(time.Minute)
		for _, call := range e.calls {
			if !strings.Contains(call, "fetch") && !strings.Contains(call, "resources") {
				t.Errorf("called %s", call)
			}
		}
	})
}

// TestProblemsOfDeclarations has declarations that can never come to pass: each is told with its place, and nothing is made.
func TestProblemsOfDeclarations(t *testing.T) {
	for name, tt := range map[string]struct{ replace, by, want string }{
		"a CNAME beside an address": {
			"name: www.example.com", "name: api.example.com",
			"example.com.domain.yaml:6:",
		},
		"a CNAME at the apex": {"name: www.example.com", "name: example.com", "example.com.domain.yaml:6:"},
		"mail that the zone has already": {
			"publish: [dkim, dmarc, mx]}", "publish: [dkim, dmarc, mx]}",
			"example.com.domain.yaml:4:",
		},
		"a host that there is not": {"ds: from-zone", "ds: {from-zone: nobody}", `there is no provider "nobody" for zones`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEstate(t)
				e.files["example.com.domain.yaml"] = strings.Replace(domainFile, tt.replace, tt.by, 1)
				if strings.HasPrefix(name, "mail") {
					e.write(append([]string{"$TTL 300", "@ MX 10 mail.example.net."}, zoneText[1:]...)...)
				}
				got := strings.Join(e.todo(), "\n")
				if !strings.Contains(got, tt.want) {
					t.Errorf("the plan is\n%s\nwant %q", got, tt.want)
				}
				e.converge(time.Minute)
				if e.zones.Served(example) != nil && !strings.Contains(name, "host") {
					t.Error("the zone was made without what is to be published in it")
				}
			})
		})
	}
}
