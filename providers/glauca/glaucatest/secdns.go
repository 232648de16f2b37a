package glaucatest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// SecDNS is the DNSSEC data that the registry has of a domain (RFC 5910).
type SecDNS struct {
	MaxSigLife time.Duration // 0 for none
	DS         []DS
	Keys       []Key
}

// DS is the data of a DS record.
type DS struct {
	KeyTag, Algorithm, DigestType int
	Digest                        string // hex
	Key                           *Key   // that it was made from, if that is known
}

// Key is the data of a DNSKEY record.
type Key struct {
	Flags, Protocol, Algorithm int
	PublicKey                  string // base64
}

type secDNSJSON struct {
	MaxSigLife *string   `json:"max_sig_life"`
	DS         []dsJSON  `json:"ds_data"`
	Keys       []keyJSON `json:"key_data"`
}

type dsJSON struct {
	KeyTag     int      `json:"key_tag"`
	Algorithm  int      `json:"algorithm"`
	DigestType int      `json:"digest_type"`
	Digest     string   `json:"digest"`
	Key        *keyJSON `json:"key_data"`
}

type keyJSON struct {
	Flags     int    `json:"flags"`
	Protocol  int    `json:"protocol"`
	Algorithm int    `json:"algorithm"`
	PublicKey string `json:"public_key"`
}

// clone returns a copy that shares nothing.
func (d *SecDNS) clone() *SecDNS {
	if d == nil {
		return nil
	}
	c := &SecDNS{MaxSigLife: d.MaxSigLife, Keys: append([]Key(nil), d.Keys...)}
	for _, ds := range d.DS {
		if ds.Key != nil {
			ds.Key = new(*ds.Key)
		}
		c.DS = append(c.DS, ds)
	}
	return c
}

// empty reports whether there is no data.
func (d *SecDNS) empty() bool { return d == nil || len(d.DS)+len(d.Keys) == 0 }

// text returns the data in one form, whatever their order and spelling.
func (d *SecDNS) text() string {
	if d.empty() {
		return ""
	}
	var lines []string
	for _, ds := range d.DS {
		line := ds.String()
		if ds.Key != nil {
			line += fmt.Sprint(" ", *ds.Key)
		}
		lines = append(lines, line)
	}
	for _, k := range d.Keys {
		lines = append(lines, fmt.Sprint(k))
	}
	slices.Sort(lines)
	return fmt.Sprint(d.MaxSigLife, lines)
}

// json returns the data as the API has them. A half that is not there is null.
func (d *SecDNS) json() *secDNSJSON {
	if d.empty() {
		return nil
	}
	j := &secDNSJSON{}
	if d.MaxSigLife != 0 {
		j.MaxSigLife = new(djangoDuration(d.MaxSigLife))
	}
	for _, ds := range d.DS {
		item := dsJSON{ds.KeyTag, ds.Algorithm, ds.DigestType, ds.Digest, nil}
		if ds.Key != nil {
			item.Key = new(keyJSON(*ds.Key))
		}
		j.DS = append(j.DS, item)
	}
	for _, k := range d.Keys {
		j.Keys = append(j.Keys, keyJSON(k))
	}
	return j
}

// refuse returns what the registry has against the data, empty if nothing.
func (d *SecDNS) refuse(takes Interface) string {
	if d == nil {
		return ""
	}
	if takes == KeyData && len(d.DS) > 0 || takes == DSData && len(d.Keys) > 0 {
		return policyError
	}
	seen := map[string]bool{}
	for _, ds := range d.DS {
		text := ds.String()
		if !ds.valid() || ds.Key != nil && !ds.Key.valid() {
			return syntaxError
		}
		if seen[text] {
			return policyError
		}
		seen[text] = true
	}
	for _, k := range d.Keys {
		text := fmt.Sprint(k)
		if !k.valid() {
			return syntaxError
		}
		if seen[text] {
			return policyError
		}
		seen[text] = true
	}
	return ""
}

// String returns the RDATA of the DS record, with its digest in upper case.
func (d DS) String() string {
	return fmt.Sprintf("%d %d %d %s", d.KeyTag, d.Algorithm, d.DigestType, plainHex(d.Digest))
}

// plainHex returns hexadecimal digits in upper case and without the spaces that RFC 4034 §5.3 has between them.
func plainHex(digits string) string { return strings.ToUpper(strings.Join(strings.Fields(digits), "")) }

// valid reports whether a DS record can be made of it. The digests are those of RFC 4034, 4509 and 6605.
func (d DS) valid() bool {
	digest, err := hex.DecodeString(plainHex(d.Digest))
	size, known := map[int]int{1: 20, 2: 32, 4: 48}[d.DigestType]
	return err == nil && known && len(digest) == size && octets(d.KeyTag, 2) && octets(d.Algorithm, 1)
}

// valid reports whether a DNSKEY record can be made of it.
func (k Key) valid() bool {
	_, err := base64.StdEncoding.DecodeString(k.PublicKey)
	return err == nil && octets(k.Flags, 2) && k.Protocol == 3 && octets(k.Algorithm, 1)
}

// octets reports whether n is a number of that many octets.
func octets(n, size int) bool { return n >= 0 && n < 1<<(8*size) }
