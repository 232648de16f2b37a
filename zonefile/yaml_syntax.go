package zonefile

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// errManyDocuments says that a file goes on behind its first document.
type errManyDocuments struct{ line int }

func (e errManyDocuments) Error() string {
	return "a second YAML document begins here: a zone file has one"
}

// decodeYAML returns the top node of the only document in src, and nil if there is none.
func decodeYAML(src io.Reader) (top *yaml.Node, err error) {
	// The package panics where its scanner and its parser disagree about comments: "internal error ... (please report)".
	defer func() {
		if p := recover(); p != nil {
			top, err = nil, fmt.Errorf("yaml: %v", p)
		}
	}()
	decoder := yaml.NewDecoder(src)
	var doc, next yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&next); err == nil {
		return nil, errManyDocuments{next.Line}
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// syntaxProblem says what err, which [decodeYAML] returned for text, means, and in which line.
//
// The line in the text of err is that of the scanner. For an error of the parser it is the line before the one where the mapping or
// list began, however long that is. There the parser is asked again, and the line is the last one that it wanted to see.
func syntaxProblem(text string, err error) (line int, message string) {
	if many, ok := errors.AsType[errManyDocuments](err); ok {
		return max(many.line, 1), many.Error()
	}
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
	}
	if line == 0 {
		line = lastLineRead(text)
		if name, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
			line = lastMention(text, line, "*"+strings.TrimSuffix(name, "' referenced"))
		}
	}
	return line, "not YAML: " + message
}

// lastLineRead returns the number of the last line that a parser reads before it finds that text is not YAML.
func lastLineRead(text string) int {
	src := &lineReader{rest: text}
	_, _ = decodeYAML(src)
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
