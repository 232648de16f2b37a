package scalewaytem

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// domain is a sending domain in the API. A time that is zero, and a text that is empty, is null there.
type domain struct {
	ID         string // a UUID
	Name       string // "example.com"
	Project    string // a UUID
	Status     string
	Autoconfig bool
	Records    records
	LastError  string
	Created    time.Time
	LastValid  time.Time
	NextCheck  time.Time
	Reputation *reputation // nil for one that has sent too little
	Statistics *statistics
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

// is reports whether a domain has a name.
func (d domain) is(name zonefile.Name) bool {
	own, err := parseName(d.ID, d.Name)
	return err == nil && own == name
}

// maxName is the most octets of a name as the API has it (RFC 1035 §2.3.4), with a dot at the end.
const maxName = 254

// parseName returns the name of the domain with an ID. A text that cannot be compared with other names is an error: it could be any of them. Whether the
// API ever has a dot at the end of one, as it has in records, is said nowhere.
func parseName(id, text string) (zonefile.Name, error) {
	if len(text) > maxName || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return zonefile.Name{}, fmt.Errorf("the name %q of the domain %s is not one of a host", rest.OneLine(text), id)
	}
	name, err := zonefile.ParseName(strings.TrimSuffix(text, ".")+".", zonefile.Name{})
	switch {
	case err != nil:
		return zonefile.Name{}, fmt.Errorf("the domain %s: %w", id, err)
	case name.IsRoot():
		return zonefile.Name{}, fmt.Errorf("the domain %s has no name", id)
	}
	return name, nil
}

// fields returns the fields of a domain.
func (d domain) fields(region string) map[string]string {
	return map[string]string{fieldRegion: region, fieldProject: d.Project, fieldAutoconfig: strconv.FormatBool(d.Autoconfig)}
}

// textOf returns a name as the API has it.
func textOf(name zonefile.Name) string { return strings.TrimSuffix(name.String(), ".") }

// verification is what the last check of a domain found. A record of which nothing was ever found has the status unknown_record_status.
type verification struct {
	ID         string
	DKIM       found
	DMARC      found
	MX         found
	SPF        found
	Autoconfig *autoconfig
}

// found is what it found of one record.
type found struct {
	Status    string
	LastValid time.Time
	Error     string
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
