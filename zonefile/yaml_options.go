package zonefile

import (
	"errors"
	"slices"
	"strings"
)

// readOptions reads the octodns block of a record.
func (rec *yamlRecord) readOptions(n *yamlNode) {
	pairs, err := rec.tree.pairs(nil, n)
	if errors.Is(err, errNotMap) {
		rec.note(n, "yaml-shape", Error, "%s: octodns is not a mapping", rec)
	}
	for _, p := range pairs {
		switch text := keyText(p.key); text {
		case "ignored":
			rec.options.Ignored = rec.truth(text, p.value)
		case "lenient":
			rec.options.Lenient = rec.truth(text, p.value)
		case "excluded":
			rec.options.Excluded = rec.targets(text, p.value)
		case "included":
			rec.options.Included = rec.targets(text, p.value)
		default:
			// healthcheck and auto_arpa_priority, the blocks of providers, and what is misspelt.
			rec.note(p.key, "unused-option", Warning, "%s: octodns.%.60s is not used, and nothing is done with it%s", rec, text, didYouMean(text, usedOptions))
		}
	}
}

// truth reads a yes or no in the words of YAML 1.1, which octoDNS reads. Quotes make a text of them, which it takes for yes.
func (rec *yamlRecord) truth(field string, n *yamlNode) bool {
	n, err := rec.tree.resolve(n)
	if err != nil {
		return false
	}
	text := n.value
	plain := n.has(yamlPlain)
	switch {
	case plain && slices.Contains([]string{"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}, text):
		return true
	case plain && slices.Contains([]string{"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}, text):
		return false
	}
	rec.note(n, "bad-option", Error, "%s: octodns.%s is neither true nor false (without quotes)", rec, field)
	return false
}

// targets reads a list of the names of targets.
func (rec *yamlRecord) targets(field string, n *yamlNode) []string {
	list, err := rec.tree.resolve(n)
	if err != nil {
		return nil
	}
	if list.kind != yamlList {
		rec.note(n, "bad-option", Error, "%s: octodns.%s is not a list of targets", rec, field)
		return nil
	}
	var names []string
	for item := list.first; item != nil; item = item.next {
		name, err := rec.tree.text(item)
		if err != nil && !errors.Is(err, errReported) {
			rec.note(item, "bad-option", Error, "%s: octodns.%s: %v", rec, field, err)
		}
		if err == nil {
			names = append(names, strings.Clone(name)) // and not the text of the file with it
		}
	}
	return names
}

// setOptions keeps the options for [File.Options], if there are any.
func (rec *yamlRecord) setOptions() {
	o := rec.options
	if !o.Ignored && !o.Lenient && o.Excluded == nil && o.Included == nil {
		return
	}
	if rec.filler.options == nil {
		rec.filler.options = map[Key]Options{}
	}
	rec.filler.options[rec.key] = o
}
