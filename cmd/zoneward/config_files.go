package main

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
)

// zoneFiles reads the file of a rule, or a list of files that are read as one zone.
func (d *decoder) zoneFiles(n *yaml.Node) (file string, beside []string) {
	var files []string
	for _, element := range d.sequence(n, "file") {
		name := parse(d, element, "file", insidePath)
		if name != "" && slices.Contains(files, name) {
			d.fail(element, "file: %q comes twice", name)
		}
		files = append(files, name)
	}
	if len(files) == 0 {
		if resolve(n).Kind == yaml.SequenceNode {
			d.fail(n, "file: an empty list; leave it out for the file that is called as the zone is")
		}
		return "", nil
	}
	return files[0], files[1:]
}

// semicolons reads how YAML files write semicolons in TXT records, as octoDNS names it.
func (d *decoder) semicolons(n *yaml.Node) zonefile.Semicolons {
	if d.boolean(n, "source.escaped_semicolons") {
		return zonefile.EscapedSemicolons
	}
	return zonefile.PlainSemicolons
}
