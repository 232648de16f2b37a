package zonefile

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// formatted returns z as a master file.
func formatted(t testing.TB, z *Zone) string {
	t.Helper()
	var b strings.Builder
	if err := FormatBIND(&b, z, FormatOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormatBIND(t *testing.T) {
	z := zoneOf(t,
		MustParseRRset("example.com. 3600 NS", "ns1.example.com.", "ns2.example.net."),
		MustParseRRset("example.com. 3600 SOA", "ns1.example.com. hostmaster.example.com. 1 7200 900 1209600 300"),
		MustParseRRset("example.com. 300 ALIAS", "www.example.net."),
		MustParseRRset("ns1.example.com. 3600 A", "192.0.2.53"),
		MustParseRRset(`a\.b\032c.example.com. 60 TXT`, `"two" "strings; \"quoted\" \\ \009"`),
		MustParseRRset("a-name-that-is-longer-than-its-column.example.com. 2147483647 CNAME", "example.com."),
		MustParseRRset("x.example.com. 300 RESINFO", `"qnamemin"`),
		MustParseRRset("y.example.com. 300 NSEC", `z.example.com. A RESINFO`),
	)
	var b strings.Builder
	err := FormatBIND(&b, z, FormatOptions{Header: "Made from git.\n\n$ORIGIN x\r\n\tdo not edit\x1b "})
	if err != nil {
		t.Fatal(err)
	}
	want := `; Made from git.
;
; $ORIGIN x
;
; do not edit
$ORIGIN example.com.
$TTL 300
@                       3600   IN SOA     ns1.example.com. hostmaster.example.com. 1 7200 900 1209600 300
@                       3600   IN NS      ns1.example.com.
@                       3600   IN NS      ns2.example.net.
@                              IN TYPE65401 \# 17 03777777076578616d706c65036e657400
a-name-that-is-longer-than-its-column 2147483647 IN CNAME   example.com.
a\.b\032c               60     IN TXT     "two" "strings; \"quoted\" \\ \009"
ns1                     3600   IN A       192.0.2.53
x                              IN TYPE261 \# 9 08716e616d656d696e
y                              IN NSEC    z.example.com. A TYPE261
`
	if d := cmp.Diff(b.String(), want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
	f := parseText(t, b.String())
	compareZones(t, f.Zone, z)
}

func TestFormatBINDOfNothing(t *testing.T) {
	if got, want := formatted(t, NewZone(example)), "$ORIGIN example.com.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFormatBINDOfTheRoot(t *testing.T) {
	z, err := ZoneOf(Root, MustParseRRset(". 300 NS", "a.example."), MustParseRRset("example. 300 NS", "a.example."))
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseBIND(fstest.MapFS{"zone": {Data: []byte(formatted(t, z))}}, "zone", BINDOptions{Origin: Root})
	if err != nil {
		t.Fatal(err)
	}
	compareZones(t, f.Zone, z)
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestFormatBINDReturnsTheErrorOfItsWriter(t *testing.T) {
	broken := errors.New("broken")
	if err := FormatBIND(brokenWriter{broken}, NewZone(example), FormatOptions{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestFormatBINDIsReadAsTheSameZone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := genZone(t, "zone")
		var b bytes.Buffer
		if err := FormatBIND(&b, z, FormatOptions{Header: rapid.String().Draw(t, "header")}); err != nil {
			t.Fatal(err)
		}
		f, err := ParseBIND(fstest.MapFS{"zone": {Data: b.Bytes()}}, "zone", BINDOptions{Origin: example})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range f.Problems {
			if strings.HasPrefix(p.Rule, "syntax") || strings.HasPrefix(p.Rule, "bad-") {
				t.Fatal(p)
			}
		}
		if !f.Zone.Equal(z) || f.Zone.Digest() != z.Digest() {
			t.Fatalf("another zone:\n%s", b.String())
		}
	})
}

// What some programs want with a backslash before it has one.
func TestNamesAreEscapedForAll(t *testing.T) {
	for c := range 256 {
		name, _, err := NameFromWire([]byte{1, byte(c), 0})
		if err != nil {
			t.Fatal(err)
		}
		text := name.String()
		if got, err := ParseName(text, Name{}); err != nil || got != name {
			t.Errorf("octet %d: %s is read as %s, %v", c, text, got, err)
		}
		plain := len(text) == 2
		if want := strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_*/", rune(lower(byte(c)))) && c < 128; plain != want {
			t.Errorf("octet %d is written %s", c, text)
		}
	}
}
