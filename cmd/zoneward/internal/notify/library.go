package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
	"github.com/nicholas-fedor/shoutrrr/pkg/util/jsonclient"
)

// library sends through shoutrrr. Its services take no context, some have no timeout, and their errors have the URL in them; some panic when there is no answer
// (zulip in v0.13.2).
type library struct {
	url    *url.URL
	redact redactor
	// stuck is how many deliveries to this sink were given up and have not returned.
	stuck *atomic.Int32
}

// mostStuck is how many may: each has a goroutine and a connection until the system ends that.
const mostStuck = 3

func (l library) send(ctx context.Context, m message) error {
	sender, params, text, err := l.prepare(m)
	if err != nil {
		return err
	}
	if l.stuck.Load() >= mostStuck {
		return &failure{text: fmt.Sprintf("%d deliveries were begun and got no answer, nor an end of the connection", mostStuck)}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	done := make(chan error, 1)
	l.stuck.Add(1)
	go func() {
		defer l.stuck.Add(-1)
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("shoutrrr gave up: %v", p)
			}
		}()
		done <- sender.Send(text, params)
	}()
	select {
	case err := <-done:
		return l.judge(err)
	case <-ctx.Done():
		return &failure{text: "no answer in time"}
	}
}

// prepare returns what sends the message, and the message as it is for that service.
func (l library) prepare(m message) (types.Sender, *types.Params, string, error) {
	scheme, _, _ := strings.Cut(l.url.Scheme, "+")
	scheme = strings.ToLower(scheme)
	if scheme == "logger" {
		return nil, nil, "", &failure{text: "a logger is no receiver: the log has everything", kind: permanent}
	}
	s := serviceOf(scheme)
	sender, err := (&router.ServiceRouter{}).Locate(l.safe(scheme, s))
	if err != nil {
		return nil, nil, "", &failure{text: l.redact.text(err.Error()), kind: permanent}
	}
	params := &types.Params{}
	if s.title == 0 {
		return sender, params, s.text(m.whole()), nil
	}
	title := s.line(m.title, s.title)
	if scheme == "smtp" { // RFC 2047: of other characters than ASCII nobody may make headers
		title = mime.QEncoding.Encode("utf-8", title)
	}
	params.SetTitle(title)
	text := s.text(m.lines)
	if text == "" {
		text = title
	}
	return sender, params, text, nil
}

// safe returns the URL without options that would have text taken for markup. Mail goes over TLS unless the URL says something else, or the server is on this host.
func (l library) safe(scheme string, s service) string {
	u, query := *l.url, l.url.Query()
	maps.DeleteFunc(query, func(key string, _ []string) bool { return slices.Contains(s.without, strings.ToLower(key)) })
	if scheme == "smtp" && !says(query, "requirestarttls", "usestarttls", "starttls", "encryption") && !isLoopback(u.Hostname()) {
		query.Set("requirestarttls", "yes")
	}
	if encoded := query.Encode(); encoded != l.url.Query().Encode() { // else it stays as it was written
		u.RawQuery = encoded
	}
	return u.String()
}

// says reports whether a query has one of the keys, which are in lower case.
func says(query url.Values, keys ...string) bool {
	for key := range query {
		if slices.Contains(keys, strings.ToLower(key)) {
			return true
		}
	}
	return false
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// statusText matches an HTTP status as services have it in the text of errors: "404 Not Found", "status code: 404", "HTTP 404".
var statusText = regexp.MustCompile(`(?i)(?:(?:status|http|code)[^0-9]{0,12}\b([345]\d\d)\b|\b([345]\d\d) [A-Z][a-z]+)`)

// judge returns the failure that an error of a service is.
func (l library) judge(err error) error {
	if err == nil {
		return nil
	}
	f := &failure{text: l.redact.text(err.Error())}
	if e, ok := errors.AsType[jsonclient.Error](err); ok {
		f.kind = ofStatus(e.StatusCode)
		return f
	}
	if e, ok := errors.AsType[*textproto.Error](err); ok { // of SMTP: 5xx is for good (RFC 5321 §4.2.1)
		if e.Code >= 500 {
			f.kind = permanent
		}
		return f
	}
	if match := statusText.FindStringSubmatch(err.Error()); match != nil {
		if status, err := strconv.Atoi(match[1] + match[2]); err == nil {
			f.kind = ofStatus(status)
		}
	}
	return f
}
