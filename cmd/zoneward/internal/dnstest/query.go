package dnstest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/zonefile"
)

// Answers that have no data.
const (
	answerNXDOMAIN = "NXDOMAIN"
	answerNODATA   = "NODATA"
)

// expectation is what a query should be answered with.
type expectation struct {
	question zonefile.Key
	nothing  string         // NXDOMAIN or NODATA, empty if there should be data
	exactly  zonefile.RRset // these and no others
	contains zonefile.RRset // these, and maybe others
	absent   zonefile.RRset // none of these
	ttl      *ttlRange      // of the RRset; nil for any
	follow   bool           // CNAMEs, to what they lead to
	through  []zonefile.Name
}

// ttlRange is the TTLs from min to max.
type ttlRange struct{ min, max zonefile.TTL }

func (r ttlRange) has(ttl zonefile.TTL) bool { return r.min <= ttl && ttl <= r.max }

func (r ttlRange) String() string {
	switch {
	case r.min == r.max:
		return fmt.Sprintf("TTL %d", r.min)
	case r.max == zonefile.MaxTTL:
		return fmt.Sprintf("TTL at least %d", r.min)
	case r.min == 0:
		return fmt.Sprintf("TTL at most %d", r.max)
	}
	return fmt.Sprintf("TTL %d to %d", r.min, r.max)
}

// line reads a test that is one line: a name, a type, and the RDATA of the one record that is there, or NXDOMAIN or NODATA.
func (d *document) line(n *yaml.Node) []check {
	name, rest, _ := strings.Cut(strings.TrimSpace(n.Value), " ")
	typ, data, _ := strings.Cut(strings.TrimSpace(rest), " ")
	data = strings.TrimSpace(data)
	if data == "" {
		d.fail(n, "yaml-shape", "want a name, a type and an answer, such as %q", "www.example.com A 192.0.2.1")
		return nil
	}
	question, ok := d.questionAt(name, typ, n)
	if !ok {
		return nil
	}
	e := expectation{question: question}
	if !d.answer(&e, []string{data}, []*yaml.Node{n}, "the answer") {
		return nil
	}
	return []check{e.check(d.Position(n))}
}

// answer reads the values of an exact answer.
func (d *document) answer(e *expectation, texts []string, nodes []*yaml.Node, what string) (ok bool) {
	for i, text := range texts {
		if text != answerNXDOMAIN && text != answerNODATA {
			continue
		}
		if len(texts) > 1 {
			d.fail(nodes[i], "bad-value", "%s: %s is the whole of an answer", what, text)
			return false
		}
		e.nothing = text
		return true
	}
	e.exactly, ok = d.setAt(e.question, texts, nodes, what)
	return ok
}

// query reads a test of kind query.
func (b block) query() []check {
	text, n, ok := b.text("query")
	if !ok {
		return nil
	}
	words := strings.Fields(text)
	if len(words) != 2 {
		b.fail(n, "bad-value", "query: want a name and a type, such as %q", "www.example.com A")
		return nil
	}
	question, ok := b.questionAt(words[0], words[1], n)
	if !ok || !b.needOne("query") {
		return nil
	}
	e := expectation{question: question}
	texts, nodes := b.list("answer")
	if len(texts) > 0 {
		b.answer(&e, texts, nodes, b.Label("answer"))
		for _, key := range []string{"contains", "absent"} {
			if other, ok := b.Value(key); ok {
				b.fail(other, "bad-value", "%s beside answer, which has all that there is", b.Label(key))
			}
		}
	}
	e.contains, _ = b.set("contains", question)
	e.absent, _ = b.set("absent", question)
	b.ttl(&e)
	b.following(&e)
	return []check{e.check(b.Position(b.Node))}
}

// ttl reads a TTL, or the least and the most that it may be.
func (b block) ttl(e *expectation) {
	n, ok := b.Value("ttl")
	if !ok {
		return
	}
	what := b.Label("ttl")
	if n, ok = b.Resolve(n); !ok {
		return
	}
	if e.nothing != "" {
		b.fail(n, "bad-value", "%s: %s has no TTL", what, e.nothing)
	}
	if n.Kind != yaml.MappingNode {
		if text, ok := b.scalar(n, what); ok {
			if ttl, ok := b.ttlAt(text, n, what); ok {
				e.ttl = &ttlRange{ttl, ttl}
			}
		}
		return
	}
	bounds, ok := b.block(n, what, "min", "max")
	if !ok {
		return
	}
	e.ttl = &ttlRange{0, zonefile.MaxTTL}
	if text, at, ok := bounds.text("min"); ok {
		e.ttl.min, _ = b.ttlAt(text, at, bounds.Label("min"))
	}
	if text, at, ok := bounds.text("max"); ok {
		e.ttl.max, _ = b.ttlAt(text, at, bounds.Label("max"))
	}
	if len(bounds.Fields) == 0 || e.ttl.min > e.ttl.max {
		b.fail(n, "bad-value", "%s: want min, max or both, and min not above max", what)
	}
}

// following reads whether CNAMEs are followed, or through which names they lead.
func (b block) following(e *expectation) {
	n, ok := b.Value("follow")
	if !ok {
		return
	}
	what := b.Label("follow")
	if resolved, ok := b.Resolve(n); ok && resolved.Kind == yaml.ScalarNode && (resolved.Value == "true" || resolved.Value == "false") {
		e.follow, _ = b.truth(resolved, what)
		if !b.has("answer", "contains", "absent", "ttl") {
			b.fail(n, "missing-key", "%s: and what is there? It wants answer, contains, absent or ttl beside, or the names that the CNAMEs lead to", what)
		}
	} else {
		e.follow = true
		texts, nodes := b.list("follow")
		for i, text := range texts {
			if name, ok := b.nameAt(text, nodes[i], what); ok {
				e.through = append(e.through, name)
			}
		}
	}
	if e.follow && e.question.Type == zonefile.TypeCNAME {
		b.fail(n, "bad-value", "%s: a query for a CNAME is answered with the CNAME itself", what)
	}
}

func (e expectation) check(at zonefile.Position) check {
	return check{at: at, subject: e.question, query: about(e.question), want: e.String(), judge: e.judge}
}

// String says what is expected.
func (e expectation) String() string {
	var parts []string
	for _, part := range []struct {
		word string
		set  zonefile.RRset
	}{{"", e.exactly}, {"contains ", e.contains}, {"none of ", e.absent}} {
		if !part.set.IsZero() {
			parts = append(parts, part.word+strings.Join(part.set.Text(), ", "))
		}
	}
	if e.nothing != "" {
		parts = append(parts, e.nothing)
	}
	if e.ttl != nil {
		parts = append(parts, e.ttl.String())
	}
	if e.through != nil {
		parts = append(parts, "by way of "+listed(e.through))
	}
	return strings.Join(parts, "; ")
}

func listed(names []zonefile.Name) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = name.String()
	}
	return strings.Join(texts, ", ")
}

func (e expectation) judge(ctx context.Context, l looker) verdict {
	if !e.follow {
		f, err := l.one(ctx, e.question)
		if err != nil {
			return verdictOn(err)
		}
		got := describe(f)
		if !f.Alias.IsZero() {
			return verdict{Failed, got + ", which is not followed without follow: true"}
		}
		return judged(e.meets(f), got)
	}
	t, err := l.follow(ctx, e.question)
	by := ""
	if t.names != nil {
		by = "by way of " + listed(t.names)
	}
	lead := e.through == nil || slices.Equal(t.names, e.through)
	switch {
	case err == nil:
		return judged(lead && e.meets(t.Finding), strings.TrimSpace(describe(t.Finding)+" "+by))
	case lead && e.leadsOnly():
		return verdict{Passed, by}
	}
	v := verdictOn(err)
	if by != "" {
		v.got += "; " + by
	}
	if !lead && !startsWith(e.through, t.names) {
		v.status = Failed // whatever comes behind it
	}
	return v
}

// leadsOnly reports whether nothing is expected of what the CNAMEs lead to.
func (e expectation) leadsOnly() bool {
	return e.through != nil && e.nothing == "" && e.exactly.IsZero() && e.contains.IsZero() && e.absent.IsZero() && e.ttl == nil
}

func startsWith(names, start []zonefile.Name) bool {
	return len(start) <= len(names) && slices.Equal(names[:len(start)], start)
}

// meets reports whether a finding is what is expected.
func (e expectation) meets(f dnsquery.Finding) bool {
	set := f.Set
	if e.nothing != "" {
		return set.IsZero() && f.NXDOMAIN == (e.nothing == answerNXDOMAIN)
	}
	for rdata := range e.contains.RDATA() {
		if !hasRDATA(set, rdata) {
			return false
		}
	}
	for rdata := range e.absent.RDATA() {
		if hasRDATA(set, rdata) {
			return false
		}
	}
	return (e.exactly.IsZero() || sameData(e.exactly, set)) && (e.ttl == nil || !set.IsZero() && e.ttl.has(set.TTL))
}

func hasRDATA(set zonefile.RRset, rdata string) bool {
	for other := range set.RDATA() {
		if other == rdata {
			return true
		}
	}
	return false
}

// sameData reports whether two RRsets have the same data. The serial of an SOA is no part of it: it is another with each change.
func sameData(a, b zonefile.RRset) bool {
	return withoutSerial(a).SameData(withoutSerial(b))
}

func withoutSerial(set zonefile.RRset) zonefile.RRset {
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		return set
	}
	soa.Serial = 0
	return soa.RRset(set.Key.Name, set.TTL)
}
