package server

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
)

// TestHookRepeats sends again what has been sent.
func TestHookRepeats(t *testing.T) {
	h := newHookTest(t, nil)
	for _, step := range []struct {
		name    string
		request *http.Request
		after   time.Duration
		want    HookResult
	}{
		{"the first time", githubPush("1"), 0, HookAccepted},
		{"the same id", githubPush("1"), 0, HookDuplicate},
		{"the same content under another id", githubPush("2"), 0, HookDuplicate},
		{"other content under the same id", githubRequest(pushTo("Example/Zones"), "push", "1"), 0, HookDuplicate},
		{"other content under another id", githubRequest(pushTo("Example/zones"), "push", "3"), 0, HookAccepted},
		{"GitLab", gitlabPush(), 0, HookAccepted},
		{"the same from GitLab", gitlabPush(), 0, HookDuplicate},
		{"the same with a key", set(gitlabPush(), "Idempotency-Key", "1"), 0, HookAccepted},
		{"the key again", set(gitlabPush(), "Idempotency-Key", "1"), 0, HookDuplicate},
		{"another key", set(gitlabPush(), "Idempotency-Key", "2"), 0, HookAccepted},
		{"generic", genericPush(), 0, HookAccepted},
		{"the same", genericPush(), 0, HookDuplicate},
		{"almost an hour later", githubPush("1"), time.Hour - time.Second, HookDuplicate},
		{"an hour later", githubPush("1"), time.Second, HookAccepted},
	} {
		h.now = h.now.Add(step.after)
		before := len(h.pushes)
		w, got := h.send(step.request)
		if got != step.want || (len(h.pushes) > before) != (got == HookAccepted) {
			t.Errorf("%s: %s, %d triggers; want %s", step.name, got, len(h.pushes)-before, step.want)
		}
		if got == HookDuplicate && (w.Code != http.StatusOK || w.Body.String() != "duplicate\n") {
			t.Errorf("%s: %d %q", step.name, w.Code, w.Body)
		}
	}
}

// TestHookRepeatsAreBounded keeps no more deliveries than there is room for.
func TestHookRepeatsAreBounded(t *testing.T) {
	repeats := newHookRepeats()
	for i := range 3 * maxHookRepeats {
		repeats.add([]forge.Fingerprint{sha256.Sum256(fmt.Append(nil, i))}, time.Time{})
	}
	if n := repeats.seen.Len(); n != maxHookRepeats {
		t.Errorf("%d are kept", n)
	}
}

// TestHookTriggerIsNotTaken has a forge try again what nobody took.
func TestHookTriggerIsNotTaken(t *testing.T) {
	taken := false
	h := newHookTest(t, func(h *hookTest) { h.hooks.Trigger = func(forge.Delivery) bool { return taken } })
	w, result := h.send(githubPush("1"))
	if w.Code != http.StatusServiceUnavailable || result != HookUnavailable || w.Header().Get("Retry-After") != "10" {
		t.Errorf("%d, %s, header %v", w.Code, result, w.Header())
	}
	taken = true
	if _, result := h.send(githubPush("1")); result != HookAccepted {
		t.Errorf("the second time: %s", result)
	}
}
