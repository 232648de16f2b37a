package scaidns

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// validation is how ScaiDNS wants to see that a zone is somebody's, https://www.scailabs.ai/en/docs/scaidns/reference/validation.
type validation struct {
	Type   string `json:"validation_type"`
	Status string `json:"status"`
	Record *struct {
		Name  string `json:"name"`
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"dns_record"`
	Expires string `json:"expires_at"`
}

// validationTTL is what is proposed for the record: it is wanted for a few days.
const validationTTL = 300

// validation returns the validation of a zone, nil if there is none.
func (c *client) validation(ctx context.Context, id string) (*validation, error) {
	var v *validation
	err := c.get(ctx, id, "/validation", &v)
	if refusedWith(err, http.StatusNotFound) {
		return nil, nil
	}
	return v, err
}

// validate begins a validation by a TXT record, in the place of the one that there is.
func (c *client) validate(ctx context.Context, id string) error {
	return c.post(ctx, id, "/validation", map[string]string{"validation_type": "txt_record"}, nil)
}

// check has ScaiDNS look for the record of a validation. An answer that it was not found is no error: it is seen in the status of the zone.
func (c *client) check(ctx context.Context, id string) error {
	return c.post(ctx, id, "/validation/check", nil, nil)
}

// ProveZone implements [providers.ZoneProver]. Where the validation is over, or there is none, another begins, with a record of its own.
func (p *Provider) ProveZone(ctx context.Context, origin zonefile.Name) error {
	if err := p.prove(ctx, origin); err != nil {
		return fmt.Errorf("validate %s: %w", origin, err)
	}
	return nil
}

func (p *Provider) prove(ctx context.Context, origin zonefile.Name) error {
	n, err := p.named(ctx, origin)
	if err != nil {
		return err
	}
	if len(n.live) != 1 {
		return fmt.Errorf("%w: %d zones of that name", providers.ErrNoZone, len(n.live))
	}
	if n.live[0].Status != statusPending {
		return nil // there is nothing to prove
	}
	id := n.live[0].ID
	v, err := p.client.validation(ctx, id)
	switch {
	case err != nil:
		return err
	case v == nil || v.over():
		return p.client.validate(ctx, id)
	}
	return p.client.check(ctx, id)
}

// pending returns the error for a zone that ScaiDNS does not serve yet.
func (p *Provider) pending(ctx context.Context, d domain, origin zonefile.Name) error {
	v, err := p.client.validation(ctx, d.ID)
	if err != nil {
		return err
	}
	state := &providers.StateError{State: d.Status, Kind: providers.ErrBlocked}
	if v == nil || v.over() {
		state.Needs = "nothing is under way that could show whose zone it is: begin its validation in ScaiDNS"
		return state
	}
	state.Needs = "delegate it to the name servers of ScaiDNS, and have ScaiDNS check that"
	if v.Record == nil {
		return state
	}
	output, err := v.output(origin)
	if err != nil {
		return fmt.Errorf("%w: the record for its validation: %w", providers.ErrBlocked, err)
	}
	state.Needs = fmt.Sprintf("publish the record %s where the domain is served now, and have ScaiDNS check that", output.RRset.Key)
	state.Outputs = []providers.Output{output}
	return state
}

// over reports whether nobody looks for the record any more.
func (v *validation) over() bool {
	return v.Status == "expired" || v.Status == "cancelled" || v.Status == "validated"
}

// output returns the record to publish.
func (v *validation) output(origin zonefile.Name) (providers.Output, error) {
	name, err := parseName(v.Record.Name, origin)
	if err != nil {
		return providers.Output{}, err
	}
	t, err := zonefile.ParseType(v.Record.Type)
	if err != nil {
		return providers.Output{}, err
	}
	rdata := textRDATA(v.Record.Value)
	if t != zonefile.TypeTXT || strings.HasPrefix(v.Record.Value, `"`) {
		if rdata, err = parseContent(t, v.Record.Value); err != nil {
			return providers.Output{}, err
		}
	}
	set, err := zonefile.NewRRset(zonefile.Key{Name: name, Type: t}, validationTTL, rdata)
	if err != nil {
		return providers.Output{}, err
	}
	until, _ := time.Parse(time.RFC3339, v.Expires) // the zero Time if it does not say
	return providers.Output{Name: "validation", RRset: set, Until: until}, nil
}

// textRDATA returns the RDATA of a TXT record with that text, in strings of at most 255 octets.
func textRDATA(text string) []byte {
	var rdata []byte
	for {
		n := min(len(text), 255)
		rdata = append(append(rdata, byte(n)), text[:n]...)
		if text = text[n:]; text == "" {
			return rdata
		}
	}
}
