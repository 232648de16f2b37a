package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

const (
	// maxBody is the most octets of a body.
	maxBody = 1 << 20
	// maxDepth is how deep the values of a body may be in each other.
	maxDepth = 8
	// mostNames is how many zones, targets or plans a request may name.
	mostNames = 1000
)

// decodeBody reads the body of a request, which is one JSON object, into a struct. What a lenient reader would pass over is refused, since somebody
// meant something with it: a member that is not known, one that comes twice, null, text that is not UTF-8, and whatever comes behind the object.
func decodeBody(w http.ResponseWriter, r *http.Request, into any) error {
	// A page of another site can have a browser send a form or text, without asking first; JSON it cannot (https://fetch.spec.whatwg.org, "CORS-safelisted").
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch charset := params["charset"]; {
	case err != nil, media != "application/json", charset != "" && !strings.EqualFold(charset, "utf-8"):
		return unsupportedMedia("want Content-Type: application/json")
	case r.Header.Get("Content-Encoding") != "":
		return unsupportedMedia("want a body without Content-Encoding")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return bodyTooLarge()
	}
	if err != nil {
		return badRequest("the body did not arrive whole")
	}
	if err := checkJSON(body); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return badRequest("the body: %s", jsonError(err))
	}
	return nil
}

// jsonError returns the text of an error of encoding/json in our words.
func jsonError(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return "the member " + wrong.Field + " is of another type: " + wrong.Value
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// checkJSON checks what encoding/json does not: see decodeBody.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return badRequest("the body is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return badRequest("the body is no JSON object")
	}
	if err := checkObject(dec, 1); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badRequest("the body: something follows the object")
	}
	return nil
}

// checkObject checks the members of an object up to its end.
func checkObject(dec *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for {
		token, err := dec.Token()
		if err != nil {
			return badRequest("the body is no JSON: %s", jsonError(err))
		}
		name, isName := token.(string)
		if !isName {
			return nil // the closing brace
		}
		// encoding/json takes Zones for zones, and even zoneſ.
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			return badRequest("the body: unknown field %q", plain(name, longestName))
		}
		if seen[name] {
			return badRequest("the body: the member %q comes twice", name)
		}
		seen[name] = true
		if err := checkValue(dec, depth); err != nil {
			return err
		}
	}
}

// checkValue checks the next value.
func checkValue(dec *json.Decoder, depth int) error {
	token, err := dec.Token()
	switch {
	case err != nil:
		return badRequest("the body is no JSON: %s", jsonError(err))
	case token == nil:
		return badRequest("the body: null; leave the member out")
	case token != json.Delim('{') && token != json.Delim('['):
		return nil
	case depth == maxDepth:
		return badRequest("the body: values are more than %d deep in each other", maxDepth)
	case token == json.Delim('{'):
		return checkObject(dec, depth+1)
	}
	for dec.More() {
		if err := checkValue(dec, depth+1); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return badRequest("the body is no JSON: %s", jsonError(err))
	}
	return nil
}
