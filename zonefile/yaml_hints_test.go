package zonefile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What has no quotes is read as it is written; a warning says where octoDNS reads something else.
func TestYAMLAmbiguous(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a name that is true", "yes: {type: A, value: 192.0.2.1}\n", []string{`1:1: warning: name "yes": octoDNS takes it for True; put it in quotes [yaml-ambiguous]`}},
		{"a name that is false", "Off: {type: A, value: 192.0.2.1}\n", []string{`1:1: warning: name "Off": octoDNS takes it for False; put it in quotes [yaml-ambiguous]`}},
		{"a name that is null", "null: {type: A, value: 192.0.2.1}\n", []string{`1:1: warning: name "null": octoDNS takes it for None; put it in quotes [yaml-ambiguous]`}},
		{"an octal name", "010: {type: A, value: 192.0.2.1}\n", []string{`1:1: warning: name "010": octoDNS takes it for 8; put it in quotes [yaml-ambiguous]`}},
		{"a network's name", "0_25: {type: PTR, value: a.example.}\n", []string{`1:1: warning: name "0_25": octoDNS takes it for 21; put it in quotes [yaml-ambiguous]`}},
		{"a fraction", "1.10: {type: A, value: 192.0.2.1}\n", []string{`1:1: warning: name "1.10": octoDNS takes it for 1.1; put it in quotes [yaml-ambiguous]`}},
		{"in quotes", "'yes': {type: A, value: 192.0.2.1}\n\"010\": {type: A, value: 192.0.2.1}\n", nil},
		{"no other names", "1: &a {type: A, value: 192.0.2.1}\n08: *a\ny: *a\n2026-11-20: *a\n1e3: *a\n1.5e3: *a\n", nil},
		{"a fraction as text", yamlRecordOf("TXT", "1.10"), []string{`3:10: warning: www TXT: "1.10": octoDNS takes it for 1.1; put it in quotes [yaml-ambiguous]`}},
		{"a hexadecimal number", yamlRecordOf("TXT", "0x1F"), []string{`3:10: warning: www TXT: "0x1F": octoDNS takes it for 31; put it in quotes [yaml-ambiguous]`}},
		{"a number with _", yamlRecordOf("TXT", "1_000"), []string{`3:10: warning: www TXT: "1_000": octoDNS takes it for 1000; put it in quotes [yaml-ambiguous]`}},
		{"a time", yamlRecordOf("TXT", "12:30:45"), []string{`3:10: warning: www TXT: "12:30:45": octoDNS takes it for a number to the base of 60; put it in quotes [yaml-ambiguous]`}},
		{"a date", yamlRecordOf("TXT", "2026-11-20"), []string{`3:10: warning: www TXT: "2026-11-20": octoDNS takes it for a date; put it in quotes [yaml-ambiguous]`}},
		{"a word", yamlRecordOf("TXT", "on"), []string{`3:10: warning: www TXT: "on": octoDNS takes it for True; put it in quotes [yaml-ambiguous]`}},
		{"an address that is a number", yamlRecordOf("AAAA", "1:2:3:4:5:6:7:8"), []string{`3:10: warning: www AAAA: "1:2:3:4:5:6:7:8": octoDNS takes it for a number to the base of 60; put it in quotes [yaml-ambiguous]`}},
		{"a digest", yamlRecordOf("SSHFP", "{algorithm: 9, fingerprint_type: 9, fingerprint: 00112233}"), []string{`3:59: warning: www SSHFP: "00112233": octoDNS takes it for 38043; put it in quotes [yaml-ambiguous]`}},
		{"no other text", yamlRecordOf("TXT", "[1, -5, 192.0.2.1, 1e3, '1.10', !!str 010, 12:30:4x, 1.1]"), nil},
		{"numbers of fields", yamlRecordOf("MX", "{preference: 1_0, exchange: a.example.}"), []string{
			`3:23: www MX: preference: "1_0" is not a number from 0 to 65535; octoDNS takes it for 10 [bad-value]`,
		}},
		{"an anchor for text", yamlRecordOf("TXT", "&x"), []string{
			`3:10: www TXT: nothing where a value is needed: "&" at the start makes an anchor; text that begins with it needs quotes [bad-value]`,
		}},
		{"a tag for text", yamlRecordOf("TXT", "!x"), []string{`3:10: the tag "!x" is not known; text that begins with "!" needs quotes [yaml-tag]`}},
		{"a merge behind a key", "www:\n  ttl: 5\n  <<: {ttl: 6, type: A}\n  value: 192.0.2.1\n", []string{
			`2:3: warning: "ttl" counts here, and in octoDNS what << has for it: put << in front of the other keys [yaml-ambiguous]`,
		}},
	}
	for _, test := range tests {
		checkYAMLProblems(t, []yamlProblem{{test.name, test.text, test.want}})
	}
}

func TestYAMLSuggestions(t *testing.T) {
	checkYAMLProblems(t, []yamlProblem{
		{"a key", "www: {typ: A, type: A, vaule: x, value: 192.0.2.1, TTL: 5, comment: y}\n", []string{
			`1:7: warning: www A: the key "typ" is not known, and nothing is done with it; did you mean type? [unknown-key]`,
			`1:24: warning: www A: the key "vaule" is not known, and nothing is done with it; did you mean value? [unknown-key]`,
			`1:52: warning: www A: the key "TTL" is not known, and nothing is done with it; did you mean ttl? [unknown-key]`,
			`1:60: warning: www A: the key "comment" is not known, and nothing is done with it [unknown-key]`,
		}},
		{"an option", "www: {type: A, value: 192.0.2.1, octodns: {leniant: true}}\n", []string{
			`1:44: warning: www A: octodns.leniant is not used, and nothing is done with it; did you mean lenient? [unused-option]`,
		}},
		{"a field", yamlRecordOf("SRV", "{priority: 1, weight: 1, prot: 1, port: 1, target: a.example.}"), []string{
			`3:35: warning: www SRV: the field "prot" is not known, and nothing is done with it; did you mean port? [unknown-key]`,
		}},
		{"a key that is not indented", "www:\n  type: A\nvalue: 192.0.2.1\n", []string{
			"1:1: www A: no value [missing-data]",
			"3:1: value: not a record, which is a mapping with type and value; is it indented as the other keys of its record? [yaml-shape]",
		}},
	})
}

func TestDidYouMean(t *testing.T) {
	for text, want := range map[string]string{
		"ttl": "; did you mean ttl?", "tlt": "; did you mean ttl?", "valeus": "; did you mean values?", "values ": "; did you mean values?", "x": "", "": "", "weight": "",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "",
	} {
		if d := cmp.Diff(didYouMean(text, recordKeys), want); d != "" {
			t.Errorf("%q (-got +want):\n%s", text, d)
		}
	}
}

// What PyYAML 6.0 reads, and Python shows of it.
func TestPythonReads(t *testing.T) {
	for text, want := range map[string]string{
		"yes": "True", "On": "True", "NO": "False", "off": "False", "yEs": "", "y": "", "N": "", "nothing": "",
		"0": "", "-5": "", "12345678901234567890123": "", "+5": "5", "-0": "0", "00": "0", "010": "8", "-010": "-8", "08": "", "0x1F": "31", "-0x1F": "-31", "0b101": "5", "0o17": "",
		"1_000": "1000", "1.10": "1.1", "1.1": "", "1.": "1.0", ".5": "0.5", "+1.5": "1.5", "-1.50": "-1.5", "1e3": "", "1.5e3": "", "1.5e+3": "1500.0",
		"1:30": "a number to the base of 60", "01:30": "", "1:60": "", "01:30.5": "a number to the base of 60", "2001:db8::1": "", "1:2:3:4:5:6:7:8": "a number to the base of 60",
		".inf": "a number without a value", ".nan": "a number without a value", ".Inf": "a number without a value", ".iNF": "",
		"2026-11-20": "a date", "2026-1-1": "", "2026-11-20 10:00:00": "a date", "2026-11-20T10:00:00Z": "a date", "2026-11-20x": "",
		"192.0.2.1": "", "1.2.3": "", "a1": "", "": "", "-": "", "-a": "", "1 2": "",
	} {
		if instead, other := pythonReads(text); instead != want && (other || want != "") || other != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", text, instead, other, want)
		}
	}
}
