package scalewaytemtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
)

// found is what the last check found of a record.
type found struct {
	status    string // "" before the first
	lastValid time.Time
	problem   string
}

const (
	valid    = "valid"
	invalid  = "invalid"
	notFound = "not_found"
)

// checkDomain answers POST /domains/{id}/check: the domain as it is before the check.
func (f *Fake) checkDomain(c *scwtest.Call) (any, error) {
	if err := c.Decode(&struct{}{}); err != nil {
		return nil, err
	}
	d, err := f.writable(c)
	if err != nil {
		return nil, err
	}
	now := f.opts.Now()
	out := f.actionJSON(d)
	if d.status != Checked {
		d.nextCheck, out.NextCheckAt = now, fresh(now)
	}
	d.checkDue = now.Add(f.opts.CheckTakes)
	f.settle(c.Request.Context())
	return out, nil
}

// setAutoconfig turns autoconfiguration on or off. The records that it has written stay.
func (f *Fake) setAutoconfig(d *domain, on bool) {
	if d.autoconfig == on {
		return
	}
	d.autoconfig = on
	if on {
		d.status, d.nextCheck = Autoconfiguring, f.opts.Now()
		d.autoconfigDue = d.nextCheck.Add(f.opts.AutoconfigTakes)
		return
	}
	d.autoconfigDue = time.Time{}
	if d.status == Autoconfiguring {
		d.status = Unchecked
	}
}

// forget takes away what was still to be done to a domain.
func (d *domain) forget() {
	d.nextCheck, d.checkDue, d.autoconfigDue = time.Time{}, time.Time{}, time.Time{}
}

// settle does what is due by now.
func (f *Fake) settle(ctx context.Context) {
	now := f.opts.Now()
	due := func(t time.Time) bool { return !t.IsZero() && !now.Before(t) }
	for _, d := range f.domains {
		if due(d.autoconfigDue) {
			d.autoconfigDue = time.Time{}
			d.status = Unchecked
			if f.opts.Autoconfigurable(d.name) == "" {
				f.publish(ctx, d)
				d.checkDue = now
			}
		}
		if due(d.checkDue) && d.status != Autoconfiguring {
			f.check(ctx, d, now)
		}
	}
}

func (f *Fake) publish(ctx context.Context, d *domain) {
	records := d.records()
	if f.opts.Publish == nil {
		d.published = records
		return
	}
	f.opts.Publish(ctx, records[:])
}

// check compares DNS with the records of a domain. The MX record does not matter. A domain of which nothing was ever found stays unchecked.
func (f *Fake) check(ctx context.Context, d *domain, now time.Time) {
	d.checkDue = time.Time{}
	var problems []string
	missing := 0
	for k, r := range d.records() {
		values := f.opts.Lookup(ctx, r.Name, r.Type)
		if own := d.published[k].Value; own != "" && !slices.Contains(values, own) {
			values = append(slices.Clone(values), own)
		}
		at := &d.found[k]
		at.status, at.problem = compare(kind(k), r, values)
		switch {
		case at.status == valid:
			at.lastValid = now
		case kind(k) == mxKind:
		case at.status == notFound:
			missing++
			problems = append(problems, fmt.Sprintf("%s %s: not found", r.Name, r.Type))
		default:
			problems = append(problems, fmt.Sprintf("%s %s: %s", r.Name, r.Type, at.problem))
		}
	}
	switch {
	case problems == nil:
		d.status, d.lastValid = Checked, now
	case missing == int(kinds)-1 && d.lastValid.IsZero():
		d.status, d.lastError = Unchecked, ""
		return
	default:
		d.status = Invalid
	}
	d.lastError = strings.Join(problems, "; ")
	if f.opts.CheckEvery > 0 && !d.lastValid.IsZero() {
		d.nextCheck = now.Add(f.opts.CheckEvery)
		d.checkDue = d.nextCheck
	}
}

// versions are what the records begin with that share their names with other text (RFC 7208 §4.5, RFC 7489 §6.6.3).
var versions = [kinds]string{spfKind: "v=spf1", dmarcKind: "v=DMARC1"}

// compare returns the status of a record whose name and type have values in DNS, and what is wrong with them if it is invalid.
func compare(k kind, want Record, values []string) (status, problem string) {
	if version := versions[k]; version != "" {
		values = only(values, version)
	}
	switch {
	case len(values) == 0:
		return notFound, ""
	case k == mxKind:
		return valid, "" // whichever takes the mail
	case len(values) > 1:
		return invalid, fmt.Sprintf("%d records", len(values))
	case k == spfKind && slices.Contains(strings.Fields(values[0]), spfConfig), k == dmarcKind, values[0] == want.Value:
		return valid, ""
	}
	return invalid, fmt.Sprintf("found %q", values[0])
}

// only returns the values that are of a version.
func only(values []string, version string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool {
		rest, ok := strings.CutPrefix(v, version)
		return !ok || strings.IndexAny(rest+" ", " ;") != 0
	})
}

// verificationJSON is the last check of a domain.
type verificationJSON struct {
	AutoconfigState autoconfigJSON `json:"autoconfig_state"`
	DKIM            foundJSON      `json:"dkim_record"`
	DMARC           foundJSON      `json:"dmarc_record"`
	DomainID        string         `json:"domain_id"`
	DomainName      string         `json:"domain_name"`
	MX              foundJSON      `json:"mx_record"`
	SPF             foundJSON      `json:"spf_record"`
}

type foundJSON struct {
	Error       *string `json:"error"`
	LastValidAt *string `json:"last_valid_at"`
	Status      string  `json:"status"`
}

type autoconfigJSON struct {
	Autoconfigurable bool    `json:"autoconfigurable"`
	Enabled          bool    `json:"enabled"`
	Reason           *string `json:"reason"`
}

// verifyDomain answers GET /domains/{id}/verification.
func (f *Fake) verifyDomain(c *scwtest.Call) (any, error) {
	d, err := f.readable(c)
	if err != nil {
		return nil, err
	}
	show := func(k kind) foundJSON {
		at := d.found[k]
		if at.status == "" {
			return foundJSON{Status: "unknown_record_status"}
		}
		return foundJSON{text(at.problem), kept(at.lastValid), at.status}
	}
	reason := f.opts.Autoconfigurable(d.name)
	return verificationJSON{
		DomainID: d.id, DomainName: d.name, SPF: show(spfKind), DKIM: show(dkimKind), DMARC: show(dmarcKind), MX: show(mxKind),
		AutoconfigState: autoconfigJSON{reason == "", d.autoconfig, text(reason)},
	}, nil
}
