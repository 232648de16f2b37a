package powerdns

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// write is a batch as it goes to the server.
type write struct {
	parts []part
	// soa is the SOA to write, or the one of the base, the zero RRset if there is none. Its serial is set for each part.
	soa       zonefile.RRset
	hiddenSOA zonefile.RRset // what is disabled beside it
	// putSOA says that the batch has the SOA. It goes with the first part.
	putSOA bool
}

// part is what is written at once.
type part struct {
	ops  []providers.Op
	sets []wireSet
	size int // octets of sets
}

// wireSet is an RRset in JSON.
type wireSet struct {
	of   string // "www.example.com. A", for errors
	json []byte
	// leaves says that nothing of it is served afterwards. Such RRsets come first: PowerDNS checks each in their order against what is there,
	// so a CNAME can follow the deletion of an A, and not come before it.
	leaves bool
}

// newWrite makes what goes to the server of a batch. An error means that it must not be sent.
func newWrite(origin zonefile.Name, batch providers.Batch) (*write, error) {
	base := batch.Base
	if err := checkSigned(base); err != nil {
		return nil, err
	}
	soaKey := zonefile.Key{Name: origin, Type: zonefile.TypeSOA}
	w := &write{}
	w.soa, _ = base.Zone.Get(soaKey)
	w.hiddenSOA = disabled(base, soaKey)
	deeds, err := deedsOf(origin, batch)
	if err != nil {
		return nil, err
	}
	var groups []part
	at := map[zonefile.Name]int{} // all of one name is written at once
	for _, d := range deeds {
		i, ok := at[d.Key.Name]
		if !ok {
			i = len(groups)
			at[d.Key.Name] = i
			groups = append(groups, part{})
		}
		groups[i].ops = append(groups[i].ops, d.Ops...)
		after, changes, err := recordsAfter(d, base)
		switch {
		case err != nil:
			return nil, err
		case !changes:
			continue
		case d.Key == soaKey && !after.enabled.IsZero():
			w.soa, w.hiddenSOA, w.putSOA = after.enabled, after.disabled, true
			continue
		}
		r, err := toAPI(d.Key, after.enabled, after.disabled)
		if err != nil {
			return nil, err
		}
		set := wireSet{d.Key.String(), appendJSON(nil, r), after.enabled.IsZero()}
		groups[i].sets = append(groups[i].sets, set)
		groups[i].size += len(set.json) + 1
	}
	for i := range groups {
		if err := checkTogether(base.Zone, groups[i].ops); err != nil {
			return nil, err
		}
	}
	w.parts = joinParts(apexFirst(groups, origin)) // an SOA goes with the first part
	return w, nil
}

// checkSigned returns an error for a zone whose signatures are stored, because a change would leave it with wrong ones.
func checkSigned(base *providers.Snapshot) error {
	if base.Foreign == nil {
		return nil
	}
	for set := range base.Foreign.All() {
		if set.Key.Type == zonefile.TypeRRSIG {
			return fmt.Errorf("%w: its signatures were made elsewhere (%s is stored), and a change would make them wrong", providers.ErrBlocked, set.Key)
		}
	}
	return nil
}

// checkTogether returns an error if the operations at one name leave a CNAME beside other data, so that afterwards the same words of the
// server mean that there is something that the base has not.
func checkTogether(base *zonefile.Zone, ops []providers.Op) error {
	name := ops[0].Change.Key().Name
	types := map[zonefile.Type]bool{}
	for set := range base.At(name) {
		types[set.Key.Type] = true
	}
	for _, op := range ops {
		switch t := op.Change.Key().Type; {
		case op.Verb == providers.Purge:
		case op.Change.New != nil:
			types[t] = true
		default:
			delete(types, t)
		}
	}
	if types[zonefile.TypeCNAME] && len(types) > 1 {
		return fmt.Errorf("%w: %s would have a CNAME and other data (RFC 1034 §3.6.2)", providers.ErrInvalid, name)
	}
	return nil
}

// appendJSON appends r without the escapes that only HTML needs.
func appendJSON(dst []byte, r rrset) []byte {
	b := bytes.NewBuffer(dst)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		panic("powerdns: " + err.Error()) // strings and numbers always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// apexFirst moves the group of the apex, if there is one, to the front.
func apexFirst(groups []part, origin zonefile.Name) []part {
	apex := slices.IndexFunc(groups, func(g part) bool { return g.ops[0].Change.Key().Name == origin })
	if apex > 0 {
		groups = slices.Concat(groups[apex:apex+1], groups[:apex], groups[apex+1:])
	}
	return groups
}

// joinParts makes parts of the groups, each as large as one request may be.
func joinParts(groups []part) []part {
	var parts []part
	for _, g := range groups {
		last := len(parts) - 1
		if last < 0 || parts[last].size+g.size > maxPatch {
			parts = append(parts, part{})
			last++
		}
		p := &parts[last]
		p.ops, p.sets, p.size = append(p.ops, g.ops...), append(p.sets, g.sets...), p.size+g.size
	}
	for _, p := range parts {
		slices.SortStableFunc(p.sets, func(a, b wireSet) int {
			switch {
			case a.leaves == b.leaves:
				return 0
			case a.leaves:
				return -1
			}
			return 1
		})
	}
	return parts
}

// body returns the body of the request for a part. The SOA goes along if it is not the zero RRset.
func (p part) body(soa rrset) []byte {
	b := make([]byte, 0, p.size+1024)
	b = append(b, `{"rrsets":[`...)
	for i, set := range p.sets {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, set.json...)
	}
	if soa.Name != "" {
		if len(p.sets) > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, soa)
	}
	return append(b, "]}"...)
}
