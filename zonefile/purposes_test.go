package zonefile

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// purpose is a way in which only one of BIND and zoneward refuses a text, by what the one says that does and what is in the text.
type purpose struct {
	row  string // of "Refused on purpose" or "Other than BIND" in docs/zone-files.md
	says *regexp.Regexp
	text *regexp.Regexp
}

// oneIs makes a purpose. Case does not matter, and ^ and $ are of a line.
func oneIs(row, says, text string) purpose {
	return purpose{row, regexp.MustCompile("(?i)" + says), regexp.MustCompile("(?im)" + text)}
}

// The rows of docs/zone-files.md that several purposes have.
const (
	rowReadText = "`URI` without quotes, `ohttp`, a `dohpath` without `{?dns}`, `IPSECKEY` without a key, `MD` and `MF`"
	rowNumber   = "escapes in values of `port`, `ech`, hints and `mandatory`, and times of `SIG` in seconds"
	rowNames    = "`DSA-NSEC3-SHA1`, `RSASHA1-NSEC3-SHA1` and `ECC-GOST`, as IANA names these algorithms, and the flags `REVOKE` and `SEP`"
	rowZeros    = "TTLs, algorithms and flags of more than twenty digits, most of them leading zeros"
	rowOwnRule  = "data with fields of the right form that break a rule of their own: see below"
	rowSigns    = "signs and `0x` in `EUI48`, `EUI64`, numbers of types (`TYPE+1`) and families of `APL`, signs in `LOC`, a colon at the end of `L64` and `NID`"
	rowIgnored  = "anything behind `EUI48` and `EUI64`, in a range of `$GENERATE` (`+1-2`, `1-2.5`), and in a second `${...}` of it (`${0,0,x}${0,1,q}`)"
)

// readOnPurpose is what BIND refuses, as it says.
func readOnPurpose() []purpose {
	return []purpose{
		oneIs(rowReadText, `near '[^"].*': syntax error`, `\bURI\s+\d+\s+\d+\s+[^"\s]`),
		oneIs(rowReadText, `near 'ohttp': syntax error`, `\b(SVCB|HTTPS)\b.*\bohttp\b`),
		oneIs(rowReadText, `near '(dohpath|key7)=.*': FORMERR|^syntax error$`, `\b(SVCB|HTTPS)\b.*\b(dohpath|key7)=`),
		oneIs(rowReadText, `near eol: unexpected end of input`, `\bIPSECKEY\s+\d+\s+[0-3]\s+\d+\s+\S+[\s)]*(;.*)?$`),
		oneIs(rowReadText, `obsolete|unknown RR type`, `\bM[DF]\b`),
		oneIs("a regexp of `NAPTR` that is none (`\"abc\"`, `\"!a!b\"`), `X25` that is not four digits or more", `syntax error`, `\b(NAPTR\s|TYPE35 \\#)`),
		oneIs("a regexp of `NAPTR` that is none (`\"abc\"`, `\"!a!b\"`), `X25` that is not four digits or more", `syntax error|out of range`, `\bX25\s`),
		oneIs(rowNumber, `near '(port|ech|ipv[46]hint|mandatory|key[03456])=.*': (syntax error|bad base64 encoding)`, `\b(SVCB|HTTPS)\b.*\b(port|ech|ipv[46]hint|mandatory|key[03456])=\S*\\`),
		oneIs(rowNumber, `near '\d+': syntax error`, `\bSIG(\s+\S+){4,5}\s+\d{1,10}\s`),
		oneIs(rowNames, `near '(DSA-NSEC3-SHA1|RSASHA1-NSEC3-SHA1|ECC-GOST)': unknown class/type`, `\b(RR)?SIG|KEY|CERT|DS|DLV|TA\b`),
		oneIs(rowNames, `near '(\S*\|)?(REVOKE|SEP)(\|\S*)?': unknown flag`, `KEY\b`),
		oneIs("two `RESINFO` at a name", `singleton`, `\bRESINFO\b`),
		oneIs("`CDS` or `CDNSKEY` of the apex without the `DNSKEY`", `CDNSKEY consistency`, `\bCD(S|NSKEY)\b`),
		oneIs(rowZeros, `near '(0x)?0{9,}\w*': unknown (class/type|flag)|unknown RR type '0{9,}\d*'`, `(\b|x)0{9,}`),
		oneIs(rowZeros, `near '\S+': unknown class/type`, `\bDSYNC\s+\S+\s+0{9,}`), // the word behind what is wrong
		// That the signer is no longer than the owner.
		oneIs(rowOwnRule, `near '\S+': out of range`, `\b(RR)?SIG\b`),
		oneIs(rowOwnRule, `near '\w+': FORMERR`, `\bRKEY\s`),
		// That a key, and the name of a private algorithm in front of it, is there.
		oneIs(rowOwnRule, `unexpected end of input|extra input data|bad label type|disallowed`, `\bTYPE(25|48|60) \\#|KEY\b.*\b(253|254|PRIVATEDNS|PRIVATEOID)\b`),
		oneIs(rowOwnRule, `near eol: (unexpected end of input|FORMERR)`, `\bTYPE(24|45|46) \\#`),
		// X25 is digits, RKEY has no flags, tags of CAA are letters and digits, SVCB has what is mandatory, and a dohpath is a template in UTF-8.
		oneIs(rowOwnRule, `near eol: FORMERR`, `\bTYPE(19|57|64|65|257) \\#`),
		oneIs(rowOwnRule, `near eol: (out of range|FORMERR)`, `\bTYPE29 \\#`),
		oneIs("`$ORIGIN` and `$TTL` in a last line that has no line end", `extra input text|does not end with newline`, `^\$(TTL|ORIGIN)\b`),
		oneIs("a backslash in the file name of `$INCLUDE`", `file not found`, `\$INCLUDE\s.*\\`),
		oneIs("a name in quotes that begins with a dollar", `directive`, `"\$`),
	}
}

// refusedOnPurpose is what zoneward refuses, as it says in a message with the rule behind it.
func refusedOnPurpose() []purpose {
	return []purpose{
		oneIs("a name outside the zone", `\[outside-zone\]$`, ``),
		oneIs("a TTL of 2^31 or more", `\[ttl-too-large\]$`, ``),
		oneIs("an octet of zero in quotes", `an octet of zero`, `\x00`),
		oneIs("the text of `A6`, `ATMA`, `DOA`, `NSAP`, `NXT`, `SINK` and `WKS`", `"(A6|DOA|NSAP|SINK|WKS)" is not a record type|data of type (ATMA|NXT) is written as`, `\b(A6|ATMA|DOA|NSAP|NXT|SINK|WKS)\b`),
		oneIs("data of `TYPE65401` and `TYPE65402` that is not that of `ALIAS` and `LUA`", `\b(ALIAS|LUA): `, `\bTYPE0*6540[12]\s`),
		// What is behind it is read as lines of their own, with whatever is wrong with them.
		oneIs("a line end behind a backslash within quotes", ``, `"[^"\n]*\\\r?\n`),
		oneIs("the classes `CLASS0` and `RESERVED0`", `class "(CLASS0+|RESERVED0)": .*\[class\]$`, `\b(CLASS0+|RESERVED0)\b`),
		oneIs(rowIgnored, `is not (48|64) bits as `, `\bEUI(48|64)\s+"?[0-9a-f]{1,2}(-[0-9a-f]{1,2}){5,7}`),
		oneIs(rowSigns, `is not (48|64) bits as `, `\bEUI(48|64)\s+("?[-+]|\S*([-+]-|[+x]))|\b(L64|NID)\s+\d+\s+\S+:[\s)]*(;.*)?$`),
		oneIs(rowSigns, `is not a(n altitude| size) in meters`, `\bLOC\b.*\s(-\+?|\+)\d`),
		oneIs(rowSigns, `is not an address prefix`, `\bAPL\b.*\s!?[-+]\d+:`),
		oneIs(rowSigns, `LOC: want 0 to (90|180) degrees`, `\bLOC\b.*\s[-+]\d`),
		oneIs(rowSigns, `is not a (type of record|record type)`, `\b(TYPE|(RR)?SIG\s+)[-+]\d`),
		oneIs(rowIgnored, `is not a range |want \$\{OFFSET\}`, `\$GENERATE\b`),
		oneIs("flags of keys that are cut short, such as `ZON`", `is not the flags of a key`, `KEY\s+[a-z0-9|]+\s`),
		oneIs("`SSHFP` without a fingerprint", `the data ends where hex digits|SSHFP: data ends too early`, `\b(SSHFP\s+\S+\s+\S+[\s)]*(;.*)?$|TYPE44 \\# 2 )`),
		oneIs("keys of `SVCB` and `HTTPS` in upper case, such as `ECH=`", `is not a parameter of a service`, `\b(ipv[46]hint|no-default-alpn|ech|mandatory|alpn|port|dohpath)\b`),
		oneIs("more records of `$GENERATE` than the limits below", `\[generate-limit\]$`, `\$GENERATE\b`),
		oneIs("a record or directive of more than 1 MiB with the comments in it, or a comment that long", `\[entry-too-large\]$`, ``),
		oneIs("`$INCLUDE` of an absolute path, or one that leaves the source directory by `..` or a symbolic link", `\[include-outside\]$`, `\$INCLUDE\b`),
	}
}

// explains reports whether one of the purposes has what is said of a text.
func explains(purposes []purpose, says, text string) bool {
	unfolded := unfold(text)
	return slices.ContainsFunc(purposes, func(p purpose) bool {
		return p.says.MatchString(says) && (p.text.MatchString(text) || p.text.MatchString(unfolded))
	})
}

// unfold returns a text with each record in one line, without parentheses and comments. It need not be exact.
func unfold(text string) string {
	var out strings.Builder
	depth, quoted, comment, escaped := 0, false, false, false
	for _, c := range []byte(text) {
		switch {
		case c == '\n':
			quoted, comment = false, false
			if depth > 0 {
				c = ' '
			}
		case comment:
			continue
		case escaped:
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ';':
			comment = true
			continue
		case c == '(':
			depth++
			c = ' '
		case c == ')':
			depth = max(depth-1, 0)
			c = ' '
		}
		escaped = c == '\\' && !escaped
		out.WriteByte(c)
	}
	return out.String()
}

// onPurpose reports whether it is on purpose that only one of both refuses a text: all that it says against it has to be.
func onPurpose(ours *File, text, says string) bool {
	if ours.Err() == nil {
		purposes := readOnPurpose()
		said := complaints(says)
		for _, s := range said {
			if !explains(purposes, s, text) {
				return false
			}
		}
		return len(said) > 0
	}
	purposes := refusedOnPurpose()
	for _, p := range ours.Problems {
		if p.Severity == Error && !explains(purposes, p.String()+" ["+p.Rule+"]", text) {
			return false
		}
	}
	return true
}

// complaints returns what BIND says against lines, or all that it says if it is against none.
func complaints(says string) []string {
	var said []string
	for _, match := range bindPlace.FindAllStringSubmatch(says, -1) {
		if !bindWarnings.MatchString(match[2]) {
			said = append(said, match[2])
		}
	}
	if said == nil && says != "" {
		said = []string{says}
	}
	return said
}

// A purpose is in the tables of docs/zone-files.md.
func TestPurposesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/zone-files.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range slices.Concat(readOnPurpose(), refusedOnPurpose()) {
		if !strings.Contains(string(doc), "\n| "+p.row+" | ") {
			t.Errorf("docs/zone-files.md has no row %q", p.row)
		}
	}
}
