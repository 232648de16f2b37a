package zonedir

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

const (
	// outputLimit is how much of what a command printed an error has, in octets: the end, where programs say what was decisive.
	outputLimit = 2 << 10
	// pipeDelay is how long a command that has ended, or was killed, may leave its output open in processes that it started.
	pipeDelay = 2 * time.Second
)

// commandLine returns argv with its placeholders replaced: "{origin}" by the name of the zone without the last dot, and "{file}". The
// error wraps ErrUnsupported if the program would take an argument that begins with the origin for an option.
func commandLine(argv []string, origin zonefile.Name, file string) ([]string, error) {
	name := origin.String()
	if !origin.IsRoot() {
		name = strings.TrimSuffix(name, ".")
	}
	replace := strings.NewReplacer("{origin}", name, "{file}", file)
	line := make([]string, len(argv))
	for i, arg := range argv {
		line[i] = replace.Replace(arg)
		if strings.HasPrefix(line[i], "-") && !strings.HasPrefix(arg, "-") {
			return nil, fmt.Errorf("%s would take the argument %q for an option: %w", argv[0], line[i], providers.ErrUnsupported)
		}
	}
	return line, nil
}

// run runs a command and waits for it. One that takes too long is killed, with the processes that it started where the system can do
// that. An error has the end of what it printed, on one line. A status other than 0 is an *exec.ExitError; a command that took too
// long, or was not started, is another error.
func (p *Provider) run(ctx context.Context, argv []string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.options.CommandTimeout,
		fmt.Errorf("still running after %s", p.options.CommandTimeout))
	defer cancel()
	output := &tail{limit: outputLimit}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = pipeDelay
	endTogether(cmd)
	err := cmd.Run()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		// The command has ended well. What it left in the background, holding its output, is its own affair.
		return nil
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	line := strings.Join(argv, " ")
	if text := output.String(); text != "" {
		return fmt.Errorf("%s: %w: %s", line, err, text)
	}
	return fmt.Errorf("%s: %w", line, err)
}

// tail is a writer that keeps the end of what is written to it.
type tail struct {
	limit int
	kept  []byte
	cut   bool
}

// Write keeps p or the end of it. It never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	// Moving the end to the front only now and then makes many small writes cheap.
	if len(t.kept) > 2*t.limit {
		t.trim()
	}
	return len(p), nil
}

func (t *tail) trim() {
	if over := len(t.kept) - t.limit; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
		t.cut = true
	}
}

// String returns the lines that were kept with "; " between, and everything that does not print as a question mark: names and text
// of records may be in them.
func (t *tail) String() string {
	t.trim()
	var lines []string
	for line := range strings.Lines(string(t.kept)) {
		line = strings.TrimSpace(strings.Map(printable, line))
		if line != "" {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, "; ")
	if t.cut {
		return "..." + text
	}
	return text
}

func printable(r rune) rune {
	switch {
	case r == '\n', r == '\t', r == '\r':
		return ' '
	case r == utf8.RuneError, !unicode.IsPrint(r):
		return '?'
	}
	return r
}
