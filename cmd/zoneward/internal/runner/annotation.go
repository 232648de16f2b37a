package runner

import (
	"cmp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// Level is how bad what an annotation says is.
type Level string

// The levels, as GitHub calls them.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Notice  Level = "notice"
)

// MaxAnnotations is how many annotations of a level a runner shows of one step.
const MaxAnnotations = 10

// maxMessage is the most octets of an annotation's message. A forge cuts what is longer than 4,096.
const maxMessage = 4000

// Annotation is something about a line of a file.
type Annotation struct {
	Level Level
	// File is relative to the repository, with slashes, and Line counts from 1. Without them it is about the job.
	File string
	Line int
	// Column counts from 1, in octets; 0 is the line as a whole.
	Column int
	Title  string
	// Message may have several lines.
	Message string
}

// Annotate has the runner show something at a line of a file, and reports whether it did: of each level it takes [MaxAnnotations], and
// where there are no commands there are none. What does not print is made visible, see [render.Shown].
func (l *Log) Annotate(a Annotation) (shown bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.system.takesCommands() || l.annotated[a.Level] >= MaxAnnotations {
		return false, nil
	}
	if err := l.command(string(a.Level), a.properties(), cut(render.Lines(a.Message), maxMessage)); err != nil {
		return false, err
	}
	l.annotated[a.Level]++
	return true, nil
}

// properties are what the runner is told beside the message. It takes off "=" in front of a value, and spaces behind the last one.
func (a Annotation) properties() []property {
	file, line, column := render.Shown(a.File), "", ""
	if strings.HasPrefix(file, "=") {
		file = "./" + file
	}
	if file != "" && a.Line > 0 {
		line = strconv.Itoa(a.Line)
		if a.Column > 0 {
			column = strconv.Itoa(a.Column)
		}
	}
	title := strings.TrimLeft(strings.TrimSpace(render.Shown(a.Title)), "= ")
	return []property{{"file", file}, {"line", line}, {"col", column}, {"title", cmp.Or(title, "zoneward")}}
}

// cut returns text with at most limit octets, and says so where something is missing.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const more = " ..."
	end := limit - len(more)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}
