package reconcile

import (
	"fmt"
	"iter"
	"math/bits"
	"strings"
	"time"

	"github.com/adhocore/gronx"
)

// Window is a time in which plans may not be applied, or the only one in which they may, once or again and again. See [ParseWindow]; the zero Window is
// not usable.
//
// Its times are those of the clocks in its zone. Where the zone changes its clocks, a window begins when they first show its begin, or have gone past
// it, and ends when they show its end for the last time, or have gone past it.
type Window struct {
	allow bool
	zone  *time.Location
	schedule
}

// schedule is when a window is.
type schedule interface {
	// spans gives the times of the window that end after the one instant and begin before the other, in the order in which they begin and end. One
	// that the clocks of the zone leave out ends when it begins.
	spans(zone *time.Location, after, before time.Time) iter.Seq[span]
	// String returns the schedule as ParseWindow reads it, in one spelling.
	String() string
	// words returns the schedule so that it reads well behind "no changes" and "changes only".
	words() string
}

// span is the time from an instant up to another one.
type span struct{ begin, end time.Time }

// String returns the window in one spelling, as in "deny Fri 16:00 - Mon 08:00 (Europe/Berlin)".
func (w Window) String() string {
	verb := "deny "
	if w.allow {
		verb = "allow "
	}
	return verb + w.schedule.String() + " (" + w.zone.String() + ")"
}

func (w Window) spans(after, before time.Time) iter.Seq[span] {
	return w.schedule.spans(w.zone, after, before)
}

// until returns when the window ends that t is in, and t if it is in none. Times that touch are one. From the limit on nobody looks.
func (w Window) until(t, limit time.Time) time.Time {
	end := t
	for s := range w.spans(t, limit.Add(1)) {
		if s.begin.After(end) {
			break
		}
		end = s.end
	}
	return end
}

// weekdays is a set of days of the week.
type weekdays uint8

const allDays weekdays = 1<<7 - 1

func (d weekdays) has(day time.Weekday) bool { return d>>day&1 != 0 }

func (d weekdays) with(day time.Weekday) weekdays { return d | 1<<day }

// String returns "Mon-Thu,Sat".
func (d weekdays) String() string {
	var runs []string
	for i := 1; i <= 7; i++ { // from Monday to Sunday
		first := i
		for i <= 7 && d.has(time.Weekday(i%7)) {
			i++
		}
		switch i - first {
		case 0:
		case 1:
			runs = append(runs, dayName(first))
		default:
			runs = append(runs, dayName(first)+"-"+dayName(i-1))
		}
	}
	return strings.Join(runs, ",")
}

func dayName(day int) string { return time.Weekday(day % 7).String()[:3] }

// timeOfDay returns "16:00", given the time since midnight.
func timeOfDay(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

const wholeDay = 24 * time.Hour

// weekly comes every week, on each of its days.
type weekly struct {
	days   weekdays      // on which it begins
	from   time.Duration // since midnight
	length time.Duration // as the clocks show it, up to a week
}

func (s weekly) spans(zone *time.Location, after, before time.Time) iter.Seq[span] {
	return func(yield func(span) bool) {
		for day := dayOf(after.Add(-s.from - s.length - maxOffset)); ; day = day.AddDate(0, 0, 1) {
			if !s.days.has(day.Weekday()) {
				continue
			}
			begin := firstAt(day.Add(s.from), zone)
			if !begin.Before(before) {
				return
			}
			if end := lastAt(day.Add(s.from+s.length), zone); end.After(after) && !yield(span{begin, end}) {
				return
			}
		}
	}
}

// end returns on which of the days after it began it ends, and when.
func (s weekly) end() (days int, at time.Duration) {
	end := s.from + s.length
	if end%wholeDay == 0 && end <= wholeDay {
		return 0, end // 24:00
	}
	return int(end / wholeDay), end % wholeDay
}

// dayToDay returns the begin and end of a schedule that is one run from a day to another one.
func (s weekly) dayToDay() (from, to string, ok bool) {
	if bits.OnesCount8(uint8(s.days)) != 1 || s.from+s.length <= wholeDay {
		return "", "", false
	}
	day := bits.TrailingZeros8(uint8(s.days))
	days, at := s.end()
	return dayName(day) + " " + timeOfDay(s.from), dayName(day+days) + " " + timeOfDay(at), true
}

func (s weekly) String() string {
	if from, to, ok := s.dayToDay(); ok {
		return from + " - " + to
	}
	_, at := s.end()
	times := timeOfDay(s.from) + "-" + timeOfDay(at)
	switch {
	case s.from == 0 && s.length == wholeDay:
		return s.days.String()
	case s.days == allDays:
		return times
	}
	return s.days.String() + " " + times
}

func (s weekly) words() string {
	if from, to, ok := s.dayToDay(); ok {
		return "from " + from + " to " + to
	}
	_, at := s.end()
	days := strings.ReplaceAll(s.days.String(), ",", ", ")
	times := "from " + timeOfDay(s.from) + " to " + timeOfDay(at)
	switch {
	case s.from == 0 && s.length == wholeDay:
		return "on " + days
	case s.days == allDays:
		return times
	}
	return "on " + days + " " + times
}

// dated comes once.
type dated struct{ from, to time.Time } // wall times

func (s dated) spans(zone *time.Location, after, before time.Time) iter.Seq[span] {
	return func(yield func(span) bool) {
		begin, end := firstAt(s.from, zone), lastAt(s.to, zone)
		if begin.Before(before) && end.After(after) {
			yield(span{begin, end})
		}
	}
}

// ends returns the begin and end as they are written: a date without a time is the whole of it.
func (s dated) ends() (from, to string) {
	from, to = s.from.Format(time.DateOnly), s.to.Format(dateAndTime)
	if !s.from.Equal(dayOf(s.from)) {
		from = s.from.Format(dateAndTime)
	}
	if s.to.Equal(dayOf(s.to)) {
		to = s.to.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return from, to
}

const dateAndTime = "2006-01-02 15:04"

func (s dated) String() string {
	from, to := s.ends()
	if from == to {
		return from
	}
	return from + " - " + to
}

func (s dated) words() string {
	from, to := s.ends()
	if from == to {
		return "on " + from
	}
	return "from " + from + " to " + to
}

// cron comes at the times of a cron expression, each time for as long.
type cron struct {
	text     string
	minutes  uint64 // a bit for each that it has
	hours    uint32
	days     []string // the fields for day, month and weekday
	duration time.Duration
}

func (s cron) spans(zone *time.Location, after, before time.Time) iter.Seq[span] {
	return func(yield func(span) bool) {
		g := gronx.New()
		for day := dayOf(after.Add(-s.duration - maxOffset)); day.Before(before.Add(maxOffset)); day = day.AddDate(0, 0, 1) {
			if !s.hasDay(g, day) {
				continue
			}
			for minute := range int(wholeDay / time.Minute) {
				if s.hours>>(minute/60)&1 == 0 || s.minutes>>(minute%60)&1 == 0 {
					continue
				}
				wall := day.Add(time.Duration(minute) * time.Minute)
				if wall.Add(s.duration + maxOffset).Before(after) {
					continue
				}
				begin := firstAt(wall, zone)
				if !begin.Before(before) {
					return
				}
				if end := lastAt(wall, zone).Add(s.duration); end.After(after) && !yield(span{begin, end}) {
					return
				}
			}
		}
	}
}

// hasDay reports whether the expression has times on a day. Day and weekday are read as cron does: if neither is a *, one of them is enough.
func (s cron) hasDay(g *gronx.Gronx, day time.Time) bool {
	g.C.SetRef(day)
	due, err := g.SegmentsDue(append([]string{"0", "0", "0"}, s.days...)) // at midnight
	return due && err == nil
}

func (s cron) String() string { return fmt.Sprintf("cron %q for %s", s.text, brief(s.duration)) }

func (s cron) words() string {
	return fmt.Sprintf("for %s from each time of cron %q", brief(s.duration), s.text)
}

// brief returns "8h" for what prints as "8h0m0s".
func brief(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// dayOf returns the midnight before a wall time.
func dayOf(wall time.Time) time.Time {
	wall = wall.UTC()
	return time.Date(wall.Year(), wall.Month(), wall.Day(), 0, 0, 0, 0, time.UTC)
}
