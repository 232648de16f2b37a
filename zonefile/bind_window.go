package zonefile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"

	"github.com/zoneward/zoneward/zonefile/internal/textfile"
)

// windowSize is how much of a master file is in memory at once, in octets: so much that reading costs little, and so little that it stays in the
// cache of a core until it is read. An entry may be longer: then the window gets larger, up to what an entry may have.
const windowSize = 64 << 10

// mostEntry bounds what an entry may have at most, so that there are such slices on every machine.
const mostEntry = 1 << 30

// longestLineEnd is CRLF. Behind an entry that is as long as it may be there is room for it in a window, which is then at least as long as a byte order mark.
const longestLineEnd = 2

// window is the part of a file that is in memory: what the scanner has not read yet, and a little before it.
type window struct {
	scan   *scanner // its text is octets, or "" as long as it was not needed
	file   *textfile.File
	octets []byte
	lines  int   // where the last line of octets ends that is whole, behind its LF
	ended  bool  // octets are the last ones of the file
	size   int64 // octets that were taken from budget
	budget *int64
	limit  int64
	entry  int  // octets that one entry may have
	broken bool // an entry has more: there is no next one
}

// openWindow opens a file, of which so many octets are to be in memory at once if no entry has more, and none may have more than entry. It takes the size of
// the file from budget, and what the file turns out to have beyond that.
func openWindow(fsys fs.FS, file string, octets int, entry int64, budget *int64) (*window, error) {
	f, err := textfile.Open(fsys, file, *budget)
	if err != nil {
		return nil, err
	}
	w := &window{scan: newScanner(""), file: f, size: f.Size, budget: budget, limit: *budget, entry: int(min(entry, mostEntry))}
	*budget -= w.size
	w.scan.cut = true
	w.octets = make([]byte, 0, min(w.size+1, int64(octets), int64(w.most()))) // one more, to see the end of a small file at once
	if err := w.more(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *window) close() { _ = w.file.Close() } // it was only read

// most is how many octets a window may have.
func (w *window) most() int { return w.entry + longestLineEnd }

// more drops what was read of the window, and reads on in the file. It reads something, or finds the end, unless the window is full of an entry that is too
// long. Places of before are void.
func (w *window) more() error {
	rest := w.octets[w.scan.pos:]
	room := w.octets[:0]
	if larger := min(2*len(rest)+1, w.most()); larger > cap(w.octets) {
		room = make([]byte, 0, larger)
	}
	w.octets = append(room, rest...)
	w.scan.text, w.scan.pos = "", 0
	for !w.ended && len(w.octets) < cap(w.octets) {
		n, err := w.file.Read(w.octets[len(w.octets):cap(w.octets)])
		w.octets = w.octets[:len(w.octets)+n]
		if read := w.file.Octets; read > w.size {
			*w.budget -= read - w.size
			w.size = read
			if *w.budget < 0 {
				return textfile.TooLargeError{Limit: w.limit}
			}
		}
		if errors.Is(err, io.EOF) {
			w.ended, w.scan.cut = true, false
		} else if err != nil {
			return err
		}
	}
	w.lines = bytes.LastIndexByte(w.octets, '\n') + 1
	return nil
}

// next returns the next entry, and false at the end of the file. Of an entry that is too long it returns where it begins, with that as its fault.
func (w *window) next() (entry, bool, error) {
	for {
		if w.scan.text == "" {
			w.scan.text = string(w.octets)
		}
		e, ok := w.scan.next()
		switch {
		case ok && e.end-e.pos > w.entry:
			return w.tooLong(e), true, nil
		case !w.scan.starved:
			return e, ok, nil
		case len(w.octets)-w.scan.pos >= w.most():
			return w.tooLong(entry{pos: w.scan.pos, line: w.scan.line}), true, nil
		}
		w.scan.starved = false
		if err := w.more(); err != nil {
			return entry{}, false, err
		}
	}
}

// tooLong returns an entry as one that cannot be read, since it has more octets than it may have.
func (w *window) tooLong(e entry) entry {
	w.broken = true
	text := beyond(limitEntryBytes, "more than %d octets in one line, or in lines within parentheses", w.entry)
	if opened := w.scan.opened; w.scan.starved && opened > 0 {
		text = beyond(limitEntryBytes, `the "(" in line %d is not closed within %d octets from here`, opened, w.entry)
	}
	e.fault = &fault{"entry-too-large", e.pos, text + "; the rest is not read"}
	return e
}
