package zonefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"
)

var errNotRegular = errors.New("not a regular file")

// errTooLarge says that a file has more octets than the limit.
type errTooLarge struct{ limit int64 }

func (e errTooLarge) Error() string {
	return fmt.Sprintf("the file has more than %d octets, which is the limit", e.limit)
}

// readText returns the content of a file of at most limit octets. It does not open what is no file, such as a pipe, which might never end.
// The error is errTooLarge for a larger file, or a *fs.PathError.
func readText(fsys fs.FS, file string, limit int64) (string, error) {
	info, err := fs.Stat(fsys, file)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", &fs.PathError{Op: "read", Path: file, Err: errNotRegular}
	}
	if info.Size() > limit {
		return "", errTooLarge{limit}
	}
	f, err := fsys.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var text strings.Builder
	text.Grow(int(min(info.Size(), math.MaxInt32)))
	n, err := io.Copy(&text, io.LimitReader(f, limit+1))
	if err == nil && n > limit {
		err = errTooLarge{limit}
	}
	return text.String(), err
}
