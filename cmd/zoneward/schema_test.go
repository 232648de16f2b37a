package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/schema"
)

func compileSchema(t *testing.T, kind schema.Kind) *jsonschema.Schema {
	t.Helper()
	text, ok := schema.Of(kind)
	if !ok {
		t.Fatalf("no schema of %s", kind)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// asJSON returns a YAML text as a schema sees it, and reports false if it has more in it than JSON can say.
func asJSON(text string) (any, bool) {
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return nil, false
	}
	out, err := json.Marshal(value)
	if err != nil {
		return nil, false
	}
	again, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
	return again, err == nil
}

// TestSchemaOfExamples: an editor finds nothing wrong with any file of the examples and the documentation.
func TestSchemaOfExamples(t *testing.T) {
	kinds := map[schema.Kind]*jsonschema.Schema{}
	for _, kind := range schema.Kinds() {
		kinds[kind] = compileSchema(t, kind)
	}
	checked := map[schema.Kind]int{}
	check := func(at string, kind schema.Kind, text string) {
		value, ok := asJSON(text)
		if !ok {
			return // with tags or merges
		}
		checked[kind]++
		if err := kinds[kind].Validate(value); err != nil {
			t.Errorf("%s: %v", at, err)
		}
	}
	err := filepath.WalkDir(root+"/examples", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		text := readFile(t, path)
		switch base := filepath.Base(path); {
		case strings.HasSuffix(base, ".domain.yaml"):
			check(path, schema.Domain, text)
		case strings.HasPrefix(base, "zoneward"):
			check(path, schema.Config, text)
		case strings.Count(base, ".") > 1 && strings.Contains(path, "/zones/"):
			check(path, schema.Zone, text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")
	for page, kind := range map[string]schema.Kind{"configuration": schema.Config, "domain-files": schema.Domain, "zone-files-yaml": schema.Zone} {
		for i, found := range block.FindAllStringSubmatch(readFile(t, root+"/docs/"+page+".md"), -1) {
			text := found[1]
			if kind == schema.Config && !strings.Contains(text, "version: 1") {
				text = "version: 1\nsource: {dir: zones}\nproviders: {}\nzones: []\n" + text // a part of one
				if strings.Contains(found[1], "source:") || strings.Contains(found[1], "providers:") || strings.Contains(found[1], "zones:\n") {
					continue
				}
			}
			if kind == schema.Domain && !strings.HasPrefix(text, "domain:") {
				continue // of another file, which it explains
			}
			check(fmt.Sprintf("docs/%s.md, block %d", page, i+1), kind, text)
		}
	}
	for kind, least := range map[schema.Kind]int{schema.Config: 20, schema.Domain: 4, schema.Zone: 8} {
		if checked[kind] < least {
			t.Errorf("%d files of the kind %s were looked at; want at least %d", checked[kind], kind, least)
		}
	}
}

// TestSchemaRefuses: what is plainly wrong is marked in the editor.
func TestSchemaRefuses(t *testing.T) {
	const config = "version: 1\nsource: {dir: zones}\nproviders: {live: {type: zonedir, directory: live}}\nzones: [{match: '*', targets: [live]}]\n"
	tests := []struct {
		name string
		kind schema.Kind
		text string
		want bool // good
	}{
		{"a configuration", schema.Config, config, true},
		{"an unknown key", schema.Config, config + "polici: {}\n", false},
		{"a key of another provider", schema.Config, strings.Replace(config, "directory: live", "directory: live, api_key: '${X}'", 1), false},
		{"a secret that is written down", schema.Config, strings.Replace(config, "zonedir, directory: live", "powerdns, url: http://127.0.0.1, api_key: x", 1), false},
		{"two sources", schema.Config, strings.Replace(config, "dir: zones", "dir: zones, git: {url: x}", 1), false},
		{"a time", schema.Config, config + "policy: {grace: 90m}\n", true},
		{"no time", schema.Config, config + "policy: {grace: 2d}\n", false},
		{"a severity", schema.Config, config + "validate: {rules: {spf-syntax: error, missing-glue: off}}\n", true},
		{"no severity", schema.Config, config + "validate: {rules: {spf-syntax: fatal}}\n", false},
		{"a domain", schema.Domain, "domain: example.com\nmail: [{provider: tem, publish: [dkim]}]\n", true},
		{"an unknown output", schema.Domain, "domain: example.com\nmail: [{provider: tem, publish: [spf]}]\n", false},
		{"a zone", schema.Zone, "'': [{type: A, values: [192.0.2.1]}, {type: MX, value: {preference: 10, exchange: mx.example.net.}}]\n", true},
		{"a target without a dot", schema.Zone, "www: {type: CNAME, value: example.com}\n", false},
		{"value and values", schema.Zone, "www: {type: A, value: 192.0.2.1, values: [192.0.2.2]}\n", false},
		{"a misspelt key", schema.Zone, "www: {type: A, vale: 192.0.2.1}\n", false},
		{"no type", schema.Zone, "www: {value: 192.0.2.1}\n", false},
		{"at sign", schema.Zone, "'@': {type: A, value: 192.0.2.1}\n", false},
		{"a missing field", schema.Zone, "_sip._tcp: {type: SRV, value: {priority: 1, weight: 1, target: a.example.net.}}\n", false},
		{"another type", schema.Zone, "a: {type: HINFO, value: 'PC Linux'}\n", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			value, ok := asJSON(tt.text)
			if !ok {
				t.Fatal("not YAML")
			}
			if err := compileSchema(t, tt.kind).Validate(value); (err == nil) != tt.want {
				t.Errorf("%v; want good: %v", err, tt.want)
			}
		})
	}
}

// object is a mapping that a schema describes.
type object struct {
	Ref        string             `json:"$ref"`
	Properties map[string]*object `json:"properties"`
	AllOf      []*object          `json:"allOf"`
	AnyOf      []*object          `json:"anyOf"`
	Items      *object            `json:"items"`
	Const      any                `json:"const"`

	Definitions map[string]*object `json:"definitions"`
}

// mapping returns the first mapping with keys of its own that an object is, or is a list of, nil if there is none.
func (o *object) mapping(definitions map[string]*object) *object {
	if name, ok := strings.CutPrefix(o.Ref, "#/definitions/"); ok {
		return definitions[name].mapping(definitions)
	}
	if len(o.Properties) > 0 {
		return o
	}
	for _, part := range slices.Concat(o.AllOf, o.AnyOf) {
		if m := part.mapping(definitions); m != nil {
			return m
		}
	}
	if o.Items != nil {
		return o.Items.mapping(definitions)
	}
	return nil
}

// TestSchemaHasTheKeysOfTheConfiguration: in each mapping the schema has the keys that the reader of the configuration says it can have, and no others.
func TestSchemaHasTheKeysOfTheConfiguration(t *testing.T) {
	text, _ := schema.Of(schema.Config)
	var top object
	if err := json.Unmarshal(text, &top); err != nil {
		t.Fatal(err)
	}
	known := regexp.MustCompile(`unknown key "no-such-key"; it can have (.*)`)
	var looked int
	var compare func(at []string, o *object)
	compare = func(at []string, o *object) {
		m := o.mapping(top.Definitions)
		if m == nil {
			return
		}
		_, err := parseConfig("zoneward.yaml", []byte(nested(at)), os.LookupEnv, false)
		if err == nil {
			t.Errorf("%s: an unknown key is not refused", strings.Join(at, "."))
			return
		}
		var want []string
		if found := known.FindStringSubmatch(err.Error()); found != nil {
			want = strings.Split(found[1], ", ")
		}
		if got := slices.Sorted(maps.Keys(m.Properties)); !cmp.Equal(got, want) {
			t.Errorf("%s: the schema has\n%v, the reader\n%v", strings.Join(at, "."), got, want)
		}
		looked++
		for _, key := range slices.Sorted(maps.Keys(m.Properties)) {
			compare(append(slices.Clone(at), key), m.Properties[key])
		}
	}
	compare(nil, &top)
	for name, definition := range top.Definitions {
		if typ, ok := strings.CutPrefix(name, "provider-"); ok {
			compare([]string{"providers", "p", "type=" + typ}, definition)
		}
	}
	compare([]string{"zones"}, top.Definitions["rule"])
	if looked < 40 {
		t.Errorf("%d mappings were looked at", looked)
	}
}

// nested returns a YAML text with an unknown key in the mapping that is at those keys.
func nested(at []string) string {
	var b strings.Builder
	depth := 0
	for _, key := range at {
		indent := strings.Repeat("  ", depth)
		if name, value, ok := strings.Cut(key, "="); ok {
			fmt.Fprintf(&b, "%s%s: %s\n", indent, name, value)
			continue
		}
		fmt.Fprintf(&b, "%s%s:\n", indent, key)
		depth++
		if slices.Contains([]string{"zones", "notifications", "tokens", "oidc", "freeze", "ignore", "protected", "ignore_ttl"}, key) && len(at) > 0 {
			b.WriteString(strings.Repeat("  ", depth) + "-\n")
			depth++
		}
	}
	fmt.Fprintf(&b, "%sno-such-key: 1\n", strings.Repeat("  ", depth))
	return b.String()
}
