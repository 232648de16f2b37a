// Package livefile writes what providers have, as far as plans need it, to a file, and reads it as the providers that planning asks: so a plan is made
// where nobody has access to a provider.
//
// A file is a list of JSON objects (RFC 8259), one in a line: what it is and when it was made, then the providers with what each answered, and in the end a
// digest of all that is in front of it, so that a file that was cut off is refused. It has no secrets, and everything else there is in the zones that it is of. Who
// reads one takes it to be hostile: see [Limits].
package livefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Version is that of the format. A file of another one is refused.
const Version = 1

// Made says when, by what, and of what a file was made.
type Made struct {
	At time.Time
	By string // the version of the program
	// Config is the configuration, as people know it.
	Config string
}

// File is a file that was read. It is not changed after that, and can be used concurrently.
type File struct {
	made      Made
	providers map[string]*provider
	parents   map[zonefile.Name]reconcile.ParentView
	texts     map[string]string
	records   int
	zones     int
}

// provider is what one provider has answered.
type provider struct {
	providerLine
	listed []providers.ZoneInfo
	zones  map[zonefile.Name]*zoneAnswer
	// resources are by what was asked, see question.
	resources map[string]resourceAnswer
	listings  []listing
	secrets   map[string]*secretLine
}

// zoneAnswer is what a provider answered when it was asked for a zone.
type zoneAnswer struct {
	snapshot *providers.Snapshot
	err      error
	signing  *providers.Signing // nil if nobody asked, or it could not be told
	unsigned error              // why it could not
}

type resourceAnswer struct {
	snapshot *providers.ResourceSnapshot
	err      error
}

// listing is what a provider has at a place, which write-once fields say.
type listing struct {
	at  map[string]string
	all []*providers.ResourceSnapshot
	err error
}

// Limits bound what reading a file may cost. A field that is 0 has the default that is named with it.
type Limits struct {
	Bytes   int64 // octets of the file: 1 GiB
	Line    int   // octets of a line, which has an RRset or a resource: 16 MiB
	Records int   // 5,000,000
	Zones   int   // also those that are only listed: 1,000,000
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 1 << 30
	}
	for _, x := range []struct {
		field    *int
		fallback int
	}{{&l.Line, 16 << 20}, {&l.Records, 5_000_000}, {&l.Zones, 1_000_000}} {
		if *x.field <= 0 {
			*x.field = x.fallback
		}
	}
	return l
}

// Open reads a regular file.
func Open(file string, limits Limits) (*File, error) {
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", file)
	}
	read, err := Read(f, limits)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return read, nil
}

// Read reads a file. The error says in which line it is no snapshot of this version, and why.
func Read(r io.Reader, limits Limits) (*File, error) {
	read := newReader(r, limits.withDefaults())
	if err := read.all(); err != nil {
		return nil, err
	}
	return read.file, nil
}

// Made says when, by what, and of what the file was made.
func (f *File) Made() Made { return f.made }

// Counts returns how many zones are in the file, and how many records they have.
func (f *File) Counts() (zones, records int) { return f.zones, f.records }

// soonest is how far the clocks of two machines may be apart.
const soonest = 5 * time.Minute

// Fresh returns an error if the file is older than most at a time, or was made after it: then a clock is wrong, and nobody knows how old it is.
func (f *File) Fresh(now time.Time, most time.Duration) error {
	age := now.Sub(f.made.At)
	made := f.made.At.UTC().Format(time.RFC3339)
	switch {
	case age < -soonest:
		return fmt.Errorf("the snapshot was made at %s, which is still to come: a clock is wrong", made)
	case age > most:
		return fmt.Errorf("the snapshot was made at %s, %s ago, and %s is the most: make another one", made, age.Round(time.Second), most)
	}
	return nil
}

// ErrNotInFile is wrapped where a plan needs what nobody asked a provider for when the file was made.
var ErrNotInFile = errors.New("the snapshot does not have it")

// missing returns the error for something that the file does not have.
func (f *File) missing(what string) error {
	return &recorded{
		text: fmt.Sprintf("the snapshot of %s does not have %s: make one with the configuration and the zones repository of now", f.made.At.UTC().Format(time.RFC3339), what),
		kind: ErrNotInFile,
	}
}

// provider returns what a provider answered, for zones or for resources. The error says why it is not in the file, or is that of another system: then it is not
// the one that the plan is for. The system is as reconcile.Target has it.
func (f *File) provider(name, system string, resources bool) (*provider, error) {
	p, ok := f.providers[name]
	switch {
	case !ok:
		return nil, f.missing("the provider " + name)
	case p.Resources != resources || p.System != systemDigest(system):
		return nil, &recorded{
			text: fmt.Sprintf("%s is another system than it was when the snapshot was made, at %s: make another one", name, f.made.At.UTC().Format(time.RFC3339)),
			kind: ErrNotInFile,
		}
	}
	return p, nil
}

// Texts returns what the references that are no secrets stood for, which the files of domains had when the file was made.
func (f *File) Texts() map[string]string { return f.texts }

var _ reconcile.Prober = prober{}

// MadeAt returns when a file was made, of which it reads no more than that.
func MadeAt(file string) (time.Time, error) {
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		return time.Time{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	r := newReader(f, Limits{}.withDefaults())
	if err := r.head(); err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", file, err)
	}
	return r.file.made.At, nil
}
