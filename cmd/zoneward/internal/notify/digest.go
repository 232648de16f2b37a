package notify

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// item is an entry with the event that it has.
type item struct {
	Entry
	event Event
}

// alone returns the message that tells of one event.
func alone(i item) message {
	return message{severity: i.event.Severity, title: i.event.title(), lines: i.event.details(i.Count), events: []Event{i.event}, delivery: i.Delivery}
}

// namesInDigest is how many zones of a group a digest names, and reasonsInDigest of how many it says why.
const (
	namesInDigest   = 7
	reasonsInDigest = 10
)

// group is what a digest says in one sentence.
type group struct {
	kind   Kind
	commit string
	items  []item
}

// digest returns a message that tells of many events: how many there are of a kind, and of which zones. Of those that are older than a time it says no more than that
// they were.
func digest(items []item, old time.Time) message {
	recent, earlier := items, []item(nil)
	if n := slices.IndexFunc(items, func(i item) bool { return !i.event.At.Before(old) }); n != 0 {
		if n < 0 {
			n = len(items)
		}
		earlier, recent = items[:n], items[n:]
	}
	m := message{}
	total, byKind := 0, map[string]int{}
	for _, i := range items {
		m.severity = max(m.severity, i.event.Severity)
		m.events = append(m.events, i.event)
		byKind[string(i.event.Kind)] += i.Count
		total += i.Count
	}
	m.title = say("%d: %d", amount(total, "event", "events"), counts(byKind))
	if len(recent) == 1 && len(earlier) == 0 {
		return alone(recent[0])
	}
	for _, g := range groups(recent) {
		m.lines = append(m.lines, g.lines()...)
	}
	if len(earlier) > 0 {
		m.lines = append(m.lines, summary(earlier))
	}
	return m
}

// summary is the line about events that are long past.
func summary(items []item) line {
	byKind := map[string]int{}
	first, last := items[0].event.At, items[0].event.At
	for _, i := range items {
		byKind[string(i.event.Kind)] += i.Count
		if i.event.At.Before(first) {
			first = i.event.At
		}
		if i.event.At.After(last) {
			last = i.event.At
		}
	}
	return say("earlier, from %d to %d: %d; status and history have what they were about", shownTime(first), shownTime(last), counts(byKind))
}

// groups returns items by kind and commit, the most severe first, else in their order.
func groups(items []item) []group {
	var all []group
	for _, i := range items {
		at := slices.IndexFunc(all, func(g group) bool { return g.kind == i.event.Kind && g.commit == i.event.Commit })
		if at < 0 {
			at = len(all)
			all = append(all, group{kind: i.event.Kind, commit: i.event.Commit})
		}
		all[at].items = append(all[at].items, i)
	}
	slices.SortStableFunc(all, func(a, b group) int { return cmp.Compare(b.items[0].event.Severity, a.items[0].event.Severity) })
	return all
}

func (g group) lines() []line {
	if len(g.items) == 1 {
		return append([]line{g.items[0].event.title()}, firstReason(g.items[0].event)...)
	}
	zones := g.zones()
	head := say("%d: %d", amount(len(zones), "zone", "zones"), ours(g.kind))
	if g.commit != "" {
		head = append(head, say(" at commit %s", shortCommit(g.commit))...)
	}
	if g.items[0].event.Severity == Info {
		return []line{append(head, named(zones)...)}
	}
	lines := []line{head}
	for n, i := range g.items {
		if n == reasonsInDigest {
			lines = append(lines, append(say("  and %d more", len(g.items)-n), named(g.zones()[min(n, len(zones)):])...))
			break
		}
		one := append(say("  "), i.event.place()...)
		if reason, _, _ := strings.Cut(strings.TrimSpace(i.event.Reason), "\n"); reason != "" {
			one = append(one, say(": %s", reason)...)
		}
		lines = append(lines, one)
	}
	return lines
}

// zones returns the zones of a group, each once.
func (g group) zones() []string {
	var all []string
	seen := map[string]bool{}
	for _, i := range g.items {
		name := shownZone(i.event.Zone)
		if i.event.Zone.IsZero() || seen[name] {
			continue
		}
		seen[name] = true
		all = append(all, name)
	}
	return all
}

// named returns the first few of many names.
func named(names []string) line {
	l := line{}
	for i, name := range names {
		switch i {
		case namesInDigest:
			return append(l, say(" and %d more", len(names)-i)...)
		case 0:
			l = l.ours(": ")
		default:
			l = l.ours(", ")
		}
		l = l.data(name)
	}
	return l
}

// firstReason is the first line of why.
func firstReason(e Event) []line {
	lines := dataLines("  ", e.Reason)
	return lines[:min(len(lines), 1)]
}
