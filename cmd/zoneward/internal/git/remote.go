package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"
)

// remote is a repository at a server.
type remote interface {
	// contact begins to talk to the server. Its end is that of ctx, or close.
	contact(ctx context.Context) (contact, error)
	// close ends what contacts leave for the next one.
	close()
}

// contact is a talk with the server, for one goroutine. Errors wrap those of this package where they fit; none has a
// credential in it, or more of what the server said than a line.
type contact interface {
	// list asks for the commit that a branch or another reference is at. The error wraps [ErrNoBranch] if there is none.
	list(ctx context.Context, name plumbing.ReferenceName) (tip, error)
	// fetch brings what the tip needs into the bare repository at dir: once in a contact, after list. More than most
	// bytes is [ErrTooLarge]. After an error there may be unfinished packs in dir.
	fetch(ctx context.Context, dir string, at tip, most int64) error
	// received is the number of bytes that came until now.
	received() int64
	close()
}

// tip is where a branch, or another reference, is.
type tip struct {
	name   plumbing.ReferenceName // of the branch, or HEAD if that names none
	commit plumbing.Hash
}

// tipRef is where a clone keeps the tip of the branch, whatever that is called.
const tipRef = plumbing.ReferenceName("refs/zoneward/tip")

// maxListBytes bounds what a server says before it sends objects: a million references.
const maxListBytes = 64 << 20

// tipOf finds the branch among the references that a server has. What it returns may stand in a refspec.
func tipOf(refs map[plumbing.ReferenceName]*plumbing.Reference, branch plumbing.ReferenceName) (tip, error) {
	ref := refs[branch]
	if ref != nil && ref.Type() == plumbing.SymbolicReference {
		ref = refs[ref.Target()]
	}
	if ref == nil || ref.Type() != plumbing.HashReference {
		return tip{}, ErrNoBranch
	}
	if err := ref.Name().Validate(); err != nil {
		return tip{}, fmt.Errorf("%w: the server's HEAD names %q", ErrNoBranch, oneLine(ref.Name().String()))
	}
	return tip{ref.Name(), ref.Hash()}, nil
}

// meter counts what comes from a server, and ends it when it is too much.
type meter struct {
	count int64
	limit int64 // of count
	over  bool
}

// allow lets n more bytes come.
func (m *meter) allow(n int64) { m.limit = m.count + max(n, 0) }

// err wraps [ErrTooLarge] if more wanted to come than was allowed.
func (m *meter) err() error {
	if !m.over {
		return nil
	}
	return tooMuch(m.limit)
}

// reader counts what is read from r.
func (m *meter) reader(r io.Reader) io.Reader { return &meteredReader{m, r} }

type meteredReader struct {
	meter *meter
	from  io.Reader
}

func (r *meteredReader) Read(p []byte) (int, error) {
	m := r.meter
	// One more than is allowed tells too much from just enough.
	n, err := r.from.Read(p[:min(int64(len(p)), m.limit-m.count+1)])
	m.count += int64(n)
	if m.count > m.limit {
		m.over = true
		return 0, m.err()
	}
	return n, err
}

// tooMuch is the error for more than most bytes.
func tooMuch(most int64) error {
	return fmt.Errorf("%w: the server sends more than the %d bytes that are allowed", ErrTooLarge, most)
}

// why is the reason that a contact ended with err: neither go-git nor git keeps an error whole that comes from below.
func (m *meter) why(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if over := m.err(); over != nil {
		return over
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// dirSize is the sum of the sizes of the files below dir, 0 if there is none.
func dirSize(dir string) int64 {
	var sum int64
	// What goes away meanwhile has no size.
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return sum
}

// maxShown is how much an error shows of what a server says, in bytes.
const maxShown = 300

// oneLine is the start of what a server says, so that it can be shown: on one line, without what doesn't print.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxShown)], "")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s))
}
