package zonefile

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// textGenerator makes master files out of the probes: records in every layout that the grammar of RFC 1035 §5.1 has, right and wrong ones.
type textGenerator struct {
	*rand.Rand
	lines []string // "TYPE DATA" of all probes of one line, right and wrong
	right []string // those that are read
	words []string // of all lines
}

// newTextGenerator makes a generator from a seed.
func newTextGenerator(t testing.TB, seed uint64) *textGenerator {
	t.Helper()
	g := &textGenerator{Rand: rand.New(rand.NewPCG(seed, 0))}
	for _, subject := range []string{"addresses", "names", "text", "dnssec", "svcb"} {
		for _, p := range probes(t, "testdata/probes/"+subject+".txtar") {
			line := strings.TrimSuffix(strings.TrimPrefix(p.zone, preamble), "\n")
			typeAndData, ok := strings.CutPrefix(line, "a ")
			if !ok || strings.ContainsAny(line, "\n;") || len(line) > 400 {
				continue
			}
			g.lines = append(g.lines, typeAndData)
			if p.bind == bindSame && !strings.HasPrefix(p.want[0], "! ") {
				g.right = append(g.right, typeAndData)
			}
			g.words = append(g.words, strings.Fields(typeAndData)...)
		}
	}
	slices.Sort(g.words)
	g.words = slices.Compact(g.words)
	return g
}

// oneOf returns one of the choices.
func oneOf[T any](g *textGenerator, choices ...T) T { return choices[g.IntN(len(choices))] }

// chance reports true in one of n cases.
func (g *textGenerator) chance(n int) bool { return g.IntN(n) == 0 }

// typeAndData returns the type and data of a record, most of them with some changes. Quotes and parentheses are as many as before, or it is only one line all the same.
func (g *textGenerator) typeAndData() string {
	if g.chance(5) {
		return g.generic()
	}
	line := oneOf(g, g.lines...)
	if g.chance(8) {
		return line
	}
	words := strings.Fields(line)
	for range 1 + g.IntN(2) {
		i := g.IntN(len(words))
		switch g.IntN(8) {
		case 0:
			words[i] = oneOf(g, g.words...)
		case 1:
			words = slices.Insert(words, i, oneOf(g, g.words...))
		case 2:
			if len(words) > 1 {
				words = slices.Delete(words, i, i+1)
			}
		case 3:
			j := g.IntN(len(words))
			words[i], words[j] = words[j], words[i]
		case 4:
			words[i] = swapCase(words[i])
		case 5:
			if !strings.Contains(words[i], `"`) && !strings.HasSuffix(words[i], `\`) {
				words[i] = `"` + words[i] + `"`
			}
		default:
			words[i] = g.changed(words[i])
		}
	}
	return strings.Join(words, " ")
}

// generic returns the type and data of a record in the form of RFC 3597, most of them with some changes.
func (g *textGenerator) generic() string {
	name, text, _ := strings.Cut(oneOf(g, g.right...), " ")
	typ := MustParseType(name)
	rdata, err := ParseRDATA(typ, text, example)
	if err != nil {
		return name + " " + text
	}
	for range g.IntN(3) {
		at := g.IntN(len(rdata) + 1)
		switch {
		case g.chance(3):
			rdata = slices.Insert(rdata, at, byte(g.Uint32()))
		case at == len(rdata):
		case g.chance(2):
			rdata = slices.Delete(rdata, at, at+1)
		case g.chance(2):
			rdata = rdata[:at]
		default:
			rdata[at] = oneOf(g, 0, 1, 2, 3, 4, 0x20, 0x7f, 0x80, 0xff, byte(g.Uint32()))
		}
	}
	return fmt.Sprintf(`TYPE%d \# %d %x`, typ, len(rdata), rdata)
}

// changed returns a word with one octet more, fewer, or another.
func (g *textGenerator) changed(word string) string {
	const octets = `0123456789abcfxzAFX.-_:,=+/\@*!#%` + "\xe9"
	at := g.IntN(len(word) + 1)
	octet := string(octets[g.IntN(len(octets))])
	if g.chance(8) {
		octet = fmt.Sprintf(`\%03d`, g.IntN(260))
	}
	switch {
	case g.chance(3) || at == len(word):
		return word[:at] + octet + word[at:]
	case g.chance(2) && word[at] != '"':
		return word[:at] + word[at+1:]
	case word[at] != '"':
		return word[:at] + octet + word[at+1:]
	}
	return word
}

func swapCase(word string) string {
	b := []byte(word)
	for i, c := range b {
		if 'a' <= c|0x20 && c|0x20 <= 'z' {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

// header returns what stands between an owner and a type.
func (g *textGenerator) header() string {
	return oneOf(g, "", "", "", "60 ", "IN ", "60 IN ", "IN 60 ", "1h ", "in 1H30m ", "0 ", "CLASS1 ", "00060 ", "2147483647 ")
}

// oneLine returns a record of a line whose owner is n and a number.
func (g *textGenerator) oneLine(number int) string {
	line := fmt.Sprintf("n%d %s%s", number, g.header(), g.typeAndData())
	if balanced(line) {
		return line
	}
	return fmt.Sprintf("n%d TXT x", number)
}

// balanced reports whether a line is one entry, whatever is around it: BIND does not find the next line behind one that is not.
func balanced(line string) bool {
	s := newScanner(line + "\n")
	e, ok := s.next()
	return ok && e.fault == nil && s.pos == len(s.text) && !s.commented && !strings.ContainsAny(line, "()\x00\r")
}

// zone returns the files of a zone: "zone", and what it includes.
func (g *textGenerator) zone() map[string]string {
	files := map[string]string{"a.inc": g.statements(2, false), "b.inc": g.statements(1, false)}
	text := preamble + g.statements(4+g.IntN(8), true)
	if g.chance(3) {
		text = preamble + g.broken(strings.TrimPrefix(text, preamble))
	}
	files["zone"] = text
	return files
}

// broken returns a text with an octet more, fewer, or another.
func (g *textGenerator) broken(text string) string {
	const octets = " \t\n\n\"\"();;\\$.@a0-{},/"
	at := g.IntN(len(text))
	octet := string(octets[g.IntN(len(octets))])
	switch g.IntN(3) {
	case 0:
		return text[:at] + text[at+1:]
	case 1:
		return text[:at] + octet + text[at:]
	}
	return text[:at] + octet + text[at+1:]
}

// statements returns so many records and directives.
func (g *textGenerator) statements(count int, mayInclude bool) string {
	var b strings.Builder
	for range count {
		switch n := g.IntN(12); {
		case n == 0:
			b.WriteString(oneOf(g, "$TTL 60\n", "$TTL 1h30m ; comment\n", "$ttl ( 0\n)\n", "$TTL\t2147483647\n"))
		case n == 1:
			b.WriteString(oneOf(g, "$ORIGIN sub\n", "$ORIGIN example.com.\n", "$ORIGIN @\n", "$ORIGIN a\\.b\n", "$origin ( sub2 )\n"))
		case n == 2 && mayInclude:
			b.WriteString(oneOf(g, "$INCLUDE a.inc\n", "$INCLUDE \"b.inc\" sub\n", "$INCLUDE b.inc ; comment\n", "$include ( a.inc\n x.example.com. )\n"))
		case n == 3:
			b.WriteString(g.generate())
		default:
			b.WriteString(g.record())
		}
		if g.chance(6) {
			b.WriteString(oneOf(g, "\n", "; comment ( \" \n", "  \n", " ; indented\n"))
		}
	}
	return b.String()
}

// record returns a record in some layout.
func (g *textGenerator) record() string {
	owner := oneOf(g, "", "", "a", "b", "c.d", "@", "*", "A", `"q"`, `e\.f`, `g\032h`, "_x._tcp", "1", "300", "in", "mx", "www.example.com.", `\097`, "n-1.sub", "x\\\"y")
	typeAndData := oneOf(g, g.right...)
	for strings.HasPrefix(typeAndData, "NSEC3 ") { // which BIND lets only few names have
		typeAndData = oneOf(g, g.right...)
	}
	words := strings.Fields(typeAndData)
	words = append(strings.Fields(g.header()), words...)
	var b strings.Builder
	b.WriteString(owner)
	open := 0
	for _, word := range words {
		b.WriteString(oneOf(g, " ", " ", " ", "\t", "  "))
		if g.chance(12) {
			open++
			b.WriteString(oneOf(g, "( ", "(", "( ; comment\n ", "(\n"))
		}
		b.WriteString(word)
		if open > 0 && g.chance(4) {
			b.WriteString(oneOf(g, "\n", " ; comment\n\t", "\n\n "))
		}
		if open > 0 && g.chance(3) {
			open--
			b.WriteString(oneOf(g, ")", " ) "))
		}
	}
	b.WriteString(strings.Repeat(" )", open))
	b.WriteString(oneOf(g, "\n", "\n", "\r\n", " \n", " ; comment\n", "; \"comment\n"))
	return b.String()
}

// generate returns a $GENERATE that BIND reads, or refuses.
func (g *textGenerator) generate() string {
	number := func() string {
		return oneOf(g, "$", "${0}", "${1}", "${-1}", "${0,3}", "${2,3,d}", "${0,2,x}", "${0,0,X}", "${0,3,o}", "${0,5,n}", "${0,3,N}", "$$", `\$`, "${", "${0,1,q}", "${+3,2}")
	}
	data := oneOf(g, "A 192.0.2."+number(), "TXT x"+number()+"y", "CNAME "+number()+".b", `MX "1 m`+number()+`"`, "AAAA 2001:db8::"+number(), "PTR "+number()+number(), `SRV "0 0 `+number()+` a"`)
	return fmt.Sprintf("$GENERATE %s %s%s %s%s\n", oneOf(g, "1-3", "0-2", "7-20/4", "5-5", "9-10", "3-1", "1-2/0"), oneOf(g, "", "h"), number(), g.header(), data)
}
