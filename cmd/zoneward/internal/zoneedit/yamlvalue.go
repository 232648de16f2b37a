package zoneedit

import (
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// yamlFormat returns how YAML is written that is read with such options.
func yamlFormat(opts zonefile.ParseOptions) zonefile.YAMLFormat {
	return zonefile.YAMLFormat{DefaultTTL: opts.DefaultTTL, Semicolons: opts.Semicolons}
}

// yamlKey is a key of a record, with its lines.
type yamlKey struct {
	name  string
	lines []string
}

// yamlRecord returns the keys of a record with what stands behind each, in the order in which octoDNS wants them: that of the alphabet.
func yamlRecord(set zonefile.RRset, opts zonefile.ParseOptions) []yamlKey {
	var keys []yamlKey
	for _, line := range zonefile.FormatYAMLRecord(set, yamlFormat(opts)) {
		if strings.HasPrefix(line, " ") {
			last := &keys[len(keys)-1]
			last.lines = append(last.lines, line)
			continue
		}
		name, _, _ := strings.Cut(line, ":")
		keys = append(keys, yamlKey{name, []string{line}})
	}
	return keys
}

// item returns lines as an item of a list, behind an indent.
func item(indent string, lines []string) []string {
	items := make([]string, len(lines))
	for i, line := range lines {
		if i == 0 {
			items[i] = indent + "- " + line
			continue
		}
		items[i] = indent + "  " + line
	}
	return items
}

func indented(indent string, lines []string) []string {
	all := make([]string, len(lines))
	for i, line := range lines {
		all[i] = indent + line
	}
	return all
}
