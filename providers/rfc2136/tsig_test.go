package rfc2136

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

var secret = base64.StdEncoding.EncodeToString([]byte("this key guards nothing: tests."))

func testTSIG(algorithm string) TSIG {
	return TSIG{Name: "Key.Example", Algorithm: algorithm, Secret: func() (string, error) { return secret, nil }}
}

func openKey(t *testing.T, tsig TSIG) *key {
	t.Helper()
	s, err := newSigner(tsig)
	if err != nil {
		t.Fatal(err)
	}
	k, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestTSIG signs what miekg/dns verifies, and the other way round.
func TestTSIG(t *testing.T) {
	for _, algorithm := range []string{"", "hmac-sha1", "hmac-sha224", "HMAC-SHA256.", "hmac-sha384", "hmac-sha512"} {
		t.Run(algorithm, func(t *testing.T) {
			k := openKey(t, testTSIG(algorithm))
			unsigned := newUpdate(7, example, anySOA(example), nil)
			request, verifier := k.sign(bytes.Clone(unsigned), time.Now())
			if got := len(request) - len(unsigned); got != k.tsigSize() {
				t.Errorf("tsigSize is %d, and the signature has %d octets", k.tsigSize(), got)
			}
			if err := dns.TsigVerify(bytes.Clone(request), secret, "", false); err != nil {
				t.Errorf("miekg/dns does not verify the request: %v", err)
			}
			var m dns.Msg
			if err := m.Unpack(request); err != nil {
				t.Fatal(err)
			}
			sign := tsigSigner{t: t, algorithm: m.IsTsig().Algorithm, mac: m.IsTsig().MAC}
			answer := new(dns.Msg).SetReply(&m)
			if err := verifier.message(parse(t, sign.signed(answer)), time.Now()); err != nil {
				t.Errorf("the answer of miekg/dns is not verified: %v", err)
			}
			if err := verifier.end(); err != nil {
				t.Error(err)
			}
		})
	}
}

// tsigSigner signs answers with miekg/dns, those of a transfer too.
type tsigSigner struct {
	t         *testing.T
	algorithm string
	mac       string // hex, of the message before
	later     bool   // it has signed one
	between   []byte // unsigned messages since
}

func (s *tsigSigner) signed(m *dns.Msg) []byte {
	s.t.Helper()
	m.SetTsig("key.example.", s.algorithm, 300, time.Now().Unix())
	octets, mac, err := dns.TsigGenerateWithProvider(m, s, s.mac, s.later)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mac, s.later, s.between = mac, true, nil
	return octets
}

func (s *tsigSigner) unsigned(m *dns.Msg) []byte {
	s.t.Helper()
	octets, err := m.Pack()
	if err != nil {
		s.t.Fatal(err)
	}
	s.between = append(s.between, octets...)
	return octets
}

// Generate is that of a dns.TsigProvider: it digests the unsigned messages between the last signature and this message (RFC 8945 §5.3.1).
func (s *tsigSigner) Generate(digested []byte, sig *dns.TSIG) ([]byte, error) {
	k := openKey(s.t, testTSIG(strings.TrimSuffix(sig.Algorithm, ".")))
	prefix := 2 + len(s.mac)/2
	mac := hmacOf(k, digested[:prefix], s.between, digested[prefix:])
	return mac, nil
}

// Verify is never called.
func (s *tsigSigner) Verify([]byte, *dns.TSIG) error { return errors.New("not used") }

func parse(t *testing.T, octets []byte) *message {
	t.Helper()
	m, err := parseMessage(bytes.Clone(octets))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTSIGOfTransfer has the messages of a transfer, of which not each is signed.
func TestTSIGOfTransfer(t *testing.T) {
	for _, test := range []struct {
		name     string
		messages string // s is signed, u is not
		spoil    int    // the message of which one bit is turned, -1 for none
		want     error
	}{
		{"one", "s", -1, nil},
		{"all signed", "ssss", -1, nil},
		{"some signed", "suuusus", -1, nil},
		{"99 unsigned in between", "s" + strings.Repeat("u", 99) + "s", -1, nil},
		{"100 unsigned in between", "s" + strings.Repeat("u", 100) + "s", -1, errUnsigned},
		{"first unsigned", "us", -1, errUnsigned},
		{"last unsigned", "su", -1, errUnsigned},
		{"none", "u", -1, errUnsigned},
		{"first spoilt", "sss", 0, errBadMAC},
		{"unsigned one spoilt", "suus", 2, errBadMAC},
		{"last spoilt", "suus", 3, errBadMAC},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := openKey(t, testTSIG(""))
			request, verifier := k.sign(newQuery(7, example, 252), time.Now())
			var m dns.Msg
			if err := m.Unpack(request); err != nil {
				t.Fatal(err)
			}
			s := tsigSigner{t: t, algorithm: dns.HmacSHA256, mac: m.IsTsig().MAC}
			err := func() error {
				for i, kind := range test.messages {
					answer := new(dns.Msg).SetReply(&m)
					octets := s.unsigned
					if kind == 's' {
						octets = s.signed
					}
					read := parse(t, octets(answer))
					if i == test.spoil {
						read.octets[3] ^= 0x10
					}
					if err := verifier.message(read, time.Now()); err != nil {
						return err
					}
				}
				return verifier.end()
			}()
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestTSIGOfAnotherTime(t *testing.T) {
	k := openKey(t, testTSIG(""))
	request, _ := k.sign(newQuery(7, example, zonefile.TypeSOA), time.Now())
	var m dns.Msg
	if err := m.Unpack(request); err != nil {
		t.Fatal(err)
	}
	s := tsigSigner{t: t, algorithm: dns.HmacSHA256, mac: m.IsTsig().MAC}
	octets := s.signed(new(dns.Msg).SetReply(&m))
	for _, test := range []struct {
		name string
		skew time.Duration
		want error
	}{
		{"five minutes early", -299 * time.Second, nil},
		{"five minutes late", 299 * time.Second, nil},
		{"earlier", -302 * time.Second, errSignedWhen},
		{"later", 302 * time.Second, errSignedWhen},
	} {
		t.Run(test.name, func(t *testing.T) {
			mac, err := dnsMAC(&m)
			if err != nil {
				t.Fatal(err)
			}
			if err := newVerifier(k, mac).message(parse(t, octets), time.Now().Add(test.skew)); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestNewSigner(t *testing.T) {
	ok := func() (string, error) { return secret, nil }
	for _, test := range []struct {
		name string
		tsig TSIG
		want string // in the error
	}{
		{"no name", TSIG{Secret: ok}, "empty name"},
		{"no secret", TSIG{Name: "key"}, "no secret"},
		{"unknown algorithm", TSIG{Name: "key", Algorithm: "hmac-md5", Secret: ok}, "hmac-md5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := newSigner(test.tsig); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
	t.Run("the secret is not in the error", func(t *testing.T) {
		s, err := newSigner(TSIG{Name: "key", Secret: func() (string, error) { return "hush!", nil }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.open(); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("got %v, want an error without the secret", err)
		}
	})
}

// hmacOf returns the MAC of octets in several pieces.
func hmacOf(k *key, pieces ...[]byte) []byte {
	mac := hmac.New(k.hash, k.octets)
	for _, piece := range pieces {
		mac.Write(piece)
	}
	return mac.Sum(nil)
}

func dnsMAC(m *dns.Msg) ([]byte, error) { return hex.DecodeString(m.IsTsig().MAC) }
