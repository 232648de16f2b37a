package reconcile

import (
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/zoneward/zoneward/zonefile"
)

// parsed is a zone file as it was read.
type parsed struct {
	file *zonefile.File
	err  error
	// seen is what the reading looked at, in a tree that names contents; nil if there may be more.
	seen []sight

	once   sync.Once
	sum    zonefile.Digest
	claims claimCache
}

// digest returns the digest of the file, which takes as long as comparing the zone does. The file could be read.
func (p *parsed) digest() zonefile.Digest {
	p.once.Do(func() { p.sum = p.file.Digest() })
	return p.sum
}

// sight is something in a tree that a reading has looked at.
type sight struct {
	name string
	// blob is what the content is known by, empty for a directory.
	blob string
	// entries are the names in a directory.
	entries []string
}

// blobs is a tree that names the contents of its files: those with equal ids have equal content, in whatever tree they are.
type blobs interface {
	fs.FS
	BlobID(name string) (string, error)
}

// same reports whether a tree has what was seen.
func (s sight) same(tree blobs) bool {
	if s.blob == "" {
		entries, err := fs.ReadDir(tree, s.name)
		return err == nil && slices.EqualFunc(entries, s.entries, func(e fs.DirEntry, name string) bool { return e.Name() == name })
	}
	id, err := tree.BlobID(s.name)
	return err == nil && id == s.blob
}

// parseCache keeps zone files as they were read last, so that of a new tree only those are read whose content is another one. It is for one use after
// another; within one, its methods may be called concurrently. A nil cache keeps nothing.
type parseCache struct {
	mu sync.Mutex
	// before is what was read for the last tree, and now what is for this one: what is not asked for any more is forgotten.
	before, now map[zoneFile]*parsed
	read        int
	// The same of reverse zones with PTR records that their files do not state.
	pointedBefore, pointedNow map[Ref]*pointed
}

// zoneFile is a file as the zone of a name.
type zoneFile struct {
	zone   zonefile.Name
	file   string
	beside string // those that are read with it, with besides between
}

// besides stands between the names of files.
const besides = "\x00"

// files returns the files that are read.
func (f zoneFile) files() []string {
	if f.beside == "" {
		return []string{f.file}
	}
	return append([]string{f.file}, strings.Split(f.beside, besides)...)
}

// begin begins the reading of another tree.
func (c *parseCache) begin() {
	if c != nil {
		c.before, c.now, c.read = c.now, map[zoneFile]*parsed{}, 0
		c.pointedBefore, c.pointedNow = c.pointedNow, map[Ref]*pointed{}
	}
}

// parse reads a zone file, or returns what was read of the same content.
func (c *parseCache) parse(tree fs.FS, what zoneFile, opts zonefile.ParseOptions, look look) *parsed {
	named, ok := tree.(blobs)
	if c == nil || !ok {
		return parse(tree, what.files(), opts, look)
	}
	c.mu.Lock()
	p := c.before[what]
	c.mu.Unlock()
	if p == nil || p.seen == nil || slices.ContainsFunc(p.seen, func(s sight) bool { return !s.same(named) }) {
		watched := &sightseer{tree: named}
		p = parse(watched, what.files(), opts, look)
		p.seen = watched.all()
		c.mu.Lock()
		c.read++
		c.mu.Unlock()
	}
	c.mu.Lock()
	c.now[what] = p
	c.mu.Unlock()
	return p
}

// look is what is done with a zone file that was read.
type look struct {
	// others reports of which keys others may have records in the zone.
	others func(zonefile.Key) bool
	// judge returns what is to be said of the file, see Planner.Judge; nil for what reading found.
	judge func(*zonefile.File) []zonefile.Problem
}

// parse reads the files of a zone. What the parser panics with is an error of the file.
func parse(tree fs.FS, files []string, opts zonefile.ParseOptions, look look) (p *parsed) {
	p = &parsed{}
	defer func() {
		if cause := recover(); cause != nil {
			p.file, p.err = nil, caught(cause)
		}
	}()
	if p.file, p.err = zonefile.ParseFiles(tree, files, opts); p.err != nil {
		return p
	}
	if p.file = p.file.SharedWith(look.others); look.judge != nil {
		p.file.Problems = look.judge(p.file)
	}
	return p
}

// parsedFiles returns how many files were read since begin.
func (c *parseCache) parsedFiles() int {
	if c == nil {
		return 0
	}
	return c.read
}

// sightseer is a tree that remembers what is looked at in it. It may be used concurrently.
type sightseer struct {
	tree blobs

	mu   sync.Mutex
	seen []sight
	lost bool // something was looked at of which nobody can tell whether it is the same the next time
}

// all returns what was looked at, nil if that is not all.
func (s *sightseer) all() []sight {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost {
		return nil
	}
	return s.seen
}

// note remembers a file, and that nobody knows if its content has no id.
func (s *sightseer) note(name string, err error) {
	id, failed := "", err
	if err == nil {
		id, failed = s.tree.BlobID(name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if failed != nil || id == "" {
		s.lost = true
		return
	}
	s.seen = append(s.seen, sight{name: name, blob: id})
}

// Open opens a file.
func (s *sightseer) Open(name string) (fs.File, error) {
	f, err := s.tree.Open(name)
	s.note(name, err)
	return f, err
}

// Stat returns what is known of a file or directory. What a directory has in it is noted when that is read.
func (s *sightseer) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(s.tree, name)
	if err != nil || !info.IsDir() {
		s.note(name, err)
	}
	return info, err
}

// ReadDir returns what is in a directory.
func (s *sightseer) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(s.tree, name)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.lost = true
		return entries, err
	}
	s.seen = append(s.seen, sight{name: name, entries: names})
	return entries, nil
}

var (
	_ fs.StatFS    = (*sightseer)(nil)
	_ fs.ReadDirFS = (*sightseer)(nil)
)
