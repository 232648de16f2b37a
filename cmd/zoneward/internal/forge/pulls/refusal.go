package pulls

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/zoneward/zoneward/providers"
)

// isForGood reports whether a connection will fail like this another time too, before anything is sent.
func isForGood(err error) bool {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	return certificate
}

// neverSent reports whether there was nobody to send anything to.
func neverSent(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && failed.Op == "dial"
}

// refusal is the error for an answer whose status is not 2xx.
func (a *api) refusal(c call, resp *http.Response, body []byte, shown func(string) string) error {
	failed := &Error{What: c.what, Status: resp.StatusCode}
	for _, said := range messages(body) {
		if said = shown(said); said != "" && len(failed.Messages) < maxMessages {
			failed.Messages = append(failed.Messages, said)
		}
	}
	switch status := resp.StatusCode; {
	case status == http.StatusTooManyRequests, isLimit(resp, failed.Messages):
		failed.kind, failed.After = ErrBusy, a.wait(resp)
	case status == http.StatusConflict:
		// GitLab, while another request sets a status of the same commit: this one was not done.
		failed.kind, failed.After = ErrBusy, providers.RetryAfter(resp)
	case status >= http.StatusInternalServerError:
		failed.kind, failed.After, failed.Uncertain = ErrBusy, providers.RetryAfter(resp), !c.idempotent()
	case status == http.StatusUnauthorized:
		failed.kind = ErrToken
	case status == http.StatusForbidden, status == http.StatusLocked:
		failed.kind = ErrForbidden
	case status == http.StatusNotFound, status == http.StatusGone:
		failed.kind = ErrNotFound
	case status/100 == 4:
		failed.kind = ErrInvalid
	default:
		failed.kind = ErrAnswer
		if to := resp.Header.Get("Location"); to != "" {
			failed.Messages = append(failed.Messages, "it sends us to "+shown(to)+", and the token goes nowhere else: has the repository another name now?")
		}
	}
	return failed
}

// isLimit reports whether a 403 is about how often was asked. GitHub says so by a header, or, of its secondary limits, sometimes by the message alone.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func isLimit(resp *http.Response, said []string) bool {
	return resp.StatusCode == http.StatusForbidden && (resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-RateLimit-Remaining") == "0" ||
		slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, "secondary rate limit") }))
}

// wait is how long a forge wants to be left alone: as Retry-After says, or until its count begins anew, or else the minute that GitHub's documentation has. GitLab calls
// the header RateLimit-Reset: https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
func (a *api) wait(resp *http.Response) time.Duration {
	if after := providers.RetryAfter(resp); after > 0 {
		return after
	}
	for _, name := range []string{"X-RateLimit-Reset", "RateLimit-Reset"} {
		if reset, err := strconv.ParseInt(resp.Header.Get(name), 10, 64); err == nil {
			return min(max(time.Unix(reset, 0).Sub(a.now()), time.Second), 24*time.Hour)
		}
	}
	return time.Minute
}

const (
	maxMessages = 10
	maxMessage  = 300 // octets
	maxRefusal  = 1 << 20
)

// messages returns what a refusal says, in any of the shapes that forges have:
//
//	{"message": "Validation Failed", "errors": [{"resource": "IssueComment", "field": "data", "code": "unprocessable", "message": "Body is too long"}, "or a text"]}
//	{"message": {"note": ["can't be blank"]}}
//	{"error": "insufficient_scope", "error_description": "The request requires higher privileges than provided by the access token."}
func messages(body []byte) []string {
	if len(body) > maxRefusal {
		return nil
	}
	var said struct {
		Message          any    `json:"message"`
		Error            any    `json:"error"`
		ErrorDescription string `json:"error_description"`
		Errors           []any  `json:"errors"`
	}
	if json.Unmarshal(body, &said) != nil {
		return nil
	}
	all := append(texts("", said.Message), texts("", said.Error)...)
	all = append(all, said.ErrorDescription)
	for _, each := range said.Errors {
		all = append(all, texts("", each)...)
	}
	return all
}

// texts returns what there is to read in a value, each with the names of the members that lead to it.
func texts(name string, value any) []string {
	var all []string
	switch v := value.(type) {
	case string:
		if name != "" {
			v = name + ": " + v
		}
		return []string{v}
	case []any:
		for _, each := range v {
			all = append(all, texts(name, each)...)
		}
	case map[string]any:
		// GitHub's: what is wrong with which field of what.
		if text, ok := v["message"].(string); ok {
			return texts(name, text)
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, texts(strings.TrimPrefix(name+"."+key, "."), v[key])...)
		}
	}
	return all
}

// oneLine returns text as one line without what does not print, of a length that people read.
func oneLine(text string) string {
	if len(text) > 8*maxMessage {
		text = text[:8*maxMessage]
	}
	text = strings.Join(strings.Fields(printable(text)), " ")
	if len(text) <= maxMessage {
		return text
	}
	end := maxMessage
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "..."
}

// printable returns text with a space in the place of each character that does not print, changes the direction of writing, or is none.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}

// description returns a text as the description of a status: one line of at most [MaxDescription] characters.
func description(text string) string {
	runes := []rune(strings.Join(strings.Fields(printable(text)), " "))
	if len(runes) > MaxDescription {
		runes = append(runes[:MaxDescription-1], '…')
	}
	return string(runes)
}
