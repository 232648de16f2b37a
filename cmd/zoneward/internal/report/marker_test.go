package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func TestMarker(t *testing.T) {
	id := zonefile.Digest{0xab}
	for _, text := range append(slices.Clone(attacks), "zoneward.yaml", "dns/zoneward.yaml", "---->", "--", "-", "a-", "名.yaml", "\U0001f600", "}", `"`, "\\u002d") {
		if strings.ContainsRune(text, '\xff') || text == "\xff\xfe" {
			continue // it is not UTF-8: it comes back as what JSON makes of it
		}
		m := Marker{Config: "x" + text, Plan: id, Head: text}
		line := m.String()
		inner := strings.TrimSuffix(strings.TrimPrefix(line, "<!--"), "-->")
		if strings.Contains(inner, "--") || strings.ContainsAny(inner, "<>\n\r") || len(inner) != len(line)-7 {
			t.Errorf("%q ends the comment: %s", text, line)
		}
		for _, c := range line {
			if c < ' ' || c > '~' {
				t.Errorf("%q leaves %U: %s", text, c, line)
			}
		}
		for _, body := range []string{line, line + "\nmore", line + "\r\nmore"} {
			if got, ok := ParseMarker(body); !ok || got != m {
				t.Errorf("%q is read as %+v, %v", body, got, ok)
			}
		}
	}
}

func TestNoMarker(t *testing.T) {
	m := Marker{Config: "zoneward.yaml", Plan: zonefile.Digest{1}, Head: headCommit}
	line := m.String()
	for _, tc := range []struct{ name, body string }{
		{"nothing", ""},
		{"in the second line", "x\n" + line},
		{"behind an empty line", "\n" + line},
		{"something in front", " " + line},
		{"something behind", line + " x"},
		{"quoted", "> " + line},
		{"in code", "`" + line + "`"},
		{"of something else", strings.Replace(line, "zoneward:plan", "other:plan", 1)},
		{"no JSON", markerBegin + "x" + markerEnd},
		{"no configuration", Marker{Plan: m.Plan}.String()},
		{"no plan", Marker{Config: "x"}.String()},
		{"two of them", line + line},
		{"an end inside", strings.Replace(line, "zoneward.yaml", "--", 1)},
		{"too long", Marker{Config: strings.Repeat("x", maxMarker), Plan: m.Plan}.String()},
	} {
		if got, ok := ParseMarker(tc.body); ok {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
}

func TestMarkerHasThePlan(t *testing.T) {
	r := example(t)
	m, ok := ParseMarker(r.Comment(MaxComment))
	if !ok {
		t.Fatal("no marker")
	}
	plan, err := m.Reviewed()
	if err != nil {
		t.Fatal(err)
	}
	if plan.ID() != r.Proposal.Plan.ID() {
		t.Errorf("%s; want %s", plan.ID(), r.Proposal.Plan.ID())
	}
	pack := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b.Bytes())
	}
	for _, tc := range []struct {
		name, data, want string
	}{
		{"none", "", "only its id"},
		{"no base64", "!", "illegal base64"},
		{"no gzip", "aaaa", "EOF"},
		{"no plan", pack("{}"), "a plan of version 0"},
		{"a bomb", pack(strings.Repeat(" ", 5<<20)), "more than 4194304 octets"},
		{"too long", strings.Repeat("a", maxData+1), "more than 16384 octets"},
		{"another plan", packed(spoken(t).Proposal.Plan), "not the one whose id it has"},
	} {
		m.Data = tc.data
		if _, err := m.Reviewed(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v; want %q", tc.name, err, tc.want)
		}
	}
	if big := manyZones(t, 1, 3000, ""); packed(big.Proposal.Plan) != "" {
		t.Error("a plan that is too long for a comment is packed all the same")
	}
}

func TestDifferences(t *testing.T) {
	plan := func(live, head string) *reconcile.Plan {
		return propose(t, files{"example.com": live}, files{"example.com": "; before\n"}, files{"example.com": head}, nil).Plan
	}
	const was, is = "www 300 A 192.0.2.1\n", "www 300 A 192.0.2.2\n"
	reviewed := plan(was, is)
	broken := plan(was, "www 300 A x\n")
	for _, tc := range []struct {
		name   string
		now    *reconcile.Plan
		redact Redaction
		want   []string
	}{
		{"nothing", plan(was, is), Redaction{}, nil},
		{"live has moved", plan("www 300 A 192.0.2.9\n", is), Redaction{}, []string{
			"example.com. on pdns: www.example.com. A: reviewed 300 192.0.2.1 -> 300 192.0.2.2, now 300 192.0.2.9 -> 300 192.0.2.2",
		}},
		{"more is stated", plan(was, is+"mail 60 A 192.0.2.25\n"), Redaction{}, []string{
			"example.com. on pdns: mail.example.com. A: not in the plan that was reviewed, now nothing -> 60 192.0.2.25",
		}},
		{"it is done already", plan(is, is), Redaction{}, []string{"example.com. on pdns: www.example.com. A: reviewed 300 192.0.2.1 -> 300 192.0.2.2, now nothing"}},
		{"it is not shown", plan("www 600 A 192.0.2.9\n", is), Redaction{Zones: []string{"example.com"}}, []string{
			"example.com. on pdns: www.example.com. A: reviewed 300 (not shown) -> 300 (not shown), now 600 (not shown) -> 300 (not shown)",
		}},
		{"nothing of it is shown", plan("www 300 A 192.0.2.9\n", is), Redaction{Types: []zonefile.Type{zonefile.TypeA}}, []string{
			"example.com. on pdns: the same changes, of what is not shown or in another order",
		}},
		{"it cannot be read", broken, Redaction{}, []string{
			`example.com. on pdns: now it cannot be planned: zones/example.com.zone:1:11: www A: "x" is not an IPv4 address (four numbers 0 to 255 with dots between)`,
		}},
		{"no zone", &reconcile.Plan{}, Redaction{}, []string{"example.com. on pdns: www.example.com. A: reviewed 300 192.0.2.1 -> 300 192.0.2.2, now nothing"}},
	} {
		got := tc.redact.Differences(reviewed, tc.now)
		if d := cmp.Diff(got, tc.want); d != "" {
			t.Errorf("%s (-got +want):\n%s", tc.name, d)
		}
		if same := reviewed.ID() == tc.now.ID(); same != (len(got) == 0) {
			t.Errorf("%s: the same id: %v, and %d differences", tc.name, same, len(got))
		}
	}
	if got := (Redaction{}).Differences(broken, reviewed); len(got) != 1 || got[0] != "example.com. on pdns: it could not be planned when it was reviewed" {
		t.Errorf("%q", got)
	}
	if got := (Redaction{}).Differences(&reconcile.Plan{}, plan(was, was)); len(got) != 1 || !strings.Contains(got[0], "there is nothing to do") {
		t.Errorf("%q", got)
	}
	if got := (Redaction{}).Differences(&reconcile.Plan{}, rendertest.Domain()); len(got) < 10 {
		t.Errorf("of resources: %q", got)
	}
}
