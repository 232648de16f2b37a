package livefile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// reader reads a file line by line.
type reader struct {
	buf    *bufio.Reader
	limits Limits
	hash   hash.Hash
	number int   // of the line
	octets int64 // so far
	text   []byte
	file   *File
	last   *provider // that was begun last
	zone   *arriving
	listed int
}

// arriving is the zone whose RRsets come.
type arriving struct {
	origin   zonefile.Name
	left     [3]int // RRsets of the zone, foreign ones, disabled ones
	part     int    // which of these comes
	builders [3]*zonefile.Builder
	before   zonefile.Key
	snapshot *providers.Snapshot
}

func newReader(r io.Reader, limits Limits) *reader {
	return &reader{
		buf: bufio.NewReaderSize(r, 1<<16), limits: limits, hash: sha256.New(),
		file: &File{providers: map[string]*provider{}, parents: map[zonefile.Name]reconcile.ParentView{}, texts: map[string]string{}},
	}
}

// all reads the file to its end.
func (r *reader) all() error {
	if err := r.head(); err != nil {
		return err
	}
	for {
		text, err := r.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("it is cut off after line %d: make another one", r.number)
		}
		if err != nil {
			return err
		}
		sum := r.hash.Sum(nil)
		r.hash.Write(text)
		var l line
		if err := strict(text, &l); err != nil {
			return r.fail(err)
		}
		if n := l.count(); n != 1 {
			return r.fail(fmt.Errorf("%d things in one line", n))
		}
		if l.End != nil {
			return r.end(*l.End, zonefile.Digest(sum))
		}
		if err := r.take(l); err != nil {
			return r.fail(err)
		}
	}
}

// head reads the first line. Whether this program knows the version is said before anything else that it may not know.
func (r *reader) head() error {
	text, err := r.next()
	if errors.Is(err, io.EOF) {
		return errors.New("it is empty: no snapshot")
	}
	if err != nil {
		return err
	}
	r.hash.Write(text)
	var any struct {
		Snapshot *struct {
			Version int `json:"version"`
		} `json:"snapshot"`
	}
	if err := json.Unmarshal(text, &any); err != nil || any.Snapshot == nil {
		return errors.New("it is no snapshot of zoneward")
	}
	if any.Snapshot.Version != Version {
		return fmt.Errorf("it is a snapshot of version %d, and this program knows version %d: make it with the same version of zoneward", any.Snapshot.Version, Version)
	}
	var l line
	if err := strict(text, &l); err != nil {
		return r.fail(err)
	}
	h := l.Snapshot
	if h.MadeAt.IsZero() {
		return r.fail(errors.New("it does not say when it was made"))
	}
	r.file.made = Made{h.MadeAt, h.MadeBy, h.Config}
	return nil
}

// next returns a line, with the line feed at its end, until the next call. It is io.EOF if there is none, or no whole one.
func (r *reader) next() ([]byte, error) {
	r.text = r.text[:0]
	for {
		part, err := r.buf.ReadSlice('\n')
		r.octets += int64(len(part))
		switch {
		case r.octets > r.limits.Bytes:
			return nil, fmt.Errorf("it has more than %d octets, which is the limit", r.limits.Bytes)
		case len(r.text)+len(part) > r.limits.Line:
			return nil, fmt.Errorf("line %d has more than %d octets, which is the limit", r.number+1, r.limits.Line)
		}
		r.text = append(r.text, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, err
		}
		r.number++
		return r.text, nil
	}
}

// strict reads a JSON value that is all of the text, and knows all of its fields.
func strict(text []byte, to any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(to); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something behind the value")
	}
	return nil
}

func (r *reader) fail(err error) error { return fmt.Errorf("line %d: %w", r.number, err) }

// end checks that the file is as it was written. Sum is the digest of all lines but the last.
func (r *reader) end(end endLine, sum zonefile.Digest) error {
	switch {
	case r.zone != nil:
		return r.fail(r.zone.cutOff())
	case end.Lines != r.number-1:
		return fmt.Errorf("it was changed after it was made: it has %d lines, and had %d", r.number-1, end.Lines)
	case end.Digest != sum:
		return fmt.Errorf("it was changed after it was made: its digest is %s, and was %s", sum, end.Digest)
	}
	if _, err := r.buf.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("something behind its end")
	}
	return nil
}

// take takes a line in.
func (r *reader) take(l line) error {
	switch {
	case l.RRset != nil && r.zone != nil:
		return r.rrset(l.RRset)
	case r.zone != nil:
		return r.zone.cutOff()
	case l.Provider != nil:
		return r.provider(*l.Provider)
	case l.Text != nil:
		r.file.texts[l.Text.Reference] = l.Text.Value
		return nil
	case l.Parent != nil:
		return r.parent(l.Parent)
	case r.last == nil:
		return errors.New("nothing that can stand before the first provider")
	case r.last.Resources:
		return r.ofResources(l)
	case l.Listed != nil:
		return r.list(*l.Listed)
	case l.Zone != nil:
		return r.beginZone(*l.Zone)
	}
	return errors.New("nothing that can stand there")
}

func (r *reader) provider(l providerLine) error {
	if _, twice := r.file.providers[l.Name]; twice {
		return fmt.Errorf("the provider %s comes twice", l.Name)
	}
	if _, err := l.ListError.decode(); err != nil {
		return err
	}
	r.last = &provider{
		providerLine: l, zones: map[zonefile.Name]*zoneAnswer{}, resources: map[string]resourceAnswer{}, secrets: map[string]*secretLine{},
	}
	r.file.providers[l.Name] = r.last
	return nil
}

// ofResources takes a line in that stands below a provider of resources.
func (r *reader) ofResources(l line) error {
	switch {
	case l.Resource != nil:
		return r.resource(l.Resource)
	case l.Listing != nil:
		return r.listing(l.Listing)
	case l.Secret != nil:
		if _, err := l.Secret.Error.decode(); err != nil {
			return err
		}
		name, err := parseName(l.Secret.Name)
		if err != nil {
			return err
		}
		r.last.secrets[secretQuestion(name, l.Secret.Secret, l.Secret.Reference)] = l.Secret
		return nil
	}
	return errors.New("nothing that can stand below a provider of resources")
}

func (r *reader) count() error {
	if r.listed++; r.listed > r.limits.Zones {
		return fmt.Errorf("more than %d zones, which is the limit", r.limits.Zones)
	}
	return nil
}

func (r *reader) list(l listedLine) error {
	origin, err := parseName(l.Zone)
	if err != nil {
		return err
	}
	if l.Kind != providers.Primary && l.Kind != providers.Secondary {
		return fmt.Errorf("%s: %d is no kind of zone", origin, l.Kind)
	}
	r.last.listed = append(r.last.listed, providers.ZoneInfo{Origin: origin, Kind: l.Kind, Serial: l.Serial, Version: l.Version})
	return r.count()
}

// beginZone begins a zone.
func (r *reader) beginZone(l zoneLine) error {
	origin, err := parseName(l.Zone)
	if err != nil {
		return err
	}
	if _, twice := r.last.zones[origin]; twice {
		return fmt.Errorf("the zone %s comes twice", origin)
	}
	answer := &zoneAnswer{}
	r.last.zones[origin] = answer
	r.file.zones++
	if err := r.count(); err != nil {
		return err
	}
	if l.Error != nil {
		answer.err, err = l.Error.decode()
		return err
	}
	if l.Traits == nil || l.RRsets < 0 || l.Foreign < 0 || l.Disabled < 0 {
		return fmt.Errorf("the zone %s: neither an error nor a whole zone", origin)
	}
	if err := answer.sign(l.Signing); err != nil {
		return err
	}
	answer.snapshot = &providers.Snapshot{Serial: l.Serial, Version: l.Version, Properties: l.Properties, Traits: l.Traits.traits()}
	r.zone = &arriving{origin: origin, left: [3]int{l.RRsets, l.Foreign, l.Disabled}, snapshot: answer.snapshot}
	for i, n := range r.zone.left {
		if n > 0 || i == 0 {
			r.zone.builders[i] = zonefile.NewBuilder(origin)
		}
	}
	r.endZone()
	return nil
}

func (a *zoneAnswer) sign(s *signingJSON) (err error) {
	if s == nil {
		return nil
	}
	if s.Error != nil {
		a.unsigned, err = s.Error.decode()
		return err
	}
	ds, err := s.DS.rrset()
	a.signing = &providers.Signing{Signed: s.Signed, Status: s.Status, Algorithm: s.Algorithm, DS: ds}
	return err
}

// rrset takes in the next RRset of a zone. They are in order, so that none can come twice.
func (r *reader) rrset(l *rrsetJSON) error {
	set, err := l.rrset()
	if err != nil {
		return err
	}
	z := r.zone
	if !z.before.Name.IsZero() && set.Key.Compare(z.before) <= 0 {
		return fmt.Errorf("the zone %s: %s comes twice, or is not in order", z.origin, set.Key)
	}
	if r.file.records += set.Len(); r.file.records > r.limits.Records {
		return fmt.Errorf("more than %d records, which is the limit", r.limits.Records)
	}
	if err := z.builders[z.part].AddRRset(set); err != nil {
		return err
	}
	z.before = set.Key
	z.left[z.part]--
	r.endZone()
	return nil
}

// endZone goes on to the next part of the zone, or ends it, if all that belongs to this one was there.
func (r *reader) endZone() {
	z := r.zone
	for z.left[z.part] == 0 {
		z.before = zonefile.Key{}
		if z.part++; z.part == len(z.left) {
			z.snapshot.Zone = z.builders[0].Zone()
			for i, to := range []**zonefile.Zone{&z.snapshot.Foreign, &z.snapshot.Disabled} {
				if z.builders[i+1] != nil {
					*to = z.builders[i+1].Zone()
				}
			}
			r.zone = nil
			return
		}
	}
}

// cutOff is the error for a zone that ends too early.
func (z *arriving) cutOff() error {
	return fmt.Errorf("the zone %s lacks %d RRsets", z.origin, z.left[0]+z.left[1]+z.left[2])
}

func (r *reader) parent(l *parentLine) error {
	origin, err := parseName(l.Zone)
	if err != nil {
		return err
	}
	if _, twice := r.file.parents[origin]; twice {
		return fmt.Errorf("the parent side of %s comes twice", origin)
	}
	r.file.parents[origin], err = l.view()
	return err
}

func (r *reader) resource(l *resourceLine) error {
	name, err := parseName(l.Name)
	if err != nil {
		return err
	}
	asked := question(name, l.At)
	if _, twice := r.last.resources[asked]; twice {
		return fmt.Errorf("%s comes twice", name)
	}
	answer := resourceAnswer{}
	switch {
	case (l.Error == nil) == (l.Found == nil):
		err = fmt.Errorf("%s: neither an error nor what was found, or both", name)
	case l.Error != nil:
		answer.err, err = l.Error.decode()
	default:
		answer.snapshot, err = l.Found.snapshot()
	}
	r.last.resources[asked] = answer
	return err
}

func (r *reader) listing(l *listingLine) (err error) {
	list := listing{at: l.At}
	if list.err, err = l.Error.decode(); err != nil {
		return err
	}
	for _, one := range l.All {
		if one == nil {
			return errors.New("a resource is null")
		}
		snapshot, err := one.snapshot()
		if err != nil {
			return err
		}
		list.all = append(list.all, snapshot)
	}
	r.last.listings = append(r.last.listings, list)
	return nil
}
