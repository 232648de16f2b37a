package benchmarks

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"
)

// subject is one thing that is measured.
type subject struct {
	name    string
	prepare func() // what has to be done before each run, and is not measured; nil for nothing
	run     func() (usage, error)
	absent  string // why it cannot be measured here: a program is not installed
}

// series is what a subject used in each round.
type series struct {
	name   string
	rounds []usage
	absent string
}

// inTurn runs the subjects one after the other, and that as many times as there are rounds, so that what else the machine does
// falls on all of them. A subject that is absent has an empty series.
func inTurn(t testing.TB, rounds int, subjects ...subject) []series {
	t.Helper()
	all := make([]series, len(subjects))
	for i, s := range subjects {
		all[i] = series{name: s.name, absent: s.absent}
	}
	for range rounds {
		for i, s := range subjects {
			if s.absent != "" {
				continue
			}
			if s.prepare != nil {
				s.prepare()
			}
			u, err := s.run()
			if err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			all[i].rounds = append(all[i].rounds, u)
		}
	}
	return all
}

// quantity is something of a usage that is compared.
type quantity func(usage) float64

func wall(u usage) float64 { return u.Wall.Seconds() }
func cpu(u usage) float64  { return u.CPU.Seconds() }

// median returns the middle one of the rounds, and of an even number of them the lower of the two in the middle.
func (s series) median(of quantity) float64 {
	if len(s.rounds) == 0 {
		return 0
	}
	values := make([]float64, len(s.rounds))
	for i, u := range s.rounds {
		values[i] = of(u)
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

// none stands in a table for what was not measured.
const none = "–"

// seconds returns the median in seconds.
func (s series) seconds(of quantity) string {
	if len(s.rounds) == 0 {
		return none
	}
	return number(s.median(of))
}

// peak returns the largest peak of all rounds in MiB.
func (s series) peak() string {
	if len(s.rounds) == 0 {
		return none
	}
	most := slices.MaxFunc(s.rounds, func(a, b usage) int { return cmp.Compare(a.Peak, b.Peak) })
	text := number(float64(most.Peak) / (1 << 20))
	switch {
	case most.Peak == 0:
		return none
	case most.Peak <= most.Least:
		return "≤ " + text
	}
	return text
}

// against returns by how much s is more than reference, from the ratio of each round: "0.21 (0.19..0.24)" is the median and the
// extremes. It is none if one of the two was not measured.
func (s series) against(reference series, of quantity) string {
	if len(s.rounds) == 0 || len(s.rounds) != len(reference.rounds) {
		return none
	}
	ratios := make([]float64, len(s.rounds))
	for i := range s.rounds {
		divisor := of(reference.rounds[i])
		if divisor <= 0 {
			return none
		}
		ratios[i] = of(s.rounds[i]) / divisor
	}
	slices.Sort(ratios)
	middle := number(ratios[(len(ratios)-1)/2])
	if len(ratios) == 1 {
		return middle
	}
	return fmt.Sprintf("%s (%s..%s)", middle, number(ratios[0]), number(ratios[len(ratios)-1]))
}

// number returns a number with two or three digits that count.
func number(f float64) string {
	switch {
	case f >= 100:
		return strconv.FormatFloat(f, 'f', 0, 64)
	case f >= 10:
		return strconv.FormatFloat(f, 'f', 1, 64)
	case f >= 0.095:
		return strconv.FormatFloat(f, 'f', 2, 64)
	case f >= 0.0095:
		return strconv.FormatFloat(f, 'f', 3, 64)
	}
	return strconv.FormatFloat(f, 'f', 4, 64)
}

// whole returns a whole number with a comma before each three digits.
func whole(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func TestSeries(t *testing.T) {
	of := func(walls ...int) series {
		var s series
		for _, w := range walls {
			s.rounds = append(s.rounds, usage{Wall: time.Duration(w) * time.Second, Peak: int64(w) << 20, Least: 2 << 20})
		}
		return s
	}
	for _, test := range []struct{ name, got, want string }{
		{"ratios are taken pair by pair", of(1, 40, 9).against(of(2, 10, 3), wall), "3.00 (0.50..4.00)"},
		{"one round has no extremes", of(1).against(of(4), wall), "0.25"},
		{"nothing to compare with", of(1, 2).against(series{absent: "not installed"}, wall), none},
		{"median", of(7, 1, 300).seconds(wall), "7.00"},
		{"no rounds", series{}.seconds(wall), none},
		{"largest peak", of(7, 300, 1).peak(), "300"},
		{"a peak that cannot be told", of(1, 2).peak(), "≤ 2.00"},
		{"small", number(0.00123), "0.0012"},
		{"thousands", whole(1234567), "1,234,567"},
		{"hundreds", whole(999), "999"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.got != test.want {
				t.Errorf("got %q, want %q", test.got, test.want)
			}
		})
	}
}

// Subjects take turns, so that round i of one was measured next to round i of the other.
func TestInTurn(t *testing.T) {
	var order string
	step := func(name string) func() (usage, error) {
		return func() (usage, error) { order += name; return usage{Wall: time.Second}, nil }
	}
	all := inTurn(t, 2, subject{name: "a", prepare: func() { order += "-" }, run: step("a")}, subject{name: "b", absent: "not installed"}, subject{name: "c", run: step("c")})
	if order != "-ac-ac" || len(all) != 3 || len(all[1].rounds) != 0 || len(all[2].rounds) != 2 {
		t.Errorf("order %q, series %v", order, all)
	}
}
