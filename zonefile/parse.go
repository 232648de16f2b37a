package zonefile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// ParseOptions say how [Parse] reads.
type ParseOptions struct {
	Origin     Name // the zone's apex
	DefaultTTL TTL  // of records without a TTL, in YAML only: a master file states its own; 0 means 3600
	Limits     Limits
	Semicolons Semicolons // in YAML only
}

// Parse reads a zone from a file in the format that its name says: [ParseYAML] reads *.yaml, *.yml and split directories, whose
// names end with a dot, and [ParseBIND] all others.
func Parse(fsys fs.FS, file string, opts ParseOptions) (*File, error) {
	if isYAML(file) {
		return ParseYAML(fsys, file, YAMLOptions(opts))
	}
	return ParseBIND(fsys, file, BINDOptions{Origin: opts.Origin, Limits: opts.Limits})
}

// OriginOf returns the zone that a file or split directory is of by its name, and whether it is of one:
//
//	example.com.zone                       example.com.
//	example.com.yaml, example.com.yml      example.com.
//	example.com./                          example.com. (a split directory, with or without the slash)
//	bücher.example.yaml                    xn--bcher-kva.example.
//	0_25.2.0.192.in-addr.arpa.zone         0/25.2.0.192.in-addr.arpa. (RFC 2317)
//
// Letter case does not matter, and %XX is an octet as [FileName] writes it. In "_" it sees a "/" only between numbers below
// in-addr.arpa. Of no zone are the files within a split directory, those whose name starts with a dot or "$", and those that end in
// .domain.yaml or have no other dot than that before yaml: production.yaml is the configuration of octoDNS, which does the same.
func OriginOf(file string) (Name, bool) {
	file = strings.TrimSuffix(file, "/")
	dir, base := path.Split(file)
	for part := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		if isSplitDirectory(part) {
			return Name{}, false
		}
	}
	if isSplitDirectory(base) {
		origin, err := originOfStem(strings.TrimSuffix(base, "."))
		return origin, err == nil
	}
	extension := path.Ext(base)
	stem := strings.TrimSuffix(base, extension)
	switch strings.ToLower(extension) {
	case ".zone":
	case ".yaml", ".yml":
		if !strings.Contains(stem, ".") || strings.HasSuffix(strings.ToLower(stem), ".domain") {
			return Name{}, false
		}
	default:
		return Name{}, false
	}
	origin, err := originOfStem(stem)
	return origin, err == nil
}

// NotAZone says why a file is of no zone although its name ends in .zone: what stands before that is no domain name, so [OriginOf] passes it over.
// It is "" for all other files, and for those that are of no zone on purpose: within a split directory, or with "." or "$" at the start.
func NotAZone(file string) string {
	dir, base := path.Split(file)
	stem := strings.TrimSuffix(base, path.Ext(base))
	if !strings.EqualFold(path.Ext(base), ".zone") || stem != "" && strings.IndexByte(".$", stem[0]) >= 0 {
		return ""
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		if isSplitDirectory(part) {
			return ""
		}
	}
	if _, err := originOfStem(stem); err != nil {
		return fmt.Sprintf("not the file of a zone: %v", err)
	}
	return ""
}

// isSplitDirectory reports whether a directory of that name has the files of one zone.
func isSplitDirectory(base string) bool {
	return strings.HasSuffix(base, ".") && base != "." && base != ".."
}

// isYAML reports whether a file has a zone in YAML.
func isYAML(file string) bool {
	extension := strings.ToLower(path.Ext(file))
	return extension == ".yaml" || extension == ".yml" || isSplitDirectory(path.Base(file))
}

// rootStem stands for the root zone, whose name would be no file name. In a name "@" is escaped.
const rootStem = "@"

// FileName returns the name of an origin as a file name without extension, which is what {origin} stands for in configuration:
// without the dot at the end, "/" in an RFC 2317 name written "_", and octets other than letters, digits, "-", "_" and dots between
// labels written %XX. The root zone is "@". It is never "", "." or ".." and has no path separator; [OriginOf] reads it back.
func FileName(origin Name) string {
	if origin.IsRoot() {
		return rootStem
	}
	var labels []string
	wire := origin.AppendWire(nil)
	for wire[0] != 0 {
		labels = append(labels, string(wire[1:1+wire[0]]))
		wire = wire[1+wire[0]:]
	}
	reverse := origin.In(inAddrARPA)
	for i, label := range labels {
		var b strings.Builder
		classless := reverse && isClassless(label, '/')
		shadowed := reverse && isClassless(label, '_') // it would be read as the one above
		for _, c := range []byte(label) {
			switch {
			case c == '/' && classless:
				b.WriteByte('_')
			case c == '_' && !shadowed, c == '-', 'a' <= c && c <= 'z', '0' <= c && c <= '9':
				b.WriteByte(c)
			default:
				b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
			}
		}
		labels[i] = b.String()
	}
	return strings.Join(labels, ".")
}

const upperHex = "0123456789ABCDEF"

var inAddrARPA = MustParseName("in-addr.arpa.")

// isClassless reports whether a label is two numbers with that separator between them, as RFC 2317 §4 names the parts of a network.
func isClassless(label string, separator byte) bool {
	first, second, ok := strings.Cut(label, string(separator))
	return ok && isDigits(first) && isDigits(second)
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

var (
	errNoStem    = errors.New("there is no name before the extension")
	errHidden    = errors.New("its name starts with a dot")
	errStemOctet = errors.New("write %XX, the octet in hex, for all but letters, digits, -, _ and the dots between labels")
)

// originOfStem reads a file name without extension.
func originOfStem(stem string) (Name, error) {
	switch {
	case stem == rootStem:
		return Root, nil
	case stem == "":
		return Name{}, errNoStem
	case stem[0] == '.':
		return Name{}, errHidden
	}
	text, ok := unescapeStem(stem)
	if !ok {
		return Name{}, fmt.Errorf("%s: %w", shown(stem), errStemOctet)
	}
	origin, err := ParseUnicodeName(text, Root)
	if err != nil || !origin.Below(inAddrARPA) {
		return origin, err
	}
	labels := strings.Split(text, ".")
	for i, label := range labels {
		if isClassless(label, '_') {
			labels[i] = strings.Replace(label, "_", "/", 1)
		}
	}
	return ParseUnicodeName(strings.Join(labels, "."), Root)
}

// unescapeStem returns the presentation form of a name that is written as a file name: what is special in that form, and %XX, as \DDD.
func unescapeStem(stem string) (text string, ok bool) {
	var b []byte
	for i := 0; i < len(stem); i++ {
		c := stem[i]
		if c == '%' {
			if i+2 >= len(stem) {
				return "", false
			}
			octet, err := strconv.ParseUint(stem[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			c = byte(octet)
			i += 2
			b = append(b, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
			continue
		}
		if c <= ' ' || c == 0x7f || strings.IndexByte(`\"@;()$/`, c) >= 0 {
			return "", false
		}
		b = append(b, c)
	}
	return string(b), true
}
