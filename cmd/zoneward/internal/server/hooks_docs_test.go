package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// TestDocumentedHook runs the hook that docs/webhooks.md shows, as git would.
func TestDocumentedHook(t *testing.T) {
	for _, program := range []string{"openssl", "curl"} {
		dnsserver.Program(t, program)
	}
	page, err := os.ReadFile("../../../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(page), "```sh\n#!/bin/sh\n")
	script, _, found := strings.Cut(after, "```\n")
	if !found {
		t.Fatal("the page has no script")
	}
	directory, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	repository, err := forge.ParseRepository(directory)
	if err != nil {
		t.Fatal(err)
	}
	h := newHookTest(t, func(h *hookTest) {
		h.hooks.Now = time.Now
		h.hooks.Repositories = []forge.Repository{repository}
	})
	hook := exec.CommandContext(t.Context(), "sh", "-c", script)
	hook.Dir = directory
	hook.Env = append(os.Environ(), "WEBHOOK_URL=http://"+serveHooks(t, h)+"/hooks/generic", "WEBHOOK_SECRET="+hookSecret)
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	hook.Stdin = strings.NewReader(one + " " + two + " refs/heads/main\n" + two + " " + one + " refs/heads/main\n" + one + " " + two + " refs/tags/v1\n")
	answers, err := hook.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, answers)
	}
	if want := "accepted\naccepted\nignored\n"; string(answers) != want {
		t.Errorf("answered with %q, want %q; the log:\n%s", answers, want, h.log.String())
	}
	if len(h.pushes) != 2 || h.pushes[1].After != one || h.pushes[1].HTTP != repository {
		t.Errorf("triggers %+v", h.pushes)
	}
}

// TestDocumentedHooks looks for every result and every limit in the page.
func TestDocumentedHooks(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	limits := DefaultHookLimits()
	row := func(name string, one, all HookRate) string {
		return fmt.Sprintf("| %s | %v (%d) | %v (%d) |", name, one.PerSecond, one.Burst, all.PerSecond, all.Burst)
	}
	want := []string{
		row("strangers", limits.Stranger, limits.Strange), row("senders that have sent a valid webhook within the hour", limits.EachOne, limits.All),
		fmt.Sprintf("%d MiB, as it is sent: no content encoding. %.0f seconds", maxHookBody>>20, limits.BodyTime.Seconds()),
		fmt.Sprintf("| %d, and %d of strangers; others wait for %.0f seconds |", knownAtOnce, strangersAtOnce, hookEntryPatience.Seconds()),
		fmt.Sprintf("the last %d,%d ids or contents", maxHookRepeats/1000, maxHookRepeats%1000),
	}
	for _, result := range []HookResult{
		HookAccepted, HookDuplicate, HookIgnored, HookUnauthorized, HookForbiddenRepository, HookTooLarge, HookRateLimited, HookMalformed, HookUnavailable,
	} {
		want = append(want, "| `"+string(result)+"` |")
	}
	for _, kind := range forge.Kinds() {
		want = append(want, "| `/hooks/"+string(kind)+"` |")
	}
	for _, text := range want {
		if !strings.Contains(string(page), text) {
			t.Errorf("the page does not have: %s", text)
		}
	}
}
