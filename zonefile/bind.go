package zonefile

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// BINDOptions say how [ParseBIND] reads.
type BINDOptions struct {
	Origin Name // the zone's apex, and the origin that the file starts with
	Limits Limits
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
	r := &bindReader{
		filler: newFiller(opts.Origin, file), fsys: fsys, zone: opts.Origin, limits: opts.Limits.withDefaults(),
	}
	r.octets = r.limits.FileBytes
	err := r.readFile(&source{file: file, origin: completionWith(opts.Origin)})
	if large, ok := errors.AsType[errTooLarge](err); ok {
		r.problem(Position{File: file}, "file-too-large", Error, "%v", large)
	} else if err != nil {
		return nil, fmt.Errorf("read zone %s: %w", opts.Origin, err)
	}
	if len(r.builder.records) == 0 && len(r.problems) == 0 {
		r.problem(Position{File: file}, "empty-file", Warning, "the file has no records")
	}
	return r.file(), nil
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
	stopped   bool   // there is no use in reading on; a problem says why
	rdata     []byte // of the record that is read
}

// source is one file that is being read.
type source struct {
	file   string
	number uint32 // in File.files
	parent *source
	scan   *scanner
	origin completion // what $ORIGIN says
	owner  owner      // of the last record
}

// readFile reads the entries of a file.
func (r *bindReader) readFile(src *source) error {
	text, err := readText(r.fsys, src.file, r.octets)
	if err != nil {
		return err
	}
	r.octets -= int64(len(text))
	r.builder.grow(len(text)/4, len(text)/4, len(text)/48) // what most files need, and few need less
	src.number = r.fileNumber(src.file)
	src.scan = newScanner(text)
	if bom := "\ufeff"; strings.HasPrefix(text, bom) {
		r.fail(src, entry{line: 1}, "", faultAt(0, "syntax", "the file begins with a byte order mark; save it without"))
		src.scan.pos = len(bom)
	}
	for !r.stopped {
		e, ok := src.scan.next()
		if !ok {
			return nil
		}
		r.entry(src, e)
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
			r.fail(src, e, first.text+": ", f)
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
	line, column := src.scan.place(e, f.pos)
	r.problem(Position{src.file, line, column}, f.rule, Error, "%s%s", prefix, f.text)
	r.stopped = r.stopped || r.full()
}
