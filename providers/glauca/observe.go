package glauca

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

// soon is how long before a registration ends a person should look at it. Glauca renews most by itself shortly before
// (https://docs.glauca.digital/domains/pricing/), if it gets its money.
const soon = 30 * 24 * time.Hour

// observed returns what is known of the domain beside its fields. The contacts are watched: whoever changes the registrant has the domain.
func (d domain) observed(now time.Time) []providers.Observation {
	var all []providers.Observation
	at := func(name string, when *moment) {
		if when != nil {
			all = append(all, when.observed(name))
		}
	}
	if d.Expiry != nil {
		all = append(all, expiry(*d.Expiry, now))
	}
	all = append(all, providers.Observation{Name: "statuses", Text: line(d.Statuses)})
	if len(d.GraceStates) > 0 {
		all = append(all, providers.Observation{Name: "rgp_state", Text: line(d.GraceStates)})
	}
	all = append(all, truth("deleted", d.Deleted))
	for _, c := range d.contacts() {
		all = append(all, providers.Observation{Name: c.field, Text: cmp.Or(c.id, "none"), Watched: true})
	}
	if d.SecDNS != nil && len(d.SecDNS.MaxSigLife) > 0 && string(d.SecDNS.MaxSigLife) != "null" {
		all = append(all, providers.Observation{Name: "max_sig_life", Text: shown(d.SecDNS.MaxSigLife)})
	}
	at("created", d.Created)
	at("last_updated", d.LastUpdated)
	at("last_transferred", d.LastTransferred)
	if d.fromList != "" {
		all = append(all, providers.Observation{Name: "read_from", Text: "the list of all domains, because asking for this one failed: " + d.fromList})
	}
	return all
}

// shown returns a value of the API as it is shown to people: a text without its quotes.
func shown(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	return rest.OneLine(text)
}

// line returns words that can be shown.
func line(words []string) string { return rest.OneLine(strings.Join(words, ", ")) }

// expiry observes when the registration ends.
func expiry(at moment, now time.Time) providers.Observation {
	o := at.observed("expiry")
	day := at.at.UTC().Format(time.DateOnly)
	switch left := at.at.Sub(now); {
	case at.odd:
		o.Alert = "it cannot be read when the registration ends: look for that at Glauca"
	case left < 0:
		o.Alert = fmt.Sprintf("the registration ended on %s: have it renewed at Glauca at once, before the registry deletes the domain", day)
	case left < soon:
		o.Alert = fmt.Sprintf("the registration ends on %s, in %d days: see that Glauca renews it, since zoneward never does", day, int(left/(24*time.Hour)))
	}
	return o
}

// truth observes something that is so or not: 1 or 0 as a number.
func truth(name string, is bool) providers.Observation {
	o := providers.Observation{Name: name, Text: strconv.FormatBool(is), Metric: true}
	if is {
		o.Value = 1
	}
	return o
}
