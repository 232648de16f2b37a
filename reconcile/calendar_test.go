package reconcile

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// calendarOf makes a calendar of windows such as "deny Fri 16:00 - Mon 08:00" and "allow cron 0 22 * * * for 8h", all in one zone.
func calendarOf(t testing.TB, zone string, windows ...string) Calendar {
	var c Calendar
	for _, text := range windows {
		verb, when, _ := strings.Cut(text, " ")
		spec := WindowSpec{Allow: verb == "allow", When: when, Timezone: zone}
		if expression, ok := strings.CutPrefix(when, "cron "); ok {
			expression, duration, _ := strings.Cut(expression, " for ")
			spec.When, spec.Cron = "", expression
			var err error
			if spec.Duration, err = time.ParseDuration(duration); err != nil {
				t.Fatal(err)
			}
		}
		w, err := ParseWindow(spec)
		if err != nil {
			t.Fatal(err)
		}
		c = c.With(w)
	}
	return c
}

func zoneNamed(t testing.TB, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func instant(t testing.TB, text string) time.Time {
	at, err := time.Parse("2006-01-02 15:04 -0700", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// What is closed while the clocks of a zone change, minute by minute.
func TestCalendarWhereClocksChange(t *testing.T) {
	for _, tc := range []struct {
		name     string
		zone     string
		windows  []string
		from, to string   // what is looked at; both are open
		want     []string // what is closed, as the clocks show it
	}{
		// Berlin goes from 02:00 +0100 to 03:00 +0200 on 29 March, and from 03:00 +0200 to 02:00 +0100 on 25 October.
		{
			"Berlin, spring: a weekend is an hour shorter", "Europe/Berlin",
			[]string{"deny Fri 16:00 - Mon 08:00"},
			"2026-03-27 12:00 +0100", "2026-03-30 12:00 +0200",
			[]string{"2026-03-27 16:00 +0100 to 2026-03-30 08:00 +0200"},
		},
		{
			"Berlin, autumn: a weekend is an hour longer", "Europe/Berlin",
			[]string{"deny Fri 16:00 - Mon 08:00"},
			"2026-10-23 12:00 +0200", "2026-10-26 12:00 +0100",
			[]string{"2026-10-23 16:00 +0200 to 2026-10-26 08:00 +0100"},
		},
		{
			"Berlin, spring: a begin that is left out", "Europe/Berlin",
			[]string{"deny 02:30-04:00"},
			"2026-03-28 12:00 +0100", "2026-03-30 12:00 +0200",
			[]string{"2026-03-29 03:00 +0200 to 2026-03-29 04:00 +0200", "2026-03-30 02:30 +0200 to 2026-03-30 04:00 +0200"},
		},
		{
			"Berlin, spring: an end that is left out", "Europe/Berlin",
			[]string{"deny 01:00-02:30"},
			"2026-03-28 12:00 +0100", "2026-03-30 00:00 +0200",
			[]string{"2026-03-29 01:00 +0100 to 2026-03-29 03:00 +0200"},
		},
		{
			"Berlin, spring: all of it left out", "Europe/Berlin",
			[]string{"deny 02:10-02:50"},
			"2026-03-28 12:00 +0100", "2026-03-30 00:00 +0200", nil,
		},
		{
			"Berlin, spring: the change is an end", "Europe/Berlin",
			[]string{"deny 01:00-02:00", "deny 03:00-03:30"},
			"2026-03-28 12:00 +0100", "2026-03-30 00:00 +0200",
			[]string{"2026-03-29 01:00 +0100 to 2026-03-29 03:30 +0200"},
		},
		{
			"Berlin, autumn: a begin that comes twice", "Europe/Berlin",
			[]string{"deny 02:30-04:00"},
			"2026-10-24 12:00 +0200", "2026-10-26 00:00 +0100",
			[]string{"2026-10-25 02:30 +0200 to 2026-10-25 04:00 +0100"},
		},
		{
			"Berlin, autumn: an end that comes twice", "Europe/Berlin",
			[]string{"deny 01:00-02:30"},
			"2026-10-24 12:00 +0200", "2026-10-26 00:00 +0100",
			[]string{"2026-10-25 01:00 +0200 to 2026-10-25 02:30 +0100"},
		},
		{
			"Berlin, autumn: all of it twice", "Europe/Berlin",
			[]string{"deny 02:10-02:20"},
			"2026-10-24 12:00 +0200", "2026-10-26 00:00 +0100",
			[]string{"2026-10-25 02:10 +0200 to 2026-10-25 02:20 +0100"},
		},
		{
			"Berlin, autumn: the hour that comes twice", "Europe/Berlin",
			[]string{"deny 02:00-03:00"},
			"2026-10-24 12:00 +0200", "2026-10-26 00:00 +0100",
			[]string{"2026-10-25 02:00 +0200 to 2026-10-25 03:00 +0100"},
		},
		{
			"Berlin, autumn: what is allowed twice", "Europe/Berlin",
			[]string{"allow 00:00-02:30", "allow 03:00-24:00"},
			"2026-10-25 00:00 +0200", "2026-10-26 00:00 +0100",
			[]string{"2026-10-25 02:30 +0100 to 2026-10-25 03:00 +0100"},
		},
		{
			"Berlin, spring: cron at a time that is left out", "Europe/Berlin",
			[]string{"deny cron 30 2 * * * for 1h"},
			"2026-03-28 12:00 +0100", "2026-03-30 00:00 +0200",
			[]string{"2026-03-29 03:00 +0200 to 2026-03-29 04:00 +0200"},
		},
		{
			"Berlin, autumn: cron at a time that comes twice", "Europe/Berlin",
			[]string{"deny cron 30 2 * * * for 1h"},
			"2026-10-24 12:00 +0200", "2026-10-26 00:00 +0100",
			[]string{"2026-10-25 02:30 +0200 to 2026-10-25 03:30 +0100"},
		},
		{
			"Berlin: eight hours are eight hours, whatever the clocks show", "Europe/Berlin",
			[]string{"deny cron 0 22 28 3 * for 8h", "deny cron 0 22 24 10 * for 8h"},
			"2026-03-28 12:00 +0100", "2026-03-30 00:00 +0200",
			[]string{"2026-03-28 22:00 +0100 to 2026-03-29 07:00 +0200"},
		},
		{
			"Berlin, autumn: nine on the clocks", "Europe/Berlin",
			[]string{"deny cron 0 22 * * Sat for 8h"},
			"2026-10-24 12:00 +0200", "2026-10-26 00:00 +0100",
			[]string{"2026-10-24 22:00 +0200 to 2026-10-25 05:00 +0100"},
		},
		{
			"Berlin: dates", "Europe/Berlin",
			[]string{"deny 2026-03-29", "deny 2026-03-28 02:30 - 2026-03-28 03:30"},
			"2026-03-28 00:00 +0100", "2026-03-30 12:00 +0200",
			[]string{"2026-03-28 02:30 +0100 to 2026-03-28 03:30 +0100", "2026-03-29 00:00 +0100 to 2026-03-30 00:00 +0200"},
		},
		{
			"Berlin, spring: a date with a time that is left out", "Europe/Berlin",
			[]string{"deny 2026-03-29 02:30 - 2026-03-29 05:00"},
			"2026-03-28 12:00 +0100", "2026-03-30 12:00 +0200",
			[]string{"2026-03-29 03:00 +0200 to 2026-03-29 05:00 +0200"},
		},

		// New York goes from 02:00 -0500 to 03:00 -0400 on 8 March, and from 02:00 -0400 to 01:00 -0500 on 1 November.
		{
			"New York, spring", "America/New_York",
			[]string{"deny 01:30-02:30"},
			"2026-03-07 12:00 -0500", "2026-03-09 00:00 -0400",
			[]string{"2026-03-08 01:30 -0500 to 2026-03-08 03:00 -0400"},
		},
		{
			"New York, autumn", "America/New_York",
			[]string{"deny 01:30-02:30"},
			"2026-10-31 12:00 -0400", "2026-11-02 00:00 -0500",
			[]string{"2026-11-01 01:30 -0400 to 2026-11-01 02:30 -0500"},
		},
		{
			"New York, autumn: whole days", "America/New_York",
			[]string{"deny Sat,Sun"},
			"2026-10-30 12:00 -0400", "2026-11-02 12:00 -0500",
			[]string{"2026-10-31 00:00 -0400 to 2026-11-02 00:00 -0500"},
		},

		// Lord Howe goes from 02:00 +1100 to 01:30 +1030 on 5 April, and from 02:00 +1030 to 02:30 +1100 on 4 October.
		{
			"Lord Howe, spring: half an hour is left out", "Australia/Lord_Howe",
			[]string{"deny 02:15-02:45"},
			"2026-10-03 12:00 +1030", "2026-10-05 00:00 +1100",
			[]string{"2026-10-04 02:30 +1100 to 2026-10-04 02:45 +1100"},
		},
		{
			"Lord Howe, autumn: half an hour comes twice", "Australia/Lord_Howe",
			[]string{"deny 01:00-01:45"},
			"2026-04-04 12:00 +1100", "2026-04-06 00:00 +1030",
			[]string{"2026-04-05 01:00 +1100 to 2026-04-05 01:45 +1030"},
		},

		// Havana changes at midnight: it goes from 00:00 -0500 to 01:00 -0400 on 8 March, and from 01:00 -0400 to 00:00 -0500 on 1 November.
		{
			"Havana, spring: a day without a midnight", "America/Havana",
			[]string{"deny Sat"},
			"2026-03-06 12:00 -0500", "2026-03-09 00:00 -0400",
			[]string{"2026-03-07 00:00 -0500 to 2026-03-08 01:00 -0400"},
		},
		{
			"Havana, autumn: a day with two", "America/Havana",
			[]string{"deny Sat"},
			"2026-10-30 12:00 -0400", "2026-11-02 00:00 -0500",
			[]string{"2026-10-31 00:00 -0400 to 2026-11-01 00:00 -0500"},
		},

		// Apia went from 24:00 -1000 on 29 December 2011 to 00:00 +1400 on 31 December.
		{
			"Apia: a day that was left out", "Pacific/Apia",
			[]string{"deny Fri", "deny 2011-12-30", "deny Thu 23:00 - Sat 01:00"},
			"2011-12-29 12:00 -1000", "2012-01-01 12:00 +1400",
			[]string{"2011-12-29 23:00 -1000 to 2011-12-31 01:00 +1400"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, zone := calendarOf(t, tc.zone, tc.windows...), zoneNamed(t, tc.zone)
			var got []string
			from, to := instant(t, tc.from), instant(t, tc.to)
			var since, promised time.Time
			for at := from; !at.After(to); at = at.Add(time.Minute) {
				reason, until := c.Closed(at)
				switch closed := reason != ""; {
				case closed && since.IsZero():
					since, promised = at, until
				case closed && !until.Equal(promised):
					t.Fatalf("at %s it is closed until %s, and before that until %s", at.In(zone), until, promised)
				case !closed && !since.IsZero():
					got = append(got, since.In(zone).Format(dateAndTime+" -0700")+" to "+at.In(zone).Format(dateAndTime+" -0700"))
					if !promised.Equal(at) || promised.Location().String() != tc.zone {
						t.Errorf("it is closed until %s, and says until %s", at.In(zone), promised)
					}
					since = time.Time{}
				}
			}
			if !since.IsZero() {
				t.Errorf("closed at the end, %s", tc.to)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestCalendarClosed(t *testing.T) {
	for _, tc := range []struct {
		name    string
		windows []string // in UTC
		at      string   // in UTC; 21 November 2026 is a Saturday
		reason  string
		until   string // empty if it is not known
	}{
		{"no windows", nil, "2026-11-21 12:00", "", ""},
		{"within", []string{"deny Fri 16:00 - Mon 08:00"}, "2026-11-21 12:00", "no changes from Fri 16:00 to Mon 08:00 (UTC)", "2026-11-23 08:00"},
		{"at its begin", []string{"deny Fri 16:00 - Mon 08:00"}, "2026-11-20 16:00", "no changes from Fri 16:00 to Mon 08:00 (UTC)", "2026-11-23 08:00"},
		{"at its end", []string{"deny Fri 16:00 - Mon 08:00"}, "2026-11-23 08:00", "", ""},
		{"beside", []string{"deny Fri 16:00 - Mon 08:00"}, "2026-11-20 15:59", "", ""},
		{"nearly a week", []string{"deny Mon 08:00 - Mon 07:00"}, "2026-11-23 06:59", "no changes from Mon 08:00 to Mon 07:00 (UTC)", "2026-11-23 07:00"},
		{"over midnight", []string{"deny Fri 22:00-06:00"}, "2026-11-21 05:59", "no changes from Fri 22:00 to Sat 06:00 (UTC)", "2026-11-21 06:00"},
		{"over midnight of another day", []string{"deny Fri 22:00-06:00"}, "2026-11-22 05:59", "", ""},
		{"only", []string{"allow Mon-Thu 09:00-17:00"}, "2026-11-21 12:00", "changes only on Mon-Thu from 09:00 to 17:00 (UTC)", "2026-11-23 09:00"},
		{"only, within", []string{"allow Mon-Thu 09:00-17:00"}, "2026-11-23 12:00", "", ""},
		{"only, two", []string{"allow Mon 09:00-17:00", "allow Sun 08:00-10:00"}, "2026-11-21 12:00", "changes only on Mon from 09:00 to 17:00 (UTC), or on Sun from 08:00 to 10:00 (UTC)", "2026-11-22 08:00"},
		{"deny beats allow", []string{"allow Mon-Sun", "deny Sat"}, "2026-11-21 12:00", "no changes on Sat (UTC)", "2026-11-22 00:00"},
		{"deny, then not allowed", []string{"allow Mon 09:00-17:00", "deny Sat"}, "2026-11-21 12:00", "no changes on Sat (UTC)", "2026-11-23 09:00"},
		{"not allowed, then denied", []string{"allow Mon-Tue 09:00-17:00", "deny Mon"}, "2026-11-22 12:00", "changes only on Mon-Tue from 09:00 to 17:00 (UTC)", "2026-11-24 09:00"},
		{"two that touch", []string{"deny Sat", "deny Sun 00:00-10:00"}, "2026-11-21 12:00", "no changes on Sat (UTC)", "2026-11-22 10:00"},
		{"two that overlap", []string{"deny Sat", "deny Fri 16:00 - Mon 08:00"}, "2026-11-21 12:00", "no changes from Fri 16:00 to Mon 08:00 (UTC), and on Sat (UTC)", "2026-11-23 08:00"},
		{"days in a row", []string{"deny Sat,Sun,Mon"}, "2026-11-21 12:00", "no changes on Mon, Sat-Sun (UTC)", "2026-11-24 00:00"},
		{"always", []string{"deny Mon-Sun"}, "2026-11-21 12:00", "no changes on Mon-Sun (UTC)", ""},
		{"always, by two", []string{"deny 00:00-12:00", "deny 12:00-24:00"}, "2026-11-21 12:00", "no changes from 12:00 to 24:00 (UTC)", ""},
		{"always, since allowed is denied", []string{"allow Mon", "deny Mon"}, "2026-11-21 12:00", "changes only on Mon (UTC)", ""},
		{"once", []string{"deny 2026-11-20 - 2027-03-01"}, "2026-11-21 12:00", "no changes from 2026-11-20 to 2027-03-01 (UTC)", "2027-03-02 00:00"},
		{"once, and then a weekend that is too far away", []string{"deny 2026-11-20 - 2027-03-05", "deny Sat"}, "2026-11-22 12:00", "no changes from 2026-11-20 to 2027-03-05 (UTC)", ""},
		{"once, over", []string{"deny 2026-11-20"}, "2026-11-21 00:00", "", ""},
		{"allowed long ago", []string{"allow 2020-01-01"}, "2026-11-21 12:00", "changes only on 2020-01-01 (UTC)", ""},
		{"allowed in a while", []string{"allow 2026-12-25"}, "2026-11-21 12:00", "changes only on 2026-12-25 (UTC)", "2026-12-25 00:00"},
		{"allowed in a long while", []string{"allow 2026-12-27"}, "2026-11-21 12:00", "changes only on 2026-12-27 (UTC)", ""},
		{"cron", []string{"deny cron 0 22 * * * for 8h"}, "2026-11-21 05:59", `no changes for 8h from each time of cron "0 22 * * *" (UTC)`, "2026-11-21 06:00"},
		{"cron, beside", []string{"deny cron 0 22 * * * for 8h"}, "2026-11-21 06:00", "", ""},
		{"cron, for days", []string{"deny cron 0 0 1 * * for 720h"}, "2026-11-30 12:00", `no changes for 720h from each time of cron "0 0 1 * *" (UTC)`, "2026-12-31 00:00"},
		{"cron, a day or a weekday", []string{"deny cron 0 0 1 * Sat for 24h"}, "2026-11-21 12:00", `no changes for 24h from each time of cron "0 0 1 * Sat" (UTC)`, "2026-11-22 00:00"},
		{"cron, the last day", []string{"deny cron 0 0 L * * for 24h"}, "2026-11-30 12:00", `no changes for 24h from each time of cron "0 0 L * *" (UTC)`, "2026-12-01 00:00"},
		{"cron, every minute", []string{"deny cron * * * * * for 1m"}, "2026-11-21 12:00", `no changes for 1m from each time of cron "* * * * *" (UTC)`, ""},
		{"cron, some minutes and hours", []string{"deny cron 10,50 8-9 * * * for 20m"}, "2026-11-21 08:55", `no changes for 20m from each time of cron "10,50 8-9 * * *" (UTC)`, "2026-11-21 09:30"},
		{"cron, only", []string{"allow cron 0 22 * * Sun for 2h"}, "2026-11-21 12:00", `changes only for 2h from each time of cron "0 22 * * Sun" (UTC)`, "2026-11-22 22:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := calendarOf(t, "", tc.windows...)
			reason, until := c.Closed(instant(t, tc.at+" +0000"))
			got := ""
			if !until.IsZero() {
				got = until.Format(dateAndTime)
			}
			if reason != tc.reason || got != tc.until {
				t.Errorf("got  %q until %s\nwant %q until %s", reason, got, tc.reason, tc.until)
			}
		})
	}
}

func TestCalendarOfSeveralZones(t *testing.T) {
	c := calendarOf(t, "Asia/Tokyo", "deny 00:00-06:00").With(calendarOf(t, "America/New_York", "deny 10:00-18:00").windows...)
	reason, until := c.Closed(instant(t, "2026-11-21 16:00 +0000"))
	if reason != "no changes from 00:00 to 06:00 (Asia/Tokyo), and from 10:00 to 18:00 (America/New_York)" {
		t.Errorf("%q", reason)
	}
	if got := until.String(); got != "2026-11-22 08:00:00 +0900 JST" {
		t.Errorf("until %s", got)
	}
}

func TestCalendarString(t *testing.T) {
	a, b := calendarOf(t, "Europe/Berlin", "deny Sat,Sun", "allow Mon-Fri"), calendarOf(t, "Europe/Berlin", "allow mon - fri", "deny Sun,Sat", "deny Sat-Sun")
	const want = "allow Mon-Fri (Europe/Berlin); deny Sat-Sun (Europe/Berlin)"
	if a.String() != want || b.String() != want || !a.Equal(b) {
		t.Errorf("%q and %q; want %q for both", a, b, want)
	}
	for _, other := range []Calendar{{}, a.With(calendarOf(t, "", "deny Sat,Sun").windows...), calendarOf(t, "", "deny Sat,Sun", "allow Mon-Fri"), calendarOf(t, "Europe/Berlin", "allow Sat,Sun", "allow Mon-Fri")} {
		if a.Equal(other) {
			t.Errorf("%q equals %q", a, other)
		}
	}
	if got := (Calendar{}).String(); got != "" {
		t.Errorf("the zero Calendar is %q", got)
	}
}

func TestCalendarWithChangesNoOther(t *testing.T) {
	windows := calendarOf(t, "", "deny Mon", "deny Fri", "deny Tue").windows
	base := NewCalendar(windows[1], windows[1], windows[1])
	first := base.With(windows[0])
	second := base.With(windows[2])
	for _, tc := range []struct {
		got  Calendar
		want string
	}{{base, "deny Mon (UTC)"}, {first, "deny Fri (UTC); deny Mon (UTC)"}, {second, "deny Mon (UTC); deny Tue (UTC)"}} {
		if got := tc.got.String(); got != tc.want {
			t.Errorf("%q; want %q", got, tc.want)
		}
	}
}

// wallClock is the clock of a zone, minute by minute, as an oracle: shown is what it shows, past the latest time that it has shown up to a minute, and
// ahead the earliest that it will show from that minute on, in minutes since 1970.
type wallClock struct {
	name               string
	start              time.Time
	shown, past, ahead []int
}

// Days that the oracle knows before and after the time at which a clock changes.
const daysBefore, daysAfter = 45, 50

func newWallClock(t testing.TB, name string, change time.Time) wallClock {
	c := wallClock{name: name, start: change.AddDate(0, 0, -daysBefore).UTC()}
	zone := zoneNamed(t, name)
	for i := range (daysBefore + daysAfter) * 24 * 60 {
		at := c.start.Add(time.Duration(i) * time.Minute).In(zone)
		shown := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
		c.shown = append(c.shown, int(shown.Unix()/60))
	}
	c.past, c.ahead = slices.Clone(c.shown), slices.Clone(c.shown)
	for i := 1; i < len(c.past); i++ {
		c.past[i] = max(c.past[i], c.past[i-1])
	}
	for i := len(c.ahead) - 2; i >= 0; i-- {
		c.ahead[i] = min(c.ahead[i], c.ahead[i+1])
	}
	return c
}

// paint marks the minutes from when the clock has first reached one time until it shows or skips another one for the last time, and some more.
func (c wallClock) paint(marks []bool, from, to time.Time, more int) {
	first, last := int(from.Unix()/60), int(to.Unix()/60)
	begin := sort.SearchInts(c.past, first)
	end := sort.SearchInts(c.ahead, last+1) // from here on it only shows what is later
	if end > 0 && c.shown[end-1] == last {
		end--
	}
	for i := begin; i < min(end+more, len(marks)); i++ {
		marks[i] = true
	}
}

// drawWindow returns a window, and marks of the minutes that it has.
func (c wallClock) drawWindow(t *rapid.T) (Window, []bool) {
	marks := make([]bool, len(c.past))
	spec := WindowSpec{Allow: rapid.Bool().Draw(t, "allow"), Timezone: c.name}
	clock := func(label string) time.Duration {
		// Clocks change at night.
		return time.Duration(rapid.OneOf(rapid.IntRange(0, 23*60+59), rapid.IntRange(0, 4*60)).Draw(t, label)) * time.Minute
	}
	show := func(d time.Duration) string { return fmt.Sprintf("%d:%02d", int(d.Hours()), int(d.Minutes())%60) }
	days := rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 1, 7, rapid.ID).Draw(t, "days")
	from, to := clock("from"), clock("to")
	first := c.start.Truncate(24*time.Hour).AddDate(0, 0, -9)
	each := func(days []int, from, to time.Duration) {
		for day := first; day.Before(c.start.AddDate(0, 0, daysBefore+daysAfter+9)); day = day.AddDate(0, 0, 1) {
			if slices.Contains(days, int(day.Weekday())) {
				c.paint(marks, day.Add(from), day.Add(to), 0)
			}
		}
	}
	var names []string
	for _, day := range days {
		names = append(names, time.Weekday(day).String())
	}
	switch kind := rapid.SampledFrom([]string{"days", "times", "span", "dates", "cron"}).Draw(t, "kind"); {
	case kind == "days":
		spec.When = strings.Join(names, ",")
		each(days, 0, 24*time.Hour)
	case kind == "span" && (len(days) > 1 || from != to):
		spec.When = names[0] + " " + show(from) + " - " + names[len(days)-1] + " " + show(to)
		length := days[len(days)-1] - days[0]
		if length < 0 || length == 0 && to < from {
			length += 7
		}
		each(days[:1], from, to+time.Duration(length)*24*time.Hour)
	case kind == "dates":
		begin := c.start.Truncate(24*time.Hour).AddDate(0, 0, daysBefore+rapid.IntRange(-3, 3).Draw(t, "first date"))
		end := begin.AddDate(0, 0, rapid.IntRange(1, 9).Draw(t, "dates")).Add(to)
		begin = begin.Add(from)
		spec.When = begin.Format(dateAndTime) + " - " + end.Format(dateAndTime)
		c.paint(marks, begin, end, 0)
	case kind == "cron":
		duration := rapid.IntRange(1, 3*24*60).Draw(t, "duration")
		spec.Duration = time.Duration(duration) * time.Minute
		list := strings.ReplaceAll(strings.Trim(fmt.Sprint(days), "[]"), " ", ",")
		spec.Cron = fmt.Sprintf("%d %d * * %s", int(from.Minutes())%60, int(from.Hours()), list)
		for day := first; day.Before(c.start.AddDate(0, 0, daysBefore+daysAfter+9)); day = day.AddDate(0, 0, 1) {
			if slices.Contains(days, int(day.Weekday())) {
				c.paint(marks, day.Add(from), day.Add(from), duration)
			}
		}
	case from == to:
		t.Skip("not a window")
	default:
		spec.When = strings.Join(names, ",") + " " + show(from) + "-" + show(to)
		if to < from {
			to += 24 * time.Hour
		}
		each(days, from, to)
	}
	w, err := ParseWindow(spec)
	if err != nil {
		t.Fatalf("%+v: %v", spec, err)
	}
	return w, marks
}

// A calendar says of each minute what the clock on the wall says.
func TestCalendarAgreesWithTheClockOnTheWall(t *testing.T) {
	var clocks []wallClock
	for _, c := range []struct{ zone, change string }{
		{"Europe/Berlin", "2026-03-29 01:00 +0000"},
		{"Europe/Berlin", "2026-10-25 01:00 +0000"},
		{"America/New_York", "2026-03-08 07:00 +0000"},
		{"America/New_York", "2026-11-01 06:00 +0000"},
		{"Australia/Lord_Howe", "2026-04-04 15:00 +0000"},
		{"Australia/Lord_Howe", "2026-10-03 15:30 +0000"},
		{"America/Havana", "2026-03-08 05:00 +0000"},
		{"America/Havana", "2026-11-01 05:00 +0000"},
		{"Antarctica/Troll", "2026-03-29 01:00 +0000"},  // two hours
		{"Africa/Casablanca", "2026-03-22 02:00 +0000"}, // there and back within five weeks
		{"Pacific/Apia", "2011-12-30 10:00 +0000"},      // a day
		{"UTC", "2026-03-29 01:00 +0000"},
	} {
		clocks = append(clocks, newWallClock(t, c.zone, instant(t, c.change)))
	}
	rapid.Check(t, func(t *rapid.T) {
		clock := rapid.SampledFrom(clocks).Draw(t, "clock")
		deny, allow, allows := make([]bool, len(clock.past)), make([]bool, len(clock.past)), false
		var calendar Calendar
		for range rapid.IntRange(1, 4).Draw(t, "windows") {
			w, marks := clock.drawWindow(t)
			calendar = calendar.With(w)
			allows = allows || w.allow
			for i, marked := range marks {
				if w.allow {
					allow[i] = allow[i] || marked
				} else {
					deny[i] = deny[i] || marked
				}
			}
		}
		closed := func(i int) bool { return deny[i] || allows && !allow[i] }
		minute := func(i int) time.Time { return clock.start.Add(time.Duration(i) * time.Minute) }
		for range 20 {
			// A day around the change and some days before.
			i := (daysBefore*24+rapid.OneOf(rapid.IntRange(-200, 200), rapid.IntRange(-8, 8)).Draw(t, "hour"))*60 + rapid.IntRange(0, 59).Draw(t, "minute")
			end := i
			for end < i+int(foreseen/time.Minute) && closed(end) {
				end++
			}
			reason, until := calendar.Closed(minute(i))
			switch {
			case (reason != "") != closed(i):
				t.Fatalf("%s, at %s: closed is %v, %q; want %v", calendar, minute(i), !closed(i), reason, closed(i))
			case end == i && !until.IsZero():
				t.Fatalf("%s, at %s: open, and closed until %s", calendar, minute(i), until)
			case closed(end) && !until.IsZero() && !until.After(minute(end)):
				t.Fatalf("%s, at %s: closed until %s; want longer than %s", calendar, minute(i), until, minute(end))
			case end > i && !closed(end) && !until.Equal(minute(end)):
				t.Fatalf("%s, at %s: closed until %s; want %s", calendar, minute(i), until, minute(end))
			}
		}
	})
}

func BenchmarkCalendarClosed(b *testing.B) {
	c := calendarOf(b, "Europe/Berlin", "deny Fri 16:00 - Mon 08:00", "allow Mon-Thu 09:00-17:00", "deny 2026-12-20 - 2027-01-07", "deny cron 0 22 * * * for 8h")
	for _, at := range []string{"2026-11-19 12:00 +0100", "2026-11-20 18:00 +0100", "2026-12-20 18:00 +0100"} {
		b.Run(at, func(b *testing.B) {
			t := instant(b, at)
			for b.Loop() {
				c.Closed(t)
			}
		})
	}
}
