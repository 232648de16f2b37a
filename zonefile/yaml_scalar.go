package zonefile

import (
	"regexp"
	"strconv"
	"strings"
)

// What YAML 1.1 and 1.2 and the parsers that are about make of a text without quotes (https://yaml.org/type/, YAML 1.2.2 §10.3.2).
var (
	yamlBoolean  = regexp.MustCompile(`^(?i:y|yes|n|no|true|false|on|off)$`)
	yamlInteger  = regexp.MustCompile(`^[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$`)
	yamlFloat    = regexp.MustCompile(`^[-+]?(?:[0-9][0-9_]*\.?|\.[0-9])[0-9_]*(?:[eE][-+]?[0-9]+)?$|^[-+]?\.(?i:inf)$|^\.(?i:nan)$`)
	yamlBase60   = regexp.MustCompile(`^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`)
	yamlDateTime = regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:$|[Tt \t])`)
)

// readsAsText reports whether every reader of YAML takes text without quotes for text, and for this one.
func readsAsText(text string) bool {
	if text == "" || strings.IndexByte(" -?:,[]{}#&*!|>'\"%@`=~", text[0]) >= 0 || text == "<<" || strings.EqualFold(text, "null") {
		return false
	}
	if last := text[len(text)-1]; last == ' ' || last == ':' || strings.Contains(text, ": ") || strings.Contains(text, " #") {
		return false
	}
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	if !strings.ContainsRune("+-.0123456789", rune(text[0])) {
		return !yamlBoolean.MatchString(text)
	}
	for _, form := range []*regexp.Regexp{yamlInteger, yamlFloat, yamlBase60, yamlDateTime} {
		if form.MatchString(text) {
			return false
		}
	}
	return true
}

// appendYAMLScalar appends text, which is printable ASCII, as YAML has it on one line: in quotes where some reader would take it for
// something else.
func appendYAMLScalar(dst []byte, text string) []byte {
	if readsAsText(text) {
		return append(dst, text...)
	}
	dst = append(dst, '\'')
	dst = append(dst, strings.ReplaceAll(text, "'", "''")...)
	return append(dst, '\'')
}

// aDate is what pythonReads returns for a date.
const aDate = "a date"

// pythonReads returns what octoDNS, whose YAML is 1.1, reads instead of a text that has no quotes, and reports whether that is another text. The
// text is not null.
func pythonReads(text string) (instead string, other bool) {
	if text == "" {
		return "", false
	}
	c := text[0]
	if c > '9' || c < '+' {
		switch text {
		case "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE":
			return "True", true
		case "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE":
			return "False", true
		}
		return "", false
	}
	if !yamlNumeric(text) {
		return "", false
	}
	sign, digits := "", strings.ReplaceAll(strings.TrimPrefix(text, "+"), "_", "")
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "-", rest
	}
	switch {
	case pythonDate.MatchString(text):
		return aDate, true
	case pythonNotFinite.MatchString(text):
		return "a number without a value", true
	case pythonBase60.MatchString(text):
		return "a number to the base of 60", true
	case pythonFloat.MatchString(text):
		n, err := strconv.ParseFloat(digits, 64)
		shown := strconv.FormatFloat(n, 'f', -1, 64)
		if !strings.Contains(shown, ".") {
			shown += ".0"
		}
		return sign + shown, err == nil && sign+shown != text
	case pythonInteger.MatchString(text):
		base := 10
		switch {
		case strings.HasPrefix(digits, "0b"):
			base, digits = 2, digits[2:]
		case strings.HasPrefix(digits, "0x"):
			base, digits = 16, digits[2:]
		case digits != "0" && digits[0] == '0':
			base = 8
		}
		n, err := strconv.ParseUint(digits, base, 64)
		shown := strconv.FormatUint(n, 10)
		if n != 0 {
			shown = sign + shown
		}
		return shown, err == nil && shown != text
	}
	return "", false
}

// The forms of numbers that PyYAML knows (https://github.com/yaml/pyyaml/blob/main/lib/yaml/resolver.py).
var (
	pythonInteger = regexp.MustCompile(`^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$`)
	pythonFloat   = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$`)
	pythonBase60  = regexp.MustCompile(`^[-+]?(?:[1-9][0-9_]*(?::[0-5]?[0-9])+|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$`)
	pythonDate    = regexp.MustCompile(`^[0-9]{4}-(?:[0-9]{2}-[0-9]{2}|[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$`)

	pythonNotFinite = regexp.MustCompile(`^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
)

// yamlNumeric reports whether a text that begins as a number may be one, or a date. It is quick about what most values are: small numbers,
// addresses, and names.
func yamlNumeric(text string) bool {
	dots, plain := 0, true
	for i := range len(text) {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
		case c == '.':
			if dots++; dots > 1 {
				return false
			}
			plain = false
		case c == ':' && strings.HasPrefix(text[i+1:], ":"):
			return false
		case strings.IndexByte("+-_:abcdefABCDEFxXTtZinIN", c) >= 0:
			plain = false
		default:
			return (c == ' ' || c == '\t') && pythonDate.MatchString(text)
		}
	}
	return !plain || len(text) > 1 && text[0] == '0'
}
