package scalewaytem

import (
	"fmt"
	"strconv"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

// observationsOf returns what else is known of a domain. V is what its last check found, nil if that is not known.
func observationsOf(d domain, v *verification, ready bool) []providers.Observation {
	var all []providers.Observation
	if d.LastError != "" {
		all = append(all, lastError(d.LastError, ready))
	}
	if v != nil {
		all = append(all, verified(*v)...)
	}
	if !d.LastValid.IsZero() {
		all = append(all, providers.ObservedTime("last_valid_at", d.LastValid))
	}
	if !d.NextCheck.IsZero() {
		all = append(all, providers.ObservedTime("next_check_at", d.NextCheck))
	}
	if d.Reputation != nil {
		all = append(all, d.Reputation.observation())
	}
	if s := d.Statistics; s != nil {
		all = append(all, count("sent", s.Sent), count("failed", s.Failed), count("canceled", s.Canceled), count("total", s.Total))
	}
	return all
}

// lastError is what was wrong at the last check. Of a domain that is ready it is over.
func lastError(text string, ready bool) providers.Observation {
	o := providers.Observation{Name: "last_error", Text: rest.OneLine(text)}
	if !ready {
		o.Alert = fmt.Sprintf("the last check of its records ended with %q", o.Text)
	}
	return o
}

// verified is what the last check found of each record, and whether Scaleway writes them itself.
func verified(v verification) []providers.Observation {
	var all []providers.Observation
	for i, f := range v.all() {
		o := providers.Observation{Name: (records{}).all()[i].output + "_record", Text: f.String()}
		if !f.LastValid.IsZero() {
			o.Text += ", last valid " + providers.ObservedTime("", f.LastValid).Text
		}
		all = append(all, o)
	}
	if v.Autoconfig != nil {
		all = append(all, v.Autoconfig.observation())
	}
	return all
}

// observation says whether Scaleway writes the records itself. That it should and cannot is a reason to look at it.
func (a autoconfig) observation() providers.Observation {
	o := providers.Observation{Name: "autoconfig_state", Text: "off"}
	if a.Enabled {
		o.Text = "on"
	}
	if a.Possible {
		return o
	}
	why := "it does not say why"
	switch a.Reason {
	case "permission_denied":
		why = "the key may not manage the records of the domain"
	case "domain_not_found":
		why = "the zone is not one of Scaleway Domains and DNS, or not one that the key may manage"
	case "", "unknown_reason":
	default:
		why = fmt.Sprintf("it says %q", rest.OneLine(a.Reason))
	}
	o.Text += ", and not possible: " + why
	if a.Enabled {
		o.Alert = "autoconfig is on, and Scaleway cannot write the records: " + why
	}
	return o
}

// observation says how good a sender the domain is. Scaleway locks it when the score is below 50.
// https://www.scaleway.com/en/docs/transactional-email/reference-content/understanding-tem-reputation-score/
func (r reputation) observation() providers.Observation {
	score := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
	o := providers.Observation{Name: "reputation", Value: r.Score, Metric: true}
	o.Text = fmt.Sprintf("%s, a score of %s", r.Status, score(r.Score))
	switch r.Status {
	case "excellent", "good":
	case "average", "bad":
		o.Alert = fmt.Sprintf("its reputation as a sender is %s (a score of %s): Scaleway locks it below 50", r.Status, score(r.Score))
	default: // nobody knows whether the score is one
		o.Text, o.Metric = "unknown", false
	}
	if r.Previous != nil && *r.Previous != r.Score {
		o.Text += ", after " + score(*r.Previous)
	}
	return o
}

// count is a number of mails.
func count(name string, n float64) providers.Observation {
	return providers.Observation{Name: name, Text: strconv.FormatFloat(n, 'f', -1, 64), Value: n, Metric: true}
}
