package git

import (
	"fmt"
	"strings"
	"sync"
)

// lastWords keeps the end of what a program says on its standard error, which is where it gives the reason.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

const maxWords = 8 << 10

// Write keeps p.
func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p...)
	if over := len(w.text) - maxWords; over > 0 {
		w.text = append(w.text[:0], w.text[over:]...)
	}
	return len(p), nil
}

func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.text)
}

// explain makes of the words of who one of the errors of this package, with the line that says most; nil if there are
// none.
func (w *lastWords) explain(who string) error {
	text := w.String()
	line := tellingLine(text)
	if line == "" {
		return nil
	}
	lower := strings.ToLower(text)
	for _, known := range []struct {
		err   error
		words []string
	}{
		// Of git, GitHub, GitLab, Gitea, gitolite and Bitbucket.
		{ErrNoRepository, []string{
			"does not appear to be a git repository", "repository not found", "could not be found", "no such repository",
			"does not exist", "project you were looking for",
		}},
		{ErrAuth, []string{
			"permission denied", "access denied", "authentication failed", "could not read username", "dubious ownership",
			"unauthorized", "not allowed", "no supported authentication",
		}},
	} {
		for _, words := range known.words {
			if strings.Contains(lower, words) {
				return fmt.Errorf("%w: %s says %q", known.err, who, line)
			}
		}
	}
	return fmt.Errorf("%s says %q", who, line)
}

// tellingLine is the first line that begins as an error does, or else the last one, so that it can be shown: what
// follows an error is what came of it.
func tellingLine(text string) string {
	last := ""
	for line := range strings.Lines(text) {
		line = oneLine(strings.TrimPrefix(strings.TrimSpace(line), "remote: "))
		if telling(line) {
			return line
		}
		if line != "" {
			last = line
		}
	}
	return last
}

func telling(line string) bool {
	return strings.HasPrefix(line, "fatal: ") || strings.HasPrefix(line, "error: ") || strings.HasPrefix(line, "ERROR: ")
}
