package glauca

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// domainID matches the ids of domains, which are opaque, and parts of paths: "..", which would be another path, is none.
var domainID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:~-]{0,254}$`)

// checkID returns an error if that cannot be the id of a domain.
func checkID(id string) error {
	if !domainID.MatchString(id) {
		return fmt.Errorf("%q is not the id of a domain", rest.Shorten(id, rest.ShownHead))
	}
	return nil
}

// entry is a domain of a list: which one it is, and all that the list has of it. That is read when it is wanted, so that what is odd with one domain leaves the others
// as they are.
type entry struct {
	ID     string `json:"id"`
	Domain string `json:"domain"`
	text   json.RawMessage
}

// UnmarshalJSON reads which domain it is.
func (e *entry) UnmarshalJSON(text []byte) error {
	type plain entry
	if err := readObject(text, (*plain)(e), []string{"id", "domain"}, nil); err != nil {
		return fmt.Errorf("a domain: %w", err)
	}
	e.text = bytes.Clone(text)
	return checkID(e.ID)
}

// name returns the name of the domain.
func (e entry) name() (zonefile.Name, error) { return parseDomainName(e.ID, e.Domain) }

// read returns the domain as the list has it.
func (e entry) read() (domain, error) {
	var d domain
	return d, json.Unmarshal(e.text, &d)
}
