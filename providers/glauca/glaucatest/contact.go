package glaucatest

import (
	"cmp"
	"net/http"
)

// Contact is a person or a department, https://docs.glauca.digital/domains/api/objects/contacts/. The fake has no writes of them.
type Contact struct {
	ID          string // empty for a new one
	Account     string // empty for Server.Account
	Description string
	Email       string
	Phone       string
	EntityType  string // empty for not_set
	Address     string // id of a ContactAddress, empty for a new one
}

// ContactAddress is a place, https://docs.glauca.digital/domains/api/objects/contact_addresses/.
type ContactAddress struct {
	ID                                                                 string // empty for a new one
	Account                                                            string // empty for Server.Account
	Description, Name, Organisation, Street, City, PostalCode, Country string
}

type contactJSON struct {
	URL           string  `json:"url"`
	ID            string  `json:"id"`
	Description   string  `json:"description"`
	Address       string  `json:"local_address"`
	AddressURL    string  `json:"local_address_url"`
	International *string `json:"int_address"`
	IntURL        *string `json:"int_address_url"`
	Phone         *string `json:"phone"`
	PhoneExt      *string `json:"phone_ext"`
	Fax           *string `json:"fax"`
	FaxExt        *string `json:"fax_ext"`
	Email         string  `json:"email"`
	EntityType    string  `json:"entity_type"`
	TradingName   *string `json:"trading_name"`
	Company       *string `json:"company_number"`
	DisclosePhone bool    `json:"disclose_phone"`
	DiscloseFax   bool    `json:"disclose_fax"`
	DiscloseEmail bool    `json:"disclose_email"`
}

type addressJSON struct {
	URL             string  `json:"url"`
	ID              string  `json:"id"`
	Description     string  `json:"description"`
	Name            string  `json:"name"`
	Organisation    *string `json:"organisation"`
	Street1         string  `json:"street_1"`
	Street2         *string `json:"street_2"`
	Street3         *string `json:"street_3"`
	City            string  `json:"city"`
	Province        *string `json:"province"`
	PostalCode      *string `json:"postal_code"`
	Country         string  `json:"country_code"`
	Birthday        *string `json:"birthday"`
	Identity        *string `json:"identity_number"`
	DiscloseName    bool    `json:"disclose_name"`
	DiscloseOrg     bool    `json:"disclose_organisation"`
	DiscloseAddress bool    `json:"disclose_address"`
}

// AddContact returns the id of a new contact.
func (s *Server) AddContact(c Contact) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ID == "" {
		c.ID = s.newID("contact")
	}
	c.Account = cmp.Or(c.Account, s.Account)
	c.EntityType = cmp.Or(c.EntityType, "not_set")
	if c.Address == "" {
		c.Address = s.addAddress(ContactAddress{Account: c.Account, Description: c.Description, Name: c.Description})
	}
	s.contacts = append(s.contacts, &c)
	return c.ID
}

// AddAddress returns the id of a new address of contacts.
func (s *Server) AddAddress(a ContactAddress) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addAddress(a)
}

func (s *Server) addAddress(a ContactAddress) string {
	if a.ID == "" {
		a.ID = s.newID("contact_address")
	}
	a.Account = cmp.Or(a.Account, s.Account)
	s.addresses = append(s.addresses, &a)
	return a.ID
}

// contactID reads the id of a contact that a domain is to have.
func (s *Server) contactID(c *call, v any) (string, any) {
	id, ok := v.(string)
	if !ok {
		return "", say("Incorrect type. Expected pk value, received %s.", pythonType(v))
	}
	contact := find(s.contacts, func(contact *Contact) bool { return contact.ID == id })
	switch {
	case contact == nil:
		return "", say("Invalid pk %q - object does not exist.", id)
	case contact.Account != c.token.Account:
		return "", say("you don't have permission to reference this object")
	}
	return id, nil
}

func (s *Server) contactJSON(c *call, contact *Contact) contactJSON {
	return contactJSON{
		URL: s.address(c, "contacts", contact.ID), ID: contact.ID, Description: contact.Description,
		Address: contact.Address, AddressURL: s.address(c, "contact_addresses", contact.Address),
		Phone: orNull(contact.Phone), Email: contact.Email, EntityType: contact.EntityType,
	}
}

func (s *Server) addressJSON(c *call, a *ContactAddress) addressJSON {
	return addressJSON{
		URL: s.address(c, "contact_addresses", a.ID), ID: a.ID, Description: a.Description, Name: a.Name, Organisation: orNull(a.Organisation),
		Street1: a.Street, City: a.City, PostalCode: orNull(a.PostalCode), Country: a.Country,
	}
}

// orNull returns null for an empty text.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// Lists of contacts and of addresses are always pages: they are the framework's own.

func (s *Server) listContacts(c *call) (reply, error) {
	var all []any
	for _, contact := range s.contacts {
		if contact.Account == c.token.Account {
			all = append(all, s.contactJSON(c, contact))
		}
	}
	return s.list(c, all, true)
}

func (s *Server) listAddresses(c *call) (reply, error) {
	var all []any
	for _, a := range s.addresses {
		if a.Account == c.token.Account {
			all = append(all, s.addressJSON(c, a))
		}
	}
	return s.list(c, all, true)
}

// A contact of another account is not found, unlike a domain of another account.

func (s *Server) getContact(c *call) (reply, error) {
	contact := find(s.contacts, func(contact *Contact) bool { return contact.ID == c.id && contact.Account == c.token.Account })
	if contact == nil {
		return reply{}, notFound()
	}
	return reply{status: http.StatusOK, body: s.contactJSON(c, contact)}, nil
}

func (s *Server) getAddress(c *call) (reply, error) {
	a := find(s.addresses, func(a *ContactAddress) bool { return a.ID == c.id && a.Account == c.token.Account })
	if a == nil {
		return reply{}, notFound()
	}
	return reply{status: http.StatusOK, body: s.addressJSON(c, a)}, nil
}
