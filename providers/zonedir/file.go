package zonedir

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// zoneFile is the file of one zone, which need not be there, and the ones beside it that a writer needs:
//
//	example.com.zone           the zone
//	.example.com.zone.new      the zone as it is to be; left over if a writer dies, and removed by the next
//	.example.com.zone.served   what the server has, while that is not what the file has; see unloaded.go
//	.example.com.zone.lock     is locked by who writes
//	.example.com.zone.retired  the zone as it was when it was removed; see remove.go
//
// A server or pattern that looks for "*.zone", in folders too as CoreDNS does, sees the first only.
type zoneFile struct {
	root      *os.Root // the open directory
	directory string
	origin    zonefile.Name
	name      string
}

// fileName returns the name of a zone's file. It has no path separator, and does not begin with a dot.
func fileName(origin zonefile.Name) string { return zonefile.FileName(origin) + ".zone" }

// maxFileName is the most octets that a file's name may have on the usual file systems.
const maxFileName = 255

// file returns the file of a zone, without looking at the disk. The error wraps ErrUnsupported if it can have none.
func (p *Provider) file(origin zonefile.Name) (*zoneFile, error) {
	if origin.IsZero() {
		return nil, fmt.Errorf("a zone without a name: %w", providers.ErrInvalid)
	}
	z := &zoneFile{directory: p.options.Directory, origin: origin, name: fileName(origin)}
	if len(z.nextServed()) > maxFileName {
		return nil, fmt.Errorf("the zone's name is too long for that of a file: %w", providers.ErrUnsupported)
	}
	return z, nil
}

// openDirectory opens the directory that the file is in, to be closed by close. If there is none the error wraps ErrNoZone.
func (z *zoneFile) openDirectory() error {
	root, err := os.OpenRoot(z.directory)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no directory %s: %w", z.directory, providers.ErrNoZone)
	}
	if err != nil {
		return denied(err)
	}
	z.root = root
	return nil
}

// open returns the file of a zone in its open directory, to be closed.
func (p *Provider) open(origin zonefile.Name) (*zoneFile, error) {
	z, err := p.file(origin)
	if err != nil {
		return nil, err
	}
	return z, z.openDirectory()
}

func (z *zoneFile) close() { _ = z.root.Close() } // it is read only

const newSuffix = ".new"

func (z *zoneFile) next() string       { return "." + z.name + newSuffix }
func (z *zoneFile) served() string     { return "." + z.name + ".served" }
func (z *zoneFile) nextServed() string { return z.served() + newSuffix }
func (z *zoneFile) lock() string       { return "." + z.name + ".lock" }
func (z *zoneFile) retired() string    { return "." + z.name + ".retired" }

// path returns where one of the files is, as people see it.
func (z *zoneFile) path(name string) string { return filepath.Join(z.directory, name) }

// absolute is path for commands, whose working directory is their own business.
func (z *zoneFile) absolute(name string) (string, error) { return filepath.Abs(z.path(name)) }

// stat returns what is known of the zone's file. The error wraps ErrNoZone if it is not there, and ErrBlocked if it is not a file that
// can be replaced by renaming.
func (z *zoneFile) stat() (fs.FileInfo, error) {
	info, err := z.root.Lstat(z.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, z.missing()
	case err != nil:
		return nil, z.failure(err)
	case info.Mode().Type() == fs.ModeSymlink:
		return nil, fmt.Errorf("%s is a symbolic link, and the file that is renamed into its place would not be: put the file itself there: %w",
			z.path(z.name), providers.ErrBlocked)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file: %w", z.path(z.name), providers.ErrBlocked)
	}
	return info, nil
}

// missing returns the error of a zone that has no file.
func (z *zoneFile) missing() error {
	return fmt.Errorf("there is no file %s: %w", z.path(z.name), providers.ErrNoZone)
}

// writable returns an error that wraps ErrBlocked if somebody has made the file read-only.
func (z *zoneFile) writable(now current) error {
	if now.info != nil && now.info.Mode().Perm()&0o200 == 0 {
		return fmt.Errorf("%s is read-only (mode %04o): %w", z.path(z.name), now.info.Mode().Perm(), providers.ErrBlocked)
	}
	return nil
}

// open opens the zone's file for reading. Errors are as those of stat.
func (z *zoneFile) open() (fs.File, error) {
	info, err := z.stat()
	if err != nil {
		return nil, err
	}
	f, err := z.root.Open(z.name)
	if err != nil {
		return nil, z.failure(err)
	}
	if now, err := f.Stat(); err != nil || !os.SameFile(info, now) && !now.Mode().IsRegular() {
		_ = f.Close()
		return nil, fmt.Errorf("%s was replaced while it was opened: %w", z.path(z.name), errors.Join(err, providers.ErrBlocked))
	}
	return f, nil
}

// digest returns the digest of the zone's file as it is now.
func (z *zoneFile) digest() (digest, error) {
	f, err := z.open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", z.path(z.name), err)
	}
	return digestOf(h), nil
}

// digest is the SHA-256 of a file's octets in hex: "sha256:...".
type digest string

func digestOf(h hash.Hash) digest { return digest("sha256:" + hex.EncodeToString(h.Sum(nil))) }

// stage writes a new file that can take another's place: synced, with the mode and, for root, the owner of like if that is not nil.
// It returns the digest of the file. After an error there is no such file.
func (z *zoneFile) stage(name string, like fs.FileInfo, write func(io.Writer) error) (digest, error) {
	f, err := z.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", z.failure(err)
	}
	sum, err := fill(f, like, write)
	if err != nil {
		return "", errors.Join(err, z.remove(name))
	}
	return sum, nil
}

// fill writes a new file, syncs and closes it.
func fill(f *os.File, like fs.FileInfo, write func(io.Writer) error) (digest, error) {
	h := sha256.New()
	w := bufio.NewWriterSize(io.MultiWriter(f, h), 256<<10)
	err := write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil && like != nil {
		// The owner first: a change of owner may take away bits of the mode.
		if err = keepOwner(f, like); err == nil {
			err = f.Chmod(like.Mode().Perm())
		}
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return digestOf(h), err
}

// replace renames a staged file over name. A crash of the machine afterwards does not undo it.
func (z *zoneFile) replace(staged, name string) error {
	if err := z.rename(staged, name); err != nil {
		return err
	}
	return z.sync()
}

// rename is replace without the sync. After an error nothing was replaced.
func (z *zoneFile) rename(staged, name string) error {
	if err := z.root.Rename(staged, name); err != nil {
		return errors.Join(err, z.remove(staged))
	}
	return nil
}

// sync makes what was renamed and removed in the directory last.
func (z *zoneFile) sync() error {
	d, err := z.root.Open(".")
	if err != nil {
		return err
	}
	return syncDirectory(d)
}

// remove removes one of the files beside the zone's, if it is there. The error is of no kind: it may come after the zone was written.
func (z *zoneFile) remove(name string) error {
	if err := z.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return z.located(err)
	}
	return nil
}

// located returns an error of the file system with the whole path.
func (z *zoneFile) located(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: p.Op, Path: z.path(p.Path), Err: p.Err}
	}
	return err
}

// failure is located for an error that comes before anything of the zone was written: see denied.
func (z *zoneFile) failure(err error) error { return denied(z.located(err)) }

// denied returns an error of the file system, with ErrAuth if it says that this user may not.
func denied(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: %w", providers.ErrAuth, err)
	}
	return err
}
