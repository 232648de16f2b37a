package rules

import (
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// caaTags are the properties that there are: RFC 8659 §4, RFC 9495, RFC 8657 has none of its own, and the CA/Browser Forum's of contacts and marks.
var caaTags = []string{"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"}

// caa is the data of a CAA record (RFC 8659 §4.1).
type caa struct {
	flags      byte
	tag, value string
}

func parseCAA(rdata string) caa {
	tag, value := cutString(rdata[1:])
	return caa{rdata[0], tag, value}
}

func checkCAA(p *pass, s zonefile.RRset) {
	const critical = 128
	for rdata := range s.RDATA() {
		c := parseCAA(rdata)
		tag := strings.ToLower(c.tag)
		switch {
		case c.flags != 0 && c.flags != critical:
			p.report(s.Key, "flags %d: they are 0, or 128 for critical (RFC 8659 §4.1)", c.flags)
		case !slices.Contains(caaTags, tag) && c.flags == critical:
			p.report(s.Key, "the property %q is not known and said to be critical: nobody may issue certificates", c.tag)
		case !slices.Contains(caaTags, tag):
			p.report(s.Key, "the property %q is not known: there are %s", c.tag, strings.Join(caaTags, ", "))
		case strings.HasPrefix(tag, "issue"):
			checkIssuer(p, s.Key, c)
		case tag == "iodef" && !hasScheme(c.value, "mailto", "http", "https"):
			p.report(s.Key, "iodef %.60q: it is a URL with mailto:, http: or https: (RFC 8659 §4.4)", c.value)
		}
	}
}

// checkIssuer looks at the domain of an authority: ";" and nothing stand for none.
func checkIssuer(p *pass, key zonefile.Key, c caa) {
	domain, _, _ := strings.Cut(c.value, ";")
	domain = strings.Trim(domain, " \t")
	for label := range strings.SplitSeq(domain, ".") {
		if domain != "" && (label == "" || !isHostLabel(label)) {
			p.report(key, "%s %.60q: want the domain of a certification authority, as in %s \"ca.example.net\", or \";\" for none (RFC 8659 §4.2)", c.tag, c.value, c.tag)
			return
		}
	}
}

func checkIssueWild(p *pass, s zonefile.RRset) {
	has := map[string]bool{}
	for rdata := range s.RDATA() {
		has[strings.ToLower(parseCAA(rdata).tag)] = true
	}
	if has["issue"] && !has["issuewild"] {
		p.report(s.Key, `issue without issuewild: who may issue certificates may issue wildcards; issuewild ";" forbids them`)
	}
}

// hasScheme reports whether a URI begins with one of the schemes, or with any if none is given.
func hasScheme(uri string, schemes ...string) bool {
	scheme, rest, ok := strings.Cut(uri, ":")
	scheme = strings.ToLower(scheme)
	if !ok || rest == "" || scheme == "" || scheme[0] < 'a' || scheme[0] > 'z' || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "" {
		return false
	}
	return len(schemes) == 0 || slices.Contains(schemes, scheme)
}

// digestSizes are the octets of the digests of TLSA by their type (RFC 6698 §2.1.3).
var digestSizes = map[byte]int{1: 32, 2: 64}

// private is the value of each number of TLSA that is for private use.
const private = 255

func checkTLSA(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		usage, selector, matching, data := rdata[0], rdata[1], rdata[2], len(rdata)-3
		size, digest := digestSizes[matching]
		switch {
		case usage > 3 && usage != private:
			p.report(s.Key, "certificate usage %d: it is 0 to 3 (RFC 6698 §2.1.1)", usage)
		case selector > 1 && selector != private:
			p.report(s.Key, "selector %d: it is 0 (the certificate) or 1 (its key) (RFC 6698 §2.1.2)", selector)
		case matching > 2 && matching != private:
			p.report(s.Key, "matching type %d: it is 0 to 2 (RFC 6698 §2.1.3)", matching)
		case digest && data != size:
			p.report(s.Key, "a digest of %d octets: matching type %d has %d", data, matching, size)
		}
	}
}

func checkFullTLSA(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		if rdata[2] == 0 {
			p.report(s.Key, "matching type 0: the certificate or key itself, where a digest (1) is as good and small (RFC 7671 §10.1.2)")
		}
	}
}

func dnssecTypes() []zonefile.Type {
	return []zonefile.Type{zonefile.TypeDS, zonefile.TypeCDS, zonefile.TypeDNSKEY, zonefile.TypeCDNSKEY}
}

// weakAlgorithms and weakDigests are those that must not be used to sign or delegate any more (RFC 8624 §3, RFC 9905, RFC 9906).
var (
	weakAlgorithms = map[byte]string{1: "RSAMD5", 3: "DSA", 5: "RSASHA1", 6: "DSA-NSEC3-SHA1", 7: "RSASHA1-NSEC3-SHA1", 12: "ECC-GOST"}
	weakDigests    = map[byte]string{1: "SHA-1", 3: "GOST R 34.11-94"}
)

func checkWeakDS(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		algorithm, digest := rdata[2], byte(0)
		if s.Key.Type == zonefile.TypeDS || s.Key.Type == zonefile.TypeCDS {
			digest = rdata[3]
		} else {
			algorithm = rdata[3]
		}
		if name, weak := weakAlgorithms[algorithm]; weak {
			p.report(s.Key, "algorithm %d (%s) is not to be used any more: resolvers take the zone for unsigned; use 13 (RFC 8624 §3.1, RFC 9905)", algorithm, name)
		}
		if name, weak := weakDigests[digest]; weak {
			p.report(s.Key, "digest type %d (%s) is not to be used any more; use 2 (SHA-256) (RFC 8624 §3.3, RFC 9905)", digest, name)
		}
	}
}

// checkSSHFP leaves SHA-1 alone that has a better one of the same key algorithm beside it.
func checkSSHFP(p *pass, s zonefile.RRset) {
	better := map[byte]bool{}
	for rdata := range s.RDATA() {
		better[rdata[0]] = better[rdata[0]] || rdata[1] > 1
	}
	for rdata := range s.RDATA() {
		algorithm, digest := rdata[0], rdata[1]
		switch {
		case algorithm == 2:
			p.report(s.Key, "algorithm 2 (DSA): OpenSSH has no such keys any more")
		case algorithm == 0 || algorithm == 5 || algorithm > 6:
			p.report(s.Key, "algorithm %d: there are 1 (RSA), 3 (ECDSA), 4 (Ed25519) and 6 (Ed448)", algorithm)
		case digest == 0 || digest > 2:
			p.report(s.Key, "fingerprint type %d: there is 2 (SHA-256), and 1 (SHA-1)", digest)
		case digest == 1 && !better[algorithm]:
			p.report(s.Key, "fingerprint type 1 (SHA-1), and none of type 2 (SHA-256) beside it (RFC 6594)")
		}
	}
}
