package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// shown returns text that comes from outside (file names, messages of servers) with everything that could move the cursor, change
// the direction of writing or hide something replaced by what it is, such as \u{202e}. Line feeds are replaced too.
func shown(text string) string {
	plain := true
	for _, r := range text {
		plain = plain && isPlain(r)
	}
	if plain && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "\\x%02x", text[i])
		case isPlain(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "\\u{%x}", r)
		}
		i += size
	}
	return b.String()
}

// isPlain reports whether r prints as itself: no control, no format character (bidi, zero width), no other kind of space.
func isPlain(r rune) bool {
	return r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != 0x115f && r != 0x3164 && r != 0xffa0
}

// shownLines is shown for text that may have several lines.
func shownLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = shown(line)
	}
	return strings.Join(lines, "\n")
}

// shownName returns a domain name, with how people write it behind it if that differs.
func shownName(name zonefile.Name) string {
	if unicode, differs := name.Unicode(); differs {
		return name.String() + " (" + shown(unicode) + ")"
	}
	return name.String()
}

// symbols are the signs of the actions.
var symbols = map[reconcile.Action]string{
	reconcile.Create: "+", reconcile.Update: "~", reconcile.Retire: "-", reconcile.Restore: "^", reconcile.Purge: "x",
}

// count returns n and the word that goes with it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// lineKind is what a line of an RRset's change says.
type lineKind int

const (
	lineSame lineKind = iota
	lineGone
	lineNew
)

// valueLine is one record of an RRset that changes.
type valueLine struct {
	kind lineKind
	ttl  zonefile.TTL
	text string
}

// valueLines returns the records of a change: those that go, those that come, and those that stay, in that order. If the TTL changes, all go and come.
func valueLines(c reconcile.Change) []valueLine {
	var gone, come, same []valueLine
	switch {
	case c.Old == nil && c.New == nil:
		return nil
	case c.Old == nil:
		for _, text := range c.New.Text() {
			come = append(come, valueLine{lineNew, c.New.TTL, text})
		}
	case c.New == nil:
		for _, text := range c.Old.Text() {
			gone = append(gone, valueLine{lineGone, c.Old.TTL, text})
		}
	default:
		old, stays := c.Old.Text(), map[string]bool{}
		if c.Old.TTL == c.New.TTL {
			for _, text := range old {
				stays[text] = true
			}
		}
		kept := map[string]bool{}
		for _, text := range c.New.Text() {
			if stays[text] {
				kept[text] = true
				same = append(same, valueLine{lineSame, c.New.TTL, text})
				continue
			}
			come = append(come, valueLine{lineNew, c.New.TTL, text})
		}
		for _, text := range old {
			if !kept[text] {
				gone = append(gone, valueLine{lineGone, c.Old.TTL, text})
			}
		}
	}
	return append(append(gone, come...), same...)
}
