package scalewaytemtest

import "time"

// domainJSON is a domain as the API shows it. The fields are in the order in which it has them.
type domainJSON struct {
	Autoconfig     bool            `json:"autoconfig"`
	CreatedAt      *string         `json:"created_at"`
	DKIMConfig     string          `json:"dkim_config"`
	ID             string          `json:"id"`
	LastError      *string         `json:"last_error"`
	LastValidAt    *string         `json:"last_valid_at"`
	Name           string          `json:"name"`
	NextCheckAt    *string         `json:"next_check_at"`
	OrganizationID string          `json:"organization_id"`
	ProjectID      string          `json:"project_id"`
	Records        *recordsJSON    `json:"records"`
	Region         string          `json:"region"`
	Reputation     *reputationJSON `json:"reputation"`
	RevokedAt      *string         `json:"revoked_at"`
	SPFConfig      string          `json:"spf_config"`
	Statistics     Statistics      `json:"statistics"`
	Status         Status          `json:"status"`
}

type recordsJSON struct {
	DKIM  *recordJSON `json:"dkim"`
	DMARC *recordJSON `json:"dmarc"`
	MX    *recordJSON `json:"mx"`
	SPF   *recordJSON `json:"spf"`
}

type recordJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type reputationJSON struct {
	PreviousScore    *int    `json:"previous_score"`
	PreviousScoredAt *string `json:"previous_scored_at"`
	Score            int     `json:"score"`
	ScoredAt         *string `json:"scored_at"`
	Status           string  `json:"status"`
}

// Statistics are the numbers of mails of a domain.
type Statistics struct {
	Canceled int `json:"canceled_count"`
	Failed   int `json:"failed_count"`
	Sent     int `json:"sent_count"`
	Total    int `json:"total_count"`
}

// json is a domain as it is.
func (f *Fake) json(d *domain) domainJSON {
	out := domainJSON{
		Autoconfig: d.autoconfig, CreatedAt: kept(d.created), DKIMConfig: d.dkim, ID: d.id, LastError: text(d.lastError), LastValidAt: kept(d.lastValid),
		Name: d.name, NextCheckAt: kept(d.nextCheck), OrganizationID: f.OrganizationOf(d.project), ProjectID: d.project, Region: Region,
		Reputation: f.reputationJSON(d.reputation), RevokedAt: kept(d.revoked), SPFConfig: spfConfig, Statistics: d.statistics, Status: d.status,
	}
	if d.live() {
		r := d.records()
		show := func(k kind) *recordJSON { return &recordJSON{r[k].Name, r[k].Value} }
		out.Records = &recordsJSON{DKIM: show(dkimKind), DMARC: show(dmarcKind), MX: show(mxKind), SPF: show(spfKind)}
	}
	return out
}

// actionJSON is a domain as the answers to check and revoke have it: not as it is.
func (f *Fake) actionJSON(d *domain) domainJSON {
	out := f.json(d)
	out.Autoconfig = false
	out.Records = &recordsJSON{DMARC: &recordJSON{d.relativeDMARC(), dmarc}}
	out.Reputation = nil
	return out
}

// reputationJSON is a reputation that is scored now.
func (f *Fake) reputationJSON(r *reputation) *reputationJSON {
	if r == nil {
		return nil
	}
	return &reputationJSON{PreviousScore: r.previous, PreviousScoredAt: fresh(r.previousAt), Score: r.score, ScoredAt: fresh(f.opts.Now()), Status: r.status}
}

// kept is a time that the API has kept: it has microseconds.
func kept(t time.Time) *string { return stamp(t, "2006-01-02T15:04:05.000000Z07:00") }

// fresh is a time that the API has not kept yet: it has nanoseconds.
func fresh(t time.Time) *string { return stamp(t, "2006-01-02T15:04:05.000000000Z07:00") }

func stamp(t time.Time, layout string) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format(layout))
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
