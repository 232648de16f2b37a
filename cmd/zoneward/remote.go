package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/client"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// The variables that say which daemon is worked against, and with which token.
const (
	serverVariable = "ZONEWARD_SERVER"
	tokenVariable  = "ZONEWARD_TOKEN"
)

// remote says against which running daemon a command works. The zero remote is none: it works by itself.
type remote struct {
	url string
	// given says that the URL stands on the command line, and not in the environment.
	given             bool
	tokenFile, caFile string
}

// is reports whether a command works against a daemon.
func (r remote) is() bool { return r.url != "" }

// words are the flags as they are given once more.
func (r remote) words() []string {
	if !r.is() {
		return nil
	}
	var words []string
	for _, flag := range []struct {
		name, value string
		given       bool
	}{{"--server", r.url, r.given}, {"--token-file", r.tokenFile, true}, {"--ca-file", r.caFile, true}} {
		if flag.given && flag.value != "" {
			words = append(words, flag.name, flag.value)
		}
	}
	return words
}

// unfit are flags that make no sense where a daemon does the work, each with why.
type unfit map[string]string

// The reasons why flags do not go with --server that several commands have.
const (
	daemonHasState = "the daemon has a state"
	daemonPlans    = "the daemon plans when there is a reason to, and zoneward reconcile is one"
)

// statelessUnfit are the flags of statelessFlags.
var statelessUnfit = unfit{"stateless": daemonHasState, "tombstones": daemonHasState}

// serverFlags adds the flags by which a command works against a running daemon. unfit are those of its flags that do not go with that.
func (c *common) serverFlags(cmd *cobra.Command, all ...unfit) {
	cmd.Flags().StringVar(&c.remote.url, "server", "", "work against the running daemon at `URL` (default $"+serverVariable+")")
	c.serverFileFlags(cmd)
	check := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if c.remote.given = cmd.Flags().Changed("server"); !c.remote.given {
			c.remote.url, _ = c.lookup(serverVariable)
		}
		if err := c.checkRemote(cmd, all); err != nil {
			return err
		}
		if check != nil {
			return check(cmd, args)
		}
		return nil
	}
}

// serverFileFlags adds the flags that go with --server.
func (c *common) serverFileFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.remote.tokenFile, "token-file", "", "with --server: read the token from `FILE` (default: $"+tokenVariable+" is the token)")
	cmd.Flags().StringVar(&c.remote.caFile, "ca-file", "", "with --server: trust the certificates in `FILE`")
}

// checkRemote checks that all flags that are given make sense where the work is done.
func (c *common) checkRemote(cmd *cobra.Command, all []unfit) error {
	if !c.remote.is() {
		for _, flag := range []string{"token-file", "ca-file"} {
			if cmd.Flags().Changed(flag) {
				return &usageError{fmt.Errorf("--%s is for --server", flag), "give both, or neither"}
			}
		}
		return nil
	}
	all = append(all, unfit{"config": "the daemon has its own configuration"})
	for _, flags := range all {
		for flag, why := range flags {
			if cmd.Flags().Changed(flag) {
				return &usageError{fmt.Errorf("--%s does not go with --server: %s", flag, why), c.withoutServer()}
			}
		}
	}
	return nil
}

// withoutServer says how a command works without the daemon that the environment names.
func (c *common) withoutServer() string {
	if c.remote.given {
		return ""
	}
	return serverVariable + " names a daemon; --server= is none"
}

// openRemote returns what asks the daemon.
func (c *common) openRemote() (*client.Client, error) {
	token, err := c.remoteToken()
	if err != nil {
		return nil, err
	}
	return c.openRemoteWith(client.Options{Token: token})
}

// openRemoteWith returns what asks the daemon, with the token or identity of opts.
func (c *common) openRemoteWith(opts client.Options) (*client.Client, error) {
	opts.URL, opts.CAFile, opts.UserAgent = c.remote.url, c.remote.caFile, "zoneward/"+version()
	asks, err := client.Open(opts)
	if err != nil {
		where := "--server"
		if !c.remote.given {
			where = serverVariable
		}
		return nil, &usageError{err: fmt.Errorf("%s: %w", where, err)}
	}
	return asks, nil
}

// remoteToken returns what reads the token: from a file each time that it is needed, since it may be rotated.
func (c *common) remoteToken() (func() (string, error), error) {
	if c.remote.tokenFile != "" {
		read := func() (string, error) {
			content, err := readSecret(c.remote.tokenFile)
			if err != nil {
				return "", fmt.Errorf("read the token: %w", err)
			}
			return checkToken(strings.TrimRight(string(content), "\r\n"), c.remote.tokenFile)
		}
		_, err := read()
		return read, err
	}
	value, _ := c.lookup(tokenVariable)
	if value == "" {
		return nil, &usageError{errors.New("no token for the daemon"), "give it in " + tokenVariable + ", or in a file with --token-file; it never stands on the command line, which others can see"}
	}
	_, err := checkToken(value, tokenVariable)
	return func() (string, error) { return value, nil }, err
}

// checkToken returns an error if text cannot be a token, without it.
func checkToken(text, from string) (string, error) {
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", &usageError{err: fmt.Errorf("what is in %s is no token: want one word", from)}
	}
	return text, nil
}

// remoteHint says what to do about an error of a daemon, empty if that is not plain.
func (c *common) remoteHint(err error) string {
	if unanswered, ok := errors.AsType[*client.UnansweredError](err); ok {
		if unanswered.Uncertain {
			return c.commandLine("status") + " and " + c.commandLine("history") + " show what the daemon did; to give the same command again is safe"
		}
		return "look whether zoneward run is there, with server.listen at " + render.Shown(hostOf(c.remote.url))
	}
	answer, ok := errors.AsType[*client.Error](err)
	if !ok {
		return ""
	}
	switch {
	case answer.Status == http.StatusUnauthorized:
		return "the daemon takes the tokens that server.tokens in its configuration names, and " + cmp.Or(c.remote.tokenFile, tokenVariable) + " has another one"
	case answer.Role != "":
		return fmt.Sprintf("want a token with the role %s: server.tokens in the configuration of the daemon has the roles", render.Shown(answer.Role))
	case errors.Is(err, client.ErrNoAPI):
		return "the address is that of server.listen, and the API is there once server.tokens has a token"
	case errors.Is(err, client.ErrNeedsUpdate):
		return "merge the branch that the change goes to into it, or rebase it, and push"
	case answer.Status == http.StatusConflict:
		return c.commandLine("plan") + " shows what waits now"
	}
	return ""
}

// hostOf returns the host of a URL.
func hostOf(text string) string {
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		return u.Host
	}
	return text
}
