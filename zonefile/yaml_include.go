package zonefile

import (
	"slices"

	"github.com/zoneward/zoneward/zonefile/internal/textfile"
)

// tagged gives !include a meaning, and notes any other tag.
func (r *yamlReader) tagged(n *yamlNode, tag string) {
	if tag != "!include" {
		n.flags |= yamlFlawed
		r.note(n, "yaml-tag", Error, "the tag %.60q is not known; text that begins with \"!\" needs quotes", tag)
		return
	}
	if rule, message := r.include(n); rule != "" {
		n.flags |= yamlFlawed
		r.note(n, rule, Error, "!include: %s", message)
	}
}

// include makes of n, which is tagged !include, what the top of the named file is. As in octoDNS the file is a whole document with anchors of
// its own, and is found relative to the folder of the file that includes it; other than there it is never outside the root of the file
// system. What keeps it from being read is returned, unless it is noted where it stands in that file; then n is flawed.
func (r *yamlReader) include(n *yamlNode) (rule, message string) {
	if n.kind != yamlScalar || n.value == "" {
		return "yaml-include", "it takes the name of one file; <<: [!include a.yaml, !include b.yaml] merges several"
	}
	file, rule, message := includedFile(r.files[n.at.file], n.value)
	if rule != "" {
		return rule, message
	}
	if slices.Contains(r.open, file) {
		return "include-loop", shownFile(file) + " includes itself"
	}
	r.includes++
	if rule, message = r.limits.includeFlaw(len(r.open)+1, r.includes); rule != "" {
		return rule, message
	}
	text, err := textfile.Read(r.fsys, file, r.octets)
	if err != nil {
		return unreadable(r.fsys, file, err, r.limits.inYAML())
	}
	r.octets -= int64(len(text))
	top, ok := r.document(r.begin(file, text), text)
	n.kind, n.first, n.flags = yamlInclude, top, n.flags&yamlAnchored
	if !ok {
		n.flags |= yamlFlawed
	}
	return "", ""
}
