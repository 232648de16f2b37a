package powerdns

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
)

// settings are what a zone has beside its name, its kind and the records that it serves, as far as a zone can be created with it. In a
// providers.ZoneSpec each field is a setting: JSON under the name that it has here, which for most is its name in the API.
type settings struct {
	EditAPI    string   `json:"soa_edit_api"`
	Edit       string   `json:"soa_edit,omitempty"`
	Account    string   `json:"account,omitempty"`
	Catalog    string   `json:"catalog"` // set if it is empty too: a server may have a default
	Masters    []string `json:"masters,omitempty"`
	Rectify    *bool    `json:"api_rectify,omitempty"` // nil leaves it to the server, whose default may change
	MasterTSIG []string `json:"master_tsig_key_ids,omitempty"`
	SlaveTSIG  []string `json:"slave_tsig_key_ids,omitempty"`
	// Metadata has the other kinds of metadata.
	Metadata map[string][]string `json:"metadata,omitempty"`
	// RRsets has the disabled records, and the comments.
	RRsets []rrset `json:"rrsets,omitempty"`
}

// rectifies is the kind of metadata that api_rectify sets. What is not there is the server's default, which the field does not tell from false.
const rectifies = "API-RECTIFY"

// otherwiseSet are the kinds of metadata that fields of the API set.
var otherwiseSet = []string{"SOA-EDIT-API", "SOA-EDIT", "TSIG-ALLOW-AXFR", "AXFR-MASTER-TSIG", rectifies}

// settable are the kinds of metadata that the API of 4.7 and later sets, beside those that begin with "X-".
var settable = []string{
	"ALLOW-AXFR-FROM", "ALLOW-DNSUPDATE-FROM", "ALSO-NOTIFY", "AXFR-SOURCE", "FORWARD-DNSUPDATE", "GSS-ACCEPTOR-PRINCIPAL",
	"GSS-ALLOW-AXFR-PRINCIPAL", "IXFR", "NOTIFY-DNSUPDATE", "PUBLISH-CDNSKEY", "PUBLISH-CDS", "SLAVE-RENOTIFY", "SOA-EDIT-DNSUPDATE",
	"TSIG-ALLOW-DNSUPDATE",
}

// newSettings returns the settings of a zone, and the kinds of its metadata that cannot be among them, in their order.
func newSettings(z zone, meta []metadata, extra []rrset) (s settings, lost []string) {
	s = settings{
		EditAPI: z.EditAPI, Edit: z.Edit, Account: z.Account, Catalog: z.Catalog, Masters: z.Masters, MasterTSIG: z.MasterTSIG, SlaveTSIG: z.SlaveTSIG,
		Metadata: map[string][]string{}, RRsets: extra,
	}
	for _, m := range meta {
		switch {
		case m.Kind == rectifies:
			s.Rectify = new(slices.Equal(m.Values, []string{"1"}))
		case slices.Contains(otherwiseSet, m.Kind):
		case slices.Contains(settable, m.Kind), strings.HasPrefix(m.Kind, "X-"):
			s.Metadata[m.Kind] = m.Values
		default:
			lost = append(lost, m.Kind)
		}
	}
	slices.SortFunc(s.RRsets, func(a, b rrset) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type)) })
	slices.Sort(lost)
	return s, lost
}

// extra returns what is to be kept of an RRset of a zone beside what it serves, and whether there is anything.
func extra(r rrset) (rrset, bool) {
	e := rrset{Name: r.Name, Type: r.Type, Comments: r.Comments}
	for _, rec := range r.Records {
		if rec.Disabled {
			e.TTL, e.Records = r.TTL, append(e.Records, rec)
		}
	}
	// The API keeps no order.
	slices.SortFunc(e.Records, func(a, b record) int { return cmp.Compare(a.Content, b.Content) })
	slices.SortFunc(e.Comments, func(a, b comment) int {
		return cmp.Or(cmp.Compare(a.Modified, b.Modified), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Content, b.Content))
	})
	return e, len(e.Records)+len(e.Comments) > 0
}

// encode returns the settings of a providers.ZoneSpec.
func (s settings) encode() map[string]string {
	text, err := json.Marshal(s)
	fields := map[string]json.RawMessage{}
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		panic("powerdns: " + err.Error()) // strings, numbers and what is made of them always encode
	}
	all := make(map[string]string, len(fields))
	for name, text := range fields {
		all[name] = string(text)
	}
	return all
}

// decodeSettings is the reverse of encode. The error wraps ErrInvalid.
func decodeSettings(all map[string]string) (settings, error) {
	fields := make(map[string]json.RawMessage, len(all))
	for name, text := range all {
		fields[name] = json.RawMessage(text)
	}
	var s settings
	text, err := json.Marshal(fields)
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		err = dec.Decode(&s)
	}
	if err != nil {
		return settings{}, fmt.Errorf("%w: the settings of the zone are not those of PowerDNS: %w", providers.ErrInvalid, err)
	}
	return s, nil
}

// configure has a zone be created with the settings that it can be created with.
func (s settings) configure(z *newZone) {
	z.EditAPI, z.Edit, z.Account, z.Catalog, z.Masters, z.Rectify = &s.EditAPI, s.Edit, s.Account, &s.Catalog, s.Masters, s.Rectify
}

// tsig is the body that sets TSIG keys.
type tsig struct {
	Master []string `json:"master_tsig_key_ids,omitempty"`
	Slave  []string `json:"slave_tsig_key_ids,omitempty"`
}

// parts returns what adds the disabled records and the comments to a zone that was made with those RRsets. Each is as large as one request may be.
func (s settings) parts(made []rrset) []part {
	var groups []part
	for _, r := range s.RRsets {
		if len(r.Records) > 0 {
			r.TTL, r.Records = beside(r, made)
		}
		r.Change = "REPLACE"
		set := wireSet{of: r.Name + " " + r.Type, json: appendJSON(nil, r)}
		groups = append(groups, part{sets: []wireSet{set}, size: len(set.json) + 1})
	}
	return joinParts(groups)
}

// beside returns the TTL and the records of a disabled RRset together with what is served at its key, which would be lost otherwise.
func beside(r rrset, made []rrset) (*int64, []record) {
	i := slices.IndexFunc(made, func(m rrset) bool { return m.Name == r.Name && m.Type == r.Type })
	if i < 0 {
		return r.TTL, r.Records
	}
	all := slices.Clone(made[i].Records)
	for _, hidden := range r.Records {
		if !slices.ContainsFunc(all, func(r record) bool { return r.Content == hidden.Content }) {
			all = append(all, hidden)
		}
	}
	return made[i].TTL, all
}
