package notify

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// redactor takes what is secret out of the text of errors.
type redactor struct{ secrets []string }

// shortest is the fewest characters of what is taken for a secret: what is shorter is in any text.
const shortest = 5

// newRedactor returns one for the parts of a URL and other secrets. Every part may be a credential, the host too where it is no name with a dot: each service has its
// token somewhere else.
func newRedactor(target string, others ...string) redactor {
	parts := slices.Clone(others)
	parts = append(parts, target)
	if u, err := url.Parse(target); err == nil {
		password, _ := u.User.Password()
		user := u.User.Username()
		parts = append(parts, user, password, user+":"+password, u.Path, u.RawQuery)
		if !strings.ContainsAny(u.Hostname(), ".:") && u.Hostname() != "localhost" {
			parts = append(parts, u.Hostname())
		}
		parts = append(parts, strings.FieldsFunc(u.Path+" "+user+" "+password, func(r rune) bool { return strings.ContainsRune("/ :,@", r) })...)
		for _, values := range u.Query() {
			parts = append(parts, values...)
		}
	}
	r := redactor{}
	for _, part := range parts {
		for _, form := range []string{part, url.PathEscape(part), url.QueryEscape(part), base64.StdEncoding.EncodeToString([]byte(part))} {
			if len(part) >= shortest {
				r.secrets = append(r.secrets, form)
			}
		}
	}
	// The longest first: one may be a part of another.
	slices.SortFunc(r.secrets, func(a, b string) int { return len(b) - len(a) })
	r.secrets = slices.Compact(r.secrets)
	return r
}

// anyURL matches a URL as far as its host, and what is behind that.
var anyURL = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://)(?:[^\s"'/@]*@)?([^\s"'/?#]*)[^\s"']*`)

// text returns text in one visible line without secrets: of a URL it leaves the host, if that is none.
func (r redactor) text(text string) string {
	const most = 300
	text = anyURL.ReplaceAllString(text, "${1}${2}/REDACTED")
	for _, secret := range r.secrets {
		text = strings.ReplaceAll(text, secret, "REDACTED")
	}
	short, more := shorten(render.Shown(text), most)
	if more > 0 {
		short += "..."
	}
	return short
}
