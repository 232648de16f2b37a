package zoneedit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

var origin = zonefile.MustParseName("example.com.")

// tree returns a file system with files.
func tree(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// sourceOf reads the zone in a file, if it is there.
func sourceOf(t testing.TB, files map[string]string, file string) Source {
	t.Helper()
	source := Source{FS: tree(files), File: file, Options: zonefile.ParseOptions{Origin: origin}}
	stated, err := zonefile.Parse(source.FS, file, source.Options)
	if err != nil {
		return source
	}
	if err := stated.Err(); err != nil {
		t.Fatal(err)
	}
	source.Stated = stated
	return source
}

// changesOf returns the changes that lines stand for: "NAME TTL TYPE RDATA | RDATA" for what an RRset is to be, "NAME TYPE" for none.
func changesOf(t testing.TB, source Source, lines ...string) []zonefile.Change {
	t.Helper()
	var changes []zonefile.Change
	for _, line := range lines {
		f := strings.SplitN(line, " ", 4)
		at := 1
		if len(f) > 2 {
			at = 2
		}
		name, err := zonefile.ParseName(f[0], origin)
		if err != nil {
			t.Fatal(err)
		}
		var c zonefile.Change
		key := zonefile.Key{Name: name, Type: zonefile.MustParseType(f[at])}
		if source.Stated != nil {
			if old, ok := source.Stated.Zone.Get(key); ok {
				c.Old = &old
			}
		}
		if at == 2 {
			ttl, err := zonefile.ParseTTL(f[1])
			if err != nil {
				t.Fatal(err)
			}
			set, err := zonefile.ParseRRset(key, ttl, origin, strings.Split(f[3], " | ")...)
			if err != nil {
				t.Fatal(err)
			}
			c.New = &set
		}
		changes = append(changes, c)
	}
	return changes
}

// show returns texts as a unified diff without its head.
func show(texts []Text) string {
	var b strings.Builder
	for _, text := range texts {
		fmt.Fprintf(&b, "%s\n", text.File)
		for l := range text.All {
			if l.Kind != Kept {
				fmt.Fprintf(&b, "%d%c%s\n", l.Number, l.Kind, strings.TrimRight(l.Text, "\r\n"))
			}
		}
	}
	return b.String()
}

type editTest struct {
	name    string
	files   map[string]string
	file    string
	changes []string
	want    string
	byHand  string
}

func runEdits(t *testing.T, tests []editTest) {
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			source := sourceOf(t, tc.files, tc.file)
			texts, err := Edit(source, changesOf(t, source, tc.changes...))
			if tc.byHand != "" {
				if !errors.Is(err, ErrByHand) || !strings.Contains(err.Error(), tc.byHand) {
					t.Errorf("%v; want it to be done by hand, since %q", err, tc.byHand)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimPrefix(tc.want, "\n"), show(texts)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			patches(t, tc.files, texts)
		})
	}
}

// patches checks that patch and git make of the old files what the texts say.
func patches(t *testing.T, files map[string]string, texts []Text) {
	t.Helper()
	var patch strings.Builder
	for _, text := range texts {
		patch.WriteString(text.Unified("zones dir/" + text.File))
	}
	for _, tool := range [][]string{{"patch", "-p1", "-s"}, {"git", "apply"}} {
		if _, err := exec.LookPath(tool[0]); err != nil {
			t.Logf("%s is not there", tool[0])
			continue
		}
		dir := t.TempDir()
		for name, text := range files {
			file := filepath.Join(dir, "zones dir", name)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), tool[0], tool[1:]...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(patch.String())
		cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s\n%s", tool, err, out, patch.String())
			continue
		}
		for _, text := range texts {
			got, err := os.ReadFile(filepath.Join(dir, "zones dir", text.File))
			if diff := cmp.Diff(text.New(), string(got)); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", tool, err, diff)
			}
		}
	}
}

func TestMaster(t *testing.T) {
	const zone = `$TTL 300
@ IN NS ns1.example.net.
www 300 IN A 192.0.2.1 ; the web
    IN AAAA 2001:db8::1
txt TXT ( "a;" ; a comment (
  "b" )
$ORIGIN sub
host A 192.0.2.7
`
	files := map[string]string{"example.com.zone": zone}
	runEdits(t, []editTest{
		{
			"a new name goes to the end, in the origin there", files, "example.com.zone", []string{"old 60 A 192.0.2.9 | 192.0.2.10"}, `
example.com.zone
8+old.example.com. 60 IN A 192.0.2.9
8+old.example.com. 60 IN A 192.0.2.10
`, "",
		},
		{
			"a new type goes below its name", files, "example.com.zone", []string{`www 300 TXT "x; y" | "\"\\"`, "host.sub 300 AAAA 2001:db8::7"}, `
example.com.zone
4+www 300 IN TXT "\"\\"
4+www 300 IN TXT "x; y"
8+host 300 IN AAAA 2001:db8::7
`, "",
		},
		{
			"an update stands in its place", files, "example.com.zone", []string{"www 60 AAAA 2001:db8::2"}, `
example.com.zone
4-    IN AAAA 2001:db8::1
4+www 60 IN AAAA 2001:db8::2
`, "",
		},
		{
			"the owner that others take over", files, "example.com.zone", []string{"www A"}, `
example.com.zone
3-www 300 IN A 192.0.2.1 ; the web
4-    IN AAAA 2001:db8::1
4+www    IN AAAA 2001:db8::1
`, "",
		},
		{
			"what is on several lines", files, "example.com.zone", []string{"txt TXT", "@ 3600 NS ns1.example.net. | ns2.example.net."}, `
example.com.zone
2-@ IN NS ns1.example.net.
2+@ 3600 IN NS ns1.example.net.
2+@ 3600 IN NS ns2.example.net.
5-txt TXT ( "a;" ; a comment (
6-  "b" )
`, "",
		},
		{
			"one makes way for another", files, "example.com.zone", []string{"www A", "www AAAA", "www 300 CNAME a.example.net."}, `
example.com.zone
3-www 300 IN A 192.0.2.1 ; the web
4-    IN AAAA 2001:db8::1
4+www 300 IN CNAME a.example.net.
`, "",
		},
		{
			"without a line end", map[string]string{"example.com.zone": "www 300 A 192.0.2.1"}, "example.com.zone", []string{"a 300 A 192.0.2.1"}, `
example.com.zone
1-www 300 A 192.0.2.1
1+www 300 A 192.0.2.1
1+a 300 IN A 192.0.2.1
`, "",
		},
		{
			"the last line, which has no end", map[string]string{"example.com.zone": "a 300 A 192.0.2.1\nwww 300 A 192.0.2.1"}, "example.com.zone", []string{"www A"}, `
example.com.zone
2-www 300 A 192.0.2.1
`, "",
		},
		{
			"the TTL of others", map[string]string{"example.com.zone": "www 300 A 192.0.2.1\nother A 192.0.2.2\n"}, "example.com.zone", []string{"www 60 TXT a"}, `
example.com.zone
2+www 60 IN TXT "a"
`, "",
		},
		{
			"the TTL that others take over",
			map[string]string{"example.com.zone": "www 300 A 192.0.2.1\nother A 192.0.2.2\n"},
			"example.com.zone",
			[]string{"www A"},
			"", "no TTL is given",
		},
		{
			"CRLF", map[string]string{"example.com.zone": "www 300 A 192.0.2.1\r\n  TXT a\r\n"}, "example.com.zone", []string{"www 300 A 192.0.2.2"}, `
example.com.zone
1-www 300 A 192.0.2.1
1+www 300 IN A 192.0.2.2
2-  TXT a
2+www  TXT a
`, "",
		},
		{"CR", map[string]string{"example.com.zone": "www 300 A 192.0.2.1\ra 300 A 192.0.2.1\r"}, "example.com.zone", []string{"www 300 A 192.0.2.2"}, "", "CR"},
		{
			"generated",
			map[string]string{"example.com.zone": "$GENERATE 1-2 h$ 300 A 192.0.2.$\n"},
			"example.com.zone",
			[]string{"h1 300 A 192.0.2.9"},
			"", "$GENERATE",
		},
		{
			"a type without a word", files, "example.com.zone", []string{"lb 300 ALIAS lb.example.net."}, `
example.com.zone
8+lb.example.com. 300 IN TYPE65401 \# 16 026c62076578616d706c65036e657400
`, "",
		},
		{
			"an included file", map[string]string{
				"example.com.zone": "$TTL 300\nwww A 192.0.2.1\n$INCLUDE parts/mail.inc mail\n",
				"parts/mail.inc":   "mx A 192.0.2.5\n   AAAA 2001:db8::5\n",
			}, "example.com.zone", []string{"mx.mail 300 A 192.0.2.6", "new 300 A 192.0.2.7"}, `
example.com.zone
3+new 300 IN A 192.0.2.7
parts/mail.inc
1-mx A 192.0.2.5
1+mx 300 IN A 192.0.2.6
2-   AAAA 2001:db8::5
2+mx   AAAA 2001:db8::5
`, "",
		},
		{
			"hostile names and text", files, "example.com.zone", []string{`a\;b\032c\"\. 300 TXT "\027[31m" | "$ORIGIN evil."`, `\$include 300 A 192.0.2.1`, `\@ 300 A 192.0.2.1`}, `
example.com.zone
8+a\;b\032c\"\..example.com. 300 IN TXT "\027[31m"
8+a\;b\032c\"\..example.com. 300 IN TXT "$ORIGIN evil."
8+\$include.example.com. 300 IN A 192.0.2.1
8+\@.example.com. 300 IN A 192.0.2.1
`, "",
		},
		{
			"a new file", map[string]string{"other": ""}, "sub/example.com.zone", []string{"@ 3600 NS ns1.example.net.", "www 300 A 192.0.2.1"}, `
sub/example.com.zone
0+$ORIGIN example.com.
0+$TTL 300
0+@                       3600   IN NS      ns1.example.net.
0+www                            IN A       192.0.2.1
`, "",
		},
		{
			"an empty file", map[string]string{"example.com.zone": ""}, "example.com.zone", []string{"www 300 A 192.0.2.1"}, `
example.com.zone
0+www 300 IN A 192.0.2.1
`, "",
		},
	})
}

func TestYAML(t *testing.T) {
	const zone = `---
'':
  - type: A
    value: 192.0.2.1
  # mail
  - type: MX
    ttl: 300
    value:
      exchange: mx1.example.net.
      preference: 10
mail:
  ttl: 60
  type: A
  values:
    - 192.0.2.5
    - 192.0.2.6

# the web
www:  # here
  type: CNAME
  value: a.example.net.
  octodns: {excluded: [other]}
x: {type: A, value: 192.0.2.9}
`
	files := map[string]string{"example.com.yaml": zone}
	runEdits(t, []editTest{
		{
			"a new name stands where the order wants it", files, "example.com.yaml", []string{"new 3600 A 192.0.2.1", "new 300 AAAA 2001:db8::1", "zzz 3600 A 192.0.2.2"}, `
example.com.yaml
16+new:
16+  - type: A
16+    value: 192.0.2.1
16+  - ttl: 300
16+    type: AAAA
16+    value: 2001:db8::1
23+zzz:
23+  type: A
23+  value: 192.0.2.2
`, "",
		},
		{
			"a new record in a list", files, "example.com.yaml", []string{`@ 3600 TXT "a; b" | "v=\"\\\255"`}, `
example.com.yaml
10+  - type: TXT
10+    values:
10+      - a; b
10+      - v="\\\255
`, "",
		},
		{
			"a second record makes a list", files, "example.com.yaml", []string{"mail 3600 MX 10 mx.example.net. | 20 ."}, `
example.com.yaml
12-  ttl: 60
13-  type: A
14-  values:
15-    - 192.0.2.5
16-    - 192.0.2.6
16+  - ttl: 60
16+    type: A
16+    values:
16+      - 192.0.2.5
16+      - 192.0.2.6
16+  - type: MX
16+    values:
16+      - exchange: mx.example.net.
16+        preference: 10
16+      - exchange: .
16+        preference: 20
`, "",
		},
		{
			"an update", files, "example.com.yaml", []string{"mail 60 A 192.0.2.5 | 192.0.2.7", "@ 3600 MX 10 mx1.example.net."}, `
example.com.yaml
7-    ttl: 300
16-    - 192.0.2.6
16+    - 192.0.2.7
`, "",
		},
		{
			"an update that needs a TTL", files, "example.com.yaml", []string{"@ 60 A 192.0.2.2"}, `
example.com.yaml
3-  - type: A
4-    value: 192.0.2.1
4+  - ttl: 60
4+    type: A
4+    value: 192.0.2.2
`, "",
		},
		{
			"one of a list goes", files, "example.com.yaml", []string{"@ A"}, `
example.com.yaml
3-  - type: A
4-    value: 192.0.2.1
5-  # mail
`, "",
		},
		{
			"a name goes, and one takes the place of another", files, "example.com.yaml", []string{"mail A", "x A", "mail 3600 CNAME a.example.net."}, "", "one line",
		},
		{
			"a name goes", files, "example.com.yaml", []string{"mail A"}, `
example.com.yaml
11-mail:
12-  ttl: 60
13-  type: A
14-  values:
15-    - 192.0.2.5
16-    - 192.0.2.6
`, "",
		},
		{
			"one makes way for another", files, "example.com.yaml", []string{"mail A", "mail 60 CNAME a.example.net."}, `
example.com.yaml
13-  type: A
14-  values:
15-    - 192.0.2.5
16-    - 192.0.2.6
16+  type: CNAME
16+  value: a.example.net.
`, "",
		},
		{"what has options", files, "example.com.yaml", []string{"www 3600 CNAME b.example.net."}, "", "octodns"},
		{"strings that are not cut at 255", files, "example.com.yaml", []string{`0 3600 TXT "a" "b"`}, `
example.com.yaml
10+'0':
10+  type: TYPE16
10+  value: '"a" "b"'
`, ""},
		{"a type with many fields", files, "example.com.yaml", []string{"0 3600 HTTPS 1 . alpn=h2"}, `
example.com.yaml
10+'0':
10+  type: HTTPS
10+  value:
10+    svcparams:
10+      alpn: [h2]
10+    svcpriority: 1
10+    targetname: .
`, ""},
		{
			"an alias",
			map[string]string{"example.com.yaml": "a: &x\n  type: A\n  value: 192.0.2.1\nb: *x\n"},
			"example.com.yaml",
			[]string{"a 3600 A 192.0.2.2"},
			"", "stand elsewhere",
		},
		{
			"fields", files, "example.com.yaml", []string{
				`_sip._tcp 3600 SRV 1 2 5060 sip.example.net.`, `caa 3600 CAA 0 issue "ca.example.net; a=b"`, `n 3600 NAPTR 10 100 "S" "SIP+D2U" "!^.*$!sip:info@example.com!" .`,
				`u 3600 URI 10 1 "https://www.example.com/?a=\"b\""`, `*.wild 3600 TXT "true"`, "1 3600 PTR host.example.com.",
			}, `
example.com.yaml
10+'1':
10+  type: PTR
10+  value: host.example.com.
10+'*.wild':
10+  type: TXT
10+  value: 'true'
10+_sip._tcp:
10+  type: SRV
10+  value:
10+    port: 5060
10+    priority: 1
10+    target: sip.example.net.
10+    weight: 2
10+caa:
10+  type: CAA
10+  value:
10+    flags: 0
10+    tag: issue
10+    value: ca.example.net; a=b
16+'n':
16+  type: NAPTR
16+  value:
16+    flags: S
16+    order: 10
16+    preference: 100
16+    regexp: '!^.*$!sip:info@example.com!'
16+    replacement: .
16+    service: SIP+D2U
16+u:
16+  type: URI
16+  value:
16+    priority: 10
16+    target: https://www.example.com/?a="b"
16+    weight: 1
`, "",
		},
		{
			"no indent below the name",
			map[string]string{"example.com.yaml": "z:\n- type: A\n  value: 192.0.2.1\na:\n  type: A\n  value: 192.0.2.1\n"},
			"example.com.yaml",
			[]string{"z 3600 TXT a", "b 3600 A 192.0.2.1"},
			`
example.com.yaml
3+- type: TXT
3+  value: a
6+b:
6+  type: A
6+  value: 192.0.2.1
`, "",
		},
		{
			"a split directory", map[string]string{
				"example.com./www.yaml":   "www:\n  type: A\n  value: 192.0.2.1\n",
				"example.com./other.yaml": "mail:\n  type: A\n  value: 192.0.2.1\nwww:\n  type: TXT\n  value: a\n",
			}, "example.com.", []string{"www 3600 A 192.0.2.2", "www 3600 TXT b", "www 3600 AAAA 2001:db8::1", "new.sub 3600 A 192.0.2.3"}, `
example.com./new.sub.yaml
0+---
0+new.sub:
0+  type: A
0+  value: 192.0.2.3
example.com./other.yaml
5-  type: TXT
6-  value: a
6+  - type: TXT
6+    value: b
6+  - type: AAAA
6+    value: 2001:db8::1
example.com./www.yaml
3-  value: 192.0.2.1
3+  value: 192.0.2.2
`, "",
		},
		{
			"a new file", map[string]string{"other": ""}, "example.com.yaml", []string{"@ 3600 A 192.0.2.1", "www 300 A 192.0.2.1"}, `
example.com.yaml
0+---
0+'':
0+  type: A
0+  value: 192.0.2.1
0+www:
0+  ttl: 300
0+  type: A
0+  value: 192.0.2.1
`, "",
		},
		{"an empty file", map[string]string{"example.com.yaml": ""}, "example.com.yaml", []string{"www 3600 A 192.0.2.1"}, "example.com.yaml\n0+www:\n0+  type: A\n0+  value: 192.0.2.1\n", ""},
	})
}

// TestUnified: hunks that are near each other are one, and those that are not have their own line numbers.
func TestUnified(t *testing.T) {
	var old strings.Builder
	for i := range 30 {
		fmt.Fprintf(&old, "h%d 300 A 192.0.2.%d\n", i, i)
	}
	files := map[string]string{"example.com.zone": old.String()}
	source := sourceOf(t, files, "example.com.zone")
	texts, err := Edit(source, changesOf(t, source, "h0 A", "h3 300 TXT a", "h20 A", "h29 300 A 192.0.2.200"))
	if err != nil {
		t.Fatal(err)
	}
	want := `--- a/zones/example.com.zone
+++ b/zones/example.com.zone
@@ -1,7 +1,7 @@
-h0 300 A 192.0.2.0
 h1 300 A 192.0.2.1
 h2 300 A 192.0.2.2
 h3 300 A 192.0.2.3
+h3 300 IN TXT "a"
 h4 300 A 192.0.2.4
 h5 300 A 192.0.2.5
 h6 300 A 192.0.2.6
@@ -18,7 +18,6 @@
 h17 300 A 192.0.2.17
 h18 300 A 192.0.2.18
 h19 300 A 192.0.2.19
-h20 300 A 192.0.2.20
 h21 300 A 192.0.2.21
 h22 300 A 192.0.2.22
 h23 300 A 192.0.2.23
@@ -27,4 +26,4 @@
 h26 300 A 192.0.2.26
 h27 300 A 192.0.2.27
 h28 300 A 192.0.2.28
-h29 300 A 192.0.2.29
+h29 300 IN A 192.0.2.200
`
	if diff := cmp.Diff(want, texts[0].Unified("zones/example.com.zone")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	patches(t, files, texts)
}
