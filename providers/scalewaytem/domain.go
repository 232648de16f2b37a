package scalewaytem

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// domain is a sending domain in the API. A time that is zero, and a text that is empty, is null there.
type domain struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"` // "example.com"
	Project    string      `json:"project_id"`
	Status     string      `json:"status"`
	Autoconfig bool        `json:"autoconfig"`
	Records    records     `json:"records"`
	LastError  string      `json:"last_error"`
	Created    time.Time   `json:"created_at"`
	LastValid  time.Time   `json:"last_valid_at"`
	NextCheck  time.Time   `json:"next_check_at"`
	Reputation *reputation `json:"reputation"` // nil for one that has sent too little
	Statistics *statistics `json:"statistics"`
}

// The statuses of a domain: https://www.scaleway.com/en/developers/api/transactional-email/domains/
const (
	checked         = "checked"
	unchecked       = "unchecked"
	invalid         = "invalid"
	locked          = "locked"
	revoked         = "revoked"
	pending         = "pending"
	autoconfiguring = "autoconfiguring"
	unknown         = "unknown"
)

// records are what a domain wants to have in DNS. One that is nil is not known.
type records struct {
	DKIM  *record `json:"dkim"`
	DMARC *record `json:"dmarc"`
	MX    *record `json:"mx"`
	SPF   *record `json:"spf"`
}

// record is one of them.
type record struct {
	Name  string `json:"name"`  // with a dot at the end
	Value string `json:"value"` // text without quotes and in one piece, or "10 mail.example.com."
}

// reputation is how good a sender a domain is.
type reputation struct {
	Status   string   `json:"status"`
	Score    float64  `json:"score"` // from 0 to 100
	Previous *float64 `json:"previous_score"`
}

// statistics are numbers of mails.
type statistics struct {
	Total    float64 `json:"total_count"`
	Sent     float64 `json:"sent_count"`
	Failed   float64 `json:"failed_count"`
	Canceled float64 `json:"canceled_count"`
}

// UnmarshalJSON reads a domain. One that lacks a field that all have is an error: without autoconfig it would look as if that were off.
func (d *domain) UnmarshalJSON(text []byte) error {
	type plain domain
	in := struct {
		*plain
		ID         *string `json:"id"`
		Name       *string `json:"name"`
		Project    *string `json:"project_id"`
		Status     *string `json:"status"`
		Autoconfig *bool   `json:"autoconfig"`
	}{plain: (*plain)(d)}
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	if in.ID == nil || in.Name == nil || in.Project == nil || in.Status == nil || in.Autoconfig == nil {
		return errors.New("a domain without an id, name, project_id, status or autoconfig")
	}
	d.ID, d.Name, d.Project, d.Status, d.Autoconfig = *in.ID, *in.Name, *in.Project, *in.Status, *in.Autoconfig
	return nil
}

// parseName returns the name of a domain.
func (d domain) parseName() (zonefile.Name, error) {
	name, err := zonefile.ParseName(d.Name+".", zonefile.Name{})
	if err != nil {
		return zonefile.Name{}, fmt.Errorf("the domain %s: %w", d.ID, err)
	}
	return name, nil
}

// is reports whether a domain has a name.
func (d domain) is(name zonefile.Name) bool {
	own, err := d.parseName()
	return err == nil && own == name
}

// fields returns the fields of a domain.
func (d domain) fields(region string) map[string]string {
	return map[string]string{fieldRegion: region, fieldProject: d.Project, fieldAutoconfig: strconv.FormatBool(d.Autoconfig)}
}

// textOf returns a name as the API has it.
func textOf(name zonefile.Name) string { return strings.TrimSuffix(name.String(), ".") }

// verification is what the last check of a domain found. A record of which nothing was ever found has the status unknown_record_status.
type verification struct {
	ID         string      `json:"domain_id"`
	DKIM       found       `json:"dkim_record"`
	DMARC      found       `json:"dmarc_record"`
	MX         found       `json:"mx_record"`
	SPF        found       `json:"spf_record"`
	Autoconfig *autoconfig `json:"autoconfig_state"`
}

// found is what it found of one record.
type found struct {
	Status    string    `json:"status"`
	LastValid time.Time `json:"last_valid_at"`
	Error     string    `json:"error"`
}

// The statuses of a record that say something.
const (
	recordValid    = "valid"
	recordInvalid  = "invalid"
	recordNotFound = "not_found"
)

// autoconfig says whether Scaleway writes the records itself, and whether it can.
type autoconfig struct {
	Enabled  bool   `json:"enabled"`
	Possible bool   `json:"autoconfigurable"`
	Reason   string `json:"reason"`
}
