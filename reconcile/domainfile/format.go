package domainfile

import (
	"bytes"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Format writes the file of a domain. [Parse] reads the same declarations in it, if f has none that it would refuse: fields of a resource that no file can have
// are left out, and so are comments. A secret is written as its reference, and the value of another reference as it is. A file has one text, whatever the order
// of its declarations is.
func Format(f *File) []byte {
	top := mapping()
	put(top, "domain", text(written(f.Domain)))
	var mail, apps []*yaml.Node
	for _, d := range slices.SortedStableFunc(slices.Values(f.Declarations), Declaration.compare) {
		switch d.Resource.Kind {
		case providers.Delegation:
			put(top, "delegation", formatDelegation(d))
		case providers.Mail:
			mail = append(mail, formatMail(f.Domain, d))
		case providers.App:
			apps = append(apps, formatApp(d))
		}
	}
	if len(mail) > 0 {
		put(top, "mail", sequence(mail))
	}
	if len(apps) > 0 {
		put(top, "apps", sequence(apps))
	}
	if f.Proof != nil {
		ownership := mapping()
		put(ownership, "of", text(f.Proof.Of))
		put(ownership, "publish_at", text(f.Proof.PublishAt))
		put(top, "ownership", ownership)
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	// A buffer takes all, and the nodes are of kinds that can be written.
	if err := encoder.Encode(top); err != nil {
		panic("domainfile: " + err.Error())
	}
	return out.Bytes()
}

func formatDelegation(d Declaration) *yaml.Node {
	n := formatDeclaration(d)
	for _, key := range []string{"name_servers", "ds", "key_data"} {
		if target, ok := d.FromZone[key]; ok {
			put(n, key, formatFromZone(target))
		} else if value, ok := d.Resource.Fields[key]; ok {
			put(n, key, formatSet(value))
		}
	}
	putField(n, d, "transfer_lock")
	contacts := mapping()
	for _, key := range contactKeys {
		putField(contacts, d, key)
	}
	if len(contacts.Content) > 0 {
		put(n, "contacts", contacts)
	}
	return n
}

func formatMail(domain zonefile.Name, d Declaration) *yaml.Node {
	n := formatDeclaration(d)
	if d.Resource.Name != domain {
		put(n, "name", text(written(d.Resource.Name)))
	}
	for _, key := range []string{"region", "project", "autoconfig"} {
		putField(n, d, key)
	}
	putPublished(n, d)
	return n
}

func formatApp(d Declaration) *yaml.Node {
	n := formatDeclaration(d)
	putField(n, d, "app")
	put(n, "name", text(written(d.Resource.Name)))
	putField(n, d, "canonical")
	putField(n, d, "letsencrypt")
	if secret, ok := d.Resource.Secrets["certificate"]; ok {
		put(n, "certificate", quoted(secret.Reference))
	}
	putPublished(n, d)
	return n
}

// putPublished puts what goes to the zone.
func putPublished(n *yaml.Node, d Declaration) {
	if len(d.Publish) > 0 {
		var outputs []*yaml.Node
		for _, p := range d.Publish {
			outputs = append(outputs, text(p.Output))
		}
		put(n, "publish", inOneLine(sequence(outputs)))
	}
	if d.TTL != 0 {
		put(n, "ttl", plain(d.TTL.String()))
	}
}

// putField puts a field that is a single value, if the resource has it.
func putField(n *yaml.Node, d Declaration, key string) {
	value, ok := d.Resource.Fields[key]
	switch {
	case !ok || value == "":
	case refers(value):
		put(n, key, quoted(value))
	case value == "true" || value == "false":
		put(n, key, plain(value))
	default:
		put(n, key, text(value))
	}
}

// formatSet returns a list, and the word for an empty one.
func formatSet(value string) *yaml.Node {
	var elements []*yaml.Node
	for _, element := range providers.SplitSet(value) {
		elements = append(elements, text(element))
	}
	if elements == nil {
		return text(none)
	}
	return sequence(elements)
}

func formatFromZone(target string) *yaml.Node {
	if target == "" {
		return text(fromZone)
	}
	n := mapping()
	put(n, fromZone, text(target))
	return inOneLine(n)
}

// formatDeclaration returns what each declaration begins with.
func formatDeclaration(d Declaration) *yaml.Node {
	n := mapping()
	put(n, "provider", text(d.Provider))
	return n
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func sequence(elements []*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Content: elements}
}

// inOneLine has a mapping or list written between brackets.
func inOneLine(n *yaml.Node) *yaml.Node {
	n.Style = yaml.FlowStyle
	return n
}

// put appends a key and its value to a mapping.
func put(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, text(key), value)
}

// text returns a text, which is written between quotes where YAML would take it for something else. Octets that are no UTF-8 cannot be in YAML: U+FFFD is in
// their place.
func text(value string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: strings.ToValidUTF8(value, "\ufffd")}
	if strings.Contains(value, "\n") {
		n.Style = yaml.DoubleQuotedStyle // the encoder loses a line feed at the beginning otherwise
	}
	return n
}

// quoted returns a text between quotes.
func quoted(value string) *yaml.Node {
	n := text(value)
	n.Style = yaml.DoubleQuotedStyle
	return n
}

// plain returns a value that is written as it is.
func plain(value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: value} }
