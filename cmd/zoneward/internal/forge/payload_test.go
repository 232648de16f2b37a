package forge

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// pushOf returns GitHub's payload of a push with those members in the places of the usual ones.
func pushOf(members ...string) string {
	all := map[string]string{
		"ref": `"refs/heads/main"`, "before": `"` + strings.Repeat("1", 40) + `"`, "after": `"` + strings.Repeat("2", 40) + `"`,
		"full_name": `"example/zones"`, "clone_url": `"https://github.com/example/zones.git"`, "ssh_url": `"git@github.com:example/zones.git"`,
	}
	for i := 0; i < len(members); i += 2 {
		all[members[i]] = members[i+1]
	}
	var root, repository []string
	for _, name := range []string{"ref", "before", "after"} {
		if all[name] != "" {
			root = append(root, fmt.Sprintf("%q: %s", name, all[name]))
		}
	}
	for _, name := range []string{"full_name", "clone_url", "ssh_url"} {
		if all[name] != "" {
			repository = append(repository, fmt.Sprintf("%q: %s", name, all[name]))
		}
	}
	return fmt.Sprintf(`{%s, "repository": {%s}%s}`, strings.Join(root, ", "), strings.Join(repository, ", "), all["more"])
}

func openGitHub(body string) (Delivery, error) {
	return GitHub.Open(Message{signed(GitHub, body, "X-GitHub-Event", "push"), []byte(body), testNow}, []string{testSecret})
}

// TestHostilePayloads has what somebody sends who knows the secret.
func TestHostilePayloads(t *testing.T) {
	deep := strings.Repeat("[", 1_000_000)
	for name, body := range map[string]string{
		"nothing":                        "",
		"not JSON":                       "payload=%7B%7D",
		"an array":                       "[]",
		"null":                           "null",
		"a number":                       "1",
		"cut off":                        pushOf()[:100],
		"something behind it":            pushOf() + "{}",
		"not UTF-8":                      pushOf("full_name", "\"example/\xff\""),
		"not UTF-8, where nobody looks":  pushOf("more", ", \"x\": \"\xff\""),
		"nested without end":             `{"x": ` + deep,
		"nested deeply":                  `{"x": ` + deep + strings.Repeat("]", 1_000_000) + `, ` + pushOf()[1:],
		"ref is a number":                pushOf("ref", "1e999999"),
		"ref is a list":                  pushOf("ref", `["refs/heads/main"]`),
		"no ref":                         pushOf("ref", ""),
		"ref is null":                    pushOf("ref", "null"),
		"ref is short":                   pushOf("ref", `"main"`),
		"ref leaves its directory":       pushOf("ref", `"refs/heads/../../config"`),
		"ref is an option":               pushOf("ref", `"--upload-pack=id"`),
		"ref has a line feed":            pushOf("ref", `"refs/heads/main\nx"`),
		"ref has a bidirectional mark":   pushOf("ref", `"refs/heads/\u202emain"`),
		"ref has half a surrogate pair":  pushOf("ref", `"refs/heads/\ud800"`),
		"ref is endless":                 pushOf("ref", `"refs/heads/`+strings.Repeat("a", 2000)+`"`),
		"ref is a lock":                  pushOf("ref", `"refs/heads/main.lock"`),
		"after is short":                 pushOf("after", `"2222"`),
		"after is upper case":            pushOf("after", `"`+strings.Repeat("A", 40)+`"`),
		"after is a name":                pushOf("after", `"`+strings.Repeat("g", 40)+`"`),
		"before is an object":            pushOf("before", `{}`),
		"no repository":                  `{"ref": "refs/heads/main"}`,
		"repository is null":             `{"ref": "refs/heads/main", "repository": null}`,
		"repository is a string":         `{"ref": "refs/heads/main", "repository": "https://github.com/example/zones"}`,
		"repository has no URL":          pushOf("clone_url", "", "ssh_url", ""),
		"URL is a number":                pushOf("clone_url", "12345678901234567890123456789012345678901234567890"),
		"URL of another scheme":          pushOf("clone_url", `"ext::sh -c id"`),
		"URL of another repository":      pushOf("clone_url", `"https://github.com/other/zones.git"`),
		"ssh URL of another repository":  pushOf("ssh_url", `"git@github.com:example/other.git"`),
		"name of another repository":     pushOf("full_name", `"other/zones"`),
		"a part of the name":             pushOf("full_name", `"ample/zones"`),
		"ref comes twice":                pushOf("more", `, "ref": "refs/heads/other"`),
		"ref comes twice, written apart": pushOf("more", `, "re\u0066": "refs/heads/other"`),
		"repository comes twice":         pushOf("more", `, "repository": {"clone_url": "https://github.com/other/zones"}`),
		"a comma too many":               strings.Replace(pushOf(), "}", ",}", 1),
		"a comma too few":                strings.Replace(pushOf(), `, "before"`, ` "before"`, 1),
		"a comment":                      "/**/" + pushOf(),
	} {
		d, err := openGitHub(body)
		if !errors.Is(err, ErrPayload) {
			t.Errorf("%s: %+v, %v", name, d, err)
		} else if text := err.Error(); len(text) > 400 || strings.ContainsAny(text, "\n\x1b") || !utf8.ValidString(text) || strings.ContainsRune(text, '\u202e') {
			t.Errorf("%s: the error is too long, or has what does not print: %.500q", name, text)
		}
	}
}

// TestPayloadsThatAreUnusual has what another version of a forge might send.
func TestPayloadsThatAreUnusual(t *testing.T) {
	for name, body := range map[string]string{
		"usual":                          pushOf(),
		"no ssh URL":                     pushOf("ssh_url", ""),
		"ssh URL is null":                pushOf("ssh_url", "null"),
		"no http URL":                    pushOf("clone_url", ""),
		"no name":                        pushOf("full_name", ""),
		"not at the root of the server":  pushOf("clone_url", `"https://example.com/git/example/zones.git"`),
		"commits by SHA-256":             pushOf("after", `"`+strings.Repeat("2", 64)+`"`),
		"no commits":                     pushOf("before", "", "after", ""),
		"members that nobody knows":      pushOf("more", `, "zzz": {"ref": [1e999, "\u0000", {"ref": 1}]}, "zzz": 2`),
		"a member in other letters":      pushOf("more", `, "Ref": "refs/heads/other", "REPOSITORY": 1`),
		"a name with a control sequence": pushOf("more", `, "\u001b[31m": 1`),
		"white space":                    " \n\t" + pushOf() + "\r\n",
		"a branch of many words":         pushOf("ref", `"refs/heads/jo/é/1.x"`),
	} {
		if d, err := openGitHub(body); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if d.Ref != "refs/heads/main" && name != "a branch of many words" {
			t.Errorf("%s: ref %s", name, d.Ref)
		}
	}
	if _, err := openGitHub(pushOf("ref", `"refs/tags/v1"`)); !errors.Is(err, ErrIgnored) {
		t.Errorf("a tag: %v", err)
	}
}

// TestHostileHeaders has headers that are no names of events, and no ids.
func TestHostileHeaders(t *testing.T) {
	for name, pairs := range map[string][]string{
		"two events":    {"X-GitHub-Event", "push", "X-GitHub-Event", "ping"},
		"two ids":       {"X-GitHub-Event", "push", "X-GitHub-Delivery", "1", "X-GitHub-Delivery", "2"},
		"an endless id": {"X-GitHub-Event", "push", "X-GitHub-Delivery", strings.Repeat("1", 129)},
		"a control id":  {"X-GitHub-Event", "push", "X-GitHub-Delivery", "1\x1b[31m"},
		"a Unicode id":  {"X-GitHub-Event", "push", "X-GitHub-Delivery", "é"},
	} {
		message := Message{signed(GitHub, pushOf(), pairs...), []byte(pushOf()), testNow}
		if _, err := GitHub.Open(message, []string{testSecret}); !errors.Is(err, ErrPayload) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTextIsBounded has no string be longer than anybody wants to see.
func TestTextIsBounded(t *testing.T) {
	for length, want := range map[int]error{maxText: nil, maxText + 1: ErrPayload} {
		o, err := readObject([]byte(`{"name": "`+strings.Repeat("x", length)+`"}`), "name")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.text("name"); !errors.Is(err, want) {
			t.Errorf("%d octets: %v", length, err)
		}
	}
}
