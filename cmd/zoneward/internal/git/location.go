package git

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
)

// location is where a repository is: a path on this machine, or a URL without what is secret in it.
type location struct {
	path string // "" for a URL
	url  string

	user, password string // from the URL
}

// String is the location as people and logs may see it.
func (l location) String() string {
	if l.path != "" {
		return l.path
	}
	return l.url
}

// parseLocation reads what git takes for a repository: a URL, a path, or user@host:path. No error that it returns
// quotes a part in which a password may be.
func parseLocation(s string) (location, error) {
	scheme, _, isURL := strings.Cut(s, "://")
	switch {
	case s == "":
		return location{}, errors.New("the URL of the repository is empty")
	case isURL:
		return parseURL(strings.ToLower(scheme), s)
	case !filepath.IsAbs(s) && isSCP(s):
		return location{}, errNoSSH(s[strings.LastIndex(s, "@")+1:])
	}
	return localPath(s)
}

// isSCP says that git takes s for host:path: a colon, and no slash before it.
func isSCP(s string) bool {
	host, _, ok := strings.Cut(s, ":")
	return ok && !strings.Contains(host, "/")
}

func errNoSSH(where string) error {
	return fmt.Errorf("repository %s: ssh is not available yet: give an https:// URL, or the path of a local repository", where)
}

func parseURL(scheme, s string) (location, error) {
	u, err := url.Parse(s)
	if err != nil {
		// The text of err quotes the URL, with the password.
		return location{}, fmt.Errorf("the %.10q URL of the repository does not parse: percent-encode what is special in its user and password", scheme)
	}
	bare := &url.URL{Scheme: scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	switch scheme {
	case "file":
		if u.Host != "" && u.Host != "localhost" {
			return location{}, fmt.Errorf("repository %s: a file URL with a host: write file:///path", bare)
		}
		return localPath(filepath.FromSlash(u.Path))
	case "ssh", "git+ssh", "ssh+git":
		return location{}, errNoSSH(bare.String())
	case "http", "https":
	default:
		return location{}, fmt.Errorf("repository %s: the scheme is not one of https, http and file", bare)
	}
	if u.Hostname() == "" {
		return location{}, fmt.Errorf("repository %s: no host in the URL", bare)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return location{}, fmt.Errorf("repository %s: a query or fragment in the URL", bare)
	}
	password, _ := u.User.Password()
	return location{url: bare.String(), user: u.User.Username(), password: password}, nil
}

func localPath(path string) (location, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return location{}, fmt.Errorf("repository %s: %w", path, err)
	}
	return location{path: abs}, nil
}

// cleartext says that what is sent to the location can be read on the way.
func (l location) cleartext() bool {
	u, err := url.Parse(l.url)
	if err != nil || u.Scheme != "http" {
		return false
	}
	if u.Hostname() == "localhost" {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return err != nil || !addr.IsLoopback()
}
