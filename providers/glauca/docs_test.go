package glauca_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

// page returns the documentation of this provider.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/providers/glauca.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDocumentedFields looks for each field of a domain in the tables of the documentation.
func TestDocumentedFields(t *testing.T) {
	text := page(t)
	s, p := with(t, glaucatest.Options{}, signed())
	s.AddHost(s.Account, "ns.example.com", "192.0.2.1")
	fetch(t, p)
	log := s.Faults.Log().All()
	var domain any
	if err := json.Unmarshal([]byte(log[len(log)-1].Answer), &domain); err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Concat(fieldsOf("", domain), []string{"block_transfer", "regen_auth_code", "sec_dns.key_data"}) {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("nothing is said of %s", name)
		}
	}
}

// fieldsOf returns the fields of an object, and of those in it, with their paths.
func fieldsOf(path string, v any) []string {
	var all []string
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			key = strings.TrimPrefix(path+"."+key, ".")
			all = append(append(all, key), fieldsOf(key, value)...)
		}
	case []any:
		for _, one := range v {
			all = append(all, fieldsOf(path, one)...)
		}
	}
	return all
}

// TestCalls counts the calls of the API, and compares them with the table in the documentation.
func TestCalls(t *testing.T) {
	text := page(t)
	type call struct {
		s    *glaucatest.Server
		p    *glauca.Provider
		base *providers.ResourceSnapshot
	}
	changing := func(fields map[string]string) func(*testing.T, call) error {
		return func(t *testing.T, c call) error { return changeFrom(t, c.p, c.base, fields) }
	}
	for _, tt := range []struct {
		what string
		do   func(*testing.T, call) error
	}{
		{"look at a delegation", func(t *testing.T, c call) error {
			_, err := c.p.FetchResource(t.Context(), example)
			return err
		}},
		{"list all", func(t *testing.T, c call) error {
			_, err := c.p.Resources(t.Context(), example)
			return err
		}},
		{"change the name servers", changing(map[string]string{"name_servers": "ns3.example.net."})},
		{"change the DS or key data", changing(map[string]string{"ds": "2 15 2 " + digestB})},
		{"change contacts and transfer lock", changing(map[string]string{"transfer_lock": "true", "registrant": "contact_b"})},
		{"look at one whose domain cannot be retrieved", func(t *testing.T, c call) error {
			c.s.FailRetrieve(domainName, http.StatusNotFound)
			_, err := c.p.FetchResource(t.Context(), example)
			return err
		}},
		{"ask for prices", func(t *testing.T, c call) error {
			_, err := c.p.Prices(t.Context(), c.base)
			return err
		}},
		{"ask whether a domain is available", func(t *testing.T, c call) error {
			_, err := c.p.Availability(t.Context(), example.Name)
			return err
		}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, signed())
			s.AddContact(glaucatest.Contact{ID: "contact_b"})
			base := fetch(t, p)
			s.Faults.Log().Reset()
			if err := tt.do(t, call{s, p, base}); err != nil {
				t.Fatal(err)
			}
			row := fmt.Sprintf("| %s | %d | %d |", tt.what, s.Faults.Log().Count(glaucatest.ListDomains), len(s.Calls()))
			if !strings.Contains(text, row) {
				t.Errorf("the page has no line %q", row)
			}
		})
	}
}

// documentedState checks that the page has a state with what it means.
func documentedState(t *testing.T, state string, phase providers.ResourcePhase) {
	t.Helper()
	if row := fmt.Sprintf("| `%s` | %s |", state, phase); !strings.Contains(page(t), row) {
		t.Errorf("the page has no line %q", row)
	}
}
