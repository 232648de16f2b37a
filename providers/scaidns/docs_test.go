package scaidns_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

// The tables of the docs that say what becomes of each field, by what is above their first column.
const (
	zoneFields       = "field of a zone"
	zoneRequests     = "request about zones"
	recordFields     = "field of a record"
	recordRequests   = "request about records"
	validationFields = "field of a validation"
	dnssecFields     = "field of DNSSEC"
	files            = "import and export"
	people           = "grants, keys and users"
	errorFields      = "field of an error"
)

// TestDocumentedFields looks for every field, parameter and endpoint of the API in the table of the docs that is about it.
func TestDocumentedFields(t *testing.T) {
	t.Parallel()
	h := newHouse(t, variant{fake: scaidnstest.Options{Listing: scaidnstest.Paged}, validate: true})
	h.callEach(t)
	tables := unasked()
	for _, x := range h.Faults.Log().All() {
		at := tableOf(x.Path)
		maps.Copy(tables[at], pathWords(x.Path))
		query, err := url.ParseQuery(x.Query)
		if err != nil {
			t.Fatal(err)
		}
		for name := range query {
			tables[at][name] = true
		}
		noteFields(tables, x.Body, at, at)
		noteFields(tables, x.Answer, at, map[string]string{zoneRequests: zoneFields, recordRequests: recordFields}[at])
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		rows := rowsOf(string(text), table)
		for _, name := range slices.Sorted(maps.Keys(tables[table])) {
			if !regexp.MustCompile("`([a-z-]+/)?" + name + "`").MatchString(rows) {
				t.Errorf("the table %q of %s does not have %s", table, page, name)
			}
		}
	}
}

// callEach asks for everything that the fake has.
func (h *house) callEach(t *testing.T) {
	t.Helper()
	const zones = "/api/v1/domains/"
	var made struct{ ID string }
	call(t, h, "POST", zones, map[string]any{
		"name": "2.0.192.in-addr.arpa", "domain_type": "reverse_ipv4", "default_ttl": 300, "description": "x", "cidr": "192.0.2.0/24",
		"template_id": nil, "template_variables": nil,
	}, &made)
	zone := zones + made.ID
	call(t, h, "GET", zone+"/validation", nil, nil)
	call(t, h, "POST", zone+"/validation/check", nil, nil)
	call(t, h, "DELETE", zone+"/validation", nil, nil)
	call(t, h, "POST", zone+"/validation", map[string]any{"validation_type": "txt_record"}, nil)
	h.PublishChallenge(t, made.ID)
	call(t, h, "POST", zone+"/validation/check", nil, nil)

	call(t, h, "GET", zones+"?page=1&page_size=10&status=active&domain_type=reverse_ipv4&dnssec_enabled=false&search=192&include_deleted=true", nil, nil)
	call(t, h, "PATCH", zone, map[string]any{"description": "y", "default_ttl": 600, "settings": map[string]any{}}, nil)
	call(t, h, "GET", zone+"?include_deleted=true", nil, nil)
	call(t, h, "GET", zone+"/soa", nil, nil)
	call(t, h, "GET", zone+"/export", nil, nil)
	call(t, h, "GET", zone+"/export/download", nil, nil)

	record := map[string]any{"name": "1", "type": "PTR", "content": "www.zone.example.", "ttl": 300, "disabled": false}
	var one struct{ ID string }
	call(t, h, "POST", zone+"/records", record, &one)
	call(t, h, "GET", zone+"/records/"+one.ID, nil, nil)
	call(t, h, "PATCH", zone+"/records/"+one.ID, map[string]any{"ttl": 600, "disabled": true}, nil)
	call(t, h, "GET", zone+"/records?type=PTR&name=1&include_system=true&page=1&page_size=10", nil, nil)
	call(t, h, "POST", zone+"/records/search?content=www", nil, nil)
	call(t, h, "DELETE", zone+"/records/"+one.ID, nil, nil)
	call(t, h, "POST", zone+"/records/bulk", map[string]any{"records": []any{record}, "continue_on_error": false}, nil)
	call(t, h, "POST", zone+"/records/bulk-delete", map[string]any{"record_ids": []string{}}, nil)
	call(t, h, "GET", zones+"types", nil, nil)

	call(t, h, "POST", zone+"/dnssec/enable", map[string]any{"algorithm": 13}, nil)
	call(t, h, "GET", zone+"/dnssec", nil, nil)
	for _, path := range []string{"confirm-ds-published", "rotate-ksk", "confirm-ds-published", "rotate-zsk", "disable"} {
		call(t, h, "POST", zone+"/dnssec/"+path, nil, nil)
	}
	call(t, h, "DELETE", zone, nil, nil)
	call(t, h, "POST", zone+"/restore", nil, nil)
	call(t, h, "DELETE", zone+"?hard=true", nil, nil)
}

// unasked returns, by the table, what the pages of the API name and the fake does not show when it is asked: values, what it does not have, and errors.
func unasked() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for table, names := range map[string]string{
		zoneFields:       "primary secondary reverse_ipv4 reverse_ipv6 pending_validation active inactive deleted",
		zoneRequests:     "",
		recordFields:     "",
		recordRequests:   "",
		validationFields: "txt_record nameservers pending verifying failed validated expired cancelled",
		dnssecFields:     "disabled pending_ds active rotating_ksk rotating_zsk",
		files:            "import format bind json csv mode merge replace skip_existing content imported_count conflict_count errors",
		people: "access-grants grant_type user group role record_pattern record_types expires_at notes X-API-Key Authorization auth/token auth/refresh auth/config " +
			"auth/me permission_source scopes rate_limit ip_whitelist record_editor validation_bypass",
		errorFields: "detail message field conflicts loc msg type Retry-After",
	} {
		all[table] = map[string]bool{}
		for name := range strings.FieldsSeq(names) {
			all[table][name] = true
		}
	}
	return all
}

// tableOf returns the table that what is asked at a path belongs to.
func tableOf(path string) string {
	for part, table := range map[string]string{
		"/records": recordRequests, "/types": recordRequests, "/validation": validationFields, "/dnssec": dnssecFields, "/export": files,
	} {
		if strings.Contains(path, part) {
			return table
		}
	}
	return zoneRequests
}

// pathWords returns the parts of a path by which endpoints differ that are of one table.
func pathWords(path string) map[string]bool {
	words := map[string]bool{}
	for part := range strings.SplitSeq(path, "/") {
		common := slices.Contains([]string{"api", "domains", "records", "validation", "dnssec"}, part)
		if !common && regexp.MustCompile("^[a-z-]+$").MatchString(part) { // ids have digits
			words[part] = true
		}
	}
	return words
}

// rowsOf returns the rows of a table.
func rowsOf(page, table string) string {
	_, rows, _ := strings.Cut(page, "\n| "+table+" |")
	rows, _, _ = strings.Cut(rows, "\n\n")
	return rows
}

// noteFields notes the fields of JSON, and of all objects in it: those of zones and records themselves in one table, and those of what is around them in another.
func noteFields(tables map[string]map[string]bool, text, around, themselves string) {
	var note func(value any)
	note = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			table := around
			if themselves != "" && (v["domain_type"] != nil || v["content"] != nil) {
				table = themselves
			}
			for name, of := range v {
				tables[table][name] = true
				note(of)
			}
		case []any:
			for _, one := range v {
				note(one)
			}
		}
	}
	var value any
	if json.Unmarshal([]byte(text), &value) == nil {
		note(value)
	}
}
