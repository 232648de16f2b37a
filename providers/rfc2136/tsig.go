package rfc2136

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// TSIG names a key that messages are signed with (RFC 8945). The zero TSIG signs nothing.
type TSIG struct {
	// Name is the key's, as the server has it. The dot at the end may be left out.
	Name string
	// Algorithm is "hmac-sha256", which is also what empty means, or hmac-sha1, -sha224, -sha384 or -sha512.
	Algorithm string
	// Secret returns the key in base64. It is asked each time that the key is used, so that it can change while the program runs.
	Secret func() (string, error)
}

// fudge is how many seconds the clocks of both sides may differ: what RFC 8945 §10 recommends.
const fudge = 300

// maxUnsigned is how many messages of a transfer may come between two signed ones (RFC 8945 §5.3.1).
const maxUnsigned = 99

// signer is a key without its secret, or nil for messages that are not signed.
type signer struct {
	name      zonefile.Name
	algorithm zonefile.Name
	hash      func() hash.Hash
	secret    func() (string, error)
}

// newSigner returns the signer for a TSIG, nil for the zero one.
func newSigner(t TSIG) (*signer, error) {
	if t.Name == "" && t.Algorithm == "" && t.Secret == nil {
		return nil, nil
	}
	name, err := zonefile.ParseName(t.Name, zonefile.Root)
	if err != nil {
		return nil, fmt.Errorf("TSIG key: %w", err)
	}
	if t.Secret == nil {
		return nil, fmt.Errorf("TSIG key %s: no secret", name)
	}
	text := strings.ToLower(strings.TrimSuffix(t.Algorithm, "."))
	if text == "" {
		text = "hmac-sha256"
	}
	var h func() hash.Hash
	switch text {
	case "hmac-sha1":
		h = sha1.New
	case "hmac-sha224":
		h = sha256.New224
	case "hmac-sha256":
		h = sha256.New
	case "hmac-sha384":
		h = sha512.New384
	case "hmac-sha512":
		h = sha512.New
	default:
		return nil, fmt.Errorf("TSIG key %s: algorithm %q: want hmac-sha256, or hmac-sha1, hmac-sha224, hmac-sha384, hmac-sha512", name, t.Algorithm)
	}
	return &signer{name: name, algorithm: zonefile.MustParseName(text + "."), hash: h, secret: t.Secret}, nil
}

// key is a signer with its secret, for one exchange. The nil key signs nothing.
type key struct {
	*signer
	octets []byte
}

// open asks for the secret.
func (s *signer) open() (*key, error) {
	if s == nil {
		return nil, nil
	}
	text, err := s.secret()
	if err != nil {
		return nil, fmt.Errorf("secret of TSIG key %s: %w", s.name, err)
	}
	octets, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(octets) == 0 {
		return nil, fmt.Errorf("secret of TSIG key %s: not base64", s.name) // the error would show a part of it
	}
	return &key{s, octets}, nil
}

// signature is a TSIG record (RFC 8945 §4.2).
type signature struct {
	name, algorithm zonefile.Name
	time            uint64 // seconds since 1970
	fudge           uint16
	mac             []byte
	id              uint16 // that the message had when it was signed
	err             uint16
	other           []byte
}

// parseSignature reads the TSIG record at an offset.
func parseSignature(octets []byte, at int, h rrHeader) (*signature, error) {
	bad := fmt.Errorf("TSIG: %w", errMalformed)
	var buf [maxName]byte
	owner, _, err := appendName(buf[:0], octets, at)
	if err != nil {
		return nil, fmt.Errorf("TSIG: %w", err)
	}
	s := new(signature)
	if s.name, _, err = zonefile.NameFromWire(owner); err != nil {
		return nil, fmt.Errorf("TSIG: %w", err)
	}
	algorithm, n, err := zonefile.NameFromWire(octets[h.start:h.end]) // it is not compressed
	if err != nil {
		return nil, fmt.Errorf("TSIG: %w", err)
	}
	b := octets[h.start+n : h.end]
	if len(b) < 10 {
		return nil, bad
	}
	s.algorithm = algorithm
	s.time = uint64(binary.BigEndian.Uint16(b))<<32 | uint64(binary.BigEndian.Uint32(b[2:]))
	s.fudge = binary.BigEndian.Uint16(b[6:])
	size := int(binary.BigEndian.Uint16(b[8:]))
	if b = b[10:]; len(b) < size+6 {
		return nil, bad
	}
	s.mac, b = b[:size], b[size:]
	s.id, s.err = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	if b = b[4:]; int(binary.BigEndian.Uint16(b)) != len(b)-2 {
		return nil, bad
	}
	s.other = b[2:]
	return s, nil
}

// timers appends what is digested of a signature in the messages of a transfer behind the first (RFC 8945 §4.3.3.1).
func (s *signature) timers(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(s.time>>32))
	dst = binary.BigEndian.AppendUint32(dst, uint32(s.time))
	return binary.BigEndian.AppendUint16(dst, s.fudge)
}

// variables appends what is digested of a signature in other messages (RFC 8945 §4.3.3).
func (s *signature) variables(dst []byte) []byte {
	dst = s.name.AppendWire(dst)
	dst = binary.BigEndian.AppendUint16(dst, dns.ClassANY)
	dst = binary.BigEndian.AppendUint32(dst, 0) // TTL
	dst = s.algorithm.AppendWire(dst)
	dst = s.timers(dst)
	dst = binary.BigEndian.AppendUint16(dst, s.err)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(s.other)))
	return append(dst, s.other...)
}

// tsigSize returns how many octets a signature with the key takes in a message.
func (s *signer) tsigSize() int {
	if s == nil {
		return 0
	}
	return len(s.name.AppendWire(nil)) + 10 + len(s.algorithm.AppendWire(nil)) + 16 + s.hash().Size()
}

// sign appends a signature to a request, and returns what verifies the answer to it.
func (k *key) sign(msg []byte, now time.Time) ([]byte, *verifier) {
	if k == nil {
		return msg, &verifier{}
	}
	s := &signature{
		name: k.name, algorithm: k.algorithm, time: uint64(now.Unix()), fudge: fudge, id: binary.BigEndian.Uint16(msg),
	}
	mac := hmac.New(k.hash, k.octets)
	mac.Write(msg)
	mac.Write(s.variables(nil))
	s.mac = mac.Sum(nil)

	rdata := s.timers(s.algorithm.AppendWire(nil))
	rdata = binary.BigEndian.AppendUint16(rdata, uint16(len(s.mac)))
	rdata = append(rdata, s.mac...)
	for _, field := range []uint16{s.id, s.err, uint16(len(s.other))} {
		rdata = binary.BigEndian.AppendUint16(rdata, field)
	}
	r := record{name: k.name, typ: zonefile.Type(dns.TypeTSIG), class: dns.ClassANY, rdata: string(rdata)}
	msg = appendBody(r.name.AppendWire(msg), r)
	binary.BigEndian.PutUint16(msg[10:], binary.BigEndian.Uint16(msg[10:])+1)
	return msg, newVerifier(k, s.mac)
}

// Errors of a signature.
var (
	errUnsigned   = errors.New("the answer is not signed")
	errOtherKey   = errors.New("the answer is signed with another key or algorithm")
	errBadMAC     = errors.New("the signature of the answer is wrong: check that the secret is the server's")
	errSignedWhen = errors.New("the answer was signed at another time: check the clocks of both sides")
)

// verifier checks the messages of one answer, in their order. That of an unsigned request takes all.
type verifier struct {
	key      *key
	mac      hash.Hash // has the last signature, and the messages since
	first    bool      // no message has been verified yet
	unsigned int       // messages since the last signature
}

func newVerifier(k *key, mac []byte) *verifier {
	v := &verifier{key: k, first: true}
	v.begin(mac)
	return v
}

func (v *verifier) begin(mac []byte) {
	v.mac = hmac.New(v.key.hash, v.key.octets)
	v.mac.Write(binary.BigEndian.AppendUint16(nil, uint16(len(mac))))
	v.mac.Write(mac)
}

// message takes the next message of the answer. It changes the message's octets to those that were signed.
func (v *verifier) message(m *message, now time.Time) error {
	if v.key == nil {
		return nil
	}
	s := m.tsig
	if s == nil {
		if v.first || v.unsigned == maxUnsigned {
			return errUnsigned
		}
		v.unsigned++
		v.mac.Write(m.octets)
		return nil
	}
	if s.name != v.key.name || s.algorithm != v.key.algorithm {
		return errOtherKey
	}
	binary.BigEndian.PutUint16(m.octets, s.id)
	binary.BigEndian.PutUint16(m.octets[10:], binary.BigEndian.Uint16(m.octets[10:])-1)
	v.mac.Write(m.octets)
	if v.first {
		v.mac.Write(s.variables(nil))
	} else {
		v.mac.Write(s.timers(nil))
	}
	if !hmac.Equal(v.mac.Sum(nil), s.mac) {
		return errBadMAC
	}
	if skew := now.Unix() - int64(s.time); skew > int64(s.fudge) || -skew > int64(s.fudge) {
		return errSignedWhen
	}
	v.first, v.unsigned = false, 0
	v.begin(s.mac)
	return nil
}

// end says whether the last message that was taken is verified: a transfer ends with a signed message.
func (v *verifier) end() error {
	if v.key != nil && (v.first || v.unsigned > 0) {
		return errUnsigned
	}
	return nil
}
