package forge

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tolerance is how far the time that a message is signed with may be from now, before and after.
const tolerance = 5 * time.Minute

// maxHeader is the most octets of a header that is looked at.
const maxHeader = 1024

// seal is the signature of a message.
type seal struct {
	// prefix is what is signed in front of the body.
	prefix string
	// made reports whether the signature was made with that secret over that body, in a time that depends on the length of the body alone.
	made func(body []byte, secret string) bool
}

// only returns the value of a header that may be there once, and "" if it is not there.
func only(header http.Header, name string) (string, error) {
	values := header.Values(name)
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", fmt.Errorf("the header %s is there %d times", name, len(values))
	case len(values[0]) > maxHeader:
		return "", fmt.Errorf("the header %s has more than %d octets", name, maxHeader)
	}
	return values[0], nil
}

// macHeader is a header that has an HMAC-SHA256 behind a prefix, as 64 hexadecimal digits in lower case.
type macHeader struct{ name, prefix string }

// read returns the HMAC, nil if the header is not there.
func (m macHeader) read(header http.Header) ([]byte, error) {
	value, err := only(header, m.name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if value == "" {
		return nil, nil
	}
	digits, ok := strings.CutPrefix(value, m.prefix)
	sum, err := hex.DecodeString(digits)
	if !ok || err != nil || len(sum) != sha256.Size || digits != strings.ToLower(digits) {
		return nil, fmt.Errorf("%w: the header %s is not %q and 64 hexadecimal digits in lower case", ErrSignature, m.name, m.prefix)
	}
	return sum, nil
}

// macSeal returns the signature of a message that has the HMAC of prefix and body in one of the headers, or in several. All that are there
// have to be right.
func macSeal(header http.Header, prefix string, headers ...macHeader) (*seal, error) {
	var sums [][]byte
	var names []string
	for _, h := range headers {
		sum, err := h.read(header)
		if err != nil {
			return nil, err
		}
		if sum != nil {
			sums = append(sums, sum)
		}
		names = append(names, h.name)
	}
	if len(sums) == 0 {
		return nil, fmt.Errorf("%w: there is no header %s", ErrSignature, strings.Join(names, " or "))
	}
	return &seal{prefix, func(body []byte, secret string) bool {
		want, valid := mac([]byte(secret), prefix, body), true
		for _, sum := range sums {
			if !hmac.Equal(sum, want) {
				valid = false
			}
		}
		return valid
	}}, nil
}

// mac returns the HMAC-SHA256 of the prefix and the body.
func mac(key []byte, prefix string, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(prefix))
	h.Write(body)
	return h.Sum(nil)
}

// equalTokens compares two tokens in a time that does not depend on where they differ, nor on their lengths.
func equalTokens(a, b string) bool {
	digestA, digestB := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(digestA[:], digestB[:]) == 1
}

// fresh returns an error if the Unix time that a message is signed with is not about now.
func fresh(name, value string, now time.Time) error {
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: the header %s is not a Unix time in seconds", ErrSignature, name)
	}
	// Compared as seconds, since a Duration is no longer than 292 years.
	limit := int64(tolerance / time.Second)
	if current := now.Unix(); seconds < current-limit || seconds > current+limit {
		return fmt.Errorf("%w: the time in %s is more than %s from now; is the clock right?", ErrSignature, name, tolerance)
	}
	return nil
}

// What is in front of the keys, and of the signatures, of Standard Webhooks:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const (
	standardKey       = "whsec_"
	standardSignature = "v1,"
)

// standardSeal returns the signature of a message by Standard Webhooks, which covers its id and time too, and nil if it has none.
func standardSeal(header http.Header, now time.Time) (*seal, error) {
	var values [3]string
	for i, name := range []string{"Webhook-Signature", "Webhook-Id", "Webhook-Timestamp"} {
		value, err := only(header, name)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSignature, err)
		}
		if value == "" && i == 0 {
			return nil, nil
		}
		values[i] = value
	}
	list, id, timestamp := values[0], values[1], values[2]
	if id == "" || strings.Contains(id, ".") {
		// With a dot in the id, other ids and times would make the same signed content.
		return nil, fmt.Errorf("%w: the header Webhook-Id is missing, or has a dot in it", ErrSignature)
	}
	if err := fresh("Webhook-Timestamp", timestamp, now); err != nil {
		return nil, err
	}
	var macs [][]byte
	for signature := range strings.FieldsSeq(list) { // one for each key while keys are rotated
		text, ok := strings.CutPrefix(signature, standardSignature)
		if sum, err := base64.StdEncoding.Strict().DecodeString(text); ok && err == nil && len(sum) == sha256.Size {
			macs = append(macs, sum)
		}
	}
	if len(macs) == 0 {
		return nil, fmt.Errorf("%w: the header Webhook-Signature has no signature that begins with %s", ErrSignature, standardSignature)
	}
	prefix := id + "." + timestamp + "."
	return &seal{prefix, func(body []byte, secret string) bool {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, standardKey))
		if err != nil || len(key) == 0 {
			return false
		}
		want, valid := mac(key, prefix, body), false
		for _, got := range macs {
			if hmac.Equal(got, want) {
				valid = true
			}
		}
		return valid
	}}, nil
}
