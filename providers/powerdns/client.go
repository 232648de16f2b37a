package powerdns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// client makes the calls of the API that are needed. https://doc.powerdns.com/authoritative/http-api/ has them.
type client struct {
	rest *rest.Client
	path string // of the server
}

// zone is what the API says of a zone beside its records. Lists leave out most of the second half, up to 5.1 at least.
type zone struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Serial  uint32   `json:"serial"`
	Account string   `json:"account"`
	Masters []string `json:"masters"`

	EditAPI    string   `json:"soa_edit_api"`
	Edit       string   `json:"soa_edit"`
	Catalog    string   `json:"catalog"`             // lists of 4.7 with SQLite have none
	MasterTSIG []string `json:"master_tsig_key_ids"` // of those who may transfer the zone
	SlaveTSIG  []string `json:"slave_tsig_key_ids"`
}

func (z zone) editing() editing { return editing{z.EditAPI, z.Edit} }

// rrset is an RRset in the API. What is not written PowerDNS leaves as it is: its comments, if they are nil.
type rrset struct {
	Name     string    `json:"name"`
	Type     string    `json:"type"`
	TTL      *int64    `json:"ttl,omitempty"`
	Change   string    `json:"changetype,omitempty"`
	Records  []record  `json:"records,omitempty"`
	Comments []comment `json:"comments,omitempty"`
}

type record struct {
	Content  string `json:"content"`
	Disabled bool   `json:"disabled"`
}

type comment struct {
	Content  string `json:"content"`
	Account  string `json:"account"`
	Modified int64  `json:"modified_at"` // seconds since 1970
}

// newZone is the body that creates a zone. What is left out becomes what the server has it be.
type newZone struct {
	Name        string   `json:"name"`
	Kind        string   `json:"kind"`
	Nameservers []string `json:"nameservers"`
	RRsets      []rrset  `json:"rrsets"`

	Account string   `json:"account,omitempty"`
	Catalog *string  `json:"catalog,omitempty"`
	Masters []string `json:"masters,omitempty"`
	EditAPI *string  `json:"soa_edit_api,omitempty"`
	Edit    string   `json:"soa_edit,omitempty"`
	Rectify *bool    `json:"api_rectify,omitempty"`
}

// metadata is one kind of the metadata of a zone. https://doc.powerdns.com/authoritative/domainmetadata.html has them.
type metadata struct {
	Kind   string   `json:"kind"`
	Values []string `json:"metadata"`
}

// zones calls each with every zone of the server.
func (c *client) zones(ctx context.Context, each func(zone) error) error {
	_, err := c.rest.Do(ctx, rest.Request{
		Method: http.MethodGet, Path: c.path + "/zones",
		Query: url.Values{"dnssec": {"false"}}, // spares newer servers a look at the keys of each zone
		Out:   &list[zone]{each},
	})
	return err
}

// checkServer returns an error unless there is the API of a PowerDNS with the server's name.
func (c *client) checkServer(ctx context.Context) error {
	var server struct {
		Type string `json:"type"`
	}
	_, err := c.rest.Do(ctx, rest.Request{Method: http.MethodGet, Path: c.path, Out: &server})
	if err == nil && server.Type != "Server" {
		err = fmt.Errorf("GET %s%s: the answer is about a %q", c.rest, c.path, server.Type)
	}
	if err != nil {
		return fmt.Errorf("there is no PowerDNS with this url and server_id, or it does not answer: %w", err)
	}
	return nil
}

// zone returns what the API says of a zone beside its records.
func (c *client) zone(ctx context.Context, origin zonefile.Name) (zone, error) {
	var z zone
	_, err := c.rest.Do(ctx, rest.Request{
		Method: http.MethodGet, Path: c.zonePath(origin), Query: url.Values{"rrsets": {"false"}}, Out: &z,
	})
	return z, err
}

// wholeZone is [client.zone] that calls each with every RRset.
func (c *client) wholeZone(ctx context.Context, origin zonefile.Name, each func(rrset) error) (zone, error) {
	answer := &zoneAnswer{each: each}
	_, err := c.rest.Do(ctx, rest.Request{Method: http.MethodGet, Path: c.zonePath(origin), Out: answer})
	return answer.zone, err
}

// patched is the answer to a change.
type patched struct {
	// before and after are the serials around the change, as far as hasSerials. Up to 4.7 at least, before is what is after.
	before, after uint32
	hasSerials    bool
}

// patch makes changes, all or none: a body of {"rrsets": [...]}.
func (c *client) patch(ctx context.Context, origin zonefile.Name, body []byte) (patched, error) {
	resp, err := c.rest.Do(ctx, rest.Request{Method: http.MethodPatch, Path: c.zonePath(origin), In: body})
	if err != nil {
		return patched{}, err
	}
	if resp.Status != http.StatusNoContent {
		return patched{}, fmt.Errorf("PATCH %s%s: status %d, want 204: this was not PowerDNS", c.rest, c.zonePath(origin), resp.Status)
	}
	before, err1 := strconv.ParseUint(resp.Header.Get("X-PDNS-Old-Serial"), 10, 32)
	after, err2 := strconv.ParseUint(resp.Header.Get("X-PDNS-New-Serial"), 10, 32)
	return patched{uint32(before), uint32(after), err1 == nil && err2 == nil}, nil
}

// create makes a zone.
func (c *client) create(ctx context.Context, z newZone) error {
	return c.change(ctx, rest.Request{Method: http.MethodPost, Path: c.path + "/zones", In: z}, http.StatusCreated)
}

// remove removes a zone with all that belongs to it.
func (c *client) remove(ctx context.Context, origin zonefile.Name) error {
	return c.change(ctx, rest.Request{Method: http.MethodDelete, Path: c.zonePath(origin)}, http.StatusNoContent)
}

// configure sets fields of a zone.
func (c *client) configure(ctx context.Context, origin zonefile.Name, fields any) error {
	return c.change(ctx, rest.Request{Method: http.MethodPut, Path: c.zonePath(origin), In: fields}, http.StatusNoContent)
}

// setMetadata sets one kind of metadata of a zone.
func (c *client) setMetadata(ctx context.Context, origin zonefile.Name, m metadata) error {
	path := c.zonePath(origin) + "/metadata/" + url.PathEscape(m.Kind)
	return c.change(ctx, rest.Request{Method: http.MethodPut, Path: path, In: m}, http.StatusOK)
}

// change makes a request that changes something, and whose answer has that status.
func (c *client) change(ctx context.Context, r rest.Request, want int) error {
	resp, err := c.rest.Do(ctx, r)
	if err == nil && resp.Status != want {
		err = fmt.Errorf("%s %s%s: status %d, want %d: this was not PowerDNS", r.Method, c.rest, r.Path, resp.Status, want)
	}
	return err
}

// metadata returns the metadata of a zone, those too that cannot be set through the API.
func (c *client) metadata(ctx context.Context, origin zonefile.Name) ([]metadata, error) {
	var all []metadata
	each := &list[metadata]{func(m metadata) error { all = append(all, m); return nil }}
	_, err := c.rest.Do(ctx, rest.Request{Method: http.MethodGet, Path: c.zonePath(origin) + "/metadata", Out: each})
	return all, err
}

// keys returns how many DNSSEC keys a zone has, active or not.
func (c *client) keys(ctx context.Context, origin zonefile.Name) (int, error) {
	n := 0
	count := &list[struct{}]{func(struct{}) error { n++; return nil }}
	_, err := c.rest.Do(ctx, rest.Request{Method: http.MethodGet, Path: c.zonePath(origin) + "/cryptokeys", Out: count})
	return n, err
}

// zonePath returns the path of a zone.
func (c *client) zonePath(origin zonefile.Name) string { return c.path + "/zones/" + zoneID(origin) }

// zoneID returns what the API calls a zone: its name, with all but letters, digits, dots and hyphens written as =XX.
func zoneID(origin zonefile.Name) string {
	if origin.IsRoot() {
		return "=2E"
	}
	var b strings.Builder
	for _, c := range []byte(nameText(origin)) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '-':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

// list reads an array element by element.
type list[T any] struct{ each func(T) error }

// DecodeJSON reads the array.
func (l *list[T]) DecodeJSON(dec *json.Decoder) error {
	if err := expect(dec, '['); err != nil {
		return err
	}
	for dec.More() {
		var x T
		if err := dec.Decode(&x); err != nil {
			return err
		}
		if err := l.each(x); err != nil {
			return err
		}
	}
	return expect(dec, ']')
}

// zoneAnswer reads a zone, RRset by RRset.
type zoneAnswer struct {
	zone zone
	each func(rrset) error
}

var errNoRRsets = errors.New("a zone without its rrsets")

// DecodeJSON reads the zone.
func (a *zoneAnswer) DecodeJSON(dec *json.Decoder) error {
	if err := expect(dec, '{'); err != nil {
		return err
	}
	fields := map[string]any{
		"name": &a.zone.Name, "kind": &a.zone.Kind, "serial": &a.zone.Serial, "account": &a.zone.Account, "masters": &a.zone.Masters,
		"soa_edit_api": &a.zone.EditAPI, "soa_edit": &a.zone.Edit, "catalog": &a.zone.Catalog,
		"master_tsig_key_ids": &a.zone.MasterTSIG, "slave_tsig_key_ids": &a.zone.SlaveTSIG,
	}
	whole := false
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		if name == "rrsets" {
			whole = true
			if err := (&list[rrset]{a.each}).DecodeJSON(dec); err != nil {
				return err
			}
			continue
		}
		field, ok := fields[fmt.Sprint(name)]
		if !ok {
			field = new(json.RawMessage)
		}
		if err := dec.Decode(field); err != nil {
			return fmt.Errorf("%v: %w", name, err)
		}
	}
	if !whole {
		return errNoRRsets
	}
	return expect(dec, '}')
}

// expect reads a delimiter.
func expect(dec *json.Decoder, want json.Delim) error {
	got, err := dec.Token()
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%v where %v belongs", got, want)
	}
	return nil
}
