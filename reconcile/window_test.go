package reconcile

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests need the zones wherever they run

	"pgregory.net/rapid"
)

func TestParseWindow(t *testing.T) {
	for _, tc := range []struct {
		spec WindowSpec
		text string // in its one spelling
		says string // to people
	}{
		{WindowSpec{When: "Fri 16:00 - Mon 08:00", Timezone: "Europe/Berlin"}, "deny Fri 16:00 - Mon 08:00 (Europe/Berlin)", "no changes from Fri 16:00 to Mon 08:00 (Europe/Berlin)"},
		{WindowSpec{When: " friday 16:00-MON 8:00 "}, "deny Fri 16:00 - Mon 08:00 (UTC)", "no changes from Fri 16:00 to Mon 08:00 (UTC)"},
		{WindowSpec{When: "Mon-Thu 09:00-17:00", Allow: true, Timezone: "Europe/Berlin"}, "allow Mon-Thu 09:00-17:00 (Europe/Berlin)", "changes only on Mon-Thu from 09:00 to 17:00 (Europe/Berlin)"},
		{WindowSpec{When: "Sat,Sun"}, "deny Sat-Sun (UTC)", "no changes on Sat-Sun (UTC)"},
		{WindowSpec{When: "sun, mon ,Wed - Fri"}, "deny Mon,Wed-Fri,Sun (UTC)", "no changes on Mon, Wed-Fri, Sun (UTC)"},
		{WindowSpec{When: "Sat-Mon"}, "deny Mon,Sat-Sun (UTC)", "no changes on Mon, Sat-Sun (UTC)"},
		{WindowSpec{When: "Tuesday"}, "deny Tue (UTC)", "no changes on Tue (UTC)"},
		{WindowSpec{When: "Mon-Sun"}, "deny Mon-Sun (UTC)", "no changes on Mon-Sun (UTC)"},
		{WindowSpec{When: "Mon 00:00 - Sun 24:00"}, "deny Mon-Sun (UTC)", "no changes on Mon-Sun (UTC)"},
		{WindowSpec{When: "Fri 00:00 - Fri 24:00"}, "deny Fri (UTC)", "no changes on Fri (UTC)"},
		{WindowSpec{When: "Fri 16:00 - Sun 24:00"}, "deny Fri 16:00 - Mon 00:00 (UTC)", "no changes from Fri 16:00 to Mon 00:00 (UTC)"},
		{WindowSpec{When: "Mon 08:00 - Mon 07:00"}, "deny Mon 08:00 - Mon 07:00 (UTC)", "no changes from Mon 08:00 to Mon 07:00 (UTC)"},
		{WindowSpec{When: "Fri 22:00-06:00"}, "deny Fri 22:00 - Sat 06:00 (UTC)", "no changes from Fri 22:00 to Sat 06:00 (UTC)"},
		{WindowSpec{When: "Fri,Sat 22:00-06:00"}, "deny Fri-Sat 22:00-06:00 (UTC)", "no changes on Fri-Sat from 22:00 to 06:00 (UTC)"},
		{WindowSpec{When: "22:00-06:00"}, "deny 22:00-06:00 (UTC)", "no changes from 22:00 to 06:00 (UTC)"},
		{WindowSpec{When: "22:00 - 24:00"}, "deny 22:00-24:00 (UTC)", "no changes from 22:00 to 24:00 (UTC)"},
		{WindowSpec{When: "22:00-00:00"}, "deny 22:00-24:00 (UTC)", "no changes from 22:00 to 24:00 (UTC)"},
		{WindowSpec{When: "00:00-24:00"}, "deny Mon-Sun (UTC)", "no changes on Mon-Sun (UTC)"},
		{WindowSpec{When: "2026-12-20 - 2027-01-07"}, "deny 2026-12-20 - 2027-01-07 (UTC)", "no changes from 2026-12-20 to 2027-01-07 (UTC)"},
		{WindowSpec{When: "2026-12-20-2027-01-07"}, "deny 2026-12-20 - 2027-01-07 (UTC)", "no changes from 2026-12-20 to 2027-01-07 (UTC)"},
		{WindowSpec{When: "2026-12-20 18:00 - 2027-01-07 08:00"}, "deny 2026-12-20 18:00 - 2027-01-07 08:00 (UTC)", "no changes from 2026-12-20 18:00 to 2027-01-07 08:00 (UTC)"},
		{WindowSpec{When: "2026-12-20 18:00 - 2027-01-07"}, "deny 2026-12-20 18:00 - 2027-01-07 (UTC)", "no changes from 2026-12-20 18:00 to 2027-01-07 (UTC)"},
		{WindowSpec{When: "2026-12-20 00:00 - 2027-01-07 24:00"}, "deny 2026-12-20 - 2027-01-07 (UTC)", "no changes from 2026-12-20 to 2027-01-07 (UTC)"},
		{WindowSpec{When: "2026-12-24"}, "deny 2026-12-24 (UTC)", "no changes on 2026-12-24 (UTC)"},
		{WindowSpec{When: "2026-12-24 - 2026-12-24"}, "deny 2026-12-24 (UTC)", "no changes on 2026-12-24 (UTC)"},
		{WindowSpec{Cron: "0 22 * * *", Duration: 8 * time.Hour, Timezone: "Asia/Tokyo"}, `deny cron "0 22 * * *" for 8h (Asia/Tokyo)`, `no changes for 8h from each time of cron "0 22 * * *" (Asia/Tokyo)`},
		{WindowSpec{Cron: " */30  9-17 1,L Jan-Mar Mon#1,Fri ", Duration: 90 * time.Minute}, `deny cron "*/30 9-17 1,L Jan-Mar Mon#1,Fri" for 1h30m (UTC)`, `no changes for 1h30m from each time of cron "*/30 9-17 1,L Jan-Mar Mon#1,Fri" (UTC)`},
		{WindowSpec{Cron: "@daily", Duration: time.Minute, Allow: true}, `allow cron "@daily" for 1m (UTC)`, `changes only for 1m from each time of cron "@daily" (UTC)`},
		{WindowSpec{Cron: "0 0 29 2 *", Duration: 90*time.Minute + time.Second}, `deny cron "0 0 29 2 *" for 1h30m1s (UTC)`, `no changes for 1h30m1s from each time of cron "0 0 29 2 *" (UTC)`},
	} {
		w, err := ParseWindow(tc.spec)
		if err != nil {
			t.Errorf("%+v: %v", tc.spec, err)
			continue
		}
		if got := w.String(); got != tc.text {
			t.Errorf("%+v is %q; want %q", tc.spec, got, tc.text)
		}
		if got := sentence([]Window{w}); got != tc.says {
			t.Errorf("%+v says %q; want %q", tc.spec, got, tc.says)
		}
		if tc.spec.Cron == "" {
			again, err := ParseWindow(WindowSpec{When: w.schedule.String()})
			if err != nil || again.schedule != w.schedule {
				t.Errorf("%+v: %q is %+v, %v when it is read; want %+v", tc.spec, w.schedule, again.schedule, err, w.schedule)
			}
		}
	}
}

func TestParseWindowErrors(t *testing.T) {
	for _, tc := range []struct {
		spec WindowSpec
		want string // in the error
	}{
		{WindowSpec{}, `"": want a time, such as Fri 16:00`},
		{WindowSpec{When: "  "}, `want a time, such as Fri 16:00`},
		{WindowSpec{When: "Fri 16:00"}, `"Fri 16:00": want - and the end behind 16:00, where there is ""`},
		{WindowSpec{When: "Fri 16:00 Mon 08:00"}, `want - and the end behind 16:00, where there is "Mon"`},
		{WindowSpec{When: "Fri 16:00 - Mon"}, `want a time of day from 00:00 to 23:59 (at the end of a window to 24:00), where there is ""`},
		{WindowSpec{When: "Fri 16:00 - Mon 08:00 UTC"}, `nothing is wanted after the end of the window, where there is "UTC"`},
		{WindowSpec{When: "Fri,Sat 16:00 - Mon 08:00"}, `want one day in front, where there are Fri-Sat`},
		{WindowSpec{When: "Fri 16:00 - Fri 16:00"}, `it ends when it begins; for the whole week write Mon-Sun`},
		{WindowSpec{When: "Fri 24:00 - Sat 08:00"}, `want a time of day from 00:00 to 23:59`},
		{WindowSpec{When: "Freitag"}, `want a day (Mon, Tue, Wed, Thu, Fri, Sat or Sun), where there is "Freitag"`},
		{WindowSpec{When: "Fr"}, `where there is "Fr"`},
		{WindowSpec{When: "Mon-"}, `want a day (Mon, Tue, Wed, Thu, Fri, Sat or Sun), where there is ""`},
		{WindowSpec{When: "Mon-Thu,"}, `want a day (Mon, Tue, Wed, Thu, Fri, Sat or Sun), where there is ""`},
		{WindowSpec{When: "Mon Tue"}, `where there is "Tue"`},
		{WindowSpec{When: "Mon - 08:00"}, `where there is "08:00"`},
		{WindowSpec{When: "- Mon"}, `where there is "-"`},
		{WindowSpec{When: "09:00"}, `want - and the end behind 09:00, where there is ""`},
		{WindowSpec{When: "09:00-09:00"}, `it ends when it begins; for whole days leave the times out`},
		{WindowSpec{When: "9-17"}, `want a time such as 09:00 or a date such as 2026-12-20 in front, where there is "9"`},
		{WindowSpec{When: "09:00-17"}, `want a time of day from 00:00 to 23:59 (at the end of a window to 24:00), where there is "17"`},
		{WindowSpec{When: "25:00-06:00"}, `where there is "25:00"`},
		{WindowSpec{When: "24:00-06:00"}, `where there is "24:00"`},
		{WindowSpec{When: "09:60-17:00"}, `where there is "09:60"`},
		{WindowSpec{When: "2026-02-30"}, `want a time such as 09:00 or a date such as 2026-12-20 in front, where there is "2026"`},
		{WindowSpec{When: "2026-12-20 18:00"}, `want - and the date of the end, where there is ""`},
		{WindowSpec{When: "2026-12-20 - Mon"}, `want a date such as 2026-12-20, where there is "Mon"`},
		{WindowSpec{When: "2026-12-20 18:00 - 22:00"}, `want a date such as 2026-12-20, where there is "22:00"`},
		{WindowSpec{When: "2026-12-20 - 2026-12-19"}, `it ends before it begins`},
		{WindowSpec{When: "2026-12-20 08:00 - 2026-12-20 08:00"}, `it ends before it begins`},
		{WindowSpec{When: "2026-12-20 - 2026-12-21 08:00 - 09:00"}, `nothing is wanted after the end of the window, where there is "-"`},
		{WindowSpec{When: "Sat", Timezone: "Europe/Bonn"}, `"Europe/Bonn" is not a time zone: want a name of the IANA database, such as Europe/Berlin or UTC`},
		{WindowSpec{When: "Sat", Timezone: "Local"}, `"Local" is not a time zone`},
		{WindowSpec{When: "Sat", Timezone: "../UTC"}, `"../UTC" is not a time zone`},
		{WindowSpec{When: "Sat", Timezone: "+02:00"}, `"+02:00" is not a time zone`},
		{WindowSpec{When: "Sat", Cron: "@daily", Duration: time.Hour}, `a window is either a time of the week, or a date, or a cron expression`},
		{WindowSpec{When: "Sat", Duration: time.Hour}, `a duration is for a cron expression`},
		{WindowSpec{Cron: "0 22 * * *"}, `cron "0 22 * * *": want a duration from 1m to 744h, which is how long it lasts each time, not 0s`},
		{WindowSpec{Cron: "0 22 * * *", Duration: -time.Hour}, `not -1h`},
		{WindowSpec{Cron: "0 22 * * *", Duration: 745 * time.Hour}, `not 745h`},
		{WindowSpec{Cron: "22 * * *", Duration: time.Hour}, `cron "22 * * *": want five fields`},
		{WindowSpec{Cron: "0 0 22 * * *", Duration: time.Hour}, `want five fields`},
		{WindowSpec{Cron: "0 22 * * * 2026", Duration: time.Hour}, `want five fields`},
		{WindowSpec{Cron: "@everysecond", Duration: time.Hour}, `want five fields`},
		{WindowSpec{Cron: "@never", Duration: time.Hour}, `want five fields`},
		{WindowSpec{Cron: "60 22 * * *", Duration: time.Hour}, `"60" is not right for the minute: want 0 to 59`},
		{WindowSpec{Cron: "5,60 22 * * *", Duration: time.Hour}, `"5,60" is not right for the minute`},
		{WindowSpec{Cron: "0 24 * * *", Duration: time.Hour}, `"24" is not right for the hour: want 0 to 23`},
		{WindowSpec{Cron: "0 0,24 * * *", Duration: time.Hour}, `"0,24" is not right for the hour`},
		{WindowSpec{Cron: "0 22-6 * * *", Duration: time.Hour}, `"22-6" is not right for the hour`},
		{WindowSpec{Cron: "0 22 0 * *", Duration: time.Hour}, `"0" is not right for the day: want 1 to 31`},
		{WindowSpec{Cron: "0 22 1,32 * *", Duration: time.Hour}, `"1,32" is not right for the day`},
		{WindowSpec{Cron: "0 22 * 1,13 *", Duration: time.Hour}, `"1,13" is not right for the month`},
		{WindowSpec{Cron: "0 22 * * 1,8", Duration: time.Hour}, `"1,8" is not right for the weekday`},
		{WindowSpec{Cron: "0 22 * 13 *", Duration: time.Hour}, `"13" is not right for the month: want 1 to 12`},
		{WindowSpec{Cron: "0 22 * * 8", Duration: time.Hour}, `"8" is not right for the weekday: want 0 to 7`},
		{WindowSpec{Cron: "0 22 * * Monday", Duration: time.Hour}, `"Monday" is not right for the weekday`},
		{WindowSpec{Cron: "0 1/2/3 * * *", Duration: time.Hour}, `cron "0 1/2/3 * * *": not an expression`},
		{WindowSpec{Cron: "0 22 30 2 *", Duration: time.Hour}, `cron "0 22 30 2 *": there is no such day`},
	} {
		w, err := ParseWindow(tc.spec)
		switch {
		case err == nil:
			t.Errorf("%+v is %s; want the error %q", tc.spec, w, tc.want)
		case !strings.Contains(err.Error(), tc.want):
			t.Errorf("%+v: %v; want %q", tc.spec, err, tc.want)
		}
	}
}

// No text makes the parser panic, and what it accepts has one spelling, which is read as the same.
func TestParseWindowOfAnyText(t *testing.T) {
	piece := rapid.SampledFrom([]string{"Mon", "fri", "Sun", "2026-12-20", "2027-01-07", "2026", "00:00", "08:00", "23:59", "24:00", "7:30", "-", ",", " ", "x", "é", "9"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 9).Draw(t, "pieces"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
		w, err := ParseWindow(WindowSpec{When: text})
		if err != nil {
			return
		}
		again, err := ParseWindow(WindowSpec{When: w.schedule.String()})
		if err != nil || again.schedule != w.schedule {
			t.Fatalf("%q is %+v, and its spelling %q is %+v, %v", text, w.schedule, w.schedule, again.schedule, err)
		}
	})
}
