package domainfile

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/yamldoc"
)

// fromZone stands for the value that the zone has.
const fromZone = "from-zone"

// none stands for no records at all.
const none = "none"

// maxNameServers is the most name servers that registries take, as many as fit into a referral of 512 octets (RFC 1035 §2.3.4).
const maxNameServers = 13

// delegation reads what a registrar is to tell the registry.
func (r *reader) delegation(n *yaml.Node) {
	b, ok := r.block(n, "delegation", delegationKeys...)
	if !ok {
		return
	}
	d := b.declaration(providers.Delegation)
	d.Resource.Name = r.domain
	if n, ok := b.Value("name_servers"); ok && !b.fromZone(d, n, "name_servers") {
		b.nameServers(d, n)
	}
	if n, ok := b.Value("ds"); ok && !b.fromZone(d, n, "ds") {
		if text, _ := r.Resolve(n); text != nil && text.Kind == yaml.ScalarNode && text.Value == none {
			d.Resource.Fields["ds"] = ""
		} else {
			b.set(d, n, "ds", `from-zone, none, or a list such as ["12345 13 2 8A9A..."]`, canonicalDS)
		}
	}
	if n, ok := b.Value("key_data"); ok {
		b.set(d, n, "key_data", `a list such as ["257 3 13 mdsswUyr3DPW..."]`, canonicalKey)
		if _, ok := b.Value("ds"); ok {
			b.Fail(n, "ds-and-key-data", "delegation.key_data: there is a ds beside it, and a domain has either of them")
		}
	}
	b.truth(d, "transfer_lock")
	if n, ok := b.Value("contacts"); ok {
		r.contacts(d, n)
	}
	r.declare(d)
}

// fromZone reports whether the value of a field is to be that of the zone, and notes the target whose zone is meant.
func (b block) fromZone(d *Declaration, n *yaml.Node, key string) bool {
	value, ok := b.Resolve(n)
	if !ok {
		return true // as far as there is something to read
	}
	target := ""
	switch {
	case value.Kind == yaml.ScalarNode && value.Value == fromZone:
	case value.Kind == yaml.MappingNode:
		zone, ok := b.block(value, b.Label(key), fromZone)
		if !ok {
			return true
		}
		name, ok := zone.Need(fromZone, aProvider)
		if !ok {
			return true
		}
		if target, ok = b.providerName(name, zone.Label(fromZone)); !ok {
			return true
		}
	default:
		return false
	}
	if d.FromZone == nil {
		d.FromZone = map[string]string{}
	}
	d.FromZone[key] = target
	return true
}

// nameServers reads a list of name servers.
func (b block) nameServers(d *Declaration, n *yaml.Node) {
	elements, ok := b.wordsOrList(n, "name_servers", "from-zone, or a list such as [ns1.example.net, ns2.example.net]")
	if !ok {
		return
	}
	if len(elements) == 0 {
		b.Fail(n, "last-ns", "delegation.name_servers: an empty list would take the domain off the net; leave the key out where the name servers are not to be changed")
		return
	}
	var servers []string
	for _, element := range elements {
		name, ok := b.host(element, b.Label("name_servers"))
		if !ok {
			continue
		}
		if slices.Contains(servers, name.String()) {
			b.Fail(element, "duplicate-value", "delegation.name_servers: %s comes twice", name)
			continue
		}
		servers = append(servers, name.String())
	}
	switch {
	case len(elements) == 1:
		b.Warn(n, "few-name-servers", "delegation.name_servers: with one name server the domain is gone when that is: want two at least (RFC 1034 §4.1)")
	case len(servers) > maxNameServers:
		b.Fail(n, "too-many-name-servers", "delegation.name_servers: %d name servers, where a domain has %d at most", len(servers), maxNameServers)
	}
	d.Resource.Fields["name_servers"] = providers.JoinSet(servers)
}

// host reads the name of a name server (RFC 1123 §2.1).
func (r *reader) host(n *yaml.Node, what string) (zonefile.Name, bool) {
	name, ok := r.name(n, what)
	if !ok {
		return name, false
	}
	labels := strings.Split(written(name), ".")
	wrong := ""
	switch {
	case strings.Trim(labels[len(labels)-1], digits) == "":
		wrong = "looks like an address, and name servers are given by their names"
	case !isHost(labels):
		wrong = "is not the name of a host, whose labels have letters, digits and -"
	case len(labels) == 1:
		wrong = "is not a whole name, such as ns1.example.net"
	default:
		return name, true
	}
	r.Fail(n, "bad-name", "%s: %s %s", what, written(name), wrong)
	return name, false
}

// isHost reports whether labels are those of a host.
func isHost(labels []string) bool {
	return !slices.ContainsFunc(labels, func(label string) bool {
		return strings.Trim(label, letters+digits+"-") != "" || label[0] == '-' || label[len(label)-1] == '-'
	})
}

// set reads a list of records, each of which canonical brings into the form in which it is compared.
func (b block) set(d *Declaration, n *yaml.Node, key, example string, canonical func(text string) (record, weak string, err error)) {
	elements, ok := b.wordsOrList(n, key, example)
	if !ok {
		return
	}
	if len(elements) == 0 {
		b.Fail(n, "bad-value", "%s: an empty list: write ds: none if the domain is to be unsigned, and leave the key out if nothing is to be changed", b.Label(key))
		return
	}
	var records []string
	for _, element := range elements {
		text, ok := b.literal(element, b.Label(key))
		if !ok {
			continue
		}
		record, weak, err := canonical(text)
		switch {
		case err != nil:
			b.Fail(element, "bad-value", "%s: %v", b.Label(key), err)
			continue
		case slices.Contains(records, record):
			b.Fail(element, "duplicate-value", "%s: the same record comes twice", b.Label(key))
			continue
		case weak != "":
			b.Warn(element, "weak-digest", "%s: %s", b.Label(key), weak)
		}
		records = append(records, record)
	}
	d.Resource.Fields[key] = providers.JoinSet(records)
}

// wordsOrList returns the elements of a list where a word might be instead, which is why the message about another value says what can be there.
func (b block) wordsOrList(n *yaml.Node, key, wanted string) ([]*yaml.Node, bool) {
	value, ok := b.Resolve(n)
	if !ok {
		return nil, false
	}
	if value.Kind != yaml.SequenceNode {
		is := yamldoc.Shape(value)
		if value.Kind == yaml.ScalarNode && !yamldoc.IsNull(value) {
			is = shown(value.Value)
		}
		b.Fail(n, "yaml-shape", "%s: want %s, and this is %s", b.Label(key), wanted, is)
		return nil, false
	}
	return b.values(value, b.Label(key), wanted)
}

// contacts reads the ids of the people who are responsible for the domain.
func (r *reader) contacts(d *Declaration, n *yaml.Node) {
	b, ok := r.block(n, "delegation.contacts", contactKeys...)
	if !ok {
		return
	}
	for _, key := range contactKeys {
		if f, ok := b.Fields[key]; ok {
			d.Fields[key] = r.Position(f.Key)
			b.word(d, key)
		}
	}
}
