package notify

import "testing"

func TestRedact(t *testing.T) {
	r := newRedactor("slack://hook:TTTT-BBBB-CCCC@webhook", "s3cret")
	for text, want := range map[string]string{
		`Post "https://hooks.slack.com/services/TTTT/x": dial tcp: lookup hooks.slack.com: no such host`: `Post "https://hooks.slack.com/REDACTED": dial tcp: lookup hooks.slack.com: no such host`,
		"moved to https://user:other@elsewhere.example/with/another/token?x=y, and away":                 "moved to https://elsewhere.example/REDACTED and away",
		"the key s3cret, as aG9vazpUVFRULUJCQkItQ0NDQw==":                                                "the key REDACTED, as REDACTED",
		"two\nlines\x1b[31m": `two\u{a}lines\u{1b}[31m`,
		"no such channel":    "no such channel",
	} {
		if got := r.text(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
