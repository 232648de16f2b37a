package dnstest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// nobody is the value of issue and issuewild that says that no certification authority may issue.
const nobody = "none"

// authorization is what the CAA records that count for a name should say (RFC 8659 §4).
type authorization struct {
	name zonefile.Name
	want map[string][]string // by tag: the values, in order; none for a tag that has to be there and authorize nobody
}

// caa reads a test of kind caa.
func (b block) caa() []check {
	name, _, ok := b.name("caa")
	if !ok || !b.needOne("caa") {
		return nil
	}
	a := authorization{name: name, want: map[string][]string{}}
	for _, tag := range kindKeys["caa"] {
		texts, nodes := b.list(tag)
		if len(texts) == 0 {
			continue
		}
		if slices.Equal(texts, []string{nobody}) && tag != "iodef" {
			texts = nil
		}
		for i, text := range texts {
			if tag != "iodef" && strings.ContainsAny(text, "; ") {
				b.fail(nodes[i], "bad-value", "%s: want the domain name of a certification authority, without parameters, or %s alone", b.Label(tag), nobody)
			}
			texts[i] = strings.ToLower(text)
		}
		slices.Sort(texts)
		a.want[tag] = texts
	}
	key := zonefile.Key{Name: name, Type: zonefile.TypeCAA}
	return []check{{at: b.Position(b.Node), subject: key, query: about(key), want: a.String(), judge: a.judge}}
}

// String says what is expected.
func (a authorization) String() string { return tagsText(a.want) }

func tagsText(tags map[string][]string) string {
	var parts []string
	for _, tag := range kindKeys["caa"] {
		if values, ok := tags[tag]; ok {
			parts = append(parts, strings.TrimSpace(tag+" "+orNobody(values)))
		}
	}
	return strings.Join(parts, "; ")
}

func orNobody(values []string) string {
	if len(values) == 0 {
		return nobody
	}
	return strings.Join(values, ", ")
}

// judge looks for the CAA records that count: those of the name, or else those of the closest name above that has some (RFC 8659 §3), up to the apex of the
// topmost zone at hand that the name is in.
func (a authorization) judge(ctx context.Context, l looker) verdict {
	for name := a.name; !name.IsRoot(); name = name.Parent() {
		key := zonefile.Key{Name: name, Type: zonefile.TypeCAA}
		if name != a.name && l.Zone(key).IsZero() {
			break
		}
		t, err := l.follow(ctx, key)
		if err != nil {
			return verdictOn(err)
		}
		if t.Set.IsZero() {
			continue
		}
		tags, err := tagsOf(t.Set)
		if err != nil {
			return verdict{Failed, err.Error()}
		}
		got := tagsText(tags)
		if name != a.name {
			got += " at " + name.String()
		}
		return judged(a.meets(tags), got)
	}
	return verdict{Failed, "no CAA"}
}

// meets reports whether the tags that are stated are there with those values. Without issuewild what issue says is for wildcards too (RFC 8659 §4.3).
func (a authorization) meets(tags map[string][]string) bool {
	for tag, want := range a.want {
		got, ok := tags[tag]
		if !ok && tag == "issuewild" {
			got, ok = tags["issue"]
		}
		if !ok || !slices.Equal(got, want) {
			return false
		}
	}
	return true
}

// tagsOf returns the values of the properties of a CAA RRset by tag, in order, without the parameters and without issuers that are nobody.
func tagsOf(set zonefile.RRset) (map[string][]string, error) {
	tags := map[string][]string{}
	for rdata := range set.RDATA() {
		// RFC 8659 §4.1: flags, the length of the tag, the tag, the value.
		if len(rdata) < 2 || len(rdata) < 2+int(rdata[1]) {
			return nil, fmt.Errorf("a CAA of %s that cannot be read", set.Key.Name)
		}
		size := 2 + int(rdata[1])
		tag, value := strings.ToLower(rdata[2:size]), strings.ToLower(rdata[size:])
		if tag != "iodef" {
			value, _, _ = strings.Cut(value, ";")
		}
		if value = printable(strings.TrimSpace(value)); value != "" && !slices.Contains(tags[tag], value) {
			tags[tag] = append(tags[tag], value)
		} else if tags[tag] == nil {
			tags[tag] = []string{}
		}
	}
	for _, values := range tags {
		slices.Sort(values)
	}
	return tags, nil
}

// printable returns a text of a record with everything but printable ASCII as in a master file (RFC 1035 §5.1).
func printable(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' {
			fmt.Fprintf(&b, "\\%03d", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
