package rules

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ofDKIM are the rules about keys of DKIM (RFC 6376, RFC 8301, RFC 8463).
func ofDKIM() []Rule {
	return []Rule{
		{ID: "dkim-syntax", Severity: zonefile.Warning, Summary: "A DKIM key that nobody can verify with", types: ofTXT, checkSet: checkDKIMSyntax},
		{ID: "dkim-weak-key", Severity: zonefile.Warning, Summary: "A DKIM key that verifiers refuse: RSA under 1024 bits, or for SHA-1 alone", types: ofTXT, checkSet: checkDKIMWeak},
		{ID: "dkim-short-key", Severity: Off, Summary: "An RSA key of DKIM under 2048 bits", types: ofTXT, checkSet: checkDKIMShort},
		{ID: "dkim-testing", Severity: Off, Summary: "A DKIM key that says that it is for testing", types: ofTXT, checkSet: checkDKIMTesting},
	}
}

// Sizes of RSA keys in bits (RFC 8301 §3.2).
const (
	dkimLeastBits = 1024
	dkimGoodBits  = 2048
)

// dkimTexts returns the texts of a TXT RRset that can only be DKIM keys, since of their place.
func dkimTexts(s zonefile.RRset) []string {
	if placeOf(s.Key.Name) != placeDKIM {
		return nil
	}
	var found []string
	for text := range mailTexts(s) {
		if p := meant(text); p == protocolDKIM || p == noProtocol {
			found = append(found, text)
		}
	}
	return found
}

func checkDKIMSyntax(p *pass, s zonefile.RRset) {
	found := dkimTexts(s)
	if len(found) > 1 {
		p.report(s.Key, "%d records, where a selector has one key: which of them is taken is left open (RFC 6376 §3.6.2.2)", len(found))
	}
	for _, text := range found {
		for _, wrong := range wrongDKIM(text) {
			p.report(s.Key, "%s", wrong)
		}
	}
}

// wrongDKIM says what is wrong with a key record of DKIM (RFC 6376 §3.6.1).
func wrongDKIM(text string) []string {
	list, wrong := parseTags(text)
	if i := slices.IndexFunc(list, func(t tag) bool { return t.name == "v" }); i > 0 {
		wrong = append(wrong, "the tag v is not the first one")
	}
	switch _, ok := list.value("p"); {
	case ok:
	case len(list) == 1 && list[0].name == "v":
		wrong = append(wrong, onlyVersion)
	default:
		wrong = append(wrong, "no tag p, which is the key")
	}
	kind, _ := list.value("k")
	if kind != "" && kind != "rsa" && kind != "ed25519" {
		return append(wrong, fmt.Sprintf("k=%.20s is no type of key that verifiers know: rsa or ed25519", quoted(kind)))
	}
	if _, err := list.dkimKey(); err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}

var (
	errNotBase64  = errors.New("the key is not base64: it may be cut, or have quotes or other characters in it")
	errPEM        = errors.New("the key is in PEM: leave out its first and last line")
	errNotRSA     = errors.New("the key is no RSA public key: it may be cut")
	errEd25519    = fmt.Errorf("the key is not the %d octets of Ed25519 in base64 (RFC 8463 §3)", ed25519.PublicKeySize)
	errEd25519SPK = errors.New("the key is in the form of OpenSSL: of Ed25519 the last 32 octets of that are the key (RFC 8463 §3)")
)

// dkimKey returns the key in the tag p: an *rsa.PublicKey, an ed25519.PublicKey, or nil if there is none or it is revoked, which is an empty tag.
func (l tagList) dkimKey() (any, error) {
	value, _ := l.value("p")
	if strings.Contains(value, "-----") {
		return nil, errPEM
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), ""))
	if err != nil {
		return nil, errNotBase64
	}
	if len(der) == 0 {
		return nil, nil
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if kind, _ := l.value("k"); kind == "ed25519" {
		if len(der) == ed25519.PublicKeySize {
			return ed25519.PublicKey(der), nil
		}
		if _, ok := key.(ed25519.PublicKey); ok {
			return nil, errEd25519SPK
		}
		return nil, errEd25519
	}
	if err != nil {
		key, err = x509.ParsePKCS1PublicKey(der) // RFC 6376 says so, and everybody does the other
	}
	if _, ok := key.(*rsa.PublicKey); !ok || err != nil {
		return nil, errNotRSA
	}
	return key, nil
}

// rsaBits returns the size of the key of a DKIM record, 0 if it is no RSA key.
func rsaBits(text string) int {
	list, _ := parseTags(text)
	key, err := list.dkimKey()
	if rsaKey, ok := key.(*rsa.PublicKey); ok && err == nil {
		return rsaKey.N.BitLen()
	}
	return 0
}

func checkDKIMWeak(p *pass, s zonefile.RRset) {
	for _, text := range dkimTexts(s) {
		if n := rsaBits(text); n > 0 && n < dkimLeastBits {
			p.report(s.Key, "an RSA key of %d bits, which verifiers do not take: they need %d (RFC 8301 §3.2)", n, dkimLeastBits)
		}
		list, _ := parseTags(text)
		if hashes, ok := list.value("h"); ok && strings.Trim(hashes, tagSpace) == "sha1" {
			p.report(s.Key, "h=sha1 is for signatures that verifiers do not take any more (RFC 8301 §3.1): write sha256")
		}
	}
}

func checkDKIMShort(p *pass, s zonefile.RRset) {
	for _, text := range dkimTexts(s) {
		if n := rsaBits(text); n >= dkimLeastBits && n < dkimGoodBits {
			p.report(s.Key, "an RSA key of %d bits, where %d are asked for (RFC 8301 §3.2)", n, dkimGoodBits)
		}
	}
}

func checkDKIMTesting(p *pass, s zonefile.RRset) {
	for _, text := range dkimTexts(s) {
		list, _ := parseTags(text)
		flags, _ := list.value("t")
		for flag := range strings.SplitSeq(flags, ":") {
			if strings.Trim(flag, tagSpace) == "y" {
				p.report(s.Key, "t=y says that the domain only tries out DKIM: take it away when that is over (RFC 6376 §3.6.1)")
			}
		}
	}
}
