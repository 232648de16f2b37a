package zoneedit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
)

// defaultTTL is that of a record in YAML without one, where the options have none.
const defaultTTL zonefile.TTL = 3600

// yamlRecord returns the keys of a record with what stands behind each, in the order in which octoDNS wants them: that of the alphabet.
func yamlRecord(set zonefile.RRset, opts zonefile.ParseOptions) ([]yamlKey, error) {
	var keys []yamlKey
	standard := opts.DefaultTTL
	if standard == 0 {
		standard = defaultTTL
	}
	if set.TTL != standard {
		keys = append(keys, yamlKey{"ttl", []string{"ttl: " + set.TTL.String()}})
	}
	keys = append(keys, yamlKey{"type", []string{"type: " + set.Key.Type.String()}})
	var values [][]string
	for rdata := range set.RDATA() {
		value, err := yamlValue(set.Key.Type, rdata)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", set.Key, err)
		}
		values = append(values, value)
	}
	switch {
	case len(values) == 1 && len(values[0]) == 1:
		return append(keys, yamlKey{"value", []string{"value: " + values[0][0]}}), nil
	case len(values) == 1:
		return append(keys, yamlKey{"value", append([]string{"value:"}, indented("  ", values[0])...)}), nil
	}
	lines := []string{"values:"}
	for _, value := range values {
		lines = append(lines, item("  ", value)...)
	}
	return append(keys, yamlKey{"values", lines}), nil
}

// yamlKey is a key of a record, with its lines.
type yamlKey struct {
	name  string
	lines []string
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

// yamlFields are the fields that the values of a type have in octoDNS, in the order of the presentation form.
var yamlFields = map[zonefile.Type][]string{
	zonefile.TypeMX:    {"preference", "exchange"},
	zonefile.TypeSRV:   {"priority", "weight", "port", "target"},
	zonefile.TypeCAA:   {"flags", "tag", "value"},
	zonefile.TypeURI:   {"priority", "weight", "target"},
	zonefile.TypeSSHFP: {"algorithm", "fingerprint_type", "fingerprint"},
	zonefile.TypeTLSA:  {"certificate_usage", "selector", "matching_type", "certificate_association_data"},
	zonefile.TypeDS:    {"key_tag", "algorithm", "digest_type", "digest"},
	zonefile.TypeNAPTR: {"order", "preference", "flags", "service", "regexp", "replacement"},
}

// yamlValue returns one value of a record in the shape of octoDNS: a line of text, or a line for each field.
func yamlValue(t zonefile.Type, rdata string) ([]string, error) {
	text := zonefile.FormatRDATA(t, rdata)
	switch t {
	case zonefile.TypeTXT, zonefile.TypeSPF:
		var joined strings.Builder
		for _, word := range splitRDATA(text) {
			joined.WriteString(unquoted(word))
		}
		return []string{scalar(joined.String())}, nil
	case zonefile.TypeLOC, zonefile.TypeSVCB, zonefile.TypeHTTPS, zonefile.TypeLUA:
		return nil, errors.New("a record of this type is not written in YAML here")
	}
	fields := yamlFields[t]
	if fields == nil {
		return []string{scalar(text)}, nil
	}
	words := splitRDATA(text)
	if len(words) != len(fields) {
		return nil, fmt.Errorf("%q has %d fields, and there should be %d", text, len(words), len(fields))
	}
	var lines []string
	for i, field := range fields {
		value := scalar(unquoted(words[i]))
		if isNumber(words[i]) {
			value = words[i]
		}
		lines = append(lines, field+": "+value)
	}
	slices.Sort(lines)
	return lines, nil
}

// splitRDATA splits the presentation form of RDATA into words and quoted strings.
func splitRDATA(text string) []string {
	var all []string
	for i := 0; i < len(text); {
		if text[i] == ' ' {
			i++
			continue
		}
		start, quoted := i, text[i] == '"'
		for i++; i < len(text); i++ {
			if text[i] == '\\' {
				i++
				continue
			}
			if quoted && text[i] == '"' {
				i++
				break
			}
			if !quoted && text[i] == ' ' {
				break
			}
		}
		i = min(i, len(text))
		all = append(all, text[start:i])
	}
	return all
}

// unquoted returns a quoted string without its quotes, with semicolons as octoDNS wants them, and other words as they are.
func unquoted(word string) string {
	inner, quoted := strings.CutPrefix(word, `"`)
	if !quoted {
		return word
	}
	inner = strings.TrimSuffix(inner, `"`)
	return strings.ReplaceAll(strings.ReplaceAll(inner, `\;`, ";"), ";", `\;`)
}

// scalar returns text as YAML has it on one line, in quotes where it would be read as something else.
func scalar(text string) string {
	node := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	out, err := yaml.Marshal(&node)
	line := strings.TrimSuffix(string(out), "\n")
	// YAML 1.1, which octoDNS reads, takes some words for truth values.
	if err != nil || strings.Contains(line, "\n") || slices.Contains([]string{"y", "n", "yes", "no", "on", "off"}, strings.ToLower(line)) {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return line
}

// isNumber reports whether text is a decimal number that YAML reads as it is written.
func isNumber(text string) bool {
	return text != "" && len(text) < 10 && strings.Trim(text, "0123456789") == "" && (text == "0" || text[0] != '0')
}
