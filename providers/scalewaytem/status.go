package scalewaytem

import (
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/internal/scw"
)

// waits reports whether a domain with a status may come to be ready, so that it is worth asking what its records lack.
func waits(status string) bool { return status != checked && status != locked }

// statusOf says how far a domain is. V is what its last check found, nil if that is not known.
//
// A domain that is checked, and of which the API does not say all records, is not ready: it would look as if it did not want them any more.
func statusOf(d domain, v *verification, outputs []providers.Output) providers.ResourceStatus {
	status := providers.ResourceStatus{Phase: providers.Pending, State: rest.OneLine(d.Status)}
	lacks := missing(outputs)
	switch {
	case d.Status == locked:
		status.Phase, status.Reason = providers.Blocked, lockedReason(d)
	case d.Status == checked && lacks == nil:
		status.Phase = providers.Ready
	case d.Status == checked:
		status.Reason = unknownRecords(lacks)
	default:
		status.Reason = scw.Join("; ", waitingFor(d), wrongRecords(d, v), unknownRecords(lacks))
	}
	if status.State == "" {
		status.State = unknown
	}
	return status
}

// waitingFor says what a domain that is not ready waits for.
func waitingFor(d domain) string {
	switch d.Status {
	case unchecked:
		return "Scaleway has not found its records in DNS yet: they have to be published, and checked"
	case invalid:
		return "the last check found its records in DNS wrong: put them right, and have it checked"
	case pending:
		return "it waits for its check"
	case autoconfiguring:
		return "Scaleway is writing its records into the zone"
	case unknown, "":
		return "Scaleway does not say how it is"
	}
	return fmt.Sprintf("Scaleway calls it %q, which zoneward does not know", rest.OneLine(d.Status))
}

// wrongRecords says which records the last check did not find as they have to be. MX is left out, because a domain is valid without.
func wrongRecords(d domain, v *verification) string {
	if v == nil {
		return ""
	}
	var wrong []string
	for i, f := range v.all() {
		if w := d.Records.all()[i]; (f.Status == recordInvalid || f.Status == recordNotFound) && w.output != outputMX {
			wrong = append(wrong, w.String()+" is "+f.String())
		}
	}
	return strings.Join(wrong, "; ")
}

// String names a record: "dkim (x._domainkey.example.com. TXT)".
func (w wanted) String() string {
	if w.record == nil {
		return w.output
	}
	return fmt.Sprintf("%s (%s %s)", w.output, rest.OneLine(w.record.Name), w.typ)
}

// all returns what was found in the order of the outputs.
func (v verification) all() []found { return []found{v.DKIM, v.DMARC, v.MX, v.SPF} }

// String says in a few words what was found.
func (f found) String() string {
	text := strings.ReplaceAll(f.Status, "_", " ")
	switch f.Status {
	case recordValid, recordInvalid, recordNotFound:
	case "", "unknown_record_status":
		text = "unknown"
	default:
		text = rest.OneLine(text)
	}
	if f.Error != "" {
		text += fmt.Sprintf(" (%q)", rest.OneLine(f.Error))
	}
	return text
}

// unknownRecords says which records the API does not tell, empty if it tells all.
func unknownRecords(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "Scaleway does not say, in a form that can be published, what these records are to be: " + strings.Join(names, ", ")
}

// lockedReason says what has to be done about a domain that is locked.
// https://www.scaleway.com/en/docs/transactional-email/troubleshooting/blocked-domain/
func lockedReason(d domain) string {
	reason := "Scaleway locks a domain whose reputation is low, or much of whose mail cannot be delivered: put that right, and ask its support to unlock it"
	if d.LastError != "" {
		reason += fmt.Sprintf("; the last error was %q", rest.OneLine(d.LastError))
	}
	return reason
}

// lockedError is the error of a write to a domain that is locked.
func lockedError(d domain) error {
	return &providers.StateError{State: d.Status, Needs: lockedReason(d), Kind: providers.ErrBlocked}
}
