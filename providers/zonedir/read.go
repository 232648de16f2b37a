package zonedir

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// current is what is known of a zone's file without reading the records.
type current struct {
	info     fs.FileInfo // nil if there is no file
	digest   digest      // "" if there is no file
	unloaded *unloaded   // not nil if the file was written and not loaded
}

// version returns the snapshot's name for the state of the zone.
func (c current) version() string {
	if c.unloaded != nil {
		return string(c.digest) + ", not loaded"
	}
	return string(c.digest)
}

// current returns the state of the zone's file. A zone without a file is no error.
func (p *Provider) current(z *zoneFile) (current, error) {
	var c current
	var err error
	if c.info, err = z.stat(); errors.Is(err, providers.ErrNoZone) {
		return current{}, nil
	}
	if err != nil {
		return current{}, err
	}
	if c.digest, err = z.digest(); err != nil {
		return current{}, err
	}
	if len(p.options.Reload) == 0 {
		return c, nil
	}
	k, err := z.openServed()
	if err != nil || k == nil {
		return c, err
	}
	defer k.Close()
	if k.covers(c.digest) {
		c.unloaded = &k.unloaded
	}
	return c, nil
}

// Fetch reads a zone's file: all of it, the records that signing made among it. It is an error that wraps ErrBlocked, with the places, if the
// file has errors or takes in others by $INCLUDE, which writing would not keep.
func (p *Provider) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	snapshot, err := p.fetch(ctx, origin)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", origin, err)
	}
	return snapshot, nil
}

func (p *Provider) fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	z, err := p.open(origin)
	if err != nil {
		return nil, err
	}
	defer z.close()
	f, err := z.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	zone, sum, err := z.parse(z.name, f)
	if err != nil {
		return nil, err
	}
	c := current{digest: sum}
	if len(p.options.Reload) > 0 {
		served, u, err := z.parseServed(sum)
		if err != nil {
			return nil, err
		}
		if u != nil {
			zone, c.unloaded = served, u
		}
	}
	serial, _ := serialOf(zone)
	return &providers.Snapshot{Zone: zone, Serial: serial, Version: c.version(), Traits: traits()}, ctx.Err()
}

// parseServed returns what is served while the file with that digest is not loaded, and nil if it is.
func (z *zoneFile) parseServed(sum digest) (*zonefile.Zone, *unloaded, error) {
	k, err := z.openServed()
	if err != nil || k == nil {
		return nil, nil, err
	}
	defer k.Close()
	if !k.covers(sum) {
		return nil, nil, nil
	}
	if k.New {
		return nil, nil, fmt.Errorf("%s is written, and the server has not loaded it: %w", z.path(z.name), providers.ErrNoZone)
	}
	zone, _, err := z.parse(z.served(), k)
	return zone, &k.unloaded, err
}

// serialOf returns the serial of a zone's SOA, and whether it has one.
func serialOf(z *zonefile.Zone) (uint32, bool) {
	set, ok := z.Get(zonefile.Key{Name: z.Origin(), Type: zonefile.TypeSOA})
	if !ok {
		return 0, false
	}
	soa, err := zonefile.ParseSOA(set)
	return soa.Serial, err == nil
}

// largest is the most octets that a zone's file may have. What was written must be readable, so it is more than a zone can take in memory.
const largest = 1 << 36

// parse reads a zone from an open file, whose name is for messages, and returns the digest of all that was read.
func (z *zoneFile) parse(name string, f fs.File) (*zonefile.Zone, digest, error) {
	h := sha256.New()
	only := &onlyFile{name: name, file: &hashed{f, h}}
	file, err := zonefile.ParseBIND(only, name, zonefile.BINDOptions{Origin: z.origin, Limits: zonefile.Limits{FileBytes: largest}})
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("read %s: %w", z.path(name), err)
	case only.included != "":
		return nil, "", fmt.Errorf("%s: it takes in %q by $INCLUDE, and zoneward writes one file: put all records into it: %w",
			z.path(name), only.included, providers.ErrBlocked)
	}
	if err := file.Err(); err != nil {
		problems, ok := errors.AsType[*zonefile.ProblemsError](err)
		if ok {
			for i := range problems.Problems {
				problems.Problems[i].Position.File = z.path(problems.Problems[i].Position.File)
			}
		}
		return nil, "", fmt.Errorf("the file has errors, and is left alone until somebody mends it: %w:\n%w", providers.ErrBlocked, err)
	}
	if _, err := io.Copy(h, f); err != nil { // what the reader may have left at the end
		return nil, "", fmt.Errorf("read %s: %w", z.path(name), err)
	}
	return file.Zone, digestOf(h), nil
}

// onlyFile is a file system that has one file, which is open and can be read once, and notes what else was asked for.
type onlyFile struct {
	name     string
	file     fs.File
	included string
}

// Open returns the one file.
func (o *onlyFile) Open(name string) (fs.File, error) {
	if name != o.name {
		return nil, o.refuse("open", name)
	}
	return o.file, nil
}

// Stat returns what is known of the one file.
func (o *onlyFile) Stat(name string) (fs.FileInfo, error) {
	if name != o.name {
		return nil, o.refuse("stat", name)
	}
	return o.file.Stat()
}

func (o *onlyFile) refuse(op, name string) error {
	o.included = name
	return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// hashed is a file that makes a digest of what is read.
type hashed struct {
	fs.File
	hash hash.Hash
}

// Read reads, and adds to the digest.
func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.File.Read(p)
	h.hash.Write(p[:n])
	return n, err
}

// Close does nothing: whoever opened the file closes it.
func (h *hashed) Close() error { return nil }
