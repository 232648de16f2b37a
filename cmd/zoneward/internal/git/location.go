package git

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// location is where a repository is: a path on this machine, or a URL without what is secret in it.
type location struct {
	path string // "" for a URL
	url  string
	ssh  sshAddress // zero unless the URL is of ssh

	user, password string // from the URL
}

// sshAddress is a repository at an SSH server.
type sshAddress struct {
	host string // a name, or an address without brackets
	port uint16
	path string // as the server gets it: below the user's home directory without a slash in front
}

// hostPort is the server as net.Dial takes it.
func (a sshAddress) hostPort() string {
	return net.JoinHostPort(a.host, strconv.Itoa(int(a.port)))
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
		return parseSCP(s)
	}
	return localPath(s)
}

// isSCP says that git takes s for host:path: a colon, and no slash before it.
func isSCP(s string) bool {
	host, _, ok := strings.Cut(s, ":")
	return ok && !strings.Contains(host, "/")
}

// parseSCP reads user@host:path, where an IPv6 address is in brackets.
func parseSCP(s string) (location, error) {
	user, rest := "", s
	if at := strings.IndexAny(s, "@:"); s[at] == '@' {
		user, rest = s[:at], s[at+1:]
	}
	host, path, ok := strings.Cut(rest, ":")
	if inner, bracketed := strings.CutPrefix(rest, "["); bracketed {
		host, path, ok = strings.Cut(inner, "]:")
	}
	// A password would be in what looks like the path: it has the @ that ends it.
	if !ok || strings.Contains(path, "@") && strings.Contains(path, ":") {
		return location{}, errors.New("the user@host:path of the repository does not parse; with a password, a port, or a special character in it, write ssh://user@host:port/path")
	}
	return sshLocation(user, host, "", path, (&url.URL{Scheme: "ssh", Host: bracket(host), Path: "/" + path}).String())
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
		bare.Scheme = "ssh"
	case "http", "https":
	default:
		return location{}, fmt.Errorf("repository %s: the scheme is not one of https, ssh, http and file", bare)
	}
	if u.Hostname() == "" {
		return location{}, fmt.Errorf("repository %s: no host in the URL", bare)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return location{}, fmt.Errorf("repository %s: a query or fragment in the URL", bare)
	}
	password, hasPassword := u.User.Password()
	if bare.Scheme == "ssh" {
		if hasPassword {
			return location{}, fmt.Errorf("repository %s: a password in an ssh URL: ssh is by key only", bare)
		}
		path := u.Path
		if strings.HasPrefix(path, "/~") {
			path = path[1:]
		}
		return sshLocation(u.User.Username(), u.Hostname(), u.Port(), path, bare.String())
	}
	return location{url: bare.String(), user: u.User.Username(), password: password}, nil
}

// sshLocation checks what would mean something else to who gets it: an option to ssh, or another line.
func sshLocation(user, host, port, path, shown string) (location, error) {
	if user == "" {
		user = "git"
	}
	n := uint64(22)
	if port != "" {
		var err error
		if n, err = strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return location{}, fmt.Errorf("repository %s: the port is not a number from 1 to 65535", shown)
		}
	}
	for what, s := range map[string]string{"host": host, "user": user, "path": path} {
		if s == "" || s[0] == '-' || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return location{}, fmt.Errorf("repository %s: the %s is empty, begins with -, or has a control character in it", shown, what)
		}
	}
	if strings.ContainsAny(user, "@: ") || strings.ContainsAny(host, "@/ ") {
		return location{}, fmt.Errorf("repository %s: a user or host with @, a slash, a colon or a space in it", shown)
	}
	return location{url: shown, user: user, ssh: sshAddress{host: host, port: uint16(n), path: path}}, nil
}

// bracket is the host as it stands in a URL.
func bracket(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
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
	return err == nil && u.Scheme == "http" && !isLoopback(u.Hostname())
}

// isLoopback says that the host, as a URL has it, is this machine.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
