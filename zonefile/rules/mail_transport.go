package rules

import (
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ofMailTransport are the rules about MTA-STS (RFC 8461), TLS-RPT (RFC 8460), BIMI and ADSP.
func ofMailTransport() []Rule {
	return []Rule{
		{ID: "mta-sts-syntax", Severity: zonefile.Warning, Summary: "A record of MTA-STS that senders cannot read, so that it does not count", types: ofTXT, checkSet: checkMTASTS},
		{ID: "mta-sts-host", Severity: zonefile.Warning, Summary: "MTA-STS without the host that its policy is fetched from", types: ofTXT, checkSet: checkMTASTSHost},
		{ID: "tls-rpt-syntax", Severity: zonefile.Warning, Summary: "A record of TLS-RPT that senders cannot read, so that it does not count", types: ofTXT, checkSet: checkTLSRPT},
		{ID: "bimi-syntax", Severity: zonefile.Warning, Summary: "A record of BIMI that receivers cannot read, so that it does not count", types: ofTXT, checkSet: checkBIMI},
		{ID: "adsp-obsolete", Severity: zonefile.Warning, Summary: "A record of ADSP, which nobody looks at", types: ofTXT, checkSet: checkADSP},
	}
}

// tagged returns the records of a protocol in a TXT RRset, if that is where they are looked for.
func tagged(s zonefile.RRset, protocol protocol) []string {
	var found []string
	for text := range mailTexts(s) {
		if protocol.is(text) {
			found = append(found, text)
		}
	}
	if found == nil || placeOf(s.Key.Name).protocol() != protocol {
		return nil
	}
	return found
}

// checkTagged reports what is wrong with the records of a protocol in a TXT RRset, by itself and by what wrong says of its tags.
func checkTagged(p *pass, s zonefile.RRset, protocol protocol, wrong func(tagList) string) {
	found := tagged(s, protocol)
	if len(found) > 1 {
		p.report(s.Key, "%d records of %s, where a domain can have one, so that none of them counts", len(found), protocol)
	}
	for _, text := range found {
		list, mistakes := parseTags(text)
		for _, mistake := range mistakes {
			p.report(s.Key, "%s", mistake)
		}
		if len(mistakes) > 0 {
			continue
		}
		if len(list) == 1 {
			p.report(s.Key, "%s", onlyVersion)
		} else if w := wrong(list); w != "" {
			p.report(s.Key, "%s", w)
		}
	}
}

func checkMTASTS(p *pass, s zonefile.RRset) {
	checkTagged(p, s, protocolMTASTS, func(list tagList) string {
		id, ok := list.value("id")
		switch {
		case !ok:
			return "no tag id, which says when the policy has changed (RFC 8461 §3.1)"
		case id == "" || len(id) > 32 || !isAlphanumeric(id):
			return fmt.Sprintf("id=%.40s is not 1 to 32 letters and digits (RFC 8461 §3.1)", quoted(id))
		}
		return ""
	})
}

func isAlphanumeric(text string) bool {
	return strings.Trim(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func checkMTASTSHost(p *pass, s zonefile.RRset) {
	if len(tagged(s, protocolMTASTS)) == 0 {
		return
	}
	host, err := zonefile.ParseName("mta-sts", s.Key.Name.Parent())
	if err != nil {
		return
	}
	if _, k := (view{p.lookup, p.zone(), false}).find(host, hostTypes...); k == none {
		p.report(s.Key, "senders fetch the policy from https://%s/.well-known/mta-sts.txt, and %s has no address (RFC 8461 §3.2)", strings.TrimSuffix(host.String(), "."), host)
	}
}

func checkTLSRPT(p *pass, s zonefile.RRset) {
	checkTagged(p, s, protocolTLSRPT, func(list tagList) string {
		rua, ok := list.value("rua")
		if !ok {
			return "no tag rua, which says where reports go (RFC 8460 §3)"
		}
		if _, wrong := reportAddresses(rua); wrong != "" {
			return "rua: " + wrong
		}
		for uri := range strings.SplitSeq(strings.ToLower(rua), ",") {
			if uri = strings.Trim(uri, tagSpace); !strings.HasPrefix(uri, "mailto:") && !strings.HasPrefix(uri, "https://") {
				return fmt.Sprintf("rua: %.80q is neither mailto: nor https: (RFC 8460 §3)", uri)
			}
		}
		return ""
	})
}

func checkBIMI(p *pass, s zonefile.RRset) {
	checkTagged(p, s, protocolBIMI, func(list tagList) string {
		if _, ok := list.value("l"); !ok {
			return "no tag l, which says where the image is; without one it is l="
		}
		for _, name := range []string{"l", "a"} {
			if value, _ := list.value(name); value != "" && !strings.HasPrefix(strings.ToLower(value), "https://") {
				return fmt.Sprintf("%s=%.80s is no address with https:", name, quoted(value))
			}
		}
		return ""
	})
}

func checkADSP(p *pass, s zonefile.RRset) {
	for text := range mailTexts(s) {
		if strings.HasPrefix(strings.ToLower(text), "dkim") && placeOf(s.Key.Name) == placeADSP {
			p.report(s.Key, "ADSP is historic since 2013, and nobody looks at it: DMARC has taken its place")
		}
	}
}
