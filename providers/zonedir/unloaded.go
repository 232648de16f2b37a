package zonedir

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
)

// Between the renaming of a zone's file and the end of a reload that went well the server has what the file had before. Fetch has to
// return what is served, and a change that is not served has to be planned again, or a server that could not be reloaded for a
// moment would be behind for ever: with the new file there, nothing would seem to be missing. So before a file is replaced that is to be
// loaded by a command, what is served is kept beside it, and is removed when the command was successful. It counts only as long as
// the zone's file is one that was written and not loaded: whoever edits the file by hand reloads by hand.

// unloaded is the first line of what is kept: which files were written since, and what they were.
type unloaded struct {
	// Written are the digests of the files that were written and not loaded: the one that was there, if it was not loaded either, and
	// the one that took its place, or was to.
	Written []digest `json:"written"`
	// Serial is the highest that they have.
	Serial uint32 `json:"serial"`
	// New says that nothing is served: the zone has just been created.
	New bool `json:"new,omitempty"`
}

// covers reports whether a file with that digest was written and not loaded.
func (u *unloaded) covers(d digest) bool { return slices.Contains(u.Written, d) }

// unloadedPrefix begins the first line. What follows that line is the served file, and the whole can be read as a zone.
const unloadedPrefix = "; zoneward keeps here what is served until the reload succeeds: "

// kept is the open file of what is served. What is read from it is what follows its first line.
type kept struct {
	unloaded
	rest  *bufio.Reader
	first int // octets of the first line
	fs.File
}

// Read reads what follows the first line.
func (k *kept) Read(p []byte) (int, error) { return k.rest.Read(p) }

// Stat says of the file how large what follows the first line is.
func (k *kept) Stat() (fs.FileInfo, error) {
	info, err := k.File.Stat()
	return restOf{info, int64(k.first)}, err
}

// restOf is what there is to know of a file of which some octets are read.
type restOf struct {
	fs.FileInfo
	read int64
}

func (r restOf) Size() int64 { return r.FileInfo.Size() - r.read }

// openServed opens what is kept, to be closed. It is nil if nothing is.
func (z *zoneFile) openServed() (*kept, error) {
	f, err := z.root.Open(z.served())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, z.failure(err)
	}
	k := &kept{rest: bufio.NewReaderSize(f, 64<<10), File: f}
	if err := k.readFirstLine(); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w: remove it, and reload the zone at the server: %w", z.path(z.served()), err, providers.ErrBlocked)
	}
	return k, nil
}

func (k *kept) readFirstLine() error {
	// A line has two digests at most, which is far less than the buffer.
	line, err := k.rest.ReadSlice('\n')
	text, ok := strings.CutPrefix(string(line), unloadedPrefix)
	if err != nil || !ok {
		return errors.New("not as it was written")
	}
	k.first = len(line)
	if err := json.Unmarshal([]byte(text), &k.unloaded); err != nil {
		return fmt.Errorf("not as it was written: %w", err)
	}
	return nil
}

// keepServed keeps what is served now, before the file whose digest is next is put in its place. was is what is known of the file
// that is there, and serial the one that the next file has.
func (z *zoneFile) keepServed(was current, next digest, serial uint32) error {
	u := unloaded{Written: []digest{next}, Serial: serial, New: was.info == nil}
	var source io.Reader = strings.NewReader("")
	switch {
	case was.unloaded != nil:
		k, err := z.openServed()
		if err != nil {
			return err
		}
		if k == nil {
			return fmt.Errorf("%s was removed: %w", z.path(z.served()), providers.ErrConflict)
		}
		defer k.Close()
		// A crash before the renaming leaves the file that is there now. Those before it are gone: keeping them all would make the line
		// longer with each failure, until it is not readable any more.
		u.Written, u.New = []digest{was.digest, next}, k.New
		source = k
	case was.info != nil:
		f, err := z.open()
		if err != nil {
			return err
		}
		defer f.Close()
		source = f
	}
	_, err := z.stage(z.nextServed(), was.info, func(w io.Writer) error {
		line, err := json.Marshal(u)
		if err == nil {
			_, err = fmt.Fprintf(w, "%s%s\n", unloadedPrefix, line)
		}
		if err == nil {
			_, err = io.Copy(w, source)
		}
		return err
	})
	if err != nil {
		return err
	}
	return z.replace(z.nextServed(), z.served())
}
