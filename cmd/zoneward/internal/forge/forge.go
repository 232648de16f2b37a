// Package forge reads what forges send when somebody has pushed to a repository, or a pull request has changed.
//
// Everything in a [Message] is hostile until its signature has been verified, and what it says is no more than a claim after that.
// Nothing of it is ever fetched, opened or used as an address: that a repository was pushed to is a hint to look at one's own source, and so is
// what is said of a pull request.
package forge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Kind is a forge, or what speaks like one.
type Kind string

// The forges. A Forgejo is a Gitea.
const (
	GitHub  Kind = "github"
	GitLab  Kind = "gitlab"
	Gitea   Kind = "gitea"
	Generic Kind = "generic"
)

// Kinds returns all forges, in the order of the documentation.
func Kinds() []Kind { return []Kind{GitHub, GitLab, Gitea, Generic} }

// What is wrong with a message. The errors of this package wrap one of these. Their text is for logs: what it quotes of a message is
// quoted as a Go string, and bounded.
var (
	// ErrSignature: nobody who knows a secret has sent this, or not now.
	ErrSignature = errors.New("signature")
	// ErrPayload: the message is not what the forge's documentation describes.
	ErrPayload = errors.New("payload")
	// ErrIgnored: the message tells of something else than a push to a branch, or a pull request whose commits or branches have changed.
	ErrIgnored = errors.New("event is ignored")
)

// Message is an HTTP request that says it comes from a forge.
type Message struct {
	Header   http.Header
	Body     []byte
	Received time.Time
}

// Delivery is what a message says: that a branch of a repository was pushed to, that something happened to a pull request, or that the forge
// tries whether somebody listens. All strings are bounded, and printable.
type Delivery struct {
	Forge Kind
	// ID is the forge's name for the delivery, or the digest of its content where it has none.
	ID string
	// Event is the forge's word for what happened.
	Event string
	// Ping: the forge tries whether somebody listens. It may leave out the repository then, and does not tell of a push.
	Ping bool

	// Name is what the forge calls the repository, such as example/zones.
	Name string
	// HTTP and SSH are where the repository says it is, zero if it does not say. They agree with Name.
	HTTP, SSH Repository

	// Ref is what was pushed, such as refs/heads/main, and Branch its name as a branch. A generic delivery may leave both out.
	Ref, Branch string
	// Before and After are the commits that Ref named before the push and names after it: 40 or 64 hexadecimal digits in lower case, or
	// "" for none. After is "" where the branch was deleted.
	Before, After string

	// Pull is what happened to a pull request that goes to the repository, nil with a push or a ping. What is said of pushes is "" then.
	Pull *PullEvent

	// Fingerprints are what repeats of this delivery have in common with it: one that has any of them is the same one again.
	Fingerprints []Fingerprint
}

// Fingerprint is a digest of what is unique to a delivery.
type Fingerprint [sha256.Size]byte

// Names reports whether the delivery says that it is of the repository.
func (d Delivery) Names(r Repository) bool {
	return r != Repository{} && (d.HTTP == r || d.SSH == r)
}

// dialect is how one forge signs and writes.
type dialect struct {
	seal func(http.Header, time.Time) (*seal, error)
	read func(Message) (Delivery, error)
	// signedID: the signature covers the id of the delivery, so that nobody else can send the content again under another one.
	signedID bool
}

func (k Kind) dialect() (dialect, error) {
	switch k {
	case GitHub:
		return dialect{seal: githubSeal, read: readGitHub}, nil
	case GitLab:
		// A token is no signature: who knows it can send any content. A signing token signs the id.
		return dialect{seal: gitlabSeal, read: readGitLab, signedID: true}, nil
	case Gitea:
		return dialect{seal: giteaSeal, read: readGitea}, nil
	case Generic:
		return dialect{seal: genericSeal, read: readGeneric}, nil
	}
	return dialect{}, fmt.Errorf("no forge %.20q", string(k))
}

// Signed returns an error that wraps [ErrSignature] if no secret could make a message with that header a signed one, so that its body
// need not be read.
func (k Kind) Signed(header http.Header, received time.Time) error {
	d, err := k.dialect()
	if err != nil {
		return err
	}
	_, err = d.seal(header, received)
	return err
}

// Open verifies that somebody who knows one of the secrets has sent the message, and returns what it says. Nothing of the body is looked
// at before that. Empty secrets are none. It does not keep the message.
func (k Kind) Open(m Message, secrets []string) (Delivery, error) {
	d, err := k.dialect()
	if err != nil {
		return Delivery{}, err
	}
	seal, err := d.seal(m.Header, m.Received)
	if err != nil {
		return Delivery{}, err
	}
	valid := false
	for _, secret := range secrets {
		// All are tried, so that the time does not tell which one it is.
		if secret != "" && seal.made(m.Body, secret) {
			valid = true
		}
	}
	if !valid {
		return Delivery{}, fmt.Errorf("%w: it is made with none of the secrets", ErrSignature)
	}
	delivery, err := d.read(m)
	if err != nil {
		return Delivery{}, err
	}
	delivery.Forge = k
	content := fingerprint(k, "content", []byte(seal.prefix), m.Body)
	if delivery.ID == "" {
		delivery.ID = "sha256:" + hex.EncodeToString(content[:])
	} else {
		delivery.Fingerprints = append(delivery.Fingerprints, fingerprint(k, "id", []byte(delivery.ID)))
	}
	if !d.signedID || len(delivery.Fingerprints) == 0 {
		delivery.Fingerprints = append(delivery.Fingerprints, content)
	}
	return delivery, nil
}

// fingerprint returns the digest of something of a forge's delivery that is unique to it.
func fingerprint(k Kind, what string, value ...[]byte) Fingerprint {
	return sha256.Sum256(slices.Concat(append([][]byte{[]byte(k), {0}, []byte(what), {0}}, value...)...))
}
