package reconcile

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/adhocore/gronx"
)

// WindowSpec is a window as a configuration has it. Either When or Cron is set.
type WindowSpec struct {
	// Allow makes it a window in which plans may be applied. Otherwise they may not.
	Allow bool
	// When is a time of the week or a date: "Fri 16:00 - Mon 08:00" (from a day to another one), "Mon-Thu,Sat 09:00-17:00" (on each of these days; an
	// end before the begin is on the next day), "Sat,Sun" (whole days), "22:00-06:00" (every day), "2026-12-20 - 2027-01-07" (the last day is in it),
	// "2026-12-20 18:00 - 2027-01-07 08:00", "2026-12-24". Days are English, Fri or Friday, in any letter case. Times are from 00:00 to 24:00.
	When string
	// Cron is the times at which it begins: minute, hour, day, month and weekday, or a tag such as @daily. Duration is how long it lasts each time, on
	// any clock, from a minute to 31 days.
	Cron     string
	Duration time.Duration
	// Timezone is a name of the IANA database, such as "Europe/Berlin". Empty is UTC.
	Timezone string
}

// ParseWindow reads a window. It looks up the time zone where [time.LoadLocation] does. The error says what is wanted.
func ParseWindow(spec WindowSpec) (Window, error) {
	zone, err := parseZone(spec.Timezone)
	if err != nil {
		return Window{}, err
	}
	w := Window{allow: spec.Allow, zone: zone}
	switch {
	case spec.When != "" && spec.Cron != "":
		return Window{}, errors.New("a window is either a time of the week, or a date, or a cron expression")
	case spec.Cron != "":
		w.schedule, err = parseCron(spec.Cron, spec.Duration)
	case spec.Duration != 0:
		return Window{}, errors.New("a duration is for a cron expression; other windows have an end")
	default:
		w.schedule, err = parseWhen(spec.When)
	}
	if err != nil {
		return Window{}, err
	}
	return w, nil
}

func parseZone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || zone == time.Local { // what is local is another time on another machine
		return nil, fmt.Errorf("%q is not a time zone: want a name of the IANA database, such as Europe/Berlin or UTC", name)
	}
	return zone, nil
}

const (
	minCronDuration = time.Minute
	maxCronDuration = 31 * 24 * time.Hour
)

func parseCron(text string, duration time.Duration) (schedule, error) {
	if duration < minCronDuration || duration > maxCronDuration {
		return nil, fmt.Errorf("cron %q: want a duration from 1m to %s, which is how long it lasts each time, not %s", text, brief(maxCronDuration), brief(duration))
	}
	text = strings.Join(strings.Fields(text), " ")
	fields, err := gronx.Segments(text)
	if err != nil || fields[0] != "0" || strings.Count(text, " ") != 4 && !strings.HasPrefix(text, "@") {
		return nil, fmt.Errorf("cron %q: want five fields (minute, hour, day, month, weekday), such as \"0 22 * * Fri\", or a tag such as @daily", text)
	}
	s := cron{text: text, days: fields[3:], duration: duration}
	checker := &gronx.SegmentChecker{}
	// The field is asked about each of its values: with some it does not look at all of the field.
	has := func(pos, value int, at time.Time, name, want string) bool {
		checker.SetRef(at)
		has, e := checker.CheckDue(fields[pos], pos)
		if e != nil && err == nil {
			err = fmt.Errorf("cron %q: %q is not right for %s: want %s", text, strings.Fields(text)[pos-1], name, want)
		}
		return has
	}
	monday := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 60 {
		if has(1, i, monday.Add(time.Duration(i)*time.Minute), "the minute", "0 to 59, *, */5, 0-30 or 0,30") {
			s.minutes |= 1 << i
		}
	}
	for i := range 24 {
		if has(2, i, monday.Add(time.Duration(i)*time.Hour), "the hour", "0 to 23, *, */2, 8-17 or 8,20") {
			s.hours |= 1 << i
		}
	}
	for i := range 31 {
		has(3, i, monday.AddDate(0, 0, i), "the day", "1 to 31, *, 1-7, 1,15 or L for the last")
	}
	for i := range 12 {
		has(4, i, monday.AddDate(0, i, 0), "the month", "1 to 12, Jan to Dec, *, 1-3 or Jan,Jul")
	}
	for i := range 7 {
		has(5, i, monday.AddDate(0, 0, i), "the weekday", "0 to 7, Sun to Sat, *, Mon-Fri or Mon#1 for the first")
	}
	if err == nil && !gronx.IsValid(text) {
		err = fmt.Errorf("cron %q: not an expression", text)
	}
	if err != nil {
		return nil, err
	}
	// Dates and days of the week come together again after 28 years.
	for g, day := gronx.New(), monday; day.Year() < monday.Year()+28; day = day.AddDate(0, 0, 1) {
		if s.hasDay(g, day) {
			return s, nil
		}
	}
	return nil, fmt.Errorf("cron %q: there is no such day", text)
}

// parseWhen reads a time of the week, or a date.
func parseWhen(text string) (schedule, error) {
	p := whenParser{text: text}
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		size := len(token(rest))
		p.tokens = append(p.tokens, rest[:size])
		rest = rest[size:]
	}
	s := p.parse()
	if p.err != nil {
		return nil, p.err
	}
	return s, nil
}

// token returns what text begins with: a comma, a dash, or a run of other characters. The dashes of a date are part of it.
func token(text string) string {
	if text[0] == ',' || text[0] == '-' {
		return text[:1]
	}
	if _, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))]); err == nil {
		return text[:len(time.DateOnly)]
	}
	if end := strings.IndexAny(text, ",- \t\n"); end >= 0 {
		return text[:end]
	}
	return text
}

// whenParser reads tokens from the left. After an error it reads on and keeps the first.
type whenParser struct {
	text   string
	tokens []string
	err    error
}

func (p *whenParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%q: "+format, append([]any{p.text}, args...)...)
	}
}

// next returns the next token, "" at the end.
func (p *whenParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *whenParser) take() string {
	token := p.next()
	if token != "" {
		p.tokens = p.tokens[1:]
	}
	return token
}

// taken takes a token if it is the next one.
func (p *whenParser) taken(token string) bool {
	if p.next() != token {
		return false
	}
	p.take()
	return true
}

func (p *whenParser) parse() schedule {
	var s schedule
	first := p.next()
	switch {
	case first == "":
		p.fail("want a time, such as Fri 16:00 - Mon 08:00, Sat,Sun, 22:00-06:00 or 2026-12-20 - 2027-01-07")
	case len(first) == len(time.DateOnly) && first[0] >= '0' && first[0] <= '9':
		s = p.dated()
	case strings.Contains(first, ":"):
		from, length := p.times()
		s = weekly{allDays, from, length}
	case first[0] >= '0' && first[0] <= '9':
		p.fail("want a time such as 09:00 or a date such as 2026-12-20 in front, where there is %q", first)
	default:
		s = p.weekly()
	}
	if rest := p.next(); rest != "" {
		p.fail("nothing is wanted after the end of the window, where there is %q", rest)
	}
	return s
}

// weekly reads "Fri 16:00 - Mon 08:00", "Mon-Thu,Sat 09:00-17:00" and "Sat,Sun".
func (p *whenParser) weekly() schedule {
	days, last := p.days()
	if p.next() == "" {
		return weekly{days, 0, wholeDay}
	}
	from := p.time(false)
	if !p.taken("-") {
		p.fail("want - and the end behind %s, where there is %q", timeOfDay(from), p.next())
	}
	if c := p.next(); c == "" || c[0] >= '0' && c[0] <= '9' {
		return weekly{days, from, p.length(from, p.time(true))}
	}
	to := p.day()
	end := p.time(true)
	if days != weekdays(0).with(last) {
		p.fail("want one day in front, where there are %s: a window to another day begins on one", days)
	}
	length := time.Duration(to-last+7)%7*wholeDay + end - from
	switch {
	case length == 0:
		p.fail("it ends when it begins; for the whole week write Mon-Sun")
	case length < 0:
		length += 7 * wholeDay
	case length == 7*wholeDay:
		return weekly{allDays, 0, wholeDay}
	}
	return weekly{days, from, length}
}

// days reads "Mon-Thu,Sat", and returns the last day that it read too.
func (p *whenParser) days() (days weekdays, last time.Weekday) {
	for {
		last = p.day()
		days = days.with(last)
		if p.taken("-") {
			to := p.day()
			for last != to && p.err == nil {
				last = (last + 1) % 7
				days = days.with(last)
			}
		}
		if !p.taken(",") {
			return days, last
		}
	}
}

func (p *whenParser) day() time.Weekday {
	text := p.take()
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name := day.String(); strings.EqualFold(text, name) || strings.EqualFold(text, name[:3]) {
			return day
		}
	}
	p.fail("want a day (Mon, Tue, Wed, Thu, Fri, Sat or Sun), where there is %q", text)
	return 0
}

// times reads "22:00-06:00".
func (p *whenParser) times() (from, length time.Duration) {
	from = p.time(false)
	if !p.taken("-") {
		p.fail("want - and the end behind %s, where there is %q", timeOfDay(from), p.next())
	}
	return from, p.length(from, p.time(true))
}

// length returns how long it is from a time of day to the next time that it is another one.
func (p *whenParser) length(from, to time.Duration) time.Duration {
	switch {
	case from == to:
		p.fail("it ends when it begins; for whole days leave the times out")
	case to < from:
		to += wholeDay
	}
	return to - from
}

// time reads a time of day. Only an end can be 24:00.
func (p *whenParser) time(end bool) time.Duration {
	text := p.take()
	if end && text == "24:00" {
		return wholeDay
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		p.fail("want a time of day from 00:00 to 23:59 (at the end of a window to 24:00), where there is %q", text)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

// dated reads "2026-12-20 18:00 - 2027-01-07 08:00", where each time may be left out, and "2026-12-24".
func (p *whenParser) dated() schedule {
	s := dated{from: p.date()}
	if p.next() == "" {
		s.to = s.from.AddDate(0, 0, 1)
		return s
	}
	if p.next() != "-" {
		s.from = s.from.Add(p.time(false))
	}
	if !p.taken("-") {
		p.fail("want - and the date of the end, where there is %q", p.next())
	}
	s.to = p.date()
	if p.next() == "" {
		s.to = s.to.AddDate(0, 0, 1)
	} else {
		s.to = s.to.Add(p.time(true))
	}
	if !s.to.After(s.from) {
		p.fail("it ends before it begins")
	}
	return s
}

func (p *whenParser) date() time.Time {
	text := p.take()
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		p.fail("want a date such as 2026-12-20, where there is %q", text)
	}
	return date
}
