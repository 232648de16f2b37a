package git

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// checkStorage reads as much of the clone as a fetch builds on.
func checkStorage(dir string) error {
	o, err := openObjects(dir)
	if err != nil {
		return err
	}
	// By its HEAD git tells a repository from another directory.
	head, err := o.storage.Reference(plumbing.HEAD)
	if err != nil {
		return err
	}
	if head.Type() != plumbing.SymbolicReference {
		return errors.New("HEAD names no branch")
	}
	tip, err := o.storage.Reference(tipRef)
	if err != nil {
		return err
	}
	c, err := o.commit(tip.Hash())
	if err != nil {
		return err
	}
	_, err = o.tree(c.TreeHash)
	return err
}

// checkPacks says whether each pack ends in the checksum that it is named by.
func checkPacks(dir string) error {
	packs, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range packs {
		name, ok := strings.CutSuffix(strings.TrimPrefix(e.Name(), "pack-"), ".pack")
		if !ok {
			continue
		}
		end, err := lastBytes(filepath.Join(dir, e.Name()), sha1.Size)
		if err != nil {
			return err
		}
		if hex.EncodeToString(end) != name {
			return fmt.Errorf("%s is cut off", e.Name())
		}
	}
	return nil
}

func lastBytes(path string, n int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	end := make([]byte, min(n, info.Size()))
	_, err = f.ReadAt(end, info.Size()-int64(len(end)))
	return end, err
}

// removeAll removes what is in dir, if there is one, with a name that begins with prefix.
func removeAll(dir, prefix string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var errs []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}
