package domainfile

import (
	"strings"
	"testing"
)

func TestProblemsOfNames(t *testing.T) {
	checkProblems(t, []problemTest{
		{"no domain", "mail: []\n", []string{
			"1:1: domain is missing: the one that the file is of [missing-key]",
		}},
		{"another domain", "domain: example.net\nmail: [{provider: tem, project: p, name: a.example.com}]\n", []string{
			"1:9: the file declares example.net., and is that of example.com. by its name: name it example.net.domain.yaml, or mend the domain [file-name]",
			"2:42: mail.name: a.example.com. is not in example.net.: write the whole name, such as www.example.net, or put it into the file of its domain [outside-the-domain]",
		}},
		{"no name", "domain: 'a..b'\n", []string{
			`1:9: domain: name "a..b": an empty label (two dots in a row, or a dot in front) [bad-name]`,
		}},
		{"root", "domain: .\n", []string{
			`1:9: domain: "." is the root: want a whole name, such as www.example.com [bad-name]`,
		}},
		{"wildcard", "domain: '*.example.com'\n", []string{
			"1:9: domain: *.example.com. has a wildcard, which is no domain [bad-name]",
		}},
		{"empty text", "domain: ''\n", []string{
			"1:9: domain: want a single value, and this is an empty text [yaml-shape]",
		}},
		{"number", "domain: 12\n", []string{
			"1:9: the file declares 12., and is that of example.com. by its name: name it 12.domain.yaml, or mend the domain [file-name]",
		}},
		{"list for a name", "domain: [example.com]\n", []string{
			"1:9: domain: want a single value, and this is a list [yaml-shape]",
		}},
		{"longer than any", "domain: " + strings.Repeat("a", 5000) + "\n", []string{
			`1:9: domain: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is longer than any name [bad-name]`,
		}},
		{"look-alike", "domain: example．com\n", []string{
			`1:9: domain: name "example．com": a label with characters that stand for others than letters, digits, - and _ [bad-name]`,
		}},
		{"outside", mailWith("name: example.org"), []string{
			"3:7: mail.name: example.org. is not in example.com.: write the whole name, such as www.example.com, or put it into the file of its domain [outside-the-domain]",
		}},
		{"relative", mailWith("name: news"), []string{
			"3:7: mail.name: news. is not in example.com.: write the whole name, such as news.example.com, or put it into the file of its domain [outside-the-domain]",
		}},
		{"wildcard of mail", mailWith("name: '*.example.com'"), []string{
			"3:7: mail.name: *.example.com. has a wildcard: mail is sent from one name [bad-name]",
		}},
		{"app outside", with("apps: [{provider: s, app: a, name: www.example.org}]\n"), []string{
			"2:36: apps.name: www.example.org. is not in example.com.: write the whole name, such as www.example.com, or put it into the file of its domain [outside-the-domain]",
		}},
		{"app without a name", with("apps: [{provider: s, app: a}]\n"), []string{
			"2:8: apps.name is missing: a whole name, such as www.example.com [missing-key]",
		}},
		{"at sign", mailWith("name: '@'"), []string{
			`3:7: mail.name: "@" is the root: want a whole name, such as www.example.com [bad-name]`,
		}},
	})
}

func TestProblemsOfValues(t *testing.T) {
	checkProblems(t, []problemTest{
		{"missing", with("mail: [{}]\napps: [{}]\ndelegation: {}\nownership: {}\n"), []string{
			"2:8: mail.provider is missing: the name of one under providers: in the configuration [missing-key]",
			"2:8: mail.project is missing: the id of the project that it belongs to [missing-key]",
			"3:8: apps.provider is missing: the name of one under providers: in the configuration [missing-key]",
			"3:8: apps.name is missing: a whole name, such as www.example.com [missing-key]",
			"3:8: apps.app is missing: the name of an application [missing-key]",
			"4:13: delegation.provider is missing: the name of one under providers: in the configuration [missing-key]",
			"5:12: ownership.of is missing: the name of one under providers: in the configuration [missing-key]",
			"5:12: ownership.publish_at is missing: the name of one under providers: in the configuration [missing-key]",
		}},
		{"lists where values are meant", with("mail: [{provider: [tem], project: {a: b}, region: [], autoconfig: [true]}]\n"), []string{
			"2:19: mail.provider: want a single value, and this is a list [yaml-shape]",
			"2:35: mail.project: want a single value, and this is a mapping [yaml-shape]",
			"2:51: mail.region: want a single value, and this is a list [yaml-shape]",
			"2:67: mail.autoconfig: want a single value, and this is a list [yaml-shape]",
		}},
		{"nothing where values are meant", with("mail: [{provider: ~, project: null}]\n"), []string{
			"2:19: mail.provider: want a single value, and this is nothing [yaml-shape]",
			"2:31: mail.project: want a single value, and this is nothing [yaml-shape]",
		}},
		{"not true or false", mailWith("autoconfig: yes"), []string{
			`3:13: mail.autoconfig: "yes" is neither true nor false [bad-value]`,
		}},
		{"ids", with("mail: [{provider: te m, project: 'a b', region: ''}]\ndelegation: {provider: g, contacts: {registrant: 'é', owner: x}}\n"), []string{
			`2:19: mail.provider: "te m": the name of a provider has letters, digits, - and _ [bad-value]`,
			`2:34: mail.project: "a b": want 1 to 255 letters, digits, -, _ and dots [bad-value]`,
			"2:49: mail.region: want a single value, and this is an empty text [yaml-shape]",
			`3:50: delegation.contacts.registrant: "é": want 1 to 255 letters, digits, -, _ and dots [bad-value]`,
			`3:56: delegation.contacts: unknown key "owner"; there are registrant, admin, billing, tech [unknown-key]`,
		}},
		{"contacts", delegationWith("contacts: [a]"), []string{
			"3:11: delegation.contacts: want a mapping with the keys registrant, admin, billing, tech, and this is a list [yaml-shape]",
		}},
		{"long id", mailWith("region: " + strings.Repeat("r", 256)), []string{
			`3:9: mail.region: "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr": want 1 to 255 letters, digits, -, _ and dots [bad-value]`,
		}},
		{"outputs", mailWith("publish: [dkim, dmrac, spf, acme, dkim, [mx], '']"), []string{
			`3:17: mail.publish: "dmrac" is nothing that can be published; did you mean dmarc? [unknown-output]`,
			"3:24: mail.publish: a name may have one SPF record only, so that it is written in the zone file: zoneward checks that it has the include: which the provider wants [spf-not-published]",
			`3:29: mail.publish: "acme" is nothing that can be published; there are dkim, dmarc, mx [unknown-output]`,
			"3:35: mail.publish: dkim comes twice [duplicate-value]",
			"3:41: mail.publish: want a single value, and this is a list [yaml-shape]",
			"3:47: mail.publish: want a single value, and this is an empty text [yaml-shape]",
		}},
		{"output of an app", appWith("publish: [cnam, spf]"), []string{
			`3:11: apps.publish: "cnam" is nothing that can be published; did you mean cname? [unknown-output]`,
			`3:17: apps.publish: "spf" is nothing that can be published; there are acme, cname [unknown-output]`,
		}},
		{"a single output", mailWith("publish: dkim"), []string{
			"3:10: mail.publish: want a list such as [dkim], and this is a single value [yaml-shape]",
		}},
		{"ttl", with("mail:\n- {provider: t, project: p, publish: [mx], ttl: 0}\n- {provider: t, project: p, publish: [mx], ttl: x}\n- {provider: t, project: p, publish: [mx], ttl: 2147483648}\n- {provider: t, project: p, ttl: 60}\n"), []string{
			"3:49: mail.ttl: 0 would have every resolver ask each time: want at least 1s [bad-value]",
			`4:49: mail.ttl: "x" is not a TTL: a number of seconds, or numbers with units as in 1h30m (w d h m s) [bad-value]`,
			`5:49: mail.ttl: "2147483648" is more than 2147483647 seconds (RFC 2181 §8) [bad-value]`,
			"6:34: warning: mail.ttl: nothing is published, so there is nothing that it is the TTL of [unused-ttl]",
		}},
		{"two writers", mailWith("autoconfig: true, publish: [mx]"), []string{
			"3:28: mail.publish: with autoconfig the provider writes these records itself: have either of them [two-writers]",
		}},
		{"proof at itself", with("ownership: {of: a, publish_at: a}\n"), []string{
			"2:32: ownership.publish_at: the target a cannot publish the record by which it is to be proved that it may serve the domain: name the target that serves it now [proof-circle]",
		}},
		{"proof", with("ownership: {of: a b, publish_at: [c]}\n"), []string{
			`2:17: ownership.of: "a b": the name of a provider has letters, digits, - and _ [bad-value]`,
			"2:34: ownership.publish_at: want a single value, and this is a list [yaml-shape]",
		}},
	})
}

func TestProblemsOfReferences(t *testing.T) {
	checkProblems(t, []problemTest{
		{"not allowed", mailWith("region: '${HOME}'"), []string{
			"3:9: mail.region: ${HOME} is not among domains.env in the configuration [bad-reference]",
		}},
		{"its value is no id, and is not repeated", mailWith("region: '${KEY}'"), []string{
			`3:9: mail.region: the value of "${KEY}": want 1 to 255 letters, digits, -, _ and dots [bad-value]`,
		}},
		{"empty value", mailWith("region: '${EMPTY}'"), []string{
			`3:9: mail.region: the value of "${EMPTY}": want 1 to 255 letters, digits, -, _ and dots [bad-value]`,
		}},
		{"text beside it", mailWith("region: 'x${SCW_PROJECT_ID}'"), []string{
			`3:9: mail.region: "x${SCW_PROJECT_ID}": want one reference, ${NAME}, and nothing beside it [bad-reference]`,
		}},
		{"two", mailWith("region: '${A}${B}'"), []string{
			`3:9: mail.region: "${A}${B}": want one reference, ${NAME}, and nothing beside it [bad-reference]`,
		}},
		{"escaped", mailWith("region: '$${A}'"), []string{
			`3:9: mail.region: "$${A}": want one reference, ${NAME}, and nothing beside it [bad-reference]`,
		}},
		{"not closed", mailWith("region: '${A'"), []string{
			`3:9: mail.region: "${A": want one reference, ${NAME}, and nothing beside it [bad-reference]`,
		}},
		{"where none may be", with("delegation: {provider: '${A}', name_servers: ['${A}', ns1.example.net], ds: ['${A}'], transfer_lock: '${A}'}\nmail: [{provider: p, project: p, name: '${A}', publish: ['${A}'], ttl: '${A}'}]\nownership: {of: '${A}', publish_at: '${A}'}\n"), []string{
			"2:24: delegation.provider: no reference (${) may be here: write out what is meant [bad-reference]",
			"2:47: delegation.name_servers: no reference (${) may be here: write out what is meant [bad-reference]",
			"2:78: delegation.ds: no reference (${) may be here: write out what is meant [bad-reference]",
			"2:102: delegation.transfer_lock: no reference (${) may be here: write out what is meant [bad-reference]",
			"3:40: mail.name: no reference (${) may be here: write out what is meant [bad-reference]",
			"3:58: mail.publish: no reference (${) may be here: write out what is meant [bad-reference]",
			"3:72: mail.ttl: no reference (${) may be here: write out what is meant [bad-reference]",
			"4:17: ownership.of: no reference (${) may be here: write out what is meant [bad-reference]",
			"4:37: ownership.publish_at: no reference (${) may be here: write out what is meant [bad-reference]",
		}},
		{"domain", "domain: '${A}'\n", []string{
			"1:9: domain: no reference (${) may be here: write out what is meant [bad-reference]",
		}},
		{"secret that may not be used", appWith("certificate: '${file:/etc/shadow}'"), []string{
			"3:14: apps.certificate: /etc/shadow is not among domains.files in the configuration [bad-reference]",
		}},
		{"secret that is none", appWith("certificate: /run/secrets/www"), []string{
			"3:14: apps.certificate: want a reference to a secret, ${file:PATH} or ${NAME}, since nothing secret is written into the repository [literal-secret]",
		}},
		{"text beside a secret", appWith("certificate: 'x${file:/a}'"), []string{
			"3:14: apps.certificate: want a reference to a secret, ${file:PATH} or ${NAME}, since nothing secret is written into the repository [literal-secret]",
		}},
		{"secret with a control character", appWith(`certificate: "${file:/a\n}"`), []string{
			"3:14: apps.certificate: want a reference to a secret, ${file:PATH} or ${NAME}, since nothing secret is written into the repository [literal-secret]",
		}},
		{"empty secret", appWith("certificate: '${}'"), []string{
			"3:14: apps.certificate: want a reference to a secret, ${file:PATH} or ${NAME}, since nothing secret is written into the repository [literal-secret]",
		}},
		{"list of secrets", appWith("certificate: ['${file:/a}']"), []string{
			"3:14: apps.certificate: want a single value, and this is a list [yaml-shape]",
		}},
	})
}
