package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
)

// errChanged is returned where a file is not what was formatted any more.
var errChanged = errors.New("it changed while it was formatted, and is left as it is; format it again")

// save puts a text in the place of the file, which said before: it is there whole or not at all, and has the mode and the owner of what was there.
func (f fileToFormat) save(before, text string) error {
	info, err := f.root.Lstat(f.path)
	switch {
	case err != nil:
		return reasonOf(err)
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("a symbolic link is not written; name the file that it leads to")
	}
	name := path.Join(path.Dir(f.path), "."+path.Base(f.path)+"-"+rand.Text())
	tmp, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return reasonOf(err)
	}
	_, err = tmp.WriteString(text)
	if err == nil {
		err = errors.Join(keepOwner(tmp, info), tmp.Chmod(info.Mode().Perm()), tmp.Sync())
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = f.replace(before, name)
	}
	if err != nil {
		return errors.Join(err, f.root.Remove(name))
	}
	return nil
}

// replace puts the file of that name in the place of this one, unless somebody has written something else there since it was read.
func (f fileToFormat) replace(before, name string) error {
	switch is, err := f.text(); {
	case err != nil:
		return err
	case is != before:
		return errChanged
	}
	return f.root.Rename(name, f.path)
}
