package rules

import (
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// reportAddresses returns the domains that mailto URIs of a tag rua or ruf name, and what is wrong with the first URI that is.
func reportAddresses(value string) (domains []zonefile.Name, wrong string) {
	for uri := range strings.SplitSeq(value, ",") {
		domain, w := reportAddress(strings.Trim(uri, tagSpace))
		if w != "" && wrong == "" {
			wrong = w
		}
		if !domain.IsZero() {
			domains = append(domains, domain)
		}
	}
	return domains, wrong
}

// reportAddress returns the domain of a mailto URI (RFC 6068), the zero Name for another URI, and what is wrong with it, or "".
func reportAddress(uri string) (domain zonefile.Name, wrong string) {
	scheme, address, ok := strings.Cut(uri, ":")
	switch {
	case uri == "":
		return domain, "an address is missing"
	case !ok && strings.Contains(uri, "@"):
		return domain, fmt.Sprintf("%.80q is no URI: write mailto: in front of the address", uri)
	case !ok:
		return domain, fmt.Sprintf("%.80q is no URI: write mailto:ADDRESS", uri)
	case strings.ContainsAny(uri, " \t"):
		return domain, fmt.Sprintf("%.80q has a space in it: between addresses there are commas", uri)
	case !strings.EqualFold(scheme, "mailto"):
		return domain, ""
	}
	address, _, _ = strings.Cut(address, "?")
	address, size, limited := strings.Cut(address, "!")
	local, host, _ := strings.Cut(address, "@")
	domain, err := parseDomain(host)
	switch {
	case local == "" || host == "" || err != nil || strings.ContainsAny(host, "@:;<>"):
		return zonefile.Name{}, fmt.Sprintf("%.80q is no mailto:LOCAL@DOMAIN", uri)
	case limited && (size == "" || strings.Trim(size[:len(size)-1], "0123456789") != "" || !strings.Contains("0123456789kmgtKMGT", size[len(size)-1:])):
		return domain, fmt.Sprintf("%.80q: what is behind the exclamation mark is no size such as 10m", uri)
	}
	return domain, ""
}

// checkReportDestinations finds domains of the repository that DMARC reports of others go to and that have no record which says that they take them
// (RFC 9990 §4): those who send reports then do not.
func checkReportDestinations(p *pass, repo *Repository) {
	for s := range p.zone().All() {
		if s.Key.Type != zonefile.TypeTXT {
			continue
		}
		found, at := dmarcTexts(s)
		if at != placeDMARC || s.Key.Name.Parent().IsWildcard() {
			continue
		}
		domain := s.Key.Name.Parent()
		for _, text := range found {
			list, _ := parseTags(text)
			asked := map[zonefile.Name]bool{}
			for _, t := range list {
				if t.name != "rua" && t.name != "ruf" {
					continue
				}
				destinations, _ := reportAddresses(t.value)
				for _, destination := range destinations {
					if asked[destination] || sameOrganization(domain, destination) {
						continue
					}
					asked[destination] = true
					name, err := zonefile.ParseName(strings.TrimSuffix(domain.String(), ".")+"._report._dmarc", destination)
					if err != nil || repo.lookup(name, zonefile.TypeTXT) != none {
						continue
					}
					p.report(s.Key, "%s: %s has no record that says that it takes these reports: it is v=DMARC1 in a TXT record at %s (RFC 9990 §4)", t.name, destination, name)
				}
			}
		}
	}
}

// sameOrganization reports whether two domains may be of one, so that reports need no leave: they have their last two labels in common.
func sameOrganization(a, b zonefile.Name) bool {
	for b.Labels() > 2 {
		b = b.Parent()
	}
	return a.In(b)
}
