package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVerifyServers(t *testing.T) {
	for _, test := range []struct {
		verify string
		want   []string
		err    []string
	}{
		{`"127.0.0.1:5301"`, []string{"127.0.0.1:5301"}, nil},
		{`["192.0.2.53", "[2001:db8::53]:5301", ns1.example.net, "${NS}:5353"]`, []string{"192.0.2.53:53", "[2001:db8::53]:5301", "ns1.example.net:53", "ns2.example.net:5353"}, nil},
		{"[]", nil, nil},
		{
			`["192.0.2.53", "192.0.2.53:53", "192.0.2.53:99999"]`, nil,
			[]string{
				"zoneward.yaml:4: providers.a.verify: 192.0.2.53:53 comes twice",
				`zoneward.yaml:4: providers.a.verify: name server "192.0.2.53:99999": the port is not a number from 1 to 65535`,
			},
		},
		{"{}", nil, []string{"zoneward.yaml:4: providers.a.verify: want a list"}},
	} {
		content := withProviders("a: {type: zonedir, directory: a, verify: " + test.verify + "}")
		c, err := parseConfig("zoneward.yaml", []byte(content), func(string) (string, bool) { return "ns2.example.net", true }, true)
		if diff := cmp.Diff(errorLines(err), test.err); diff != "" {
			t.Errorf("%s (-got +want):\n%s", test.verify, diff)
		}
		if err != nil {
			continue
		}
		var got []string
		for _, server := range c.providers["a"].verify {
			got = append(got, server.String())
		}
		if diff := cmp.Diff(got, test.want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", test.verify, diff)
		}
	}
	// A check of zone files knows no values, and takes what is named for a server.
	content := withProviders(`a: {type: zonedir, directory: a, verify: ["${A}", "${B}"]}`) + "policy: {on_failed_verify: rollback}\n"
	if _, err := parseConfig("zoneward.yaml", []byte(content), func(string) (string, bool) { return "", false }, false); err != nil {
		t.Errorf("without secrets: %v", err)
	}
}
