package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// withDomains returns a configuration whose providers have two secrets: the variable API_KEY, and the file own.key beside it.
func withDomains(domains string) string {
	return "domains: " + domains + `
version: 1
source: {dir: zones}
providers:
  a: {type: scaidns, url: "https://dns.example", api_key: "${API_KEY}"}
  b: {type: powerdns, url: "http://192.0.2.1", api_key: "Bearer ${file:own.key}"}
zones: []
`
}

func TestDomainsKeys(t *testing.T) {
	for _, test := range []struct {
		name, domains string
		want          []string
	}{
		{"nothing", "{}", nil},
		{"all", "{env: [SCW_PROJECT_ID, _x2], files: ['/run/secrets/www', '/run/secrets/tls-*', '/run/*/[ab]/tls.pem']}", nil},
		{"one of each", "{env: SCW_PROJECT_ID, files: /run/secrets/www}", nil},
		{"no mapping", "[SCW_PROJECT_ID]", []string{"domains: want a mapping with the keys env, files"}},
		{"an unknown key", "{variables: A}", []string{`domains: unknown key "variables"; it can have env, files`}},
		{"a reference for a name", "{env: ['${A}'], files: ['${file:/x}']}", []string{
			`domains.env: "${A}": want the name of an environment variable, such as SCW_PROJECT_ID`,
			`domains.files: "${file:/x}": want an absolute path, such as /run/secrets/www, in which * stands for any characters but /`,
		}},
		{"a relative path", "{files: [secrets/www]}", []string{
			`domains.files: "secrets/www": want an absolute path, such as /run/secrets/www, in which * stands for any characters but /`,
		}},
		{"a path that leads upwards", "{files: ['/run/secrets/../*']}", []string{
			`domains.files: "/run/secrets/../*": want it without .., . and slashes that say nothing: /run/*`,
		}},
		{"a slash at the end", "{files: [/run/secrets/]}", []string{
			`domains.files: "/run/secrets/": want it without .., . and slashes that say nothing: /run/secrets`,
		}},
		{"no pattern", "{files: ['/run/[']}", []string{`domains.files: "/run/[": syntax error in pattern`}},
		{"a secret of the configuration", "{env: API_KEY}", []string{
			"domains.env: API_KEY is a secret of the configuration, which the files of domains do not get: give them one of their own",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseConfig("zoneward.yaml", []byte(withDomains(test.domains)), func(string) (string, bool) { return "", true }, false)
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

// TestDomainReferences reads files of domains with references of all sorts.
func TestDomainReferences(t *testing.T) {
	dir := t.TempDir()
	for file, content := range map[string]string{
		"own.key": "the key of the account", "www.pem": "certificate and key\n", "empty": "\n", "shop/tls.crt": "certificate\n", "shop/tls.key": "key\n", "half/tls.crt": "certificate\n",
		"most": strings.Repeat("x", maxSecretFile), "more": strings.Repeat("x", maxSecretFile+1),
	} {
		file = filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"linked.pem": "own.key", "linked/tls.crt": "../shop/tls.crt", "linked/tls.key": "../own.key", "piped.pem": "pipe"} {
		link = filepath.Join(dir, link)
		if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	lookup := func(name string) (string, bool) {
		value, ok := map[string]string{"PROJECT": "p-1", "API_KEY": "hunter2", "PRIVATE": "mine"}[name]
		return value, ok
	}
	content := withDomains("{env: [PROJECT, UNSET], files: ['" + dir + "/*', /dev/zero]}")
	c, err := parseConfig(filepath.Join(dir, "zoneward.yaml"), []byte(content), lookup, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, project, certificate, want, err string }{
		{"a variable", "${PROJECT}", "", "p-1", ""},
		{"a variable that is not listed", "${PRIVATE}", "", "", "mail.project: PRIVATE is not among domains.env in the configuration"},
		{"the secret of a provider", "${API_KEY}", "", "", "mail.project: API_KEY is not among domains.env in the configuration"},
		{"a variable that is not set", "${UNSET}", "", "", "mail.project: the environment variable UNSET is not set"},
		{"a file", "", "${file:DIR/www.pem}", "certificate and key", ""},
		{"a directory with a certificate", "", "${file:DIR/shop}", "certificate\nkey", ""},
		{"a directory with half of one", "", "${file:DIR/half}", "", "read a secret: open DIR/half/tls.key: no such file or directory"},
		{"a file that is empty", "", "${file:DIR/empty}", "", "the secret ${file:DIR/empty} is empty"},
		{"a file that is not there", "", "${file:DIR/nothing}", "", "read a secret: open DIR/nothing: no such file or directory"},
		{"the most that is read", "", "${file:DIR/most}", strings.Repeat("x", maxSecretFile), ""},
		{"more than that", "", "${file:DIR/more}", "", "read a secret: DIR/more has more than 1048576 octets"},
		{"a pipe", "", "${file:DIR/pipe}", "", "read a secret: DIR/pipe is not a regular file"},
		{"a link to a pipe", "", "${file:DIR/piped.pem}", "", "read a secret: DIR/piped.pem is not a regular file"},
		{"a device without end", "", "${file:/dev/zero}", "", "read a secret: /dev/zero is not a regular file"},
		{"a file that is not listed", "", "${file:/etc/shadow}", "", "apps.certificate: /etc/shadow is not among domains.files in the configuration"},
		{"one in a folder that is not listed", "", "${file:DIR/shop/tls.key}", "", "apps.certificate: DIR/shop/tls.key is not among domains.files in the configuration"},
		{"a way around", "", "${file:DIR/../DIR/www.pem}", "", "apps.certificate: DIR/../DIR/www.pem: want an absolute path without .. in it"},
		{"a relative path", "", "${file:www.pem}", "", "apps.certificate: www.pem: want an absolute path without .. in it"},
		{"the secret of a provider in a file", "", "${file:DIR/own.key}", "", "file:DIR/own.key is a secret of the configuration"},
		{"the same by another name", "", "${file:DIR/linked.pem}", "", "file:DIR/linked.pem is a secret of the configuration"},
		{"the same in a directory", "", "${file:DIR/linked}", "", "file:DIR/linked/tls.key is a secret of the configuration"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, text := range []*string{&test.certificate, &test.err} {
				*text = strings.ReplaceAll(*text, "DIR", dir)
			}
			text := "domain: example.com\nmail: [{provider: tem, project: '" + test.project + "'}]\n"
			if test.certificate != "" {
				text = "domain: example.com\napps: [{provider: paas, app: a, name: www.example.com, certificate: '" + test.certificate + "'}]\n"
			}
			const name = "example.com.domain.yaml"
			file, err := domainfile.Parse(fstest.MapFS{name: {Data: []byte(text)}}, name, c.domains.options())
			if err != nil {
				t.Fatal(err)
			}
			var got string
			err = file.Err()
			if err == nil {
				resource := file.Declarations[0].Resource
				got = resource.Fields["project"]
				if secret, ok := resource.Secrets["certificate"]; ok {
					got, err = secret.Value()
				}
			} else if at := file.Problems[0].Position; at != (zonefile.Position{File: name, Line: 2, Column: at.Column}) {
				t.Errorf("the problem is at %s", at)
			}
			switch {
			case err == nil && (test.err != "" || got != test.want):
				t.Errorf("it is %q; want %q, and the error %q", got, test.want, test.err)
			case err != nil && (test.err == "" || !strings.Contains(err.Error(), test.err)):
				t.Errorf("error %v, want %q", err, test.err)
			}
		})
	}
}

// TestDomainReferencesUnread checks files of domains where there are no secrets: what may not be named is said, and nothing else.
func TestDomainReferencesUnread(t *testing.T) {
	content := withDomains("{env: PROJECT, files: '/run/secrets/*'}")
	c, err := parseConfig("zoneward.yaml", []byte(content), func(string) (string, bool) { return "", false }, false)
	if err != nil {
		t.Fatal(err)
	}
	options := c.domains.options()
	if got, err := options.Expand("${PROJECT}"); err != nil || got != "${PROJECT}" {
		t.Errorf("a variable is %q, %v", got, err)
	}
	if secret, err := options.Secret("${file:/run/secrets/www}"); err != nil || secret.Reference != "${file:/run/secrets/www}" {
		t.Errorf("a secret is %s, %v", secret.Reference, err)
	}
	if _, err := options.Expand("${OTHER}"); err == nil {
		t.Error("a variable that is not listed may be named")
	}
	if _, err := options.Secret("${file:/run/other}"); err == nil {
		t.Error("a file that is not listed may be named")
	}
}
