package server

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// longestName is the most octets of a name that is repeated in an error.
const longestName = 100

// query reads the parameters of a request, and keeps the first thing that is wrong with them. Those that nobody asks for are wrong too, see done.
type query struct {
	values url.Values
	err    error
}

// newQuery reads the part of an address behind the question mark.
func newQuery(raw string) *query {
	values, err := url.ParseQuery(raw)
	q := &query{values: values}
	if err != nil {
		q.fail("the address: its query cannot be read")
	}
	return q
}

func (q *query) fail(format string, args ...any) {
	if q.err == nil {
		q.err = badRequest(format, args...)
	}
}

// all returns the values of a parameter that may come several times.
func (q *query) all(name string) []string {
	values := q.values[name]
	delete(q.values, name)
	if len(values) > mostNames {
		q.fail("%s: comes more than %d times", name, mostNames)
		return nil
	}
	return values
}

// one returns the value of a parameter that may come once, "" if it does not come.
func (q *query) one(name string) string {
	values := q.all(name)
	if len(values) > 1 {
		q.fail("%s: comes more than once", name)
	}
	if len(values) == 0 {
		return ""
	}
	if values[0] == "" {
		q.fail("%s: is empty", name)
	}
	return values[0]
}

// flag returns a parameter that is true or false.
func (q *query) flag(name string) bool {
	switch q.one(name) {
	case "", "false":
		return false
	case "true":
		return true
	}
	q.fail("%s: want true or false", name)
	return false
}

// number returns a parameter from 1 to most, or what is usual.
func (q *query) number(name string, usual, most int64) int64 {
	text := q.one(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > most {
		q.fail("%s: want a number from 1 to %d", name, most)
		return usual
	}
	return n
}

// moment returns a time (RFC 3339), zero for none.
func (q *query) moment(name string) time.Time {
	text := q.one(name)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		q.fail("%s: want a time such as 2026-01-02T15:04:05Z", name)
	}
	return at
}

// name returns a domain name, zero for none.
func (q *query) name(parameter string) zonefile.Name {
	text := q.one(parameter)
	if text == "" {
		return zonefile.Name{}
	}
	name, err := parseZone(text)
	if err != nil {
		q.fail("%s: %v", parameter, err)
	}
	return name
}

// rrtype returns an RR type, 0 for none.
func (q *query) rrtype(name string) zonefile.Type {
	text := q.one(name)
	if text == "" {
		return 0
	}
	typ, err := zonefile.ParseType(text)
	if err != nil {
		q.fail("%s: %v", name, err)
	}
	return typ
}

// selection returns the zones and targets that are named.
func (q *query) selection() reconcile.Selection {
	only, err := selectionOf(q.all("zone"), q.all("target"))
	if err != nil && q.err == nil {
		q.err = err
	}
	return only
}

// done returns what is wrong with the parameters.
func (q *query) done() error {
	for name := range q.values {
		q.fail("there is no parameter %q", plain(name, longestName))
	}
	return q.err
}

// parseZone reads the name of a zone as people write it.
func parseZone(text string) (zonefile.Name, error) {
	return zonefile.ParseUnicodeName(text, zonefile.Root)
}

// selectionOf returns the zones and targets that are named.
func selectionOf(zones, targets []string) (reconcile.Selection, error) {
	var only reconcile.Selection
	if len(zones) > mostNames || len(targets) > mostNames {
		return only, badRequest("more than %d zones or targets are named", mostNames)
	}
	for _, text := range zones {
		zone, err := parseZone(text)
		if err != nil {
			return only, badRequest("zone %q: %v", plain(text, longestName), err)
		}
		if !slices.Contains(only.Zones, zone) {
			only.Zones = append(only.Zones, zone)
		}
	}
	for _, target := range targets {
		if target == "" {
			return only, badRequest("the name of a target is empty")
		}
		if !slices.Contains(only.Targets, target) {
			only.Targets = append(only.Targets, target)
		}
	}
	return only, nil
}
