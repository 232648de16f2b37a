package forge

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Repository is where a repository is, whatever the protocol: two are equal with == if their URLs lead to the same one. The zero value is
// none.
//
// Left out of it are the scheme, the user and the password, the port that is the scheme's own, a slash and ".git" at the end. The host is
// in lower case and in A-labels. The path is in lower case as well, since forges take it in any, with percent-encoding undone. A
// repository on the same machine has no host, and its path as it is.
type Repository struct {
	host string // with a port, if it is not the scheme's
	path string // without a slash in front
}

// String returns host/path, or /path on the same machine.
func (r Repository) String() string {
	if r == (Repository{}) {
		return ""
	}
	return r.host + "/" + r.path
}

// endsWith reports whether name is the path, or the end of it, as with forges that are not at the root of their server.
func (r Repository) endsWith(name string) bool {
	name = lower(name)
	return r.path == name || strings.HasSuffix(r.path, "/"+name)
}

// ParseRepository reads a URL as git takes it (https, http, ssh, git or file), user@host:path, host/path, or an absolute path on this
// machine. Errors quote nothing of it, as there may be a password in it.
func ParseRepository(s string) (Repository, error) {
	if s == "" {
		return Repository{}, errors.New("the repository is empty")
	}
	if len(s) > maxText || !utf8.ValidString(s) {
		return Repository{}, errors.New("the repository is too long, or not UTF-8")
	}
	if scheme, _, ok := strings.Cut(s, "://"); ok {
		return parseURL(strings.ToLower(scheme), s)
	}
	if strings.HasPrefix(s, "/") {
		return localRepository(s)
	}
	host, path, ok := cutSCP(s)
	if !ok {
		if host, path, ok = strings.Cut(s, "/"); !ok || (host != "localhost" && !strings.Contains(host, ".")) {
			return Repository{}, errors.New("the repository has no host: write it as a URL, or as github.com/example/zones")
		}
	}
	return hostedRepository(host, "", path)
}

// cutSCP cuts [user@]host:path, where the host may be an IPv6 address in brackets. What has a slash in front of the colon is no such thing.
func cutSCP(s string) (host, path string, ok bool) {
	if at := strings.IndexAny(s, "@/"); at >= 0 && s[at] == '@' {
		s = s[at+1:]
	}
	end := 0
	if strings.HasPrefix(s, "[") {
		end = strings.Index(s, "]") + 1
	}
	colon := strings.IndexAny(s[end:], ":/")
	if colon < 0 || s[end+colon] != ':' {
		return "", "", false
	}
	return s[:end+colon], s[end+colon+1:], true
}

func parseURL(scheme, s string) (Repository, error) {
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" {
		return Repository{}, errors.New("the URL of the repository does not parse") // err quotes it
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return Repository{}, errors.New("the URL of the repository has a query or a fragment")
	}
	if strings.Contains(strings.ToLower(u.EscapedPath()), "%2f") {
		return Repository{}, errors.New("the path of the repository has an encoded slash")
	}
	if scheme == "file" {
		if u.Host != "" && u.Host != "localhost" {
			return Repository{}, errors.New("the file URL of the repository has a host")
		}
		return localRepository(u.Path)
	}
	implied, ok := map[string]uint64{"https": 443, "http": 80, "ssh": 22, "git+ssh": 22, "ssh+git": 22, "git": 9418}[scheme]
	if !ok {
		return Repository{}, errors.New("the scheme of the repository is not one of https, http, ssh, git and file")
	}
	port := u.Port()
	if port != "" {
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return Repository{}, errors.New("the port of the repository is not one")
		}
		if port = strconv.FormatUint(number, 10); number == implied {
			port = ""
		}
	}
	return hostedRepository(u.Hostname(), port, u.Path)
}

func hostedRepository(host, port, path string) (Repository, error) {
	host, err := canonicalHost(host)
	if err != nil {
		return Repository{}, err
	}
	if port != "" {
		host += ":" + port
	}
	path = lower(strings.TrimRight(strings.TrimPrefix(path, "/"), "/"))
	path = strings.TrimSuffix(path, ".git")
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return Repository{}, errors.New("the path of the repository is empty, or has an empty part or dots in it")
		}
	}
	for _, r := range path {
		if !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && !strings.ContainsRune("/-._~+@", r) {
			return Repository{}, errors.New("the path of the repository has characters that names of repositories do not have")
		}
	}
	return Repository{host, path}, nil
}

// localRepository returns a repository on this machine. Nothing looks whether it is there.
func localRepository(path string) (Repository, error) {
	rest, ok := strings.CutPrefix(strings.TrimRight(path, "/"), "/")
	if !ok {
		return Repository{}, errors.New("the path of the repository is not absolute, or the root")
	}
	for segment := range strings.SplitSeq(rest, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return Repository{}, errors.New("the path of the repository has an empty part or dots in it")
		}
	}
	for _, r := range rest {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return Repository{}, errors.New("the path of the repository has characters that do not print")
		}
	}
	return Repository{path: rest}, nil
}

// canonicalHost returns a host name in lower case and A-labels, or an IP address as net/netip writes it, in brackets for IPv6.
func canonicalHost(host string) (string, error) {
	errHost := errors.New("the host of the repository is missing, or not a host name or an address")
	host = strings.TrimSuffix(host, ".")
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		if addr = addr.Unmap(); addr.Is4() {
			return addr.String(), nil
		}
		return "[" + addr.WithZone("").String() + "]", nil
	}
	profile := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false), idna.Transitional(false))
	host, err := profile.ToASCII(host)
	if err != nil || len(host) > 253 {
		return "", errHost
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", errHost
		}
	}
	return host, nil
}

// lower returns s with its ASCII letters in lower case. Letters of other scripts stay: the small letter of the Kelvin sign is a plain k.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}
