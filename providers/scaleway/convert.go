package scaleway

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// types are the types of records that Scaleway has.
// https://www.scaleway.com/en/developers/api/domains-and-dns/#path-records-update-records-within-a-dns-zone
func types() []zonefile.Type {
	return []zonefile.Type{
		zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeALIAS, zonefile.TypeCAA, zonefile.TypeCNAME, zonefile.TypeDNAME, zonefile.TypeDS,
		zonefile.TypeHINFO, zonefile.TypeHTTPS, zonefile.TypeLOC, zonefile.TypeMX, zonefile.TypeNAPTR, zonefile.TypeNS, zonefile.TypePTR,
		zonefile.TypeRP, zonefile.TypeSRV, zonefile.TypeSSHFP, zonefile.TypeSVCB, zonefile.TypeTLSA, zonefile.TypeTXT, zonefile.TypeURI,
	}
}

// content is what the records of a zone are.
type content struct {
	zone    *zonefile.Zone
	foreign *zonefile.Zone // nil if there is nothing
	// comments are what is said of records, as far as something is.
	comments map[datum]string
}

// datum is one record of an RRset.
type datum struct {
	key   zonefile.Key
	rdata string
}

// heap is the records of one key, as they are read.
type heap struct {
	ttl     zonefile.TTL
	rdata   [][]byte
	foreign bool
}

// newContent reads the records of a zone. What cannot be read is an error that names it: left out, it would look as if it were not there.
//
// If one record of a key depends on who asks, all of that key are foreign, and so are those whose owner or type cannot be written. Where records of a key have several TTLs, theirs is the lowest.
func newContent(origin zonefile.Name, records []record) (content, error) {
	c := content{comments: map[datum]string{}}
	heaps := map[zonefile.Key]*heap{}
	for _, r := range records {
		key, rdata, err := parseRecord(origin, r)
		if err != nil {
			return content{}, fmt.Errorf("the record %q %s %q: %s",
				rest.Shorten(r.Name, shownData), rest.Shorten(r.Type, shownData), rest.Shorten(r.Data, shownData), rest.Shorten(err.Error(), scw.ShownWords))
		}
		ttl := zonefile.TTL(min(r.TTL, uint32(zonefile.MaxTTL)))
		h := heaps[key]
		if h == nil {
			h = &heap{ttl: ttl}
			heaps[key] = h
		}
		h.ttl, h.rdata = min(h.ttl, ttl), append(h.rdata, rdata)
		h.foreign = h.foreign || r.special() || foreignBy(key) != nil
		if r.Comment != nil && *r.Comment != "" {
			c.comments[datum{key, string(rdata)}] = *r.Comment
		}
	}
	zone, foreign := zonefile.NewBuilder(origin), zonefile.NewBuilder(origin)
	for key, h := range heaps {
		into := zone
		if h.foreign {
			into = foreign
		}
		for _, rdata := range h.rdata {
			if err := into.Add(key, h.ttl, rdata); err != nil {
				return content{}, fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	c.zone = zone.Zone()
	if z := foreign.Zone(); z.Len() > 0 {
		c.foreign = z
	}
	return c, nil
}

// special reports whether the answer depends on who asks, or on what a check finds, which no RRset can express.
func (r record) special() bool {
	for _, config := range [][]byte{r.GeoIP, r.HTTPService, r.Weighted, r.View} {
		if len(config) > 0 && !bytes.Equal(config, []byte("null")) {
			return true
		}
	}
	return false
}

// foreignBy returns why all records of a key are foreign, nil if that depends on what they are.
func foreignBy(key zonefile.Key) error {
	if !traits().Supports(key.Type) {
		return errors.New("zoneward has no records of this type at Scaleway")
	}
	return holdsName(key.Name)
}

// whyForeign returns why an RRset of a key is foreign.
func whyForeign(key zonefile.Key) error {
	if err := foreignBy(key); err != nil {
		return err
	}
	return errors.New("it has records whose answer depends on who asks, or on a check, which no zone file can express")
}

// parseRecord reads one record. Targets that are not absolute are an error: nobody knows what they are relative to.
func parseRecord(origin zonefile.Name, r record) (zonefile.Key, []byte, error) {
	name := origin
	if r.Name != "" {
		var err error
		if name, err = zonefile.ParseName(r.Name, origin); err != nil {
			return zonefile.Key{}, nil, err
		}
	}
	t, err := zonefile.ParseType(r.Type)
	if err != nil {
		return zonefile.Key{}, nil, err
	}
	key := zonefile.Key{Name: name, Type: t}
	if strings.ContainsRune(r.Data, '\ufffd') {
		return key, nil, errors.New("octets that are not UTF-8, which JSON cannot hold")
	}
	data := r.Data
	switch {
	case t == zonefile.TypeTXT:
		rdata, err := parseText(name, data)
		return key, rdata, err
	case t == zonefile.TypeMX && !strings.Contains(data, " ") && r.Priority != nil:
		data = strconv.FormatUint(uint64(*r.Priority), 10) + " " + data
	}
	rdata, err := zonefile.ParseRDATA(t, data, zonefile.Name{})
	return key, rdata, err
}

// formatRecords returns the records of an RRset that normalize has let through, with the comments of those that there are already.
func formatRecords(origin zonefile.Name, set zonefile.RRset, comments map[datum]string) []record {
	records := make([]record, 0, set.Len())
	for rdata := range set.RDATA() {
		r := record{Name: relative(set.Key.Name, origin), Type: set.Key.Type.String(), TTL: uint32(set.TTL)}
		r.Data, r.Priority = formatData(set.Key.Type, rdata)
		if comment, ok := comments[datum{set.Key, rdata}]; ok {
			r.Comment = &comment
		}
		records = append(records, r)
	}
	return records
}

// relative returns a name of a zone as the API has it.
func relative(name, origin zonefile.Name) string {
	if name == origin {
		return ""
	}
	return name.Relative(origin)
}

// formatData returns RDATA as it is sent. That of MX has its preference apart; that of SRV has all four numbers, as Scaleway's own clients send
// it, and TXT is plain text.
func formatData(t zonefile.Type, rdata string) (data string, priority *uint32) {
	switch t {
	case zonefile.TypeTXT:
		return strings.Join(stringsOf(rdata), ""), nil
	case zonefile.TypeMX:
		preference := uint32(rdata[0])<<8 | uint32(rdata[1])
		_, exchange, _ := strings.Cut(zonefile.FormatRDATA(t, rdata), " ")
		return exchange, &preference
	}
	return zonefile.FormatRDATA(t, rdata), nil
}
