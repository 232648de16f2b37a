package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Kind is what happened.
type Kind string

// The kinds.
const (
	Applied         Kind = "applied"          // changes are live
	Held            Kind = "held"             // a guard holds a plan
	WaitingApproval Kind = "waiting-approval" // a plan waits for a person, as policy says
	Failed          Kind = "failed"           // a zone could not be planned or applied
	Conflict        Kind = "conflict"         // somebody else changed the zone meanwhile
	Recovered       Kind = "recovered"        // what was told of is over
	DriftFound      Kind = "drift-found"      // somebody changed the zone at its provider, and it is left so
	DriftCorrected  Kind = "drift-corrected"  // the same, and it was put right
	VerifyFailed    Kind = "verify-failed"    // name servers do not serve what was applied
	RolledBack      Kind = "rolled-back"      // they did not, and it was taken back
	Blocked         Kind = "blocked"          // the provider does not let the zone, or what the domain has there, be written
	SourceFailed    Kind = "source-failed"    // the zones repository cannot be read
	SourceRecovered Kind = "source-recovered" // it can again
	ConfigRefused   Kind = "config-refused"   // a new configuration is not valid, and the old one goes on
	Suspended       Kind = "suspended"        // a person suspended zones
	Resumed         Kind = "resumed"          // and let them go on
	ResourceAlert   Kind = "resource-alert"   // something of a resource should be looked at
)

// Kinds returns all of them.
func Kinds() []Kind {
	return []Kind{
		Applied, Held, WaitingApproval, Failed, Conflict, Recovered, DriftFound, DriftCorrected, VerifyFailed, RolledBack, Blocked,
		SourceFailed, SourceRecovered, ConfigRefused, Suspended, Resumed, ResourceAlert,
	}
}

// ParseKind returns the kind of that name.
func ParseKind(text string) (Kind, error) {
	if kind := Kind(text); slices.Contains(Kinds(), kind) {
		return kind, nil
	}
	return "", fmt.Errorf("%q is no event; there are %s", text, joined(Kinds()))
}

func joined[T ~string](all []T) string {
	var b strings.Builder
	for i, one := range all {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(one))
	}
	return b.String()
}

// over reports whether an event of this kind says that something else is over, and is worth nothing to those who were not told of that.
func (k Kind) over() bool { return k == Recovered || k == SourceRecovered }

// ends reports whether after an event of this kind what was told of the same subject does not stand any more.
func (k Kind) ends() bool { return k.over() || k == Applied }

// stands reports whether an event of this kind is a state that lasts: it is told once, until it is over or another.
func (k Kind) stands() bool {
	switch k {
	case Held, WaitingApproval, Failed, Conflict, DriftFound, VerifyFailed, RolledBack, Blocked, SourceFailed, ConfigRefused, ResourceAlert:
		return true
	case Applied, Recovered, DriftCorrected, SourceRecovered, Suspended, Resumed:
	}
	return false
}

// Severity is how much an event matters. The zero Severity is Info.
type Severity int

// The severities, in their order.
const (
	Info Severity = iota
	Warning
	Error
)

// severities are the names, by number.
const severities = "info warning error"

// String returns its name.
func (s Severity) String() string {
	names := strings.Fields(severities)
	if s < 0 || int(s) >= len(names) {
		return fmt.Sprintf("severity %d", int(s))
	}
	return names[s]
}

// ParseSeverity returns the severity of that name.
func ParseSeverity(text string) (Severity, error) {
	if i := slices.Index(strings.Fields(severities), text); i >= 0 {
		return Severity(i), nil
	}
	return 0, fmt.Errorf("%q is no severity; there are %s", text, strings.ReplaceAll(severities, " ", ", "))
}

// severity is that of events of a kind that have none of their own.
func (k Kind) severity() Severity {
	switch k {
	case Failed, RolledBack, SourceFailed, ConfigRefused, VerifyFailed:
		return Error
	case Held, WaitingApproval, Conflict, DriftFound, DriftCorrected, Blocked, Suspended, ResourceAlert:
		return Warning
	case Applied, Recovered, SourceRecovered, Resumed:
	}
	return Info
}

// Event is something that happened. Its texts are as they were found: what is hostile in them is made visible when they are sent.
type Event struct {
	Kind     Kind
	Severity Severity
	At       time.Time
	// Zone and Target are what it is about. They are the zero Name and empty for what is about the daemon as a whole.
	Zone   zonefile.Name
	Target string
	// Aspect parts what is told of one zone side by side: "" is how its plans go, "drift", "verify", "mail example.com.".
	Aspect string
	// State is what tells a lasting event from another of its kind: of the same zone, target and aspect, one that has the same State is not told again.
	State string

	Commit string
	Author string
	Plan   string // the id of the zone's plan
	// Counts are the numbers of changes by what is done: "create", "retire".
	Counts map[string]int
	// Lines are the changes, one record each, bounded by [MaxLines]; More is how many there are beyond them.
	Lines []string
	More  int
	// Reason is why, in a sentence or several lines.
	Reason string
	// Next says what a person can do: a command.
	Next string
}

// MaxLines is the most record lines of an event.
const MaxLines = 50

// The most octets of an event's texts, and of one of its lines, that are kept: thousands of events may wait.
const (
	maxText     = 4096
	maxLineText = 500
)

// bounded returns the event with nothing too long in it.
func (e Event) bounded() Event {
	for _, text := range []*string{&e.Target, &e.Aspect, &e.State, &e.Commit, &e.Author, &e.Plan, &e.Reason, &e.Next} {
		*text = cut(*text, maxText)
	}
	if over := len(e.Lines) - MaxLines; over > 0 {
		e.Lines, e.More = e.Lines[:MaxLines], e.More+over
	}
	e.Lines = slices.Clone(e.Lines)
	for i := range e.Lines {
		e.Lines[i] = cut(e.Lines[i], maxLineText)
	}
	return e
}

func cut(text string, octets int) string {
	short, more := shorten(text, octets)
	if more > 0 {
		short += "..."
	}
	return short
}

// Subject names what the event is about. What is told of one subject is in order: see [Outbox].
func (e Event) Subject() string {
	zone := ""
	if !e.Zone.IsZero() {
		zone = e.Zone.String()
	}
	return strings.Join([]string{zone, e.Target, e.Aspect}, separator)
}

// separator is between what a subject is made of.
const separator = "\x1f"

// Key is equal for events that say the same.
func (e Event) Key() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{e.Subject(), string(e.Kind), e.State, e.Plan, e.Commit}, separator)))
	return hex.EncodeToString(sum[:16])
}

// stored is an Event as it is in the outbox.
type stored struct {
	Kind     Kind           `json:"kind"`
	Severity Severity       `json:"severity"`
	At       time.Time      `json:"at"`
	Zone     string         `json:"zone,omitempty"`
	Target   string         `json:"target,omitempty"`
	Aspect   string         `json:"aspect,omitempty"`
	State    string         `json:"state,omitempty"`
	Commit   string         `json:"commit,omitempty"`
	Author   string         `json:"author,omitempty"`
	Plan     string         `json:"plan,omitempty"`
	Counts   map[string]int `json:"counts,omitempty"`
	Lines    []string       `json:"lines,omitempty"`
	More     int            `json:"more,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Next     string         `json:"next,omitempty"`
}

// encode returns what decode reads.
func (e Event) encode() ([]byte, error) {
	s := stored{
		Kind: e.Kind, Severity: e.Severity, At: e.At, Target: e.Target, Aspect: e.Aspect, State: e.State, Commit: e.Commit, Author: e.Author, Plan: e.Plan,
		Counts: e.Counts, Lines: e.Lines, More: e.More, Reason: e.Reason, Next: e.Next,
	}
	if !e.Zone.IsZero() {
		s.Zone = e.Zone.String()
	}
	return json.Marshal(s)
}

func decode(content []byte) (Event, error) {
	var s stored
	if err := json.Unmarshal(content, &s); err != nil {
		return Event{}, fmt.Errorf("read an event of the outbox: %w", err)
	}
	e := Event{
		Kind: s.Kind, Severity: s.Severity, At: s.At, Target: s.Target, Aspect: s.Aspect, State: s.State, Commit: s.Commit, Author: s.Author, Plan: s.Plan,
		Counts: s.Counts, Lines: s.Lines, More: s.More, Reason: s.Reason, Next: s.Next,
	}
	if s.Zone != "" {
		zone, err := zonefile.ParseName(s.Zone, zonefile.Name{})
		if err != nil {
			return Event{}, fmt.Errorf("read an event of the outbox: %w", err)
		}
		e.Zone = zone
	}
	return e, nil
}
