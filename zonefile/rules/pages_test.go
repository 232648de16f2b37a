package rules_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/rules"
)

var update = flag.Bool("update", false, "write the table of docs/rules/README.md")

const pages = "../../docs/rules"

// withoutExample are the rules whose page has no example: it would be larger than a page, or there is nothing to show.
var withoutExample = []string{"file-too-large", "entry-too-large", "rrset-too-large", "zone-too-large", "too-many-problems", "include-limit", "yaml-no-files"}

// Every rule has a page and every page a rule, and a page says what the code does:
//
//   - the title is the id, the first paragraph the summary, the second the severity;
//   - under "## Finds" there are zone files, and below them what the rule finds in them, and where: in the lines that end with "<- here";
//   - under "## Passes" there are zone files in which no rule finds anything that is not off by default, and this one neither;
//   - it says how the rule is allowed, and asked for if it is off.
//
// What is found in something else than a zone file has no example: it takes more than files.
//
// A zone file is a block of ```zone or ```yaml, of the zone example.com. unless a file name follows: ```zone example.net.zone. Those of one section
// are one repository, and each heading ("###") in it begins another. The messages are a block of ```text, one a line, in the order of the places. Where no comment can be in the line, "line 3: "
// stands before the message.
func TestPages(t *testing.T) {
	all := rules.All()
	files, err := filepath.Glob(filepath.Join(pages, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".md")
		if id != "README" && !slices.ContainsFunc(all, func(r rules.Rule) bool { return r.ID == id }) {
			t.Errorf("%s: there is no such rule", file)
		}
	}
	for _, r := range all {
		t.Run(r.ID, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(pages, r.ID+".md"))
			if err != nil {
				t.Fatal(err)
			}
			checkHead(t, r, string(text))
			if r.Elsewhere || slices.Contains(withoutExample, r.ID) {
				return
			}
			finds, passes := examples(section(string(text), "Finds")), examples(section(string(text), "Passes"))
			if len(finds) == 0 || len(passes) == 0 {
				t.Fatal(`want examples in the sections "## Finds" and "## Passes"`)
			}
			for _, e := range finds {
				e.checkFinds(t, r)
			}
			for _, e := range passes {
				e.checkPasses(t, r)
			}
		})
	}
}

// checkHead compares the head of a page with its rule.
func checkHead(t *testing.T, r rules.Rule, text string) {
	t.Helper()
	head := fmt.Sprintf("# %s\n\n%s.\n\nSeverity: %s.\n\n", r.ID, r.Summary, severity(r))
	if !strings.HasPrefix(text, head) {
		t.Errorf("the page begins\n%s\nwant\n%s", text[:min(len(text), len(head))], head)
	}
	if len(section(text, "To mend")) == 0 {
		t.Error(`want a section "## To mend"`)
	}
	if allow := "zoneward: allow " + r.ID; !r.Fixed && !strings.Contains(text, allow) {
		t.Errorf("want %q", allow)
	}
	if ask := "`" + r.ID + ": warning`"; r.Severity == rules.Off && !strings.Contains(text, ask) {
		t.Errorf("want %q", ask)
	}
}

// severity returns what a page and the table say of the severity of a rule.
func severity(r rules.Rule) string {
	switch {
	case r.Fixed:
		return r.Severity.String() + ", always"
	case r.Severity == rules.Off:
		return "off"
	}
	return r.Severity.String()
}

// section returns what a page has under a heading.
func section(text, heading string) string {
	_, rest, _ := strings.Cut(text, "\n## "+heading+"\n")
	if i := strings.Index(rest, "\n## "); i >= 0 {
		rest = rest[:i+1]
	}
	return rest
}

// example is a repository of zone files, and what is found in them.
type example struct {
	files []string // in order
	fsys  fstest.MapFS
	want  []string // messages, with their places
}

var block = regexp.MustCompile("(?ms)^```(zone|yaml|text)(?: (\\S+))?\n(.*?)^```$")

// examples reads the blocks of a section.
func examples(section string) []example {
	var all []example
	for part := range strings.SplitSeq(section, "\n### ") {
		e := example{fsys: fstest.MapFS{}}
		var here []string // places that are marked
		for _, b := range block.FindAllStringSubmatch(part, -1) {
			kind, name, text := b[1], b[2], b[3]
			if kind == "text" {
				e.addMessages(here, text)
				here = nil
				continue
			}
			if name == "" {
				name = "example.com." + kind
			}
			e.files = append(e.files, name)
			e.fsys[name] = &fstest.MapFile{Data: []byte(text)}
			here = append(here, marked(name, text)...)
		}
		for _, place := range here {
			e.want = append(e.want, place+": a message in a text block")
		}
		if len(e.files) > 0 {
			all = append(all, e)
		}
	}
	return all
}

// marked returns the places of the lines of a file that end with the mark.
func marked(name, text string) []string {
	var places []string
	n := 0
	for line := range strings.Lines(text) {
		if n++; strings.HasSuffix(strings.TrimSpace(line), "<- here") {
			places = append(places, fmt.Sprintf("%s:%d", name, n))
		}
	}
	return places
}

var ofLine = regexp.MustCompile(`^line ([0-9]+): (.*)$`)

// addMessages takes a block of messages, which are of the places that were marked before it, of the line that they name, or of the file as a whole.
func (e *example) addMessages(here []string, text string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		last := e.files[len(e.files)-1]
		switch m := ofLine.FindStringSubmatch(line); {
		case m != nil:
			e.want = append(e.want, last+":"+m[1]+": "+m[2])
		case len(here) > 0:
			e.want = append(e.want, here[0]+": "+line)
			here = here[1:]
		default:
			e.want = append(e.want, last+": "+line)
		}
	}
	for _, place := range here {
		e.want = append(e.want, place+": no message for it")
	}
}

// judge returns what a set of rules says of the zones.
func (e example) judge(t *testing.T, chosen rules.Levels) []zonefile.Problem {
	t.Helper()
	set, err := rules.NewSet(chosen)
	if err != nil {
		t.Fatal(err)
	}
	var files []*zonefile.File
	read := map[zonefile.Name]bool{}
	for _, file := range e.files {
		if dir := filepath.Dir(file); strings.HasSuffix(dir, ".") && dir != "." {
			file = dir // of a split directory
		}
		origin, ok := zonefile.OriginOf(file)
		if !ok || read[origin] {
			continue // included by another
		}
		read[origin] = true
		f, err := zonefile.Parse(e.fsys, file, zonefile.ParseOptions{Origin: origin})
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	across := set.JudgeAcross(rules.NewRepository(files...))
	var problems []zonefile.Problem
	for i, f := range files {
		problems = append(problems, append(set.Judge(f, zonefile.Warning), across[i]...)...)
	}
	return problems
}

func (e example) checkFinds(t *testing.T, r rules.Rule) {
	t.Helper()
	var got []string
	for _, p := range e.judge(t, asked(r)) {
		if p.Rule == r.ID {
			got = append(got, place(p.Position)+": "+p.Message)
		}
	}
	if d := cmp.Diff(got, e.want); d != "" || len(got) == 0 {
		t.Errorf("what it finds (-got +on the page), of %d:\n%s", len(got), d)
	}
}

func (e example) checkPasses(t *testing.T, r rules.Rule) {
	t.Helper()
	for _, p := range e.judge(t, asked(r)) {
		t.Errorf("what passes does not: %s [%s]", p, p.Rule)
	}
}

// asked returns what turns a rule on.
func asked(r rules.Rule) rules.Levels {
	if r.Severity != rules.Off {
		return nil
	}
	return rules.Levels{r.ID: zonefile.Warning}
}

func place(at zonefile.Position) string {
	if at.Line == 0 {
		return at.File
	}
	return at.File + ":" + strconv.Itoa(at.Line)
}

// The table of docs/rules/README.md has every rule.
func TestTableOfRules(t *testing.T) {
	const begin, end = "<!-- All rules: written by `go test ./zonefile/rules -run TestTableOfRules -update`. -->\n\n", "\n<!-- End of all rules. -->"
	var table strings.Builder
	table.WriteString("| rule | severity | what it finds |\n|---|---|---|\n")
	for _, r := range rules.All() {
		fmt.Fprintf(&table, "| [%s](%s.md) | %s | %s |\n", r.ID, r.ID, severity(r), strings.ReplaceAll(r.Summary, "|", `\|`))
	}
	file := filepath.Join(pages, "README.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s: no comments around the table of all rules", file)
	}
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+table.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(got, table.String()); d != "" {
		t.Errorf("%s (-got +want), written with -update:\n%s", file, d)
	}
}

// The links between the pages lead somewhere.
func TestLinksOfPages(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(pages, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#]+)`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(pages, m[1])); err != nil {
				t.Errorf("%s: a link to %s, which is not there", filepath.Base(file), m[1])
			}
		}
	}
}
