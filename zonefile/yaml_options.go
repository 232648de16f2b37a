package zonefile

import (
	"errors"
	"slices"

	"gopkg.in/yaml.v3"
)

// readOptions reads the octodns block of a record.
func (rec *yamlRecord) readOptions(n *yaml.Node) {
	pairs, err := rec.tree.pairs(n)
	if errors.Is(err, errNotMap) {
		rec.note(n.Line, "yaml-shape", Error, "%s: octodns is not a mapping", rec)
	}
	for i := 0; i < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		switch text := keyText(key); text {
		case "ignored":
			rec.options.Ignored = rec.truth(text, value)
		case "lenient":
			rec.options.Lenient = rec.truth(text, value)
		case "excluded":
			rec.options.Excluded = rec.targets(text, value)
		case "included":
			rec.options.Included = rec.targets(text, value)
		default:
			// healthcheck and auto_arpa_priority, the blocks of providers, and what is misspelt.
			rec.note(key.Line, "unused-option", Warning, "%s: octodns.%.60s is not used, and nothing is done with it", rec, text)
		}
	}
}

// truth reads a yes or no in the words of YAML 1.1, which octoDNS reads. Quotes make a text of them, which it takes for yes.
func (rec *yamlRecord) truth(field string, n *yaml.Node) bool {
	n, err := rec.tree.resolve(n)
	if err != nil {
		return false
	}
	text := n.Value
	plain := n.Kind == yaml.ScalarNode && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0
	switch {
	case plain && slices.Contains([]string{"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}, text):
		return true
	case plain && slices.Contains([]string{"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}, text):
		return false
	}
	rec.note(n.Line, "bad-option", Error, "%s: octodns.%s is neither true nor false (without quotes)", rec, field)
	return false
}

// targets reads a list of the names of targets.
func (rec *yamlRecord) targets(field string, n *yaml.Node) []string {
	list, err := rec.tree.resolve(n)
	if err != nil {
		return nil
	}
	if list.Kind != yaml.SequenceNode {
		rec.note(n.Line, "bad-option", Error, "%s: octodns.%s is not a list of targets", rec, field)
		return nil
	}
	var names []string
	for _, item := range list.Content {
		name, err := rec.tree.text(item)
		if err != nil && !errors.Is(err, errReported) {
			rec.note(item.Line, "bad-option", Error, "%s: octodns.%s: %v", rec, field, err)
		}
		if err == nil {
			names = append(names, name)
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
