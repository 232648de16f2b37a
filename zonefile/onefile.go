package zonefile

import (
	"io/fs"
	"strings"
	"time"
)

// OneFile returns a file system with one file, for text that is read back or that comes from elsewhere.
func OneFile(name, text string) fs.FS { return oneFile{name, text} }

type oneFile struct{ name, text string }

// Open opens the file.
func (f oneFile) Open(name string) (fs.File, error) {
	if name != f.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openFile{Reader: strings.NewReader(f.text), file: f}, nil
}

// openFile is the file, and what there is to know of it.
type openFile struct {
	*strings.Reader
	file oneFile
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *openFile) Close() error               { return nil }
func (f *openFile) Name() string               { return f.file.name }
func (f *openFile) Size() int64                { return int64(len(f.file.text)) }
func (f *openFile) Mode() fs.FileMode          { return 0o444 }
func (f *openFile) ModTime() time.Time         { return time.Time{} }
func (f *openFile) IsDir() bool                { return false }
func (f *openFile) Sys() any                   { return nil }
