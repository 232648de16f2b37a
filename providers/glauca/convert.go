package glauca

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// snapshot returns the domain as a resource. Whether it expires soon is as of now.
func (d domain) snapshot(now time.Time) (*providers.ResourceSnapshot, error) {
	name, err := d.name()
	if err != nil {
		return nil, err
	}
	fields, err := d.fields()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &providers.ResourceSnapshot{
		Resource: providers.Resource{Kind: providers.Delegation, Name: name, Fields: fields},
		ID:       d.ID,
		Status:   d.status(),
		Observed: d.observed(now),
	}, nil
}

// fields returns the fields of the domain as NormalizeResource has them.
func (d domain) fields() (map[string]string, error) {
	servers, err := d.servers()
	if err != nil {
		return nil, fmt.Errorf("name_servers: %w", err)
	}
	ds, keys, err := d.SecDNS.records()
	if err != nil {
		return nil, fmt.Errorf("sec_dns: %w", err)
	}
	fields := map[string]string{
		fieldNameServers:  providers.JoinSet(texts(servers)),
		fieldDS:           providers.JoinSet(texts(ds)),
		fieldKeyData:      providers.JoinSet(texts(keys)),
		fieldTransferLock: strconv.FormatBool(d.locked()),
	}
	for _, c := range d.contacts() {
		if c.id != "" && !contactID.MatchString(c.id) {
			return nil, fmt.Errorf("%s: %q is not the id of a contact", c.key, rest.Shorten(c.id, rest.ShownHead))
		}
		fields[c.field] = c.id
	}
	return fields, nil
}

// contact is a contact of a domain: what the field and the API call it, and its id, empty for nobody.
type contact struct{ field, key, id string }

func (d domain) contacts() []contact {
	return []contact{
		{fieldRegistrant, "registrant", orEmpty(d.Registrant)},
		{fieldAdmin, "admin_contact", orEmpty(d.Admin)},
		{fieldBilling, "billing_contact", orEmpty(d.Billing)},
		{fieldTech, "tech_contact", orEmpty(d.Tech)},
	}
}

// orEmpty returns a text, or the empty one for null.
func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// item is an element of a list of the API, with the text that a field has of it.
type item[T any] struct {
	text  string
	value T
}

// texts returns what a field has of items.
func texts[T any](items []item[T]) []string {
	all := make([]string, 0, len(items))
	for _, i := range items {
		all = append(all, i.text)
	}
	return all
}

// servers returns the name servers, each with its name as an absolute one in lower case.
func (d domain) servers() ([]item[nameServer], error) {
	var all []item[nameServer]
	for _, ns := range d.NameServers {
		name, err := ns.host()
		if err != nil {
			return nil, err
		}
		all = append(all, item[nameServer]{name.String(), ns})
	}
	return all, nil
}

// records returns the DS and the keys, each with its RDATA in the form that all RDATA is compared in. Of no data there are none.
func (s *secDNS) records() (ds []item[dsData], keys []item[keyData], err error) {
	if s == nil {
		return nil, nil, nil
	}
	for _, one := range s.DS {
		text, err := canonical(zonefile.TypeDS, one.rdata())
		if err != nil {
			return nil, nil, err
		}
		ds = append(ds, item[dsData]{text, one})
	}
	for _, one := range s.Keys {
		text, err := canonical(zonefile.TypeDNSKEY, one.rdata())
		if err != nil {
			return nil, nil, err
		}
		keys = append(keys, item[keyData]{text, one})
	}
	return ds, keys, nil
}

// record returns the RRset of one record, of no name, by its RDATA in presentation form.
func record(typ zonefile.Type, rdata string) (zonefile.RRset, error) {
	return zonefile.ParseRRset(zonefile.Key{Name: zonefile.Root, Type: typ}, 0, zonefile.Root, rdata)
}

// canonical returns RDATA in the form that [zonefile.RRset.Text] has it in: the digest of a DS in lower case and without spaces.
func canonical(typ zonefile.Type, rdata string) (string, error) {
	set, err := record(typ, rdata)
	if err != nil {
		return "", err
	}
	return set.Text()[0], nil
}

// parseDS is the reverse of dsData.rdata. Registries have digests in upper case.
func parseDS(rdata string) (dsData, error) {
	ds, err := zonefile.ParseDSText(rdata)
	if err != nil {
		return dsData{}, err
	}
	return dsData{KeyTag: ds.KeyTag, Algorithm: ds.Algorithm, DigestType: ds.DigestType, Digest: fmt.Sprintf("%X", ds.Digest)}, nil
}

// parseKey is the reverse of keyData.rdata.
func parseKey(rdata string) (keyData, error) {
	set, err := record(zonefile.TypeDNSKEY, rdata)
	if err != nil {
		return keyData{}, err
	}
	keys, err := zonefile.ParseDNSKEY(set)
	if err != nil {
		return keyData{}, err
	}
	k := keys[0]
	return keyData{Flags: k.Flags, Protocol: k.Protocol, Algorithm: k.Algorithm, PublicKey: base64.StdEncoding.EncodeToString(k.PublicKey)}, nil
}

// parseServer returns a new name server as the API wants to have it, among others that are there: of one kind with them, since a registry
// takes host objects, or names with their addresses (RFC 5731 §1.1).
func parseServer(others []nameServer) func(host string) (nameServer, error) {
	attributes := len(others) > 0
	for _, ns := range others {
		attributes = attributes && ns.HostObject == nil
	}
	return func(host string) (nameServer, error) {
		host = strings.TrimSuffix(host, ".")
		if attributes {
			return nameServer{HostName: &host, Addresses: []string{}}, nil
		}
		return nameServer{HostObject: &host}, nil
	}
}
