package document

import (
	"fmt"

	"github.com/zoneward/zoneward/zonefile"
)

// RRset is an RRset as in a plan: its key stands beside it, and RDATA is in presentation form with absolute names.
type RRset struct {
	TTL     zonefile.TTL `json:"ttl"`
	Records []string     `json:"records"`
}

// OfRRset returns nil for none.
func OfRRset(set *zonefile.RRset) *RRset {
	if set == nil || set.IsZero() {
		return nil
	}
	return &RRset{set.TTL, set.Text()}
}

// RRset is the reverse of OfRRset.
func (s *RRset) RRset(key zonefile.Key) (*zonefile.RRset, error) {
	if s == nil {
		return nil, nil
	}
	set, err := zonefile.ParseRRset(key, s.TTL, zonefile.Name{}, s.Records...)
	if err != nil {
		return nil, err
	}
	return &set, nil
}

// OfType returns the type of a key, empty for the key of something that is no RRset.
func OfType(key zonefile.Key) string {
	if key.Type == 0 {
		return ""
	}
	return key.Type.String()
}

// noName is what a name is in documents that always have one, where it is not known yet.
var noName = zonefile.Name{}.String()

// keyOf reads a name and a type, either of which may be missing.
func keyOf(name, typ string) (key zonefile.Key, err error) {
	if name != noName {
		if key.Name, err = ParseName(name); err != nil {
			return key, err
		}
	}
	if typ == "" {
		return key, nil
	}
	if key.Type, err = zonefile.ParseType(typ); err != nil {
		return key, fmt.Errorf("%s: %w", name, err)
	}
	return key, nil
}
