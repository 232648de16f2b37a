package scalewaytem

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers/internal/scw"
)

// object is an object of the API: its fields by their names, which are compared as they are.
type object map[string]json.RawMessage

// required reads a field that every domain has. One without it is an error: without autoconfig it would look as if that were off.
func (o object) required(name string, into any) error {
	text := o[name]
	if text == nil || string(text) == "null" {
		return fmt.Errorf("a domain without %s", name)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s of a domain: %w", name, err)
	}
	return nil
}

// requiredID is required for a field with an ID, which becomes part of paths.
func (o object) requiredID(name string, into *string) error {
	if err := o.required(name, into); err != nil {
		return err
	}
	if !scw.IsID(*into) {
		return fmt.Errorf("%s of a domain is no UUID", name)
	}
	return nil
}

// observed returns a field that is only shown. One in another form than it has is zero, as one that is null: a domain is not less there for that.
func observed[T any](o object, name string) T {
	var value T
	if err := json.Unmarshal(o[name], &value); err != nil {
		return *new(T)
	}
	return value
}

// UnmarshalJSON reads a domain.
func (d *domain) UnmarshalJSON(text []byte) error {
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	*d = domain{
		LastError: observed[string](o, "last_error"), Created: observed[time.Time](o, "created_at"), LastValid: observed[time.Time](o, "last_valid_at"),
		NextCheck: observed[time.Time](o, "next_check_at"), Reputation: observed[*reputation](o, "reputation"), Statistics: observed[*statistics](o, "statistics"),
	}
	if text := o["records"]; text != nil {
		if err := json.Unmarshal(text, &d.Records); err != nil {
			return fmt.Errorf("records of a domain: %w", err)
		}
	}
	return cmp.Or(
		o.requiredID("id", &d.ID), o.required("name", &d.Name), o.requiredID("project_id", &d.Project), o.required("status", &d.Status),
		o.required("autoconfig", &d.Autoconfig),
	)
}

// listed is a domain in a list. Only what says which one it is has to be right: what else is wrong with others is nothing to the one that is asked for.
type listed struct {
	id      string // a UUID
	name    string
	revoked bool
	text    json.RawMessage // all of it
}

// UnmarshalJSON reads it.
func (l *listed) UnmarshalJSON(text []byte) error {
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	*l = listed{revoked: observed[string](o, "status") == revoked, text: slices.Clone(text)}
	return cmp.Or(o.requiredID("id", &l.id), o.required("name", &l.name))
}

// domain returns all of it.
func (l listed) domain() (domain, error) {
	var d domain
	if err := json.Unmarshal(l.text, &d); err != nil {
		return domain{}, fmt.Errorf("%s: %w", l.id, err)
	}
	return d, nil
}

// UnmarshalJSON reads what a check found.
func (v *verification) UnmarshalJSON(text []byte) error {
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	*v = verification{
		ID:   observed[string](o, "domain_id"),
		DKIM: observed[found](o, "dkim_record"), DMARC: observed[found](o, "dmarc_record"), MX: observed[found](o, "mx_record"), SPF: observed[found](o, "spf_record"),
		Autoconfig: observed[*autoconfig](o, "autoconfig_state"),
	}
	return nil
}

// UnmarshalJSON reads what a check found of a record.
func (f *found) UnmarshalJSON(text []byte) error {
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	*f = found{observed[string](o, "status"), observed[time.Time](o, "last_valid_at"), observed[string](o, "error")}
	return nil
}
