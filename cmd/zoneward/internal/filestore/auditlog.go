package filestore

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// lineJSON is a line of the audit log: an intent, what became of one, or both for what was noted. Behind it, as the last field, is the hash: over that of the
// line before, and the line without it.
type lineJSON struct {
	Version int          `json:"version"`
	Entry   int64        `json:"entry"`
	Intent  *intentJSON  `json:"intent,omitempty"`
	Outcome *outcomeJSON `json:"outcome,omitempty"`
}

// hashField is what stands in front of the hash of a line. The hash and closeLine are the rest of it.
const (
	hashField = `,"hash":"`
	closeLine = `"}`
)

// sealed returns a line as it is in the file, and its hash.
func (l lineJSON) sealed(before zonefile.Digest) ([]byte, zonefile.Digest, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l); err != nil {
		return nil, before, err
	}
	open := bytes.TrimSuffix(b.Bytes(), []byte("}\n"))
	hash := hashLine(before, open)
	return append(append(append(slices.Clip(open), hashField...), hash.String()...), closeLine+"\n"...), hash, nil
}

// hashLine returns the hash of a line, given the part of it that is in front of hashField.
func hashLine(before zonefile.Digest, open []byte) zonefile.Digest {
	h := sha256.New()
	h.Write(before[:])
	h.Write(open)
	return zonefile.Digest(h.Sum(nil))
}

// unsealed reads a line without its newline. It returns the part in front of the hash too.
func unsealed(text []byte) (l lineJSON, open []byte, hash zonefile.Digest, err error) {
	at := bytes.LastIndex(text, []byte(hashField))
	if at < 0 || !bytes.HasSuffix(text, []byte(closeLine)) {
		return l, nil, hash, errors.New("it is no entry with a hash at its end")
	}
	open = text[:at]
	if err := hash.UnmarshalText(text[at+len(hashField) : len(text)-len(closeLine)]); err != nil {
		return l, nil, hash, err
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return l, nil, hash, err
	}
	return l, open, hash, checkVersion(l.Version)
}

// auditLog is the audit log, as far as it was read: what is open, and where it ends.
type auditLog struct {
	folder
	read  int64 // octets
	lines int
	last  int64 // the number of the last entry that was begun
	hash  zonefile.Digest
	open  map[int64]reconcile.Intent
}

// place says which line of the log an error is about.
func (l *auditLog) place(line int, err error) error {
	return fmt.Errorf("%s:%d: %w", filepath.Join(l.path, auditFile), line, err)
}

// refresh reads what was added to the log since the last time. What stands behind the last newline is of somebody who was interrupted, or is writing.
func (l *auditLog) refresh() error {
	content, err := l.since(l.read)
	if err != nil {
		return err
	}
	for line := range completeLines(content) {
		var in *reconcile.Intent
		doc, _, hash, err := unsealed(line)
		if err == nil {
			in, err = l.next(doc)
		}
		if err != nil {
			return l.place(l.lines+1, err)
		}
		l.follow(doc, in)
		l.read, l.lines, l.hash = l.read+int64(len(line))+1, l.lines+1, hash
	}
	return nil
}

// since returns the log from an offset.
func (l *auditLog) since(offset int64) ([]byte, error) {
	file, err := l.openFile(auditFile, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) && offset == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < offset {
		return nil, l.place(l.lines, errors.New("the audit log is shorter than it was"))
	}
	return io.ReadAll(io.NewSectionReader(file, offset, info.Size()-offset))
}

// completeLines returns the lines that end in a newline, without it.
func completeLines(content []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for {
			line, rest, whole := bytes.Cut(content, []byte("\n"))
			if !whole || !yield(line) {
				return
			}
			content = rest
		}
	}
}

// next returns the intent of the line that comes next, nil if it has none. The error says why it cannot come, or be read.
func (l *auditLog) next(doc lineJSON) (*reconcile.Intent, error) {
	switch {
	case doc.Intent == nil && doc.Outcome == nil:
		return nil, errors.New("it is neither an intent nor an outcome")
	case doc.Intent == nil:
		if _, open := l.open[doc.Entry]; !open {
			return nil, fmt.Errorf("the outcome of entry %d, which is not open: two logs were put together, and only one of them can be used", doc.Entry)
		}
		return nil, nil
	case doc.Entry <= l.last:
		return nil, fmt.Errorf("entry %d comes behind entry %d: two logs were put together, and only one of them can be used", doc.Entry, l.last)
	}
	in, err := doc.Intent.intent(doc.Entry)
	return &in, err
}

// follow notes what a line says, whose intent is what next returned.
func (l *auditLog) follow(doc lineJSON, in *reconcile.Intent) {
	if in != nil {
		l.last = doc.Entry
	}
	switch {
	case doc.Outcome != nil:
		delete(l.open, doc.Entry)
	case l.open == nil:
		l.open = map[int64]reconcile.Intent{doc.Entry: *in}
	default:
		l.open[doc.Entry] = *in
	}
}

// add adds a line, which is on disk afterwards. One that could not be read again is refused. The caller has the lock of the folder, and has refreshed the log.
func (l *auditLog) add(doc lineJSON) error {
	doc.Version = formatVersion
	in, err := l.next(doc)
	if err != nil {
		return err
	}
	line, hash, err := doc.sealed(l.hash)
	if err != nil {
		return err
	}
	if err := l.append(line); err != nil {
		return err
	}
	l.follow(doc, in)
	l.read, l.lines, l.hash = l.read+int64(len(line)), l.lines+1, hash
	return nil
}

// append writes a line behind the last one that is whole.
func (l *auditLog) append(line []byte) error {
	file, err := l.openFile(auditFile, os.O_CREATE|os.O_WRONLY)
	if err != nil {
		return err
	}
	// Behind the last line may be what is left of the line of somebody who was interrupted.
	if err = file.Truncate(l.read); err == nil {
		_, err = file.WriteAt(line, l.read)
	}
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		err = errors.Join(err, file.Truncate(l.read)) // half of a line may be a whole one for somebody who reads it
	}
	if err = errors.Join(err, file.Close()); err != nil || l.lines > 0 {
		return err
	}
	return l.sync(".")
}

// opened returns the open intents in their order.
func (l *auditLog) opened() iter.Seq[reconcile.Intent] {
	return func(yield func(reconcile.Intent) bool) {
		for _, id := range slices.Sorted(maps.Keys(l.open)) {
			if !yield(l.open[id]) {
				return
			}
		}
	}
}

// entries returns all entries, the oldest first.
func (l *auditLog) entries() ([]reconcile.Entry, error) {
	content, err := l.since(0)
	if err != nil {
		return nil, err
	}
	var entries []reconcile.Entry
	at := map[int64]int{}
	n := 0
	for line := range completeLines(content) {
		n++
		doc, _, hash, err := unsealed(line)
		if err != nil {
			return nil, l.place(n, err)
		}
		if doc.Intent != nil {
			in, err := doc.Intent.intent(doc.Entry)
			if err != nil {
				return nil, l.place(n, err)
			}
			at[doc.Entry] = len(entries)
			entries = append(entries, reconcile.Entry{Seq: doc.Entry, Intent: in, Open: true})
		}
		if doc.Outcome != nil {
			i, ok := at[doc.Entry]
			if !ok {
				return nil, l.place(n, fmt.Errorf("the outcome of entry %d, which was not begun", doc.Entry))
			}
			entries[i].Conclusion, entries[i].Hash, entries[i].Open = doc.Outcome.conclusion(), hash, false
			if live := entries[i].Live; live != nil && len(live) != len(entries[i].Changes) {
				return nil, l.place(n, fmt.Errorf("it says of %d changes whether they are live, and there are %d", len(live), len(entries[i].Changes)))
			}
		}
	}
	return entries, nil
}

// verify returns the number of entries that were concluded, and an error that names the first that is not as it was written. That the last
// entries were cut off it does not see.
func (l *auditLog) verify() (entries int, err error) {
	content, err := l.since(0)
	if err != nil {
		return 0, err
	}
	var before zonefile.Digest
	n, last := 0, int64(0)
	for line := range completeLines(content) {
		n++
		doc, open, hash, err := unsealed(line)
		if err == nil && hash != hashLine(before, open) {
			err = errors.New("its hash is of something else")
		}
		if err != nil {
			if doc.Entry == 0 {
				doc.Entry = last + 1
			}
			return entries, l.place(n, fmt.Errorf("entry %d of the audit log is not as it was written: %w", doc.Entry, err))
		}
		if doc.Outcome != nil {
			entries++
		}
		before, last = hash, doc.Entry
	}
	return entries, nil
}
