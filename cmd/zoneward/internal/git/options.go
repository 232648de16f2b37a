package git

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Implementation is what speaks git to a server.
type Implementation string

const (
	// GoGit is in this program, and needs nothing installed. It is what "" stands for.
	GoGit Implementation = "gogit"
	// CLI is the git command, and for ssh OpenSSH's: for servers that GoGit doesn't get along with, and for large
	// repositories. The machine's and the user's configuration of both is left out. A repository on this machine is
	// cloned too.
	CLI Implementation = "cli"
)

// RepositoryOptions say which repository, and which part of it, is the source.
type RepositoryOptions struct {
	// URL is https://, http://, ssh://, user@host:path or file://, or the path of a local repository, bare or with a
	// work tree. A local repository is read where it is. A user and a password in it are sent to the server, and never
	// shown.
	URL string
	// Branch is the name of a branch; "" is the one that the repository's HEAD names.
	Branch string
	// Path is the directory in the repository that is the source's root, with slashes; "" is the whole of it.
	Path string
	// Dir is where the bare clone of a remote repository is kept, made if need be, for one Repository at a time.
	// "" is a temporary directory, which Close removes.
	Dir string
	// Implementation is what speaks to the server.
	Implementation Implementation
	// Token, if set, returns the password for a server that speaks HTTP. It is called before each contact with the
	// server, since tokens expire. The user is the one in the URL, or x-access-token, which GitHub, GitLab and Gitea
	// accept.
	Token func() (string, error)
	// GitHubApp, if set, is who asks for tokens instead of Token.
	GitHubApp *GitHubApp
	// SSH is how to prove who is who to a server that speaks ssh.
	SSH SSHOptions
	// CAFile is a file of PEM certificates of authorities that are trusted beside the system's; it is read once.
	CAFile string
	// Timeout bounds one Tree, with the fetch in it; 0 is two minutes.
	Timeout time.Duration
	// Watch asks for hints of what happens to the branch of a local repository. A remote one is only polled.
	Watch bool
	// MaxFileBytes is the size above which a file does not open; 0 is 64 MiB.
	MaxFileBytes int64
	// MaxRepositoryBytes is how large a clone may become, as it is stored; 0 is 2 GiB.
	MaxRepositoryBytes int64
	// Observe, if set, is called after each contact with the server.
	Observe func(Contact)
	// Logger is told of fetches and of damage repaired; nil is nobody.
	Logger *slog.Logger
}

// SSHOptions are the key that a server is shown, and the keys that servers have. Nothing else is used: no agent, no
// files of the user's.
type SSHOptions struct {
	// Key returns the private key, as PEM or as OpenSSH writes it. It is called before each contact.
	Key func() (string, error)
	// KeyFile is a file that has it, instead of Key.
	KeyFile string
	// Passphrase, if set, returns what an encrypted key is encrypted with.
	Passphrase func() (string, error)
	// KnownHosts returns the keys of servers, as in the file that sshd(8) describes under "SSH_KNOWN_HOSTS FILE
	// FORMAT". It is called before each contact. A server whose key is not in it is not talked to.
	KnownHosts func() (string, error)
	// KnownHostsFile is a file that has them, instead of KnownHosts.
	KnownHostsFile string
}

// GitHubApp is an app that is installed where the repository is, and may read contents.
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/about-authentication-with-a-github-app
type GitHubApp struct {
	// ID is the app's client ID, or the number that is its ID.
	ID string
	// InstallationID is the installation; 0 is the one that the repository has.
	InstallationID int64
	// Key returns the app's private key in PEM. It is called when a token is asked for.
	Key func() (string, error)
	// Permissions are those that tokens are asked for; nil is to read contents.
	// https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
	Permissions map[string]string
	// APIURL is where the API is. "" is https://api.github.com for github.com, https://api.NAME.ghe.com for
	// NAME.ghe.com, and https://HOST/api/v3 for any other.
	APIURL string
}

// Contact is what came of a contact with a server.
type Contact struct {
	// Operation is "ls-remote", which asks for the branch; "fetch", which brings what is new; or "clone", which brings
	// everything.
	Operation string
	Took      time.Duration
	// Bytes is how many came.
	Bytes int64
	Err   error
}

const (
	opList  = "ls-remote"
	opFetch = "fetch"
	opClone = "clone"
)

const (
	defaultTimeout            = 2 * time.Minute
	defaultMaxRepositoryBytes = 2 << 30
)

// withDefaults fills in what is zero.
func (o RepositoryOptions) withDefaults() RepositoryOptions {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxFileBytes <= 0 {
		o.MaxFileBytes = defaultMaxFileBytes
	}
	if o.MaxRepositoryBytes <= 0 {
		o.MaxRepositoryBytes = defaultMaxRepositoryBytes
	}
	if o.Implementation == "" {
		o.Implementation = GoGit
	}
	if o.Observe == nil {
		o.Observe = func(Contact) {}
	}
	o.Logger = logger(o.Logger)
	return o
}

// branch is the reference that Branch names: HEAD is whatever the server's HEAD names.
func (o RepositoryOptions) branch() (plumbing.ReferenceName, error) {
	if o.Branch == "" {
		return plumbing.HEAD, nil
	}
	name := plumbing.NewBranchReferenceName(o.Branch)
	if err := name.Validate(); err != nil {
		return "", fmt.Errorf("branch %q: %w", o.Branch, err)
	}
	return name, nil
}

// maxObjectBytes is the size of an object that a pack is refused for.
func maxObjectBytes(opts RepositoryOptions) int64 { return max(opts.MaxFileBytes, minMaxObjectBytes) }

// newRemote is what speaks to the server at the location.
func newRemote(loc location, opts RepositoryOptions) (remote, error) {
	if opts.Implementation != GoGit && opts.Implementation != CLI {
		return nil, fmt.Errorf("implementation %q is neither %s nor %s", opts.Implementation, GoGit, CLI)
	}
	var (
		web *web
		err error
	)
	switch {
	case loc.path != "":
	case loc.ssh != sshAddress{}:
		if opts.Token != nil || opts.GitHubApp != nil {
			return nil, errors.New("a token is of no use to an ssh server: give a key, or an https:// URL")
		}
		if err := opts.SSH.check(); err != nil {
			return nil, err
		}
	default:
		if web, err = newWeb(loc, opts); err != nil {
			return nil, err
		}
	}
	if opts.Implementation == CLI {
		return newCLI(loc, web, opts)
	}
	return &native{location: loc, web: web, ssh: opts.SSH, maxObject: maxObjectBytes(opts)}, nil
}
