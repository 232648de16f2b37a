package zonefile

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// include reads $INCLUDE FILE [ORIGIN] (RFC 1035 §5.1). The file is found relative to the folder of the file that includes it, and is never
// outside the root of the file system. It begins with the origin and owner of this file, whose own go on behind it.
func (r *bindReader) include(src *source, _ entry, args []token) *fault {
	child := &source{parent: src, origin: src.origin, owner: src.owner}
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
	switch {
	case depth > r.limits.IncludeDepth:
		return faultAt(args[0].pos, "include-limit", "more than %d files within each other", r.limits.IncludeDepth)
	case r.includes > r.limits.Includes:
		r.stopped = true
		return faultAt(args[0].pos, "include-limit", "more than %d $INCLUDE in the zone; the rest is not read", r.limits.Includes)
	}
	err := r.readFile(child)
	if err == nil {
		return nil
	}
	if large, ok := errors.AsType[errTooLarge](err); ok {
		return faultAt(args[0].pos, "file-too-large", "%s: %v", shownFile(child.file), large)
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = failed.Err
	}
	if linksOutside(r.fsys, child.file) {
		return faultAt(args[0].pos, "include-outside", "%s is a symbolic link that leaves the source directory", shown(child.file))
	}
	return faultAt(args[0].pos, "include-unreadable", "%s: %v", shown(child.file), err)
}

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
	file := string(text)
	joined := path.Join(path.Dir(src.file), file)
	switch {
	case file == "":
		return "", faultAt(t.pos, "missing-data", "want the name of a file")
	case path.IsAbs(file):
		return "", faultAt(t.pos, "include-outside", "%s is an absolute path; write it relative to the folder of this file", shown(file))
	case joined == "..", strings.HasPrefix(joined, "../"):
		return "", faultAt(t.pos, "include-outside", "%s is outside the source directory", shown(file))
	case !fs.ValidPath(joined):
		return "", faultAt(t.pos, "include-outside", "%s is not the path of a file", shown(file))
	}
	return joined, nil
}
