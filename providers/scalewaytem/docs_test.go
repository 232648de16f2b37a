package scalewaytem_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scalewaytem"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

const page = "../../docs/providers/scaleway-tem.md"

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestCalls counts the calls of the API for what can be done, and compares them with the table in the docs.
func TestCalls(t *testing.T) {
	text := readPage(t)
	checked := func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider) *providers.ResourceSnapshot {
		f.SetStatus(domainText, scalewaytemtest.Checked, "")
		return fetched(t, p)
	}
	for _, tt := range []struct {
		name string
		do   func(*testing.T, *scalewaytemtest.Fake, *scalewaytem.Provider) error // what is behind the last reset of the log counts
	}{
		{"look at a domain that is ready, or locked", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider) error {
			what := checked(t, f, p)
			f.Faults.Log().Reset()
			_, err := p.FetchResource(t.Context(), what.Resource)
			return err
		}},
		{"look at one that is not ready", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider) error {
			_, err := p.FetchResource(t.Context(), mail(domainText, "project="+f.Project))
			return err
		}},
		{"look for one that is not there", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider) error {
			_, err := p.FetchResource(t.Context(), mail("missing.example.com", "project="+f.Project))
			wants(t, err, providers.ErrNoResource)
			return nil
		}},
		{"register one", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider) error {
			return p.CreateResource(t.Context(), mail("new.example.com", "project="+f.Project))
		}},
		{"change autoconfig", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider) error {
			base := checked(t, f, p)
			f.Faults.Log().Reset()
			return p.UpdateResource(t.Context(), base, base.With(map[string]string{"autoconfig": "true"}), []string{"autoconfig"})
		}},
		{"have one checked", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider) error {
			base := checked(t, f, p)
			f.Faults.Log().Reset()
			return p.CheckResource(t.Context(), base)
		}},
		{"revoke one", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider) error {
			base := checked(t, f, p)
			f.Faults.Log().Reset()
			return p.RemoveResource(t.Context(), base)
		}},
		{"list 10 that are ready", func(t *testing.T, f *scalewaytemtest.Fake, p *scalewaytem.Provider) error {
			f.SetStatus(domainText, scalewaytemtest.Checked, "")
			for i := range 9 {
				f.SetStatus(f.AddDomain(fmt.Sprintf("n%d.example.com", i), ""), scalewaytemtest.Checked, "")
			}
			_, err := p.Resources(t.Context(), mail(domainText, "project="+f.Project))
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{})
			if err := tt.do(t, f, p); err != nil {
				t.Fatal(err)
			}
			if row := fmt.Sprintf("| %s | %d |", tt.name, len(f.Faults.Log().All())); !strings.Contains(text, row) {
				t.Errorf("%s has no line %q", page, row)
			}
		})
	}
}

// TestDocumentedFields looks for every field that the API has in the tables of the docs, and for every status.
func TestDocumentedFields(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	base := fetched(t, p)
	if err := p.CreateResource(t.Context(), mail("new.example.com", "project="+f.Project)); err != nil {
		t.Fatal(err)
	}
	if err := p.UpdateResource(t.Context(), base, base.With(map[string]string{"autoconfig": "true"}), []string{"autoconfig"}); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{"accept_tos": true, "organization_id": true, "status": true} // what is not sent
	for name := range strings.FieldsSeq("valid not_found unknown_record_status permission_denied domain_not_found unknown_reason excellent good average bad unknown_status " +
		"type message resource resource_id details argument_name reason help_message action quota current method precondition current_state expired_since " +
		"invalid_arguments permissions_denied denied_authentication quotas_exceeded precondition_failed transient_state resource_expired out_of_stock") {
		names[name] = true // what the pages name besides: values, and errors
	}
	for _, x := range f.Faults.Log().All() {
		for parameter := range strings.SplitSeq(x.Query, "&") {
			name, _, _ := strings.Cut(parameter, "=")
			names[name] = true
		}
		for _, body := range []string{x.Body, x.Answer} {
			var value any
			if body != "" && json.Unmarshal([]byte(body), &value) == nil {
				maps.Copy(names, fieldsOf(value))
			}
		}
	}
	delete(names, "")
	for _, status := range []scalewaytemtest.Status{
		scalewaytemtest.Unknown, scalewaytemtest.Checked, scalewaytemtest.Unchecked, scalewaytemtest.Invalid,
		scalewaytemtest.Locked, scalewaytemtest.Revoked, scalewaytemtest.Pending, scalewaytemtest.Autoconfiguring,
	} {
		names[string(status)] = true
	}
	for _, o := range base.Observed {
		names[o.Name] = true
	}
	if len(names) < 80 {
		t.Errorf("only %d names are looked for", len(names))
	}
	var rows []string
	for line := range strings.Lines(readPage(t)) {
		if strings.HasPrefix(line, "| ") {
			rows = append(rows, line)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !regexp.MustCompile("`" + name + "`").MatchString(strings.Join(rows, "")) {
			t.Errorf("no table of %s has %s", page, name)
		}
	}
}

// fieldsOf returns the names of the fields of a value that was read from JSON.
func fieldsOf(value any) map[string]bool {
	names := map[string]bool{}
	switch v := value.(type) {
	case map[string]any:
		for key, of := range v {
			names[key] = true
			maps.Copy(names, fieldsOf(of))
		}
	case []any:
		for _, of := range v {
			maps.Copy(names, fieldsOf(of))
		}
	}
	return names
}
