package git

import (
	"context"
	"errors"
	"log/slog"
)

// secret prints as REDACTED.
type secret string

func (secret) String() string       { return "REDACTED" }
func (secret) GoString() string     { return "REDACTED" }
func (secret) LogValue() slog.Value { return slog.StringValue("REDACTED") }

// login is what a server that speaks HTTP is sent with each request, unless it is zero.
type login struct {
	user     string
	password secret
}

// credentials are where logins come from.
type credentials interface {
	// login is what is good now. It is asked for before each contact.
	login(ctx context.Context) (login, error)
	// refused is told that a server did not take the login.
	refused()
}

// defaultUser is who has a token: GitHub, GitLab and Gitea take it for any.
const defaultUser = "x-access-token"

// tokens are logins with what a function returns, or without one always the same.
type tokens struct {
	user     string
	password string
	token    func() (string, error)
}

func (t tokens) login(context.Context) (login, error) {
	if t.token == nil {
		return login{t.user, secret(t.password)}, nil
	}
	password, err := t.token()
	if err != nil {
		return login{}, err
	}
	if password == "" {
		return login{}, errors.New("it is empty")
	}
	user := t.user
	if user == "" {
		user = defaultUser
	}
	return login{user, secret(password)}, nil
}

func (tokens) refused() {}
