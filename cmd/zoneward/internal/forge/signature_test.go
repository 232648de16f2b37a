package forge

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sealed is a message that has to be taken, with what breaks it.
type sealed struct {
	kind   Kind
	header http.Header
	body   string
}

func (s sealed) open(secrets ...string) error {
	_, err := s.kind.Open(Message{s.header, []byte(s.body), testNow}, secrets)
	return err
}

// with returns the message with a header that is only once there, or not at all if the value is "".
func (s sealed) with(name, value string) sealed {
	s.header = s.header.Clone()
	s.header.Del(name)
	if value != "" {
		s.header.Set(name, value)
	}
	return s
}

// added returns the message with one more header.
func (s sealed) added(name, value string) sealed {
	s.header = s.header.Clone()
	s.header.Add(name, value)
	return s
}

func (s sealed) withBody(body string) sealed {
	s.body = body
	return s
}

// TestSignatures tries to get past the signatures of each forge.
func TestSignatures(t *testing.T) {
	type attack struct {
		name    string
		message sealed
		secrets []string // testSecret if there are none
	}
	hub, tea, lab, own := readTestdata(t, "github-push.json"), readTestdata(t, "gitea-push.json"), readTestdata(t, "gitlab-push.json"), readTestdata(t, "generic.json")
	sum := hexMAC(testSecret, hub)
	github := sealed{GitHub, signed(GitHub, hub, "X-GitHub-Event", "push"), hub}
	gitea := sealed{Gitea, signed(Gitea, tea, "X-Gitea-Event", "push"), tea}
	forgejo := gitea.with("X-Forgejo-Signature", hexMAC(testSecret, tea)).with("X-Hub-Signature-256", "sha256="+hexMAC(testSecret, tea))
	gitlab := sealed{GitLab, signed(GitLab, lab, "X-Gitlab-Event", "Push Hook"), lab}
	generic := sealed{Generic, signed(Generic, own), own}
	sha1Sum := func() string {
		h := hmac.New(sha1.New, []byte(testSecret))
		h.Write([]byte(hub))
		return hex.EncodeToString(h.Sum(nil))
	}()

	for _, valid := range []attack{
		{"GitHub", github, nil},
		{"GitHub, the old secret of two", github, []string{"the new one", testSecret}},
		{"GitHub, the new secret of two", github, []string{testSecret, "the old one"}},
		{"Gitea", gitea, nil},
		{"Forgejo", forgejo, nil},
		{"Forgejo's header alone", forgejo.with("X-Gitea-Signature", "").with("X-Hub-Signature-256", ""), nil},
		{"GitLab", gitlab, nil},
		{"GitLab, two tokens", gitlab, []string{"the new one", testSecret}},
		{"generic", generic, nil},
		{"generic, the short header", generic.with("X-Zoneward-Signature", "").with("X-Signature", "sha256="+hexMAC(testSecret, own)), nil},
	} {
		secrets := valid.secrets
		if secrets == nil {
			secrets = []string{testSecret}
		}
		if err := valid.message.open(secrets...); err != nil {
			t.Errorf("%s: %v", valid.name, err)
		}
	}

	attacks := []attack{
		{"GitHub: missing", github.with("X-Hub-Signature-256", ""), nil},
		{"GitHub: no prefix", github.with("X-Hub-Signature-256", sum), nil},
		{"GitHub: another prefix", github.with("X-Hub-Signature-256", "sha512="+sum), nil},
		{"GitHub: truncated", github.with("X-Hub-Signature-256", "sha256="+sum[:62]), nil},
		{"GitHub: nothing behind the prefix", github.with("X-Hub-Signature-256", "sha256="), nil},
		{"GitHub: longer", github.with("X-Hub-Signature-256", "sha256="+sum+"00"), nil},
		{"GitHub: upper case", github.with("X-Hub-Signature-256", "sha256="+strings.ToUpper(sum)), nil},
		{"GitHub: one digit is another", github.with("X-Hub-Signature-256", "sha256="+flip(sum)), nil},
		{"GitHub: not hexadecimal", github.with("X-Hub-Signature-256", "sha256="+strings.Repeat("zz", 32)), nil},
		{"GitHub: SHA-1 in the place of SHA-256", github.with("X-Hub-Signature-256", "sha1="+sha1Sum), nil},
		{"GitHub: SHA-1 alone", github.with("X-Hub-Signature-256", "").with("X-Hub-Signature", "sha1="+sha1Sum), nil},
		{"GitHub: there twice", github.added("X-Hub-Signature-256", "sha256="+sum), nil},
		{"GitHub: a wrong one and the right one", github.with("X-Hub-Signature-256", "sha256="+flip(sum)).added("X-Hub-Signature-256", "sha256="+sum), nil},
		{"GitHub: endless", github.with("X-Hub-Signature-256", "sha256="+strings.Repeat("0", 1<<16)), nil},
		{"GitHub: another secret", github, []string{"another"}},
		{"GitHub: no secret", github, []string{}},
		{"GitHub: signed with the empty secret", github.with("X-Hub-Signature-256", "sha256="+hexMAC("", hub)), []string{"", testSecret}},
		{"GitHub: the empty secret alone", github.with("X-Hub-Signature-256", "sha256="+hexMAC("", hub)), []string{""}},
		{"GitHub: one octet of the body", github.withBody(strings.Replace(hub, "Example", "example", 1)), nil},
		{"GitHub: one octet more", github.withBody(hub + " "), nil},
		{"GitHub: no body", github.withBody(""), nil},
		{"GitHub: Gitea's header", github.with("X-Hub-Signature-256", "").with("X-Gitea-Signature", sum), nil},

		{"Gitea: missing", gitea.with("X-Gitea-Signature", ""), nil},
		{"Gitea: upper case", gitea.with("X-Gitea-Signature", strings.ToUpper(hexMAC(testSecret, tea))), nil},
		{"Gitea: with GitHub's prefix", gitea.with("X-Gitea-Signature", "sha256="+hexMAC(testSecret, tea)), nil},
		{"Gitea: the signature of a hook without secret", gitea.with("X-Gitea-Signature", hexMAC("", tea)), []string{"", testSecret}},
		{"Gitea: Gogs' header alone", gitea.with("X-Gitea-Signature", "").with("X-Gogs-Signature", hexMAC(testSecret, tea)), nil},
		{"Forgejo: one of three is wrong", forgejo.with("X-Forgejo-Signature", flip(hexMAC(testSecret, tea))), nil},
		{"Forgejo: another of three is wrong", forgejo.with("X-Hub-Signature-256", "sha256="+flip(hexMAC(testSecret, tea))), nil},
		{"Gitea: one octet of the body", gitea.withBody(strings.Replace(tea, "zones", "tones", 1)), nil},

		{"GitLab: missing", gitlab.with("X-Gitlab-Token", ""), nil},
		{"GitLab: empty", sealed{GitLab, headers("X-Gitlab-Event", "Push Hook", "X-Gitlab-Token", ""), lab}, []string{"", testSecret}},
		{"GitLab: truncated", gitlab.with("X-Gitlab-Token", testSecret[:10]), nil},
		{"GitLab: longer", gitlab.with("X-Gitlab-Token", testSecret+"x"), nil},
		{"GitLab: upper case", gitlab.with("X-Gitlab-Token", strings.ToUpper(testSecret)), nil},
		{"GitLab: another", gitlab, []string{"another"}},
		{"GitLab: there twice", gitlab.added("X-Gitlab-Token", testSecret), nil},

		{"generic: missing", generic.with("X-Zoneward-Signature", ""), nil},
		{"generic: another secret", generic, []string{"another"}},
		{"generic: two headers, one is wrong", generic.with("X-Signature", "sha256="+flip(hexMAC(testSecret, own))), nil},
		{"generic: one octet of the body", generic.withBody(own + " "), nil},
	}
	for _, a := range attacks {
		secrets := a.secrets
		if secrets == nil {
			secrets = []string{testSecret}
		}
		if err := a.message.open(secrets...); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", a.name, err)
		} else if slices.ContainsFunc(secrets, func(s string) bool { return s != "" && strings.Contains(err.Error(), s) }) || strings.Contains(err.Error(), sum) {
			t.Errorf("%s: the error tells too much: %v", a.name, err)
		}
	}
}

// flip returns a signature with another digit at its end.
func flip(sum string) string {
	last := "0"
	if strings.HasSuffix(sum, "0") {
		last = "1"
	}
	return sum[:len(sum)-1] + last
}

// TestGitLabSigningToken takes what a signing token has signed, and nothing else that looks like it.
func TestGitLabSigningToken(t *testing.T) {
	body := readTestdata(t, "gitlab-push.json")
	header := standardHeader(t, testToken, "f5e5f430", testNow, body)
	header.Set("X-Gitlab-Event", "Push Hook")
	good := sealed{GitLab, header, body}
	signature := header.Get("Webhook-Signature")
	if err := good.open(testToken); err != nil {
		t.Error(err)
	}
	if err := good.with("Webhook-Signature", "v1a,AAAA v1,"+strings.Repeat("A", 43)+"= "+signature).open("other", testToken); err != nil {
		t.Errorf("the second of several signatures: %v", err)
	}
	if err := good.with("X-Gitlab-Token", testSecret).open(testSecret); err != nil {
		t.Errorf("both, and only the secret token is configured: %v", err)
	}
	dotted := standardHeader(t, testToken, "f5.e5", testNow, body)
	old := standardHeader(t, testToken, "f5e5f430", testNow.Add(-6*time.Minute), body)
	early := standardHeader(t, testToken, "f5e5f430", testNow.Add(6*time.Minute), body)
	for name, message := range map[string]sealed{
		"missing":                    good.with("Webhook-Signature", ""),
		"another id":                 good.with("Webhook-Id", "f5e5f431"),
		"no id":                      good.with("Webhook-Id", ""),
		"a dot in the id":            {GitLab, dotted, body},
		"another time":               good.with("Webhook-Timestamp", strconv.FormatInt(testNow.Unix()+1, 10)),
		"no time":                    good.with("Webhook-Timestamp", ""),
		"no number":                  good.with("Webhook-Timestamp", "now"),
		"old":                        {GitLab, old, body},
		"early":                      {GitLab, early, body},
		"the time twice":             good.added("Webhook-Timestamp", header.Get("Webhook-Timestamp")),
		"another body":               good.withBody(body + " "),
		"another version":            good.with("Webhook-Signature", "v2"+signature[2:]),
		"no version":                 good.with("Webhook-Signature", signature[3:]),
		"truncated":                  good.with("Webhook-Signature", signature[:20]),
		"the signing token as token": good.with("Webhook-Signature", "").with("X-Gitlab-Token", testToken),
		"a token without signature":  good.with("Webhook-Signature", "").with("X-Gitlab-Token", testSecret),
	} {
		if err := message.open(testToken); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, token := range []string{"whsec_", "whsec_!", "other", "whsec_AAAA"} {
		if err := good.open(token); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", token, err)
		}
	}
}

// TestStandardWebhooks verifies the signature that Standard Webhooks' own libraries are tested with:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/go/webhook_test.go
func TestStandardWebhooks(t *testing.T) {
	header := headers("Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "Webhook-Timestamp", "1614265330",
		"Webhook-Signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	seal, err := standardSeal(header, time.Unix(1614265330, 0))
	if err != nil {
		t.Fatal(err)
	}
	if !seal.made([]byte(`{"test": 2432232314}`), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") {
		t.Error("a signature of another implementation is refused")
	}
}

// TestGenericTimestamp has the time be a part of what is signed.
func TestGenericTimestamp(t *testing.T) {
	body := readTestdata(t, "generic.json")
	timed := func(at time.Time) sealed {
		timestamp := strconv.FormatInt(at.Unix(), 10)
		return sealed{Generic, headers("X-Zoneward-Timestamp", timestamp, "X-Zoneward-Signature", "sha256="+hexMAC(testSecret, timestamp, ".", body)), body}
	}
	for _, late := range []time.Duration{0, 5 * time.Minute, -5 * time.Minute} {
		if err := timed(testNow.Add(-late)).open(testSecret); err != nil {
			t.Errorf("%s late: %v", late, err)
		}
	}
	now := strconv.FormatInt(testNow.Unix(), 10)
	for name, message := range map[string]sealed{
		"late":                   timed(testNow.Add(-301 * time.Second)),
		"early":                  timed(testNow.Add(301 * time.Second)),
		"the time is moved":      timed(testNow.Add(-time.Hour)).with("X-Zoneward-Timestamp", now),
		"the time is taken away": timed(testNow).with("X-Zoneward-Timestamp", ""),
		"a time is added":        sealed{Generic, signed(Generic, body), body}.with("X-Zoneward-Timestamp", now),
		"no time":                timed(testNow).with("X-Zoneward-Timestamp", "now"),
		"a huge time":            timed(testNow).with("X-Zoneward-Timestamp", "99999999999999999999"),
		"the largest time":       timed(time.Unix(1<<62, 0)),
		"the time there twice":   timed(testNow).added("X-Zoneward-Timestamp", now),
		"a fraction":             timed(testNow).with("X-Zoneward-Timestamp", now+".5"),
	} {
		if err := message.open(testSecret); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Who takes the time away may put it into the body, where it is signed too. That is no JSON object any more.
	moved := timed(testNow.Add(-time.Hour)).with("X-Zoneward-Timestamp", "")
	moved.body = strconv.FormatInt(testNow.Add(-time.Hour).Unix(), 10) + "." + body
	if err := moved.open(testSecret); !errors.Is(err, ErrPayload) {
		t.Errorf("the time is moved into the body: %v", err)
	}
}

// TestSigned refuses headers that no secret could make right, and no others.
func TestSigned(t *testing.T) {
	for _, kind := range Kinds() {
		if err := kind.Signed(http.Header{}, testNow); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: without a signature: %v", kind, err)
		}
		if err := kind.Signed(signed(kind, "any body"), testNow); err != nil {
			t.Errorf("%s: with one: %v", kind, err)
		}
	}
	if err := Kind("svn").Signed(http.Header{}, testNow); err == nil {
		t.Error("svn is a forge")
	}
	if _, err := Kind("svn").Open(Message{}, []string{testSecret}); err == nil {
		t.Error("svn is a forge that sends webhooks")
	}
}
