package review

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// state is what a Worker knows.
type state struct {
	pulls   map[int64]*pull
	running int
	dropped int // events for which there was no place

	looking      bool
	lookAt       time.Time // when the forge is asked next
	looked       time.Time // when it was asked last
	lookErr      error
	lookFailures int
	replans      int       // how often all was to be planned again: then nothing that was published before the program was started holds
	recalled     bool      // the pull requests that were open when the program ended last were looked at
	staleAt      time.Time // when the next plan may be made again because the branch has moved
}

// pull is a pull request that is, or may be, open.
type pull struct {
	number   int64
	due      time.Time // when it is looked at next; zero: when something happens
	began    time.Time // when it was looked at last
	failures int
	err      error

	cancel context.CancelCauseFunc // nil while nothing is under way
	head   string                  // that is, or was last, looked at; empty until it is known
	done   planned                 // what was published last
	said   words                   // of its commit, by this Worker
}

// planned is a plan that was published.
type planned struct {
	head, base string
	plan       zonefile.Digest // zero if there is none that could be applied
	zones      []zonefile.Name // that it touches
	all        bool            // any zone may be among them
	at         time.Time
}

// holds reports whether the branch has touched nothing that the plan touches, if it is known what it has touched since the plan's base.
func (p *planned) holds(touched map[string][]zonefile.Name) bool {
	names, known := touched[p.base]
	return !p.all && (len(p.zones) == 0 || known && !p.meets(names))
}

// meets reports whether one of the zones is one that the plan touches.
func (p *planned) meets(zones []zonefile.Name) bool {
	return slices.ContainsFunc(zones, func(name zonefile.Name) bool { return slices.Contains(p.zones, name) })
}

// forget has the plan hold for no commit of the branch.
func (p *planned) forget() { p.base, p.all = "", true }

// lookSpacing is the least time from one question for pull requests to the next.
const lookSpacing = 10 * time.Second

func (s *state) lookSoon(now time.Time) {
	if at := later(now, s.looked.Add(lookSpacing)); at.Before(s.lookAt) {
		s.lookAt = at
	}
}

// know returns a pull request, and nil if there are too many.
func (s *state) know(number int64, most int) *pull {
	p := s.pulls[number]
	if p == nil && len(s.pulls) < most {
		p = &pull{number: number}
		s.pulls[number] = p
	}
	return p
}

// want has a pull request looked at as soon as it may be.
func (p *pull) want(now time.Time, spacing time.Duration) { p.wantAt(later(now, p.began.Add(spacing))) }

// supersede ends what is under way, and forgets what went wrong: there is something newer.
func (p *pull) supersede() {
	if p.cancel != nil {
		p.cancel(errSuperseded)
	}
	p.failures, p.err = 0, nil
}

func (p *pull) wantAt(at time.Time) {
	if p.due.IsZero() || at.Before(p.due) {
		p.due = at
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (p *pull) begin(now time.Time, cancel context.CancelCauseFunc) {
	p.due, p.began, p.cancel, p.head = time.Time{}, now, cancel, ""
}

// next returns the pull request that has waited longest of those that are due.
func (s *state) next(now time.Time) *pull {
	var first *pull
	for _, p := range s.pulls {
		if p.waits() && !p.due.After(now) && (first == nil || p.before(first)) {
			first = p
		}
	}
	return first
}

func (p *pull) waits() bool { return !p.due.IsZero() && p.cancel == nil }

func (p *pull) before(other *pull) bool {
	if c := p.due.Compare(other.due); c != 0 {
		return c < 0
	}
	return p.number < other.number
}

// forever is longer than anything that is waited for.
const forever = 24 * time.Hour

// untilNext is how long it is until something is due that can be begun then.
func (s *state) untilNext(now time.Time, parallel int) time.Duration {
	wait := forever
	if !s.looking {
		wait = s.lookAt.Sub(now)
	}
	if s.running < parallel {
		for _, p := range s.pulls {
			if p.waits() {
				wait = min(wait, p.due.Sub(now))
			}
		}
	}
	return max(wait, 0)
}

// numbers are those of all pull requests that are known.
func (s *state) numbers() []int64 { return slices.Sorted(maps.Keys(s.pulls)) }
