package git

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

const (
	tmpPackPrefix = "tmp_pack_" // git's and go-git's name for it

	// minMaxObjectBytes is the least that an object of a pack may have before the pack is refused. Each is in memory
	// once as the pack is indexed.
	minMaxObjectBytes = 256 << 20
	// maxPackObjects bounds the memory that an index takes: some hundred bytes an object.
	maxPackObjects = 4_000_000

	// reservedObject is the one kind among the others that stands for nothing (gitformat-pack(5)).
	reservedObject plumbing.ObjectType = 5
)

// receivePack stores a pack in the repository at dir with its index. An object that is larger than maxObject, or too
// many, are refused as they come. After an error there may be a file left that begins with tmpPackPrefix.
func receivePack(ctx context.Context, pack io.Reader, dir string, maxObject int64) error {
	dir = filepath.Join(dir, "objects", "pack")
	file, err := os.CreateTemp(dir, tmpPackPrefix)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	n, err := copyPack(ctx, file, pack, maxObject)
	if err != nil {
		return err
	}
	if n == 0 {
		return os.Remove(file.Name())
	}
	index := new(idxfile.Writer)
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	parser, err := packfile.NewParser(packfile.NewScanner(&untilDone{file, ctx.Err}), index)
	if err != nil {
		return err
	}
	sum, err := parser.Parse()
	if err != nil {
		return errors.Join(err, ctx.Err())
	}
	// The index is first: a reader that finds a pack looks for its index.
	name := filepath.Join(dir, "pack-"+sum.String())
	if err := writeIndex(index, dir, name+".idx"); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Chmod(file.Name(), 0o444); err != nil {
		return err
	}
	return os.Rename(file.Name(), name+".pack")
}

// copyPack writes the pack to w and returns the number of objects in it. It checks what each says of its size before
// anybody makes room for it.
func copyPack(ctx context.Context, w io.Writer, pack io.Reader, maxObject int64) (uint32, error) {
	buffered := bufio.NewWriterSize(w, 1<<16)
	scanner := packfile.NewScanner(io.TeeReader(pack, buffered))
	_, n, err := scanner.Header()
	if err != nil {
		return 0, err
	}
	if n > maxPackObjects {
		return 0, fmt.Errorf("%w: a pack of %d objects, and %d are allowed", ErrTooLarge, n, maxPackObjects)
	}
	for range n {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		header, err := scanner.NextObjectHeader()
		if err != nil {
			return 0, err
		}
		if !header.Type.Valid() || header.Type == reservedObject {
			return 0, fmt.Errorf("the pack has an object of the kind %d, which there is not", header.Type)
		}
		size := header.Length
		if size <= maxObject && header.Type.IsDelta() {
			var start headWriter
			if _, _, err := scanner.NextObject(&start); err != nil {
				return 0, err
			}
			size = start.targetSize()
		}
		if size > maxObject {
			return 0, fmt.Errorf("%w: an object of %d bytes, and %d are allowed", ErrTooLarge, size, maxObject)
		}
	}
	if _, err := scanner.Checksum(); err != nil {
		return 0, err
	}
	return n, buffered.Flush()
}

// headWriter keeps the start of a delta.
type headWriter struct{ bytes.Buffer }

func (w *headWriter) Write(p []byte) (int, error) {
	w.Buffer.Write(p[:min(len(p), max(0, 2*binary.MaxVarintLen64-w.Len()))])
	return len(p), nil
}

// targetSize is the size of what the delta makes, which follows the size of what it is made of
// (https://git-scm.com/docs/gitformat-pack, "Deltified representation"). A delta without one is for the parser to
// refuse.
func (w *headWriter) targetSize() int64 {
	_, n := binary.Uvarint(w.Bytes())
	size, _ := binary.Uvarint(w.Bytes()[max(n, 0):])
	if size > 1<<62 {
		return 1 << 62
	}
	return int64(size)
}

// untilDone fails to read when the context is done: a parser looks at nothing else.
type untilDone struct {
	*os.File
	done func() error
}

func (r *untilDone) Read(p []byte) (int, error) {
	if err := r.done(); err != nil {
		return 0, err
	}
	return r.File.Read(p)
}

// writeIndex writes the index of a pack to path, by way of another file in dir.
func writeIndex(w *idxfile.Writer, dir, path string) error {
	index, err := w.Index()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, tmpPackPrefix)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	buffered := bufio.NewWriter(file)
	if _, err := idxfile.NewEncoder(buffered).Encode(index); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Chmod(file.Name(), 0o444); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// checkCommit says whether the repository at dir has the commit that the server named.
func checkCommit(dir string, commit plumbing.Hash) error {
	o, err := openObjects(dir)
	if err != nil {
		return err
	}
	if _, err := o.commit(commit); err != nil {
		return fmt.Errorf("the server did not send the commit that it named: %w", err)
	}
	return nil
}
