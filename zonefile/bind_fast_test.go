package zonefile

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// contentOf returns all that a file says, and where.
func contentOf(f *File) []string {
	var lines []string
	for s := range f.Zone.All() {
		lines = append(lines, fmt.Sprintf("%s: %s", f.Position(s.Key), s))
	}
	for _, p := range f.Problems {
		lines = append(lines, fmt.Sprintf("%s [%s]", p, p.Rule))
	}
	for at, rules := range f.Allowed() {
		lines = append(lines, fmt.Sprintf("%s: allowed: %q", at, rules))
	}
	slices.Sort(lines)
	return append(lines, fmt.Sprintf("%d records, digest %s, files %q", f.Zone.Records(), f.Digest(), f.Files()))
}

// compareWays reads a zone by tokens alone and the fast way, with windows from small to large, and fails the test if it is not the same zone.
func compareWays(t testing.TB, fsys fs.FS, file string, opts BINDOptions) {
	t.Helper()
	opts.byToken, opts.window = true, 1<<30
	slow, slowErr := ParseBIND(fsys, file, opts)
	for _, byToken := range []bool{false, true} {
		for _, window := range []int{4, 17, 100, windowSize} {
			opts.byToken, opts.window = byToken, window
			fast, err := ParseBIND(fsys, file, opts)
			if (err == nil) != (slowErr == nil) {
				t.Fatalf("by token %v, window %d: error %v, want %v", byToken, window, err, slowErr)
			}
			if err != nil {
				continue
			}
			if d := cmp.Diff(contentOf(slow), contentOf(fast)); d != "" {
				t.Fatalf("by token %v, window %d (-by token +got):\n%s", byToken, window, d)
			}
		}
	}
}

func TestFastLinesReadWhatTokensAre(t *testing.T) {
	for _, dir := range []string{goodZones, badZones} {
		for _, file := range zoneFiles(t, dir) {
			t.Run(filepath.Join(filepath.Base(dir), file), func(t *testing.T) {
				compareWays(t, os.DirFS(dir), file, BINDOptions{Origin: example})
			})
		}
	}
	t.Run("benchmark", func(t *testing.T) {
		text := benchmarkText(3000)
		compareWays(t, fstest.MapFS{"zone": {Data: []byte(text)}}, "zone", BINDOptions{Origin: example})
	})
}

// fastLine are lines that the fast way takes, or just does not.
var fastParts = [...][]string{
	{
		"a", "a", "a", "", "", " ", "\t", "b.a", "@", "*", "_x._tcp", "A.B", "a.example.com.", "a.example.org.", ".", "a..b", "-", "1", `a\.b`, "a@", "é", `"a"`, "(", "$X", "x/y",
		strings.Repeat("a", 63), strings.Repeat("a", 64), strings.Repeat("a.", 120) + "b", strings.Repeat("abcdefg.", 30), strings.Repeat("a", 300), strings.Repeat("a", 256) + ".b",
	},
	{"", "", "", " 300", " 0", " 1h", " IN", " in", " iN", " CH", " 300 IN", " IN 300", " IN IN", " 300 300", " 2147483647", " 2147483648", " 00000000300", " 99999999999", "\tIN", " 3;", "(", " IN(", " in 3h"},
	{" A", " A", " AAAA", " MX", " TXT", " CNAME", " NS", " SRV", " PTR", " a", " aaaa", " CAA", " TYPE1", " X", "", " A(", " SOA", "\tA ", "  NS"},
	{
		" 192.0.2.1", " 192.0.2.256", " 192.0.2", " 192.0.2.01", " 192.0.2.1.1", " 0.0.0.0", " 192.0.2.0001", " 192.0..1", "192.0.2.1",
		" 2001:db8::1", " ::", " 1::", " ::1", " :1", " 1:", " 1:2:3:4:5:6:7:8", " 1:2:3:4:5:6:7::", " ::1:2:3:4:5:6:7:8", " 1:2:3:4:5:6:7:8:9", " 1::2::3", " 12345::", " ABCD::ef", " ::192.0.2.1", " fe80::1%eth0",
		" 1:::2", " 1::2:", " g::", " ::1:", " 2001:DB8::1",
		" 10 b", " 65535 b.example.net.", " 65536 b", " 10", " 1 2 3 b", " 1 2 3", " 01 a", " 10 @", " 10 .", " 10b",
		" b", " B.C", " @", " .", " b c", " b.", " \"b\"", " b\\.c", " b(", " b)", " @b", " " + strings.Repeat("a.", 121) + "b", " " + strings.Repeat("a.", 127),
		` "x"`, ` "x" "y"`, ` "x""y"`, ` x y`, ` x"y"`, ` "x"y`, ` ""`, ` "a;b"`, ` a;b`, ` "x`, ` "x\"y"`, ` "é"`, " \"a\tb\"", " \"a\x00b\"", ` \# 1 00`, ` x\032y`, ` a(b)`, " a\x00", " x ( y )",
		` "` + strings.Repeat("x", 255) + `"`, ` "` + strings.Repeat("x", 256) + `"`, " " + strings.Repeat("x", 256), strings.Repeat(` "`+strings.Repeat("x", 255)+`"`, 257), " \v", " \"\v\"", "",
	},
	{"", "", "", " ", "\t", ";", " ; comment", " ; zoneward: allow some-rule, other", "; (\"", " ;\r;", "\r", " (\n)", " )"},
	{"\n", "\n", "\n", "\n", "\r\n", "\r", "\n\n", "\n \n", "\n\t; c\n", "\n;c\r\n", "\n$ORIGIN a.example.com.\n", "\n$ORIGIN example.org.\n", "\n$ORIGIN .\n", "\n$ORIGIN " + strings.Repeat(`\000`, 60) + "." + strings.Repeat(`\001`, 60) + ".example.com.\n", "\n$TTL 5\n", "\n$INCLUDE inc\n", "\n$GENERATE 1-2 a$ A 192.0.2.$\n"},
}

// Most lines that are made of these are wrong somewhere, so each part is most often the first one, which goes with the others.
func TestFastLinesReadWhatTokensOfAnythingAre(t *testing.T) {
	rounds := 600
	if testing.Short() {
		rounds = 60
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	good := map[string][]string{
		" A": {" 192.0.2.1", " 192.0.2.2"}, " AAAA": {" 2001:db8::1", " ::"}, " MX": {" 10 b", " 20 b.example.net."}, " TXT": {` "x"`, " x y"}, " CNAME": {" b"}, " NS": {" ns.b"}, " SRV": {" 1 2 3 b"}, " PTR": {" b"},
	}
	for range rounds {
		var text strings.Builder
		if random.IntN(4) > 0 {
			text.WriteString("$TTL 300\n")
		}
		for range random.IntN(12) {
			var typ string
			for i, part := range fastParts {
				choice := part[random.IntN(len(part))]
				switch {
				case i == 2:
					typ = choice
				case i == 3 && good[typ] != nil && random.IntN(3) > 0:
					choice = good[typ][random.IntN(len(good[typ]))]
				case random.IntN(2) > 0:
					choice = part[random.IntN(min(4, len(part)))]
				}
				text.WriteString(choice)
			}
		}
		if random.IntN(8) == 0 {
			text.WriteString("z A 192.0.2.1") // without a line end
		}
		fsys := fstest.MapFS{"zone": {Data: []byte(text.String())}, "inc": {Data: []byte(" A 192.0.2.3\nc A 192.0.2.4\n")}}
		t.Run("", func(t *testing.T) {
			compareWays(t, fsys, "zone", BINDOptions{Origin: example})
			if t.Failed() {
				t.Logf("seed %d:\n%q", seed, text.String())
			}
		})
		if t.Failed() {
			return
		}
	}
}

// A name is longer in the form that names are compared in than on the wire if it has octets of zero or one.
func TestFastLinesTakeNamesOfAnyLength(t *testing.T) {
	labels := func(octet string, octets int) string {
		var s strings.Builder
		for ; octets > 0; octets -= 60 {
			s.WriteString(strings.Repeat(octet, min(octets, 60)) + ".")
		}
		return s.String()
	}
	for _, octet := range []string{`\000`, `\001`, "a"} {
		for octets := 100; octets < 240; octets++ {
			origin := labels(octet, octets) + "example.com."
			text := "$TTL 300\n$ORIGIN " + origin + "\na A 192.0.2.1\n@ A 192.0.2.2\n A 192.0.2.3\naa.a A 192.0.2.4\n@ NS a\n"
			compareWays(t, fstest.MapFS{"zone": {Data: []byte(text)}}, "zone", BINDOptions{Origin: example})
			if name, err := ParseName(origin, Name{}); err == nil {
				compareWays(t, fstest.MapFS{"zone": {Data: []byte(text)}}, "zone", BINDOptions{Origin: name})
			}
		}
	}
}

// The lines that most files have go the fast way: a reader that leaves them to the tokens is right, and slow.
func TestFastLinesTakeWhatIsFrequent(t *testing.T) {
	const text = `; comment

a       300     IN      A       192.0.2.1
                        AAAA    2001:db8::1     ; comment
a               IN 300  MX      10 mail.example.net.
@               in      NS      ns.b
*.B.example.com.        TXT     "v=spf1 -all" "x;y" z
_sip._tcp               SRV     0 5 5060 b
www             0       CNAME   @
1                       PTR     b.example.net.
`
	fsys := fstest.MapFS{"zone": {Data: []byte(text + strings.ReplaceAll(text, "\n", "\r\n"))}}
	budget := int64(1 << 20)
	w, err := openWindow(fsys, "zone", windowSize, windowSize, &budget)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	r := &bindReader{filler: newFiller(example, "zone"), zone: example, ttl: ttlRules{hasStandard: true}}
	r.fastLines(&source{file: "zone", origin: completionWith(example)}, w)
	if rest := string(w.octets[w.scan.pos:]); rest != "" {
		t.Errorf("left to the tokens:\n%s", rest)
	}
	if got, want := r.file().Zone.Records(), 8; got != want {
		t.Errorf("%d records, want %d", got, want)
	}
}
