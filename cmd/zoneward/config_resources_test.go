package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
)

func TestResourceProviders(t *testing.T) {
	for _, test := range []struct {
		name, line string
		system     string
		kind       providers.ResourceKind
		limit      providers.Rate
	}{
		{"scaleway-tem", `type: scaleway-tem, secret_key: "${KEY}"`, "scaleway-tem https://api.scaleway.com", providers.Mail, providers.Rate{PerSecond: 5, Concurrent: 4}},
		{
			"scaleway-tem, with all keys", `type: scaleway-tem, secret_key: "${KEY}", url: "https://tem.example/", timeout: 5s, rate: 2, burst: 3, concurrent: 1, account: a`,
			"scaleway-tem https://tem.example", providers.Mail,
			providers.Rate{PerSecond: 2, Burst: 3, Concurrent: 1},
		},
		{"scalingo", `type: scalingo, api_token: "${KEY}"`, "scalingo osc-fr1", providers.App, providers.Rate{PerSecond: 50. / 60, Burst: 10, Concurrent: 4}},
		{
			"scalingo, with all keys", `type: scalingo, api_token: "${KEY}", region: osc-secnum-fr1, url: "https://api.example/", auth_url: "https://auth.example", timeout: 5s, rate: 2`,
			"scalingo https://api.example osc-secnum-fr1", providers.App,
			providers.Rate{PerSecond: 2, Concurrent: 4},
		},
		{"glauca", `type: glauca, token: "${KEY}"`, "glauca https://domains.glauca.digital/api", providers.Delegation, providers.Rate{Concurrent: 4}},
		{
			"glauca, with all keys", `type: glauca, access_token: "${KEY}", url: "https://domains.example/api/", timeout: 5s, name_servers: {ns1.example.net: "192.0.2.1:5301"}, parents: "192.0.2.2"`,
			"glauca https://domains.example/api", providers.Delegation,
			providers.Rate{Concurrent: 4},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := configOf("version: 1\nsource: {dir: zones}\nzones: []\nproviders:\n  a: {" + test.line + "}\n")
			if err != nil {
				t.Fatal(err)
			}
			p := c.providers["a"]
			if p.system != test.system || p.resourceType.Kind != test.kind {
				t.Errorf("it is %q, for %s; want %q, for %s", p.system, p.resourceType.Kind, test.system, test.kind)
			}
			if diff := cmp.Diff(p.limit, test.limit); diff != "" {
				t.Errorf("its limits (-got +want):\n%s", diff)
			}
			all, err := c.openProviders(nil)
			if err != nil {
				t.Fatal(err)
			}
			target := all.resourceReaders()["a"]
			if len(all.readers()) > 0 || target.System != test.system || target.CanCheck != (test.kind == providers.Mail) {
				t.Errorf("opened it is %+v, and %d have zones", target, len(all.readers()))
			}
			if diff := cmp.Diff(target.Reader.ResourceType(), p.resourceType); diff != "" {
				t.Errorf("the type of its resources (-opened +configured):\n%s", diff)
			}
			if _, writes := providers.AsResource[providers.ResourceProvider](target.Reader); writes || all.resourceWriters()["a"] == nil {
				t.Error("planning can write, or applying cannot")
			}
		})
	}
}

func TestWrongResourceProviders(t *testing.T) {
	for _, test := range []struct {
		name, line string
		want       []string
	}{
		{"no key", "type: scaleway-tem", []string{"providers.a: secret_key is missing"}},
		{"no API token", "type: scalingo", []string{"providers.a: api_token is missing"}},
		{"no token", "type: glauca", []string{"providers.a: want either token, a personal access token, or access_token"}},
		{"two tokens", `type: glauca, token: "${A}", access_token: "${B}"`, []string{"providers.a: want either token, a personal access token, or access_token"}},
		{"tokens that are written down", "type: scalingo, api_token: tk-us-x", []string{
			"providers.a.api_token: a secret is not written into the configuration: name it as ${NAME} from the environment, or ${file:PATH}",
		}},
		{"name servers that serve no zones", `type: scaleway-tem, secret_key: "${A}", verify: 192.0.2.1`, []string{
			`providers.a: unknown key "verify"; it can have account, burst, concurrent, rate, secret_key, timeout, type, url`,
		}},
		{"name servers that are no mapping", `type: glauca, token: "${A}", name_servers: [192.0.2.1]`, []string{
			"providers.a.name_servers: want a mapping from the names of name servers to the addresses where they answer",
		}},
		{"name servers with flaws", `type: glauca, token: "${A}", name_servers: {a..b: 192.0.2.1, ns1.example: [], NS2.example: 192.0.2.1, ns2.example.: 192.0.2.1, ns3.example: "192.0.2.1:x"}`, []string{
			`providers.a.name_servers: name "a..b": an empty label (two dots in a row, or a dot in front)`,
			"providers.a.name_servers: ns1.example. has no address",
			"providers.a.name_servers: ns2.example. comes twice",
			`providers.a.name_servers: name server "192.0.2.1:x": the port is not a number from 1 to 65535`,
		}},
		{
			"other name servers and parents than those of another", `type: glauca, token: "${A}", name_servers: {ns1.example: 192.0.2.1}, parents: 192.0.2.2}` +
				`, b: {type: glauca, token: "${B}", name_servers: {ns1.example.: 192.0.2.3}, parents: 192.0.2.4`,
			[]string{
				"providers.b.name_servers: another provider has other addresses for ns1.example., and there is one name server of that name",
				"providers.b.parents: another provider has other ones, and they are asked for the delegations of all",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := configOf("providers: {a: {" + test.line + "}}\nversion: 1\nsource: {dir: zones}\nzones: []\n")
			var want []string
			for _, line := range test.want {
				want = append(want, "zoneward.yaml:1: "+line)
			}
			if diff := cmp.Diff(errorLines(err), want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

// TestUnknownRegion is refused by the provider.
func TestUnknownRegion(t *testing.T) {
	c, err := configOf("providers: {a: {type: scalingo, api_token: \"${A}\", region: mars}}\nversion: 1\nsource: {dir: zones}\nzones: []\n")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.openProviders(nil)
	want := []string{`zoneward.yaml:1: providers.a: scalingo: "mars" is no region that is known: there are osc-fr1 and osc-secnum-fr1, and of another one the url has to be given`}
	if diff := cmp.Diff(errorLines(err), want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

// TestResourceTargets: a zone does not go to a provider that has none.
func TestResourceTargets(t *testing.T) {
	_, err := configOf("zones: [{match: '*', targets: [live, mail]}]\nversion: 1\nsource: {dir: zones}\n" +
		"providers: {live: {type: zonedir, directory: live}, mail: {type: scaleway-tem, secret_key: '${A}'}}\n")
	want := []string{`zoneward.yaml:1: targets: the provider "mail" has no zones; what it is to have is declared in the file of a domain, such as example.com.domain.yaml`}
	if diff := cmp.Diff(errorLines(err), want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

// TestOneAccount: Scaleway counts what an API key asks for, whatever it is, and Scalingo what a token does in all regions.
func TestOneAccount(t *testing.T) {
	for _, test := range []struct {
		name, a, b string
		want       bool
	}{
		{"mail and zones", `type: scaleway-tem, secret_key: "${A}"`, `type: scaleway, secret_key: "${A}"`, true},
		{"two keys", `type: scaleway-tem, secret_key: "${A}"`, `type: scaleway-tem, secret_key: "${B}"`, false},
		{"two regions", `type: scalingo, api_token: "${A}"`, `type: scalingo, api_token: "${A}", region: osc-secnum-fr1`, true},
		{"two tokens", `type: glauca, token: "${A}"`, `type: glauca, token: "${B}"`, false},
		{"two sorts of token", `type: glauca, token: "${A}"`, `type: glauca, access_token: "${A}"`, false},
	} {
		c, err := configOf("version: 1\nsource: {dir: zones}\nzones: []\nproviders: {a: {" + test.a + "}, b: {" + test.b + "}}\n")
		if err != nil {
			t.Fatal(err)
		}
		if got := c.providers["a"].account == c.providers["b"].account; got != test.want {
			t.Errorf("%s: one account: %t, want %t", test.name, got, test.want)
		}
	}
}

// TestProber has the name servers and parents of two registrars.
func TestProber(t *testing.T) {
	c, err := configOf(`version: 1
source: {dir: zones}
zones: []
providers:
  a: {type: glauca, token: "${A}", name_servers: {NS1.example: ["192.0.2.1:5301", "[2001:db8::1]:53"], ns2.example: 192.0.2.2}, parents: "127.0.0.1:5300"}
  b: {type: glauca, token: "${B}", name_servers: {ns2.example: 192.0.2.2, ns3.example: 192.0.2.3}, parents: ["127.0.0.1:5300"]}
`)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for name, servers := range c.prober.Servers {
		for _, server := range servers {
			got[name.String()] = append(got[name.String()], server.String())
		}
	}
	for _, server := range c.prober.Parents {
		got["parents"] = append(got["parents"], server.String())
	}
	want := map[string][]string{
		"ns1.example.": {"192.0.2.1:5301", "[2001:db8::1]:53"}, "ns2.example.": {"192.0.2.2:53"}, "ns3.example.": {"192.0.2.3:53"}, "parents": {"127.0.0.1:5300"},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
	if c.planner().Prober == nil {
		t.Error("nobody asks them")
	}
}

// TestPolicyOfDomains: what no rule is for has the general policy.
func TestPolicyOfDomains(t *testing.T) {
	c, err := configOf("version: 1\nsource: {dir: zones}\nzones: []\nproviders: {a: {type: glauca, token: '${A}'}}\npolicy: {outputs: auto, grace: 1h}\n")
	if err != nil {
		t.Fatal(err)
	}
	if p := c.planner().DomainPolicy; !p.AutoOutputs || p.Grace == 0 || p.MaxDeletes != c.policy.MaxDeletes {
		t.Errorf("%+v", p)
	}
	if options := c.planner().Domains; options.Expand == nil || options.Secret == nil {
		t.Error("references have no values")
	}
	if c.planner().Rules != nil {
		t.Error("there are rules")
	}
}

// TestStateNeededForResources has a policy that no rule has, and resources may.
func TestStateNeededForResources(t *testing.T) {
	for provider, want := range map[string][]string{
		"type: glauca, token: '${A}'":    {"grace"},
		"type: zonedir, directory: live": nil,
	} {
		c, err := configOf("version: 1\nsource: {dir: zones}\nzones: []\nproviders: {a: {" + provider + "}}\npolicy: {grace: 1h}\n")
		if err != nil {
			t.Fatal(err)
		}
		if got := stateNeeded(c.policies()); !slices.Equal(got, want) {
			t.Errorf("%s: %q needs a state, want %q", provider, got, want)
		}
	}
}
