package scalewaytemtest

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Status is what a domain is.
type Status string

// The statuses. Pending and Autoconfiguring pass by themselves; in the fake the latter does.
const (
	Unknown         Status = "unknown"
	Checked         Status = "checked"
	Unchecked       Status = "unchecked"
	Invalid         Status = "invalid"
	Locked          Status = "locked"
	Revoked         Status = "revoked"
	Pending         Status = "pending"
	Autoconfiguring Status = "autoconfiguring"
)

func statuses() []Status {
	return []Status{Unknown, Checked, Unchecked, Invalid, Locked, Revoked, Pending, Autoconfiguring}
}

// Record is one that a domain wants to have in DNS.
type Record struct {
	Name  string // "_dmarc.example.com."
	Type  string // TXT or MX
	Value string // without quotes and in one piece, as the API has it
}

const (
	spfConfig = "include:_spf.tem.scaleway.com"
	blackhole = "10 blackhole.tem.scaleway.com."
	dmarc     = "v=DMARC1; p=none"
)

// kind is one of the records of a domain.
type kind int

const (
	dkimKind kind = iota
	dmarcKind
	mxKind
	spfKind
	kinds // how many there are
)

// domain is a sending domain. A time that is zero is not there.
type domain struct {
	id, name, project string
	status            Status
	autoconfig        bool
	created, revoked  time.Time
	lastValid         time.Time
	nextCheck         time.Time // as it is shown
	lastError         string
	dkim              string
	statistics        Statistics
	reputation        *reputation
	found             [kinds]found
	checkDue          time.Time // when DNS is looked at next
	autoconfigDue     time.Time
	published         [kinds]Record // what autoconfiguration has written and the fake keeps
	readable          bool          // it is answered also when it is revoked
}

// reputation is how good a sender a domain is. It is scored as it is shown.
type reputation struct {
	status     string
	score      int
	previous   *int
	previousAt time.Time
}

// records returns the records of a domain by their kind.
func (d *domain) records() [kinds]Record {
	at := d.name + "."
	return [kinds]Record{
		dkimKind:  {d.project + "._domainkey." + at, "TXT", d.dkim},
		dmarcKind: {"_dmarc." + at, "TXT", dmarc},
		mxKind:    {at, "MX", blackhole},
		spfKind:   {at, "TXT", "v=spf1 " + spfConfig + " -all"},
	}
}

// relativeDMARC is the name of the DMARC record as some answers have it: without the registered domain, which ends with the second last label here.
func (d *domain) relativeDMARC() string {
	labels := strings.Split(d.name, ".")
	return strings.Join(append([]string{"_dmarc"}, labels[:len(labels)-2]...), ".")
}

// live reports whether nobody else may have the name.
func (d *domain) live() bool { return d.status != Revoked }

// transient reports whether the status is one that passes by itself.
func (d *domain) transient() bool {
	return slices.Contains([]Status{Pending, Autoconfiguring}, d.status)
}

// newDKIM returns a DKIM record with a key that no other domain has. They are the same in each run.
func (f *Fake) newDKIM() string {
	f.keys++
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[:], uint64(f.keys))
	modulus := make([]byte, 256) // 2048 bits, as the product's: more than one string of a TXT record holds
	_, _ = rand.NewChaCha8(seed).Read(modulus)
	modulus[0] |= 0x80
	modulus[len(modulus)-1] |= 1
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 65537})
	if err != nil {
		panic(err)
	}
	return "v=DKIM1; h=sha256; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}
