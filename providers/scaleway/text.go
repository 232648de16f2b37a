package scaleway

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// maxString is the most octets of one of the strings of a TXT record (RFC 1035 §3.3.14).
const maxString = 255

// The API has one text for a TXT record. It is sent as it is, and comes back in quotes. How several strings, quotes and backslashes would have to be
// sent is said nowhere, so only a text that can be sent as it is is sent at all. What others have written is read in any form.

// normalizeText returns a TXT RRset as it is read back.
func normalizeText(set zonefile.RRset) (zonefile.RRset, error) {
	all := make([][]byte, 0, set.Len())
	for rdata := range set.RDATA() {
		text, ok := oneText(set.Key.Name, stringsOf(rdata))
		if !ok {
			return zonefile.RRset{}, errors.New("a text of several strings: the API has one text for a record, and does not say where it divides it")
		}
		if err := holdsText(text); err != nil {
			return zonefile.RRset{}, err
		}
		all = append(all, wireText(text))
	}
	return zonefile.NewRRset(set.Key, set.TTL, all...)
}

// holdsText returns an error for a text that could come back as another one.
func holdsText(text string) error {
	switch {
	case text == "":
		return errors.New("an empty text, which the API is not known to take")
	case strings.TrimSpace(text) != text:
		return fmt.Errorf("the text %q has spaces at an end, which the API may leave out", rest.Shorten(text, shownData))
	}
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return fmt.Errorf("%q in a text: the API does not say how it has quotes, backslashes, and what is not printable ASCII", string(rune(c)))
		}
	}
	return nil
}

// oneText returns the text that strings are together, and whether they are one text: there is only one, they are divided only because they must be, or
// what they are for makes one of them: SPF (RFC 7208 §3.3), DKIM (RFC 6376 §3.6.2.2), DMARC and all others that begin with a version.
func oneText(name zonefile.Name, all []string) (string, bool) {
	text := strings.Join(all, "")
	if slices.Equal(divide(text), all) || strings.HasPrefix(text, "v=") {
		return text, true
	}
	return text, strings.Contains("."+name.String(), "._domainkey.")
}

// divide returns text in strings as long as they may be. An empty text is one empty string.
func divide(text string) []string {
	var all []string
	for len(text) > maxString {
		all, text = append(all, text[:maxString]), text[maxString:]
	}
	return append(all, text)
}

// wireText returns the RDATA of a TXT record with one text.
func wireText(text string) []byte { return wireStrings(divide(text)) }

// wireStrings returns the RDATA of a TXT record with such strings, none longer than may be.
func wireStrings(all []string) []byte {
	var rdata []byte
	for _, s := range all {
		rdata = append(append(rdata, byte(len(s))), s...)
	}
	return rdata
}

// stringsOf returns the strings of the RDATA of a TXT record.
func stringsOf(rdata string) []string {
	var all []string
	for rdata != "" {
		n := 1 + int(rdata[0])
		all, rdata = append(all, rdata[1:n]), rdata[n:]
	}
	return all
}

// parseText reads the data of a TXT record, and returns its RDATA.
func parseText(name zonefile.Name, data string) ([]byte, error) {
	if !strings.HasPrefix(data, `"`) {
		return wireText(data), nil
	}
	all, err := unquote(data)
	if err != nil {
		return nil, err
	}
	text, one := oneText(name, all)
	switch {
	case one, len(all) == 1: // of more octets than a string may have
		return wireText(text), nil
	case slices.ContainsFunc(all, func(s string) bool { return len(s) > maxString }):
		return nil, fmt.Errorf("one of several strings has more than %d octets", maxString)
	}
	return wireStrings(all), nil
}

var errQuotes = errors.New("strings in quotes that do not end")

// unquote reads strings in quotes, with \X and \DDD in them (RFC 1035 §5.1), of any length.
func unquote(data string) ([]string, error) {
	var all []string
	for data = strings.TrimSpace(data); data != ""; data = strings.TrimLeft(data, " \t") {
		if data[0] != '"' {
			return nil, fmt.Errorf("%q behind a string in quotes", rest.Shorten(data, shownData))
		}
		var s []byte
		i := 1
		for ; i < len(data) && data[i] != '"'; i++ {
			c := data[i]
			if c == '\\' {
				var n int
				if c, n = unescape(data[i+1:]); n == 0 {
					return nil, errQuotes
				}
				i += n
			}
			s = append(s, c)
		}
		if i >= len(data) {
			return nil, errQuotes
		}
		all, data = append(all, string(s)), data[i+1:]
	}
	return all, nil
}

// unescape returns the octet that text, which stands behind a backslash, begins with, and how many octets it takes: none if there is nothing.
func unescape(text string) (c byte, n int) {
	if text == "" {
		return 0, 0
	}
	if len(text) >= 3 && strings.Trim(text[:3], "0123456789") == "" {
		if v := int(text[0]-'0')*100 + int(text[1]-'0')*10 + int(text[2]-'0'); v <= 255 {
			return byte(v), 3
		}
	}
	return text[0], 1
}

// shownData is how much of the data of a record an error shows, in octets.
const shownData = 60
