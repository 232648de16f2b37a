package livefile

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// good returns a file with a zone and a resource.
func good(t testing.TB) string {
	t.Helper()
	mail := filled[providers.ResourceSnapshot]()
	mail.Status.Phase = providers.Ready
	return string(written(t, func(w *Writer) {
		w.Texts(map[string]string{"${PROJECT}": "p"})
		w.Provider("dns", "memory", false, []providers.ZoneInfo{{Origin: example, Kind: providers.Primary}}, nil)
		w.Zone(example, &providers.Snapshot{Zone: zoneOf(t, www, odd), Disabled: zoneOf(t, hidden)}, nil, nil, nil)
		w.Provider("mail", "memory", true, nil, nil)
		w.Resource(example, nil, &mail, nil)
	}))
}

// resealed returns a file with another end, which goes with what is in front of it.
func resealed(text string) string {
	lines := strings.SplitAfter(text, "\n")
	body := strings.Join(lines[:len(lines)-2], "")
	return body + fmt.Sprintf(`{"end":{"lines":%d,"digest":"%s"}}`+"\n", len(lines)-2, zonefile.Digest(sha256.Sum256([]byte(body))))
}

func TestHostile(t *testing.T) {
	text := good(t)
	lines := strings.SplitAfter(text, "\n")
	replace := func(old, by string) string {
		t.Helper()
		if !strings.Contains(text, old) {
			t.Fatalf("there is no %q in the file", old)
		}
		return strings.Replace(text, old, by, 1)
	}
	edit := func(old, by string) string { return resealed(replace(old, by)) }
	rrset := func(json string) string {
		return edit(`{"rrset":{"name":"www.example.com.","type":"A","ttl":300,"records":["192.0.2.1","192.0.2.2"]}}`, json)
	}
	after := func(i int, more ...string) string {
		return resealed(strings.Join(lines[:i], "") + strings.Join(more, "") + strings.Join(lines[i:], ""))
	}
	zoneAgain := strings.Join(lines[4:8], "") // with its three RRsets
	for _, tc := range []struct{ name, text, want string }{
		{"as it is", resealed(text), ""},
		{"empty", "", "it is empty"},
		{"something else", "$ORIGIN example.com.\n", "it is no snapshot of zoneward"},
		{"other JSON", `{"version": 1, "id": "sha256:", "zones": []}` + "\n", "it is no snapshot of zoneward"},
		{"of a later version", replace(`{"version":1,`, `{"version":2,"new":{},`), "version 2, and this program knows version 1"},
		{"without a time", edit(`2026-07-01T12:00:00Z`, `0001-01-01T00:00:00Z`), "line 1: it does not say when it was made"},

		{"cut off in a line", text[:len(text)/2], "it is cut off after line"},
		{"cut off between lines", strings.Join(lines[:6], ""), "it is cut off after line 6"},
		{"cut off in the last line", text[:len(text)-1], "it is cut off after line"},
		{"an RRset taken out", strings.Join(append(lines[:6:6], lines[7:]...), ""), "line 8: the zone example.com. lacks 1 RRsets"},
		{"a line taken out", strings.Join(append(lines[:1:1], lines[2:]...), ""), "changed after it was made: it has 9 lines, and had 10"},
		{"a letter changed", replace("192.0.2.1", "192.0.2.3"), "changed after it was made: its digest is sha256:"},
		{"more behind its end", text + text, "something behind its end"},
		{"two ends", resealed(text + lines[len(lines)-2]), "something behind its end"},

		{"no JSON", after(1, "nothing\n"), "line 2: invalid character"},
		{"two values in a line", after(1, "{} {}\n"), "line 2: something behind the value"},
		{"an empty line", after(1, "{}\n"), "line 2: 0 things in one line"},
		{"two things in a line", after(1, `{"text":{"reference":"","value":""},"parent":{"zone":"example.com."}}`+"\n"), "line 2: 2 things in one line"},
		{"an unknown thing", after(1, `{"record":{}}`+"\n"), `line 2: unknown field "record"`},
		{"an unknown field", edit(`{"zone":{"zone":"example.com.",`, `{"zone":{"zone":"example.com.","secret":1,`), `line 5: unknown field "secret"`},
		{"before the first provider", after(1, zoneAgain), "line 2: nothing that can stand before the first provider"},
		{"a zone of a provider of resources", after(9, zoneAgain), "line 10: nothing that can stand below a provider of resources"},

		{"a zone twice", after(8, zoneAgain), "line 9: the zone example.com. comes twice"},
		{"a provider twice", after(8, lines[2]), "line 9: the provider dns comes twice"},
		{"a resource twice", after(10, lines[9]), "line 11: example.com. comes twice"},
		{"more RRsets than there are", edit(`"rrsets":2`, `"rrsets":1000000000`), "is not in order"},
		{"fewer RRsets than there are", edit(`"rrsets":2`, `"rrsets":1`), "line 8: nothing that can stand there"},
		{"a negative number of RRsets", edit(`"rrsets":2`, `"rrsets":-2`), "line 5: the zone example.com.: neither an error nor a whole zone"},
		{"an end in a zone", resealed(strings.Join(lines[:7], "") + lines[10]), "line 8: the zone example.com. lacks 1 RRsets"},
		{"an RRset of no zone", after(8, lines[5]), "line 9: nothing that can stand there"},
		{"an RRset twice", edit(lines[6], lines[5]), "comes twice, or is not in order"},

		{"outside of the zone", rrset(`{"rrset":{"name":"www.example.org.","type":"A","ttl":300,"records":["192.0.2.1"]}}`), "www.example.org. A is outside the zone"},
		{"a relative name", rrset(`{"rrset":{"name":"www","type":"A","ttl":300,"records":["192.0.2.1"]}}`), "not absolute"},
		{"no type", rrset(`{"rrset":{"name":"www.example.com.","type":"","ttl":300,"records":["192.0.2.1"]}}`), "line 7: "},
		{"a type of questions", rrset(`{"rrset":{"name":"www.example.com.","type":"ANY","ttl":300,"records":["192.0.2.1"]}}`), "line 7: "},
		{"a negative TTL", rrset(`{"rrset":{"name":"www.example.com.","type":"A","ttl":-1,"records":["192.0.2.1"]}}`), "line 7: www.example.com. A: the TTL -1: want 0 to 2147483647"},
		{"a TTL that is too long", rrset(`{"rrset":{"name":"www.example.com.","type":"A","ttl":4294967296,"records":["192.0.2.1"]}}`), "the TTL 4294967296"},
		{"no records", rrset(`{"rrset":{"name":"www.example.com.","type":"A","ttl":300,"records":[]}}`), "no records"},
		{"a bad record", rrset(`{"rrset":{"name":"www.example.com.","type":"A","ttl":300,"records":["192.0.2.256"]}}`), "line 7: "},
		{"a line of 40 MB", rrset(`{"rrset":{"name":"www.example.com.","type":"TXT","ttl":300,"records":["` + strings.Repeat("a", 40<<20) + `"]}}`), "line 7 has more than 16777216 octets"},
		{"no kind of zone", edit(`"kind":1`, `"kind":7`), "7 is no kind of zone"},

		{"a phase that there is not", edit(`"phase":"ready"`, `"phase":"done"`), `"done" is no phase`},
		{"neither found nor not", after(10, `{"resource":{"name":"www.example.com."}}`+"\n"), "neither an error nor what was found"},
		{"null in a list", after(10, `{"listing":{"all":[null]}}`+"\n"), "a resource is null"},
		{"an error of no kind", after(10, `{"resource":{"name":"www.example.com.","error":{"kind":"odd","text":""}}}`+"\n"), `"odd" is no kind of error`},
		{"a state of no zone", after(8, `{"zone":{"zone":"example.org.","error":{"kind":"auth","text":"","state":{"state":"","needs":""}}}}`+"\n"), "a state, and the kind of error"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(tc.text), Limits{})
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	text := good(t)
	for _, tc := range []struct {
		name   string
		limits Limits
		want   string
	}{
		{"octets", Limits{Bytes: int64(len(text)) - 1}, "octets, which is the limit"},
		{"octets that are enough", Limits{Bytes: int64(len(text))}, ""},
		{"octets of a line", Limits{Line: 100}, "line 1 has more than 100 octets"},
		{"records", Limits{Records: 4}, "line 8: more than 4 records"},
		{"zones", Limits{Zones: 1}, "line 5: more than 1 zones"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(text), tc.limits)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

// TestOpen: a file is a regular one, and says in which one something is wrong.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "live.snapshot")
	if err := os.WriteFile(file, []byte(good(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, Limits{}); err != nil {
		t.Error(err)
	}
	if at, err := MadeAt(file); !at.Equal(noon) || err != nil {
		t.Errorf("it was made at %s, %v", at, err)
	}
	if _, err := Open(dir, Limits{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("error %v for a directory", err)
	}
	if err := os.WriteFile(file, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, open := range []func() error{
		func() error { _, err := Open(file, Limits{}); return err },
		func() error { _, err := MadeAt(file); return err },
	} {
		if err := open(); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("error %v, want one with %s", err, file)
		}
	}
}

// TestWriterRefuses: nothing is written that would not be read.
func TestWriterRefuses(t *testing.T) {
	w := NewWriter(&bytes.Buffer{}, Made{At: noon})
	w.limits.Line = 200
	w.Provider("dns", "memory", false, nil, nil)
	w.Zone(example, &providers.Snapshot{Zone: zoneOf(t, www), Version: strings.Repeat("v", 300)}, nil, nil, nil)
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "200 are the most in a snapshot") {
		t.Errorf("error %v for a line that is too long", err)
	}
	w = NewWriter(&bytes.Buffer{}, Made{At: noon})
	w.limits.Records = 1
	w.Provider("dns", "memory", false, nil, nil)
	w.Zone(example, &providers.Snapshot{Zone: zoneOf(t, www)}, nil, nil, nil)
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "more than 1 records") {
		t.Errorf("error %v for too many records", err)
	}
}

// FuzzRead: whatever is in a file, reading it ends, and what is taken can be asked for.
func FuzzRead(f *testing.F) {
	f.Add(good(f))
	f.Add(strings.ReplaceAll(good(f), "example", "x"))
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.Contains(text, "\n") {
			return
		}
		file, err := Read(strings.NewReader(resealed(text+"\n\n")), Limits{Bytes: 1 << 20})
		if err != nil {
			return
		}
		if err := file.Fresh(noon, time.Hour); err != nil {
			_ = err.Error()
		}
		for name := range file.providers {
			_, _ = file.Zones(name, "memory", nil, false).Fetch(t.Context(), example)
		}
	})
}
