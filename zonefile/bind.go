package zonefile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/zoneward/zoneward/zonefile/internal/textfile"
)

// BINDOptions say how [ParseBIND] reads.
type BINDOptions struct {
	Origin Name // the zone's apex, and the origin that the file starts with
	Limits Limits

	byToken bool // read no line the fast way: for tests
	window  int  // how much of a file is in memory at once, in octets: for tests; 0 is windowSize
}

// ParseBIND reads a zone from a master file (RFC 1035 §5.1, with $TTL of RFC 2308 §4 and BIND's $GENERATE) and the files that it includes.
// What is accepted, and where that differs from BIND on purpose, is in docs/zone-files.md.
//
// The error is about what cannot be read at all, such as a file that is not there: it wraps that of fsys, and nothing of the zone may be
// believed. All that is wrong with the text is among the Problems of the File, and after each of them reading goes on with the next entry.
func ParseBIND(fsys fs.FS, file string, opts BINDOptions) (*File, error) {
	if opts.Origin.IsZero() {
		return nil, fmt.Errorf("read %s: no origin given", file)
	}
	r := newFiller(opts.Origin, file)
	if err := readBIND(r, fsys, file, opts); err != nil {
		return nil, fmt.Errorf("read zone %s: %w", opts.Origin, err)
	}
	if r.builder.records == 0 && len(r.problems) == 0 {
		r.problem(Position{File: file}, "empty-file", Warning, "the file has no records")
	}
	return r.file(), nil
}

// readBIND reads a master file for f.
func readBIND(f *filler, fsys fs.FS, file string, opts BINDOptions) error {
	r := &bindReader{
		filler: f, fsys: fsys, zone: opts.Origin, limits: opts.Limits.withDefaults(), byToken: opts.byToken, window: cmp.Or(opts.window, windowSize),
	}
	r.octets = r.limits.FileBytes
	err := r.readFile(&source{file: file, origin: completionWith(opts.Origin)})
	if _, large := errors.AsType[textfile.TooLargeError](err); large {
		r.problem(Position{File: file}, "file-too-large", Error, "the file has %s", r.limits.inBIND().exceeded())
		return nil
	}
	return err
}

// bindReader reads the master file of one zone and what it includes. All its files share a default TTL.
type bindReader struct {
	*filler
	fsys      fs.FS
	zone      Name
	limits    Limits
	octets    int64 // that may still be read
	includes  int   // $INCLUDE directives so far
	generated int   // steps of $GENERATE so far
	ttl       ttlRules
	stopped   bool // there is no use in reading on; a problem says why
	byToken   bool // see BINDOptions
	window    int
	rdata     []byte // of the record that is read
}

// source is one file that is being read.
type source struct {
	file   string
	number uint32 // in File.files
	parent *source
	at     Position // of what includes it
	scan   *scanner
	origin completion // what $ORIGIN says
	owner  owner      // of the last record
}

// readFile reads the entries of a file.
func (r *bindReader) readFile(src *source) error {
	w, err := openWindow(r.fsys, src.file, r.window, r.limits.EntryBytes, &r.octets)
	if err != nil {
		return err
	}
	defer w.close()
	r.builder.expect(int(min(w.size, mostChunk))) // records take about as much as their text
	src.number = r.fileNumber(src.file)
	r.latest = nil // the file may be read for the second time, and its last lines are not those of its first records
	src.scan = w.scan
	src.scan.comment = func(line int, text string) { r.noteComment(lineOf{src.file, line}, text) }
	if bom := "\ufeff"; strings.HasPrefix(string(w.octets[:min(len(bom), len(w.octets))]), bom) {
		r.fail(src, entry{line: 1}, "", faultAt(0, "syntax", "the file begins with a byte order mark; save it without"))
		src.scan.pos = len(bom)
	}
	for !r.stopped {
		if !r.byToken {
			r.fastLines(src, w)
		}
		if w.scan.pos == w.lines && w.lines > 0 && !w.ended { // without a line feed it may be that lines end with CR
			if err := w.more(); err != nil {
				return err
			}
			continue
		}
		e, ok, err := w.next()
		if !ok || err != nil {
			return err
		}
		r.entry(src, e)
		r.stopped = r.stopped || w.broken
	}
	return nil
}

// entry reads a directive or a record.
func (r *bindReader) entry(src *source, e entry) {
	if e.fault != nil {
		r.fail(src, e, "", e.fault)
		return
	}
	if first := e.tokens[0]; !first.quoted && strings.HasPrefix(first.text, "$") {
		if f := r.directive(src, e); f != nil {
			r.fail(src, e, strings.Trim(shown(first.text), `"`)+": ", f)
		}
		return
	}
	r.record(src, e)
}

// directive reads an entry that begins with a dollar.
func (r *bindReader) directive(src *source, e entry) *fault {
	name, args := e.tokens[0], e.tokens[1:]
	d := directiveOf(strings.ToUpper(name.text))
	switch {
	case d.read == nil:
		return faultAt(name.pos, "bad-directive", "not a directive ($ORIGIN, $TTL, $INCLUDE or $GENERATE); a name that begins with a dollar is written with a backslash before it")
	case e.blank:
		return faultAt(name.pos, "bad-directive", "a directive starts in the first column")
	case len(args) < d.least:
		return faultAt(e.end, "missing-data", "want %s", d.args)
	case len(args) > d.most:
		return faultAt(args[d.most].pos, "extra-data", "%s is too much; want %s", shown(args[d.most].text), d.args)
	}
	return d.read(r, src, e, args)
}

// directive is how one kind of directive is read.
type directive struct {
	least, most int    // number of arguments
	args        string // what they are
	read        func(r *bindReader, src *source, e entry, args []token) *fault
}

// directiveOf returns the directive of a name in upper case, or the zero directive.
func directiveOf(name string) directive {
	switch name {
	case "$ORIGIN":
		return directive{1, 1, "a domain name", (*bindReader).setOrigin}
	case "$TTL":
		return directive{1, 1, "a TTL", (*bindReader).setTTL}
	case "$INCLUDE":
		return directive{1, 2, "a file, and perhaps an origin", (*bindReader).include}
	case "$GENERATE":
		return directive{4, maxTokens, "a range, an owner name, perhaps TTL and class, a type and data", (*bindReader).generate}
	}
	return directive{}
}

// setOrigin reads $ORIGIN NAME (RFC 1035 §5.1).
func (r *bindReader) setOrigin(src *source, _ entry, args []token) *fault {
	origin, f := src.parseOrigin(args[0])
	if f == nil {
		src.origin, src.owner.text = origin, ""
	}
	return f
}

// parseOrigin reads a name that is to complete others.
func (src *source) parseOrigin(t token) (completion, *fault) {
	if t.quoted {
		return completion{}, notWanted(t, 'n')
	}
	name, err := parseName(t.text, src.origin.origin)
	if err != nil {
		return completion{}, faultAt(t.pos, "bad-name", "name %s: %v", shown(t.text), err)
	}
	return completionWith(name), nil
}

// setTTL reads $TTL SECONDS (RFC 2308 §4). It goes on behind the end of an included file, as in BIND and NSD.
func (r *bindReader) setTTL(_ *source, _ entry, args []token) *fault {
	ttl, f := parseTTLToken(args[0])
	if f == nil {
		r.ttl.standard, r.ttl.hasStandard = ttl, true
	}
	return f
}

func parseTTLToken(t token) (TTL, *fault) {
	ttl, err := ParseTTL(t.text)
	switch {
	case t.quoted || errors.Is(err, errBadTTL):
		return 0, faultAt(t.pos, "bad-value", "%s is %v", shown(t.text), errBadTTL)
	case err != nil:
		return 0, faultAt(t.pos, "ttl-too-large", "TTL %s: %v", shown(t.text), err)
	}
	return ttl, nil
}

// fail notes what is wrong with an entry, and gives up after too many of them.
func (r *bindReader) fail(src *source, e entry, prefix string, f *fault) {
	r.note(src, e, prefix, f, Error)
	r.stopped = r.stopped || r.full()
}

// warn notes what is odd about an entry.
func (r *bindReader) warn(src *source, e entry, prefix string, f *fault) {
	r.note(src, e, prefix, f, Warning)
}

func (r *bindReader) note(src *source, e entry, prefix string, f *fault, severity Severity) {
	line, column := src.scan.place(e, f.pos)
	r.problem(Position{src.file, line, column}, f.rule, severity, "%s%s%s", prefix, f.text, src.trail())
}

// trail says what includes a file that is being read: " (included at a.zone:7:10)".
func (src *source) trail() string {
	if src.parent == nil {
		return ""
	}
	var b strings.Builder
	for before := " (included at "; src.parent != nil; src, before = src.parent, ", which is included at " {
		b.WriteString(before + src.at.String())
	}
	return b.String() + ")"
}
