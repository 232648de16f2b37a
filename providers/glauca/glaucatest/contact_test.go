package glaucatest_test

import (
	"testing"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

// Contacts are pages whatever lists of domains are, and another account's are not found.
func TestContacts(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	address := s.AddAddress(glaucatest.ContactAddress{Name: "Barbara Davis", City: "Test City", Country: "GB"})
	s.AddContact(glaucatest.Contact{Description: "Barbara Davis", Email: "barbara.davis@example.net", Address: address})
	s.AddContact(glaucatest.Contact{Account: "other"})
	list := c.want(200, "GET", "/api/contacts/", "")
	if list.at("count") != "2" || list.at("results", 1, "email") != `"barbara.davis@example.net"` || list.at("results", 1, "entity_type") != `"not_set"` {
		t.Errorf("list %s", list.text)
	}
	if got := c.want(200, "GET", "/api/contacts/contact_2/", "").at("local_address"); got != `"`+address+`"` {
		t.Errorf("the address is %s", got)
	}
	if got := c.want(200, "GET", "/api/contact_addresses/"+address+"/", ""); got.at("city") != `"Test City"` || got.at("street_2") != "null" {
		t.Errorf("address %s", got.text)
	}
	if got := c.want(200, "GET", "/api/contact_addresses/?limit=1", "").at("count"); got != "2" {
		t.Errorf("%s addresses", got)
	}
	c.want(404, "GET", "/api/contacts/contact_3/", "")
	c.want(404, "GET", "/api/contact_addresses/contact_address_3/", "")
	c.want(405, "PATCH", "/api/contacts/contact_2/", "{}")
}
