package textfile

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// DecodeYAML returns the top node of the first document of a text, nil if there is none, and the node of a second document, nil if there is none. It looks no
// further than that.
func DecodeYAML(src io.Reader) (top, second *yaml.Node, err error) {
	// The package panics where its scanner and its parser disagree about comments: "internal error ... (please report)".
	defer func() {
		if p := recover(); p != nil {
			top, second, err = nil, nil, fmt.Errorf("yaml: %v", p)
		}
	}()
	decoder := yaml.NewDecoder(src)
	var documents [2]yaml.Node
	for i := range documents {
		if err := decoder.Decode(&documents[i]); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		if i > 0 {
			second = &documents[i]
		} else if len(documents[i].Content) > 0 {
			top = documents[i].Content[0]
		}
	}
	return top, second, nil
}

// EncodingFlaw says why a text cannot be read: it is not in UTF-8, which [DecodeYAML] would take for another encoding of Unicode. It is "" for
// other texts.
func EncodingFlaw(text string) string {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return "the file is in UTF-16; save it in UTF-8"
	}
	return ""
}

// YAMLProblem says what err, which [DecodeYAML] returned for text, means, and in which line and at which octet of it, which is 0 if it is not known.
//
// The line in the text of err is that of the scanner. For an error of the parser it is the line before the one where the mapping or
// list began, however long that is. There the parser is asked again, and the line is the last one that it wanted to see.
func YAMLProblem(text string, err error) (line, column int, message string) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	if at, rest, ok := strings.Cut(strings.TrimPrefix(message, "line "), ": "); ok && at != message {
		if n, err := strconv.Atoi(at); err == nil {
			line, message = n, rest
		}
	}
	switch message {
	case "did not find expected key", "did not find expected '-' indicator", "found a tab character that violates indentation":
		line, message = lastLineRead(text), message+": is the indentation right, and made of spaces?"
	case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
		line, message = line+1, message+" for a bracket that opens about here"
	case "did not find expected alphabetic or numeric character":
		message = `"*" or "&" at the start of a word: write '*' in quotes`
	case "found character that cannot start any token":
		message += ": put the text in quotes"
	case "found unexpected end of stream":
		message += ": is a quote not closed?"
	case "mapping values are not allowed in this context":
		message += `: put text with ": " in quotes`
	case "could not find expected ':'":
		message += ": a key stands alone in its line, or goes on in the next one"
	case "found unknown escape character":
		message += `: between double quotes a backslash is written \\; between single quotes it stands for itself`
	}
	if line == 0 {
		line = lastLineRead(text)
		if name, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
			line = lastMention(text, line, "*"+strings.TrimSuffix(name, "' referenced"))
		}
	}
	column, message = refine(lineOf(text, line), message)
	return line, column, "not YAML: " + message
}

// refine returns at which octet of a line, from 1, what a message is about is likely to stand, 0 if nothing there is like it, and a message that
// tells of a tab.
func refine(line, message string) (column int, refined string) {
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	if tab := strings.IndexByte(line[:indent], '\t'); tab >= 0 {
		return tab + 1, "a tab in the indentation: use spaces"
	}
	name, isAnchor := strings.CutPrefix(message, "unknown anchor '")
	switch {
	case isAnchor:
		return strings.Index(line, "*"+strings.TrimSuffix(name, "' referenced")) + 1, message
	case strings.HasPrefix(message, "mapping values"):
		if first := strings.Index(line, ": "); first >= 0 {
			if second := strings.Index(line[first+2:], ":"); second >= 0 {
				return first + 2 + second + 1, message
			}
		}
	case strings.HasPrefix(message, `"*" or "&"`):
		return wordWith(line, "*&"), message
	case strings.HasPrefix(message, "found character that cannot start"):
		return wordWith(line, "@`%\t"), message
	case strings.HasPrefix(message, "found unknown escape"):
		return strings.IndexByte(line, '\\') + 1, message
	}
	return 0, message
}

// wordWith returns where in a line, from 1, a word begins with one of these octets, 0 if none does.
func wordWith(line, octets string) int {
	for i := range len(line) {
		if strings.IndexByte(octets, line[i]) >= 0 && (i == 0 || strings.IndexByte(" [{,", line[i-1]) >= 0) {
			return i + 1
		}
	}
	return 0
}

// lineOf returns the line of that number, from 1, without its end.
func lineOf(text string, number int) string {
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		if n++; n == number {
			return strings.TrimRight(line, "\r\n")
		}
	}
	return ""
}

// lastLineRead returns the number of the last line that a parser reads before it finds that text is not YAML.
func lastLineRead(text string) int {
	src := &lineReader{rest: text}
	_, _, _ = DecodeYAML(src)
	return max(src.lines, 1)
}

// lastMention returns the last line of text up to the given one that has word in it, and the given one if there is none.
func lastMention(text string, line int, word string) int {
	found, n := line, 0
	for l := range strings.Lines(text) {
		if n++; n > line {
			break
		}
		if strings.Contains(l, word) {
			found = n
		}
	}
	return found
}

// lineReader gives one line at a time.
type lineReader struct {
	rest  string
	lines int  // that were begun
	part  bool // the last one was not given to its end
}

func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	end := strings.IndexByte(r.rest, '\n') + 1
	if end == 0 {
		end = len(r.rest)
	}
	n := copy(p, r.rest[:end])
	if !r.part {
		r.lines++
	}
	r.part = n < end
	r.rest = r.rest[n:]
	return n, nil
}
