package giteatest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// User is somebody who has an account, or a token.
type User struct {
	Name, Token string
	server      *Server
}

// maxAnswer is how much of an answer is read, in octets.
const maxAnswer = 16 << 20

// password is that of all accounts.
const password = "correct horse battery staple"

// User makes an account with a token that may do whatever the user may.
func (s *Server) User(t testing.TB, name string) *User {
	t.Helper()
	s.Admin.Do(t, http.MethodPost, "/admin/users", map[string]any{"username": name, "email": name + "@example.com", "password": password, "must_change_password": false}, nil)
	u := &User{Name: name, server: s}
	u.Token = u.NewToken(t, "all")
	return u
}

// NewToken makes a token with these scopes, https://docs.gitea.com/development/oauth2-provider#scopes.
func (u *User) NewToken(t testing.TB, scopes ...string) string {
	t.Helper()
	var made struct {
		Token string `json:"sha1"`
	}
	request, err := u.request(http.MethodPost, "/users/"+u.Name+"/tokens", map[string]any{"name": rand.Text(), "scopes": scopes})
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(u.Name, password)
	if err := succeed(request, &made); err != nil {
		t.Fatal(err)
	}
	return made.Token
}

// As returns somebody who uses that token.
func (s *Server) As(name, token string) *User { return &User{Name: name, Token: token, server: s} }

// Do makes a request of the API, whose path is below /api/v1. Body and out are JSON, and may be nil. An answer that is no success ends the test.
func (u *User) Do(t testing.TB, method, path string, body, out any) {
	t.Helper()
	if err := u.try(method, path, body, out); err != nil {
		t.Fatal(err)
	}
}

// Call makes a request that may be refused, and returns the status and the answer.
func (u *User) Call(t testing.TB, method, path string, body any) (status int, answer string) {
	t.Helper()
	request, err := u.request(method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	status, text, err := exchange(request)
	if err != nil {
		t.Fatal(err)
	}
	return status, string(text)
}

func (u *User) try(method, path string, body, out any) error {
	request, err := u.request(method, path, body)
	if err != nil {
		return err
	}
	return succeed(request, out)
}

func (u *User) request(method, path string, body any) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, u.server.URL+"/api/v1"+path, content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if u.Token != "" {
		request.Header.Set("Authorization", "token "+u.Token)
	}
	return request, nil
}

// succeed makes a request whose answer is a success, in JSON.
func succeed(request *http.Request, out any) error {
	status, answer, err := exchange(request)
	if err != nil {
		return err
	}
	if status >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %d: %s", request.Method, request.URL, status, answer)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: %w: %s", request.Method, request.URL, err, answer)
	}
	return nil
}

// exchange returns the answer, whatever its status. It follows no redirect.
func exchange(request *http.Request) (status int, answer []byte, err error) {
	client := http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return response.StatusCode, answer, err
}

// Remote returns the URL of a repository ("owner/name") with the user's login in it, for git.
func (u *User) Remote(repository string) string {
	return strings.Replace(u.server.URL, "://", "://"+url.UserPassword(u.Name, u.Token).String()+"@", 1) + "/" + repository + ".git"
}
