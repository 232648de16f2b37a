package rules

import (
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// ofReading are the rules about what package zonefile finds while it reads, and about the comments that allow something.
func ofReading() []Rule {
	rules := []Rule{{
		ID: "unknown-rule", Severity: zonefile.Warning,
		Summary: "A comment that allows a rule which does not exist",
		check:   checkUnknownRule,
	}, {
		ID: unusedAllow, Severity: zonefile.Warning,
		Summary: "A comment that allows what is not found there",
	}}
	for _, r := range slices.Concat(unreadable(), impossible()) {
		r.Severity, r.Fixed = zonefile.Error, true
		rules = append(rules, r)
	}
	for _, r := range doubtful() {
		r.Severity = zonefile.Warning
		rules = append(rules, r)
	}
	return rules
}

// unreadable are the rules whose errors leave records out, so that nothing can be said of the zone.
func unreadable() []Rule {
	return []Rule{
		// Of both formats.
		{ID: "syntax", Summary: "What is not a master file, or not YAML"},
		{ID: "missing-data", Summary: "A record or directive that ends too early"},
		{ID: "bad-value", Summary: "A TTL, value or field that cannot be read"},
		{ID: "bad-name", Summary: "A name that is none"},
		{ID: "unknown-type", Summary: "A type that is not known, or cannot be in a zone file"},
		{ID: "file-too-large", Summary: "A file of more octets than the limit"},
		{ID: "entry-too-large", Summary: "A record, directive or line of more octets than the limit"},
		{ID: "rrset-too-large", Summary: "More than 16 MiB of data of one name and type"},
		{ID: "zone-too-large", Summary: "More than 4 GiB of names or data in one zone"},
		{ID: "too-many-problems", Summary: "More problems in a file than are shown"},
		// Of master files.
		{ID: "extra-data", Summary: "More than a record or directive has"},
		{ID: "long-string", Summary: "A character-string of more than 255 octets"},
		{ID: "class", Summary: "A record of a class other than IN"},
		{ID: "ttl-too-large", Summary: "A TTL of 2^31 seconds or more"},
		{ID: "no-ttl", Summary: "A record without a TTL, where no TTL is stated anywhere before"},
		{ID: "no-owner", Summary: "A line that begins with white space, and no record before it"},
		{ID: "outside-zone", Summary: "A record whose name is outside the zone"},
		{ID: "bad-directive", Summary: "A word with a dollar in front that is no directive, or not in the first column"},
		{ID: "bad-generate", Summary: "A range or a ${...} of $GENERATE that cannot be read"},
		{ID: "generate-limit", Summary: "More records of $GENERATE than the limit"},
		{ID: "include-outside", Summary: "An included file outside the source directory"},
		{ID: "include-unreadable", Summary: "An included file that cannot be read"},
		{ID: "include-loop", Summary: "A file that includes itself, maybe by way of others"},
		{ID: "include-limit", Summary: "Too many included files, or too deep"},
		// Of YAML.
		{ID: "yaml-duplicate-key", Summary: "A key for the second time in one mapping"},
		{ID: "yaml-key", Summary: "A key that is a list or a mapping"},
		{ID: "yaml-tag", Summary: "A YAML tag, such as !!binary"},
		{ID: "yaml-include", Summary: "A !include that cannot be followed"},
		{ID: "yaml-merge", Summary: "A merge (<<) of something else than mappings"},
		{ID: "yaml-aliases", Summary: "Aliases that stand for too many nodes"},
		{ID: "yaml-shape", Summary: "Something else than a mapping of names to records"},
		{ID: "yaml-no-files", Summary: "A split directory without *.yaml"},
		{ID: "unsupported", Summary: "A dynamic or geo record"},
		{ID: "bad-text", Summary: "Text that is not printable ASCII, or has a backslash that would be lost"},
		{ID: "missing-dot", Summary: "A target in YAML without the dot at the end"},
		{ID: "bad-option", Summary: "An option in the octodns block with a value that it does not take"},
		{ID: "duplicate-rrset", Summary: "A name and type for the second time in YAML"},
	}
}

// impossible are the rules about records that no server loads together. The zone was read whole.
func impossible() []Rule {
	return []Rule{
		{ID: "cname-and-other-data", Summary: "A CNAME record beside other data"},
		{ID: "cname-at-apex", Summary: "A CNAME record at the apex of a zone"},
		{ID: "ds-at-apex", Summary: "A DS record at the apex of a zone"},
		{ID: "multiple-cname", Summary: "Two CNAME records of one name"},
		{ID: "multiple-dname", Summary: "Two DNAME records of one name"},
		{ID: "multiple-soa", Summary: "Two SOA records"},
		{ID: "soa-not-at-apex", Summary: "An SOA record that is not at the apex"},
		{ID: "wildcard-ns", Summary: "NS records of a wildcard"},
	}
}

// doubtful are the rules about what servers load, and package zonefile sees as it reads.
func doubtful() []Rule {
	return []Rule{
		{ID: "empty-file", Summary: "A file without records"},
		{ID: "duplicate-record", Summary: "The same record for the second time"},
		{ID: "cut-by-comment", Summary: "Text without quotes that a semicolon cuts off"},
		{ID: "different-ttl", Summary: "Two TTLs of one name and type"},
		{ID: "null-mx", Summary: "A null MX record beside other MX records"},
		{ID: "below-zone-cut", Summary: "Records at or below a zone cut that are not served there"},
		{ID: "below-dname", Summary: "Records below a DNAME, which are not served"},
		{ID: "ns-is-cname", Summary: "A name server in the zone that is a CNAME"},
		{ID: "missing-glue", Summary: "A name server in the zone without an address"},
		{ID: "yaml-ambiguous", Summary: "A key in YAML that octoDNS reads as something else"},
		{ID: "yaml-not-read", Summary: "A *.yml file in a split directory, which is not read"},
		{ID: "left-out", Summary: "A lenient record that has no meaning, and is left out"},
		{ID: "unknown-key", Summary: "A key in YAML that is not known"},
		{ID: "unused-option", Summary: "A part of the octodns block that does nothing"},
	}
}
