package zoneedit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneward/zoneward/zonefile"
)

// TestEditsAreRight edits random files: nothing is left to people, and the patch makes the new file of the old one.
func TestEditsAreRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file, text := "example.com.zone", randomMaster(t)
		if rapid.Bool().Draw(t, "yaml") {
			file, text = "example.com.yaml", randomYAML(t)
		}
		source := Source{FS: fstest.MapFS{file: {Data: []byte(text)}}, File: file, Options: zonefile.ParseOptions{Origin: origin}}
		stated, err := zonefile.Parse(source.FS, file, source.Options)
		if err != nil {
			t.Fatal(err)
		}
		if stated.Err() != nil {
			t.Skip("the file has an error")
		}
		source.Stated = stated
		changes := randomChanges(t, stated.Zone)
		texts, err := Edit(source, changes)
		if err != nil {
			t.Fatalf("%v\n%v\n%s", err, changes, text)
		}
		for _, edited := range texts {
			if diff := cmp.Diff(edited.New(), patched(t, text, edited.Unified(file))); diff != "" {
				t.Errorf("the patch makes something else (-want +got):\n%s\n%s", diff, edited.Unified(file))
			}
		}
		if len(changes) > 0 && len(texts) == 0 {
			t.Error("nothing was edited")
		}
	})
}

var owners = []string{"@", "a", "b", "c.d", "*", "e"}

func randomRecord(t *rapid.T) (typ, data string) {
	n := rapid.IntRange(1, 4).Draw(t, "n")
	switch rapid.IntRange(0, 2).Draw(t, "type") {
	case 0:
		return "A", fmt.Sprintf("192.0.2.%d", n)
	case 1:
		return "TXT", fmt.Sprintf(`"t; %d"`, n)
	}
	return "MX", fmt.Sprintf("%d mx.example.net.", n)
}

func randomMaster(t *rapid.T) string {
	var b strings.Builder
	b.WriteString("$TTL 300\n")
	for i := range rapid.IntRange(0, 12).Draw(t, "lines") {
		owner := rapid.SampledFrom(append(slices.Clone(owners), "")).Draw(t, "owner")
		if i == 0 && owner == "" {
			owner = "a"
		}
		typ, data := randomRecord(t)
		line := fmt.Sprintf("%s %s %s", owner, typ, data)
		switch rapid.IntRange(0, 4).Draw(t, "form") {
		case 0:
			line = fmt.Sprintf("%s %s ( ; why (\n  %s )", owner, typ, data)
		case 1:
			line += " ; \"because"
		case 2:
			line = "; nothing\n\n" + line
		}
		b.WriteString(line + "\n")
	}
	text := b.String()
	if rapid.Bool().Draw(t, "unfinished") {
		text = strings.TrimSuffix(text, "\n")
	}
	return text
}

func randomYAML(t *rapid.T) string {
	var b strings.Builder
	for _, owner := range owners {
		if !rapid.Bool().Draw(t, "there") {
			continue
		}
		if owner == "@" {
			owner = ""
		}
		fmt.Fprintf(&b, "%s:\n", strconv.Quote(owner))
		if rapid.Bool().Draw(t, "single") {
			fmt.Fprintf(&b, "  type: A\n  value: 192.0.2.%d\n", rapid.IntRange(1, 4).Draw(t, "n"))
			continue
		}
		for _, typ := range []string{"A", "TXT"} {
			if typ == "A" || rapid.Bool().Draw(t, "second") {
				fmt.Fprintf(&b, "- type: %s # so\n  ttl: 300\n  values:\n  - 192.0.2.%d\n\n", typ, rapid.IntRange(1, 4).Draw(t, "n"))
			}
		}
	}
	text := b.String()
	if rapid.Bool().Draw(t, "unfinished") {
		text = strings.TrimRight(text, "\n")
	}
	return text
}

func randomChanges(t *rapid.T, zone *zonefile.Zone) []zonefile.Change {
	byKey := map[zonefile.Key]zonefile.Change{}
	for range rapid.IntRange(1, 4).Draw(t, "changes") {
		name, err := zonefile.ParseName(rapid.SampledFrom(owners).Draw(t, "owner"), origin)
		if err != nil {
			t.Fatal(err)
		}
		typ, data := randomRecord(t)
		key := zonefile.Key{Name: name, Type: zonefile.MustParseType(typ)}
		set, err := zonefile.ParseRRset(key, zonefile.TTL(rapid.IntRange(1, 2).Draw(t, "ttl")*300), origin, data)
		if err != nil {
			t.Fatal(err)
		}
		c := zonefile.Change{New: &set}
		if old, ok := zone.Get(key); ok {
			if c.Old = &old; rapid.Bool().Draw(t, "gone") {
				c.New = nil
			}
			if c.New != nil && *c.New == old {
				continue
			}
		}
		byKey[key] = c
	}
	var changes []zonefile.Change
	for _, c := range byKey {
		changes = append(changes, c)
	}
	slices.SortFunc(changes, func(a, b zonefile.Change) int { return a.Key().Compare(b.Key()) })
	return changes
}

// patched applies a unified diff of one file, strictly: every line that it has of the old file has to be there.
func patched(t *rapid.T, old, patch string) string {
	lines, at := splitLines(old), 0
	var b strings.Builder
	diff := splitLines(patch)
	for i := 2; i < len(diff); i++ {
		line := diff[i]
		if strings.HasPrefix(line, "@@ ") {
			var start, count int
			if _, err := fmt.Sscanf(line, "@@ -%d,%d ", &start, &count); err != nil {
				t.Fatal(err)
			}
			if count > 0 {
				start--
			}
			for ; at < start; at++ {
				b.WriteString(lines[at])
			}
			continue
		}
		if strings.HasPrefix(line, `\ No newline`) {
			continue
		}
		content := line[1:]
		if i+1 < len(diff) && strings.HasPrefix(diff[i+1], `\ No newline`) {
			content = strings.TrimSuffix(content, "\n")
		}
		if line[0] != '+' {
			if at >= len(lines) || lines[at] != content {
				t.Fatalf("line %d of the patch is not line %d of the file:\n%s\n%s", i+1, at+1, patch, old)
			}
			at++
		}
		if line[0] != '-' {
			b.WriteString(content)
		}
	}
	for ; at < len(lines); at++ {
		b.WriteString(lines[at])
	}
	return b.String()
}
