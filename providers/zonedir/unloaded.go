package zonedir

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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
	// Written are the digests of the files that were written and not loaded: the last one, and those that it took the place of.
	Written []digest `json:"written"`
	// Serial is the highest that they have.
	Serial uint32 `json:"serial"`
	// New says that nothing is served: the zone has just been created.
	New bool `json:"new,omitempty"`
}

// covers reports whether a file with that digest was written and not loaded. A nil u covers none.
func (u *unloaded) covers(d digest) bool { return u != nil && slices.Contains(u.Written, d) }

// unloadedPrefix begins the first line. What follows that line is the served file, and the whole can be read as a zone.
const unloadedPrefix = "; zoneward keeps here what is served until the reload succeeds: "

// openUnloaded returns what is kept, if anything is, with a reader behind its first line. The caller closes the file unless it is nil.
func (z *zoneFile) openUnloaded() (*unloaded, *bufio.Reader, *os.File, error) {
	f, err := z.root.Open(z.served())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil, nil
	}
	if err != nil {
		return nil, nil, nil, z.failure(err)
	}
	r := bufio.NewReaderSize(f, 64<<10)
	u, err := readUnloaded(r)
	if err != nil {
		_ = f.Close()
		return nil, nil, nil, fmt.Errorf("%s: %w: remove it, and reload the zone at the server: %w", z.path(z.served()), err, providers.ErrBlocked)
	}
	return u, r, f, nil
}

func readUnloaded(r *bufio.Reader) (*unloaded, error) {
	// A line that is longer than the buffer would be thousands of failures.
	line, err := r.ReadSlice('\n')
	text, ok := strings.CutPrefix(string(line), unloadedPrefix)
	if err != nil || !ok {
		return nil, errors.New("not as it was written")
	}
	u := new(unloaded)
	if err := json.Unmarshal([]byte(text), u); err != nil {
		return nil, fmt.Errorf("not as it was written: %w", err)
	}
	return u, nil
}

// keepServed keeps what is served now, before the file whose digest is next is put in its place. was is what is known of the file
// that is there, and serial the one that the next file has.
func (z *zoneFile) keepServed(was current, next digest, serial uint32) error {
	u := unloaded{Written: []digest{next}, Serial: serial, New: was.info == nil}
	var source io.Reader = strings.NewReader("")
	switch {
	case was.unloaded != nil:
		kept, r, f, err := z.openUnloaded()
		if err != nil {
			return err
		}
		if f == nil {
			return fmt.Errorf("%s: removed while it was needed: %w", z.path(z.served()), providers.ErrConflict)
		}
		defer f.Close()
		// A crash before the renaming leaves the file that is there now.
		u.Written, u.New = append(kept.Written, next), kept.New
		source = r
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
