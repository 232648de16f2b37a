// Package textfile reads a file as far as its text goes: what there is of it before anything in it has a meaning. The readers of zones need it, and those of
// other files in YAML (package yamldoc).
package textfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"
)

// ErrNotRegular is wrapped by the error about what is no file, such as a directory.
var ErrNotRegular = errors.New("not a regular file")

// TooLargeError says that a file has more octets than the limit.
type TooLargeError struct{ Limit int64 }

func (e TooLargeError) Error() string {
	return fmt.Sprintf("the file has more than %d octets, which is the limit", e.Limit)
}

// ErrChanged is wrapped by the error about a file that had another size when it was opened than when its end was read: it may be half of what it was,
// or of what it will be.
var ErrChanged = errors.New("the file changed while it was read; read it again when nobody writes to it")

// File is an open file that is read once, from its beginning to its end.
type File struct {
	fs.File
	Size   int64 // in octets, when it was opened; 0 also where nobody knows it, as in /proc
	Octets int64 // that were read
	path   string
}

// Open opens a file of at most limit octets. It does not open what is no file, such as a pipe, which might never end.
// The file may be larger when it is read. The error is a [TooLargeError] for a larger file, or a *fs.PathError.
func Open(fsys fs.FS, file string, limit int64) (*File, error) {
	info, err := fs.Stat(fsys, file)
	if err != nil {
		return nil, err
	}
	if err := flaw(info, file, limit); err != nil {
		return nil, err
	}
	f, err := fsys.Open(file)
	if err != nil {
		return nil, err
	}
	// Another file may have taken its place since, and it is that one which is read.
	if info, err = f.Stat(); err == nil {
		err = flaw(info, file, limit)
	}
	if err != nil {
		_ = f.Close() // nothing was read
		return nil, err
	}
	return &File{File: f, Size: info.Size(), path: file}, nil
}

// flaw says why a file is not read.
func flaw(info fs.FileInfo, file string, limit int64) error {
	switch {
	case !info.Mode().IsRegular():
		return &fs.PathError{Op: "read", Path: file, Err: ErrNotRegular}
	case info.Size() > limit:
		return TooLargeError{limit}
	}
	return nil
}

// Read reads on. At the end the error wraps [ErrChanged], and not io.EOF, if there were not as many octets as the file had when it was opened.
func (f *File) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.Octets += int64(n)
	if errors.Is(err, io.EOF) && f.Size > 0 && f.Octets != f.Size {
		err = &fs.PathError{Op: "read", Path: f.path, Err: ErrChanged}
	}
	return n, err
}

// Read returns the content of a file of at most limit octets, which is opened as [Open] does it, and read as [File.Read] does it.
func Read(fsys fs.FS, file string, limit int64) (string, error) {
	f, err := Open(fsys, file, limit)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var text strings.Builder
	text.Grow(int(min(f.Size, math.MaxInt32)))
	n, err := io.Copy(&text, io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return "", err
	case n > limit:
		return "", TooLargeError{limit}
	}
	return text.String(), nil
}
