package scwtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Call is one request to an endpoint.
type Call struct {
	Token   Token
	Args    []string // what the {} in the path of the endpoint stand for
	Query   url.Values
	Request *http.Request // whose body is read already

	body []byte
}

// Decode reads the body, which has no fields that v has not.
func (c *Call) Decode(v any) error {
	typ := c.Request.Header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(typ); err != nil || media != "application/json" {
		return Message(http.StatusUnsupportedMediaType, fmt.Sprintf("the body has the type %q, want application/json", typ))
	}
	dec := json.NewDecoder(bytes.NewReader(c.body))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if name, ok := strings.CutPrefix(fmt.Sprint(err), "json: unknown field "); ok {
		return InvalidArgument(strings.Trim(name, `"`), "unknown", "no such field")
	}
	if err != nil {
		return InvalidArgument("body", "format", err.Error())
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return InvalidArgument("body", "format", "something follows the JSON value")
	}
	return nil
}

// number returns a parameter from least to most, or missing if it is not there.
func (c *Call) number(name string, least, most, missing int) (int, error) {
	if !c.Query.Has(name) {
		return missing, nil
	}
	n, err := strconv.Atoi(c.Query.Get(name))
	switch {
	case err != nil:
		return 0, InvalidArgument(name, "format", "want a number")
	case n < least || n > most:
		return 0, InvalidArgument(name, "constraint", fmt.Sprintf("want %d to %d", least, most))
	}
	return n, nil
}

// Time returns a parameter that is a date (RFC 3339), and whether it is there.
func (c *Call) Time(name string) (at time.Time, there bool, err error) {
	if !c.Query.Has(name) {
		return time.Time{}, false, nil
	}
	at, err = time.Parse(time.RFC3339, c.Query.Get(name))
	if err != nil {
		return time.Time{}, false, InvalidArgument(name, "format", "want an RFC 3339 date")
	}
	return at, true, nil
}

// PageParameters are the parameters of an endpoint whose list comes in pages.
func PageParameters() []string { return []string{"page", "page_size"} }

// Page is the answer to a request for a list: the part of all that is asked for, under a name. A page that is asked for without a size has
// that many elements.
func Page[T any](c *Call, name string, all []T, size int) (any, error) {
	number, err := c.number("page", 1, 1<<31-1, 1)
	if err != nil {
		return nil, err
	}
	size, err = c.number("page_size", 1, 1000, size)
	if err != nil {
		return nil, err
	}
	start := min((number-1)*size, len(all))
	return map[string]any{"total_count": len(all), name: Array(all[start:min(start+size, len(all))])}, nil
}

// Array returns list as it is an array in JSON also if it is nil.
func Array[T any](list []T) []T { return append([]T{}, list...) }
