package glauca

import (
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
)

// patch is one PATCH: the fields that it writes, and its body.
type patch struct {
	fields []string
	body   map[string]any
}

// patches returns the PATCHes that give the domain the wanted values of some fields, without those that it has. Name servers and DNSSEC data are never in
// one, because registries differ in whether they take both. If one of them fails, the domain must not be left with DS that its name servers have no
// keys for: so DNSSEC data that are only taken away go first, and others last.
func (d domain) patches(wanted map[string]string, fields []string) ([]patch, error) {
	now, err := d.fields()
	if err != nil {
		return nil, err
	}
	fields = slices.DeleteFunc(slices.Clone(fields), func(field string) bool { return now[field] == wanted[field] })
	others := d.otherPatch(wanted, fields)
	servers, err := d.serverPatch(wanted, fields)
	if err != nil {
		return nil, err
	}
	secDNS, err := d.secDNSPatch(now, wanted, fields)
	if err != nil {
		return nil, err
	}
	all := []patch{others, servers, secDNS}
	if leaves(now, wanted, secDNS.fields) {
		all = []patch{others, secDNS, servers}
	}
	return slices.DeleteFunc(all, func(p patch) bool { return len(p.fields) == 0 }), nil
}

// leaves reports whether the fields, which are sets, lose elements and get none.
func leaves(now, wanted map[string]string, fields []string) bool {
	return !slices.ContainsFunc(fields, func(field string) bool {
		had := providers.SplitSet(now[field])
		return slices.ContainsFunc(providers.SplitSet(wanted[field]), func(element string) bool { return !slices.Contains(had, element) })
	})
}

// otherPatch is for the contacts and the transfer lock.
func (d domain) otherPatch(wanted map[string]string, fields []string) patch {
	p := patch{body: map[string]any{}}
	for _, c := range d.contacts() {
		if !slices.Contains(fields, c.field) {
			continue
		}
		p.fields = append(p.fields, c.field)
		if p.body[c.key] = wanted[c.field]; wanted[c.field] == "" {
			p.body[c.key] = nil // nobody
		}
	}
	if slices.Contains(fields, fieldTransferLock) {
		p.fields = append(p.fields, fieldTransferLock)
		p.body["block_transfer"] = wanted[fieldTransferLock] == "true"
	}
	return p
}

// serverPatch is for the name servers.
func (d domain) serverPatch(wanted map[string]string, fields []string) (patch, error) {
	if !slices.Contains(fields, fieldNameServers) {
		return patch{}, nil
	}
	if wanted[fieldNameServers] == "" {
		return patch{}, fmt.Errorf("%w: %s: without any the domain would be off the net", providers.ErrInvalid, fieldNameServers)
	}
	live, err := d.servers()
	if err != nil {
		return patch{}, err
	}
	servers, err := keep(live, wanted[fieldNameServers], parseServer(d.NameServers))
	return patch{[]string{fieldNameServers}, map[string]any{"name_servers": servers}}, err
}

// secDNSPatch is for the DNSSEC data: the half that is not written is kept, and so is max_sig_life. Both halves cannot be sent, so that one that
// would have to be dropped is an error.
func (d domain) secDNSPatch(now, wanted map[string]string, fields []string) (patch, error) {
	p := patch{fields: slices.DeleteFunc(slices.Clone(fields), func(field string) bool { return field != fieldDS && field != fieldKeyData })}
	if len(p.fields) == 0 {
		return patch{}, nil
	}
	half := func(field string) string {
		if slices.Contains(fields, field) {
			return wanted[field]
		}
		return now[field]
	}
	ds, keys := half(fieldDS), half(fieldKeyData)
	switch {
	case ds != "" && keys != "":
		return patch{}, fmt.Errorf("%w: a domain has either ds or key_data, and this one would have both, of which Glauca takes one: take the other away first", providers.ErrInvalid)
	case ds == "" && keys == "":
		p.body = map[string]any{"sec_dns": nil}
		return p, nil
	}
	data := secDNS{}
	if d.SecDNS != nil {
		data.MaxSigLife = d.SecDNS.MaxSigLife
	}
	liveDS, liveKeys, err := d.SecDNS.records()
	if err != nil {
		return patch{}, err
	}
	if data.DS, err = keep(liveDS, ds, parseDS); err != nil {
		return patch{}, err
	}
	if data.Keys, err = keep(liveKeys, keys, parseKey); err != nil {
		return patch{}, err
	}
	p.body = map[string]any{"sec_dns": data}
	return p, nil
}

// keep returns the elements of a set: those that are live as they are, because the server takes one that is spelled otherwise for another, and behind
// them those that are new. Of none it is nil, which is null in JSON.
func keep[T any](live []item[T], set string, parse func(text string) (T, error)) ([]T, error) {
	left := providers.SplitSet(set)
	var all []T
	for _, one := range live {
		if i := slices.Index(left, one.text); i >= 0 {
			all, left = append(all, one.value), slices.Delete(left, i, i+1)
		}
	}
	for _, text := range left {
		one, err := parse(text)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}
