package git

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// pgpKeys are OpenPGP certificates, each as it was read: go-crypto keeps in what it parses what it found at the time
// of one signature, and finds it again for another.
type pgpKeys []pgpKey

type pgpKey struct {
	raw []byte   // packets
	ids []uint64 // of the primary key and the subkeys
}

const (
	beginPublicKey  = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
	beginPrivateKey = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
)

// parsePGPKeys reads armored public keys, of which there may be several blocks.
func parsePGPKeys(text string) (pgpKeys, error) {
	if strings.Contains(text, beginPrivateKey) {
		return nil, errors.New("there is a private key in it: only the public one belongs there")
	}
	blocks := strings.Split(text, beginPublicKey)[1:]
	if len(blocks) == 0 {
		return nil, errors.New("no armored OpenPGP public key: export it with gpg --armor --export")
	}
	var keys pgpKeys
	for i, block := range blocks {
		fail := func(err error) (pgpKeys, error) { return nil, fmt.Errorf("OpenPGP public key %d: %w", i+1, err) }
		decoded, err := armor.Decode(strings.NewReader(beginPublicKey + block))
		if err != nil {
			return fail(err)
		}
		raw, err := io.ReadAll(decoded.Body)
		if err != nil {
			return fail(err)
		}
		entities, err := openpgp.ReadKeyRing(bytes.NewReader(raw))
		if err != nil {
			return fail(err)
		}
		key := pgpKey{raw: raw}
		for _, entity := range entities {
			key.ids = append(key.ids, entity.PrimaryKey.KeyId)
			for _, sub := range entity.Subkeys {
				key.ids = append(key.ids, sub.PublicKey.KeyId)
			}
		}
		if len(key.ids) == 0 {
			return fail(errors.New("there is none in the block"))
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// entities are the certificates that have a key with the id.
func (keys pgpKeys) entities(id uint64) []*openpgp.Entity {
	var found []*openpgp.Entity
	for _, key := range keys {
		for _, known := range key.ids {
			if known != id {
				continue
			}
			ring, err := openpgp.ReadKeyRing(bytes.NewReader(key.raw))
			if err == nil { // as it was when it was read first
				found = append(found, ring.EntitiesById(id)...)
			}
			break
		}
	}
	return found
}

// judge says whether the signature is one over payload by one of the keys.
func (keys pgpKeys) judge(payload []byte, armored string, now time.Time) verdict {
	sig, err := parsePGPSignature(armored)
	if errors.Is(err, errSeveral) {
		return verdict{reason: severalSigned}
	}
	if err != nil {
		return verdict{reason: malformed}
	}
	v := verdict{
		fingerprint: fmt.Sprintf("%016X", *sig.IssuerKeyId),
		passing:     sig.SigLifetimeSecs != nil && *sig.SigLifetimeSecs != 0 || sig.CreationTime.After(now),
		reason:      keyUnknown,
	}
	if len(sig.IssuerFingerprint) > 0 {
		v.fingerprint = fmt.Sprintf("%X", sig.IssuerFingerprint)
	}
	if v.reason = pgpSignatureReason(sig, now); v.reason != "" {
		return v
	}
	v.reason = keyUnknown
	for _, entity := range keys.entities(*sig.IssuerKeyId) {
		if v.reason = pgpKeyReason(entity, sig, payload, now); v.reason == "" {
			break
		}
	}
	return v
}

var errSeveral = errors.New("more than one signature")

// parsePGPSignature returns the one signature that there is. Its issuer is named.
func parsePGPSignature(armored string) (*packet.Signature, error) {
	block, err := armor.Decode(strings.NewReader(armored))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(block.Body)
	if err != nil {
		return nil, err
	}
	packets := packet.NewReader(bytes.NewReader(raw))
	first, err := packets.Next()
	if err != nil {
		return nil, err
	}
	sig, ok := first.(*packet.Signature)
	if !ok || sig.IssuerKeyId == nil {
		return nil, errors.New("not a signature, or nobody's")
	}
	if _, err := packets.Next(); !errors.Is(err, io.EOF) {
		return nil, errSeveral
	}
	return sig, nil
}

// pgpSignatureReason is what is wrong with a signature whoever made it, "" for nothing.
func pgpSignatureReason(sig *packet.Signature, now time.Time) string {
	critical := slices.ContainsFunc(sig.Notations, func(n *packet.Notation) bool { return n.IsCritical })
	strong := []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_512}
	switch {
	case !slices.Contains(strong, sig.Hash):
		return hashWeak
	case sig.SigType != packet.SigTypeBinary, critical:
		return unknownKind
	case sig.CreationTime.After(now):
		return signatureEarly
	case sig.SigExpired(now):
		return signatureOver
	}
	return ""
}

// pgpKeyReason says why the signature is none by a key of the certificate that was good for it, "" if it is one.
//
// The key has to be valid at the time that the signature says it was made at: one that has expired since, or that its
// owner has retired since, is as good for what it signed before (RFC 9580 §5.2.3.13, §5.2.3.31). One that was
// revoked because it was compromised, or without a reason, never is. How long it is valid its newest self-signature
// says, as it does to GnuPG: who prolongs a key makes a new one, and most exports lack the one before.
func pgpKeyReason(e *openpgp.Entity, sig *packet.Signature, payload []byte, now time.Time) string {
	config := &packet.Config{Time: func() time.Time { return now }}
	made := sig.CreationTime
	primary, err := e.PrimarySelfSignature(now, config)
	if err != nil {
		return keyUncertified
	}
	key, binding, revoked := e.PrimaryKey, primary, e.Revoked(made)
	for _, sub := range e.Subkeys {
		if e.PrimaryKey.KeyId == *sig.IssuerKeyId || sub.PublicKey.KeyId != *sig.IssuerKeyId {
			continue
		}
		key = sub.PublicKey
		if binding, err = sub.LatestValidBindingSignature(now, config); err != nil {
			return keyUncertified
		}
		revoked = revoked || sub.Revoked(binding, made)
	}
	hash, err := sig.PrepareVerify()
	if err != nil {
		return unknownKind
	}
	hash.Write(payload)
	direct, err := e.LatestValidDirectSignature(now, config)
	directExpired := err == nil && e.PrimaryKey.KeyExpired(direct, made) // there need not be one
	switch {
	case key.VerifySignature(hash, sig) != nil:
		return noMatch
	case revoked:
		return keyRevoked
	case made.Before(key.CreationTime), made.Before(e.PrimaryKey.CreationTime):
		return keyEarly
	case key.KeyExpired(binding, made), e.PrimaryKey.KeyExpired(primary, made), directExpired:
		return keyExpired
	case !binding.FlagsValid || !binding.FlagSign:
		return keyPurpose
	case isWeak(key), isWeak(e.PrimaryKey):
		return keyWeak
	}
	return ""
}

// minRSABits is the least modulus of a key that is trusted (NIST SP 800-131A). Some keys of 2048 lack the first bit.
const minRSABits = 2047

// isWeak says whether a key is too short, DSA's, or not one to sign with.
func isWeak(key *packet.PublicKey) bool {
	if key.PubKeyAlgo == packet.PubKeyAlgoRSA || key.PubKeyAlgo == packet.PubKeyAlgoRSASignOnly {
		bits, err := key.BitLength()
		return err != nil || bits < minRSABits
	}
	return !slices.Contains([]packet.PublicKeyAlgorithm{
		packet.PubKeyAlgoECDSA, packet.PubKeyAlgoEdDSA, packet.PubKeyAlgoEd25519, packet.PubKeyAlgoEd448,
	}, key.PubKeyAlgo)
}
