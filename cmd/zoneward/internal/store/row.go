package store

import (
	"fmt"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// The columns of names, times and digests, see migrations: what is written, and a sql.Scanner into the value.

func nameText(n zonefile.Name) string {
	if n.IsZero() {
		return ""
	}
	return n.String()
}

type nameInto struct{ to *zonefile.Name }

func (c nameInto) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("a name is %T", src)
	}
	var err error
	*c.to, err = parseName(text)
	return err
}

func parseName(text string) (zonefile.Name, error) {
	if text == "" {
		return zonefile.Name{}, nil
	}
	return zonefile.ParseName(text, zonefile.Name{})
}

// micros loses what is below a microsecond. The zero Time comes back as it is.
func micros(t time.Time) int64 { return t.UnixMicro() }

func timeOf(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

type timeInto struct{ to *time.Time }

func (c timeInto) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is %T", src)
	}
	*c.to = timeOf(n)
	return nil
}

func digestBytes(d zonefile.Digest) []byte {
	if d.IsZero() {
		return []byte{}
	}
	return d[:]
}

type digestInto struct{ to *zonefile.Digest }

func (c digestInto) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("a digest is %T", src)
	}
	return parseDigest(b, c.to)
}

func parseDigest(b []byte, to *zonefile.Digest) error {
	switch len(b) {
	case 0:
		*to = zonefile.Digest{}
	case len(to):
		*to = zonefile.Digest(b)
	default:
		return fmt.Errorf("a digest has %d octets", len(b))
	}
	return nil
}

// rrsetOf makes an RRset of the columns of its data. Without any it is the zero RRset with that key and TTL.
func rrsetOf(key zonefile.Key, ttl zonefile.TTL, rdata []byte) (zonefile.RRset, error) {
	if len(rdata) == 0 {
		return zonefile.RRset{Key: key, TTL: ttl}, nil
	}
	return zonefile.RRsetFromRDATA(key, ttl, rdata)
}
