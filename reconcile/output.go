package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// mayPublish returns why an output is not published: a provider has no say in any records but those that its outputs are for, at the places and in the forms that
// these have. Whoever gets hold of a provider is to have no certificate, and no mail, of anybody else by that.
func (u *liveUnit) mayPublish(l *liveResource, o providers.Output) error {
	key, base := o.RRset.Key, l.name
	if base.IsWildcard() && o.Name != "cname" {
		base = base.Parent()
	}
	name := key.Name.Relative(base)
	at := func(typ zonefile.Type, begins string) bool {
		return key.Type == typ && !slices.ContainsFunc(textsOf(o.RRset), func(text string) bool { return typ == zonefile.TypeTXT && !strings.HasPrefix(text, begins) })
	}
	fits := false
	switch o.Name {
	case "mx":
		fits = name == "@" && at(zonefile.TypeMX, "")
	case "cname":
		fits = name == "@" && at(zonefile.TypeCNAME, "")
	case "spf": // which is only compared, see spfAdvice
		fits = name == "@" && at(zonefile.TypeTXT, "v=spf1")
	case "dkim": // RFC 6376 §3.6.2.1
		selector, found := strings.CutSuffix(name, "._domainkey")
		fits = found && selector != "" && !strings.Contains(selector, ".") && at(zonefile.TypeTXT, "v=DKIM1")
	case "dmarc": // RFC 7489 §6.1
		fits = name == "_dmarc" && at(zonefile.TypeTXT, "v=DMARC1")
	case "acme": // RFC 8555 §8.4
		fits = name == "_acme-challenge" && at(zonefile.TypeTXT, "")
	}
	if !fits || !key.Name.In(base) {
		return fmt.Errorf("%s wants %s for %s, which is no place for it, or not in its form", u.Target, key, u.named(l))
	}
	return nil
}

// outputWatch is how the name of what is remembered of an output begins, among what is watched.
const outputWatch = "output "

// outputText returns what is remembered of an output.
func outputText(o providers.Output) string {
	return o.RRset.Key.String() + " " + strings.Join(o.RRset.Text(), " ")
}

// moved reports whether an output is another one than is remembered.
func (l *liveResource) moved(output string) bool {
	now, ok := l.live.Output(output)
	if !ok || l.applied == nil {
		return false
	}
	was, ok := l.applied.Watched[outputWatch+output]
	return ok && was != outputText(now)
}

// rememberedAs returns at which key an output was published, false if that is not remembered.
func (l *liveResource) rememberedAs(output string) (zonefile.Key, bool) {
	if l.applied == nil {
		return zonefile.Key{}, false
	}
	f := strings.SplitN(l.applied.Watched[outputWatch+output], " ", 3)
	if len(f) < 3 {
		return zonefile.Key{}, false
	}
	key, err := keyFromJSON(f[0], f[1])
	return key, err == nil
}

// remembered returns the keys at which outputs were published.
func (l *liveResource) remembered() []zonefile.Key {
	var keys []zonefile.Key
	if l.applied == nil {
		return nil
	}
	for name := range l.applied.Watched {
		if output, ok := strings.CutPrefix(name, outputWatch); ok {
			if key, ok := l.rememberedAs(output); ok {
				keys = append(keys, key)
			}
		}
	}
	slices.SortFunc(keys, zonefile.Key.Compare)
	return keys
}
