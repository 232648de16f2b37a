package git

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// snapshot is a file system that never changes: a tree of nodes made once. It may be used concurrently.
type snapshot struct {
	root *node
	time time.Time // of every file
}

var (
	_ fs.ReadDirFS  = (*snapshot)(nil)
	_ fs.ReadFileFS = (*snapshot)(nil)
	_ fs.StatFS     = (*snapshot)(nil)
)

// node is a directory with its children, or something with content.
type node struct {
	name     string // without the path: one node can stand in several directories
	mode     fs.FileMode
	children []*node // sorted by name
	content  content // nil for a directory
}

// content is what a file holds, or why it cannot be had.
type content interface {
	read() ([]byte, error) // nobody writes to it
	size() (int64, error)
	id() (string, error)
}

const (
	fileMode   fs.FileMode = 0o444
	dirMode                = fs.ModeDir | 0o555
	brokenMode             = fs.ModeSymlink | 0o444
)

// refused is the content of something that does not open.
type refused struct{ err error }

func (r refused) read() ([]byte, error) { return nil, r.err }
func (r refused) size() (int64, error)  { return 0, r.err }
func (r refused) id() (string, error)   { return "", r.err }

// hidden says that a name is left out of a source: version control, editors' and the system's own files.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// brokenNode is something that does not open.
func brokenNode(name string, err error) *node {
	return &node{name: name, mode: brokenMode, content: refused{err}}
}

// dirNode is a directory with the children, which it sorts.
func dirNode(name string, children []*node) *node {
	slices.SortFunc(children, func(a, b *node) int { return cmp.Compare(a.name, b.name) })
	// A tree object made by hand can have a name twice. Neither is the right one.
	unique := children[:0]
	for _, child := range children {
		if n := len(unique); n > 0 && unique[n-1].name == child.name {
			unique[n-1] = brokenNode(child.name, errTwice)
			continue
		}
		unique = append(unique, child)
	}
	return &node{name: name, mode: dirMode, children: slices.Clip(unique)}
}

var (
	errName  = errors.New("the name is not UTF-8, or has a slash in it")
	errTwice = errors.New("two entries of this name")
)

// shownName is name, which may be any octets, as [fs.ValidPath] allows it in a path, and whether that is name itself.
func shownName(name string) (string, bool) {
	if utf8.ValidString(name) && !strings.Contains(name, "/") {
		return name, true
	}
	return strings.ReplaceAll(strings.ToValidUTF8(name, "\uFFFD"), "/", "\uFFFD"), false
}

func (s *snapshot) find(op, name string) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	at := s.root
	if name == "." {
		return at, nil
	}
	for elem := range strings.SplitSeq(name, "/") {
		i, ok := slices.BinarySearchFunc(at.children, elem, func(n *node, name string) int { return cmp.Compare(n.name, name) })
		if !ok {
			return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		at = at.children[i]
	}
	return at, nil
}

func (s *snapshot) Open(name string) (fs.File, error) {
	n, err := s.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.mode.IsDir() {
		return &openDir{snapshot: s, node: n, path: name}, nil
	}
	data, err := n.content.read()
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{Reader: bytes.NewReader(data), info: s.info(n, int64(len(data)))}, nil
}

func (s *snapshot) ReadFile(name string) ([]byte, error) {
	n, err := s.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.mode.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errIsDir}
	}
	data, err := n.content.read()
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return bytes.Clone(data), nil // the caller may write to it
}

func (s *snapshot) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := s.find("open", name)
	if err != nil {
		return nil, err
	}
	if !n.mode.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNotDir}
	}
	return s.entries(n), nil
}

func (s *snapshot) Stat(name string) (fs.FileInfo, error) {
	n, err := s.find("stat", name)
	if err != nil {
		return nil, err
	}
	info, err := s.stat(n)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return info, nil
}

// BlobID is what the content of the file is known by: files with equal ids have equal content.
func (s *snapshot) BlobID(name string) (string, error) {
	n, err := s.find("open", name)
	if err != nil {
		return "", err
	}
	if n.mode.IsDir() {
		return "", &fs.PathError{Op: "read", Path: name, Err: errIsDir}
	}
	id, err := n.content.id()
	if err != nil {
		return "", &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return id, nil
}

var (
	errIsDir  = errors.New("is a directory")
	errNotDir = errors.New("not a directory")
)

func (s *snapshot) entries(n *node) []fs.DirEntry {
	entries := make([]fs.DirEntry, len(n.children))
	for i, child := range n.children {
		entries[i] = dirEntry{s, child}
	}
	return entries
}

func (s *snapshot) stat(n *node) (fileInfo, error) {
	var size int64
	if !n.mode.IsDir() {
		var err error
		if size, err = n.content.size(); err != nil {
			return fileInfo{}, err
		}
	}
	return s.info(n, size), nil
}

func (s *snapshot) info(n *node, size int64) fileInfo {
	return fileInfo{name: n.name, mode: n.mode, size: size, time: s.time}
}

type dirEntry struct {
	snapshot *snapshot
	node     *node
}

func (e dirEntry) Name() string      { return e.node.name }
func (e dirEntry) IsDir() bool       { return e.node.mode.IsDir() }
func (e dirEntry) Type() fs.FileMode { return e.node.mode.Type() }
func (e dirEntry) String() string    { return fs.FormatDirEntry(e) }

func (e dirEntry) Info() (fs.FileInfo, error) {
	info, err := e.snapshot.stat(e.node)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: e.node.name, Err: err}
	}
	return info, nil
}

type fileInfo struct {
	name string
	mode fs.FileMode
	size int64
	time time.Time
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return i.time }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return nil }
func (i fileInfo) String() string     { return fs.FormatFileInfo(i) }

type openFile struct {
	*bytes.Reader
	info fileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	snapshot *snapshot
	node     *node
	path     string
	offset   int
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.snapshot.info(d.node, 0), nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: errIsDir}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.snapshot.entries(d.node)[d.offset:]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	d.offset += len(rest)
	return rest, nil
}
