package zoneedit

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// overlay is a file system with texts in the place of some of its files, and beside them.
type overlay struct {
	base  fs.FS
	texts map[string]string
}

// Overlay returns a file system with texts in the place of files of another one, by their paths.
func Overlay(base fs.FS, texts map[string]string) fs.FS { return overlay{base, texts} }

var (
	_ fs.StatFS    = overlay{}
	_ fs.ReadDirFS = overlay{}
)

// Open opens a text, or a file of the file system below.
func (o overlay) Open(name string) (fs.File, error) {
	text, ok := o.texts[name]
	if !ok {
		return o.base.Open(name)
	}
	return &openText{strings.NewReader(text), textInfo{path.Base(name), int64(len(text))}}, nil
}

// Stat returns what there is to know of a file.
func (o overlay) Stat(name string) (fs.FileInfo, error) {
	if text, ok := o.texts[name]; ok {
		return textInfo{path.Base(name), int64(len(text))}, nil
	}
	return fs.Stat(o.base, name)
}

// ReadDir returns what is in a directory.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.base, name)
	if err != nil {
		return nil, err
	}
	for file, text := range o.texts {
		base := path.Base(file)
		if path.Dir(file) == name && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == base }) {
			entries = append(entries, fs.FileInfoToDirEntry(textInfo{base, int64(len(text))}))
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// openText is a text that is being read.
type openText struct {
	*strings.Reader
	info textInfo
}

func (t *openText) Stat() (fs.FileInfo, error) { return t.info, nil }
func (t *openText) Close() error               { return nil }

// textInfo is what there is to know of a text.
type textInfo struct {
	name string
	size int64
}

func (i textInfo) Name() string     { return i.name }
func (i textInfo) Size() int64      { return i.size }
func (textInfo) Mode() fs.FileMode  { return 0o444 }
func (textInfo) ModTime() time.Time { return time.Time{} }
func (textInfo) IsDir() bool        { return false }
func (textInfo) Sys() any           { return nil }
