package zonefile

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/idna"
)

// Limits of RFC 1035 §2.3.4, in octets.
const (
	maxLabel = 63
	maxName  = 255 // in wire form, with the length octets and the root label
)

// maxKey is more octets than Name.key has, which may have two for one in a label.
const maxKey = 2 * maxName

// Name is an absolute domain name in canonical form: ASCII letters are lower case (RFC 4034 §6.2).
// Names are compared with ==. The zero Name is not a name; the root is [Root].
type Name struct {
	// key has the labels from the root down, each followed by a zero octet, so that the order of strings is the canonical
	// order of names (RFC 4034 §6.1) and the names below a name are those that it is a prefix of. The root label is empty.
	// In a label 0x00 and 0x01 are written 0x01 0x01 and 0x01 0x02: the terminator stays less than anything in a label.
	key string
}

// Root is the name of the root zone.
var Root = Name{"\x00"}

// Errors of a name. Those that parse wrap them with the text that was read.
var (
	errEmptyName   = errors.New("an empty name")
	errEmptyLabel  = errors.New("an empty label (two dots in a row, or a dot in front)")
	errLongLabel   = fmt.Errorf("a label of more than %d octets", maxLabel)
	errLongName    = fmt.Errorf("longer than %d octets", maxName)
	errBadEscape   = errors.New(`a bad escape: write \DDD with DDD from 000 to 255, or \ and the character`)
	errNoOrigin    = errors.New("not absolute (no dot at the end), and there is no origin to complete it")
	errNotWireName = errors.New("not a name in uncompressed wire form")
)

// ParseName reads a name in presentation form (RFC 1035 §5.1): labels with dots between, \X and \DDD escapes, "@" for the
// origin. A name without a dot at the end is relative and completed with origin; it is an error if origin is the zero Name.
func ParseName(text string, origin Name) (Name, error) {
	name, err := parseName(text, origin)
	if err != nil {
		return Name{}, fmt.Errorf("name %q: %w", text, err)
	}
	return name, nil
}

// MustParseName is [ParseName] without an origin, for names that are known to be good. It panics on others.
func MustParseName(text string) Name {
	name, err := ParseName(text, Name{})
	if err != nil {
		panic(err)
	}
	return name
}

func parseName(text string, origin Name) (Name, error) {
	switch text {
	case "":
		return Name{}, errEmptyName
	case ".":
		return Root, nil
	case "@":
		if origin.IsZero() {
			return Name{}, errNoOrigin
		}
		return origin, nil
	}
	var buf [maxName]byte
	labels, absolute, err := appendLabels(buf[:0], text)
	if err != nil {
		return Name{}, err
	}
	if absolute {
		origin = Root
	}
	if origin.IsZero() {
		return Name{}, errNoOrigin
	}
	if len(labels)+origin.wireLen() > maxName {
		return Name{}, errLongName
	}
	foldCase(labels)
	return Name{string(appendKey(make([]byte, 0, len(origin.key)+len(labels)+8), origin.key, labels))}, nil
}

// appendLabels appends the labels of text in wire form, with their letter case and without the root label.
// It reports whether text ends with a dot. The text is not empty, and "@" is no exception here.
func appendLabels(dst []byte, text string) (labels []byte, absolute bool, err error) {
	if text == "." {
		return dst, true, nil
	}
	start := len(dst)
	at := start // of the length octet
	dst = append(dst, 0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case '.':
			size := len(dst) - at - 1
			if size == 0 {
				return nil, false, errEmptyLabel
			}
			dst[at] = byte(size)
			if i == len(text)-1 {
				return dst, true, nil
			}
			at = len(dst)
			dst = append(dst, 0)
			continue
		case '\\':
			value, used, ok := unescape(text[i:])
			if !ok {
				return nil, false, errBadEscape
			}
			c = value
			i += used - 1
		}
		if len(dst)-at > maxLabel {
			return nil, false, errLongLabel
		}
		if len(dst)-start >= maxName-1 {
			return nil, false, errLongName
		}
		dst = append(dst, c)
	}
	dst[at] = byte(len(dst) - at - 1)
	return dst, false, nil
}

// foldCase makes the letters of a name in wire form lower case. A length octet is below the letters.
func foldCase(wire []byte) {
	for i, c := range wire {
		wire[i] = lower(c)
	}
}

// unescape reads the escape at the start of s, which begins with a backslash: its octet and how much of s it takes.
func unescape(s string) (value byte, used int, ok bool) {
	if len(s) < 2 {
		return 0, 0, false
	}
	if s[1] < '0' || s[1] > '9' {
		return s[1], 2, true
	}
	if len(s) < 4 {
		return 0, 0, false
	}
	v := 0
	for _, c := range []byte(s[1:4]) {
		if c < '0' || c > '9' {
			return 0, 0, false
		}
		v = v*10 + int(c-'0')
	}
	return byte(v), 4, v <= 255
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// appendKey appends the key of the labels in wire (no root label, lower case) below the name with the key parent.
func appendKey(dst []byte, parent string, wire []byte) []byte {
	dst = append(dst, parent...)
	var starts [maxName / 2]uint8
	n := 0
	for i := 0; i < len(wire); i += int(wire[i]) + 1 {
		starts[n] = uint8(i)
		n++
	}
	for n--; n >= 0; n-- {
		at := int(starts[n])
		for _, c := range wire[at+1 : at+1+int(wire[at])] {
			if c <= 1 {
				dst = append(dst, 1, c+1)
				continue
			}
			dst = append(dst, c)
		}
		dst = append(dst, 0)
	}
	return dst
}

// NameFromWire reads the name that b starts with, in uncompressed wire form (RFC 1035 §3.1), and says how many octets it takes.
func NameFromWire(b []byte) (name Name, length int, err error) {
	var folded [maxName]byte
	n := 0
	for {
		if n >= len(b) || b[n] > maxLabel || n+1+int(b[n]) > maxName {
			return Name{}, 0, errNotWireName
		}
		size := int(b[n])
		if size == 0 {
			break
		}
		if n+1+size >= len(b) {
			return Name{}, 0, errNotWireName
		}
		folded[n] = b[n]
		for i := n + 1; i <= n+size; i++ {
			folded[i] = lower(b[i])
		}
		n += 1 + size
	}
	return Name{string(appendKey(make([]byte, 0, n+8), Root.key, folded[:n]))}, n + 1, nil
}

// IsZero reports whether n is the zero Name, which is not a name.
func (n Name) IsZero() bool { return n.key == "" }

// IsRoot reports whether n is the root.
func (n Name) IsRoot() bool { return n == Root }

// IsWildcard reports whether the first label of n is "*" (RFC 4592 §2.1.1).
func (n Name) IsWildcard() bool { return strings.HasSuffix(n.key, "\x00*\x00") }

// Compare orders names canonically (RFC 4034 §6.1): a zone's apex is first, each name is before those below it.
func (n Name) Compare(other Name) int { return strings.Compare(n.key, other.key) }

// In reports whether n is zone or below it.
func (n Name) In(zone Name) bool { return zone.key != "" && strings.HasPrefix(n.key, zone.key) }

// Below reports whether n is below zone, and not zone itself.
func (n Name) Below(zone Name) bool { return n.In(zone) && n != zone }

// Parent returns n without its first label. The parent of the root is the zero Name.
func (n Name) Parent() Name {
	if len(n.key) <= 1 {
		return Name{}
	}
	cut := strings.LastIndexByte(n.key[:len(n.key)-1], 0)
	return Name{n.key[:cut+1]}
}

// FirstLabel returns the first label of n as it is in the name, with its octets and no escapes. That of the root is empty.
func (n Name) FirstLabel() string {
	if len(n.key) <= 1 {
		return ""
	}
	label := n.key[strings.LastIndexByte(n.key[:len(n.key)-1], 0)+1 : len(n.key)-1]
	if strings.IndexByte(label, 1) < 0 {
		return label // as most are: nothing is copied
	}
	return string(appendLabel(nil, label))
}

// Labels returns the number of labels, the root label not counted.
func (n Name) Labels() int { return max(strings.Count(n.key, "\x00")-1, 0) }

// wireLen returns the length of the wire form, in octets.
func (n Name) wireLen() int {
	length := len(n.key)
	for i := 0; i < len(n.key); i++ {
		if n.key[i] == 1 {
			i++
			length--
		}
	}
	return length
}

// AppendWire appends n in uncompressed wire form.
func (n Name) AppendWire(dst []byte) []byte {
	for key := n.key; len(key) > 1; {
		cut := strings.LastIndexByte(key[:len(key)-1], 0)
		at := len(dst)
		dst = append(dst, 0)
		dst = appendLabel(dst, key[cut+1:len(key)-1])
		dst[at] = byte(len(dst) - at - 1)
		key = key[:cut+1]
	}
	return append(dst, 0)
}

// appendLabel appends the octets of a label as it stands in a key.
func appendLabel(dst []byte, label string) []byte {
	for i := 0; i < len(label); i++ {
		if label[i] == 1 {
			i++
			dst = append(dst, label[i]-1)
			continue
		}
		dst = append(dst, label[i])
	}
	return dst
}

// String returns n in presentation form, absolute: "www.example.com.". Octets that would be read otherwise are escaped,
// so that [ParseName] gives n again. The zero Name prints as "<no name>".
func (n Name) String() string {
	switch {
	case n.IsZero():
		return "<no name>"
	case n.IsRoot():
		return "."
	}
	return string(n.appendText(make([]byte, 0, len(n.key)+8), Root))
}

// Relative returns n in presentation form relative to origin: "www", "@" for the origin itself. A name outside origin is absolute.
func (n Name) Relative(origin Name) string {
	switch {
	case n == origin:
		return "@"
	case origin.IsRoot(), !n.In(origin):
		return n.String()
	}
	b := n.appendText(make([]byte, 0, len(n.key)+8), origin)
	return string(b[:len(b)-1])
}

// nameSpecials are the octets of a label that a master file would read as something else, or that Knot wants with a backslash before them.
const nameSpecials = ".;()@$\"\\ !#%&'+,:<=>?[]^`{|}~"

// appendNameOctet appends an octet of a label.
func appendNameOctet(dst []byte, c byte) []byte {
	if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' {
		return append(dst, c) // most of them
	}
	return appendEscaped(dst, c, nameSpecials)
}

// appendText appends the labels of n down to origin, each with a dot behind.
func (n Name) appendText(dst []byte, origin Name) []byte {
	var octets [maxLabel]byte
	for key := n.key; len(key) > len(origin.key); {
		cut := strings.LastIndexByte(key[:len(key)-1], 0)
		for _, c := range appendLabel(octets[:0], key[cut+1:len(key)-1]) {
			dst = appendNameOctet(dst, c)
		}
		dst = append(dst, '.')
		key = key[:cut+1]
	}
	return dst
}

// appendEscaped appends c so that a master file reads it as c: with a backslash in front of one of special, in decimal if it does not print.
func appendEscaped(dst []byte, c byte, special string) []byte {
	switch {
	case c < ' ' || c > '~', c == ' ' && strings.IndexByte(special, ' ') >= 0:
		return append(dst, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
	case strings.IndexByte(special, c) >= 0:
		return append(dst, '\\', c)
	}
	return append(dst, c)
}

// Unicode returns n as people write it, with the labels that are A-labels (RFC 5890 §2.3.2.1) in Unicode, and whether that
// differs from [Name.String]. A label that would not come back as the same A-label stays one.
func (n Name) Unicode() (text string, differs bool) {
	ascii := n.String()
	if !strings.Contains(ascii, "xn--") {
		return ascii, false
	}
	labels := splitLabels(ascii)
	for i, label := range labels {
		if !strings.HasPrefix(label, "xn--") {
			continue
		}
		unicode, err := idnaProfile.ToUnicode(label)
		if err != nil {
			continue
		}
		if back, err := toASCII(unicode); err == nil && back == label {
			labels[i] = unicode
		}
	}
	text = strings.Join(labels, ".")
	return text, text != ascii
}

// ParseUnicodeName is [ParseName] for names from YAML and configuration, where labels may be in Unicode: they become A-labels
// (RFC 5891) after the mapping of UTS 46, which makes letters lower case and full-width ones narrow. Each label is read on its own. One with
// characters beyond ASCII has no escapes, and never stands for anything but letters, digits, "-" and "_". A master file has octets
// instead, see [ParseName].
func ParseUnicodeName(text string, origin Name) (Name, error) {
	if isASCII(text) {
		return ParseName(text, origin)
	}
	labels := splitLabels(text)
	for i, label := range labels {
		var err error
		if labels[i], err = toASCII(label); err != nil {
			return Name{}, fmt.Errorf("name %q: %w", text, err)
		}
	}
	return ParseName(strings.Join(labels, "."), origin)
}

// splitLabels returns what is between the dots of a name in presentation form, as it is written. A dot in an escape is none.
func splitLabels(text string) []string {
	var labels []string
	start := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '.':
			labels = append(labels, text[start:i])
			start = i + 1
		}
	}
	return append(labels, text[start:])
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

var (
	errUnicodeEscape = errors.New("an escape in a label with characters beyond ASCII")
	errUnicodeLabel  = errors.New("a label with characters that stand for others than letters, digits, - and _")
)

// toASCII returns the A-label of a label in presentation form, which stays as it is if it is ASCII.
func toASCII(label string) (string, error) {
	if isASCII(label) {
		return label, nil
	}
	if strings.Contains(label, `\`) {
		return "", errUnicodeEscape
	}
	ascii, err := idnaProfile.ToASCII(label)
	if err != nil {
		return "", err
	}
	// The mapping makes dots, "*", "@" and others of characters that look like them.
	if ascii == "" || strings.Trim(ascii, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return "", errUnicodeLabel
	}
	return ascii, nil
}

// idnaProfile is for single labels: the rule of RFC 5893 on the direction of text has no say in the labels beside them, such as "_dmarc".
var idnaProfile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false), idna.Transitional(false))
