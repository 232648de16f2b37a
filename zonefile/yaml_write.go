package zonefile

import (
	"io"
	"slices"
	"strconv"
	"strings"
)

// YAMLFormat says how [FormatYAML] writes.
type YAMLFormat struct {
	// Header is text for people at the top of the file. Each of its lines becomes a comment.
	Header string
	// DefaultTTL is the one that records do not state, as [YAMLOptions] has it: 0 means 3600.
	DefaultTTL TTL
	// Semicolons is how semicolons are written in TXT and SPF records: with a backslash for EscapedSemicolons, alone otherwise.
	Semicolons Semicolons
}

// FormatYAML writes z in the record shapes of octoDNS, so that [ParseYAML] with the same options reads it as the same zone. All keys are in the order that
// octoDNS enforces unless it is told otherwise, see [CompareYAMLKeys]; the types of a name are in the order of their numbers. Only text that some
// reader of YAML 1.1 or 1.2 would take for something else is in quotes.
//
// A record that has no shape, such as a TXT record whose strings are cut otherwise than octoDNS cuts them, is written as its type TYPEnnn with
// the text of a master file, which octoDNS does not read.
//
// Two CNAME, DNAME or ALIAS at a name are written too, and no reader passes over that.
//
// The error is that of w. A zone has one text: equal zones are written alike.
func FormatYAML(w io.Writer, z *Zone, opts YAMLFormat) error {
	f := yamlFormatter{w: w, format: opts.withDefaults(), origin: z.Origin()}
	f.buf = appendComments(f.buf, '#', opts.Header)
	f.buf = append(f.buf, "---\n"...)
	var sets []RRset
	for _, name := range yamlNames(z) {
		sets = slices.AppendSeq(sets[:0], z.At(name))
		f.name(sets)
	}
	f.flush()
	return f.err
}

// yamlNames returns the names of a zone in the order of their keys.
func yamlNames(z *Zone) []Name {
	type keyed struct {
		name Name
		key  string
	}
	var names []keyed
	for s := range z.All() {
		if name := s.Key.Name; len(names) == 0 || names[len(names)-1].name != name {
			names = append(names, keyed{name, yamlKey(name, z.Origin())})
		}
	}
	slices.SortFunc(names, func(a, b keyed) int { return CompareYAMLKeys(a.key, b.key) })
	sorted := make([]Name, len(names))
	for i, n := range names {
		sorted[i] = n.name
	}
	return sorted
}

// FormatYAMLRecord returns s as the lines of a mapping, as [FormatYAML] writes it.
func FormatYAMLRecord(s RRset, opts YAMLFormat) []string {
	f := yamlFormatter{format: opts.withDefaults()}
	f.record(s, 0)
	return strings.Split(strings.TrimSuffix(string(f.buf), "\n"), "\n")
}

// FormatYAMLName returns a name as the key of its records in the file of a zone, as [FormatYAML] writes it.
func FormatYAMLName(name, origin Name) string { return string(appendYAMLName(nil, name, origin)) }

func (o YAMLFormat) withDefaults() YAMLFormat {
	if o.DefaultTTL == 0 {
		o.DefaultTTL = defaultTTL
	}
	return o
}

// appendYAMLName appends a name relative to the origin of the file. The apex is ”.
func appendYAMLName(dst []byte, name, origin Name) []byte {
	key := yamlKey(name, origin)
	if key == "" {
		return append(dst, "''"...)
	}
	return appendYAMLScalar(dst, key)
}

// yamlKey returns the text of a name as a key, without quotes.
func yamlKey(name, origin Name) string {
	switch {
	case name == origin:
		return ""
	case origin.IsRoot():
		return strings.TrimSuffix(name.String(), ".")
	}
	return name.Relative(origin)
}

// yamlFormatter writes YAML by way of a buffer.
type yamlFormatter struct {
	w      io.Writer
	err    error // the first of w
	buf    []byte
	format YAMLFormat
	origin Name
}

func (f *yamlFormatter) flush() {
	if f.err == nil {
		_, f.err = f.w.Write(f.buf)
	}
	f.buf = f.buf[:0]
}

// name writes the RRsets of a name.
func (f *yamlFormatter) name(sets []RRset) {
	f.buf = append(appendYAMLName(f.buf, sets[0].Key.Name, f.origin), ":\n"...)
	for _, s := range sets {
		if len(sets) == 1 {
			f.record(s, yamlIndent)
		} else {
			start := len(f.buf)
			f.record(s, 2*yamlIndent)
			f.buf[start+yamlIndent] = '-'
		}
		if len(f.buf) > flushAt {
			f.flush()
		}
	}
}

// yamlIndent is how far in stands what belongs to a key, and what belongs to the dash of a list.
const yamlIndent = 2

// spaces are more than any line is indented.
const spaces = "                "

// record writes the keys of a record, all that far in.
func (f *yamlFormatter) record(s RRset, indent int) {
	if s.TTL != f.format.DefaultTTL {
		f.buf = append(append(f.buf, spaces[:indent]...), "ttl: "...)
		f.buf = append(strconv.AppendUint(f.buf, uint64(s.TTL), 10), '\n')
	}
	typ, values := f.format.values(s)
	f.buf = append(append(f.buf, spaces[:indent]...), "type: "...)
	f.buf = append(appendYAMLScalar(f.buf, typ), '\n') // NULL is one
	if len(values) == 1 {
		f.buf = append(append(f.buf, spaces[:indent]...), "value:"...)
		f.value(values[0], indent+yamlIndent)
		return
	}
	f.buf = append(append(f.buf, spaces[:indent]...), "values:\n"...)
	for _, v := range values {
		f.buf = append(append(f.buf, spaces[:indent+yamlIndent]...), '-')
		if v.fields == nil {
			f.value(v, 0)
			continue
		}
		start := len(f.buf)
		f.fields(v.fields, indent+2*yamlIndent)
		f.buf = append(f.buf[:start], f.buf[start+indent+yamlIndent+1:]...) // the first key stands behind the dash
	}
}

// value writes what stands behind a colon or dash, with fields in lines below it.
func (f *yamlFormatter) value(v yamlValue, indent int) {
	if v.fields == nil {
		f.buf = append(append(append(f.buf, ' '), v.text...), '\n')
		return
	}
	f.buf = append(f.buf, '\n')
	f.fields(v.fields, indent)
}

func (f *yamlFormatter) fields(fields []yamlField, indent int) {
	for _, field := range fields {
		f.buf = append(append(f.buf, spaces[:indent]...), field.name...)
		f.buf = append(f.buf, ':')
		switch {
		case field.value.fields == nil && field.value.text == "":
			f.buf = append(f.buf, '\n') // it has no value
		default:
			f.value(field.value, indent+yamlIndent)
		}
	}
}
