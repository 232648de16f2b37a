package scaidnstest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

// client asks the fake as a person with curl does.
type client struct {
	t   testing.TB
	url string
	key string
}

// start starts a fake with a key that may do all.
func start(t testing.TB, opts scaidnstest.Options) (*scaidnstest.Server, client) {
	t.Helper()
	s := scaidnstest.New(t, opts)
	return s, client{t, s.URL, s.MintKey(scaidnstest.Key{})}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
}

// do makes a request with a body of JSON, without one if it is empty, and returns the answer. It follows no redirect.
func (c client) do(method, path, body string) answer {
	c.t.Helper()
	header := http.Header{"X-Api-Key": {c.key}}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return c.send(method, path, body, header)
}

func (c client) send(method, path, body string, header http.Header) answer {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header = header
	noRedirects := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := noRedirects.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// ok is do for what has to be answered 200. It returns the body.
func (c client) ok(method, path, body string) tree {
	c.t.Helper()
	return c.want(http.StatusOK, method, path, body)
}

// want is do for what has to be answered with a status.
func (c client) want(status int, method, path, body string) tree {
	c.t.Helper()
	a := c.do(method, path, body)
	if a.status != status {
		c.t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, a.status, a.text, status)
	}
	return a.json(c.t)
}

func (a answer) json(t testing.TB) tree {
	t.Helper()
	var value any
	if a.text == "" {
		return tree{t, nil}
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(a.text)))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %q", err, a.text)
	}
	return tree{t, value}
}

// tree is a value of JSON.
type tree struct {
	t     testing.TB
	value any
}

// at returns what is in a tree at a path of fields and indices.
func (v tree) at(path ...any) tree {
	v.t.Helper()
	value := v.value
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			next, there := object[step]
			if !there {
				v.t.Fatalf("no %q in %v", step, value)
			}
			value = next
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				v.t.Fatalf("no index %d in %v", step, value)
			}
			value = list[step]
		}
	}
	return tree{v.t, value}
}

// text returns a value as JSON without the quotes of a text.
func (v tree) text() string {
	v.t.Helper()
	if text, ok := v.value.(string); ok {
		return text
	}
	text, err := json.Marshal(v.value)
	if err != nil {
		v.t.Fatal(err)
	}
	return string(text)
}

// each returns the value of a field in each element of a list.
func (v tree) each(field string) []string {
	v.t.Helper()
	out := []string{}
	list, _ := v.value.([]any)
	for i := range list {
		out = append(out, v.at(i, field).text())
	}
	return out
}
