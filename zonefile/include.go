package zonefile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/zoneward/zoneward/zonefile/internal/textfile"
)

// include reads $INCLUDE FILE [ORIGIN] (RFC 1035 §5.1). The file is found relative to the folder of the file that includes it, and is never
// outside the root of the file system. It begins with the origin and owner of this file, whose own go on behind it.
func (r *bindReader) include(src *source, e entry, args []token) *fault {
	line, column := src.scan.place(e, args[0].pos)
	child := &source{parent: src, at: Position{src.file, line, column}, origin: src.origin, owner: src.owner}
	child.owner.key = append([]byte(nil), src.owner.key...)
	var f *fault
	if child.file, f = src.includePath(args[0]); f != nil {
		return f
	}
	if len(args) > 1 {
		if child.origin, f = src.parseOrigin(args[1]); f != nil {
			return f
		}
		child.owner.text = ""
	}
	depth := 1
	for s := src; s != nil; s = s.parent {
		if s.file == child.file {
			return faultAt(args[0].pos, "include-loop", "%s includes itself", shownFile(child.file))
		}
		depth++
	}
	r.includes++
	if rule, message := r.limits.includeFlaw(depth, r.includes); rule != "" {
		if r.stopped = r.includes > r.limits.Includes; r.stopped {
			message += "; the rest is not read"
		}
		return &fault{rule, args[0].pos, message}
	}
	if err := r.readFile(child); err != nil {
		rule, message := unreadable(r.fsys, child.file, err, r.limits.inBIND())
		return &fault{rule, args[0].pos, message}
	}
	return nil
}

// includeFlaw says why a file is not included: it would be one of so many that are open within each other, or of a zone.
func (l Limits) includeFlaw(depth, includes int) (rule, message string) {
	switch {
	case depth > l.IncludeDepth:
		return "include-limit", beyond(limitIncludeDepth, "more than %d files within each other", l.IncludeDepth)
	case includes > l.Includes:
		return "include-limit", beyond(limitIncludes, "more than %d includes in the zone", l.Includes)
	}
	return "", ""
}

// unreadable says why a file that is included could not be read, with that as the most octets of the zone.
func unreadable(fsys fs.FS, file string, err error, most octetLimit) (rule, message string) {
	if _, large := errors.AsType[textfile.TooLargeError](err); large {
		return "file-too-large", fmt.Sprintf("with %s the zone has %s", shownFile(file), most.exceeded())
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = failed.Err
	}
	if linksOutside(fsys, file) {
		return "include-outside", fmt.Sprintf("%s is a symbolic link that leaves the source directory", shown(file))
	}
	return "include-unreadable", fmt.Sprintf("%s: %v", shown(file), err)
}

// maxPath is the most octets that the path of a file has, as in Linux.
const maxPath = 4096

// maxLinks is how many symbolic links are followed, as in Linux.
const maxLinks = 40

// linksOutside reports whether the path to a file that could not be read has a symbolic link that leaves the file system, which
// [os.Root] refuses without an error of its own.
func linksOutside(fsys fs.FS, file string) bool {
	for range maxLinks {
		linked := false
		for at := 1; at <= len(file) && !linked; at++ {
			if at < len(file) && file[at] != '/' {
				continue
			}
			target, err := fs.ReadLink(fsys, file[:at])
			if errors.Is(err, fs.ErrNotExist) {
				return false
			}
			if err != nil {
				continue
			}
			linked = true
			to := path.Join(path.Dir(file[:at]), target)
			if path.IsAbs(target) || to == ".." || strings.HasPrefix(to, "../") {
				return true
			}
			file = path.Join(to, file[at:])
		}
		if !linked {
			return false
		}
	}
	return false
}

// includePath returns the path of an included file in the file system.
func (src *source) includePath(t token) (string, *fault) {
	text, err := appendUnescaped(nil, t.text)
	if err != nil {
		return "", &fault{"bad-value", t.pos, err.Error()}
	}
	file, rule, message := includedFile(src.file, string(text))
	if rule != "" {
		return "", &fault{rule, t.pos, message}
	}
	return file, nil
}

// includedFile returns the path in the file system of a file that from includes by that name, or why there is none.
func includedFile(from, file string) (joined, rule, message string) {
	joined = path.Join(path.Dir(from), file)
	switch {
	case file == "":
		return "", "missing-data", "want the name of a file"
	case len(joined) > maxPath:
		return "", "include-unreadable", fmt.Sprintf("a path of %d octets, and %d is the most", len(joined), maxPath)
	case path.IsAbs(file):
		return "", "include-outside", shown(file) + " is an absolute path; write it relative to the folder of this file"
	case joined == "..", strings.HasPrefix(joined, "../"):
		return "", "include-outside", shown(file) + " is outside the source directory"
	case !fs.ValidPath(joined):
		return "", "include-outside", shown(file) + " is not the path of a file"
	}
	return joined, "", ""
}
