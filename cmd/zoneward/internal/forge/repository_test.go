package forge

import (
	"strings"
	"testing"
)

// TestRepositoriesAreEqual has each of a group be the same repository, and none of another group.
func TestRepositoriesAreEqual(t *testing.T) {
	groups := map[string][]string{
		"github.com/example/zones": {
			"https://github.com/example/zones", "https://github.com/example/zones.git", "https://github.com/example/zones/", "https://github.com/example/zones.git/",
			"HTTPS://GitHub.com/Example/Zones.GIT", "https://github.com:443/example/zones", "https://github.com:0443/example/zones", "http://github.com:80/example/zones",
			"https://jo:secret@github.com/example/zones", "https://github.com./example/zones", "https://github.com/%65xample/zon%65s", "http://github.com/example/zones",
			"ssh://git@github.com/example/zones.git", "ssh://git@github.com:22/example/zones.git", "git+ssh://git@github.com/example/zones.git",
			"git@github.com:example/zones.git", "git@github.com:/example/zones.git", "github.com:example/zones", "github.com/example/zones", "git://github.com:9418/example/zones",
			"https://ｇithub.com/example/zones", // full-width letters are mapped as browsers do
		},
		"git.example.com:8443/example/zones":         {"https://git.example.com:8443/example/zones", "https://git.example.com:8443/example/zones.git"},
		"git.example.com:2222/example/zones":         {"ssh://git@git.example.com:2222/example/zones"},
		"git.example.com:443/example/zones":          {"ssh://git@git.example.com:443/example/zones"},
		"xn--mnchen-3ya.example/dns/zones":           {"https://münchen.example/dns/zones", "https://MÜNCHEN.example/dns/zones", "https://xn--mnchen-3ya.example/dns/zones", "git@münchen.example:dns/zones"},
		"192.0.2.1/dns/zones":                        {"https://192.0.2.1/dns/zones", "https://[::ffff:192.0.2.1]/dns/zones", "git@192.0.2.1:dns/zones"},
		"[2001:db8::1]/dns/zones":                    {"https://[2001:db8::1]/dns/zones", "https://[2001:DB8:0::1]:443/dns/zones", "git@[2001:db8::1]:dns/zones"},
		"github.com/example/zones2":                  {"https://github.com/example/zones2"},
		"github.com/example/sub/zones":               {"https://github.com/example/sub/zones"},
		"github.com.example.org/example/zones":       {"https://github.com.example.org/example/zones"},
		"github.com/example/zones.git":               {"https://github.com/example/zones.git.git"},
		"git.sr.ht/~jo/zones":                        {"https://git.sr.ht/~jo/zones", "git@git.sr.ht:~jo/zones"},
		"localhost/dns/zones":                        {"localhost/dns/zones", "http://localhost/dns/zones"},
		"/srv/git/Zones.git":                         {"/srv/git/Zones.git", "/srv/git/Zones.git/", "file:///srv/git/Zones.git", "file://localhost/srv/git/Zones.git"},
		"/github.com/example/zones":                  {"/github.com/example/zones"}, // a path on this machine is no host
		"git.example.com/d\u00e9p\u00f4t/zones":      {"https://git.example.com/d\u00e9p\u00f4t/zones", "https://git.example.com/d%C3%A9p%C3%B4t/zones"},
		"git_server/dns/zones":                       {"https://git_server/dns/zones"},
		"git.example.com/example/\u212aelvin":        {"https://git.example.com/example/\u212aelvin"}, // its small letter is a plain k
		"git.example.com/example/kelvin":             {"https://git.example.com/example/Kelvin"},
		"git.example.com:65535/example/zones":        {"https://git.example.com:65535/example/zones"},
		"git.example.com:22/example/zones":           {"https://git.example.com:22/example/zones"},
		"git.example.com/example/zones-._+@and-more": {"https://git.example.com/example/zones-._+@and-more"},
	}
	all := map[Repository]string{}
	for want, urls := range groups {
		for _, url := range urls {
			r, err := ParseRepository(url)
			if err != nil {
				t.Errorf("%s: %v", url, err)
				continue
			}
			if r.String() != want {
				t.Errorf("%s is %s, want %s", url, r, want)
			}
			if other, ok := all[r]; ok && other != want {
				t.Errorf("%s is the same as %s", want, other)
			}
			all[r] = want
		}
	}
}

func TestParseRepositoryErrors(t *testing.T) {
	for name, url := range map[string]string{
		"empty":               "",
		"a name alone":        "zones",
		"a name without host": "example/zones",
		"no path":             "https://github.com",
		"no path but a slash": "https://github.com/",
		"an empty name":       "https://github.com/.git",
		"an empty name in it": "https://github.com/example/.git",
		"an empty part":       "https://github.com/example//zones",
		"dots":                "https://github.com/other/../example/zones",
		"encoded dots":        "https://github.com/other/%2e%2e/example/zones",
		"a single dot":        "https://github.com/./example/zones",
		"an encoded slash":    "https://github.com/example%2Fzones",
		"encoded twice":       "https://github.com/example%252Fzones",
		"a backslash":         `https://github.com\example/zones`,
		"a backslash in it":   `https://github.com/example\zones`,
		"a query":             "https://github.com/example/zones?ref=main",
		"an empty query":      "https://github.com/example/zones?",
		"a fragment":          "https://github.com/example/zones#main",
		"another scheme":      "ftp://github.com/example/zones",
		"git's ext":           "ext::sh -c id",
		"javascript":          "javascript://github.com/example/zones",
		"no scheme":           "://github.com/example/zones",
		"no host":             "https:///example/zones",
		"a space in the host": "https://git hub.com/example/zones",
		"a wrong port":        "https://github.com:http/example/zones",
		"a huge port":         "https://github.com:99999/example/zones",
		"a control character": "https://github.com/example/zones\n",
		"an encoded NUL":      "https://github.com/example/zones%00",
		"a space":             "https://github.com/example/zones x",
		"not UTF-8":           "https://github.com/example/\xff",
		"not UTF-8, encoded":  "https://github.com/example/%ff",
		"right to left":       "https://github.com/example/\u202eseno",
		"an option":           "--upload-pack=id",
		"a relative path":     "../zones",
		"the root":            "/",
		"a path with dots":    "/srv/../zones",
		"a path with slashes": "/srv//zones",
		"a file on a host":    "file://example.com/srv/zones",
		"endless":             "https://github.com/" + strings.Repeat("a", 1<<16),
		"a host of dots":      "https://../example/zones",
		"an endless label":    "https://" + strings.Repeat("a.", 200) + "example/example/zones",
		"an open bracket":     "git@[2001:db8::1:dns/zones",
	} {
		r, err := ParseRepository(url)
		if err == nil {
			t.Errorf("%s: %q is %s", name, url, r)
		} else if r != (Repository{}) {
			t.Errorf("%s: an error, and %s", name, r)
		}
	}
	if _, err := ParseRepository("https://jo:hunter2@github.com/a b"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error has the password: %v", err)
	}
}
