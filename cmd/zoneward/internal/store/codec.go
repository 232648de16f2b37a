package store

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Packed values begin with an octet that says how: plain, or as DEFLATE (RFC 1951) where that is worth its cost. The numbers are kept in files.
const (
	packedPlain   = 1
	packedDeflate = 2
)

const deflateFrom = 1 << 10

// encoder writes values one behind the other. Numbers are varints, texts and octets behind their length.
type encoder struct {
	buf     []byte // not written to deflate yet
	deflate *flate.Writer
	packed  bytes.Buffer
	words   map[string]uint64
	rdata   []byte // scratch
	err     error
}

func newEncoder() *encoder { return &encoder{words: map[string]uint64{}} }

func (e *encoder) number(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }

func (e *encoder) signed(n int64) { e.buf = binary.AppendVarint(e.buf, n) }

func (e *encoder) bool(b bool) {
	n := byte(0)
	if b {
		n = 1
	}
	e.buf = append(e.buf, n)
}

func (e *encoder) text(s string) {
	e.number(uint64(len(s)))
	e.buf = append(e.buf, s...)
	e.flush(deflateChunk)
}

func (e *encoder) octets(b []byte) {
	e.number(uint64(len(b)))
	e.buf = append(e.buf, b...)
	e.flush(deflateChunk)
}

// word writes a text that comes again and again: the first time it is written out, then its number.
func (e *encoder) word(s string) {
	if n, ok := e.words[s]; ok {
		e.number(n)
		return
	}
	e.words[s] = uint64(len(e.words) + 1)
	e.number(0)
	e.text(s)
}

func (e *encoder) name(n zonefile.Name) {
	var wire [256]byte
	b := wire[:0]
	if !n.IsZero() {
		b = n.AppendWire(b)
	}
	e.octets(b)
}

func (e *encoder) key(k zonefile.Key) {
	e.name(k.Name)
	e.number(uint64(k.Type))
}

func (e *encoder) digest(d zonefile.Digest) { e.octets(digestBytes(d)) }

func (e *encoder) time(t time.Time) { e.signed(micros(t)) }

// data writes TTL and RDATA of an RRset.
func (e *encoder) data(s zonefile.RRset) {
	e.number(uint64(s.TTL))
	e.rdata = s.AppendRDATA(e.rdata[:0])
	e.octets(e.rdata)
}

// settings writes 0 for nil, and otherwise one more than the number of settings.
func (e *encoder) settings(settings map[string]string) {
	if settings == nil {
		e.number(0)
		return
	}
	e.number(uint64(len(settings)) + 1)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		e.text(name)
		e.text(settings[name])
	}
}

const deflateChunk = 1 << 16

// flush hands what is in the buffer to deflate if it has at least so many octets.
func (e *encoder) flush(least int) {
	if len(e.buf) < least || e.err != nil {
		return
	}
	if e.deflate == nil {
		e.packed.WriteByte(packedDeflate)
		if e.deflate, e.err = flate.NewWriter(&e.packed, flate.BestSpeed); e.err != nil {
			return
		}
	}
	_, e.err = e.deflate.Write(e.buf)
	e.buf = e.buf[:0]
}

// pack returns all that was written.
func (e *encoder) pack() ([]byte, error) {
	if e.deflate == nil && len(e.buf) < deflateFrom {
		return append([]byte{packedPlain}, e.buf...), nil
	}
	e.flush(0)
	if e.err != nil {
		return nil, e.err
	}
	if err := e.deflate.Close(); err != nil {
		return nil, err
	}
	return e.packed.Bytes(), nil
}

// errTruncated is the error of values that end too early, or say that they are longer than all there is.
var errTruncated = errors.New("it is cut off")

// decoder reads what an encoder wrote. After an error all that it reads is empty, and err says why.
type decoder struct {
	rest  []byte
	words []string
	err   error
}

// unpack returns a decoder of what encoder.pack gave.
func unpack(packed []byte) (*decoder, error) {
	if len(packed) == 0 {
		return nil, errTruncated
	}
	switch packed[0] {
	case packedPlain:
		return &decoder{rest: packed[1:]}, nil
	case packedDeflate:
		plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed[1:])))
		return &decoder{rest: plain}, err
	}
	return nil, fmt.Errorf("it is packed in the way %d, which this program does not know", packed[0])
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.rest = nil
}

func (d *decoder) number() uint64 {
	n, length := binary.Uvarint(d.rest)
	if length <= 0 {
		d.fail(errTruncated)
		return 0
	}
	d.rest = d.rest[length:]
	return n
}

func (d *decoder) signed() int64 {
	n, length := binary.Varint(d.rest)
	if length <= 0 {
		d.fail(errTruncated)
		return 0
	}
	d.rest = d.rest[length:]
	return n
}

// count is the number of values that follow, each of which takes an octet or more.
func (d *decoder) count() int {
	n := d.number()
	if n > uint64(len(d.rest)) {
		d.fail(errTruncated)
		return 0
	}
	return int(n)
}

func (d *decoder) bool() bool { return d.number() != 0 }

// octets returns a part of what is decoded, not a copy.
func (d *decoder) octets() []byte {
	n := d.count()
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) text() string { return string(d.octets()) }

func (d *decoder) word() string {
	n := d.number()
	if n == 0 {
		s := d.text()
		d.words = append(d.words, s)
		return s
	}
	if n > uint64(len(d.words)) {
		d.fail(errors.New("a word in it is not known"))
		return ""
	}
	return d.words[n-1]
}

func (d *decoder) name() zonefile.Name {
	b := d.octets()
	if len(b) == 0 {
		return zonefile.Name{}
	}
	name, length, err := zonefile.NameFromWire(b)
	if err == nil && length != len(b) {
		err = errors.New("a name in it is followed by more")
	}
	if err != nil {
		d.fail(err)
		return zonefile.Name{}
	}
	return name
}

func (d *decoder) key() zonefile.Key {
	name := d.name()
	n := d.number()
	if n > 1<<16-1 {
		d.fail(errors.New("a type in it is out of range"))
	}
	return zonefile.Key{Name: name, Type: zonefile.Type(n)}
}

func (d *decoder) digest() zonefile.Digest {
	var digest zonefile.Digest
	if err := parseDigest(d.octets(), &digest); err != nil {
		d.fail(err)
	}
	return digest
}

func (d *decoder) time() time.Time { return timeOf(d.signed()) }

// data is the TTL and RDATA of an RRset.
type data struct {
	ttl   zonefile.TTL
	rdata []byte
}

func (d *decoder) data() data {
	ttl := d.number()
	if ttl > 1<<32-1 {
		d.fail(errors.New("a TTL in it is out of range"))
	}
	return data{zonefile.TTL(ttl), d.octets()}
}

// rrset makes an RRset of data.
func (d *decoder) rrset(key zonefile.Key, from data) zonefile.RRset {
	if d.err != nil {
		return zonefile.RRset{}
	}
	set, err := rrsetOf(key, from.ttl, from.rdata)
	if err != nil {
		d.fail(err)
	}
	return set
}

func (d *decoder) settings() map[string]string {
	n := d.number()
	if n == 0 {
		return nil
	}
	if n-1 > uint64(len(d.rest)) {
		d.fail(errTruncated)
		return nil
	}
	settings := map[string]string{}
	for range n - 1 {
		name := d.text()
		settings[name] = d.text()
	}
	return settings
}

// end is the error of what was read, or that something is left.
func (d *decoder) end() error {
	if d.err == nil && len(d.rest) > 0 {
		return errors.New("there is more in it than should be")
	}
	return d.err
}
