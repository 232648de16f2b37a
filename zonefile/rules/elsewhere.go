package rules

import (
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// foundElsewhere are the rules about what other packages find in something else than a zone file, or only when they plan. They are here so that each id that anybody reads
// has a page, and one severity. Ids that these share with rules about zone files, such as bad-value, are among those.
func foundElsewhere() []Rule {
	all := slices.Concat(ofDomainFiles(), ofTests(), ofPlans())
	for i := range all {
		all[i].Elsewhere = true
	}
	return all
}

// ofDomainFiles are the rules about the files that declare what a domain has beside its zones.
func ofDomainFiles() []Rule {
	return []Rule{
		{ID: "bad-reference", Severity: zonefile.Error, Fixed: true, Summary: "A reference in a domain file where none can be, or to what is not there or may not be used"},
		{ID: "ds-and-key-data", Severity: zonefile.Error, Fixed: true, Summary: "Both ds and key_data of a delegation"},
		{ID: "duplicate-domain", Severity: zonefile.Error, Fixed: true, Summary: "Two domain files of one domain"},
		{ID: "duplicate-resource", Severity: zonefile.Error, Fixed: true, Summary: "One name for the second time at one provider"},
		{ID: "duplicate-value", Severity: zonefile.Error, Fixed: true, Summary: "A value for the second time in a list"},
		{ID: "few-name-servers", Severity: zonefile.Warning, Summary: "A delegation with a single name server"},
		{ID: "file-name", Severity: zonefile.Error, Fixed: true, Summary: "A domain file whose name is not that of its domain"},
		{ID: "last-ns", Severity: zonefile.Error, Fixed: true, Summary: "An empty list of name servers"},
		{ID: "list-too-long", Severity: zonefile.Error, Fixed: true, Summary: "A list of more values than the limit"},
		{ID: "literal-secret", Severity: zonefile.Error, Fixed: true, Summary: "A key or certificate that is written into a domain file"},
		{ID: "missing-key", Severity: zonefile.Error, Fixed: true, Summary: "A key that has to be there"},
		{ID: "outside-the-domain", Severity: zonefile.Error, Fixed: true, Summary: "A name of mail or an application that is not in the domain"},
		{ID: "proof-circle", Severity: zonefile.Error, Fixed: true, Summary: "A target that waits for itself to be proved"},
		{ID: "provider", Severity: zonefile.Error, Fixed: true, Summary: "A provider in a domain file that is not there, or has no such thing"},
		{ID: "server-circle", Severity: zonefile.Error, Fixed: true, Summary: "Domains that are found by asking each other only"},
		{ID: "spf-not-published", Severity: zonefile.Error, Fixed: true, Summary: "The output spf in publish"},
		{ID: "too-many-declarations", Severity: zonefile.Error, Fixed: true, Summary: "More resources in a domain file than the limit"},
		{ID: "too-many-name-servers", Severity: zonefile.Error, Fixed: true, Summary: "More than 13 name servers of a delegation"},
		{ID: "too-many-names", Severity: zonefile.Error, Fixed: true, Summary: "More than 20 names of one application"},
		{ID: "two-canonical-names", Severity: zonefile.Error, Fixed: true, Summary: "Two canonical names of one application"},
		{ID: "two-writers", Severity: zonefile.Error, Fixed: true, Summary: "Outputs in publish of mail with autoconfig"},
		{ID: "unknown-output", Severity: zonefile.Error, Fixed: true, Summary: "Something in publish that is no output"},
		{ID: "unused-ttl", Severity: zonefile.Warning, Summary: "A TTL where nothing is published"},
		{ID: "weak-digest", Severity: zonefile.Warning, Summary: "A DS record of a domain file with a digest that should not be used any more"},
	}
}

// ofTests are the rules about DNS tests and their files.
func ofTests() []Rule {
	return []Rule{
		{ID: "bad-data", Severity: zonefile.Error, Fixed: true, Summary: "Data in a DNS test that cannot be read"},
		{ID: "bad-type", Severity: zonefile.Error, Fixed: true, Summary: "A type in a DNS test that is not known, or cannot be asked for"},
		{ID: "bad-version", Severity: zonefile.Error, Fixed: true, Summary: "A file of DNS tests of another version"},
		{ID: "dns-test", Severity: zonefile.Error, Fixed: true, Summary: "A DNS test that fails"},
		{ID: "too-many-files", Severity: zonefile.Error, Fixed: true, Summary: "More files of DNS tests than the limit"},
		{ID: "too-many-tests", Severity: zonefile.Error, Fixed: true, Summary: "More DNS tests than the limit"},
		{ID: "two-kinds", Severity: zonefile.Error, Fixed: true, Summary: "A DNS test of two kinds"},
		{ID: "unreadable", Severity: zonefile.Error, Fixed: true, Summary: "A file that cannot be read at all"},
	}
}

// ofPlans are the rules about what shows when zones are put together, or compared with what is live.
func ofPlans() []Rule {
	return []Rule{
		{ID: "auto-ptr", Severity: zonefile.Warning, Fixed: true, Summary: "A PTR record of auto_ptr that cannot be made, or of which nobody can tell what it is"},
		{ID: "blocked", Severity: zonefile.Warning, Fixed: true, Summary: "A resource that waits for a person"},
		{ID: "external-dns", Severity: zonefile.Error, Fixed: true, Summary: "A record of a zone file that external-dns says is its own"},
		{ID: "external-dns-prefix", Severity: zonefile.Warning, Fixed: true, Summary: "TXT records of external-dns for names that have nothing"},
		{ID: "fixed-property", Severity: zonefile.Warning, Fixed: true, Summary: "A property of a zone that cannot be changed once the zone is there"},
		{ID: "foreign-in-the-way", Severity: zonefile.Error, Fixed: true, Summary: "A record that cannot stand beside one that is left to others"},
		{ID: "ignored-key", Severity: zonefile.Error, Fixed: true, Summary: "A record of a zone file that the policy leaves to others"},
		{ID: "left-to-others", Severity: zonefile.Warning, Fixed: true, Summary: "A record that is not rolled back, since it is left to others"},
		{ID: "missing-include", Severity: zonefile.Warning, Fixed: true, Summary: "An SPF record without the include of a provider that sends mail"},
		{ID: "not-for-this-target", Severity: zonefile.Warning, Fixed: true, Summary: "A record that a target cannot have, and that is left out there"},
		{ID: "not-ours", Severity: zonefile.Error, Fixed: true, Summary: "A record that zoneward did not write, with another value"},
		{ID: "outside-the-zone", Severity: zonefile.Error, Fixed: true, Summary: "A record that is to be published, and is not in the zone"},
		{ID: "publish", Severity: zonefile.Error, Fixed: true, Summary: "An output that cannot be published"},
		{ID: "published-and-stated", Severity: zonefile.Error, Fixed: true, Summary: "A record that is to be published, and the zone file states"},
		{ID: "published-twice", Severity: zonefile.Error, Fixed: true, Summary: "Two records that are to be published at one name"},
		{ID: "resource", Severity: zonefile.Error, Fixed: true, Summary: "A resource that cannot be planned"},
		{ID: "server-makes-it", Severity: zonefile.Error, Fixed: true, Summary: "A record of a zone file that the server makes by itself"},
		{ID: "slow-change", Severity: zonefile.Warning, Fixed: true, Summary: "A change on which much depends, and which resolvers see after more than an hour"},
		{ID: "written-elsewhere", Severity: zonefile.Error, Fixed: true, Summary: "A record of a zone file that a provider writes by itself"},
	}
}
