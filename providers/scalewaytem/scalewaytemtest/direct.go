package scalewaytemtest

import (
	"cmp"
	"slices"
	"time"
)

// Domain is a sending domain. A time that is zero is not there.
type Domain struct {
	ID         string
	Name       string // "example.com"
	Project    string
	Autoconfig bool
	Status     Status
	LastError  string
	Created    time.Time
	LastValid  time.Time
	NextCheck  time.Time
	Revoked    time.Time
	Records    []Record // that it wants to have: DKIM, DMARC, MX, SPF
}

// AddDomain makes a domain of a project without the API, "" for that of the fake, and returns its id. Nobody has checked it.
func (f *Fake) AddDomain(name, project string) string {
	f.t.Helper()
	if err := checkName(name); err != nil {
		f.t.Fatalf("add the domain %q: %v", name, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.add(name, cmp.Or(project, f.Project)).id
}

// Domain returns a domain by its name or its id.
func (f *Fake) Domain(name string) Domain {
	f.t.Helper()
	var out Domain
	f.change(name, func(d *domain) { out = d.value() })
	return out
}

// Domains returns all domains in the order in which they were made, with those that are revoked.
func (f *Fake) Domains() []Domain {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settle(f.t.Context())
	var all []Domain
	for _, d := range f.domains {
		all = append(all, d.value())
	}
	return all
}

func (d *domain) value() Domain {
	records := d.records()
	return Domain{
		ID: d.id, Name: d.name, Project: d.project, Autoconfig: d.autoconfig, Status: d.status, LastError: d.lastError,
		Created: d.created, LastValid: d.lastValid, NextCheck: d.nextCheck, Revoked: d.revoked, Records: records[:],
	}
}

// SetStatus gives a domain a status, with what was wrong last. It stays so until a check that is asked for finds another one. Revoked is a domain
// that is still answered, as what it is.
func (f *Fake) SetStatus(name string, status Status, lastError string) {
	f.t.Helper()
	f.change(name, func(d *domain) {
		d.forget()
		d.status, d.lastError = status, lastError
		if status == Revoked {
			d.revoked, d.readable = f.opts.Now(), true
		}
	})
}

// Revoke revokes a domain as somebody else would by the API.
func (f *Fake) Revoke(name string) {
	f.t.Helper()
	f.change(name, f.revoke)
}

// SetAutoconfig turns autoconfiguration on or off as somebody else would by the API.
func (f *Fake) SetAutoconfig(name string, on bool) {
	f.t.Helper()
	f.change(name, func(d *domain) { f.setAutoconfig(d, on) })
}

// RotateDKIM gives a domain another DKIM key, as nobody can by the API. Checks do not find it in DNS then.
func (f *Fake) RotateDKIM(name string) {
	f.t.Helper()
	f.change(name, func(d *domain) { d.dkim = f.newDKIM() })
}

// SetReputation gives a domain a score from 0 to 100 and what it is called: excellent, good, average, bad or unknown_status. "" is no reputation, as
// of a domain that has sent too little.
func (f *Fake) SetReputation(name, status string, score int) {
	f.t.Helper()
	f.change(name, func(d *domain) {
		last := d.reputation
		d.reputation = nil
		if status == "" {
			return
		}
		d.reputation = &reputation{status: status, score: score}
		if last != nil {
			d.reputation.previous, d.reputation.previousAt = &last.score, f.opts.Now()
		}
	})
}

// SetStatistics gives a domain other numbers of mails.
func (f *Fake) SetStatistics(name string, s Statistics) {
	f.t.Helper()
	f.change(name, func(d *domain) { d.statistics = s })
}

// change does something to a domain by its name or its id. Of several with a name it is the last that was made and is not revoked, if there is one.
func (f *Fake) change(name string, change func(*domain)) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settle(f.t.Context())
	var last *domain
	for _, d := range slices.Backward(f.domains) {
		switch {
		case d.id != name && d.name != name:
		case d.live():
			change(d)
			return
		case last == nil:
			last = d
		}
	}
	if last == nil {
		f.t.Errorf("the fake has no domain %q", name)
		return
	}
	change(last)
}
