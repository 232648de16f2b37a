package server

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestHookLog keeps the log short and clean, whoever writes into it.
func TestHookLog(t *testing.T) {
	h := newHookTest(t, func(h *hookTest) {
		h.hooks.Limits.Stranger, h.hooks.Limits.Strange = HookRate{1e6, 1e6}, HookRate{1e6, 1e6}
	})
	for range 1000 {
		h.send(set(githubPush("1"), "X-Hub-Signature-256", "sha256="+strings.Repeat("0", 64)))
	}
	if n := strings.Count(h.log.String(), "webhook refused"); n != 20 {
		t.Errorf("%d lines of 1000 refusals", n)
	}
	h.send(githubPush("1"))
	if !strings.Contains(h.log.String(), "level=INFO msg=webhook forge=github result=accepted sender=192.0.2.1/32 delivery=1 repository=github.com/example/zones branch=main commit="+strings.Repeat("a", 40)) {
		t.Errorf("refusals take the room of what was accepted:\n%s", h.log.String())
	}
	h.now = h.now.Add(2 * time.Second)
	h.log.Reset()
	h.send(set(githubPush("1"), "X-Hub-Signature-256", ""))
	if !strings.Contains(h.log.String(), "left_out=980") {
		t.Errorf("the log does not say what was left out:\n%s", h.log.String())
	}

	h.now = h.now.Add(time.Minute)
	h.log.Reset()
	hostile := "refs/heads/\u001b[31m\nlevel=ERROR msg=forged \u202e" + strings.Repeat("x", 3000)
	h.send(githubRequest(strings.Replace(pushTo("example/zones"), "refs/heads/main", strings.ReplaceAll(hostile, "\n", `\n`), 1), "push", "4"))
	h.send(githubRequest(strings.Replace(pushTo("example/zones"), `"ref"`, `"x`+hostile+`"`, 1), "push\x1b", "\x1b"))
	text := h.log.String()
	if strings.ContainsAny(text, "\x1b\u202e") || strings.Count(text, "\n") != 2 || len(text) > 2000 {
		t.Errorf("the log has what others wrote:\n%q", text)
	}
	if slices.ContainsFunc([]string{hookSecret, hexHMAC(hookSecret, pushTo("example/zones"))}, func(s string) bool { return strings.Contains(text, s) }) {
		t.Errorf("the log has a secret:\n%s", text)
	}
}
