package notify

import (
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// Rule says which events go where.
type Rule struct {
	// Name is that of the sink: in logs, metrics, and the outbox. Rules have different names.
	Name string
	// URL says where to and has the credential. It is read anew for each message. What is written in it is in docs/notifications.md: a URL of shoutrrr, or that of an
	// incoming webhook as the service shows it.
	URL providers.Secret
	// Webhook has the events sent as JSON to URL, which is http or https, one by one.
	Webhook bool
	// Secret is what a webhook is signed with. The zero Secret signs nothing.
	Secret providers.Secret
	Signed bool // there is a Secret

	// Events are the kinds that are wanted, all if there are none.
	Events []Kind
	// Severity is the lowest that is wanted.
	Severity Severity
	// Zones are patterns of the zones that are wanted, see [reconcile.Glob]; all if there are none. What is about no zone is wanted too.
	Zones []string
	// Records says that the text of records may be sent.
	Records bool
	// Every is the time between messages in the long run, and Burst how many may come at once. Zero means the default, see [New].
	Every time.Duration
	Burst int
}

// wants reports whether an event is to be sent.
func (r *Rule) wants(e Event) bool {
	return e.Severity >= r.Severity && (len(r.Events) == 0 || slices.Contains(r.Events, e.Kind)) && r.concerns(e)
}

// concerns reports whether the zone of an event is one of the rule's.
func (r *Rule) concerns(e Event) bool {
	if len(r.Zones) == 0 || e.Zone.IsZero() {
		return true
	}
	zone := strings.TrimSuffix(e.Zone.String(), ".")
	return slices.ContainsFunc(r.Zones, func(pattern string) bool { return reconcile.Glob(strings.TrimSuffix(pattern, "."), zone) })
}

// entry returns what goes into the outbox of an event, and false if nothing does.
func (r *Rule) entry(e Event) (Entry, bool, error) {
	wanted := r.wants(e)
	if !wanted && !(e.Kind.ends() && r.concerns(e)) {
		return Entry{}, false, nil
	}
	entry := Entry{Sink: r.Name, Subject: e.Subject(), Key: e.Key(), Kind: e.Kind, State: e.State, Severity: e.Severity, At: e.At, Silent: !wanted}
	if !wanted {
		return entry, true, nil
	}
	if !r.Records {
		e.Lines, e.More = nil, 0
	}
	var err error
	entry.Content, err = e.encode()
	return entry, true, err
}
