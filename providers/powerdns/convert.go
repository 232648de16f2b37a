package powerdns

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// content collects the RRsets of a zone as the API lists them.
type content struct {
	origin                  zonefile.Name
	live, foreign, disabled *zonefile.Builder
}

func newContent(origin zonefile.Name) *content {
	return &content{origin, zonefile.NewBuilder(origin), zonefile.NewBuilder(origin), zonefile.NewBuilder(origin)}
}

// add adds an RRset. What cannot be read is an error that names it: left out, it would look as if it were not there. The error wraps ErrBlocked, as
// it is about this zone and will be the same until somebody changes that.
func (c *content) add(r rrset) error {
	if err := c.addRRset(r); err != nil {
		return fmt.Errorf("%w: %w", providers.ErrBlocked, err)
	}
	return nil
}

func (c *content) addRRset(r rrset) error {
	if len(r.Records) == 0 {
		return nil // only comments
	}
	name, err := zonefile.ParseName(r.Name, zonefile.Name{})
	if err != nil {
		return fmt.Errorf("%s: %w", r.Type, err)
	}
	t, err := parseType(r.Type)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	key := zonefile.Key{Name: name, Type: t}
	if r.TTL == nil || *r.TTL < 0 {
		return fmt.Errorf("%s: no TTL", key)
	}
	// PowerDNS keeps TTLs above the limit of RFC 2181 §8.
	ttl := zonefile.TTL(min(*r.TTL, int64(zonefile.MaxTTL)))
	for _, rec := range r.Records {
		if err := c.addRecord(key, ttl, rec); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

var errNotUTF8 = errors.New("octets that are not UTF-8, which JSON cannot hold: write them as \\DDD in the server's database")

func (c *content) addRecord(key zonefile.Key, ttl zonefile.TTL, r record) error {
	if strings.ContainsRune(r.Content, '\ufffd') { // what encoding/json makes of them
		return errNotUTF8
	}
	rdata, err := parseContent(key.Type, r.Content)
	if err != nil {
		return err
	}
	switch {
	case r.Disabled:
		return c.disabled.Add(key, ttl, rdata)
	case key.Type.Signing():
		return c.foreign.Add(key, ttl, rdata)
	}
	return c.live.Add(key, ttl, rdata)
}

// snapshot returns the zone that was collected.
func (c *content) snapshot() (*providers.Snapshot, error) {
	s := &providers.Snapshot{Zone: c.live.Zone(), Traits: traits()}
	if z := c.foreign.Zone(); z.Len() > 0 {
		s.Foreign = z
	}
	if z := c.disabled.Zone(); z.Len() > 0 {
		s.Disabled = z
	}
	set, ok := s.Zone.Get(zonefile.Key{Name: c.origin, Type: zonefile.TypeSOA})
	if !ok {
		return s, nil
	}
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", providers.ErrBlocked, err)
	}
	s.Serial = soa.Serial
	return s, nil
}

// holds returns an error that wraps ErrUnsupported if PowerDNS cannot hold the RRset.
func holds(set zonefile.RRset) error {
	if set.Key.Type.Signing() {
		return fmt.Errorf("%w: records of this type are made by the server that signs the zone", providers.ErrUnsupported)
	}
	if err := holdsName(set.Key.Name); err != nil {
		return fmt.Errorf("%w: %w", providers.ErrUnsupported, err)
	}
	if single(set.Key.Type) && set.Len() > 1 {
		return fmt.Errorf("%w: more than one record of this type", providers.ErrUnsupported)
	}
	for rdata := range set.RDATA() {
		if err := holdsRDATA(set.Key.Type, rdata); err != nil {
			return fmt.Errorf("%w: %w", providers.ErrUnsupported, err)
		}
	}
	return nil
}

func holdsRDATA(t zonefile.Type, rdata string) error {
	if _, err := formatContent(t, rdata); err != nil {
		return err
	}
	switch t {
	case zonefile.TypeNS:
		return holdsHost(rdata, false)
	case zonefile.TypeMX:
		return holdsHost(rdata[2:], true)
	case zonefile.TypeSRV:
		return holdsHost(rdata[6:], true)
	}
	return nil
}

// holdsName returns an error if PowerDNS takes no such owner name.
func holdsName(name zonefile.Name) error {
	first := true
	for label := range labels(string(name.AppendWire(nil))) {
		if bad := strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_/"); bad != "" && (label != "*" || !first) {
			return fmt.Errorf(`%q in an owner name, where PowerDNS takes letters, digits and -_/, and * as the whole of the first label`, bad)
		}
		first = false
	}
	return nil
}

// holdsHost returns an error if PowerDNS takes no such target of NS, MX and SRV: letters, digits and hyphens, no hyphen at an end, and the
// root if that stands for none. An underscore is left to the server, which newer ones can be set to take.
func holdsHost(rdata string, none bool) error {
	if rdata == "\x00" {
		if none {
			return nil
		}
		return errors.New(`PowerDNS takes no "." here`)
	}
	for label := range labels(rdata) {
		if bad := strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_"); bad != "" {
			return fmt.Errorf("%q in the name of a host, where PowerDNS takes letters, digits and hyphens", bad)
		}
		if label[0] == '-' || label[len(label)-1] == '-' {
			return fmt.Errorf("%q in the name of a host, where PowerDNS takes no hyphen at an end", label)
		}
	}
	return nil
}

// labels gives the labels of a name in wire form, the root label not.
func labels(wire string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for wire != "" && wire[0] != 0 {
			n := 1 + int(wire[0])
			if !yield(wire[1:n]) {
				return
			}
			wire = wire[n:]
		}
	}
}

// single reports whether PowerDNS takes no more than one record of a type at a name, the disabled ones counted.
func single(t zonefile.Type) bool {
	return t == zonefile.TypeCNAME || t == zonefile.TypeDNAME || t == zonefile.TypeSOA
}

// toAPI returns what is sent for an RRset that is to have the records of enabled, and those of disabled that are not among them, without being
// served. Either may be the zero RRset.
func toAPI(key zonefile.Key, enabled, disabled zonefile.RRset) (rrset, error) {
	r := rrset{Name: nameText(key.Name), Type: typeText(key.Type), Change: "DELETE"}
	served := map[string]bool{}
	add := func(set zonefile.RRset, hidden bool) error {
		for rdata := range set.RDATA() {
			if served[rdata] {
				continue
			}
			text, err := formatContent(key.Type, rdata)
			if err != nil {
				return fmt.Errorf("%w: %s: %w", providers.ErrUnsupported, key, err)
			}
			served[rdata] = true
			r.Records = append(r.Records, record{text, hidden})
		}
		return nil
	}
	if err := add(enabled, false); err != nil {
		return rrset{}, err
	}
	if err := add(disabled, true); err != nil {
		return rrset{}, err
	}
	if len(r.Records) == 0 {
		return r, nil
	}
	if single(key.Type) && len(r.Records) > 1 && !disabled.IsZero() {
		return rrset{}, fmt.Errorf("%w: %s is there disabled with another value, and PowerDNS keeps no more than one: purge or enable that first", providers.ErrBlocked, key)
	}
	ttl := int64(enabled.TTL)
	if enabled.IsZero() {
		ttl = int64(disabled.TTL)
	}
	r.Change, r.TTL = "REPLACE", &ttl
	return r, nil
}
