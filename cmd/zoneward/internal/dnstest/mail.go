package dnstest

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
)

// mail reads a test of kind mail: one check for each of its keys.
func (b block) mail() []check {
	domain, _, ok := b.name("mail")
	if !ok || !b.needOne("mail") {
		return nil
	}
	var checks []check
	if b.has("mx") {
		e := expectation{question: zonefile.Key{Name: domain, Type: zonefile.TypeMX}}
		e.exactly, _ = b.set("mx", e.question)
		checks = append(checks, e.check(b.keyAt("mx")))
	}
	if n, ok := b.Value("spf"); ok {
		if want, ok := b.spf(n); ok {
			checks = append(checks, textCheck(b.keyAt("spf"), domain, "SPF of "+domain.String(), want.String(), want.judge(domain)))
		}
	}
	checks = append(checks, b.dkim(domain)...)
	for _, policy := range []struct {
		key, below string
		read       func(block, *yaml.Node) (tagPolicy, bool)
	}{
		{"dmarc", "_dmarc", block.dmarc},
		{"mta_sts", "_mta-sts", block.mtaSTS},
		{"tls_rpt", "_smtp._tls", block.tlsRPT},
	} {
		n, ok := b.Value(policy.key)
		if !ok {
			continue
		}
		want, ok := policy.read(b, n)
		name, below := b.below(policy.below, domain, n, b.Label(policy.key))
		if ok && below {
			checks = append(checks, textCheck(b.keyAt(policy.key), name, about(zonefile.Key{Name: name, Type: zonefile.TypeTXT}), want.String(), want.judge(name)))
		}
	}
	return checks
}

// textCheck is a check of the TXT records of a name.
func textCheck(at zonefile.Position, name zonefile.Name, query, want string, judge func(context.Context, looker) verdict) check {
	return check{at: at, subject: zonefile.Key{Name: name, Type: zonefile.TypeTXT}, query: query, want: want, judge: judge}
}

// below returns a name below a domain.
func (d *document) below(labels string, domain zonefile.Name, n *yaml.Node, what string) (zonefile.Name, bool) {
	name, err := zonefile.ParseUnicodeName(labels, domain)
	if err == nil && !name.Below(domain) { // with a dot at its end
		err = fmt.Errorf("want labels below %s, without a dot at the end", domain)
	}
	if err != nil {
		d.fail(n, "bad-name", "%s: %v", what, err)
	}
	return name, err == nil
}

// dkim reads the selectors that should have a key.
func (b block) dkim(domain zonefile.Name) (checks []check) {
	selectors, nodes := b.list("dkim")
	for i, selector := range selectors {
		name, ok := b.below(selector+"._domainkey", domain, nodes[i], b.Label("dkim"))
		if !ok {
			continue
		}
		key := zonefile.Key{Name: name, Type: zonefile.TypeTXT}
		checks = append(checks, textCheck(b.Position(nodes[i]), name, about(key), "a DKIM key", func(ctx context.Context, l looker) verdict {
			texts, err := l.texts(ctx, name)
			if err != nil {
				return verdictOn(err)
			}
			return dkimVerdict(texts)
		}))
	}
	return checks
}

// dkimVerdict says whether there is one key among the TXT records of a selector (RFC 6376 §3.6).
func dkimVerdict(texts []string) verdict {
	if len(texts) != 1 {
		return verdict{Failed, fmt.Sprintf("%s; a selector has one", recordsText(len(texts), "TXT"))}
	}
	tags, err := parseTags(texts[0])
	switch {
	case err != nil:
		return verdict{Failed, fmt.Sprintf("%s: %v", printable(texts[0]), err)}
	case tags.has("v") && (tags.value("v") != "DKIM1" || tags[0].name != "v"):
		return verdict{Failed, fmt.Sprintf("v=%s, which should be DKIM1, and come first", printable(tags.value("v")))}
	case !tags.has("p"):
		return verdict{Failed, "no p=, and so no key"}
	}
	key, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(tags.value("p")), ""))
	switch {
	case err != nil:
		return verdict{Failed, "p= is not base64"}
	case len(key) == 0:
		return verdict{Failed, "a key that is revoked (p= is empty)"}
	}
	kind := "rsa"
	if tags.has("k") {
		kind = tags.value("k")
	}
	return verdict{Passed, fmt.Sprintf("a key of type %s, of %d octets", printable(kind), len(key))}
}

func recordsText(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + " record"
	case 1:
		return "one " + what + " record"
	}
	return fmt.Sprintf("%d %s records", n, what)
}

// tagPolicy is what a record should say that is a list of tags and begins with its version.
type tagPolicy struct {
	what, version string              // "DMARC", "DMARC1"
	tags          map[string][]string // the values of tags, as a set; a tag without any may have any
	order         []string            // of the tags
	// or returns the value of a tag that is not there, empty for none.
	or func(tags tagList, name string) string
}

// add has a tag have these values, or any if there are none.
func (p *tagPolicy) add(tag string, values ...string) {
	if p.tags == nil {
		p.tags = map[string][]string{}
	}
	p.tags[tag], p.order = values, append(p.order, tag)
}

// String says what is expected.
func (p tagPolicy) String() string {
	parts := []string{"v=" + p.version}
	for _, tag := range p.order {
		if len(p.tags[tag]) > 0 {
			parts = append(parts, tag+"="+strings.Join(p.tags[tag], ","))
		} else {
			parts = append(parts, tag+"=...")
		}
	}
	return strings.Join(parts, "; ")
}

func (p tagPolicy) judge(name zonefile.Name) func(context.Context, looker) verdict {
	return func(ctx context.Context, l looker) verdict {
		texts, err := l.texts(ctx, name)
		if err != nil {
			return verdictOn(err)
		}
		texts = slices.DeleteFunc(texts, func(text string) bool { return !p.begins(text) })
		if len(texts) != 1 {
			return verdict{Failed, fmt.Sprintf("%s; there has to be one", recordsText(len(texts), p.what))}
		}
		got := printable(texts[0])
		tags, err := parseTags(texts[0])
		if err != nil {
			return verdict{Failed, fmt.Sprintf("%s: %v", got, err)}
		}
		return judged(p.meets(tags), got)
	}
}

// begins reports whether a TXT record is one of the policy: those who look for it leave out others.
func (p tagPolicy) begins(text string) bool {
	first, _, _ := strings.Cut(text, ";")
	name, value, ok := strings.Cut(first, "=")
	return ok && strings.TrimSpace(name) == "v" && strings.TrimSpace(value) == p.version
}

// meets reports whether the tags that are stated are there with those values.
func (p tagPolicy) meets(tags tagList) bool {
	for tag, want := range p.tags {
		got := tags.value(tag)
		if !tags.has(tag) && p.or != nil {
			got = p.or(tags, tag)
		}
		values := splitValues(got)
		if len(values) == 0 || len(want) > 0 && !slices.Equal(values, slices.Sorted(slices.Values(want))) {
			return false
		}
	}
	return true
}

// splitValues returns the values of a tag, which commas part, in order.
func splitValues(text string) []string {
	var values []string
	for value := range strings.SplitSeq(text, ",") {
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// policies are those that a DMARC record can ask for (RFC 7489 §6.3).
var policies = []string{"none", "quarantine", "reject"}

// dmarc reads what a DMARC record should say: its policy, or a mapping.
func (b block) dmarc(n *yaml.Node) (tagPolicy, bool) {
	p := tagPolicy{what: "DMARC", version: "DMARC1", or: func(tags tagList, name string) string {
		if name == "sp" { // RFC 7489 §6.3
			return tags.value("p")
		}
		return ""
	}}
	what := b.Label("dmarc")
	policy := func(tag, text string, at *yaml.Node, what string) {
		if !slices.Contains(policies, text) {
			b.fail(at, "bad-value", "%s: %s is not one of %s", what, quoted(text), strings.Join(policies, ", "))
		}
		p.add(tag, text)
	}
	n, ok := b.Resolve(n)
	if !ok {
		return p, false
	}
	if n.Kind != yaml.MappingNode {
		text, ok := b.scalar(n, what)
		if ok {
			policy("p", text, n, what)
		}
		return p, ok
	}
	m, ok := b.block(n, what, "policy", "subdomains", "reports")
	if !ok {
		return p, false
	}
	for _, key := range []struct{ name, tag string }{{"policy", "p"}, {"subdomains", "sp"}} {
		if text, at, ok := m.text(key.name); ok {
			policy(key.tag, text, at, m.Label(key.name))
		}
	}
	if m.has("reports") {
		texts, _ := m.list("reports")
		p.add("rua", texts...)
	}
	if len(m.Fields) == 0 {
		b.fail(n, "missing-key", "%s: want policy, subdomains or reports", what)
	}
	return p, true
}

// mtaSTS reads what the record of MTA-STS should say (RFC 8461 §3.1): its id, or true for any.
func (b block) mtaSTS(n *yaml.Node) (tagPolicy, bool) {
	p := tagPolicy{what: "MTA-STS", version: "STSv1"}
	text, ok := b.scalar(n, b.Label("mta_sts"))
	if text == "true" {
		p.add("id")
	} else {
		p.add("id", text)
	}
	return p, ok
}

// tlsRPT reads what the record of SMTP TLS reporting should say (RFC 8460 §3): where reports go, or true for anywhere.
func (b block) tlsRPT(_ *yaml.Node) (tagPolicy, bool) {
	p := tagPolicy{what: "TLS-RPT", version: "TLSRPTv1"}
	texts, _ := b.list("tls_rpt")
	if slices.Equal(texts, []string{"true"}) {
		texts = nil
	} else if texts == nil {
		return p, false
	}
	p.add("rua", texts...)
	return p, true
}
