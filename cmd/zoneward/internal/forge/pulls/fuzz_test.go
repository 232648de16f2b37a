package pulls_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
)

// transport answers every request with the same.
type transport struct {
	status int
	link   string
	body   []byte
}

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: f.status, Header: http.Header{"Link": {f.link}, "Location": {f.link}, "Retry-After": {f.link}}, Body: io.NopCloser(bytes.NewReader(f.body)), Request: r,
	}, nil
}

// Whatever a forge answers, what comes of it is sound, or an error of those that are documented, on one line.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		`[{"id": 1, "number": 2, "iid": 2, "body": "x", "state": "open", "user": {"login": "ann"}, "base": {"ref": "main", "repo": {"full_name": "a/b"}}, "head": {"ref": "x"}}]`,
		`{"number": 1, "iid": 1, "state": "merged", "sha": "` + head + `", "target_project_id": 1, "source_branch": "x", "target_branch": "main", "labels": ["x"]}`,
		`{"message": {"note": ["x"]}, "errors": [{"message": "y"}]}`, `{"data": {"viewer": {"login": "ann"}}}`, `null`, ``,
	} {
		f.Add(uint8(0), 200, `</x?page=2>; rel="next"`, []byte(body))
		f.Add(uint8(1), 422, "1", []byte(body))
		f.Add(uint8(2), 302, "https://elsewhere.example/", []byte(body))
	}
	f.Fuzz(func(t *testing.T, kind uint8, status int, link string, body []byte) {
		forges := []forge.Kind{forge.GitHub, forge.Gitea, forge.GitLab}
		host, err := pulls.Open(forges[int(kind)%3], pulls.Options{
			URL: "https://forge.example/api/v4", Repository: "a/b", Token: func(context.Context) (string, error) { return "s3cr3t-token", nil },
			HTTP:  &http.Client{Transport: transport{200 + (status%400+400)%400, link, body}},
			Sleep: func(context.Context, time.Duration) error { return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		check := func(err error) {
			if err == nil {
				return
			}
			known := false
			for _, kind := range []error{pulls.ErrNotFound, pulls.ErrForbidden, pulls.ErrToken, pulls.ErrInvalid, pulls.ErrBusy, pulls.ErrAnswer} {
				known = known || errors.Is(err, kind)
			}
			if text := err.Error(); !known || strings.ContainsAny(text, "\n\r\x1b\u202e") || len(text) > 8000 || strings.Contains(text, "s3cr3t") || !utf8.ValidString(text) {
				t.Errorf("%q", text)
			}
		}
		ctx := t.Context()
		for c, err := range host.Comments(ctx, 1) {
			if check(err); err == nil && (c.ID <= 0 || strings.ContainsAny(c.Author, "\n\r")) {
				t.Errorf("%+v", c)
			}
		}
		for p, err := range host.OpenPulls(ctx) {
			if check(err); err != nil {
				continue
			}
			if u, bad := url.Parse(p.URL); bad != nil || p.URL != "" && u.Scheme != "https" && u.Scheme != "http" || p.Number <= 0 || len(p.Head.Commit) != 40 && len(p.Head.Commit) != 64 {
				t.Errorf("%+v", p)
			}
		}
		_, err = host.Self(ctx)
		check(err)
		_, err = host.Statuses(ctx, head)
		check(err)
		_, err = host.Labels(ctx, 1)
		check(err)
		_, err = host.Access(ctx, "ann")
		check(err)
		check(host.SetStatus(ctx, head, pulls.Status{Context: "x", State: pulls.StatePending, Description: string(body)}))
	})
}

// What is shown of a forge's words is one line that prints; a description keeps to its length.
func FuzzOneLine(f *testing.F) {
	f.Add("a\nb\u202e\x00\xff" + strings.Repeat("ü", 300))
	f.Fuzz(func(t *testing.T, text string) {
		line, short := pulls.OneLine(text), pulls.Describe(text)
		if !utf8.ValidString(line) || len(line) > 310 || strings.ContainsAny(line, "\n\r\x1b\u202e\u2028") {
			t.Errorf("%q", line)
		}
		if !utf8.ValidString(short) || utf8.RuneCountInString(short) > pulls.MaxDescription || strings.ContainsAny(short, "\n\r\x1b\u202e\u2028") {
			t.Errorf("%q", short)
		}
	})
}
