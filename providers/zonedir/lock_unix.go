//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package zonedir

import (
	"errors"
	"os"
	"syscall"
)

// flock locks an open file, or returns errLocked. Closing the file unlocks it, as the end of the process does.
func flock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errLocked
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return os.NewSyscallError("flock", err)
		}
		return nil
	}
}

// keepOwner gives a new file the owner and group of the one whose place it takes, where only root could: others write what is theirs.
func keepOwner(f *os.File, old os.FileInfo) error {
	stat, ok := old.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return f.Chown(int(stat.Uid), int(stat.Gid))
}

// syncDirectory makes renames in a directory outlive a crash of the machine, and closes it.
func syncDirectory(d *os.File) error {
	err := d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // a file system that has no such thing
	}
	return errors.Join(err, d.Close())
}
