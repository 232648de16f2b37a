package domainfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// lines returns problems as "3:5: warning: message [rule]", without the file's name in front.
func lines(problems []zonefile.Problem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%s [%s]", strings.TrimPrefix(p.String(), p.Position.File+":"), p.Rule))
	}
	return all
}

// problemTest is a text with what is wrong with it.
type problemTest struct {
	name string
	text string
	want []string
}

func checkProblems(t *testing.T, tests []problemTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := parseExample(t, test.text)
			if d := cmp.Diff(lines(f.Problems), test.want); d != "" {
				t.Errorf("%s\nproblems (-got +want):\n%s", test.text, d)
			}
		})
	}
}

// with returns the file of example.com with more in it, from line 2 on.
func with(rest string) string { return "domain: example.com\n" + rest }

// mailWith, appWith and delegationWith return a file with a declaration in line 2 that is good but for what is given, which begins in column 1 of line 3.
func mailWith(rest string) string {
	return with("mail: [{provider: tem, project: p,\n" + rest + "}]\n")
}

func appWith(rest string) string {
	return with("apps: [{provider: scalingo, app: a, name: www.example.com,\n" + rest + "}]\n")
}

func delegationWith(rest string) string {
	return with("delegation: {provider: glauca,\n" + rest + "}\n")
}
func recordsWith(rest string) string { return with("delegation:\n provider: glauca\n" + rest) }

func TestProblemsOfYAML(t *testing.T) {
	checkProblems(t, []problemTest{
		{"empty", "", []string{
			" the file is empty: where a domain has nothing beside its zones there is no such file [empty-file]",
		}},
		{"comment", "# nothing\n", []string{
			" the file is empty: where a domain has nothing beside its zones there is no such file [empty-file]",
		}},
		{"null", "~\n", []string{
			" the file is empty: where a domain has nothing beside its zones there is no such file [empty-file]",
		}},
		{"list", "- domain: example.com\n", []string{
			"1:1: the file: want a mapping with the keys domain, delegation, mail, apps, ownership, and this is a list [yaml-shape]",
		}},
		{"text", "example.com\n", []string{
			"1:1: the file: want a mapping with the keys domain, delegation, mail, apps, ownership, and this is a single value [yaml-shape]",
		}},
		{"domain alone", with(""), []string{
			"1:1: warning: the file declares nothing beside the zone of example.com. [empty-file]",
		}},
		{"two documents", with("---\ndomain: example.com\n"), []string{
			"2:1: a second YAML document begins here: the file of a domain has one [syntax]",
		}},
		{"bracket", with("mail: [{provider: tem\n"), []string{
			"2: not YAML: did not find expected ',' or '}' for a bracket that opens about here [syntax]",
		}},
		{"indentation", with("mail:\n  - provider: tem\n   project: p\n"), []string{
			"4: not YAML: did not find expected '-' indicator: is the indentation right, and made of spaces? [syntax]",
		}},
		{"second document that is no YAML", with("---\n{\n"), []string{
			"3: not YAML: did not find expected node content [syntax]",
		}},
		{"unknown alias", with("mail: *x\n"), []string{
			"2:7: not YAML: unknown anchor 'x' referenced [syntax]",
		}},
		{"duplicate key", with("mail: []\nmail: []\nownership: {of: a, of: b, publish_at: c}\n"), []string{
			"3:1: the file: the key mail comes twice, first in line 2 [yaml-duplicate-key]",
			"4:20: ownership: the key of comes twice, first in line 4 [yaml-duplicate-key]",
		}},
		{"list as a key", with("[a]: b\n"), []string{
			"2:1: the file: a list as a key: only text can be one [yaml-key]",
		}},
		{"merge", with("mail: [{<<: {provider: tem}, project: p}]\n"), []string{
			"2:8: mail.provider is missing: the name of one under providers: in the configuration [missing-key]",
			"2:9: mail: << is not read here: write the keys out, or give each value an anchor [yaml-merge]",
		}},
		{"tags", with("mail: !!binary aGVsbG8=\napps: !x []\n"), []string{
			`2:7: the tag "!!binary": write the value alone [yaml-tag]`,
			`3:7: the tag "!x": write the value alone [yaml-tag]`,
		}},
		{"unknown keys", with("mails: []\nmail: [{provider: tem, project: p, regoin: fr-par, sender: x}]\nowner: x\n"), []string{
			`2:1: the file: unknown key "mails"; did you mean mail? [unknown-key]`,
			`3:36: mail: unknown key "regoin"; did you mean region? [unknown-key]`,
			`3:52: mail: unknown key "sender"; there are provider, name, region, project, autoconfig, publish, ttl [unknown-key]`,
			`4:1: the file: unknown key "owner"; there are domain, delegation, mail, apps, ownership [unknown-key]`,
		}},
		{"unknown key of a megabyte", with(strings.Repeat("k", 1000) + ": 1\n"), []string{
			`2:1: the file: unknown key "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"; there are domain, delegation, mail, apps, ownership [unknown-key]`,
		}},
		{"nothing", with("delegation:\nmail:\napps: ~\nownership:\n"), []string{
			"2:12: delegation: want a mapping with the keys provider, name_servers, ds, key_data, transfer_lock, contacts, and this is nothing [yaml-shape]",
			"3:6: mail: want a list such as [{provider: ...}], and this is nothing [yaml-shape]",
			"4:7: apps: want a list such as [{provider: ...}], and this is nothing [yaml-shape]",
			"5:11: ownership: want a mapping with the keys of, publish_at, and this is nothing [yaml-shape]",
		}},
		{"wrong shapes", with("delegation: []\nmail: {provider: tem, project: p}\napps: [a, [b]]\nownership: x\n"), []string{
			"2:13: delegation: want a mapping with the keys provider, name_servers, ds, key_data, transfer_lock, contacts, and this is a list [yaml-shape]",
			"3:7: mail: want a list such as [{provider: ...}], and this is a mapping [yaml-shape]",
			"4:8: apps: want a mapping with the keys provider, app, name, canonical, letsencrypt, certificate, publish, ttl, and this is a single value [yaml-shape]",
			"4:11: apps: want a mapping with the keys provider, app, name, canonical, letsencrypt, certificate, publish, ttl, and this is a list [yaml-shape]",
			"5:12: ownership: want a mapping with the keys of, publish_at, and this is a single value [yaml-shape]",
		}},
		{"alias within itself", with("mail: &a [*a]\n"), []string{
			"2:7: mail: want a mapping with the keys provider, name, region, project, autoconfig, publish, ttl, and this is a list [yaml-shape]",
		}},
		{"column behind characters of several octets", with("mail: [{provider: 'é€😀', sender: x}]\n"), []string{
			"2:8: mail.project is missing: the id of the project that it belongs to [missing-key]",
			`2:19: mail.provider: "é€😀": the name of a provider has letters, digits, - and _ [bad-value]`,
			`2:32: mail: unknown key "sender"; there are provider, name, region, project, autoconfig, publish, ttl [unknown-key]`,
		}},
	})
}

func TestProblemsOfText(t *testing.T) {
	checkProblems(t, []problemTest{
		{"control characters", "domain: example.com # \x1b[2J\nmail: [] # \x00\n", []string{
			"1:23: a control character: take it away [bad-text]",
			"2:12: a control character: take it away [bad-text]",
		}},
		{"not UTF-8", "domain: example.com # caf\xe9\n", []string{
			"1:26: this is not UTF-8 [bad-text]",
		}},
		{"UTF-16", "\xff\xfed\x00o\x00", []string{
			"1:1: this is not UTF-8 [bad-text]",
		}},
		{"direction", "domain: example.com\n# good: \u202e}dab\n", []string{
			"2:9: a character that turns the direction of the text, so that it looks other than it is read: take it away [bad-text]",
		}},
		{"line ends", "domain: example.com\rmail: []\n# a\u2028b\n# a\u0085b\n", []string{
			"1:20: a character that some programs take for the end of a line and others do not: take it away [bad-text]",
			"2:4: a character that some programs take for the end of a line and others do not: take it away [bad-text]",
			"3:4: a character that some programs take for the end of a line and others do not: take it away [bad-text]",
		}},
		{"direction in an escape", "domain: \"example\\u202e.com\"\n", []string{
			"1:9: domain: name \"example\\u202e.com\": idna: disallowed rune U+202E [bad-name]",
		}},
		{"control character in an escape", mailWith(`region: "a\x1b[2J"`), []string{
			"3:9: mail.region: \"a\\x1b[2J\": want 1 to 255 letters, digits, -, _ and dots [bad-value]",
		}},
		{"column behind a byte order mark", "\ufeffdomain: ''\n", []string{
			"1:9: domain: want a single value, and this is an empty text [yaml-shape]",
		}},
		{"good", "\ufeffdomain: example.com\r\nmail:\t[] # 😀 \ufffd\r\n", []string{
			"1:1: warning: the file declares nothing beside the zone of example.com. [empty-file]",
		}},
	})
}

// A key that somebody pasted into the file is in no message, wherever it stands.
func TestPastedKeyIsNotRepeated(t *testing.T) {
	const secret = "MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY"
	const pem = `"-----BEGIN EC PRIVATE KEY-----\n` + secret + `\n-----END EC PRIVATE KEY-----"`
	for _, test := range []struct{ name, text, rule string }{
		{"certificate", appWith("certificate: " + pem), "literal-secret"},
		{"block", with("apps:\n- provider: p\n  app: a\n  name: example.com\n  certificate: |\n    -----BEGIN EC PRIVATE KEY-----\n    " + secret + "\n"), "literal-secret"},
		{"key of a mapping", appWith(pem + ": x"), "unknown-key"},
		{"id", mailWith("region: " + pem), "literal-secret"},
		{"name", mailWith("name: " + pem), "literal-secret"},
		{"output", mailWith("publish: [" + pem + "]"), "literal-secret"},
		{"truth", mailWith("autoconfig: " + pem), "literal-secret"},
		{"name servers", delegationWith("name_servers: " + pem), "yaml-shape"},
		{"records", delegationWith("ds: [" + pem + "]"), "literal-secret"},
		{"without its first line", appWith("certificate: " + secret), "literal-secret"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := parseExample(t, test.text).Problems
			if len(got) != 1 || got[0].Rule != test.rule || strings.Contains(got[0].Message, secret[:10]) {
				t.Errorf("got %v, want one %s without the key", got, test.rule)
			}
		})
	}
}
