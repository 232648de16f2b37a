package runner

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"strings"
	"sync"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
)

// Log is the log of a job. What is written to it is text, whatever it looks like: where the runner takes lines of the log for commands, it is
// told to stop that before the first octet, and to go on for the commands that the methods give. It may be used concurrently.
//
// A runner reads a program's two outputs at times of its own. So what stands in the one is not safe by a stop in the other: all that a program
// writes has to go to one log.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands
type Log struct {
	system System
	out    io.Writer

	mu        sync.Mutex
	stopped   string // the word that ends the stop, "" while commands are taken
	midLine   bool   // the last octet written was no line feed
	annotated map[Level]int
}

// Log returns the log of the job, which goes to out.
func (r *Runner) Log(out io.Writer) *Log {
	return &Log{system: r.System, out: out, annotated: map[Level]int{}}
}

// takesCommands reports whether lines of the log may be commands.
func (s System) takesCommands() bool { return s == GitHub || s == Gitea }

// Write writes text in which the runner looks for no commands.
func (l *Log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(text) == 0 {
		return 0, nil
	}
	if l.system.takesCommands() && l.stopped == "" {
		word := randomWord()
		if err := l.line("::stop-commands::" + word); err != nil {
			return 0, err
		}
		l.stopped = word
	}
	n, err := l.out.Write(text)
	if n > 0 {
		l.midLine = text[n-1] != '\n'
	}
	return n, err
}

// Close has the runner take commands again from what is written after it. The log may be used on.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.resume()
}

// resume ends the stop, if there is one.
func (l *Log) resume() error {
	if l.stopped == "" {
		return nil
	}
	word := l.stopped
	l.stopped = ""
	return l.line("::" + word + "::")
}

// line writes a line of its own.
func (l *Log) line(line string) error {
	if l.midLine {
		line = "\n" + line
	}
	l.midLine = false
	_, err := io.WriteString(l.out, line+"\n")
	return err
}

// command gives the runner a command. Where there are none, nothing is written.
func (l *Log) command(name string, properties []property, data string) error {
	if !l.system.takesCommands() {
		return nil
	}
	var b strings.Builder
	b.WriteString("::" + name)
	separator := " "
	for _, p := range properties {
		// One without a value is no property to the runner.
		if p.value != "" {
			b.WriteString(separator + p.name + "=" + propertyEscapes.Replace(p.value))
			separator = ","
		}
	}
	b.WriteString("::" + dataEscapes.Replace(data))
	if err := l.resume(); err != nil {
		return err
	}
	return l.line(b.String())
}

type property struct{ name, value string }

// What ends a line, and in a property what ends that, is written as in a URL. The runner reads it so.
var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// Mask has the runner show *** wherever the secret would be in the log and in summaries.
func (l *Log) Mask(secret providers.Secret) error {
	value, err := secret.Value()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.command("add-mask", nil, value)
}

// Group has the runner fold what is written until the function that it returns is called, under a title.
func (l *Log) Group(title string) (end func() error, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	end = func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.command("endgroup", nil, "")
	}
	return end, l.command("group", nil, render.Shown(title))
}

// randomWord returns 128 bits that nobody can have known, as 32 hexadecimal digits.
func randomWord() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // it never returns an error
	return hex.EncodeToString(bits[:])
}
