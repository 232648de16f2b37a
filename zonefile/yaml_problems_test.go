package zonefile

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// yamlProblem is a zone with what is wrong with it.
type yamlProblem struct {
	name string
	text string
	want []string // without the file's name: "3: www A: ... [bad-value]"
}

func checkYAMLProblems(t *testing.T, tests []yamlProblem) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			f := parseYAML(t, test.text)
			checkSameFile(t, f, parseAnyYAML(t, test.text))
			for _, line := range problemLines(f.Problems) {
				got = append(got, strings.TrimPrefix(line, "example.com.yaml:"))
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("%s\nproblems (-got +want):\n%s", test.text, d)
			}
		})
	}
}

// yamlRecordOf returns a zone with one record of that type at www, with the value in line 3.
func yamlRecordOf(typ, value string) string {
	return fmt.Sprintf("www:\n  type: %s\n  value: %s\n", typ, value)
}

func TestYAMLValueProblems(t *testing.T) {
	const missing = " is missing [bad-value]"
	const nothing = `nothing where a value is needed; text that reads as nothing ("null", "~") needs quotes [bad-value]`
	const escape = `a bad escape: write \\ for a backslash, and \DDD with DDD from 000 to 255 for any other octet [bad-value]`
	checkYAMLProblems(t, []yamlProblem{
		{"no IPv4 address", yamlRecordOf("A", "192.0.2.300"), []string{`3:10: www A: "192.0.2.300" is not an IPv4 address [bad-value]`}},
		{"IPv4 address with a zero in front", yamlRecordOf("A", "192.0.02.1"), []string{`3:10: www A: "192.0.02.1" is not an IPv4 address [bad-value]`}},
		{"IPv6 address in A", yamlRecordOf("A", "2001:db8::1"), []string{`3:10: www A: "2001:db8::1" is not an IPv4 address [bad-value]`}},
		{"IPv4 address in AAAA", yamlRecordOf("AAAA", "192.0.2.1"), []string{`3:10: www AAAA: "192.0.2.1" is not an IPv6 address [bad-value]`}},
		{"IPv6 address with a zone", yamlRecordOf("AAAA", "fe80::1%eth0"), []string{`3:10: www AAAA: "fe80::1%eth0" is not an IPv6 address [bad-value]`}},
		{"null", yamlRecordOf("A", "null"), []string{"3:10: www A: " + nothing}},
		{"tilde", yamlRecordOf("A", "~"), []string{"3:10: www A: " + nothing}},
		{"nothing", yamlRecordOf("A", ""), []string{"3:9: www A: " + nothing}},
		{"null among values", yamlRecordOf("A", "[192.0.2.1, ~]"), []string{"3:22: www A: " + nothing}},
		{"no values", yamlRecordOf("A", "[]"), []string{"3:10: www A: an empty list of values [bad-value]"}},
		{"a list within the list", yamlRecordOf("A", "[[192.0.2.1]]"), []string{"3:11: www A: a list or mapping where text is needed [bad-value]"}},
		{"a mapping for text", yamlRecordOf("TXT", "{a: b}"), []string{"3:10: www TXT: a list or mapping where text is needed [bad-value]"}},
		{"text for a mapping", yamlRecordOf("MX", "10 mx.example.net."), []string{"3:10: www MX: a value of this type is a mapping with a key for each field [bad-value]"}},
		{"a value twice", yamlRecordOf("A", "\n  - 192.0.2.1\n  - 192.0.2.2\n  - 192.0.2.1"), []string{"6:5: warning: www A: the same value as at example.com.yaml:4:5 [duplicate-record]"}},
		{"each bad value", yamlRecordOf("A", "\n  - 192.0.2\n  - 192.0.2.2\n  - x"), []string{
			`4:5: www A: "192.0.2" is not an IPv4 address [bad-value]`,
			`6:5: www A: "x" is not an IPv4 address [bad-value]`,
		}},

		{"target without the dot", yamlRecordOf("CNAME", "example.net"), []string{`3:10: www CNAME: "example.net" has no dot at the end: a target is a whole name, add the dot [missing-dot]`}},
		{"the root as a target", yamlRecordOf("NS", "."), []string{"3:10: www NS: the root is not a target of this type [bad-value]"}},
		{"the origin as a target", yamlRecordOf("CNAME", "'@'"), []string{`3:10: www CNAME: name "@": not absolute (no dot at the end), and there is no origin to complete it [bad-value]`}},
		{"a target with a space", yamlRecordOf("CNAME", "a b."), []string{`3:10: www CNAME: white space in a name: write \032 if it is part of the name [bad-value]`}},
		{"a label that is too long", yamlRecordOf("CNAME", strings.Repeat("a", 64)+"."), []string{
			fmt.Sprintf("3:10: www CNAME: name %q: a label of more than 63 octets [bad-value]", strings.Repeat("a", 64)+"."),
		}},
		{"two targets", yamlRecordOf("CNAME", "[a.example., b.example.]"), []string{"3:23: www CNAME: several values, where there can be one [bad-value]"}},
		{"two targets of DNAME", yamlRecordOf("DNAME", "[a.example., b.example.]"), []string{"3:23: www DNAME: several values, where there can be one [bad-value]"}},
		{"two targets of ALIAS", yamlRecordOf("ALIAS", "[a.example., b.example.]"), []string{"3:23: www ALIAS: several values, where there can be one [bad-value]"}},

		{"MX with nothing right", yamlRecordOf("MX", "{preference: 70000, exchnage: x}"), []string{
			"3:10: www MX: exchange" + missing,
			`3:23: www MX: preference: "70000" is not a number from 0 to 65535 [bad-value]`,
			`3:30: warning: www MX: the field "exchnage" is not known, and nothing is done with it; did you mean exchange? [unknown-key]`,
		}},
		{"an octal number", yamlRecordOf("MX", "{preference: 010, exchange: mx.example.net.}"), []string{`3:23: www MX: preference: "010" is not a number from 0 to 65535; octoDNS takes it for 8 [bad-value]`}},
		{"a number of no digits", yamlRecordOf("MX", "{preference: '', exchange: mx.example.net.}"), []string{`3:23: www MX: preference: "" is not a number from 0 to 65535 [bad-value]`}},
		{"a field that is null", yamlRecordOf("MX", "{preference: ~, exchange: mx.example.net.}"), []string{"3:23: www MX: preference: " + nothing}},
		{"both names of a field", yamlRecordOf("MX", "{preference: 1, priority: 2, exchange: mx.example.net.}"), []string{`3:26: warning: www MX: both preference and priority, which mean the same: preference counts [unknown-key]`}},
		{"SRV without fields", yamlRecordOf("SRV", "{}"), []string{"3:10: www SRV: priority" + missing, "3:10: www SRV: weight" + missing, "3:10: www SRV: port" + missing, "3:10: www SRV: target" + missing}},
		{"CAA without fields", yamlRecordOf("CAA", "{}"), []string{"3:10: www CAA: tag" + missing, "3:10: www CAA: value" + missing}},
		{"CAA with a bad tag", yamlRecordOf("CAA", "{flags: 256, tag: 'is sue', value: x}"), []string{
			`3:18: www CAA: flags: "256" is not a number from 0 to 255 [bad-value]`,
			`3:28: www CAA: tag: "is sue" is not a tag of letters and digits [bad-value]`,
		}},
		{"odd hex", yamlRecordOf("SSHFP", "{algorithm: 4, fingerprint_type: 2, fingerprint: abc}"), []string{"3:59: www SSHFP: fingerprint: not an even number of hexadecimal digits [bad-value]"}},
		{"no hex", yamlRecordOf("TLSA", "{certificate_usage: 3, selector: 1, matching_type: 1, certificate_association_data: ''}"), []string{"3:94: www TLSA: certificate_association_data: no data [bad-value]"}},
		{"DS half by its old names", yamlRecordOf("DS", "{flags: 1, algorithm: 13, digest_type: 2, digest: ab}"), []string{
			"3:10: www DS: protocol" + missing, "3:10: www DS: public_key" + missing,
			`3:36: warning: www DS: the field "digest_type" is not known, and nothing is done with it [unknown-key]`,
			`3:52: warning: www DS: the field "digest" is not known, and nothing is done with it [unknown-key]`,
		}},
		{"no base64", yamlRecordOf("OPENPGPKEY", "'!!'"), []string{"3:10: www OPENPGPKEY: not base64 [bad-value]"}},
		{"LOC that is no number", yamlRecordOf("LOC", "{lat_degrees: 1 2, lat_minutes: 0, lat_seconds: 0, lat_direction: N, long_degrees: 0, long_minutes: 0, long_seconds: 0, long_direction: E, altitude: 0, size: 0, precision_horz: 0, precision_vert: 0}"), []string{
			`3:24: www LOC: lat_degrees: "1 2" is not a decimal number or a direction [bad-value]`,
		}},
		{"NAPTR with a reference that is no escape", yamlRecordOf("NAPTR", `{order: 1, preference: 1, flags: U, service: '', regexp: '!(.*)!\1!', replacement: .}`), []string{"3:67: www NAPTR: regexp: " + escape}},
		{"NAPTR with a long string", yamlRecordOf("NAPTR", `{order: 1, preference: 1, flags: U, service: `+strings.Repeat("x", 256)+`, regexp: '', replacement: .}`), []string{
			"3:55: www NAPTR: service: 256 octets, where there can be 255 [bad-value]",
		}},
		{"MX in old and new words", yamlRecordOf("MX", "{preference: 1, priority: 2, exchange: a.example., value: b.example.}"), []string{
			"3:26: warning: www MX: both preference and priority, which mean the same: preference counts [unknown-key]",
			"3:61: warning: www MX: both exchange and value, which mean the same: exchange counts [unknown-key]",
		}},
		{"SVCB parameters", yamlRecordOf("HTTPS", "{svcpriority: 1, targetname: ., svcparams: {alpn: h2, no-default-alpn: x, 'a b': c}}"), []string{
			"3:60: www HTTPS: svcparams.alpn: not a list [bad-value]",
			"3:81: www HTTPS: svcparams.no-default-alpn: it has no value; leave it empty [bad-value]",
			`3:84: www HTTPS: svcparams: "a b" is not the name of a parameter [bad-value]`,
		}},
		{"SVCB parameters that are a list", yamlRecordOf("SVCB", "{svcpriority: 1, targetname: ., svcparams: [alpn]}"), []string{"3:53: www SVCB: svcparams: not a mapping of parameters [bad-value]"}},
		{"LUA", yamlRecordOf("PowerDnsProvider/LUA", "{type: FOO}"), []string{
			"3:10: www PowerDnsProvider/LUA: script" + missing,
			`3:17: www PowerDnsProvider/LUA: type: "FOO" is not a record type; a type without a name is written TYPEnnn with \# data (RFC 3597) [bad-value]`,
		}},

		{"TXT that is not ASCII", yamlRecordOf("TXT", "café"), []string{`3:10: www TXT: 'é' is not ASCII: write \195\169 for its octets in UTF-8 [bad-text]`}},
		{"TXT of lines", yamlRecordOf("TXT", "|\n    a\n    b"), []string{`3:10: www TXT: a line feed: write the value in one line, or with ">-" in front of it, or \010 if the line feed is part of it [bad-text]`}},
		{"TXT with a tab", yamlRecordOf("TXT", `"a\tb"`), []string{`3:10: www TXT: a control character: write \009 if it is part of the value [bad-text]`}},
		{"TXT with a delete", yamlRecordOf("TXT", `"\x7f"`), []string{`3:10: www TXT: a control character: write \127 if it is part of the value [bad-text]`}},
		{"TXT with a bare backslash", yamlRecordOf("TXT", `a\d`), []string{"3:10: www TXT: " + escape}},
		{"TXT with a backslash at the end", yamlRecordOf("TXT", `a\`), []string{"3:10: www TXT: " + escape}},
		{"TXT with an octet above 255", yamlRecordOf("TXT", `a\256`), []string{"3:10: www TXT: " + escape}},
		{"TXT with one quote", yamlRecordOf("TXT", `'"a'`), []string{`3:10: www TXT: a quote at the start and none at the end: write \" if the quote is part of the text [bad-value]`}},
		{"TXT with strings that touch", yamlRecordOf("TXT", `'"a""b"'`), []string{`3:10: www TXT: a quote within a quoted value: write \" if the quote is part of the text [bad-value]`}},
		{"TXT with a quote in quotes", yamlRecordOf("TXT", `'"a"b"'`), []string{`3:10: www TXT: a quote within a quoted value: write \" if the quote is part of the text [bad-value]`}},
	})
}

func TestYAMLRecordProblems(t *testing.T) {
	const notRecord = "www: not a record, which is a mapping with type and value [yaml-shape]"
	const use = "; give it plain values, or leave it to other tools with octodns: {ignored: true} [unsupported]"
	checkYAMLProblems(t, []yamlProblem{
		{"text for a record", "www: x\n", []string{"1:1: " + notRecord}},
		{"nothing for a record", "www:\n", []string{"1:1: " + notRecord}},
		{"text in a list of records", "www:\n- type: A\n  value: 192.0.2.1\n- x\n", []string{"4:3: " + notRecord}},
		{"no records", "www: []\n", []string{"1:6: www: an empty list of records [yaml-shape]"}},
		{"a list for the file", "- www\n", []string{"1:1: the file is not a mapping of names to records [yaml-shape]"}},
		{"text for the file", "\nwww\n", []string{"2:1: the file is not a mapping of names to records [yaml-shape]"}},
		{"no type", "www:\n  value: x\n", []string{"1:1: www: a record without a type [unknown-type]"}},
		{"type that is nothing", "www:\n  type:\n  value: x\n", []string{`2:8: www: nothing where a value is needed; text that reads as nothing ("null", "~") needs quotes [unknown-type]`}},
		{"unknown type", yamlRecordOf("FOO", "x"), []string{`2:9: www: "FOO" is not a record type; a type without a name is written TYPEnnn with \# data (RFC 3597) [unknown-type]`}},
		{"meta type", yamlRecordOf("ANY", "x"), []string{"2:9: www: ANY is not a type of data in a zone [unknown-type]"}},
		{"redirect", yamlRecordOf("URLFWD", "x"), []string{"2:9: www: \"URLFWD\" is not a DNS record but something that a provider makes; leave it to other tools with octodns: {ignored: true} [unknown-type]"}},
		{"provider type", yamlRecordOf("Route53Provider/ALIAS", "x"), []string{`2:9: www: "Route53Provider/ALIAS" is not a DNS record but something that a provider makes; leave it to other tools with octodns: {ignored: true} [unknown-type]`}},
		{"ignored redirect and provider type", yamlRecordOf("URLFWD", "x\n  octodns: {ignored: true}") + "x:\n  type: Route53Provider/ALIAS\n  octodns: {ignored: true}\ny:\n  type: A\n  value: 192.0.2.1\n", nil},
		{"ignored unknown type", yamlRecordOf("FOO", "x\n  octodns: {ignored: true}"), []string{`2:9: www: "FOO" is not a record type; a type without a name is written TYPEnnn with \# data (RFC 3597) [unknown-type]`}},
		{"no value", "www:\n  type: A\n", []string{"1:1: www A: no value [missing-data]"}},
		{"value and values", "www:\n  type: A\n  value: 192.0.2.1\n  values: [192.0.2.1]\n", []string{"4:3: www A: both value and values; keep one of them [yaml-shape]"}},
		{"unknown key", "www:\n  type: A\n  tll: 60\n  value: 192.0.2.1\n", []string{`3:3: warning: www A: the key "tll" is not known, and nothing is done with it; did you mean ttl? [unknown-key]`}},
		{"TTL with a unit", "www:\n  ttl: 1h\n  type: A\n  value: 192.0.2.1\n", []string{`2:8: www A: ttl "1h" is not a number of seconds from 0 to 2147483647; write 3600 [bad-value]`}},
		{"TTL below zero", "www:\n  ttl: -1\n  type: A\n  value: 192.0.2.1\n", []string{`2:8: www A: ttl "-1" is not a number of seconds from 0 to 2147483647 [bad-value]`}},
		{"TTL too large", "www:\n  ttl: 2147483648\n  type: A\n  value: 192.0.2.1\n", []string{`2:8: www A: ttl "2147483648" is not a number of seconds from 0 to 2147483647 [bad-value]`}},
		{"TTL that YAML takes for octal", "www:\n  ttl: 0300\n  type: A\n  value: 192.0.2.1\n", []string{`2:8: www A: ttl "0300" is not a number of seconds from 0 to 2147483647; octoDNS takes it for 192 [bad-value]`}},
		{"dynamic", "www:\n  dynamic:\n    pools: {}\n  type: A\n  value: 192.0.2.1\n", []string{"2:3: www A: dynamic records are not supported" + use}},
		{"dynamic without values", "www:\n  type: A\n  dynamic: {pools: {}}\n", []string{"3:3: www A: dynamic records are not supported" + use}},
		{"geo", "www:\n  geo:\n    AS: [192.0.2.2]\n  type: A\n  value: 192.0.2.1\n", []string{"2:3: www A: geo records are not supported" + use}},
		{"a record twice", "www:\n- type: A\n  value: 192.0.2.1\n- type: TXT\n  value: x\n- type: A\n  value: 192.0.2.2\n", []string{"6:3: www A: stated again, first at example.com.yaml:2:3; put the values into one record [duplicate-rrset]"}},
		{"a record twice, in other letters", "www:\n  type: A\n  value: 192.0.2.1\nWWW:\n  type: TYPE1\n  value: 192.0.2.1\n", []string{"4:1: www TYPE1: stated again, first at example.com.yaml:1:1; put the values into one record [duplicate-rrset]"}},
		{"a zone-wide rule", "www:\n- type: CNAME\n  value: example.com.\n- type: TXT\n  value: x\n", []string{"2:3: www CNAME: other data at the same name: TXT at example.com.yaml:4 [cname-and-other-data]"}},
	})
}

func TestYAMLNameProblems(t *testing.T) {
	record := ":\n  type: A\n  value: 192.0.2.1\n"
	dot := ": names are relative to the zone: leave out the dot at the end [bad-name]"
	checkYAMLProblems(t, []yamlProblem{
		{"the origin", "'@'" + record, []string{`1:1: name "@": write the apex as '', as octoDNS has it [bad-name]`}},
		{"nothing", "~" + record, []string{"1:1: a name that is nothing or ~: write the apex as '' [bad-name]"}},
		{"a dot at the end", "www." + record, []string{`1:1: name "www."` + dot}},
		{"absolute within the zone", "www.example.com." + record, []string{`1:1: name "www.example.com."` + dot}},
		{"the zone", "example.com." + record, []string{`1:1: name "example.com."` + dot}},
		{"a dot of IDNA at the end", "www\u3002" + record, []string{`1:1: name "www。": a label with characters that stand for others than letters, digits, - and _ [bad-name]`}},
		{"absolute elsewhere", "www.example.net." + record, []string{`1:1: name "www.example.net."` + dot}},
		{"the root", "." + record, []string{`1:1: name "."` + dot}},
		{"a space", "a b" + record, []string{`1:1: name "a b": white space in a name: write \032 if it is part of the name [bad-name]`}},
		{"an empty label", "a..b" + record, []string{`1:1: name "a..b": an empty label (two dots in a row, or a dot in front) [bad-name]`}},
		{"a long label", strings.Repeat("a", 64) + record, []string{fmt.Sprintf("1:1: name %q: a label of more than 63 octets [bad-name]", strings.Repeat("a", 64))}},
		{"not IDNA", "a\u2603\u200d" + record, []string{`1:1: name "a☃\u200d": idna: invalid label "a☃\u200d" [bad-name]`}},
		{"a list", "[a]" + record, []string{"1:1: a list or mapping as a key: only text can be one [yaml-key]"}},
	})
}

func TestYAMLOptionProblems(t *testing.T) {
	record := "www:\n  type: A\n  value: 192.0.2.1\n  octodns:"
	checkYAMLProblems(t, []yamlProblem{
		{"not used", record + "\n    healthcheck:\n      host: x\n    auto_arpa_priority: 1\n    cloudflare: {proxied: true}\n", []string{
			"5:5: warning: www A: octodns.healthcheck is not used, and nothing is done with it [unused-option]",
			"7:5: warning: www A: octodns.auto_arpa_priority is not used, and nothing is done with it [unused-option]",
			"8:5: warning: www A: octodns.cloudflare is not used, and nothing is done with it [unused-option]",
		}},
		{"not a mapping", record + " x\n", []string{"4:12: www A: octodns is not a mapping [yaml-shape]"}},
		{"not true or false", record + " {ignored: maybe, lenient: 'true'}\n", []string{
			"4:22: www A: octodns.ignored is neither true nor false (without quotes) [bad-option]",
			"4:38: www A: octodns.lenient is neither true nor false (without quotes) [bad-option]",
		}},
		{"not lists", record + " {included: a, excluded: {b: c}}\n", []string{
			"4:23: www A: octodns.included is not a list of targets [bad-option]",
			"4:36: www A: octodns.excluded is not a list of targets [bad-option]",
		}},
		{"not targets", record + " {included: [~]}\n", []string{`4:24: www A: octodns.included: nothing where a value is needed; text that reads as nothing ("null", "~") needs quotes [bad-option]`}},
	})
}

func TestYAMLSyntaxProblems(t *testing.T) {
	good := "---\n# A comment, so that nothing begins in the first line.\nwww:\n  type: A\n  value: 192.0.2.1\n"
	checkYAMLProblems(t, []yamlProblem{
		{"indentation", good + "x:\n  type: A\n value: 192.0.2.1\ny:\n  type: A\n", []string{"8: not YAML: did not find expected key: is the indentation right, and made of spaces? [syntax]"}},
		{"tab", good + "x:\n  type: A\n\tvalue: 192.0.2.1\ny:\n  type: A\n", []string{"8:1: not YAML: a tab in the indentation: use spaces [syntax]"}},
		{"wildcard without quotes", good + "*.x:\n  type: A\n", []string{`6:1: not YAML: "*" or "&" at the start of a word: write '*' in quotes [syntax]`}},
		{"at sign without quotes", good + "@:\n  type: A\n", []string{"6:1: not YAML: found character that cannot start any token: put the text in quotes [syntax]"}},
		{"colon in a value", good + "x:\n  type: TXT\n  value: a: b\n", []string{`8:11: not YAML: mapping values are not allowed in this context: put text with ": " in quotes [syntax]`}},
		{"open quote", good + "x:\n  type: 'A\n  value: 192.0.2.1\ny:\n  type: A\n", []string{"7: not YAML: found unexpected end of stream: is a quote not closed? [syntax]"}},
		{"open bracket", good + "x:\n  type: A\n  values: [a, b\ny:\n  type: A\n", []string{"8: not YAML: did not find expected ',' or ']' for a bracket that opens about here [syntax]"}},
		{"no anchor", good + "x:\n  type: A\n  value: *y\nz:\n  type: A\n", []string{"8:10: not YAML: unknown anchor 'y' referenced [syntax]"}},
		{"not UTF-8", good + "x:\n  type: TXT\n  value: \xff\n", []string{"8: not YAML: invalid leading UTF-8 octet [syntax]"}},
		{"two documents", good + "---\nx:\n  type: A\n", []string{"6:1: a second YAML document begins here: a zone file has one [syntax]"}},
		{"a key twice", "www:\n  type: A\n  value: 192.0.2.1\n  value: 192.0.2.2\nwww:\n  type: TXT\n  value: x\n", []string{
			`4:3: the key "value" comes twice in one mapping, first in line 3; only the first is read [yaml-duplicate-key]`,
			`5:1: the key "www" comes twice in one mapping, first in line 1; only the first is read [yaml-duplicate-key]`,
		}},
		{"a key twice in what is not read", "www:\n  type: A\n  value: 192.0.2.1\n  octodns:\n    x:\n      a: 1\n      'a': 2\n", []string{
			"5:5: warning: www A: octodns.x is not used, and nothing is done with it [unused-option]",
			`7:7: the key "a" comes twice in one mapping, first in line 6; only the first is read [yaml-duplicate-key]`,
		}},
		{"a key twice in a large mapping", strings.Repeat("x: {type: A, value: 192.0.2.1}\n", 1) + func() string {
			var b strings.Builder
			for i := range 20 {
				fmt.Fprintf(&b, "x%d: {type: A, value: 192.0.2.1}\n", i)
			}
			return b.String()
		}() + "x7: {type: A, value: 192.0.2.1}\n", []string{`22:1: the key "x7" comes twice in one mapping, first in line 9; only the first is read [yaml-duplicate-key]`}},
		{"include", "www: !include www.yaml\nx:\n  type: A\n  value: !include x.yaml\n<<: !include z.yaml\n", []string{
			`1:6: !include: "www.yaml": file does not exist [include-unreadable]`,
			`4:10: !include: "x.yaml": file does not exist [include-unreadable]`,
			`5:5: !include: "z.yaml": file does not exist [include-unreadable]`,
		}},
		{"unknown tag", "www:\n  type: A\n  value: !!binary MTkyLjAuMi4x\n  ttl: !ttl 60\n", []string{
			`3:10: the tag "!!binary" is not known; text that begins with "!" needs quotes [yaml-tag]`,
			`4:8: the tag "!ttl" is not known; text that begins with "!" needs quotes [yaml-tag]`,
		}},
		{"a merge of text", "www:\n  type: A\n  value: 192.0.2.1\n  <<: x\n", []string{"4:7: << takes a mapping or a list of mappings [yaml-merge]"}},
		{"an anchor within itself", "www: &a\n  type: A\n  value: 192.0.2.1\n  <<: *a\n", []string{"4:7: aliases (*a and others) stand for more than 1000000 values; source.limits.yaml_aliases raises the limit [yaml-aliases]"}},
		{"nothing", "", []string{" warning: the file has no records [empty-file]"}},
		{"nothing but a comment", "# x\n", []string{" warning: the file has no records [empty-file]"}},
		{"nothing but a marker", "---\n", []string{" warning: the file has no records [empty-file]"}},
		{"an empty mapping", "{}\n", []string{" warning: the file has no records [empty-file]"}},
	})
}

func TestYAMLReportsEveryProblemAndReadsTheRest(t *testing.T) {
	f := parseYAML(t, "a:\n  type: A\n  value: x\nb:\n  type: A\n  value: 192.0.2.1\nc.:\n  type: A\n  value: 192.0.2.1\nd:\n  type: FOO\ne:\n  type: TXT\n  value: x\n")
	want := []string{
		`example.com.yaml:3:10: a A: "x" is not an IPv4 address [bad-value]`,
		`example.com.yaml:7:1: name "c.": names are relative to the zone: leave out the dot at the end [bad-name]`,
		`example.com.yaml:11:9: d: "FOO" is not a record type; a type without a name is written TYPEnnn with \# data (RFC 3597) [unknown-type]`,
	}
	if d := cmp.Diff(problemLines(f.Problems), want); d != "" {
		t.Errorf("problems (-got +want):\n%s", d)
	}
	if d := cmp.Diff(recordLines(f.Zone), []string{"b 3600 A 192.0.2.1", `e 3600 TXT "x"`}); d != "" {
		t.Errorf("records (-got +want):\n%s", d)
	}
	if f.Err() == nil {
		t.Error("the zone can be planned, although its file has errors")
	}
}

func TestYAMLStopsAfterManyErrors(t *testing.T) {
	var errs, warnings strings.Builder
	for i := range 3 * maxProblems {
		fmt.Fprintf(&errs, "n%d: {type: A, value: x}\n", i)
		fmt.Fprintf(&warnings, "n%d: {type: A, value: 192.0.2.1, x: y}\n", i)
	}
	f := parseYAML(t, errs.String())
	if n := len(f.Problems); n != maxProblems || f.Problems[n-1].Rule != "too-many-problems" || f.Err() == nil {
		t.Errorf("%d problems, the last one %v; want %d, and that there are more", n, f.Problems[n-1], maxProblems)
	}
	f = parseYAML(t, warnings.String())
	if n := len(f.Problems); n != maxProblems || f.Err() != nil || f.Zone.Len() != 3*maxProblems {
		t.Errorf("%d warnings, %v, %d records; want %d warnings and all of the zone", n, f.Err(), f.Zone.Len(), maxProblems)
	}
}

func TestYAMLLimits(t *testing.T) {
	laughs := "www:\n  unread:\n  - &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'j'; c++ {
		laughs += fmt.Sprintf("  - &%c [%s]\n", c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	fsys := fstest.MapFS{
		"laughs.yaml": {Data: []byte(laughs + "  type: A\n  values: *j\n")},
		"use.yaml":    {Data: []byte("www:\n  type: A\n  values: &v [192.0.2.1, 192.0.2.2]\nx:\n  type: A\n  values: *v\n")},
		"twice.yaml":  {Data: []byte("www:\n  type: A\n  values: &v [192.0.2.1, 192.0.2.2]\nx:\n  type: A\n  values: *v\ny:\n  type: A\n  values: *v\n")},
	}
	tests := []struct {
		file   string
		limits Limits
		want   string
	}{
		{"laughs.yaml", Limits{}, "laughs.yaml:14:11: aliases (*j and others) stand for more than 1000000 values; source.limits.yaml_aliases raises the limit [yaml-aliases]"},
		{"use.yaml", Limits{YAMLAliases: 3}, ""},
		{"use.yaml", Limits{YAMLAliases: 2}, "use.yaml:6:11: aliases (*v and others) stand for more than 2 values; source.limits.yaml_aliases raises the limit [yaml-aliases]"},
		{"twice.yaml", Limits{YAMLAliases: 2}, "twice.yaml:6:11: aliases (*v and others) stand for more than 2 values; source.limits.yaml_aliases raises the limit [yaml-aliases]"},
		{"use.yaml", Limits{FileBytes: 77}, ""},
		{"use.yaml", Limits{FileBytes: 76}, "use.yaml: the file has more than 76 octets, with all that is included and generated; source.limits.file_bytes raises the limit [file-too-large]"},
		{"use.yaml", Limits{FileBytes: 77, YAMLBytes: 76}, "use.yaml: the file has more than 76 octets, with all that is included and generated; source.limits.yaml_bytes raises the limit [file-too-large]"},
		{"use.yaml", Limits{YAMLBytes: 77}, ""},
	}
	for _, test := range tests {
		f, err := ParseYAML(fsys, test.file, YAMLOptions{Origin: example, Limits: test.limits})
		if err != nil {
			t.Fatal(err)
		}
		lines := problemLines(f.Problems)
		if got := strings.Join(lines[max(len(lines)-1, 0):], ""); got != test.want {
			t.Errorf("%s with %+v: got %q; want %q", test.file, test.limits, got, test.want)
		}
	}
}

func TestParseYAMLErrors(t *testing.T) {
	fsys := fstest.MapFS{"example.com.yaml": {}}
	_, err := ParseYAML(fsys, "gone.yaml", YAMLOptions{Origin: example})
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "read zone example.com.: open gone.yaml: file does not exist" {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := ParseYAML(fsys, "example.com.yaml", YAMLOptions{}); err == nil {
		t.Error("no error without an origin")
	}
}
