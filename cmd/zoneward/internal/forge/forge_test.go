package forge

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	testSecret = "It's a Secret to Everybody"
	testToken  = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
)

var testNow = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// hexMAC signs as the documentation of GitHub, Gitea and Forgejo says.
func hexMAC(secret string, content ...string) string {
	h := hmac.New(sha256.New, []byte(secret))
	for _, part := range content {
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// headers returns a header with those names and values.
func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func readTestdata(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func mustRepository(t testing.TB, s string) Repository {
	t.Helper()
	r, err := ParseRepository(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// signed returns the header that a forge sends with a body, signed with testSecret, and with the pairs beside it.
func signed(kind Kind, body string, pairs ...string) http.Header {
	h := headers(pairs...)
	switch kind {
	case GitHub:
		h.Set("X-Hub-Signature-256", "sha256="+hexMAC(testSecret, body))
	case GitLab:
		h.Set("X-Gitlab-Token", testSecret)
	case Gitea:
		h.Set("X-Gitea-Signature", hexMAC(testSecret, body))
	case Generic:
		h.Set("X-Zoneward-Signature", "sha256="+hexMAC(testSecret, body))
	}
	return h
}

// TestOpen reads deliveries that have the shape of the forges' documentation:
//
//   - https://docs.github.com/en/webhooks/webhook-events-and-payloads#push and #ping
//   - https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events and
//     https://docs.gitlab.com/administration/system_hooks/
//   - https://docs.gitea.com/usage/repository/webhooks and https://forgejo.org/docs/latest/user/webhooks/
func TestOpen(t *testing.T) {
	github, gitlab := mustRepository(t, "https://github.com/example/zones"), mustRepository(t, "https://gitlab.example.com/infra/dns/zones")
	tests := []struct {
		name   string
		kind   Kind
		file   string
		header []string
		want   Delivery
		err    error
	}{
		{"GitHub push", GitHub, "github-push.json", []string{"X-GitHub-Event", "push", "X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"}, Delivery{
			ID: "72d3162e-cc78-11e3-81ab-4c9367dc0958", Event: "push", Name: "Example/Zones", HTTP: github, SSH: github,
			Ref: "refs/heads/main", Branch: "main",
			Before: "6113728f27ae82c7b1a177c8d03f9e96e0adf246", After: "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c",
		}, nil},
		{"GitHub branch deleted", GitHub, "github-deleted.json", []string{"X-GitHub-Event", "push", "X-GitHub-Delivery", "1"}, Delivery{
			ID: "1", Event: "push", Name: "Example/Zones", HTTP: github, SSH: github,
			Ref: "refs/heads/release/1.x", Branch: "release/1.x", Before: "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
		}, nil},
		{"GitHub ping", GitHub, "github-ping.json", []string{"X-GitHub-Event", "ping", "X-GitHub-Delivery", "2"}, Delivery{
			ID: "2", Event: "ping", Ping: true, Name: "Example/Zones", HTTP: github, SSH: github,
		}, nil},
		{"GitHub ping of an organization", GitHub, "github-ping-organization.json", []string{"X-GitHub-Event", "ping", "X-GitHub-Delivery", "3"}, Delivery{
			ID: "3", Event: "ping", Ping: true,
		}, nil},
		{"GitHub another event", GitHub, "github-push.json", []string{"X-GitHub-Event", "issues"}, Delivery{}, ErrIgnored},
		{"GitHub no event", GitHub, "github-push.json", nil, Delivery{}, ErrIgnored},
		{"GitHub a push under the name of a ping", GitHub, "github-push.json", []string{"X-GitHub-Event", "ping"}, Delivery{}, ErrPayload},
		{"GitHub a ping under the name of a push", GitHub, "github-ping.json", []string{"X-GitHub-Event", "push"}, Delivery{}, ErrPayload},

		{"GitLab push", GitLab, "gitlab-push.json", []string{
			"X-Gitlab-Event", "Push Hook", "Idempotency-Key", "f5e5f430-f57b-4e6e-9fac-d9128cd7232f", "X-Gitlab-Webhook-UUID", "02affd2d-2cba-4033-917d-ec22d5dc4b38",
		}, Delivery{
			ID: "f5e5f430-f57b-4e6e-9fac-d9128cd7232f", Event: "Push Hook", Name: "infra/dns/zones", HTTP: gitlab, SSH: gitlab,
			Ref: "refs/heads/main", Branch: "main",
			Before: "95790bf891e76fee5e1747ab589903a6a1f80f22", After: "da1560886d4f094c3e6c9ef40349f7d38b5d27d7",
		}, nil},
		{"GitLab branch deleted, by a system hook", GitLab, "gitlab-deleted.json", []string{"X-Gitlab-Event", "System Hook", "X-Gitlab-Webhook-UUID", "4"}, Delivery{
			ID: "4", Event: "System Hook", Name: "infra/dns/zones", HTTP: gitlab, SSH: gitlab,
			Ref: "refs/heads/main", Branch: "main", Before: "95790bf891e76fee5e1747ab589903a6a1f80f22",
		}, nil},
		{"GitLab another system hook", GitLab, "gitlab-system-project.json", []string{"X-Gitlab-Event", "System Hook"}, Delivery{}, ErrIgnored},
		{"GitLab tag", GitLab, "gitlab-push.json", []string{"X-Gitlab-Event", "Tag Push Hook"}, Delivery{}, ErrIgnored},

		{"Gitea push", Gitea, "gitea-push.json", []string{"X-Gitea-Event", "push", "X-Gitea-Delivery", "5"}, Delivery{
			ID: "5", Event: "push", Name: "dns/zones",
			HTTP: mustRepository(t, "https://git.example.com:3000/dns/zones"), SSH: mustRepository(t, "ssh://git.example.com:2222/dns/zones"),
			Ref: "refs/heads/main", Branch: "main",
			Before: "28e1879d029cb852e4844d9c718537df08844e03", After: "bffeb74224043ba2feb48d137756c8a9331c449a",
		}, nil},
		{"Forgejo push", Gitea, "gitea-push.json", []string{"X-Forgejo-Event", "push", "X-Gitea-Event", "push", "X-Forgejo-Delivery", "6"}, Delivery{
			ID: "6", Event: "push", Name: "dns/zones",
			HTTP: mustRepository(t, "https://git.example.com:3000/dns/zones"), SSH: mustRepository(t, "ssh://git.example.com:2222/dns/zones"),
			Ref: "refs/heads/main", Branch: "main",
			Before: "28e1879d029cb852e4844d9c718537df08844e03", After: "bffeb74224043ba2feb48d137756c8a9331c449a",
		}, nil},
		{"Gitea another event", Gitea, "gitea-push.json", []string{"X-Gitea-Event", "release"}, Delivery{}, ErrIgnored},

		{"generic", Generic, "generic.json", []string{"X-Zoneward-Delivery", "7"}, Delivery{
			ID: "7", Event: "push", HTTP: mustRepository(t, "https://git.example.org/zones"),
			Ref: "refs/heads/main", Branch: "main", After: "da1560886d4f094c3e6c9ef40349f7d38b5d27d7",
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := readTestdata(t, test.file)
			message := Message{Header: signed(test.kind, body, test.header...), Body: []byte(body), Received: testNow}
			got, err := test.kind.Open(message, []string{testSecret})
			if !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			if err != nil {
				return
			}
			test.want.Forge = test.kind
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(Repository{}), cmpopts.IgnoreFields(Delivery{}, "Fingerprints")); diff != "" {
				t.Error(diff)
			}
			if len(got.Fingerprints) == 0 {
				t.Error("no fingerprints")
			}
		})
	}
}

// TestNames compares a delivery with repositories.
func TestNames(t *testing.T) {
	d, err := openGitHub(pushOf("ssh_url", ""))
	if err != nil {
		t.Fatal(err)
	}
	if !d.Names(mustRepository(t, "git@github.com:example/zones.git")) {
		t.Error("not the repository that it is of")
	}
	for _, other := range []Repository{{}, mustRepository(t, "https://github.com/example/zones2")} {
		if d.Names(other) {
			t.Errorf("it is of %q too", other)
		}
	}
}

// TestOpenWithoutID has a digest of the content be the id of what has none.
func TestOpenWithoutID(t *testing.T) {
	open := func(body string) Delivery {
		t.Helper()
		d, err := Generic.Open(Message{Header: signed(Generic, body), Body: []byte(body), Received: testNow}, []string{testSecret})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	first, again := open(`{"repository": "https://git.example.org/zones"}`), open(`{"repository": "https://git.example.org/zones"}`)
	if first.ID != again.ID || !cmp.Equal(first.Fingerprints, again.Fingerprints) {
		t.Errorf("the same content is known as %q and %q", first.ID, again.ID)
	}
	if other := open(`{"repository": "https://git.example.org/zones", "after": ""}`); other.ID == first.ID || other.Fingerprints[0] == first.Fingerprints[0] {
		t.Error("other content is known by the same id")
	}
}

// TestFingerprints says what of a delivery shows that it is the same one again.
func TestFingerprints(t *testing.T) {
	shared := func(kind Kind, a, b Message, secret string) bool {
		t.Helper()
		first, err := kind.Open(a, []string{secret})
		if err != nil {
			t.Fatal(err)
		}
		second, err := kind.Open(b, []string{secret})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range first.Fingerprints {
			for _, g := range second.Fingerprints {
				if f == g {
					return true
				}
			}
		}
		return false
	}
	push, deleted := readTestdata(t, "github-push.json"), readTestdata(t, "github-deleted.json")
	github := func(body, id string) Message {
		return Message{signed(GitHub, body, "X-GitHub-Event", "push", "X-GitHub-Delivery", id), []byte(body), testNow}
	}
	if !shared(GitHub, github(push, "1"), github(deleted, "1"), testSecret) {
		t.Error("GitHub: the same id is not the same delivery")
	}
	if !shared(GitHub, github(push, "1"), github(push, "2"), testSecret) {
		t.Error("GitHub: what somebody has recorded can be sent again under another id, which is not signed")
	}
	if shared(GitHub, github(push, "1"), github(deleted, "2"), testSecret) {
		t.Error("GitHub: another delivery is the same one")
	}
	own := readTestdata(t, "generic.json")
	generic := func(at time.Time) Message {
		timestamp := strconv.FormatInt(at.Unix(), 10)
		return Message{headers("X-Zoneward-Timestamp", timestamp, "X-Signature", "sha256="+hexMAC(testSecret, timestamp, ".", own)), []byte(own), testNow}
	}
	if shared(Generic, generic(testNow), generic(testNow.Add(time.Second)), testSecret) {
		t.Error("generic: the same content, signed at another time, is the same delivery")
	}
	if !shared(Generic, generic(testNow), generic(testNow), testSecret) {
		t.Error("generic: the same content, signed at the same time, is another delivery")
	}
	// GitLab's payload has no time in it: pushing, taking back and pushing again is told in the same words.
	body := readTestdata(t, "gitlab-push.json")
	gitlab := func(id string) Message {
		return Message{signed(GitLab, body, "X-Gitlab-Event", "Push Hook", "Idempotency-Key", id), []byte(body), testNow}
	}
	if shared(GitLab, gitlab("1"), gitlab("2"), testSecret) {
		t.Error("GitLab: the same content with another id is the same delivery")
	}
	if !shared(GitLab, gitlab("1"), gitlab("1"), testSecret) {
		t.Error("GitLab: the same id is not the same delivery")
	}
}

// standardHeader signs by Standard Webhooks, as its specification has it.
func standardHeader(t testing.TB, token, id string, at time.Time, body string) http.Header {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(token[len("whsec_"):])
	if err != nil {
		t.Fatal(err)
	}
	timestamp := strconv.FormatInt(at.Unix(), 10)
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + timestamp + "." + body))
	return headers("Webhook-Id", id, "Webhook-Timestamp", timestamp, "Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
}
