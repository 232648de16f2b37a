package zonefile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// File is what a reader makes of the file or files of one zone: the RRsets, where each was stated, and what was found.
type File struct {
	// Zone has the RRsets that could be read. If the file has a problem that is an Error it is not the whole zone, see [File.Err].
	Zone *Zone
	// Problems are in the order of their places.
	Problems []Problem

	// The places of the RRsets as they were read: keys is the index of Zone then, and places says where each RRset was first stated.
	keys    []slot
	names   string
	places  []place
	files   []string
	options map[Key]Options
	added   map[Key]Position // see File.With
	allowed map[lineOf][]string
	beside  map[Position][]lineOf // lines with comments of the RRset that is first stated there
	others  func(Key) bool        // of what others write in the zone, nil for nothing
	parts   []part                // see ParseFiles; nil for one file
}

// Position is a place in a source file.
type Position struct {
	File   string // relative to the source directory, with slashes
	Line   int    // from 1; 0 means the file as a whole
	Column int    // in octets from 1; 0 if it is not known
}

// IsZero reports whether p is no place.
func (p Position) IsZero() bool { return p == Position{} }

// String returns "zones/example.com.zone:12", or with the column if that is known. It is empty for no place. A file name with
// characters that do not print is quoted as in Go, so that it is never more than one line.
func (p Position) String() string {
	file := shownFile(p.File)
	switch {
	case p.Line == 0:
		return file
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", file, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", file, p.Line, p.Column)
}

// WithoutColumn returns the line that p is in, for where that tells enough: in the middle of a sentence.
func (p Position) WithoutColumn() Position {
	p.Column = 0
	return p
}

// shownFile returns a file name for a message.
func shownFile(file string) string {
	for i, c := range file {
		if !strconv.IsPrint(c) || c == utf8.RuneError && !strings.HasPrefix(file[i:], "\ufffd") {
			return strconv.Quote(file)
		}
	}
	return file
}

// Compare orders positions by file, line and column.
func (p Position) Compare(other Position) int {
	return cmp.Or(strings.Compare(p.File, other.File), cmp.Compare(p.Line, other.Line), cmp.Compare(p.Column, other.Column))
}

// Severity says what a [Problem] does to its zone.
type Severity int

const (
	// Warning is shown, and nothing else.
	Warning Severity = iota + 1
	// Error keeps the zone from being planned.
	Error
)

// String returns "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "unknown"
}

// Problem is a finding about a zone file. It is data, not an error: a file may have many.
type Problem struct {
	Position Position
	Rule     string // which rule found it, as in docs/zone-files.md: "cname-and-other-data"
	Severity Severity
	Message  string // one sentence: the owner and type if it has them, what is wrong, and what to do if that is not plain
}

// String returns "zones/example.com.zone:12: www CNAME: other data at the same name", for a warning with "warning: " behind the place.
func (p Problem) String() string {
	var b strings.Builder
	if at := p.Position.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if p.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Options are what a zone file says about an RRset besides its data: the "octodns" block of a YAML file.
type Options struct {
	Ignored  bool     // not ours: as if it were not in the file, and foreign where it is live
	Lenient  bool     // its problems are warnings, and a target that cannot take it leaves it out
	Excluded []string // the targets that do not get it
	Included []string // if not empty, the only targets that get it
}

// For reports whether the RRset goes to a target of that name.
func (o Options) For(target string) bool {
	if len(o.Included) > 0 && !slices.Contains(o.Included, target) {
		return false
	}
	return !slices.Contains(o.Excluded, target)
}

// Position returns where the RRset of that key was first stated, with the column where its record begins, and the zero Position for one that nothing states.
func (f *File) Position(key Key) Position {
	i, ok := slices.BinarySearchFunc(f.keys, key, func(s slot, key Key) int {
		return cmp.Or(strings.Compare(s.nameIn(f.names), key.Name.key), cmp.Compare(s.typ, key.Type))
	})
	if !ok {
		return f.added[key]
	}
	return f.position(f.places[i])
}

// Options returns what the file says about the RRset of that key besides its data.
func (f *File) Options(key Key) Options { return f.options[key] }

// Files returns the files that were read, the zone's own first, then those that it includes.
func (f *File) Files() []string { return slices.Clone(f.files) }

func (f *File) position(p place) Position {
	if p.file == noFile || int(p.file) >= len(f.files) {
		return Position{}
	}
	return Position{File: f.files[p.file], Line: int(p.line), Column: int(p.column)}
}

// Err returns nil if the zone can be planned, and otherwise a *ProblemsError with the problems that keep it from that.
func (f *File) Err() error {
	var errs []Problem
	for _, p := range f.Problems {
		if p.Severity == Error {
			errs = append(errs, p)
		}
	}
	if errs == nil {
		return nil
	}
	return &ProblemsError{Zone: f.Zone.Origin(), Problems: errs}
}

// ProblemsError says that a zone cannot be planned because its file has problems.
type ProblemsError struct {
	Zone     Name
	Problems []Problem // at least one, each of Severity Error
}

// Error returns the problems, one a line.
func (e *ProblemsError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// maxProblems is the most problems of one severity that a File has. The last of them says that there are more.
const maxProblems = 1000

// filler collects what a reader finds. It is the part of reading that all formats share.
type filler struct {
	builder  *Builder
	files    []string
	options  map[Key]Options
	allowed  map[lineOf][]string // rules, see File.Allows
	beside   map[Key][]lineOf    // lines of allowed in which records are stated
	latest   []lineOf            // lines of allowed that were read since the last record of a master file, and maybe some before
	problems []Problem
	noted    [Error + 1]int      // findings of each severity, also those that are not kept
	last     [Error + 1]Position // of those that are kept
}

func newFiller(origin Name, file string) *filler {
	return &filler{builder: NewBuilder(origin), files: []string{file}}
}

// problem notes a finding. Those of each severity are counted on their own, so that no number of warnings hides an error.
func (f *filler) problem(at Position, rule string, severity Severity, format string, args ...any) {
	if f.noted[severity]++; f.noted[severity] < maxProblems {
		f.last[severity] = at
		f.problems = append(f.problems, Problem{at, rule, severity, fmt.Sprintf(format, args...)})
	}
}

// full reports whether there are so many errors that there is no use in reading on.
func (f *filler) full() bool { return f.noted[Error] >= maxProblems-1 }

// noteRest notes what was not kept, and that a file with too many errors was not read to its end.
func (f *filler) noteRest(incomplete bool) {
	note := func(severity Severity, message string) {
		f.problems = append(f.problems, Problem{f.last[severity], "too-many-problems", severity, message})
	}
	if n := f.noted[Warning] - (maxProblems - 1); n > 0 {
		note(Warning, fmt.Sprintf("%d further warnings are not shown", n))
	}
	if incomplete {
		note(Error, fmt.Sprintf("not read any further: there are %d errors already", maxProblems-1))
	} else if n := f.noted[Error] - (maxProblems - 1); n > 0 {
		note(Error, fmt.Sprintf("%d further errors are not shown", n))
	}
}

// fileNumber returns the number of a file in the File, which a file has once however often it is read.
func (f *filler) fileNumber(file string) uint32 {
	i := slices.Index(f.files, file)
	if i < 0 {
		i = len(f.files)
		f.files = append(f.files, file)
	}
	return uint32(i)
}

// file returns what was collected, with the problems of the zone as a whole ([Check]).
func (f *filler) file() *File {
	z, places, found, more := f.builder.build(true)
	file := &File{
		Zone: z, keys: z.index[:len(z.index):len(z.index)], names: z.names.String(), places: places,
		files: f.files, options: f.options, allowed: f.allowed,
	}
	file.beside = f.besideFirst(file)
	incomplete := f.full()
	for _, x := range found {
		p := x.problem(file)
		f.problem(p.Position, p.Rule, p.Severity, "%s", p.Message)
	}
	f.noted[Warning] += more
	for _, p := range Check(file) {
		f.problem(p.Position, p.Rule, p.Severity, "%s", p.Message)
	}
	f.noteRest(incomplete)
	file.Problems = f.problems
	slices.SortStableFunc(file.Problems, func(a, b Problem) int { return a.Position.Compare(b.Position) })
	return file
}

// problem says what was found in words.
func (x finding) problem(f *File) Problem {
	at, first := f.position(x.other.place), f.position(x.first.place).WithoutColumn()
	owner := x.key.Name.Relative(f.Zone.Origin()) + " " + x.key.Type.String()
	switch x.kind {
	case duplicateRecord:
		if x.other.place == x.first.place {
			return Problem{at, "duplicate-record", Warning, owner + ": the same record again, from the same line, which $INCLUDE or $GENERATE has read more than once"}
		}
		return Problem{at, "duplicate-record", Warning, fmt.Sprintf("%s: the same record as at %s", owner, first)}
	case differentTTL:
		return Problem{at, "different-ttl", Warning, fmt.Sprintf("%s: TTL %d differs from %d at %s, which counts for the whole RRset", owner, x.other.ttl, x.first.ttl, first)}
	case tooMuchData:
		return Problem{f.position(x.first.place), "rrset-too-large", Error, fmt.Sprintf("%s: %v in one RRset, which is the limit", owner, errTooMuch)}
	}
	panic("zonefile: a finding without a kind")
}
