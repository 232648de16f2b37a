package domainfile

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// The keys of a file, and of a declaration of each kind.
var (
	fileKeys       = []string{"domain", "delegation", "mail", "apps", "ownership"}
	delegationKeys = []string{"provider", "name_servers", "ds", "key_data", "transfer_lock", "contacts"}
	contactKeys    = []string{"registrant", "admin", "billing", "tech"}
	mailKeys       = []string{"provider", "name", "region", "project", "autoconfig", "publish", "ttl"}
	appKeys        = []string{"provider", "app", "name", "canonical", "letsencrypt", "certificate", "publish", "ttl"}
	ownershipKeys  = []string{"of", "publish_at"}
)

// The outputs that a declaration can have published.
var (
	mailOutputs = []string{"dkim", "dmarc", "mx"}
	appOutputs  = []string{"acme", "cname"}
)

// defaultMailRegion is where a domain sends mail if the file does not say it, since there is one such region
// (https://www.scaleway.com/en/developers/api/transactional-email/).
const defaultMailRegion = "fr-par"

// aProvider says in a message what a key is that names one.
const aProvider = "the name of one under providers: in the configuration"

// readTop reads the top of the document, nil if there is none.
func (r *reader) readTop(top *yaml.Node) {
	if top == nil {
		r.Find(zonefile.Position{File: r.file.Path}, "empty-file", zonefile.Error, "the file is empty: where a domain has nothing beside its zones there is no such file")
		return
	}
	b, ok := r.block(top, "the file", fileKeys...)
	if !ok {
		return
	}
	b.What = "" // it goes without saying from here on
	var declared zonefile.Name
	at := b.Node
	if n, ok := b.Need("domain", "the one that the file is of"); ok {
		at = n
		declared, _ = r.domainName(n, "domain")
	}
	r.domain = r.checkName(declared, at)
	if n, ok := b.Value("delegation"); ok {
		r.delegation(n)
	}
	read := 0
	for _, kind := range []struct {
		key  string
		read func(*yaml.Node)
	}{{"mail", r.mail}, {"apps", r.app}} {
		n, ok := b.Value(kind.key)
		if !ok {
			continue
		}
		elements, _ := r.list(n, kind.key, "[{provider: ...}]")
		for _, element := range elements {
			if read++; read > r.opts.Limits.Declarations {
				r.Fail(element, "too-many-declarations", "more than %d resources in one file, which is the limit; those from here on are not read", r.opts.Limits.Declarations)
				break
			}
			kind.read(element)
		}
	}
	if n, ok := b.Value("ownership"); ok {
		r.ownership(n)
	}
	if len(r.file.Declarations) == 0 && r.file.Proof == nil && r.Errors() == 0 {
		r.Warn(b.Node, "empty-file", "the file declares nothing beside the zone of %s", r.domain)
	}
}

// mail reads a name that sends mail.
func (r *reader) mail(n *yaml.Node) {
	b, ok := r.block(n, "mail", mailKeys...)
	if !ok {
		return
	}
	d := b.declaration(providers.Mail)
	d.Resource.Name = r.domain
	if n, ok := b.Value("name"); ok {
		d.Resource.Name = b.nameInDomain(n)
		if d.Resource.Name.IsWildcard() {
			b.Fail(n, "bad-name", "mail.name: %s has a wildcard: mail is sent from one name", d.Resource.Name)
		}
	}
	b.word(d, "region")
	if _, ok := b.Value("region"); !ok {
		d.Resource.Fields["region"] = defaultMailRegion
	}
	b.Need("project", "the id of the project that it belongs to")
	b.word(d, "project")
	b.truth(d, "autoconfig")
	b.publications(d, mailOutputs)
	if n, ok := b.Value("publish"); ok && len(d.Publish) > 0 && d.Resource.Fields["autoconfig"] == "true" {
		b.Fail(n, "two-writers", "mail.publish: with autoconfig the provider writes these records itself: have either of them")
	}
	r.declare(d)
}

// app reads a name of an application.
func (r *reader) app(n *yaml.Node) {
	b, ok := r.block(n, "apps", appKeys...)
	if !ok {
		return
	}
	d := b.declaration(providers.App)
	if n, ok := b.Need("name", "a whole name, such as "+r.exampleName()); ok {
		d.Resource.Name = b.nameInDomain(n)
	}
	b.Need("app", "the name of an application")
	b.word(d, "app")
	b.truth(d, "canonical")
	b.truth(d, "letsencrypt")
	b.secret(d, "certificate")
	b.publications(d, appOutputs)
	r.declare(d)
}

// ownership reads where the domain is proved.
func (r *reader) ownership(n *yaml.Node) {
	b, ok := r.block(n, "ownership", ownershipKeys...)
	if !ok {
		return
	}
	proof := Proof{Position: r.Position(b.Node)}
	for _, key := range []struct {
		name string
		to   *string
	}{{"of", &proof.Of}, {"publish_at", &proof.PublishAt}} {
		if n, ok := b.Need(key.name, aProvider); ok {
			*key.to, _ = r.providerName(n, b.Label(key.name))
		}
	}
	if proof.Of == "" || proof.PublishAt == "" {
		return
	}
	if proof.Of == proof.PublishAt {
		n, _ := b.Value("publish_at")
		r.Fail(n, "proof-circle", "ownership.publish_at: the target %s cannot publish the record by which it is to be proved that it may serve the domain: name the target that serves it now", proof.Of)
	}
	r.file.Proof = &proof
}

// declaration returns what all kinds of declaration have.
func (b block) declaration(kind providers.ResourceKind) *Declaration {
	d := &Declaration{
		Resource: providers.Resource{Kind: kind, Fields: map[string]string{}},
		Position: b.Position(b.Node),
		Fields:   map[string]zonefile.Position{},
	}
	for key, f := range b.Fields {
		d.Fields[key] = b.Position(f.Key)
	}
	if n, ok := b.Need("provider", aProvider); ok {
		d.Provider, _ = b.providerName(n, b.Label("provider"))
	}
	return d
}

// declare adds a declaration to the file, if it is known what it is of.
func (r *reader) declare(d *Declaration) {
	if d.Provider != "" && !d.Resource.Name.IsZero() {
		r.file.Declarations = append(r.file.Declarations, *d)
	}
}

// publications reads which outputs go to the zone, and with which TTL.
func (b block) publications(d *Declaration, outputs []string) {
	if n, ok := b.Value("publish"); ok {
		elements, _ := b.values(n, b.Label("publish"), "["+outputs[0]+"]")
		for _, element := range elements {
			b.publication(d, element, outputs)
		}
	}
	n, ok := b.Value("ttl")
	if !ok {
		return
	}
	if text, ok := b.literal(n, b.Label("ttl")); ok {
		ttl, err := zonefile.ParseTTL(text)
		switch {
		case err != nil:
			b.Fail(n, "bad-value", "%s: %s is %v", b.Label("ttl"), shown(text), err)
		case ttl == 0:
			b.Fail(n, "bad-value", "%s: 0 would have every resolver ask each time: want at least 1s", b.Label("ttl"))
		}
		d.TTL = ttl
	}
	if _, ok := b.Value("publish"); !ok {
		b.Warn(n, "unused-ttl", "%s: nothing is published, so there is nothing that it is the TTL of", b.Label("ttl"))
	}
}

// publication reads one output that goes to the zone.
func (b block) publication(d *Declaration, n *yaml.Node, outputs []string) {
	output, ok := b.literal(n, b.Label("publish"))
	switch {
	case !ok:
	case output == "spf" && d.Resource.Kind == providers.Mail:
		b.Fail(n, "spf-not-published", "mail.publish: a name may have one SPF record only, so that it is written in the zone file: zoneward checks that it has the include: which the provider wants")
	case !slices.Contains(outputs, output):
		b.Fail(n, "unknown-output", "%s: %s is nothing that can be published; %s", b.Label("publish"), shown(output), suggest(output, outputs))
	case slices.ContainsFunc(d.Publish, func(p Publication) bool { return p.Output == output }):
		b.Fail(n, "duplicate-value", "%s: %s comes twice", b.Label("publish"), output)
	default:
		d.Publish = append(d.Publish, Publication{output, b.Position(n)})
	}
}
