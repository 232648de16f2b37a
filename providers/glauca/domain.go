package glauca

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// domain is a domain as the API has it, https://docs.glauca.digital/domains/api/objects/domains/. The authorization code is left out: it is a secret.
type domain struct {
	ID          string       `json:"id"`
	Domain      string       `json:"domain"`
	Statuses    []string     `json:"statuses"`
	Deleted     bool         `json:"deleted"`
	Registrant  *string      `json:"registrant"`
	Admin       *string      `json:"admin_contact"`
	Billing     *string      `json:"billing_contact"`
	Tech        *string      `json:"tech_contact"`
	NameServers []nameServer `json:"name_servers"`
	GraceStates []string     `json:"rgp_state"`
	SecDNS      *secDNS      `json:"sec_dns"`

	Created         *moment `json:"created"`
	Expiry          *moment `json:"expiry"`
	LastUpdated     *moment `json:"last_updated"`
	LastTransferred *moment `json:"last_transferred"`

	// fromList says why what the list has of it counts, empty if it was asked for by its id.
	fromList string
}

// UnmarshalJSON reads a domain. One that lacks what counts is an error: without sec_dns it would look as if it were not signed.
func (d *domain) UnmarshalJSON(text []byte) error {
	type plain domain
	err := readObject(text, (*plain)(d),
		[]string{"id", "domain", "statuses", "deleted", "name_servers", "rgp_state"},
		[]string{"registrant", "admin_contact", "billing_contact", "tech_contact", "sec_dns"})
	switch {
	case err != nil && d.Domain != "":
		return fmt.Errorf("domain %q: %w", d.Domain, err)
	case err != nil:
		return fmt.Errorf("a domain: %w", err)
	}
	return nil
}

// name returns the name of the domain.
func (d domain) name() (zonefile.Name, error) { return parseDomainName(d.ID, d.Domain) }

func parseDomainName(id, text string) (zonefile.Name, error) {
	name, err := zonefile.ParseUnicodeName(text, zonefile.Root)
	if err != nil {
		return zonefile.Name{}, fmt.Errorf("the domain with the id %q: %w", id, err)
	}
	return name, nil
}

// locked reports whether the domain cannot be moved to another registrar.
func (d domain) locked() bool { return has(d.Statuses, "client_transfer_prohibited") }

// nameServer is one name server: either a host object, or the name of a host with its addresses (RFC 5731 §1.1).
type nameServer struct {
	HostObject *string  `json:"host_object"`
	HostName   *string  `json:"host_name"`
	Addresses  []string `json:"addresses"`
}

// host returns the name of the name server.
func (n nameServer) host() (zonefile.Name, error) {
	for _, text := range []*string{n.HostObject, n.HostName} {
		if text != nil && *text != "" {
			return zonefile.ParseUnicodeName(*text, zonefile.Root)
		}
	}
	return zonefile.Name{}, errors.New("a name server without a name")
}

// secDNS is the DNSSEC data of a domain (RFC 5910): DS data or key data.
type secDNS struct {
	MaxSigLife json.RawMessage `json:"max_sig_life"`
	DS         []dsData        `json:"ds_data"`
	Keys       []keyData       `json:"key_data"`
}

// UnmarshalJSON reads the data. Without one of the halves it would look as if that were empty.
func (s *secDNS) UnmarshalJSON(text []byte) error {
	type plain secDNS
	if err := readObject(text, (*plain)(s), nil, []string{"max_sig_life", "ds_data", "key_data"}); err != nil {
		return fmt.Errorf("sec_dns: %w", err)
	}
	return nil
}

// dsData is the data of a DS record, and maybe of the key that it is of.
type dsData struct {
	KeyTag     uint16   `json:"key_tag"`
	Algorithm  uint8    `json:"algorithm"`
	DigestType uint8    `json:"digest_type"`
	Digest     string   `json:"digest"`
	Key        *keyData `json:"key_data"`
}

// UnmarshalJSON reads a DS, of which nothing may be missing.
func (d *dsData) UnmarshalJSON(text []byte) error {
	type plain dsData
	return readObject(text, (*plain)(d), []string{"key_tag", "algorithm", "digest_type", "digest"}, nil)
}

// rdata returns the RDATA in presentation form. The digest is as the registry spells it.
func (d dsData) rdata() string {
	return fmt.Sprintf("%d %d %d %s", d.KeyTag, d.Algorithm, d.DigestType, d.Digest)
}

// keyData is the data of a DNSKEY record.
type keyData struct {
	Flags     uint16 `json:"flags"`
	Protocol  uint8  `json:"protocol"`
	Algorithm uint8  `json:"algorithm"`
	PublicKey string `json:"public_key"`
}

// UnmarshalJSON reads a key, of which nothing may be missing.
func (k *keyData) UnmarshalJSON(text []byte) error {
	type plain keyData
	return readObject(text, (*plain)(k), []string{"flags", "protocol", "algorithm", "public_key"}, nil)
}

// rdata returns the RDATA in presentation form.
func (k keyData) rdata() string {
	return fmt.Sprintf("%d %d %d %s", k.Flags, k.Protocol, k.Algorithm, k.PublicKey)
}

// readObject reads an object into v. It is an error if one of the values is missing or null, or one of the nullable ones is missing.
func readObject(text []byte, v any, values, nullable []string) error {
	if err := json.Unmarshal(text, v); err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	var missing []string
	for _, name := range slices.Concat(values, nullable) {
		value, ok := fields[name]
		if !ok || string(value) == "null" && slices.Contains(values, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("without %s", strings.Join(missing, ", "))
	}
	return nil
}
