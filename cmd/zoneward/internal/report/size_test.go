package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// manyZones is a change that gives each of so many zones as many records. Their names have the label in them.
func manyZones(t testing.TB, zones, records int, label string) *Report {
	live, base, head := files{}, files{}, files{}
	for i := range zones {
		name := fmt.Sprintf("example-%05d%s.example", i, label)
		live[name], base[name] = "www 300 A 192.0.2.1\n", "www 300 A 192.0.2.1\n"
		var b strings.Builder
		b.WriteString(base[name])
		for k := range records {
			fmt.Fprintf(&b, "host-%d 300 A 198.51.100.%d\n", k, k%256)
		}
		head[name] = b.String()
	}
	return &Report{Config: "zoneward.yaml", Proposal: propose(t, live, base, head, nil), Details: "https://ci.example.com/runs/7"}
}

// shownRows returns how many changes a comment shows.
func shownRows(comment string) int {
	return len(regexp.MustCompile("(?m)^\\|`[-+~^x]`\\|").FindAllString(comment, -1))
}

// leftOutChanges returns how many changes a comment says that it leaves out.
func leftOutChanges(t *testing.T, comment string) int {
	t.Helper()
	found := regexp.MustCompile(`(?m)^\*\*Left out here: ([0-9]+) changes? of`).FindStringSubmatch(comment)
	if found == nil {
		return 0
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFifteenThousandChanges: one comment has the whole table and the id of the whole plan, however many changes there are.
func TestFifteenThousandChanges(t *testing.T) {
	for _, tc := range []struct{ zones, records int }{{1, 15000}, {30, 500}, {1000, 15}} {
		t.Run(fmt.Sprintf("%d zones", tc.zones), func(t *testing.T) {
			r := manyZones(t, tc.zones, tc.records, "")
			comment := r.Comment(MaxComment)
			if len(comment) > MaxComment {
				t.Errorf("%d octets; want at most %d", len(comment), MaxComment)
			}
			if m, ok := ParseMarker(comment); !ok || m.Plan != r.Proposal.Plan.ID() {
				t.Errorf("the marker is %+v, %v", m, ok)
			}
			for i := range tc.zones {
				if row := fmt.Sprintf("|`example-%05d.example.`|", i); !strings.Contains(comment, row) {
					t.Errorf("no row %s", row)
				}
			}
			shown, left := shownRows(comment), leftOutChanges(t, comment)
			if shown+left != 15000 {
				t.Errorf("%d changes are shown and %d left out; want 15000 together", shown, left)
			}
			if opened, closed := strings.Count(comment, "<details>"), strings.Count(comment, "</details>"); opened != closed {
				t.Errorf("%d details begin and %d end", opened, closed)
			}
			t.Logf("%d octets, %d changes shown", len(comment), shown)
		})
	}
}

// TestTableThatCannotFit: what matters most has a row, and the rest is counted.
func TestTableThatCannotFit(t *testing.T) {
	r := manyZones(t, 900, 1, strings.Repeat("x", 50))
	held := &r.Proposal.Plan.Zones[899]
	held.Holds = []reconcile.Hold{{Guard: reconcile.GuardFreeze, Reason: "it is Friday"}}
	comment := r.Comment(MaxComment)
	rows := strings.Count(comment, "|`example-")
	found := regexp.MustCompile(`(?m)^\*\*([0-9]+) zones more, for which there is no room: ([0-9]+) to create, 0 to update, 0 to retire in ([0-9]+) zones; adrift: nothing; 0 held, 0 not planned\.\*\*$`).FindStringSubmatch(comment)
	if found == nil || found[1] != strconv.Itoa(900-rows) || found[2] != found[1] || found[3] != found[1] {
		t.Errorf("%d rows, and %q", rows, found)
	}
	if !strings.Contains(comment, "|`example-00899"+strings.Repeat("x", 50)+".example.`|`+1 !`|") {
		t.Error("the zone that is held has no row")
	}
	if len(comment) > MaxComment || rows < 600 {
		t.Errorf("%d octets and %d rows", len(comment), rows)
	}
}

// TestEverythingIsCounted: whatever the limit, what is not shown is counted, and a row is whole.
func TestEverythingIsCounted(t *testing.T) {
	r := manyZones(t, 12, 40, "")
	whole := r.Summary(MaxSummary)
	if strings.Contains(whole, "Left out") || shownRows(whole) != 480 {
		t.Fatalf("%d rows of 480:\n%s", shownRows(whole), whole)
	}
	rows := map[string]bool{}
	for line := range strings.Lines(whole) {
		rows[line] = true
	}
	for limit := 2500; limit < len(whole); limit += 997 {
		cut := r.Summary(limit)
		if len(cut) > limit {
			t.Errorf("%d octets; want at most %d", len(cut), limit)
		}
		if shown, left := shownRows(cut), leftOutChanges(t, cut); shown+left != 480 {
			t.Errorf("limit %d: %d changes are shown and %d left out; want 480 together", limit, shown, left)
		}
		for line := range strings.Lines(cut) {
			if strings.HasPrefix(line, "|`+`|") && !rows[line] {
				t.Errorf("limit %d: the row is not whole: %s", limit, line)
			}
		}
	}
}

// TestLongLists: what others make long does not push out the table.
func TestLongLists(t *testing.T) {
	r := manyZones(t, 800, 1, "")
	for i := range 5000 {
		name := fmt.Sprintf("zones/%s-%d.zone", strings.Repeat("a", 3000), i)
		r.Conflicts, r.ConfigFiles = append(r.Conflicts, name), append(r.ConfigFiles, name)
		r.Problems = append(r.Problems, zonefile.Problem{Position: zonefile.Position{File: name, Line: i}, Severity: zonefile.Error, Message: strings.Repeat("|", 5000)})
		r.Tests = append(r.Tests, dnstest.Result{File: name, Line: i, Status: dnstest.Failed, Got: strings.Repeat("`", 500)})
	}
	comment := r.Comment(MaxComment)
	if rows := strings.Count(comment, "|`example-"); len(comment) > MaxComment || rows != 800 {
		t.Errorf("%d octets and %d rows; want %d and 800", len(comment), rows, MaxComment)
	}
	if !strings.Contains(comment, "more\n") && !strings.Contains(comment, "Left out here") {
		t.Error("nothing says that something is left out")
	}
}

// TestLongRecordHidesNothing: a record for which there is no room has its place, and what is behind it is shown.
func TestLongRecordHidesNothing(t *testing.T) {
	long := strings.Repeat(` "`+strings.Repeat("a`", 127)+`"`, 240)
	before := "www 300 A 192.0.2.1\n"
	r := &Report{Config: "zoneward.yaml", Details: "https://ci.example.com/runs/7", Proposal: propose(t, files{"example.com": before}, files{"example.com": before},
		files{"example.com": before + "aaa 300 TXT" + long + "\nzzz 300 A 192.0.2.66\n"}, nil)}
	comment := r.Comment(MaxComment)
	if !regexp.MustCompile("(?m)^\\|`\\+`\\|`aaa\\.example\\.com\\.`\\|`TXT`\\|\\|\\|\\*\\*[0-9]{5,} octets, not shown here\\*\\* `zones/example\\.com\\.zone:2`\\|$").MatchString(comment) {
		t.Errorf("the long record has no place:\n%.3000s", comment[strings.Index(comment, "<details>"):])
	}
	if !strings.Contains(comment, "|`+`|`zzz.example.com.`|`A`||`300 192.0.2.66`|") || !strings.Contains(comment, "**Left out here: 1 change of 1 zone.**") || len(comment) > MaxComment {
		t.Errorf("%d octets: what is behind it is not shown, or not counted:\n%.3000s", len(comment), comment[strings.Index(comment, "<details>"):])
	}
	if summary := r.Summary(MaxSummary); strings.Contains(summary, "not shown here") {
		t.Errorf("the summary has room for all:\n%.3000s", summary)
	}
}
