package zonefile

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	"pgregory.net/rapid"
)

// Keys and their DS as the RFCs publish them.
var publishedDS = []struct {
	source, owner, key, ds string
}{
	{
		"RFC 4034 §5.4", "dskey.example.com.",
		"256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
		"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
	},
	{
		"RFC 4509 §2.3", "dskey.example.com.",
		"256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
		"60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A",
	},
	{
		"RFC 6605 §6.1", "example.net.",
		"257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
		"55648 13 2 B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17",
	},
	{
		"RFC 6605 §6.2", "example.net.",
		"257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
		"10771 14 4 72D7B62976CE06438E9C0BF319013CF801F09ECC84B8D7E9495F27E305C6A9B0563A9B5F4D288405C3008A946DF983D6",
	},
}

func TestPublishedDS(t *testing.T) {
	for _, test := range publishedDS {
		t.Run(test.source, func(t *testing.T) {
			keys := MustParseRRset(test.owner+" 300 DNSKEY", test.key)
			want, err := ParseDSText(test.ds)
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := ParseDNSKEY(keys)
			if err != nil || len(parsed) != 1 {
				t.Fatalf("%v, %v", parsed, err)
			}
			got, err := parsed[0].DS(keys.Key.Name, want.DigestType)
			if err != nil || got.String() != test.ds || !got.Equal(want) {
				t.Errorf("got %s, %v; want %s", got, err, test.ds)
			}
			if !want.Matches(keys.Key.Name, keys) {
				t.Error("it does not match")
			}
			if want.SHA1() != (want.DigestType == 1) {
				t.Errorf("SHA1 is %t", want.SHA1())
			}
		})
	}
}

func TestDSMatches(t *testing.T) {
	const (
		owner     = "example.net."
		publicKey = " GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=="
		good      = "257 3 13" + publicKey
		other     = "256 3 13 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OBw=="
		ds        = "55648 13 2 B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17"
	)
	// dsAnyway returns the DS that a key would have if everything could have one.
	dsAnyway := func(key string) string {
		parsed, err := ParseDNSKEY(MustParseRRset(owner+" 300 DNSKEY", key))
		if err != nil {
			t.Fatal(err)
		}
		return DS{parsed[0].Tag(), parsed[0].Algorithm, DigestSHA256, parsed[0].digest(MustParseName(owner), DigestSHA256)}.String()
	}
	const revoked, noZoneKey, otherProtocol = "385 3 13" + publicKey, "1 3 13" + publicKey, `\# 68 0101020d1a88c88615d437fbb8bf9e1942a1929f28562706ae6c2bd399e7b1bfb6d1e9e75b92b4aa42917ae1c61b701ef035c3fe7be3009cbafe5a2f71316c902dcf0d00`
	for _, test := range []struct {
		name, ds, owner, typ string
		keys                 []string
		want                 bool
	}{
		{"the key", ds, owner, "DNSKEY", []string{good}, true},
		{"one of the keys", ds, owner, "DNSKEY", []string{other, good}, true},
		{"a key that is not marked", dsAnyway(other), owner, "DNSKEY", []string{other, good}, true},
		{"another key", ds, owner, "DNSKEY", []string{other}, false},
		{"no key", ds, owner, "DNSKEY", nil, false},
		{"of another zone", ds, "example.org.", "DNSKEY", []string{good}, false},
		{"another tag", strings.Replace(ds, "55648", "55649", 1), owner, "DNSKEY", []string{good}, false},
		{"another algorithm", strings.Replace(ds, " 13 ", " 14 ", 1), owner, "DNSKEY", []string{good}, false},
		{"another digest", strings.Replace(ds, "1D17", "1D18", 1), owner, "DNSKEY", []string{good}, false},
		{"a digest of the same length of another type", strings.Replace(ds, " 2 ", " 3 ", 1), owner, "DNSKEY", []string{good}, false},
		{"an unknown digest type", "55648 13 200 B4C8", owner, "DNSKEY", []string{good}, false},
		{"an unknown digest type without a digest", `\# 5 D960 0D C8 00`, owner, "DNSKEY", []string{good}, false},
		{"a revoked key", dsAnyway(revoked), owner, "DNSKEY", []string{revoked}, false},
		{"not a zone key", dsAnyway(noZoneKey), owner, "DNSKEY", []string{noZoneKey}, false},
		{"another protocol", dsAnyway(otherProtocol), owner, "DNSKEY", []string{otherProtocol}, false},
		{"what should become keys", ds, owner, "CDNSKEY", []string{good}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var keys RRset
			if test.keys != nil {
				keys = MustParseRRset(owner+" 300 "+test.typ, test.keys...)
			}
			d, err := ParseDSText(test.ds)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.Matches(MustParseName(test.owner), keys); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestDSText(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
		{"60485 RSASHA1 SHA-1 ( 2bb183af5f22588179a5 3b0a98631fad1a292118 )", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
		{"1 13 200 00aB", "1 13 200 00AB"},
		{"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A2921", ""}, // an octet is missing
		{"65536 5 200 AB", ""},
		{"1 256 200 AB", ""},
		{"1 5 200 ABC", ""},
		{"1 5 200", ""},
		{"", ""},
	} {
		got, err := ParseDSText(test.text)
		if test.want == "" {
			if err == nil || !strings.Contains(err.Error(), test.text) {
				t.Errorf("%q is read as %s, %v", test.text, got, err)
			}
			continue
		}
		if err != nil || got.String() != test.want {
			t.Errorf("%q is read as %s, %v; want %s", test.text, got, err, test.want)
		}
	}
}

// TestDSRRset makes an RRset of records and records of the RRset.
func TestDSRRset(t *testing.T) {
	want := MustParseRRset("example.com. 3600 DS", publishedDS[3].ds, publishedDS[0].ds)
	records, err := ParseDS(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{publishedDS[3].ds, publishedDS[0].ds}, []string{records[0].String(), records[1].String()}); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, err := DSRRset(want.Key.Name, 3600, records[1], records[0], records[1]); err != nil || got != want {
		t.Errorf("got %s, %v", got, err)
	}
	if other := records[0]; !records[0].Equal(other) || records[0].Equal(records[1]) {
		t.Errorf("%s and %s are equal", records[0], records[1])
	} else if other.DigestType++; records[0].Equal(other) {
		t.Errorf("%s and %s are equal", records[0], other)
	}
	if set, err := DSRRset(want.Key.Name, 3600); err == nil {
		t.Errorf("of no record: %s", set)
	}
	if set, err := DSRRset(want.Key.Name, 3600, DS{DigestType: DigestSHA256, Digest: []byte{1}}); err == nil {
		t.Errorf("of a short digest: %s", set)
	}
	if records, err := ParseDS(RRset{}); records != nil || err != nil {
		t.Errorf("of the zero RRset: %s, %v", records, err)
	}
	if records, err := ParseDS(MustParseRRset("example.com. 300 CDS", publishedDS[0].ds)); err == nil {
		t.Errorf("of another type: %s", records)
	}
}

// TestDSOfOthers makes none for keys that sign no zone, and of digests that are not known.
func TestDSOfOthers(t *testing.T) {
	owner := MustParseName("example.com.")
	for _, test := range []struct {
		key    DNSKEY
		digest uint8
		want   string
	}{
		{DNSKEY{257, 3, 13, []byte{1, 2, 3}}, 3, "digest type 3 is none of"},
		{DNSKEY{385, 3, 13, []byte{1, 2, 3}}, 2, "with flags 385 and protocol 3 it signs no zone"},
	} {
		if ds, err := test.key.DS(owner, test.digest); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %s, %v; want %s", ds, err, test.want)
		}
	}
}

// TestKeyTagOfRSAMD5 has a modulus that ends with 0xaabbcc: the tag is of its last octets but one (RFC 4034 appendix B.1).
func TestKeyTagOfRSAMD5(t *testing.T) {
	if tag := (DNSKEY{256, 3, 1, []byte{1, 3, 9, 9, 0xaa, 0xbb, 0xcc}}).Tag(); tag != 0xaabb {
		t.Errorf("got %#x", tag)
	}
	if tag := (DNSKEY{256, 3, 1, []byte{1, 2}}).Tag(); tag != 0x0503 {
		t.Errorf("of less than a modulus: %#x", tag)
	}
}

// TestDSMeansTheSameToOthers compares tags and digests with those of miekg/dns.
func TestDSMeansTheSameToOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		owner := MustParseName(rapid.StringMatching(`([a-zA-Z0-9_-]{1,20}\.|\\[0-2][0-4][0-9]\.){1,5}`).Draw(t, "owner"))
		flags := rapid.SampledFrom([]uint16{256, 257, 256 | 1<<15, 0xff7f}).Draw(t, "flags")
		key := DNSKEY{flags, 3, rapid.Uint8Range(2, 255).Draw(t, "algorithm"), rapid.SliceOfN(rapid.Byte(), 1, 600).Draw(t, "key")}
		digestType := rapid.SampledFrom([]uint8{DigestSHA1, DigestSHA256, DigestSHA384}).Draw(t, "digest type")
		theirs := (&dns.DNSKEY{
			Hdr:   dns.RR_Header{Name: owner.String(), Rrtype: dns.TypeDNSKEY, Class: dns.ClassINET},
			Flags: key.Flags, Protocol: key.Protocol, Algorithm: key.Algorithm, PublicKey: base64.StdEncoding.EncodeToString(key.PublicKey),
		}).ToDS(digestType)
		want := DS{KeyTag: theirs.KeyTag, Algorithm: theirs.Algorithm, DigestType: theirs.DigestType}.String() + strings.ToUpper(theirs.Digest)
		got, err := key.DS(owner, digestType)
		if err != nil || got.String() != want {
			t.Fatalf("got %s, %v; want %s", got, err, want)
		}
		keys, err := NewRRset(Key{owner, TypeDNSKEY}, 300, key.rdata())
		if err != nil || !got.Matches(owner, keys) {
			t.Fatalf("%s does not match %s: %v", got, keys, err)
		}
		if back, err := ParseDSText(want); err != nil || !back.Equal(got) {
			t.Fatalf("%s is read as %s, %v", want, back, err)
		}
		if parsed, err := ParseDNSKEY(keys); err != nil || !parsed[0].Equal(key) {
			t.Fatalf("%s is read as %v, %v", keys, parsed, err)
		}
	})
}
