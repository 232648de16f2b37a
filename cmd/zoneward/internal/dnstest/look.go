package dnstest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Answerer is where tests are run: [Zones] in memory, or the [Servers] of zones. It may be used concurrently.
type Answerer interface {
	// Views returns what the zone that answers a question is on each of its targets, in order; where name servers are asked, one for each of them. There are
	// none if the question is about no zone at hand.
	Views(ctx context.Context, question zonefile.Key) []View
}

// View is DNS as somebody sees it who asks for the zone of a target. It may be used concurrently.
type View interface {
	// Ref is the zone that the view is of.
	Ref() reconcile.Ref
	// Server is the name server that is asked for that zone, empty if none is.
	Server() string
	// Zone returns the zone at hand that answers a question, the zero Name if there is none: the one that the name is deepest in, and for a DS the one above
	// that it is in (RFC 4035 §3.1.4.1).
	Zone(question zonefile.Key) zonefile.Name
	// Look returns what a zone at hand has to say of a question about a name in it, as if there were no zones below it. The error is an *UndecidedError if
	// nobody can tell.
	Look(ctx context.Context, zone zonefile.Name, question zonefile.Key) (dnsquery.Finding, error)
}

// UndecidedError says why nobody can tell whether a test passes.
type UndecidedError struct{ Reason string }

// Error returns the reason.
func (e *UndecidedError) Error() string { return e.Reason }

func undecided(format string, args ...any) error {
	return &UndecidedError{fmt.Sprintf(format, args...)}
}

// verdict is how a check has ended in one view, and what there is.
type verdict struct {
	status Status
	got    string
}

// verdictOn returns the verdict on what could not be looked at.
func verdictOn(err error) verdict {
	if e, ok := errors.AsType[*UndecidedError](err); ok {
		return verdict{Undecided, e.Reason}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		err = errNoTime
	}
	return verdict{Failed, err.Error()}
}

// errNoTime is what a test has got that came to no end.
var errNoTime = errors.New("there was no time left for an answer")

// judged returns the verdict on what there is.
func judged(ok bool, got string) verdict {
	if ok {
		return verdict{Passed, got}
	}
	return verdict{Failed, got}
}

// looker looks for names in a view, and follows where they lead.
type looker struct{ View }

// one returns what the zone of a question has to say of it. A name that is delegated is not decided, but for the NS RRset of the cut.
func (l looker) one(ctx context.Context, question zonefile.Key) (dnsquery.Finding, error) {
	zone := l.Zone(question)
	if zone.IsZero() {
		return dnsquery.Finding{}, undecided("%s is in none of the zones at hand", nameAsked(question))
	}
	f, err := l.Look(ctx, zone, question)
	switch {
	case err != nil || f.Cut.IsZero():
		return f, err
	case f.Cut.Key == question:
		return dnsquery.Finding{Set: f.Cut}, nil
	}
	return dnsquery.Finding{}, undecided("%s is delegated at %s to %s, and in none of the zones at hand", question.Name, f.Cut.Key.Name, strings.Join(f.Cut.Text(), ", "))
}

// nameAsked says what a question is about of which no zone is at hand.
func nameAsked(question zonefile.Key) string {
	if question.Type == zonefile.TypeDS {
		return fmt.Sprintf("the zone above %s, which has its DS,", question.Name)
	}
	return question.Name.String()
}

// trail is what a question leads to.
type trail struct {
	dnsquery.Finding                 // of the last name
	names            []zonefile.Name // that CNAMEs lead to, one after the other
}

// mostHops is how many CNAMEs are followed from one name to the next, as in the preview of zones.
const mostHops = 16

// follow returns what a question leads to when its CNAMEs are followed. The trail has the names that it came to before an error, too.
func (l looker) follow(ctx context.Context, question zonefile.Key) (t trail, err error) {
	seen := map[zonefile.Name]bool{}
	for {
		seen[question.Name] = true
		if t.Finding, err = l.one(ctx, question); err != nil || t.Alias.IsZero() {
			return t, err
		}
		question.Name = aliasTarget(t.Alias)
		t.names = append(t.names, question.Name)
		switch {
		case seen[question.Name]:
			return t, fmt.Errorf("the CNAMEs lead in a circle, back to %s", question.Name)
		case len(t.names) == mostHops:
			return t, fmt.Errorf("more than %d CNAMEs lead from one name to the next", mostHops-1)
		}
	}
}

// aliasTarget returns the name that a CNAME names. Of several, which no zone should have, it is the first.
func aliasTarget(cname zonefile.RRset) zonefile.Name {
	for rdata := range cname.RDATA() {
		if name, _, err := zonefile.NameFromWire([]byte(rdata)); err == nil {
			return name
		}
	}
	return zonefile.Name{}
}

// texts returns the TXT records that a name has, or leads to, each with its strings put together, as those who read mail policy do (RFC 7208 §3.3,
// RFC 6376 §3.6.2.2).
func (l looker) texts(ctx context.Context, name zonefile.Name) ([]string, error) {
	t, err := l.follow(ctx, zonefile.Key{Name: name, Type: zonefile.TypeTXT})
	if err != nil {
		return nil, err
	}
	var all []string
	for rdata := range t.Set.RDATA() {
		all = append(all, joined(rdata))
	}
	return all, nil
}

// joined returns the character-strings of the RDATA of a TXT as one (RFC 1035 §3.3.14).
func joined(rdata string) string {
	var text strings.Builder
	for len(rdata) > 0 {
		size := min(1+int(rdata[0]), len(rdata))
		text.WriteString(rdata[1:size])
		rdata = rdata[size:]
	}
	return text.String()
}

// describe says what a finding is.
func describe(f dnsquery.Finding) string {
	switch {
	case !f.Set.IsZero():
		return fmt.Sprintf("%s (TTL %d)", strings.Join(f.Set.Text(), ", "), f.Set.TTL)
	case !f.Alias.IsZero():
		return "CNAME " + strings.Join(f.Alias.Text(), ", ")
	case f.NXDOMAIN:
		return "NXDOMAIN"
	}
	return "NODATA"
}
