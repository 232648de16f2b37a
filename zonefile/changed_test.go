package zonefile

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zoneward/zoneward/zonefile/internal/textfile"
)

// cutFS has files of which the end is gone when they are read.
type cutFS struct{ fstest.MapFS }

func (c cutFS) Open(name string) (fs.File, error) {
	f, err := c.MapFS.Open(name)
	if !strings.HasPrefix(name, "cut") || err != nil {
		return f, err
	}
	rest, err := fstest.MapFS{name: {Data: c.MapFS[name].Data[:len(c.MapFS[name].Data)/2]}}.Open(name)
	return cutFile{rest, f}, err
}

type cutFile struct {
	fs.File
	before fs.File
}

func (f cutFile) Stat() (fs.FileInfo, error) { return f.before.Stat() }

// A file that somebody writes while it is read is no zone: what is not in it any more, or not yet, would be taken for what is to be retired.
func TestFilesThatBecomeShorterAreNoZones(t *testing.T) {
	bind, inYAML := []byte(strings.Repeat("a 60 A 192.0.2.1\n", 2)), []byte("a: {type: A, value: 192.0.2.1}\nb: {type: A, value: 192.0.2.1}\n")
	long := []byte(strings.Repeat("a 60 A 192.0.2.1\n", 10*windowSize/17))
	fsys := cutFS{fstest.MapFS{
		"zone": {Data: bind}, "zone.yaml": {Data: inYAML}, "cut": {Data: bind}, "cut-long": {Data: long}, "cut.yaml": {Data: inYAML},
		"includes": {Data: []byte("$INCLUDE cut\n")}, "includes.yaml": {Data: []byte("<<: !include cut.yaml\n")},
	}}
	const changed = "the file changed while it was read; read it again when nobody writes to it"
	for _, file := range []string{"zone", "zone.yaml", "cut", "cut-long", "cut.yaml", "includes", "includes.yaml"} {
		f, err := Parse(fsys, file, ParseOptions{Origin: example})
		switch {
		case strings.HasPrefix(file, "zone"):
			if err != nil || f.Err() != nil {
				t.Errorf("%s: %v, %v", file, err, f.Err())
			}
		case strings.HasPrefix(file, "includes"):
			if err != nil || f.Err() == nil || !strings.Contains(f.Err().Error(), changed) {
				t.Errorf("%s: got %v, want that it changed", file, err)
			}
		case !errors.Is(err, textfile.ErrChanged) || !strings.Contains(err.Error(), file+": "+changed):
			t.Errorf("%s: got %v, want that it changed", file, err)
		}
	}
}
