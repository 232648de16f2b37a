package notify

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// shownZone returns the name of a zone, with how people write it behind it if that differs.
func shownZone(zone zonefile.Name) string {
	if unicode, differs := zone.Unicode(); differs {
		return zone.String() + " (" + unicode + ")"
	}
	return zone.String()
}

// place says what an event is about.
func (e Event) place() line {
	switch {
	case e.Zone.IsZero() && e.Target == "":
		return say("all zones")
	case e.Zone.IsZero():
		return say("all zones on %s", e.Target)
	case e.Target == "":
		return say("%s", shownZone(e.Zone))
	}
	return say("%s on %s", shownZone(e.Zone), e.Target)
}

// title says what happened.
func (e Event) title() line {
	switch e.Kind {
	case Applied:
		return say("%d: %d applied", e.place(), amount(e.changes(), "change", "changes"))
	case Held:
		return say("%d is held", e.place())
	case WaitingApproval:
		return say("%d waits for approval", e.place())
	case Failed:
		return say("%d failed", e.place())
	case Conflict:
		return say("%d was changed by somebody else meanwhile", e.place())
	case Recovered:
		switch e.Aspect {
		case "":
		case aspectConfig:
			return say("a new configuration is in force")
		default:
			return say("%d: over: %s", e.place(), e.Aspect)
		}
		return say("%d is as it should be again", e.place())
	case DriftFound:
		return say("%d was changed at its provider, and is left so", e.place())
	case DriftCorrected:
		return say("%d was changed at its provider, and was put right", e.place())
	case VerifyFailed:
		return say("%d: name servers do not serve what was applied", e.place())
	case RolledBack:
		return say("%d was rolled back, and is suspended", e.place())
	case Blocked:
		return say("%d cannot be written at its provider", e.place())
	case SourceFailed:
		return say("the zones repository cannot be read: nothing is touched")
	case SourceRecovered:
		return say("the zones repository can be read again")
	case ConfigRefused:
		return say("a new configuration is not valid: the one before stays in force")
	case Suspended:
		return say("%d: suspended", e.place())
	case Resumed:
		return say("%d: resumed", e.place())
	case ResourceAlert:
		return say("%d: somebody should look at %s", e.place(), e.Aspect)
	}
	return say("%d: %d", e.place(), ours(e.Kind))
}

// changes returns how many there are.
func (e Event) changes() int {
	n := 0
	for _, count := range e.Counts {
		n += count
	}
	return n
}

// details are the lines below the title of an event that is told alone.
func (e Event) details(count int) []line {
	var lines []line
	if e.changes() > 0 {
		lines = append(lines, say("changes: %d", counts(e.Counts)))
	}
	lines = append(lines, dataLines("", e.Reason)...)
	for _, record := range e.Lines {
		lines = append(lines, dataLines("  ", record)...)
	}
	if e.More > 0 {
		lines = append(lines, say("  and %d more records", e.More))
	}
	if e.Commit != "" {
		commit := say("commit %s", shortCommit(e.Commit))
		if e.Author != "" {
			commit = append(commit, say(" by %s", e.Author)...)
		}
		lines = append(lines, commit)
	}
	if e.Plan != "" && e.Kind != Recovered {
		lines = append(lines, say("plan %s", e.Plan))
	}
	lines = append(lines, dataLines("", e.Next)...)
	if count > 1 {
		lines = append(lines, say("%d times", count))
	}
	return append(lines, say("at %d", shownTime(e.At)))
}

func shownTime(at time.Time) ours { return ours(at.UTC().Format("2006-01-02 15:04:05 UTC")) }

// amount returns n and the word that goes with it.
func amount(n int, one, many ours) ours {
	if n == 1 {
		return "1 " + one
	}
	return ours(strconv.Itoa(n)) + " " + many
}

// shortCommit returns the first digits of a commit id, and other revisions as they are.
func shortCommit(commit string) string {
	if len(commit) >= 40 && strings.Trim(commit, "0123456789abcdef") == "" {
		return commit[:12]
	}
	return commit
}

// counts returns "2 create, 1 retire".
func counts(of map[string]int) ours {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if of[name] > 0 {
			all = append(all, fmt.Sprintf("%d %s", of[name], name))
		}
	}
	return ours(strings.Join(all, ", "))
}

// lossLine says what was lost.
func lossLine(lost []Loss) line {
	total, byKind := 0, map[string]int{}
	var first, last time.Time
	for i, l := range lost {
		total += l.Count
		byKind[string(l.Kind)] += l.Count
		if i == 0 || l.First.Before(first) {
			first = l.First
		}
		if i == 0 || l.Last.After(last) {
			last = l.Last
		}
	}
	return say("%d more were not delivered, from %d to %d: %d", total, shownTime(first), shownTime(last), counts(byKind))
}
