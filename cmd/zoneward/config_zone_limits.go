package main

import (
	"cmp"
	"math"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
)

// maxZoneFile is the most octets that a zone file may have where no configuration says otherwise; zonefile.Limits has the same.
const maxZoneFile = 256 << 20

// Bounds of what the configuration may ask for: reading is recursive, and files are known by numbers of 16 bits.
const (
	mostIncludeDepth = 100
	mostIncludes     = 60_000
)

// zoneLimits reads what reading a zone may cost. What is not stated is 0, which has the default.
func (d *decoder) zoneLimits(n *yaml.Node) zonefile.Limits {
	var l zonefile.Limits
	octets := func(field *int64, key string) func(*yaml.Node) {
		return func(n *yaml.Node) { *field = parse(d, n, "source.limits."+key, parseSize) }
	}
	whole := func(field *int, key string, most int) func(*yaml.Node) {
		return func(n *yaml.Node) { *field = d.whole(n, "source.limits."+key, 1, most) }
	}
	d.mapping(n, "source.limits", keys{
		"file_bytes":    octets(&l.FileBytes, "file_bytes"),
		"entry_bytes":   octets(&l.EntryBytes, "entry_bytes"),
		"yaml_bytes":    octets(&l.YAMLBytes, "yaml_bytes"),
		"include_depth": whole(&l.IncludeDepth, "include_depth", mostIncludeDepth),
		"includes":      whole(&l.Includes, "includes", mostIncludes),
		"generated":     whole(&l.Generated, "generated", math.MaxInt32),
		"yaml_aliases":  whole(&l.YAMLAliases, "yaml_aliases", math.MaxInt32),
	})
	return l
}

// fileBytes is the most octets that a zone file of the source may have.
func (s sourceConfig) fileBytes() int64 { return cmp.Or(s.limits.FileBytes, maxZoneFile) }
