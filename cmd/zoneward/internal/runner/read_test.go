package runner

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// readOutputs reads a file of outputs as GitHub's runner does on Linux and macOS.
// https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
func readOutputs(t *testing.T, text string) map[string]string {
	t.Helper()
	outputs := map[string]string{}
	next := func() (line string, ok bool) {
		if text == "" {
			return "", false
		}
		line, text, _ = strings.Cut(text, "\n")
		return line, true
	}
	for line, ok := next(); ok; line, ok = next() {
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case line == "":
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			name, value, _ := strings.Cut(line, "=")
			outputs[name] = value
		case heredoc >= 0:
			name, delimiter, _ := strings.Cut(line, "<<")
			if name == "" || delimiter == "" {
				t.Fatalf("the runner refuses the line %q", line)
			}
			var lines []string
			for {
				line, ok := next()
				if !ok {
					t.Fatalf("the runner finds no end of %s", name)
				}
				if line == delimiter {
					break
				}
				lines = append(lines, line)
			}
			outputs[name] = strings.Join(lines, "\n")
		default:
			t.Fatalf("the runner refuses the line %q", line)
		}
	}
	return outputs
}

// taken is a command that a runner takes from a log.
type taken struct {
	Name       string
	Properties map[string]string
	Data       string
}

// logReader takes commands from a log, and leaves the rest, as GitHub's runner does.
// https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs
type logReader struct {
	known    map[string]bool
	stop     string
	commands []taken
	text     []string
}

// readLog returns the commands in a log, and the lines that are none. Lines end as .NET's readers have it: with CR, LF, or both.
func readLog(log string) (commands []taken, text []string) {
	r := logReader{known: map[string]bool{}}
	for _, name := range []string{
		"stop-commands", "set-env", "set-output", "save-state", "add-mask", "add-path", "add-matcher", "remove-matcher",
		"warning", "error", "notice", "debug", "group", "endgroup", "echo",
	} {
		r.known[name] = true
	}
	lines := regexp.MustCompile("\r\n|\r|\n").Split(log, -1)
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	for _, line := range lines {
		r.line(line)
	}
	return r.commands, r.text
}

func (r *logReader) line(line string) {
	command, ok := r.parse(line)
	switch {
	case ok && r.stop != "" && strings.EqualFold(command.Name, r.stop):
		delete(r.known, strings.ToLower(r.stop))
		r.stop = ""
	case !ok || r.stop != "":
		r.text = append(r.text, line)
	case strings.EqualFold(command.Name, "stop-commands"):
		r.stop = command.Data
		r.known[strings.ToLower(r.stop)] = true
	default:
		r.commands = append(r.commands, command)
	}
}

// parse reads ::name key=value,key=value::data at the start of a line, and ##[name key=value;key=value]data anywhere in it.
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
func (r *logReader) parse(line string) (taken, bool) {
	if rest, ok := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::"); ok {
		if info, data, ok := strings.Cut(rest, "::"); ok {
			if command, ok := r.command(info, ",", data, "%3A", ":", "%2C", ","); ok {
				return command, true
			}
		}
	}
	if _, rest, ok := strings.Cut(line, "##["); ok {
		if info, data, ok := strings.Cut(rest, "]"); ok {
			return r.command(info, ";", data, "%3B", ";", "%5D", "]")
		}
	}
	return taken{}, false
}

func (r *logReader) command(info, separator, data string, escapes ...string) (taken, bool) {
	name, properties, _ := strings.Cut(info, " ")
	if !r.known[strings.ToLower(name)] {
		return taken{}, false
	}
	unescape := func(text string, escapes ...string) string {
		escapes = append([]string{"%0D", "\r", "%0A", "\n"}, escapes...)
		for i := 0; i < len(escapes); i += 2 {
			text = strings.ReplaceAll(text, escapes[i], escapes[i+1])
		}
		return strings.ReplaceAll(text, "%25", "%")
	}
	command := taken{Name: strings.ToLower(name), Properties: map[string]string{}}
	for pair := range strings.SplitSeq(strings.TrimSpace(properties), separator) {
		key, value, _ := strings.Cut(strings.TrimLeft(pair, "="), "=")
		if value = strings.TrimLeft(value, "="); key != "" && value != "" {
			command.Properties[key] = unescape(value, escapes...)
		}
	}
	if separator == "," {
		escapes = nil
	}
	command.Data = unescape(data, escapes...)
	return command, true
}

// TestReadLog holds the reader itself to what GitHub's runner is known to do.
func TestReadLog(t *testing.T) {
	for _, test := range []struct {
		name, log, want string
	}{
		{"a command", "::error file=a.zone,line=3::one%0Atwo\n", "error map[file:a.zone line:3] \"one\\ntwo\""},
		{"spaces in front", "  ::warning::x\n", "warning map[] \"x\""},
		{"the old syntax, anywhere in a line", "txt ##[set-output name=a;]b\n", "set-output map[name:a] \"b\""},
		{"after a carriage return", "text\r::notice::x\n", "notice map[] \"x\""},
		{"any case", "::ERROR::x\n", "error map[] \"x\""},
		{"an unknown one", "::shrug::x\n", ""},
		{"a second separator", "::error::2001:db8::1\n", "error map[] \"2001:db8::1\""},
		{"stopped", "::stop-commands::w\n::error::x\n::w::\n::debug::y\n", "debug map[] \"y\""},
		{"escaped percent", "::error title=%2525%252C%2C::%250A\n", "error map[title:%25%2C,] \"%0A\""},
	} {
		t.Run(test.name, func(t *testing.T) {
			commands, _ := readLog(test.log)
			var got []string
			for _, c := range commands {
				got = append(got, fmt.Sprintf("%s %v %q", c.Name, c.Properties, c.Data))
			}
			if s := strings.Join(got, "\n"); s != test.want {
				t.Errorf("got %s, want %s", s, test.want)
			}
		})
	}
}
