package render

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Resource names a resource: "mail example.com.".
func Resource(kind providers.ResourceKind, name zonefile.Name) string {
	return Shown(string(kind)) + " " + Name(name)
}

// IsPending reports whether a change is an output of a resource of which nothing is known but that it will be there.
func IsPending(c reconcile.Change) bool {
	return c.Kind == reconcile.KindRRset && c.Old == nil && c.New == nil && c.From != ""
}

// plainValue matches values that cannot be taken for anything beside them in a line.
var plainValue = regexp.MustCompile(`^[A-Za-z0-9._:;/@+=*-]+( [A-Za-z0-9._:;/@+=*-]+)*$`)

// notYet stands for the value of a field that is not known before something else was done.
const notYet = "(not known yet)"

// fieldValue returns an element of a field of a resource for the end of a line, between quotes where it could be taken for something else.
func fieldValue(value string) string {
	if plainValue.MatchString(value) {
		return value
	}
	return Shown(strconv.Quote(value))
}

// FieldLine is one value of a field that changes, or an element of one that is a set.
type FieldLine struct {
	Kind LineKind
	Text string
}

// setFields are the fields whose values are sets: those of delegations. See providers.FieldSpec.
var setFields = []string{"name_servers", "ds", "key_data"}

// elementsOf returns the elements of a field that is a set, and of any other field its value alone, if it has one.
func elementsOf(field, value string) []string {
	if slices.Contains(setFields, field) {
		return providers.SplitSet(value)
	}
	if value == "" {
		return nil
	}
	return []string{value}
}

// FieldLines returns what of a field goes, what comes, and what stays, in that order.
func FieldLines(f reconcile.FieldChange) []FieldLine {
	old, new := elementsOf(f.Name, f.Old), elementsOf(f.Name, f.New)
	var gone, come, same []FieldLine
	for _, element := range new {
		if slices.Contains(old, element) {
			same = append(same, FieldLine{LineSame, fieldValue(element)})
			continue
		}
		come = append(come, FieldLine{LineNew, fieldValue(element)})
	}
	if f.After != "" {
		come = append(come, FieldLine{LineNew, notYet})
	}
	for _, element := range old {
		if !slices.Contains(new, element) {
			gone = append(gone, FieldLine{LineGone, fieldValue(element)})
		}
	}
	return slices.Concat(gone, come, same)
}

// Word returns the value of a field for the middle of a line, between quotes if it is more than a word.
func Word(value string) string {
	if IsWord(value) {
		return value
	}
	return Shown(strconv.Quote(value))
}

// fieldsText returns the fields of a resource that comes or goes as a whole in one line: "region fr-par, project p1".
func fieldsText(c *reconcile.ResourceChange) string {
	var all []string
	for _, f := range c.Fields {
		all = append(all, Shown(f.Name)+" "+wholeValue(f))
	}
	return strings.Join(all, ", ")
}

// wholeValue returns the value of a field of a resource that comes or goes as a whole.
func wholeValue(f reconcile.FieldChange) string {
	if f.After != "" {
		return notYet
	}
	return Word(cmp.Or(f.New, f.Old))
}

// secretNotes say by which references the secrets are named that a change of a resource uses.
func secretNotes(c *reconcile.ResourceChange) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(c.References)) {
		// What can be seen of a secret are fields whose names begin with its own.
		if slices.ContainsFunc(c.Fields, func(f reconcile.FieldChange) bool { return f.New != "" && strings.HasPrefix(f.Name, name) }) {
			all = append(all, Shown(name)+" from "+Shown(c.References[name]))
		}
	}
	return all
}

// Retirement says what the retirement of a resource comes to, empty for all other changes.
func Retirement(c reconcile.Change) string {
	if c.Kind != reconcile.KindResource || c.Action != reconcile.Retire {
		return ""
	}
	switch c.Resource.Kind {
	case providers.Mail:
		return "it stays at its provider until it is purged; declared again it is as before"
	case providers.App:
		return "it is unlinked from the application; declared again it is linked anew"
	case providers.Delegation:
		return "it stays as it is at the registrar, and is not looked after any more"
	}
	return ""
}

// resourceNotes say what the end of a resource comes to, and where its secrets are.
func resourceNotes(c reconcile.Change) []string {
	var all []string
	switch text := Retirement(c); {
	case text != "":
		all = append(all, text)
	case c.Action == reconcile.Purge && c.Resource.Kind == providers.Mail:
		all = append(all, "it is revoked for good: made again it has another key")
	case c.Action == reconcile.Purge:
		all = append(all, "it is ended for good")
	}
	return append(all, secretNotes(c.Resource)...)
}

// widestFields is how long the fields of a resource can be to stand in one line.
const widestFields = 120

// resource writes the change of a resource: in one line if it comes or goes as a whole and that is not too long, otherwise with a line for each field.
func (t Printer) resource(c reconcile.Change, colour, about string) {
	head := fmt.Sprintf("%s  %s%s %s%s", t.indent, colour, Symbol(c.Action), Resource(c.Resource.Kind, c.Key.Name), t.Style.Reset)
	replaces := func(f reconcile.FieldChange) bool { return f.Old != "" && f.New != "" }
	whole, text := c.Action != reconcile.Update && !slices.ContainsFunc(c.Resource.Fields, replaces), fieldsText(c.Resource)
	if whole && len(text) <= widestFields {
		if text != "" {
			text = "  " + text
		}
		t.Printf("%s%s%s\n", head, text, about)
		return
	}
	t.Printf("%s%s\n", head, about)
	for _, f := range c.Resource.Fields {
		if whole { // which is said in front
			t.Printf("%s      %s: %s\n", t.indent, Shown(f.Name), wholeValue(f))
			continue
		}
		t.field(f)
	}
}

// field writes the change of a field: in one line if one value takes the place of another, otherwise with a line for each element.
func (t Printer) field(f reconcile.FieldChange) {
	lines := FieldLines(f)
	if len(lines) == 2 && lines[0].Kind == LineGone && lines[1].Kind == LineNew {
		t.Printf("%s      %s: %s%s%s -> %s%s%s\n", t.indent, Shown(f.Name), t.Style.Red, lines[0].Text, t.Style.Reset, t.Style.Green, lines[1].Text, t.Style.Reset)
		return
	}
	head := t.indent + "      " + Shown(f.Name) + ":"
	for _, line := range lines {
		sign, colour := t.sign(line.Kind)
		t.Printf("%s %s%s %s%s\n", head, colour, sign, line.Text, t.Style.Reset)
		head = strings.Repeat(" ", len([]rune(head)))
	}
}
