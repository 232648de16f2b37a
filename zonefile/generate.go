package zonefile

import (
	"fmt"
	"strconv"
	"strings"
)

// Bounds of $GENERATE.
const (
	maxGenerateValue = 1<<31 - 1
	maxGenerateWidth = 127 // characters that one $ stands for; BIND has the same
	generatedFactor  = 16  // of Limits.Generated, for all of a zone
)

// generateRange is START-STOP or START-STOP/STEP.
type generateRange struct {
	start, stop, step uint64
}

// generate reads $GENERATE RANGE OWNER [TTL] [CLASS] TYPE DATA: a record for each number of the range, which $ stands for in the
// owner and the data. BIND has described it since 8.2; unlike BIND, the data may be of several words without quotes.
func (r *bindReader) generate(src *source, e entry, args []token) *fault {
	steps, f := parseRange(args[0])
	if f != nil {
		return f
	}
	count := int((steps.stop-steps.start)/steps.step) + 1
	switch {
	case count > r.limits.Generated:
		return &fault{"generate-limit", args[0].pos, beyond(limitGenerated, "%d records, and %d is the most for one directive", count, r.limits.Generated)}
	case r.generated+count > generatedFactor*r.limits.Generated:
		return &fault{"generate-limit", args[0].pos, beyond(limitGenerated, "more than %d records in the zone, %d times as many as one directive may make", generatedFactor*r.limits.Generated, generatedFactor)}
	}
	r.generated += count
	h, data, f := parseHeader(args[2:], e.end)
	if f != nil {
		return f
	}
	if data, f = unquoted(h.typ, data); f != nil {
		return f
	}
	// What is made is a copy of the text for each number: it counts as if it had been in the file.
	size := int64(e.end - e.pos)
	if size*int64(count) > r.octets {
		return &fault{"generate-limit", args[0].pos, fmt.Sprintf("with %d records of up to %d octets the zone has %s", count, size, r.limits.inBIND().exceeded())}
	}
	made := &source{file: src.file, number: src.number, scan: src.scan, origin: src.origin}
	at := placeAt(src.number, e.stated, e.column)
	tokens := make([]token, len(data))
	outside := 0
	for n := steps.start; n <= steps.stop && !r.stopped; n += steps.step {
		ownerToken, f := substitute(args[1], int64(n))
		if f == nil {
			f = made.owner.set(ownerToken, made.origin, r.zone)
		}
		for i := 0; i < len(data) && f == nil; i++ {
			tokens[i], f = substitute(data[i], int64(n))
		}
		if r.octets -= max(size, octetsOf(ownerToken)+octetsOf(tokens...)); r.octets < 0 && f == nil {
			f = &fault{"generate-limit", args[0].pos, "with this record the zone has " + r.limits.inBIND().exceeded()}
		}
		if f == nil && made.owner.state == outsideOwner {
			outside++
			continue
		}
		if f == nil {
			f = r.add(made, h, &rdataParser{tokens: tokens, end: e.end, origin: made.origin}, at)
		}
		if f != nil {
			f.text = "at " + strconv.FormatUint(n, 10) + ": " + r.prefix(made, h) + f.text
			return f
		}
	}
	if outside > 0 {
		r.warn(src, e, "$GENERATE: ", faultAt(args[1].pos, "outside-zone", "%d of the %d owner names are outside the zone %s and left out, as in BIND", outside, count, r.zone))
	}
	return nil
}

// octetsOf returns how long tokens are.
func octetsOf(tokens ...token) int64 {
	n := 0
	for _, t := range tokens {
		n += len(t.text)
	}
	return int64(n)
}

// unquoted returns the words that are in the one quoted string that BIND wants the data of $GENERATE to be. A type whose data is a string keeps it.
func unquoted(typ Type, data []token) ([]token, *fault) {
	if len(data) != 1 || !data[0].quoted || strings.Trim(formOf(typ), "sSI") == "" {
		return data, nil
	}
	s := newScanner(strings.ReplaceAll(data[0].text, `\"`, `"`))
	e, _ := s.next()
	behind := data[0].pos + 1
	if e.fault != nil {
		return nil, &fault{e.fault.rule, behind + e.fault.pos, e.fault.text}
	}
	for i := range e.tokens {
		e.tokens[i].pos += behind
	}
	return e.tokens, nil
}

// parseRange reads START-STOP or START-STOP/STEP.
func parseRange(t token) (generateRange, *fault) {
	bounds, step, hasStep := strings.Cut(t.text, "/")
	first, last, ok := strings.Cut(bounds, "-")
	if !hasStep {
		step = "1"
	}
	r := generateRange{}
	oks := [4]bool{ok && !t.quoted}
	r.start, oks[1] = parseNumber(first, maxGenerateValue)
	r.stop, oks[2] = parseNumber(last, maxGenerateValue)
	r.step, oks[3] = parseNumber(step, maxGenerateValue)
	if oks != [4]bool{true, true, true, true} || r.stop < r.start || r.step == 0 {
		return r, faultAt(t.pos, "bad-generate", "%s is not a range START-STOP or START-STOP/STEP, with numbers up to %d, START not above STOP and STEP not 0", shown(t.text), maxGenerateValue)
	}
	return r, nil
}

// substitute returns t with what each $ in it stands for at n: n itself, or with ${OFFSET[,WIDTH[,BASE]]} what [generateFormat] makes of it.
// "$$" is a dollar, and what is behind a backslash stays.
func substitute(t token, n int64) (token, *fault) {
	if !strings.Contains(t.text, "$") {
		return t, nil
	}
	var out []byte
	for text := t.text; text != ""; {
		c := text[0]
		switch {
		case c == '\\' && len(text) > 1:
			out = append(out, text[:2]...)
			text = text[2:]
		case strings.HasPrefix(text, "$$"):
			out = append(out, '\\', '$')
			text = text[2:]
		case strings.HasPrefix(text, "${"):
			spec, rest, closed := strings.Cut(text[2:], "}")
			format, ok := parseGenerateFormat(spec)
			if !ok || !closed {
				return t, faultAt(t.pos, "bad-generate", "%s: want ${OFFSET}, ${OFFSET,WIDTH} or ${OFFSET,WIDTH,BASE} with WIDTH up to %d and BASE one of d o x X n N", shown(t.text), maxGenerateWidth)
			}
			out = format.append(out, n)
			text = rest
		case c == '$':
			out = strconv.AppendInt(out, n, 10)
			text = text[1:]
		default:
			out = append(out, c)
			text = text[1:]
		}
	}
	t.text = string(out)
	return t, nil
}

// generateFormat says how a number is written.
type generateFormat struct {
	offset int64
	width  int
	base   byte
}

// parseGenerateFormat reads OFFSET[,WIDTH[,BASE]].
func parseGenerateFormat(spec string) (generateFormat, bool) {
	parts := strings.Split(spec, ",")
	format := generateFormat{base: 'd'}
	var err error
	if format.offset, err = strconv.ParseInt(parts[0], 10, 32); err != nil || len(parts) > 3 {
		return format, false
	}
	if len(parts) > 1 {
		width, ok := parseNumber(parts[1], maxGenerateWidth)
		if !ok {
			return format, false
		}
		format.width = int(width)
	}
	if len(parts) > 2 {
		if len(parts[2]) != 1 || !strings.Contains("doxXnN", parts[2]) {
			return format, false
		}
		format.base = parts[2][0]
	}
	return format, true
}

// append appends n with the offset. A number below zero has a sign in decimal, and is taken modulo 2^32 in other bases, as in BIND.
func (f generateFormat) append(dst []byte, n int64) []byte {
	n += f.offset
	var digits string
	sign := ""
	switch f.base {
	case 'd':
		if n < 0 {
			n, sign = -n, "-"
		}
		digits = strconv.FormatInt(n, 10)
	case 'o':
		digits = strconv.FormatUint(uint64(uint32(n)), 8)
	case 'n', 'N':
		return appendNibbles(dst, uint32(n), f.width, f.base == 'N')
	default:
		digits = strconv.FormatUint(uint64(uint32(n)), 16)
		if f.base == 'X' {
			digits = strings.ToUpper(digits)
		}
	}
	dst = append(dst, sign...)
	for range f.width - len(sign) - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// appendNibbles appends the hex digits of n from the last to the first with dots between, as ip6.arpa has them, and more of zero up
// to width characters. The last character is a dot if the width says so.
func appendNibbles(dst []byte, n uint32, width int, upper bool) []byte {
	digits := hexDigits
	if upper {
		digits = strings.ToUpper(digits)
	}
	for {
		dst = append(dst, digits[n&15])
		n >>= 4
		width--
		if width > 0 || n != 0 {
			dst = append(dst, '.')
			width--
		}
		if width <= 0 && n == 0 {
			return dst
		}
	}
}
