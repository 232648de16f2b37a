package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// headerSize is that of the header of a SQLite file (https://sqlite.org/fileformat2.html#the_database_header).
const headerSize = 100

// checkHeader refuses a file that is no SQLite database, or is shorter than its header says. SQLite itself takes one with a few octets for an empty
// one, and does not miss the end of the last page. An empty file is good.
func checkHeader(file string) error {
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	header := make([]byte, headerSize)
	n, err := io.ReadFull(f, header)
	if n == 0 && errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if !strings.HasPrefix(string(header), "SQLite format 3\x00") {
		return errDamaged
	}
	// As long as there is a write-ahead log, the end of the file may be in it.
	if wal, err := os.Stat(file + "-wal"); err == nil && wal.Size() > 0 {
		return nil
	}
	// The size is asked for last: another process may be making the file longer.
	info, err := f.Stat()
	if err != nil {
		return err
	}
	page := int64(binary.BigEndian.Uint16(header[16:]))
	if want := page * int64(binary.BigEndian.Uint32(header[28:])); info.Size() < want {
		return fmt.Errorf("%w: it has %d octets, and should have %d", errDamaged, info.Size(), want)
	}
	return nil
}
