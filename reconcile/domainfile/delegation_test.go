package domainfile

import (
	"fmt"
	"strings"
	"testing"
)

func TestProblemsOfDelegations(t *testing.T) {
	const digest = "8A9A70596E869BED72C69D97A8895DFAD86A10DF8D5E5B0D61BB9E6D4E85C2F4"
	const key = "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="
	var servers []string
	for i := range 14 {
		servers = append(servers, fmt.Sprintf("ns%d.example.net", i))
	}
	checkProblems(t, []problemTest{
		{"no name servers", delegationWith("name_servers: []"), []string{
			"3:15: delegation.name_servers: an empty list would take the domain off the net; leave the key out where the name servers are not to be changed [last-ns]",
		}},
		{"one", delegationWith("name_servers: [ns1.example.net]"), []string{
			"3:15: warning: delegation.name_servers: with one name server the domain is gone when that is: want two at least (RFC 1034 §4.1) [few-name-servers]",
		}},
		{"duplicates", delegationWith("name_servers: [ns1.example.net, NS1.example.net., ns2.example.net]"), []string{
			"3:33: delegation.name_servers: ns1.example.net. comes twice [duplicate-value]",
		}},
		{"13", delegationWith("name_servers: [" + strings.Join(servers[:13], ", ") + "]"), nil},
		{"14", delegationWith("name_servers: [" + strings.Join(servers, ", ") + "]"), []string{
			"3:15: delegation.name_servers: 14 name servers, where a domain has 13 at most [too-many-name-servers]",
		}},
		{"no hosts", delegationWith("name_servers: [192.0.2.1, '2001:db8::1', ns1, a_b.example.net, '*.example.net', -a.example.net, ., [a], ns1.example.net]"), []string{
			"3:16: delegation.name_servers: 192.0.2.1 looks like an address, and name servers are given by their names [bad-name]",
			"3:27: delegation.name_servers: 2001\\:db8\\:\\:1 is not the name of a host, whose labels have letters, digits and - [bad-name]",
			"3:42: delegation.name_servers: ns1 is not a whole name, such as ns1.example.net [bad-name]",
			"3:47: delegation.name_servers: a_b.example.net is not the name of a host, whose labels have letters, digits and - [bad-name]",
			"3:64: delegation.name_servers: *.example.net is not the name of a host, whose labels have letters, digits and - [bad-name]",
			"3:81: delegation.name_servers: -a.example.net is not the name of a host, whose labels have letters, digits and - [bad-name]",
			`3:97: delegation.name_servers: "." is the root: want a whole name, such as www.example.com [bad-name]`,
			"3:100: delegation.name_servers: want a single value, and this is a list [yaml-shape]",
		}},
		{"a single one", delegationWith("name_servers: ns1.example.net"), []string{
			`3:15: delegation.name_servers: want from-zone, or a list such as [ns1.example.net, ns2.example.net], and this is "ns1.example.net" [yaml-shape]`,
		}},
		{"no name servers by nothing", delegationWith("name_servers: ~"), []string{
			"3:15: delegation.name_servers: want from-zone, or a list such as [ns1.example.net, ns2.example.net], and this is nothing [yaml-shape]",
		}},
		{"no name servers by a word", delegationWith("name_servers: none"), []string{
			`3:15: delegation.name_servers: want from-zone, or a list such as [ns1.example.net, ns2.example.net], and this is "none" [yaml-shape]`,
		}},
		{"target", with("delegation: {provider: g, name_servers: {from-zone: [a]}, ds: {from_zone: a}}\n"), []string{
			"2:53: delegation.name_servers.from-zone: want a single value, and this is a list [yaml-shape]",
			"2:63: delegation.ds.from-zone is missing: the name of one under providers: in the configuration [missing-key]",
			`2:64: delegation.ds: unknown key "from_zone"; did you mean from-zone? [unknown-key]`,
		}},
		{"DS", recordsWith(" ds:\n - 12345 13 2 " + digest + "\n - 12345 13 2 " + strings.ToLower(digest) + "\n - 12345 13 2 8A9A\n - 12345 13 9 8A9A\n - 12345 0 2 " + digest +
			"\n - 99999 13 2 " + digest + "\n - 12345 13 2\n - x\n - 12345 13 2 " + digest + "00\n - 12345 13 4 " + digest + "\n - [a]\n - \\# 2 0001\n"), []string{
			"6:4: delegation.ds: the same record comes twice [duplicate-value]",
			`7:4: delegation.ds: DS "12345 13 2 8A9A": the digest does not have the length of its digest type: 2 octets, want 32 [bad-value]`,
			"8:4: delegation.ds: digest type 9 is not known [bad-value]",
			"9:4: delegation.ds: algorithm 0 signs no zones [bad-value]",
			`10:4: delegation.ds: DS "99999 13 2 8A9A70596E869BED72C69D97A8895DFAD86A10DF8D5E5B0D6...": "99999" is not a number from 0 to 65535 [bad-value]`,
			`11:4: delegation.ds: DS "12345 13 2": the data ends where hex digits is expected [bad-value]`,
			`12:4: delegation.ds: DS "x": "x" is not a number from 0 to 65535 [bad-value]`,
			`13:4: delegation.ds: DS "12345 13 2 8A9A70596E869BED72C69D97A8895DFAD86A10DF8D5E5B0D6...": the digest does not have the length of its digest type: 33 octets, want 32 [bad-value]`,
			`14:4: delegation.ds: DS "12345 13 4 8A9A70596E869BED72C69D97A8895DFAD86A10DF8D5E5B0D6...": the digest does not have the length of its digest type: 32 octets, want 48 [bad-value]`,
			"15:4: delegation.ds: want a single value, and this is a list [yaml-shape]",
			"16:4: delegation.ds: DS \"\\# 2 0001\": data ends too early [bad-value]",
		}},
		{"weak DS", delegationWith("ds: [12345 13 1 8A9A70596E869BED72C69D97A8895DFAD86A10DF]"), []string{
			"3:6: warning: delegation.ds: digest type 1 (SHA-1) is too weak (RFC 8624 §3.3): have one of type 2 [weak-digest]",
		}},
		{"empty DS", delegationWith("ds: []"), []string{
			"3:5: delegation.ds: an empty list: write ds: none if the domain is to be unsigned, and leave the key out if nothing is to be changed [bad-value]",
		}},
		{"DS of nothing", delegationWith("ds: null"), []string{
			`3:5: delegation.ds: want from-zone, none, or a list such as ["12345 13 2 8A9A..."], and this is nothing [yaml-shape]`,
		}},
		{"DS by another word", delegationWith("ds: auto"), []string{
			`3:5: delegation.ds: want from-zone, none, or a list such as ["12345 13 2 8A9A..."], and this is "auto" [yaml-shape]`,
		}},
		{"keys", recordsWith(" key_data:\n - 257 3 13 " + key + "\n - 257 3 13 " + key[:44] + " " + key[44:] + "\n - 1 3 13 " + key + "\n - 385 3 13 " + key + "\n - 257 2 13 " + key +
			"\n - 257 3 252 " + key + "\n - 257 3 13\n - 257 3 13 ???\n - \\# 4 01010d0d\n"), []string{
			"6:4: delegation.key_data: the same record comes twice [duplicate-value]",
			"7:4: delegation.key_data: a key with flags 1 and protocol 3 signs no zone (RFC 4034 §2.1): one that does has 257 or 256, and 3 [bad-value]",
			"8:4: delegation.key_data: a key with flags 385 and protocol 3 signs no zone (RFC 4034 §2.1): one that does has 257 or 256, and 3 [bad-value]",
			"9:4: delegation.key_data: a key with flags 257 and protocol 2 signs no zone (RFC 4034 §2.1): one that does has 257 or 256, and 3 [bad-value]",
			"10:4: delegation.key_data: algorithm 252 signs no zones [bad-value]",
			`11:4: delegation.key_data: DNSKEY "257 3 13": the data ends where base64 is expected [bad-value]`,
			`12:4: delegation.key_data: DNSKEY "257 3 13 ???": "???" is not base64 (letters, digits, + and /, with = at the end to make a multiple of four, without quotes) [bad-value]`,
			"13:4: delegation.key_data: DNSKEY \"\\# 4 01010d0d\": data ends too early [bad-value]",
		}},
		{"keys from the zone", delegationWith("key_data: from-zone"), []string{
			`3:11: delegation.key_data: want a list such as ["257 3 13 mdsswUyr3DPW..."], and this is "from-zone" [yaml-shape]`,
		}},
		{"both", delegationWith("ds: none, key_data: [257 3 13 " + key + "]"), []string{
			"3:21: delegation.key_data: there is a ds beside it, and a domain has either of them [ds-and-key-data]",
		}},
	})
}
