package providertest_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// brokenSuite is a suite that has to fail for a broken provider.
type brokenSuite struct {
	test string // the test that runs it
	env  string // the variable that has that test do so, and for which provider
	// fails is the subtest that has to fail, empty if the suite has to pass; says is a part of the message.
	fails, says string
}

// failedTest matches a line of go test -v for a test that failed, and its subtest.
var failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL: \w+/(\S+)`)

// runBroken runs a suite in another process: this test binary once more, since one that fails cannot run within a test that passes.
func runBroken(t *testing.T, b brokenSuite) {
	t.Helper()
	want := strings.ReplaceAll(b.fails, " ", "_")
	run := "^" + b.test + "$"
	if part, _, _ := strings.Cut(want, "/"); part != "" {
		run += "/^" + part + "$" // the rest of the suite may fail too, and is of no interest
	}
	// Nothing of a failed property is kept: it fails on purpose.
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+run, "-test.v", "-rapid.nofailfile")
	cmd.Env = append(os.Environ(), b.env)
	output, err := cmd.CombinedOutput()
	var failed []string
	for _, m := range failedTest.FindAllStringSubmatch(string(output), -1) {
		failed = append(failed, m[1])
	}
	if want == "" {
		if err != nil {
			t.Errorf("the suite does not pass: %v\n%s", err, output)
		}
		return
	}
	if err == nil {
		t.Fatal("the suite passes")
	}
	if !slices.Contains(failed, want) {
		t.Errorf("the suite fails, but not in %q; it fails in %q\n%s", want, failed, tail(string(output)))
	}
	if !strings.Contains(string(output), b.says) {
		t.Errorf("the suite fails, and does not say %q:\n%s", b.says, tail(string(output)))
	}
}

// tail returns the last lines of a long output.
func tail(s string) string {
	l := strings.Split(s, "\n")
	return strings.Join(l[max(len(l)-30, 0):], "\n")
}
